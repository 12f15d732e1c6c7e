//! A file: its lines with numbers to link to, or a sentence about what it is.

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::{Command, Reply, command::File};
use maud::{Markup, html};

use super::address;
use super::folder::{browse, is_markdown, path_row, revision_name};
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::Result;
use crate::access::{Access, InRepository, act::ReadCode};
use crate::error::Kind;
use crate::ui::markdown::{Place, markdown};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, bytes, text};

/// The largest file shown.
const LARGEST: u64 = 1024 * 1024;
/// The most lines shown.
const MOST_LINES: usize = 20_000;

/// `GET /{owner}/{repo}/blob/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = address::of(&visit)?;
    match read(&visit, &access, &rest, LARGEST).await {
        Ok(file) => return Ok(page(&visit, &access, &file).respond(&visit.frame)),
        Err(error) if error.kind == Kind::NotFound => {}
        Err(error) => return Err(error),
    }
    browse(&visit, &access, Some(rest.clone())).await?;
    let to = format!("/{}/tree/{rest}", access.repository().full_name());
    Ok(Redirect::to(&to).into_response())
}

/// Asks for a file by its address.
pub(super) async fn read(
    visit: &Visit,
    access: &Access<ReadCode>,
    address: &str,
    limit: u64,
) -> Result<File> {
    let (revision, path) = address::parts(address);
    let command =
        Command::ReadFile { caller: access.caller(&visit.client), revision: Some(revision), path, limit };
    match visit.forge.host().command(access.repository().id, command).await? {
        Reply::File(file) => Ok(file),
        other => Err(visit::unexpected(&other)),
    }
}

/// How a file can be shown.
enum Content<'a> {
    /// Rendered, unless its source is asked for.
    Prose(Markup),
    /// Its lines.
    Lines(std::borrow::Cow<'a, str>),
    /// Nothing in it.
    Nothing,
    /// Not text.
    Binary,
    /// Too much.
    Large,
}

fn page(visit: &Visit, access: &Access<ReadCode>, file: &File) -> Page {
    let repository = access.repository();
    let (revision, path) = (&*text::path(&file.revision), &*text::path(&file.path));
    let title =
        format!("{} at {} · {}", text::shown(path), revision_name(&file.revision), repository.full_name());
    let rendered = is_markdown(&text::shown(&file.name));
    let source = visit.query("plain").is_some();
    let content = match &file.content {
        None => Content::Large,
        Some(bytes) if bytes.is_empty() => Content::Nothing,
        Some(bytes) if is_binary(bytes) => Content::Binary,
        Some(bytes) if rendered && !source => {
            let folder = path.rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
            let place = Place {
                repository: format!("/{}", repository.full_name()),
                revision: revision.to_owned(),
                folder,
            };
            Content::Prose(markdown(bytes, &place))
        }
        Some(bytes) if bytes.iter().filter(|b| **b == b'\n').count() >= MOST_LINES => Content::Large,
        Some(bytes) => Content::Lines(String::from_utf8_lossy(bytes)),
    };
    let main = html! {
        (title_row(access, &visit.frame))
        div.bar {
            a.button href=(format!("/{}/tree/{revision}", repository.full_name())) {
                (crate::ui::icon::branch())
                span.visually-hidden { "Files at " }
                span.ref { (revision_name(&file.revision)) }
            }
            (path_row(repository, revision, path))
        }
        div.file-facts {
            span { (bytes::size(file.size)) }
            @if let Content::Lines(text) = &content { span { (line_count(text)) } }
            @if rendered && file.content.is_some() {
                @if source {
                    a href="?" { "Show rendered" }
                } @else {
                    a href="?plain=1" { "Show source" }
                }
            }
        }
        (show_content(&content, file.size))
    };
    Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code))
}

fn show_content(content: &Content<'_>, size: u64) -> Markup {
    html! {
        @match content {
            Content::Prose(prose) => div.readme { (prose) },
            Content::Lines(text) => (lines(text)),
            Content::Nothing => p.empty { "This file is empty." },
            Content::Binary => p.empty { "This file is not text (" (bytes::size(size)) "). Clone the repository to open it." },
            Content::Large => p.empty {
                "This file is too large to be shown here (" (bytes::size(size)) "). Clone the repository to open it."
            },
        }
    }
}

/// What git takes for binary: a zero byte early on.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8_000).any(|b| *b == 0)
}

fn line_count(text: &str) -> String {
    match text.lines().count() {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

/// Numbers are drawn by the stylesheet, so that copying lines does not copy them.
fn lines(text: &str) -> Markup {
    html! {
        section.source tabindex="0" aria-label="File content" {
            table {
                caption.visually-hidden { "Lines" }
                thead.visually-hidden { tr { th scope="col" { "Number" } th scope="col" { "Text" } } }
                tbody {
                    @for (index, line) in text.lines().enumerate() {
                        @let number = index + 1;
                        tr id=(format!("L{number}")) {
                            td.n { a href=(format!("#L{number}")) data-n=(number) aria-label=(format!("Line {number}")) {} }
                            td.t { (shown(line)) "\n" }
                        }
                    }
                }
            }
        }
    }
}

/// A line with the characters that would deceive a reader made visible.
fn shown(line: &str) -> Markup {
    let odd = |c: char| (c.is_control() && c != '\t') || text::is_deceptive(c);
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
    if !line.contains(odd) {
        return html! { (line) };
    }
    html! {
        @for piece in line.split_inclusive(odd) {
            @let last = piece.chars().next_back().filter(|c| odd(*c));
            @let plain = last.map_or(piece, |c| piece.get(..piece.len() - c.len_utf8()).unwrap_or_default());
            (plain)
            @if let Some(c) = last { span.odd { (format!("‹U+{:04X}›", u32::from(c))) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_binary, lines, shown};

    #[test]
    fn lines_are_escaped_and_can_be_linked_to() {
        let html = lines("<script>alert(1)</script>\nplain\n").into_string();
        crate::ui::testing::assert_harmless(&html, "a file");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(html.contains("id=\"L2\"") && !html.contains("id=\"L3\""));
    }

    #[test]
    fn text_cannot_pretend_to_be_other_text() {
        assert_eq!(shown("a\u{202E}b").into_string(), "a<span class=\"odd\">‹U+202E›</span>b");
        assert_eq!(shown("\ttabs stay").into_string(), "\ttabs stay");
        assert!(is_binary(b"a\0b") && !is_binary("ä".as_bytes()));
    }
}
