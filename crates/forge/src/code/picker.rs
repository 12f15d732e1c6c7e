//! The menu of branches and tags: where else the same folder can be seen. Without script it is a disclosure with links,
//! and its search a form that the page of branches answers.

use gitflare_port::command::Folder;
use maud::{Markup, html};

use super::folder::revision_name;
use crate::ui::{icon, text};

/// The most names of each kind that a page carries; the rest is a link away.
const MOST: usize = 300;

/// What the menu needs.
pub(super) struct Picker<'a> {
    /// `/owner/name`.
    pub base: &'a str,
    /// The folder shown, with all there is to choose from.
    pub folder: &'a Folder,
    /// The revision, ready for an address.
    pub revision: &'a str,
    /// What follows the revision in the address: empty, or a path with its slash.
    pub rest: &'a str,
}

impl Picker<'_> {
    /// The menu.
    pub(super) fn show(&self) -> Markup {
        let Folder { branches, tags, branch_count, tag_count, .. } = self.folder;
        html! {
            details.menu.picker {
                summary.button data-keys="b" data-keys-label="other branch or tag" {
                    (icon::branch())
                    span.visually-hidden { "Branch or tag: " }
                    span.ref { (revision_name(&self.folder.revision)) }
                    (icon::chevron())
                }
                div.popover {
                    form role="search" action=(format!("{}/branches", self.base)) {
                        input type="search" name="q" data-filter placeholder="Find a branch or tag"
                            aria-label="Find a branch or tag" autocomplete="off" maxlength="200";
                    }
                    (self.names("Branches", branches, *branch_count, "branches"))
                    (self.names("Tags", tags, *tag_count, "tags"))
                }
            }
        }
    }

    fn names(&self, title: &str, names: &[String], count: u64, page: &str) -> Markup {
        html! {
            @if !names.is_empty() {
                h2 { (title) }
                ul {
                    @for name in names.iter().take(MOST) { (self.name(name)) }
                    @if names.len() > MOST || names.len() < usize::try_from(count).unwrap_or(usize::MAX) {
                        li.all { a href=(format!("{}/{page}", self.base)) { "All " (count) " " (page) } }
                    }
                }
            }
        }
    }

    fn name(&self, name: &str) -> Markup {
        let address = text::path(name);
        let current = address == self.revision;
        html! {
            li {
                a href=(format!("{}/tree/{address}{}", self.base, self.rest)) aria-current=[current.then_some("true")] {
                    span.ref { (text::shown(name)) }
                    @if current { (icon::check()) }
                }
            }
        }
    }
}
