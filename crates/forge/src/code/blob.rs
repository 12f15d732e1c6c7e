//! A file: its lines, its picture or its text set as prose, and a sentence where it is none of these.

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::{
    Command, Reply,
    command::{EntryKind, File},
};
use maud::{Markup, html};

use super::folder::{is_markdown, path_row, revision_link, revision_name};
use super::frame::{Tab, crumbs, tabs, title_row};
use super::lines::{self, Lines};
use super::people::latest;
use super::{address, around};
use crate::Result;
use crate::access::{Access, InRepository, act::ReadCode};
use crate::ui::markdown::{Place, markdown};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, bytes, form, highlight, icon, text};

/// The largest file shown.
const LARGEST: u64 = 1024 * 1024;

/// `GET /{owner}/{repo}/blob/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = address::of(&visit)?;
    if let Some(file) = read(&visit, &access, &rest, LARGEST).await? {
        return Ok(page(&visit, &access, &file).await.respond(&visit.frame));
    }
    let to = format!("/{}/tree/{rest}", access.repository().full_name());
    Ok(Redirect::to(&to).into_response())
}

/// Asks for a file by its address; `None` where there is a folder.
async fn read(visit: &Visit, access: &Access<ReadCode>, address: &str, limit: u64) -> Result<Option<File>> {
    let (revision, path) = address::parts(address);
    let command =
        Command::ReadFile { caller: access.caller(&visit.client), revision: Some(revision), path, limit };
    match around::read(visit, access, command).await? {
        Reply::File(file) => Ok(Some(file)),
        Reply::NoFile => Ok(None),
        other => Err(visit::unexpected(&other)),
    }
}

/// How a file can be shown.
enum Content {
    /// Rendered, unless its source is asked for.
    Prose(Markup),
    /// Its lines.
    Lines(Lines),
    /// By the browser, from its raw address.
    Media(&'static str),
    /// Where it leads, decoded.
    Symlink(String),
    /// A large file that is kept elsewhere: its size.
    Lfs(u64),
    /// Nothing in it.
    Nothing,
    /// Not text.
    Binary,
    /// Too much.
    Large,
}

/// What a browser shows by itself: the element for it.
fn medium(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" => Some("img"),
        "mp4" | "webm" => Some("video"),
        "mp3" | "ogg" => Some("audio"),
        _ => None,
    }
}

/// A file with what its page shows of it.
struct FilePage<'a> {
    file: &'a File,
    /// `/owner/name`.
    base: String,
    /// The revision, ready for an address.
    revision: String,
    /// The path, ready for an address.
    path: String,
    /// Whether the file has two forms, and which is shown: its source or not.
    source: Option<bool>,
    content: Content,
    now: i64,
}

async fn page(visit: &Visit, access: &Access<ReadCode>, file: &File) -> Page {
    let repository = access.repository();
    let name = text::shown(&file.name);
    let (revision, path) = (text::path(&file.revision), text::path(&file.path));
    let base = format!("/{}", repository.full_name());
    let plain = visit.query("plain").is_some();
    let folder = path.rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
    let place = Place { repository: base.clone(), revision: revision.clone(), folder };
    let is_text = file.content.as_deref().is_some_and(|bytes| !is_binary(bytes));
    let two_forms = is_text && (is_markdown(&name) || name.to_ascii_lowercase().ends_with(".svg"));
    let content = content(visit, file, (&name, plain, &place)).await;
    let view = FilePage {
        file,
        base,
        revision,
        path,
        source: two_forms.then_some(plain),
        content,
        now: visit.forge.now(),
    };
    let title = match view.path.as_str() {
        "" => format!("{} · {}", revision_name(&file.revision), repository.full_name()),
        path => {
            format!("{} at {} · {}", text::shown(path), revision_name(&file.revision), repository.full_name())
        }
    };
    let main = html! {
        (title_row(access, &visit.frame))
        div.bar {
            (revision_link(&view.base, &view.revision, &file.revision, "Files"))
            (path_row(repository, &view.revision, &view.path))
            (form::copy(&text::decoded(&file.path), "the path"))
            div.actions {
                a.button href=(format!("{}/find/{}", view.base, view.revision)) data-keys="t" data-keys-label="go to file" {
                    (icon::search()) "Go to file"
                }
            }
        }
        @if let Some(last) = &file.last { (latest(&view.base, last, view.now)) }
        @if file.last_pending {
            p.hint { "The commit that last changed this file is still being looked for, after a large push." }
        }
        (view.facts())
        (view.show())
    };
    Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code))
}

