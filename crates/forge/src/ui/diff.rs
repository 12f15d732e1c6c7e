//! A diff: the files that changed, and their lines, unified or side by side. Commits and comparisons show it.
//!
//! Every link in it is a page: a file that is folded, or more lines around a change, is the same page with that file
//! alone, whose section a script may put in place.

mod colours;
mod excerpt;
mod file;
mod gaps;
mod rows;
mod tree;
mod words;

use gitflare_port::diff::{Counts, Diff};
use maud::{Markup, html};
use sha2::{Digest as _, Sha256};

pub(crate) use colours::Colours;
pub(crate) use excerpt::Excerpt;
pub(crate) use gaps::Gap;

use super::text;
use super::visit::Visit;

/// Lines wanted of one answer.
pub(crate) const LINES: u32 = 3_000;
/// A file with more lines than this is folded, unless it is asked for.
pub(crate) const FOLDED: u32 = 1_500;
/// Lines around changes, at first and at most.
const CONTEXT: [u32; 2] = [3, 1_000];

/// What a reader chose about a diff, from the address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    /// Side by side instead of one below the other.
    pub split: bool,
    /// White space does not count.
    pub blind: bool,
    /// This file alone, percent-encoded.
    pub only: Option<String>,
    /// Lines around changes.
    pub context: u32,
    /// The first file shown.
    pub from: u32,
    /// Which parent, from 1.
    pub parent: u32,
}

impl Choice {
    /// What the address says.
    pub(crate) fn of(visit: &Visit) -> Self {
        let number = |name: &str| visit.query(name).and_then(|value| value.parse::<u32>().ok());
        Self {
            split: visit.query("diff").as_deref() == Some("split"),
            blind: visit.query("w").as_deref() == Some("1"),
            only: visit.query("file").filter(|file| !file.is_empty()),
            context: number("context").unwrap_or(CONTEXT[0]).min(CONTEXT[1]),
            from: number("from").unwrap_or(0),
            parent: number("parent").unwrap_or(1).max(1),
        }
    }

    /// The address of the same page with this choice.
    fn address(&self, page: &str) -> String {
        let mut pairs = Vec::new();
        if self.parent > 1 {
            pairs.push(format!("parent={}", self.parent));
        }
        if self.split {
            pairs.push("diff=split".to_owned());
        }
        if self.blind {
            pairs.push("w=1".to_owned());
        }
        if self.from > 0 {
            pairs.push(format!("from={}", self.from));
        }
        if let Some(file) = &self.only {
            pairs.push(format!("file={}", text::query(file)));
        }
        if self.context != CONTEXT[0] {
            pairs.push(format!("context={}", self.context));
        }
        if pairs.is_empty() { page.to_owned() } else { format!("{page}?{}", pairs.join("&")) }
    }
}

/// A diff to show.
pub(crate) struct View<'a> {
    /// What the repository answered.
    pub diff: &'a Diff,
    /// `/owner/name`.
    pub home: &'a str,
    /// The page's address without its query.
    pub page: &'a str,
    /// What the reader chose.
    pub choice: Choice,
    /// The colours of its lines.
    pub colours: Colours,
}

impl View<'_> {
    /// Everything: what can be chosen, the list of files, and their lines.
    pub(crate) fn show(&self) -> Markup {
        let diff = self.diff;
        html! {
            section.diff aria-label="Changes" {
                (self.bar())
                @if diff.total == 0 {
                    p.empty { "No file differs." }
                } @else {
                    div.diff-sides {
                        (tree::show(self))
                        div.diff-files {
                            @for (n, body) in diff.bodies.iter().enumerate() { (file::show(self, body, self.colours.file(n))) }
                            @if diff.bodies.is_empty() { p.empty { "No such file differs." } }
                            (self.more())
                        }
                    }
                }
            }
        }
    }

    fn bar(&self) -> Markup {
        let with = |change: &dyn Fn(&mut Choice)| {
            let mut choice = self.choice.clone();
            change(&mut choice);
            choice.address(self.page)
        };
        let current = |on: bool| on.then_some("true");
        html! {
            div.diff-bar {
                h2 {
                    (self.diff.total) @if self.diff.truncated { "+" }
                    @if self.diff.total == 1 { " file" } @else { " files" } " changed"
                    @if let Some(all) = self.diff.counts { " " (counts(all)) }
                }
                @if self.choice.only.is_some() {
                    a href=(with(&|choice| (choice.only, choice.context) = (None, CONTEXT[0]))) { "All files" }
                }
                nav aria-label="How the diff is shown" {
                    a rel="nofollow" href=(with(&|choice| choice.split = false)) aria-current=[current(!self.choice.split)] { "Unified" }
                    a rel="nofollow" href=(with(&|choice| choice.split = true)) aria-current=[current(self.choice.split)] { "Split" }
                    a rel="nofollow" href=(with(&|choice| choice.blind = !choice.blind)) {
                        @if self.choice.blind { "Show white space changes" } @else { "Hide white space changes" }
                    }
                }
            }
        }
    }

    /// The way to the files that did not fit.
    fn more(&self) -> Markup {
        let Some(next) = self.diff.next.filter(|_| self.choice.only.is_none()) else { return html! {} };
        let left = self.diff.total.saturating_sub(next);
        let to = Choice { from: next, ..self.choice.clone() }.address(self.page);
        html! {
            p.pager {
                a.button rel="next" href=(to) { (left) @if left == 1 { " file more" } @else { " files more" } }
                @if self.diff.truncated { span { "Only the first " (self.diff.total) " files are listed." } }
            }
        }
    }

    /// The address at which one file is shown alone, with this many lines around its changes.
    fn alone(&self, path: &str, context: u32) -> String {
        let choice = Choice { only: Some(path.to_owned()), context, from: 0, ..self.choice.clone() };
        format!("{}#{}", choice.address(self.page), anchor(path))
    }
}

/// Lines that came and went.
pub(crate) fn counts(counts: Counts) -> Markup {
    html! {
        span.delta {
            span.plus { "+" (counts.added) span.visually-hidden { " added" } }
            " "
            span.minus { "−" (counts.deleted) span.visually-hidden { " removed" } }
        }
    }
}

/// The name of a file's section.
fn anchor(path: &str) -> String {
    let digest = Sha256::digest(path.as_bytes());
    let number = digest.iter().take(5).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("diff-{number:010x}")
}

#[cfg(test)]
mod tests {
    use super::Choice;

    #[test]
    fn what_is_chosen_is_in_the_address() {
        let choice = Choice { context: 3, parent: 1, ..Choice::default() };
        assert_eq!(choice.address("/a/b/commit/1"), "/a/b/commit/1");
        let choice =
            Choice { split: true, blind: true, only: Some("a%FF&b".into()), context: 20, from: 9, parent: 2 };
        assert_eq!(choice.address("/p"), "/p?parent=2&diff=split&w=1&from=9&file=a%25FF%26b&context=20");
    }
}
