//! What several tests of pages check.

/// Asserts that no element or attribute of `html` can run a script, reading tags as a browser does.
pub(crate) fn assert_harmless(html: &str, what: &str) {
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut quote = None;
        let end = rest
            .char_indices()
            .find(|&(_, c)| match quote {
                Some(open) => {
                    if c == open {
                        quote = None;
                    }
                    false
                }
                None if c == '"' || c == '\'' => {
                    quote = Some(c);
                    false
                }
                None => c == '>',
            })
            .map_or(rest.len(), |(at, _)| at);
        let tag = rest[..end].to_ascii_lowercase();
        let bare: String = {
            let mut inside = false;
            tag.chars()
                .filter(|c| {
                    if *c == '"' {
                        inside = !inside;
                    }
                    !inside
                })
                .collect()
        };
        let own = tag.starts_with("script type=\"module\" src=\"/assets/app-") && !tag.contains("//");
        assert!(own || !tag.starts_with("script"), "{what:?} left a script: {html}");
        assert!(!bare.contains(" on") && !bare.contains("/on"), "{what:?} left a handler: <{tag}>");
        assert!(!bare.contains(" style"), "{what:?} left a style: <{tag}>");
        for scheme in ["javascript:", "vbscript:", "data:"] {
            assert!(!tag.contains(&format!("\"{scheme}")), "{what:?} left {scheme}: <{tag}>");
        }
        rest = &rest[end..];
    }
}
