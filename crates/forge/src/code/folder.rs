//! A folder: the repository's home, and every folder below it.

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::command::{CommitSummary, Entry, EntryKind, File, Folder};
use gitflare_port::{Command, Reply};
use maud::{Markup, html};

use super::address::{self, readings, steps};
use super::empty::Empty;
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::access::{Access, Action, InRepository, act::ReadCode};
use crate::error::Kind;
use crate::repositories::Repository;
use crate::ui::markdown::{Place, markdown, plain};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, bytes, form, icon, text, time};
use crate::{Error, Result};

/// `GET /{owner}/{repo}`.
pub(crate) async fn home(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let folder = browse(&visit, &access, None, String::new()).await?;
    Ok(page(&visit, &access, &folder, "").respond(&visit.frame))
}

/// `GET /{owner}/{repo}/tree/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = visit.rest().to_owned();
    if address::is_crooked(&rest) {
        return Err(Error::not_found());
    }
    for (revision, path) in readings(&rest) {
        match browse(&visit, &access, Some(revision), path.clone()).await {
            Ok(folder) => return Ok(page(&visit, &access, &folder, &path).respond(&visit.frame)),
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    // A file is asked for as a folder when somebody guesses its address, a README for one.
    for (revision, path) in readings(&rest).into_iter().filter(|(_, path)| !path.is_empty()) {
        if super::blob::read(&visit, &access, &revision, &path, 0).await.is_ok() {
            let to = format!("/{}/blob/{revision}/{path}", access.repository().full_name());
            return Ok(Redirect::to(&to).into_response());
        }
    }
    Err(Error::not_found())
}

/// Asks for a folder.
pub(super) async fn browse(
    visit: &Visit,
    access: &Access<ReadCode>,
    revision: Option<String>,
    path: String,
) -> Result<Folder> {
    let command = Command::Browse { caller: access.caller(&visit.client), revision, path };
    match visit.forge.host().command(access.repository().id, command).await? {
        Reply::Folder(folder) => Ok(folder),
        other => Err(visit::unexpected(&other)),
    }
}

/// What the page shows, ready.
struct FolderPage<'a> {
    repository: &'a Repository,
    folder: &'a Folder,
    /// Percent-encoded, empty for the root.
    path: &'a str,
    /// The revision, ready for an address.
    revision: String,
    /// `/owner/name`.
    base: String,
    clone_url: String,
    may_push: bool,
    limit: Option<u64>,
    title: Markup,
    now: i64,
}

