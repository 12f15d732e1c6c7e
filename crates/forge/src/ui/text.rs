//! Names that come from repositories, made fit to be shown and to be put into addresses.
//!
//! Between site and repository they cross percent-encoded, because git allows bytes that are not UTF-8. Escaping
//! for HTML is maud's; what is done here is what escaping does not do: nothing may reorder or hide the text beside it.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// What a path segment of an address keeps as it is.
const SEGMENT: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same with the slashes of a path.
const PATH: AsciiSet = SEGMENT.remove(b'/');
/// For a query's value.
const QUERY: AsciiSet =
    CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'&').add(b'+').add(b'%').add(b'=');

/// Whether a character hides, or changes the order of, the text around it.
pub(crate) fn is_deceptive(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{61C}')
}

/// `text` with every deceptive or control character written out, as `‹U+202E›`.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_deceptive(c) {
            out.push_str(&format!("‹U+{:04X}›", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for a text of several lines, whose line ends and tabs stay.
pub(crate) fn visible_lines(text: &str) -> String {
    let pieces = text.split_inclusive(['\n', '\t']).map(|piece| match piece.strip_suffix(['\n', '\t']) {
        Some(rest) => {
            let end = piece.get(rest.len()..).unwrap_or_default();
            format!("{}{end}", visible(rest.strip_suffix('\r').unwrap_or(rest)))
        }
        None => visible(piece),
    });
    pieces.collect()
}

/// A percent-encoded name as it is, with replacement characters for what is not UTF-8: for values of forms.
pub(crate) fn decoded(encoded: &str) -> String {
    percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}

/// A percent-encoded name for reading.
pub(crate) fn shown(encoded: &str) -> String {
    visible(&percent_decode_str(encoded).decode_utf8_lossy())
}

/// A percent-encoded path or ref, encoded anew for an address: whatever was left bare is covered, slashes stay.
pub(crate) fn path(encoded: &str) -> String {
    let raw: Vec<u8> = percent_decode_str(encoded).collect();
    percent_encode(&raw, &PATH).to_string()
}

/// The bytes of a path, encoded for an address.
pub(crate) fn raw_path(raw: &[u8]) -> String {
    percent_encode(raw, &PATH).to_string()
}

/// A value of a query.
pub(crate) fn query(value: &str) -> String {
    percent_encode(value.as_bytes(), &QUERY).to_string()
}

#[cfg(test)]
mod tests {
    use super::{path, query, shown};

    #[test]
    fn names_cannot_deceive() {
        assert_eq!(shown("a%20b.txt"), "a b.txt");
        assert_eq!(shown("exe%E2%80%AEtxt"), "exe‹U+202E›txt");
        assert_eq!(shown("a%0Ab"), "a‹U+000A›b");
        assert_eq!(shown("%FF"), "\u{FFFD}");
        assert_eq!(super::visible_lines("a\r\n\tb\u{202E}c"), "a\n\tb‹U+202E›c");
    }

    #[test]
    fn addresses_are_encoded_once() {
        assert_eq!(path("src/a%20b#?.rs"), "src/a%20b%23%3F.rs");
        assert_eq!(path("%2525"), "%2525");
        assert_eq!(path("a%FFb"), "a%FFb");
        assert_eq!(query("/new?a=b&c"), "/new?a%3Db%26c");
    }
}
