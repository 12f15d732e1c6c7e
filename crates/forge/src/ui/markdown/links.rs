//! Where a relative link of a text leads.

use crate::ui::text;

use super::{ID_PREFIX, Place};

/// The address for a relative `url` in a text at `place`; `None` drops the link.
pub(super) fn resolve(url: &str, place: &Place) -> Option<String> {
    let url = url.trim();
    if let Some(fragment) = url.strip_prefix('#') {
        return Some(format!("#{}", prefixed(fragment)));
    }
    // Browsers read `//host` and `\\host` as another site: say so, or do not link.
    if url.starts_with("//") {
        return Some(format!("https:{}", text::path(url)));
    }
    if url.is_empty() || url.contains('\\') || url.chars().any(char::is_control) {
        return None;
    }
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (url, None),
    };
    let path = rest.split('?').next().unwrap_or_default();
    let (segments, folder) = walk(path, &place.folder);
    // A folder's address redirects from one to the other, so a wrong guess costs a round trip and nothing else.
    let kind = if folder { "tree" } else { "blob" };
    let mut out = format!("{}/{kind}/{}", place.repository, place.revision);
    for segment in &segments {
        out.push('/');
        out.push_str(&text::path(segment).replace('/', "%2F"));
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(&text::query(&prefixed_unless_line(fragment)));
    }
    Some(out)
}

/// Where the files of the repository are as they are.
pub(super) fn raw(place: &Place) -> String {
    format!("{}/raw/{}/", place.repository, place.revision)
}

/// The address of the picture a relative `url` names in a text at `place`; `None` for what is elsewhere.
pub(super) fn picture(url: &str, place: &Place) -> Option<String> {
    let url = url.trim();
    if !is_inside(url) {
        return None;
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (segments, is_folder) = walk(path, &place.folder);
    let segments: Vec<_> = segments.iter().map(|segment| text::path(segment).replace('/', "%2F")).collect();
    (!is_folder).then(|| format!("{}{}", raw(place), segments.join("/")))
}

/// Whether `url` is a path in the repository: it names no scheme and no site.
pub(super) fn is_inside(url: &str) -> bool {
    let url = url.trim();
    let head = url.split(['/', '?', '#']).next().unwrap_or_default();
    let is_path = !url.is_empty() && !url.starts_with("//") && !url.starts_with('#');
    is_path && !head.contains(':') && !url.contains('\\') && !url.chars().any(char::is_control)
}

/// The segments of `path`, taken from `folder` unless it is absolute, and whether a folder is meant.
fn walk<'a>(path: &'a str, folder: &'a str) -> (Vec<&'a str>, bool) {
    let mut segments: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        segments.extend(folder.split('/').filter(|segment| !segment.is_empty()));
    }
    let mut is_folder = path.is_empty() || path.ends_with('/');
    for segment in path.split('/') {
        is_folder = is_folder && segment.is_empty();
        match segment {
            "" => is_folder = is_folder || path.ends_with('/'),
            "." => is_folder = true,
            ".." => {
                // Above the root there is nothing: the link stays inside the repository.
                segments.pop();
                is_folder = true;
            }
            name => {
                segments.push(name);
                is_folder = path.ends_with('/');
            }
        }
    }
    let folder = is_folder || segments.is_empty();
    (segments, folder)
}

/// A fragment that names an id of a user's text.
fn prefixed(fragment: &str) -> String {
    if fragment.is_empty() || fragment.starts_with(ID_PREFIX) {
        return text::query(fragment);
    }
    format!("{ID_PREFIX}{}", text::query(fragment))
}

/// The same for another file, where `L12` is a line.
fn prefixed_unless_line(fragment: &str) -> String {
    let line = fragment.strip_prefix('L').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if line || fragment.is_empty() || fragment.starts_with(ID_PREFIX) {
        return fragment.to_owned();
    }
    format!("{ID_PREFIX}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::{Place, picture, resolve};

    #[test]
    fn pictures_come_from_the_repository_or_not_at_all() {
        let place =
            Place { repository: "/ada/engine".into(), revision: "main".into(), folder: "docs".into() };
        for (url, address) in [
            ("logo.png", "/ada/engine/raw/main/docs/logo.png"),
            ("../a b.svg?raw=true#x", "/ada/engine/raw/main/a%20b.svg"),
            ("/x/y.png", "/ada/engine/raw/main/x/y.png"),
            ("../../../../etc/passwd", "/ada/engine/raw/main/etc/passwd"),
        ] {
            assert_eq!(picture(url, &place).as_deref(), Some(address), "{url}");
        }
        for url in [
            "https://x/y.png",
            "//x/y.png",
            "data:image/png,x",
            "javascript:x",
            " java\tscript:x",
            "\\\\x\\y",
            "/\\x",
            "#x",
            "",
            "x/",
            "..",
            "JaVaScRiPt:x//y",
        ] {
            assert_eq!(picture(url, &place), None, "{url:?}");
        }
    }

    #[test]
    fn relative_links_lead_into_the_repository() {
        let place =
            Place { repository: "/ada/engine".into(), revision: "main".into(), folder: "docs/a%20b".into() };
        for (url, address) in [
            ("guide.md", "/ada/engine/blob/main/docs/a%20b/guide.md"),
            ("./guide.md#L3", "/ada/engine/blob/main/docs/a%20b/guide.md#L3"),
            ("../x%20y/", "/ada/engine/tree/main/docs/x%20y"),
            ("/LICENSE", "/ada/engine/blob/main/LICENSE"),
            ("/", "/ada/engine/tree/main"),
            ("..", "/ada/engine/tree/main/docs"),
            ("../../../../../etc/passwd", "/ada/engine/blob/main/etc/passwd"),
            ("x?raw=true#top", "/ada/engine/blob/main/docs/a%20b/x#user-content-top"),
            ("#usage", "#user-content-usage"),
            ("#user-content-fn-1", "#user-content-fn-1"),
            ("//other.example/x", "https://other.example/x"),
            ("a%2F..%2Fb", "/ada/engine/blob/main/docs/a%20b/a%2F..%2Fb"),
        ] {
            assert_eq!(resolve(url, &place).as_deref(), Some(address), "{url}");
        }
        for url in ["\\\\other.example", "/\\other.example", "a\nb", ""] {
            assert_eq!(resolve(url, &place), None, "{url:?}");
        }
    }
}
