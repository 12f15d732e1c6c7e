//! The text of a line, with the words that changed marked, and nothing in it that could deceive.

use gitflare_port::{Bytes, diff::DiffLine};
use maud::{Markup, html};

use crate::ui::highlight;

/// Bytes of a line that are shown.
const LONGEST: usize = 4_000;

/// A line's text.
pub(super) fn line(line: &DiffLine) -> Markup {
    let Bytes(bytes) = &line.text;
    let shown = bytes.get(..LONGEST).unwrap_or(bytes);
    let mut at = 0;
    let mut pieces = Vec::new();
    for (start, end) in &line.marks {
        let (start, end) = (*start as usize, (*end as usize).min(shown.len()));
        if start < at || start >= end {
            continue;
        }
        pieces.push((false, shown.get(at..start).unwrap_or_default()));
        pieces.push((true, shown.get(start..end).unwrap_or_default()));
        at = end;
    }
    pieces.push((false, shown.get(at..).unwrap_or_default()));
    html! {
        @for (marked, piece) in pieces {
            @if marked {
                @if line.old == 0 { ins { (visible(piece)) } } @else { del { (visible(piece)) } }
            } @else {
                (visible(piece))
            }
        }
        @if shown.len() < bytes.len() { span.odd { "‹" (bytes.len() - shown.len()) " bytes more›" } }
    }
}

fn visible(bytes: &[u8]) -> Markup {
    let text = String::from_utf8_lossy(bytes);
    highlight::line(text.strip_suffix('\r').unwrap_or(&text), &[])
}

#[cfg(test)]
mod tests {
    use gitflare_port::diff::DiffLine;

    #[test]
    fn words_are_marked_and_nothing_is_markup() {
        let line = DiffLine {
            new: 1,
            text: b"let <b> = \xff;\xe2\x80\xae".to_vec().into(),
            marks: vec![(4, 7), (2, 3), (90, 95)],
            ..DiffLine::default()
        };
        let html = super::line(&line).into_string();
        assert_eq!(html, "let <ins>&lt;b&gt;</ins> = \u{FFFD};<span class=odd>‹U+202E›</span>");
    }
}
