//! The file finder: the paths of all files, narrowed by a form, and while one types where there is script.

mod fuzzy;

use axum::response::{IntoResponse, Response};
use gitflare_port::{Command, Reply, command::Paths};
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};

use self::fuzzy::Typed;
use super::folder::{counted, grouped, revision_link};
use super::frame::{Tab, crumbs, tabs, title_row};
use super::{address, around};
use crate::Result;
use crate::access::{Access, InRepository, act::ReadCode};
use crate::downloads::Asked;
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, text};

/// Paths on a page where nothing was typed, and of those that fit where something was.
const ALL: usize = 1_000;
const BEST: usize = 100;

/// `GET /{owner}/{repo}/find/{ref}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let address = address::of(&visit)?;
    let paths = read(&visit, &access, &address).await?;
    let repository = access.repository();
    let wanted = visit.query("q").unwrap_or_default();
    let base = format!("/{}", repository.full_name());
    let list_of = if paths.commit.is_empty() { &address } else { &paths.commit };
    let main = html! {
        (title_row(&access, &visit.frame))
        div.bar {
            (revision_link(&base, &address, &address, "Files"))
        }
        div.finder {
            form.filter role="search" aria-label="Files" {
                input type="search" name="q" value=(wanted) data-finder=(format!("{base}/tree-list/{list_of}"))
                    data-blob=(format!("{base}/blob/{address}")) placeholder="Find a file" aria-label="Find a file"
                    autocomplete="off" spellcheck="false" autocapitalize="none" maxlength="200" autofocus;
                button type="submit" { "Find" }
            }
            (list(&base, &address, &paths, &wanted))
        }
    };
    let title = format!("Find a file · {}", repository.full_name());
    Ok(Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(&access, Tab::Code)).respond(&visit.frame))
}

/// `GET /{owner}/{repo}/tree-list/{ref}`: the paths as JSON, for the script. Whoever has the list of a commit already is
/// told so without asking the repository.
pub(crate) async fn paths(visit: Visit, access: InRepository<ReadCode>, asked: Asked) -> Result<Response> {
    let address = address::of(&visit)?;
    let is_fixed = address::is_oid(&address);
    if is_fixed && asked.has(&address) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &address));
    }
    let found = read(&visit, &access, &address).await?;
    let tag = if is_fixed { &address } else { &found.tree };
    if asked.has(tag) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), tag));
    }
    let lines: Vec<String> = found.paths.lines().map(text::path).collect();
    let body = serde_json::json!({ "paths": lines.join("\n"), "next": found.next });
    Ok(tagged(axum::Json(body).into_response(), tag))
}

fn tagged(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
        // Asked for again every time, because who may see it may change.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    response
}

async fn read(visit: &Visit, access: &Access<ReadCode>, address: &str) -> Result<Paths> {
    let command = Command::Paths {
        caller: access.caller(&visit.client),
        revision: Some(address.to_owned()),
        after: visit.query("after"),
    };
    match around::read(visit, access, command).await? {
        Reply::Paths(paths) => Ok(paths),
        other => Err(visit::unexpected(&other)),
    }
}

fn list(base: &str, address: &str, paths: &Paths, wanted: &str) -> Markup {
    let mut typed = Typed::new(wanted);
    let mut found: Vec<(i32, usize)> = Vec::new();
    for (n, path) in paths.paths.lines().enumerate() {
        found.extend(typed.score(&text::decoded(path)).map(|score| (-score, n)));
    }
    found.sort_unstable();
    let most = if typed.is_empty() { ALL } else { BEST };
    let all: Vec<&str> = paths.paths.lines().collect();
    let shown = found.iter().take(most).filter_map(|(_, n)| all.get(*n));
    html! {
        p.hint data-found { (said(&typed, found.len(), paths.next.is_some())) }
        ul.rows.paths {
            @for path in shown {
                li { a.title href=(format!("{base}/blob/{address}/{}", text::path(path))) { (marked(&mut typed, path)) } }
            }
        }
        @if let Some(next) = &paths.next {
            p.pager data-further {
                "There are more files than one page looks at. "
                a.button rel="next" href=(format!("{base}/find/{address}?q={}&after={}", text::query(wanted), text::query(next))) {
                    "Look further"
                }
            }
        }
    }
}

/// How much of what fits is shown.
fn said(typed: &Typed, found: usize, goes_on: bool) -> String {
    match (typed.is_empty(), found) {
        (_, 0) if goes_on => "No file so far has these letters in its path, in this order.".into(),
        (true, 0) => "There is no file here.".into(),
        (false, 0) => "No file here has these letters in its path, in this order.".into(),
        (true, found) if found > ALL => {
            format!("Only the first {} paths are shown. Find narrows them.", grouped(ALL as u64))
        }
        (false, found) if found > BEST => {
            format!("The best {BEST} of {} files that fit.", grouped(found as u64))
        }
        (true, found) => format!("{}.", counted(found as u64, "file", "files")),
        (false, found) => format!("{}.", counted(found as u64, "file fits", "files fit")),
    }
}

/// A path with the letters marked that were typed.
fn marked(typed: &mut Typed, path: &str) -> Markup {
    let path = text::decoded(path);
    let places = typed.places(&path);
    let mut pieces: Vec<(bool, String)> = Vec::new();
    for (n, c) in path.chars().enumerate() {
        let is_marked = places.contains(&n);
        match pieces.last_mut() {
            Some((last, piece)) if *last == is_marked => piece.push(c),
            _ => pieces.push((is_marked, c.to_string())),
        }
    }
    html! {
        @for (is_marked, piece) in &pieces {
            @if *is_marked { b { (text::visible(piece)) } } @else { (text::visible(piece)) }
        }
    }
}
