//! The text of a line, with the words that changed marked, and nothing in it that could deceive.

use std::ops::Range;

use gitflare_port::{Bytes, diff::DiffLine};
use maud::{Markup, html};

use crate::ui::highlight::{self, Span};

/// Bytes of a line that are shown.
const LONGEST: usize = 4_000;

/// A line's text in its colours.
pub(super) fn line(line: &DiffLine, spans: &[Span]) -> Markup {
    let Bytes(bytes) = &line.text;
    let shown = bytes.get(..LONGEST).unwrap_or(bytes);
    // Places of pieces are those of the bytes only while every byte is text.
    let spans = if std::str::from_utf8(shown).is_ok() { spans } else { &[] };
    let mut at = 0;
    let mut pieces = Vec::new();
    for (start, end) in &line.marks {
        let (start, end) = (*start as usize, (*end as usize).min(shown.len()));
        if start < at || start >= end {
            continue;
        }
        pieces.push((false, at..start));
        pieces.push((true, start..end));
        at = end;
    }
    pieces.push((false, at..shown.len()));
    html! {
        @for (marked, range) in pieces {
            @let text = visible(shown.get(range.clone()).unwrap_or_default(), &within(spans, &range));
            @if marked {
                @if line.old == 0 { ins { (text) } } @else { del { (text) } }
            } @else {
                (text)
            }
        }
        @if shown.len() < bytes.len() { span.odd { "‹" (bytes.len() - shown.len()) " bytes more›" } }
    }
}

/// The parts of spans within a range, as places in it.
fn within(spans: &[Span], range: &Range<usize>) -> Vec<Span> {
    let cut = |span: &Span| {
        let start = usize::from(span.range.start).max(range.start) - range.start;
        let end = usize::from(span.range.end).min(range.end).checked_sub(range.start)?;
        let range = u16::try_from(start).ok()?..u16::try_from(end).ok()?;
        (start < end).then_some(Span { class: span.class, range })
    };
    spans.iter().filter_map(cut).collect()
}

fn visible(bytes: &[u8], spans: &[Span]) -> Markup {
    let text = String::from_utf8_lossy(bytes);
    highlight::line(text.strip_suffix('\r').unwrap_or(&text), spans)
}

#[cfg(test)]
mod tests {
    use gitflare_port::diff::DiffLine;

    use crate::ui::highlight::{Class, Span};

    #[test]
    fn words_are_marked_and_nothing_is_markup() {
        let line = DiffLine {
            new: 1,
            text: b"let <b> = \xff;\xe2\x80\xae".to_vec().into(),
            marks: vec![(4, 7), (2, 3), (90, 95)],
            ..DiffLine::default()
        };
        let html = super::line(&line, &[]).into_string();
        assert_eq!(html, "let <ins>&lt;b&gt;</ins> = \u{FFFD};<span class=odd>‹U+202E›</span>");
    }

    #[test]
    fn colours_go_on_across_marks() {
        let line = DiffLine {
            old: 1,
            text: b"let a = 12;".to_vec().into(),
            marks: vec![(1, 5)],
            ..DiffLine::default()
        };
        let span = |class, range| Span { class, range };
        let spans = [span(Class::Keyword, 0..3), span(Class::Number, 8..10)];
        let html = super::line(&line, &spans).into_string();
        assert_eq!(
            html,
            "<span class=k>l</span><del><span class=k>et</span> a</del> = <span class=n>12</span>;"
        );
        let odd = DiffLine { text: b"let a = \xff12;".to_vec().into(), ..line };
        assert!(!super::line(&odd, &spans).into_string().contains("span class=k"));
    }
}
