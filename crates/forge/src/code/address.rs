//! Addresses of folders and files: `/{owner}/{repo}/tree/{ref}/{path}`, where a ref may contain slashes itself.

use crate::ui::{text, visit::Visit};
use crate::{Error, Result};

/// What follows `/tree/`, `/blob/` and the like: the address of a folder or file, encoded in our own way. The repository
/// tells where in it the revision ends.
pub(crate) fn of(visit: &Visit) -> Result<String> {
    let rest = text::path(visit.rest().trim_matches('/'));
    if rest.is_empty() || is_crooked(&rest) { Err(Error::not_found()) } else { Ok(rest) }
}

/// An address as a command takes it: revision and path. A whole object id is told apart here, because answers about one
/// never change and may be kept.
pub(crate) fn parts(address: &str) -> (String, String) {
    match address.split_once('/') {
        Some((oid, path)) if is_oid(oid) => (oid.to_owned(), path.to_owned()),
        _ => (address.to_owned(), String::new()),
    }
}

/// Whether this is a whole object id.
pub(crate) fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Whether a path tries to leave its folder, which no path inside a repository does.
pub(crate) fn is_crooked(path: &str) -> bool {
    path.split('/').any(|segment| segment == "." || segment == "..")
}

/// A path's steps: the name of each, readable, and its path so far.
pub(crate) fn steps(path: &str) -> Vec<(String, String)> {
    let mut so_far = String::new();
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            if !so_far.is_empty() {
                so_far.push('/');
            }
            so_far.push_str(segment);
            (text::shown(segment), so_far.clone())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{is_crooked, parts, steps};

    #[test]
    fn a_whole_id_is_no_part_of_a_path() {
        let oid = "e83c5163316f89bfbde7d9ab23ca2e25604af290";
        assert_eq!(parts(&format!("{oid}/a/b")), (oid.to_owned(), "a/b".to_owned()));
        assert_eq!(parts("feature/x/a"), ("feature/x/a".to_owned(), String::new()));
    }

    #[test]
    fn paths_stay_inside() {
        assert!(is_crooked("a/../b") && is_crooked(".."));
        assert!(!is_crooked("a/..b/c..d"));
        assert_eq!(
            steps("a/b%20c"),
            [("a".to_owned(), "a".to_owned()), ("b c".to_owned(), "a/b%20c".to_owned())]
        );
    }
}
