//! A part of what a diff leaves out, as rows of the same shape.

use gitflare_port::{Bytes, diff::DiffLine};
use maud::{Markup, html};

use super::gaps::Gap;
use super::{anchor, rows};
use crate::ui::highlight::Span;
use crate::ui::text;

/// Lines of a file that are the same on both sides of a diff.
pub(crate) struct Excerpt<'a> {
    /// `/owner/name`.
    pub home: &'a str,
    /// The revision they are of, percent-encoded.
    pub revision: &'a str,
    /// The path of the file, percent-encoded.
    pub path: &'a str,
    /// Which lines.
    pub part: Gap,
    /// What is still left out.
    pub rest: Option<Gap>,
    /// Their text.
    pub lines: &'a [Bytes],
    /// Whether the sides stand beside each other.
    pub is_split: bool,
}

impl Excerpt<'_> {
    /// The lines in a frame of their own. What is in the body of the table is what the script takes.
    pub(crate) fn show(&self, colours: &[Vec<Span>]) -> Markup {
        let file = format!("{}/blob/{}/{}", self.home, text::path(self.revision), text::path(self.path));
        let bar = self.rest.map(|rest| {
            let address = rest.address(self.home, self.revision, self.path, self.is_split);
            rows::bar(&html! { (rows::way(rest, &address, &address)) })
        });
        let lines: Vec<DiffLine> =
            (self.part.first..).zip(self.lines).map(|(n, text)| self.line(n, text)).collect();
        html! {
            section.diff aria-label="Lines" {
                div.diff-files {
                    section.file id=(anchor(self.path)) aria-label=(text::shown(self.path)) {
                        header {
                            h3 { (text::shown(self.path)) }
                            span.meta { "lines " (self.part.first) " to " (self.part.last) }
                            a.view href=(file) { "View file" }
                        }
                        div.chunk {
                            (rows::table(self.is_split, "data-excerpt-rows", &html! {
                                @if !self.part.down { @if let Some(bar) = &bar { (bar) } }
                                (rows::same(&lines, colours, &anchor(self.path), self.is_split))
                                @if self.part.down { @if let Some(bar) = &bar { (bar) } }
                            }))
                        }
                    }
                }
            }
        }
    }

    fn line(&self, new: u32, text: &Bytes) -> DiffLine {
        let old = u32::try_from(i64::from(new) + self.part.shift).unwrap_or(new);
        DiffLine { old, new, text: text.clone(), ..DiffLine::default() }
    }
}
