//! A folder: the repository's home, and every folder below it.

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::command::{File, Folder};
use gitflare_port::{Command, Reply};
use maud::{Markup, html};

use super::address::{self, steps};
use super::around;
use super::empty::Empty;
use super::frame::{Tab, crumbs, tabs, title_row};
use super::people::latest;
use super::picker::Picker;
use super::rows::Rows;
use crate::access::{Access, Action, InRepository, act::ReadCode};
use crate::repositories::Repository;
use crate::repositories::pages::rows::topics;
use crate::ui::markdown::{Place, markdown, plain};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, bytes, highlight, icon, text};
use crate::{Error, Result};

/// `GET /{owner}/{repo}`.
pub(crate) async fn home(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let folder = browse(&visit, &access, None).await?.ok_or_else(Error::not_found)?;
    Ok(page(&visit, &access, &folder).await.respond(&visit.frame))
}

/// `GET /{owner}/{repo}/tree/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = address::of(&visit)?;
    if let Some(folder) = browse(&visit, &access, Some(rest.clone())).await? {
        return Ok(page(&visit, &access, &folder).await.respond(&visit.frame));
    }
    // A file is asked for as a folder when somebody guesses its address, a README for one.
    let to = format!("/{}/blob/{rest}", access.repository().full_name());
    Ok(Redirect::to(&to).into_response())
}

/// Asks for a folder by its address, or for the one everybody sees first; `None` where there is a file.
async fn browse(visit: &Visit, access: &Access<ReadCode>, address: Option<String>) -> Result<Option<Folder>> {
    let (revision, path) = address.map(|address| address::parts(&address)).unzip();
    let command = Command::Browse {
        caller: access.caller(&visit.client),
        revision,
        path: path.unwrap_or_default(),
        after: visit.query("after"),
    };
    match around::read(visit, access, command).await? {
        Reply::Folder(folder) => Ok(Some(folder)),
        Reply::NoFolder => Ok(None),
        other => Err(visit::unexpected(&other)),
    }
}

/// What the page shows, ready.
struct FolderPage<'a> {
    repository: &'a Repository,
    folder: &'a Folder,
    /// Ready for an address, empty for the root.
    path: String,
    /// The revision, ready for an address.
    revision: String,
    /// `/owner/name`.
    base: String,
    clone_url: String,
    may_push: bool,
    limit: Option<u64>,
    title: Markup,
    /// Whether this is a page further on.
    goes_on: bool,
    now: i64,
}

async fn page(visit: &Visit, access: &Access<ReadCode>, folder: &Folder) -> Page {
    if folder.readme.is_some() {
        highlight::prepare(&visit.forge).await;
    }
    let repository = access.repository();
    let base = format!("/{}", repository.full_name());
    let view = FolderPage {
        repository,
        folder,
        path: text::path(&folder.path),
        revision: text::path(&folder.revision),
        clone_url: visit.origin.url(&format!("{base}.git")),
        base,
        may_push: access.may(Action::Push),
        limit: visit.forge.settings().body_limit,
        title: title_row(access, &visit.frame),
        goes_on: visit.query("after").is_some(),
        now: visit.forge.now(),
    };
    let title = match view.path.as_str() {
        "" => repository.full_name().to_string(),
        path => {
            format!(
                "{} at {} · {}",
                text::shown(path),
                revision_name(&folder.revision),
                repository.full_name()
            )
        }
    };
    Page::new(title, view.show()).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code))
}