fn page(visit: &Visit, access: &Access<ReadCode>, folder: &Folder, path: &str) -> Page {
    let repository = access.repository();
    let base = format!("/{}", repository.full_name());
    let view = FolderPage {
        repository,
        folder,
        path,
        revision: text::path(&folder.revision),
        clone_url: visit.origin.url(&format!("{base}.git")),
        base,
        may_push: access.may(Action::Push),
        limit: visit.forge.settings().body_limit,
        title: title_row(access, &visit.frame),
        now: visit.forge.now(),
    };
    let title = match path {
        "" => repository.full_name().to_string(),
        path => {
            format!("{} at {} · {}", text::shown(path), text::shown(&folder.revision), repository.full_name())
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
                    span.meta { (counted(self.folder.branches.len(), "branch", "branches")) " · "
                        (counted(self.folder.tags.len(), "tag", "tags")) }
                } @else {
                    (path_row(self.repository, &self.revision, self.path))
                }
            }
            @match &self.folder.commit {
                Some(commit) => {
                    (latest(commit, self.now))
                    (self.entries())
                    @if let Some(readme) = &self.folder.readme { (self.readme(readme)) }
                }
                None => p.empty {
                    "The default branch " code { (branch_of(&self.folder.head)) } " has no commits yet. Choose another branch above"
                    @if self.may_push { ", or change the default branch in the settings" } "."
                }
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

    /// The menu of branches and tags. Without script it is a disclosure with links.
    fn picker(&self) -> Markup {
        let item = |name: &String, drawing: Markup| {
            let current = text::path(name) == self.revision;
            html! {
                li {
                    a href=(format!("{}/tree/{}", self.base, text::path(name))) aria-current=[current.then_some("true")] {
                        (drawing)
                        span.ref { (text::shown(name)) }
                        @if current { (icon::check()) }
                    }
                }
            }
        };
        html! {
            details.menu {
                summary.button {
                    (icon::branch())
                    span.visually-hidden { "Branch or tag: " }
                    span.ref { (revision_name(&self.folder.revision)) }
                    (icon::chevron())
                }
                div.popover {
                    h2 { "Branches" }
                    ul { @for name in &self.folder.branches { (item(name, icon::branch())) } }
                    @if !self.folder.tags.is_empty() {
                        h2 { "Tags" }
                        ul { @for name in &self.folder.tags { (item(name, icon::tag())) } }
                    }
                }
            }
        }
    }

    fn entries(&self) -> Markup {
        html! {
            table.files {
                caption.visually-hidden { "Folders and files" }
                thead.visually-hidden { tr { th scope="col" { "Name" } th scope="col" { "Size" } } }
                tbody {
                    @if let Some((above, _)) = self.path.rsplit_once('/') {
                        (self.parent(above))
                    } @else if !self.path.is_empty() {
                        (self.parent(""))
                    }
                    @for entry in &self.folder.entries { (self.entry(entry)) }
                }
            }
            @if self.folder.truncated {
                p.hint { "Only the first " (self.folder.entries.len()) " entries are shown. Clone the repository to see all." }
            }
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
                td.size {}
            }
        }
    }

    fn entry(&self, entry: &Entry) -> Markup {
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
            tr {
                td {
                    div.name {
                        (drawing) span.visually-hidden { (word) ": " }
                        @if entry.kind == EntryKind::Submodule {
                            span { (name) " " span.oid.meta { "@ " (short(&entry.oid)) } }
                        } @else {
                            a href=(href) { (name) }
                        }
                    }
                }
                td.size { @if let Some(size) = entry.size { (bytes::size(size)) } }
            }
        }
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
        Place { repository: self.base.clone(), revision: self.revision.clone(), folder: self.path.to_owned() }
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
                }
                section {
                    h2 { "Clone" }
                    (form::commands("Clone command", &[format!("git clone {}", self.clone_url)]))
                    @if self.repository.is_private() {
                        p.hint { "git asks for a name and a password: any name, and a token of yours." }
                    }
                }
                section {
                    h2 { "Size" }
                    p { (bytes::size(u64::try_from(self.repository.size).unwrap_or(0))) }
                }
            }
        }
    }
}

/// The strip with the commit that is shown.
pub(super) fn latest(commit: &CommitSummary, now: i64) -> Markup {
    html! {
        div.latest {
            (icon::commit())
            span.author { (text::visible(&commit.author)) }
            span.subject { (text::visible(&commit.subject)) }
            code.oid.meta title=(text::visible(&commit.oid)) { (text::visible(short(&commit.oid))) }
            span.meta { (time::time(commit.time, now)) }
        }
    }
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

/// A revision to read: an object id is cut short.
pub(super) fn revision_name(revision: &str) -> String {
    if is_oid(revision) { short(revision).to_owned() } else { text::shown(revision) }
}

/// The readable short name of a branch, from its full ref name.
fn branch_of(full: &str) -> String {
    let decoded = text::shown(full);
    decoded.strip_prefix("refs/heads/").unwrap_or(&decoded).to_owned()
}

fn is_oid(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// The first characters of an object id.
fn short(oid: &str) -> &str {
    oid.get(..8).unwrap_or(oid)
}

/// Whether a file of this name is Markdown.
pub(super) fn is_markdown(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [".md", ".markdown", ".mdown", ".mkd"].iter().any(|ending| name.ends_with(ending))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
