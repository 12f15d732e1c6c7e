//! What the lists of branches and of tags share: the search above them and the way on below.

use gitflare_port::refs::{RefOrder, RefQuery};
use maud::{Markup, html};

use super::folder::counted;
use crate::ui::{list, text, visit::Visit};

/// Names on a page.
const PAGE: u32 = 40;

/// One of the two lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// The last part of its address, which is also the word for several.
    pub many: &'static str,
    /// The word for one.
    pub one: &'static str,
}

/// Branches.
pub(super) const BRANCHES: Kind = Kind { many: "branches", one: "branch" };
/// Tags.
pub(super) const TAGS: Kind = Kind { many: "tags", one: "tag" };

/// A list as it is asked for.
pub(super) struct Sought {
    /// Which list.
    pub kind: Kind,
    /// The other one, where the same words may be looked for.
    pub other: Kind,
    /// `/owner/name`.
    pub home: String,
    /// What names must hold.
    pub words: String,
    /// Where the page begins; nothing on the first one.
    pub after: String,
}

impl Sought {
    /// What an address asks for.
    pub(super) fn of(visit: &Visit, (kind, other): (Kind, Kind), home: &str) -> Self {
        let words = visit.query("q").unwrap_or_default().trim().chars().take(200).collect();
        let after = visit.query("after").unwrap_or_default();
        Self { kind, other, home: home.to_owned(), words, after }
    }

    /// The same, asked of the repository.
    pub(super) fn query(&self, order: RefOrder) -> RefQuery {
        let after = Some(self.after.clone()).filter(|after| !after.is_empty());
        RefQuery { search: self.words.clone(), order, after, limit: PAGE }
    }

    fn address(&self, kind: Kind, after: &str) -> String {
        let path = format!("{}/{}", self.home, kind.many);
        list::address(&path, &[("q", self.words.as_str()), ("after", after)])
    }

    /// The form above the list.
    pub(super) fn form(&self) -> Markup {
        let action = format!("{}/{}", self.home, self.kind.many);
        list::filter(&action, &self.words, &format!("Find a {}", self.kind.one), &[], &[])
    }

    /// What is said where no name was found, and where else to look.
    pub(super) fn none(&self, goes_on: bool) -> Markup {
        html! {
            div.empty {
                p {
                    @if goes_on {
                        "Nothing was found so far. There are more " (self.kind.many) " to look through."
                    } @else if self.words.is_empty() {
                        "There are no more " (self.kind.many) "."
                    } @else {
                        "No " (self.kind.one) " has " q { (text::visible(&self.words)) } " in its name."
                    }
                }
                @if !self.words.is_empty() {
                    p {
                        a href=(self.address(self.other, "")) { "Look among the " (self.other.many) }
                        ", or see "
                        a href=(format!("{}/{}", self.home, self.kind.many)) { "all " (self.kind.many) }
                        "."
                    }
                }
            }
        }
    }

    /// The way on, and how many names there are.
    pub(super) fn pager(&self, total: u64, next: Option<&str>) -> Markup {
        let goes_on = !self.after.is_empty();
        html! {
            @if goes_on || next.is_some() {
                nav.pager aria-label="Pages" {
                    span { (counted(total, self.kind.one, self.kind.many)) " in all" }
                    @if goes_on { a.button href=(self.address(self.kind, "")) { "From the beginning" } }
                    @if let Some(next) = next {
                        a.button rel="next" href=(self.address(self.kind, next)) {
                            @if self.words.is_empty() { "Next" } @else { "Search on" }
                        }
                    }
                }
            }
        }
    }
}