impl FolderPage<'_> {
    fn show(&self) -> Markup {
        let is_home = self.path.is_empty();
        html! {
            (self.title)
            @if is_home {
                div.home-grid {
                    div { (self.body()) }
                    (self.rail())
                }
            } @else {
                (self.body())
            }
        }
    }

    fn body(&self) -> Markup {
        if self.folder.empty {
            return self.empty().show();
        }
        html! {
            div.bar {
                (self.picker())
                @if self.path.is_empty() {
                    (self.counts())
                } @else {
                    (path_row(self.repository, &self.revision, &self.path))
                }
                @if self.folder.commit.is_some() || !self.folder.tree.is_empty() { (self.actions()) }
            }
            @if self.folder.commit.is_none() && self.folder.tree.is_empty() {
                p.empty {
                    "The default branch " code { (branch_of(&self.folder.head)) } " has no commits yet. Choose another branch above"
                    @if self.may_push { ", or change the default branch in the settings" } "."
                }
            } @else {
                @if let Some(commit) = &self.folder.commit { (latest(&self.base, commit, self.now)) }
                (self.rows())
                @if let Some(readme) = &self.folder.readme { (self.readme(readme)) }
            }
        }
    }

    fn empty(&self) -> Empty {
        Empty {
            url: self.clone_url.clone(),
            name: self.repository.name.to_string(),
            branch: branch_of(&self.folder.head),
            may_push: self.may_push,
            limit: self.limit,
        }
    }

    fn picker(&self) -> Markup {
        let slash = if self.path.is_empty() { "" } else { "/" };
        let rest = format!("{slash}{}", self.path);
        Picker { base: &self.base, folder: self.folder, revision: &self.revision, rest: &rest }.show()
    }

    /// How many commits, branches and tags there are, each the way to them.
    fn counts(&self) -> Markup {
        let Folder { commits, branch_count, tag_count, .. } = self.folder;
        let base = &self.base;
        html! {
            ul.counts {
                @if self.folder.commit.is_some() {
                    li {
                        a href=(format!("{base}/commits/{}", self.revision)) {
                            (icon::commit())
                            @match commits {
                                Some(count) => (counted(*count, "commit", "commits")),
                                None => "Commits",
                            }
                        }
                    }
                }
                li { a href=(format!("{base}/branches")) { (icon::branch()) (counted(*branch_count, "branch", "branches")) } }
                li { a href=(format!("{base}/tags")) { (icon::tag()) (counted(*tag_count, "tag", "tags")) } }
            }
        }
    }

    fn actions(&self) -> Markup {
        html! {
            div.actions {
                a.button href=(format!("{}/find/{}", self.base, self.revision)) data-keys="t" data-keys-label="go to file" {
                    (icon::search()) "Go to file"
                }
                @if !self.path.is_empty() && self.folder.commit.is_some() {
                    a.button href=(format!("{}/commits/{}/{}", self.base, self.revision, self.path)) { (icon::history()) "History" }
                }
                @if self.path.is_empty() {
                    (super::clone::menu(&self.base, self.folder, &self.clone_url, self.repository.is_private()))
                }
            }
        }
    }

    fn rows(&self) -> Markup {
        let rows = Rows {
            base: &self.base,
            folder: self.folder,
            revision: &self.revision,
            path: &self.path,
            goes_on: self.goes_on,
            now: self.now,
        };
        rows.show()
    }

    fn readme(&self, readme: &File) -> Markup {
        let name = text::shown(&readme.name);
        html! {
            section.readme aria-label=(name) {
                h2 { (icon::file()) (name) }
                @match &readme.content {
                    Some(content) if is_markdown(&name) => (markdown(content, &self.place())),
                    Some(content) => (plain(&String::from_utf8_lossy(content))),
                    None => p.empty { "This file is too large to be shown here." },
                }
            }
        }
    }

    fn place(&self) -> Place {
        Place { repository: self.base.clone(), revision: self.revision.clone(), folder: self.path.clone() }
    }

    fn rail(&self) -> Markup {
        html! {
            aside.rail aria-label="About" {
                section {
                    h2 { "About" }
                    @if self.repository.description.is_empty() {
                        p.meta { "No description." }
                    } @else {
                        p { (text::visible(&self.repository.description)) }
                    }
                    @if !self.repository.website.is_empty() {
                        p.website { (icon::link()) a href=(self.repository.website) rel="nofollow noopener ugc" { (address_of(&self.repository.website)) } }
                    }
                    (topics(&self.repository.topics))
                }
                section {
                    h2 { "Size" }
                    p { (bytes::size(u64::try_from(self.repository.size).unwrap_or(0))) }
                }
            }
        }
    }
}

/// An address to read: without what all of them have.
fn address_of(url: &str) -> String {
    let plain = url.split_once("://").map_or(url, |(_, rest)| rest);
    text::shown(plain.strip_suffix('/').unwrap_or(plain))
}

/// The path of a folder or file, each step a link.
pub(super) fn path_row(repository: &Repository, revision: &str, path: &str) -> Markup {
    let base = format!("/{}/tree/{revision}", repository.full_name());
    let steps = steps(path);
    html! {
        nav aria-label="Path" {
            ol.path {
                li { a href=(base) { (repository.name.as_str()) } }
                @for (index, (name, so_far)) in steps.iter().enumerate() {
                    li {
                        @if index + 1 == steps.len() {
                            span aria-current="page" { (name) }
                        } @else {
                            a href=(format!("{base}/{so_far}")) { (name) }
                        }
                    }
                }
            }
        }
    }
}

/// What is shown, as the way to its files. `what` says to those who do not see the page what is shown there.
pub(super) fn revision_link(base: &str, revision: &str, name: &str, what: &str) -> Markup {
    html! {
        a.button href=(format!("{base}/tree/{revision}")) {
            (icon::branch())
            span.visually-hidden { (what) " at " }
            span.ref { (revision_name(name)) }
        }
    }
}

/// A revision to read: an object id is cut short.
pub(super) fn revision_name(revision: &str) -> String {
    if address::is_oid(revision) { short(revision).to_owned() } else { text::shown(revision) }
}

/// The readable short name of a branch, from its full ref name.
fn branch_of(full: &str) -> String {
    let decoded = text::shown(full);
    decoded.strip_prefix("refs/heads/").unwrap_or(&decoded).to_owned()
}

/// The first characters of an object id.
pub(super) fn short(oid: &str) -> &str {
    oid.get(..8).unwrap_or(oid)
}

/// Whether a file of this name is Markdown.
pub(super) fn is_markdown(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".md", ".markdown", ".mdown", ".mkd"].iter().any(|ending| name.ends_with(ending))
}

/// A number with its word.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(count)) }
}

/// A number with its thousands apart.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn large_numbers_can_be_read() {
        let words = [0, 1, 999, 1_000, 82_345, 1_234_567].map(|n| counted(n, "tag", "tags"));
        assert_eq!(words, ["0 tags", "1 tag", "999 tags", "1,000 tags", "82,345 tags", "1,234,567 tags"]);
    }
}
