//! The file finder: the paths of all files, narrowed by a form, and while one types where there is script.

use axum::response::Response;
use gitflare_port::{Command, Reply, command::Paths};
use maud::{Markup, html};

use super::folder::{grouped, revision_link};
use super::frame::{Tab, crumbs, tabs, title_row};
use super::{address, around};
use crate::Result;
use crate::access::{InRepository, act::ReadCode};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, text};

/// Paths on a page.
const MOST: usize = 1_000;

/// `GET /{owner}/{repo}/find/{ref}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let address = address::of(&visit)?;
    let command = Command::Paths {
        caller: access.caller(&visit.client),
        revision: Some(address.clone()),
        after: visit.query("after"),
    };
    let paths = match around::read(&visit, &access, command).await? {
        Reply::Paths(paths) => paths,
        other => return Err(visit::unexpected(&other)),
    };
    let repository = access.repository();
    let wanted = visit.query("q").unwrap_or_default();
    let base = format!("/{}", repository.full_name());
    let main = html! {
        (title_row(&access, &visit.frame))
        div.bar {
            (revision_link(&base, &address, &address, "Files"))
        }
        div.finder.menu {
            form.filter role="search" aria-label="Files" {
                input type="search" name="q" value=(wanted) data-filter placeholder="Find a file" aria-label="Find a file"
                    autocomplete="off" maxlength="200" autofocus;
                button type="submit" { "Find" }
            }
            (list(&base, &address, &paths, &wanted))
        }
    };
    let title = format!("Find a file · {}", repository.full_name());
    Ok(Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(&access, Tab::Code)).respond(&visit.frame))
}

fn list(base: &str, address: &str, paths: &Paths, wanted: &str) -> Markup {
    let needle = wanted.to_lowercase();
    let matching = |path: &&str| needle.is_empty() || text::decoded(path).to_lowercase().contains(&needle);
    let found: Vec<&str> = paths.paths.lines().filter(matching).take(MOST + 1).collect();
    html! {
        @if found.is_empty() { p.empty { "No file here has this in its path." } }
        ul.rows.paths {
            @for path in found.iter().take(MOST) {
                li { a.title href=(format!("{base}/blob/{address}/{}", text::path(path))) { (text::shown(path)) } }
            }
        }
        @if found.len() > MOST { p.hint { "Only the first " (grouped(MOST as u64)) " paths are shown. Find narrows them." } }
        @if let Some(next) = &paths.next {
            p.pager {
                "There are more files than one page looks at. "
                a.button rel="next" href=(format!("{base}/find/{address}?q={}&after={}", text::query(wanted), text::query(next))) {
                    "Look further"
                }
            }
        }
    }
}