async fn content(visit: &Visit, file: &File, (name, plain, place): (&str, bool, &Place)) -> Content {
    if let Some(lfs) = &file.lfs {
        return Content::Lfs(lfs.size);
    }
    if file.kind == EntryKind::Symlink
        && let Some(target) = &file.content
    {
        return Content::Symlink(text::visible(&String::from_utf8_lossy(target)));
    }
    if let Some(element) = medium(name).filter(|_| !plain) {
        return Content::Media(element);
    }
    match &file.content {
        None => Content::Large,
        Some(bytes) if bytes.is_empty() => Content::Nothing,
        Some(bytes) if is_binary(bytes) => Content::Binary,
        Some(bytes) if is_markdown(name) && !plain => {
            highlight::prepare(&visit.forge).await;
            Content::Prose(markdown(bytes, place))
        }
        Some(bytes) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let spans = highlight::file(&visit.forge, name, &text).await;
            let from = visit.query("from").and_then(|from| from.parse().ok()).unwrap_or(1);
            Content::Lines(Lines { text, spans, from })
        }
    }
}

impl FilePage<'_> {
    fn at(&self, part: &str) -> String {
        format!("{}/{part}/{}/{}", self.base, self.revision, self.path)
    }

    /// Size, lines, and the other ways to see the file.
    fn facts(&self) -> Markup {
        let commit = &self.file.commit;
        html! {
            div.file-facts {
                span { (bytes::size(self.file.size)) }
                @if let Content::Lines(lines) = &self.content { (lines.counted()) }
                @if self.file.kind == EntryKind::Executable { span { "Executable" } }
                nav.ways aria-label="File" {
                    @match self.source {
                        Some(true) => a href="?" { "Rendered" },
                        Some(false) => a href="?plain=1" { "Source" },
                        None => {}
                    }
                    @if !self.path.is_empty() {
                        a href=(self.at("raw")) data-document rel="nofollow" data-keys="r" data-keys-label="raw file" { "Raw" }
                        @if !commit.is_empty() {
                            @if matches!(self.content, Content::Lines(_) | Content::Prose(_)) {
                                a href=(self.at("blame")) data-keys="B" data-keys-label="blame" { "Blame" }
                            }
                            a href=(self.at("commits")) { "History" }
                            @if *commit != self.revision {
                                a href=(format!("{}/blob/{commit}/{}", self.base, self.path)) data-permalink data-keys="y"
                                    data-keys-label="permanent link" { "Permalink" }
                            }
                        }
                    }
                }
            }
        }
    }

    fn show(&self) -> Markup {
        let size = bytes::size(self.file.size);
        let raw = self.at("raw");
        let download = html! { a href=(raw) data-document rel="nofollow" { "Download it raw" } "." };
        let name = text::shown(&self.file.name);
        html! {
            @match &self.content {
                Content::Prose(prose) => div.readme { (prose) },
                Content::Lines(lines) => (lines.show(&self.at("blob"))),
                Content::Media("video") => div.media { video src=(raw) controls preload="metadata" aria-label=(name) {} },
                Content::Media("audio") => div.media { audio src=(raw) controls preload="metadata" aria-label=(name) {} },
                Content::Media(_) => div.media { img src=(raw) alt=(name); },
                Content::Symlink(target) => p.empty {
                    "This is a symbolic link to " code { (target) }
                    @if let Some(there) = lines::beside(&self.path, target) {
                        ". " a href=(format!("{}/blob/{}/{there}", self.base, self.revision)) { "Go there" }
                    }
                    "."
                },
                Content::Lfs(size) => p.empty {
                    "This file is kept with Git LFS (" (bytes::size(*size)) "). The repository holds a pointer to it. "
                    a href=(raw) data-document rel="nofollow" { "Show the pointer" } "."
                },
                Content::Nothing => p.empty { "This file is empty." },
                Content::Binary => p.empty { "This file is not text (" (size) "). " (download) },
                Content::Large => p.empty { "This file is too large to be shown here (" (size) "). " (download) },
            }
        }
    }
}

/// What git takes for binary: a zero byte early on.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8_000).any(|b| *b == 0)
}

#[cfg(test)]
mod tests {
    use super::{is_binary, medium};

    #[test]
    fn what_a_file_is() {
        assert!(is_binary(b"a\0b") && !is_binary("ä".as_bytes()));
        assert_eq!(
            (medium("a.PNG"), medium("a.webm"), medium("a.png.txt"), medium("png")),
            (Some("img"), Some("video"), None, None)
        );
    }
}
