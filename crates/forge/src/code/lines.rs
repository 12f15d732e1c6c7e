//! The lines of a file, each with a number to link to. A page has a bounded part of them and says what it leaves out.

use maud::{Markup, html};

use super::folder::counted;
use crate::ui::highlight::{self, Span};
use crate::ui::{bytes, icon, text};

/// Lines on a page.
const LINES: usize = 5_000;
/// Bytes of text on a page.
const BYTES: usize = 400_000;
/// Bytes of a line that are shown.
const LINE: usize = 8 * 1024;

/// A text, as a page shows it.
pub(super) struct Lines {
    /// All of it.
    pub text: String,
    /// The pieces of its lines, if they are known.
    pub spans: Option<highlight::Lines>,
    /// The first line shown, from 1.
    pub from: usize,
}

impl Lines {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.text.lines().count()
    }

    /// How many there are, in words, and the way to one of them: a number is asked for where there is script.
    pub(super) fn counted(&self) -> Markup {
        let first = format!("#L{}", self.from.max(1));
        html! {
            a href=(first) data-go-to-line data-keys="l" data-keys-label="go to line" { (counted(self.count() as u64, "line", "lines")) }
        }
    }

    /// How many of them follow each other on this page.
    fn shown(&self) -> usize {
        let mut room = BYTES;
        let rest = self.text.lines().skip(self.from.saturating_sub(1)).take(LINES);
        rest.take_while(|line| {
            let fits = room > 0;
            room = room.saturating_sub(line.len().min(LINE));
            fits
        })
        .count()
    }

    /// The table. Numbers are drawn by the stylesheet, so that copying lines does not copy them.
    pub(super) fn show(&self, here: &str) -> Markup {
        let (first, shown, count) = (self.from.max(1), self.shown(), self.count());
        let part = self.text.lines().enumerate().skip(first - 1).take(shown);
        html! {
            @if highlight::has_deceptive(&self.text) {
                p.notice.care {
                    (icon::alert())
                    span { "This file has characters that change the order or the look of text. They are shown as " span.odd { "‹U+…›" } "." }
                }
            }
            @if highlight::is_too_much(&self.text) {
                p.hint { "This file is too long, or has too long lines, to be coloured." }
            }
            section.source tabindex="0" aria-label="File content" data-lines=[(shown < count).then_some(count)] {
                table {
                    caption.visually-hidden { "Lines" }
                    thead.visually-hidden { tr { th scope="col" { "Number" } th scope="col" { "Text" } } }
                    tbody {
                        @for (index, text) in part {
                            @let spans = self.spans.as_ref().and_then(|all| all.get(index));
                            (row(index + 1, text, spans.map_or(&[], Vec::as_slice)))
                        }
                    }
                }
            }
            @if first > 1 || first - 1 + shown < count {
                nav.pager aria-label="Parts of the file" {
                    span { "Lines " (first) " to " (first - 1 + shown) " of " (counted(count as u64, "line", "lines")) }
                    @if first > 1 { a.button href=(format!("{here}?plain=1")) { "From the beginning" } }
                    @if first - 1 + shown < count {
                        a.button rel="next" href=(format!("{here}?plain=1&from={}", first + shown)) { "Next" }
                    }
                }
            }
        }
    }
}

// Numbers are out of the keyboard's way: thousands of them would stand between a page's head and its foot.
fn row(number: usize, line: &str, spans: &[Span]) -> Markup {
    let line = line.strip_prefix('\u{FEFF}').filter(|_| number == 1).unwrap_or(line);
    let mut end = line.len().min(LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let (shown, rest) = line.split_at(end);
    html! {
        tr id=(format!("L{number}")) {
            td.n { a href=(format!("#L{number}")) data-n=(number) tabindex="-1"
                aria-label=(format!("Line {number}")) {} }
            td.t {
                (highlight::line(shown, spans))
                @if !rest.is_empty() { span.cut { " … " (bytes::size(rest.len() as u64)) " more on this line" } }
                "\n"
            }
        }
    }
}

/// Where a symbolic link at `path` leads inside the repository, ready for an address.
pub(super) fn beside(path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') || target.contains('‹') {
        return None;
    }
    let mut at: Vec<String> = path.split('/').map(str::to_owned).collect();
    at.pop();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(at.pop()?),
            name => at.push(text::path(&name.replace('%', "%25"))),
        }
    }
    (!at.is_empty()).then(|| at.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{Lines, beside};

    fn show(text: &str) -> String {
        Lines { text: text.into(), spans: None, from: 1 }.show("/a/b/blob/main/c").into_string()
    }

    #[test]
    fn lines_are_escaped_and_can_be_linked_to() {
        let html = show("<script>alert(1)</script>\nplain\n");
        crate::ui::testing::assert_harmless(&html, "a file");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(html.contains("id=\"L2\"") && !html.contains("id=\"L3\""));
        let odd = show("a\u{202E}b\n\ttabs stay\n");
        assert!(odd.contains("a<span class=odd>‹U+202E›</span>b") && odd.contains("change the order"));
        assert!(odd.contains("\ttabs stay") && !html.contains("change the order"));
    }

    #[test]
    fn what_a_page_leaves_out_is_said() {
        let many = "x\n".repeat(20_000);
        let html = show(&many);
        assert!(html.contains("Lines 1 to 5000 of 20,000 lines") && html.contains("?plain=1&amp;from=5001"));
        let end = Lines { text: many, spans: None, from: 15_001 }.show("").into_string();
        assert!(end.contains("id=\"L20000\"") && !end.contains("rel=\"next\""));
        let long = show(&"é".repeat(400_000));
        assert!(
            long.len() < 20_000 && long.contains("792 KB more on this line"),
            "{}",
            &long[long.len() - 300..]
        );
        assert!(
            Lines { text: "a".into(), spans: None, from: 99 }.show("").into_string().contains("of 1 line")
        );
    }

    #[test]
    fn a_symbolic_link_leads_to_what_is_inside() {
        assert_eq!(beside("a/b/link", "../c d%").as_deref(), Some("a/c%20d%25"));
        for out in ["/etc/passwd", "../../../x", "../../.."] {
            assert_eq!(beside("a/b/link", out), None, "{out}");
        }
    }
}
