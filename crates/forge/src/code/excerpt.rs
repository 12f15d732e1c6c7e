//! Lines of a file that a diff leaves out: a page, whose rows a script puts where they belong.

use axum::response::Response;
use gitflare_port::{Command, Reply, diff::FileLines};
use maud::html;

use super::address;
use super::around::{self, Part, parts};
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::access::{InRepository, act::ReadCode};
use crate::ui::diff::{Colours, Excerpt, Gap};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, text};
use crate::{Error, Result};

/// `GET /{owner}/{repo}/blob_excerpt/{id}/{path..}`: the next part of the lines `first` to `last`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let address = address::of(&visit)?;
    let (revision, path) = address::parts(&address);
    let gap = asked(&visit).filter(|_| !path.is_empty()).ok_or_else(Error::not_found)?;
    let (part, rest) = gap.step();
    let command = Command::Lines {
        caller: access.caller(&visit.client),
        revision: Some(revision.clone()),
        path: path.clone(),
        first: part.first,
        last: part.last,
    };
    let FileLines { lines, .. } = match around::ask(&visit, &access, command).await {
        Ok(Reply::Lines(lines)) => lines,
        Ok(other) => return Err(visit::unexpected(&other)),
        Err(silence) => return Ok(silence.page(&visit, &access, "file", &text::shown(&path))),
    };
    let repository = access.repository();
    let home = format!("/{}", repository.full_name());
    let colours = Colours::of_lines(&visit.forge, &path, &lines).await;
    let is_split = visit.query("diff").as_deref() == Some("split");
    let excerpt =
        Excerpt { home: &home, revision: &revision, path: &path, part, rest, lines: &lines, is_split };
    let main = html! {
        (title_row(&access, &visit.frame))
        (parts(&home, Part::Other))
        (excerpt.show(&colours))
    };
    let title = format!(
        "Lines {} to {} of {} · {}",
        part.first,
        part.last,
        text::shown(&path),
        repository.full_name()
    );
    let page = Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(&access, Tab::Code));
    Ok(page.respond(&visit.frame))
}

fn asked(visit: &Visit) -> Option<Gap> {
    let number = |name: &str| visit.query(name)?.parse::<u32>().ok().filter(|number| *number < 1 << 30);
    let shift = visit.query("shift").and_then(|shift| shift.parse::<i64>().ok()).unwrap_or(0);
    let (first, last) = (number("first")?, number("last")?);
    let known = first >= 1 && first <= last && shift.unsigned_abs() < 1 << 30;
    known.then(|| Gap { first, last, shift, down: visit.query("way").as_deref() == Some("down") })
}
