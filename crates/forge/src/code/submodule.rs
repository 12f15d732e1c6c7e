//! Where a submodule's code is: an address to follow, if its URL is one.

use crate::ui::text;

/// The address of a submodule in the repository at `base`. Only what leads to a page counts, and nothing that carries
/// a password.
pub(super) fn address(base: &str, target: &str) -> Option<String> {
    let url = text::decoded(target);
    if !url.bytes().all(|b| b.is_ascii_graphic()) || url.contains(['\\', '"', '<', '>']) {
        return None;
    }
    let url = url.strip_suffix(".git").unwrap_or(&url).trim_end_matches('/');
    if let Some((_, rest)) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        return (!host.is_empty() && !host.contains('@')).then(|| url.to_owned());
    }
    beside(base, url)
}

/// A repository beside this one: `../name`, or `../../owner/name`.
fn beside(base: &str, url: &str) -> Option<String> {
    let mut at: Vec<&str> = base.split('/').filter(|step| !step.is_empty()).collect();
    if !url.starts_with("../") {
        return None;
    }
    for step in url.split('/') {
        match step {
            ".." => drop(at.pop()?),
            "" | "." => return None,
            name => at.push(name),
        }
    }
    let is_name = |step: &&str| step.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    (at.len() == 2 && at.iter().all(is_name)).then(|| format!("/{}", at.join("/")))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_addresses_of_pages_are_followed() {
        let to = |target: &str| address("/ada/demo", target);
        assert_eq!(to("https://example.org/a/b.git").as_deref(), Some("https://example.org/a/b"));
        assert_eq!(to("../engine.git").as_deref(), Some("/ada/engine"));
        assert_eq!(to("../../linus/kernel").as_deref(), Some("/linus/kernel"));
        for bad in [
            "git@example.org:a/b",
            "javascript:alert(1)",
            "https://user:secret@example.org/a",
            "https://",
            "ssh://example.org/a",
            "/etc/passwd",
            "../../../x",
            "..",
            "../a/b",
            "../%0Ax",
            "https://a/%22onclick=",
        ] {
            assert_eq!(to(bad), None, "{bad}");
        }
    }
}
