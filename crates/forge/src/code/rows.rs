//! What a folder holds, a row each: name, the commit that last changed it, and when.

use gitflare_port::command::{Entry, EntryKind, Folder};
use maud::{Markup, html};

use super::around::{short, subject};
use super::folder::{counted, grouped};
use super::submodule;
use crate::ui::{icon, text, time};

/// What the table needs.
pub(super) struct Rows<'a> {
    /// `/owner/name`.
    pub base: &'a str,
    /// The folder shown.
    pub folder: &'a Folder,
    /// The revision, ready for an address.
    pub revision: &'a str,
    /// The folder's path, ready for an address; empty for the root.
    pub path: &'a str,
    /// Whether this is a page further on.
    pub goes_on: bool,
    /// Unix seconds.
    pub now: i64,
}

impl Rows<'_> {
    /// The table, and what it leaves out.
    pub(super) fn show(&self) -> Markup {
        html! {
            table.files {
                caption.visually-hidden { "Folders and files" }
                colgroup { col.wide; col.last; col.when; }
                thead.visually-hidden {
                    tr { th scope="col" { "Name" } th scope="col" { "Last commit" } th scope="col" { "Date" } }
                }
                tbody {
                    @if let Some((above, _)) = self.path.rsplit_once('/') {
                        (self.parent(above))
                    } @else if !self.path.is_empty() {
                        (self.parent(""))
                    }
                    @for entry in &self.folder.entries { (self.entry(entry)) }
                }
            }
            @if self.folder.entries.is_empty() && !self.goes_on { p.empty { "This folder is empty." } }
            @if self.folder.last_pending {
                p.hint { "Last commits of some entries are missing: what a large push brought is still being indexed. Look again in a minute." }
            }
            (self.pages())
        }
    }

    fn parent(&self, above: &str) -> Markup {
        let slash = if above.is_empty() { "" } else { "/" };
        html! {
            tr {
                td {
                    div.name {
                        (icon::folder())
                        a href=(format!("{}/tree/{}{slash}{above}", self.base, self.revision)) aria-label="Parent folder" { ".." }
                    }
                }
                td.last {}
                td.when {}
            }
        }
    }

    fn entry(&self, entry: &Entry) -> Markup {
        let last = entry.last.and_then(|at| self.folder.last.get(at as usize));
        html! {
            tr {
                td { (self.name(entry)) }
                td.last {
                    @if let Some(last) = last {
                        a href=(format!("{}/commit/{}", self.base, text::path(&last.oid))) { (subject(last)) }
                    }
                }
                td.when { @if let Some(last) = last { (time::time(last.time, self.now)) } }
            }
        }
    }

    fn name(&self, entry: &Entry) -> Markup {
        let name = text::shown(&entry.name);
        let kind = if entry.kind == EntryKind::Folder { "tree" } else { "blob" };
        let slash = if self.path.is_empty() { "" } else { "/" };
        let href =
            format!("{}/{kind}/{}/{}{slash}{}", self.base, self.revision, self.path, text::path(&entry.name));
        let (drawing, word) = match entry.kind {
            EntryKind::Folder => (icon::folder(), "Folder"),
            EntryKind::File => (icon::file(), "File"),
            EntryKind::Executable => (icon::executable(), "Executable file"),
            EntryKind::Symlink => (icon::symlink(), "Symbolic link"),
            EntryKind::Submodule => (icon::submodule(), "Submodule"),
        };
        html! {
            div.name {
                (drawing) span.visually-hidden { (word) ": " }
                @if entry.kind == EntryKind::Submodule {
                    @match entry.target.as_deref().and_then(|target| submodule::address(self.base, target)) {
                        Some(address) => a href=(address) rel="nofollow noopener" { (name) },
                        None => span { (name) },
                    }
                    span.oid.meta { "@ " (text::visible(short(&entry.oid))) }
                } @else {
                    a href=(href) { (name) }
                    @if let Some(target) = &entry.target { span.target.meta { "→ " (text::shown(target)) } }
                }
            }
        }
    }

    /// How much of a large folder this is, and the way to the rest.
    fn pages(&self) -> Markup {
        let shown = self.folder.entries.len();
        let here = format!("{}/tree/{}", self.base, self.revision);
        let slash = if self.path.is_empty() { "" } else { "/" };
        let here = format!("{here}{slash}{}", self.path);
        html! {
            @if self.goes_on || self.folder.next.is_some() {
                nav.pager aria-label="Pages" {
                    span { (grouped(shown as u64)) " of " (counted(u64::from(self.folder.total), "entry", "entries")) }
                    @if self.goes_on { a.button href=(here) { "From the beginning" } }
                    @if let Some(next) = &self.folder.next {
                        a.button rel="next" href=(format!("{here}?after={}", text::query(next))) { "Next" }
                    }
                }
            }
        }
    }
}
