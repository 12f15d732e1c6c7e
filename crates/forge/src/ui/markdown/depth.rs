//! Refuses texts built to be slow: parsing and sanitising cost the product of a text's length and its nesting.

/// More markers of blocks than this before a line's first word are no text.
const DEEPEST_LINE: usize = 100;
/// More open elements than this are no text either.
const DEEPEST_HTML: usize = 500;

/// Whether the Markdown `text` nests blocks too deeply.
pub(super) fn source_is_too_deep(text: &str) -> bool {
    text.lines().any(|line| {
        let markers = line.bytes().take_while(|b| {
            matches!(b, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')' | b'0'..=b'9')
        });
        // A long rule of one character (`-----`) opens nothing; only markers followed by something else nest.
        let mut count = 0;
        let mut before = 0;
        for byte in markers {
            count += usize::from(
                byte == b'>' || (matches!(byte, b' ' | b'\t') && !matches!(before, b' ' | b'\t' | b'>' | 0)),
            );
            before = byte;
        }
        count > DEEPEST_LINE
    })
}

/// Whether rendered `html` opens too many elements inside each other. Counts as an upper bound: elements that a
/// browser would close by itself count until they are closed in the text.
pub(super) fn html_is_too_deep(html: &str) -> bool {
    let mut depth = 0_usize;
    for (at, _) in html.match_indices('<') {
        let tag = html.get(at + 1..).unwrap_or_default();
        if let Some(closing) = tag.strip_prefix('/') {
            if closing.starts_with(|c: char| c.is_ascii_alphabetic()) {
                depth = depth.saturating_sub(1);
            }
            continue;
        }
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        let closed = matches!(
            name.to_ascii_lowercase().as_str(),
            "" | "br" | "hr" | "img" | "input" | "p" | "li" | "source" | "wbr" | "col" | "meta" | "link"
        );
        if !closed {
            depth += 1;
        }
        if depth > DEEPEST_HTML {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{html_is_too_deep, source_is_too_deep};

    #[test]
    fn ordinary_texts_pass() {
        let table = format!("| a |{}\n", "-".repeat(300));
        for text in
            ["> > quoted\n", "- a\n  - b\n    - c\n", table.as_str(), &"-".repeat(200), &" ".repeat(300)]
        {
            assert!(!source_is_too_deep(text), "{text}");
        }
        assert!(!html_is_too_deep(&"<p>a<br></p><b>x</b>".repeat(2_000)));
    }

    #[test]
    fn towers_do_not() {
        assert!(source_is_too_deep(&"> ".repeat(200)));
        assert!(source_is_too_deep(&format!("{}x", "+ ".repeat(200))));
        assert!(source_is_too_deep(&format!("{}x", "1. ".repeat(200))));
        assert!(html_is_too_deep(&"<div>".repeat(600)));
    }
}
