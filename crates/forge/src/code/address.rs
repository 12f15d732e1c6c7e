//! Addresses of folders and files: `/{owner}/{repo}/tree/{ref}/{path}`, where a ref may contain slashes itself.

use crate::ui::text;

/// The most slashes a ref in an address may have.
const DEEPEST_REF: usize = 8;

/// The ways to read what follows `/tree/` or `/blob/`, percent-encoded: as a ref and a path. Short refs come first,
/// since most have no slash.
pub(crate) fn readings(rest: &str) -> Vec<(String, String)> {
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let longest = segments.len().min(DEEPEST_REF);
    (1..=longest)
        .filter_map(|length| {
            let (revision, path) = segments.split_at_checked(length)?;
            Some((text::path(&revision.join("/")), text::path(&path.join("/"))))
        })
        .collect()
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
    use super::{is_crooked, readings, steps};

    #[test]
    fn a_ref_may_contain_slashes() {
        assert_eq!(
            readings("feature/x/src"),
            [
                ("feature".to_owned(), "x/src".to_owned()),
                ("feature/x".to_owned(), "src".to_owned()),
                ("feature/x/src".to_owned(), String::new())
            ]
        );
        assert_eq!(readings("main"), [("main".to_owned(), String::new())]);
        assert!(readings("").is_empty());
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
