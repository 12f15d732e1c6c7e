//! Who wrote each line of a file: runs of lines beside the commit they came from, a bounded part at a time.

use axum::response::Response;
use gitflare_port::{
    Command, Reply,
    blame::{Blame, BlameQuery, BlameRun},
};
use maud::{Markup, html};

use super::address;
use super::around::{self, stamp, subject};
use super::folder::{counted, path_row, revision_link};
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::Result;
use crate::access::{Access, InRepository, act::ReadCode};
use crate::ui::highlight;
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, icon, text, time};

/// Lines on a page.
const LINES: u32 = 1_000;
/// Where the steps of age end, in days: the newer a line is, the more ink is beside it.
const AGES: [i64; 11] = [1, 3, 7, 14, 30, 90, 180, 365, 730, 1_460, 3_650];
/// The step of what is older than all of them, or of no known age.
const OLDEST: usize = AGES.len();

/// `GET /{owner}/{repo}/blame/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let (revision, path) = address::parts(&address::of(&visit)?);
    let first = visit.query("from").and_then(|from| from.parse().ok()).unwrap_or(1).max(1);
    let last = u32::saturating_add(first, LINES - 1);
    let query = BlameQuery { revision: Some(revision), path, first, last, text: true };
    let command = Command::Blame { caller: access.caller(&visit.client), query };
    let blame = match around::read(&visit, &access, command).await? {
        Reply::Blame(blame) => blame,
        other => return Err(visit::unexpected(&other)),
    };
    let name = text::decoded(blame.path.rsplit('/').next().unwrap_or_default());
    let spans = highlight::file(&visit.forge, &name, &highlight::texts(&blame.lines)).await;
    let base = format!("/{}", access.repository().full_name());
    let (revision, path) = (text::path(&blame.revision), text::path(&blame.path));
    let view = View { blame: &blame, base, revision, path, first, spans, now: visit.forge.now() };
    Ok(page(&visit, &access, &view).respond(&visit.frame))
}

/// What the page needs.
struct View<'a> {
    blame: &'a Blame,
    base: String,
    revision: String,
    path: String,
    first: u32,
    spans: Option<highlight::Lines>,
    now: i64,
}

fn page(visit: &Visit, access: &Access<ReadCode>, view: &View<'_>) -> Page {
    let repository = access.repository();
    let file = format!("{}/blob/{}/{}", view.base, view.revision, view.path);
    let title = format!("Blame of {} · {}", text::shown(&view.path), repository.full_name());
    let main = html! {
        (title_row(access, &visit.frame))
        div.bar {
            (revision_link(&view.base, &view.revision, &view.blame.revision, "Files"))
            (path_row(repository, &view.revision, &view.path))
        }
        div.file-facts {
            span { "Blame" }
            span { (counted(view.blame.total.into(), "line", "lines")) }
            nav.ways aria-label="File" {
                a href=(file) data-keys="B" data-keys-label="the file" { "File" }
                a href=(format!("{}/commits/{}/{}", view.base, view.revision, view.path)) { "History" }
            }
        }
        @if view.blame.pending {
            p.hint { "The history of this file is long: where some lines come from is still being looked for. Load the page again to go on." }
        }
        (view.runs())
        (view.pages())
    };
    Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code))
}

impl View<'_> {
    fn runs(&self) -> Markup {
        let end = self.first + self.blame.lines.len() as u32;
        let mut at = self.first;
        let mut parts: Vec<(u32, u32, Option<&BlameRun>)> = Vec::new();
        for run in &self.blame.runs {
            let (begin, stop) = (run.first.max(at), (run.first.saturating_add(run.count)).min(end));
            if begin > at {
                parts.push((at, begin.min(end), None));
            }
            if stop > begin {
                parts.push((begin, stop, Some(run)));
                at = stop;
            }
        }
        if at < end {
            parts.push((at, end, None));
        }
        html! {
            ol.blame.source tabindex="0" aria-label="Lines and the commits they came from" {
                @for (begin, stop, run) in parts {
                    li class=(format!("run age-{}", run.map_or(OLDEST, |run| self.age(run)))) {
                        div.who { @if let Some(run) = run { (self.who(run)) } @else { span.meta { "Not known yet" } } }
                        div.code { @for number in begin..stop { (self.line(number)) } }
                    }
                }
            }
        }
    }

    /// The step of how long ago the lines of a run came.
    fn age(&self, run: &BlameRun) -> usize {
        let time = self.blame.commits.get(run.commit as usize).map_or(0, |commit| commit.time);
        let days = self.now.saturating_sub(time) / 86_400;
        AGES.iter().position(|limit| days < *limit).unwrap_or(OLDEST)
    }

    fn who(&self, run: &BlameRun) -> Markup {
        let Some(commit) = self.blame.commits.get(run.commit as usize) else { return html! {} };
        html! {
            (stamp(&commit.author_mail, 16))
            a.subject href=(format!("{}/commit/{}", self.base, text::path(&commit.oid)))
                title=(format!("{}: {}", text::visible(&commit.author), subject(commit))) {
                span.visually-hidden { (text::visible(&commit.author)) ": " } (subject(commit))
            }
            @if let Some((before, path)) = &run.previous {
                a.before href=(format!("{}/blame/{}/{}", self.base, text::path(before), text::path(path)))
                    title="Blame before this change" aria-label="Blame before this change" { (icon::history()) }
            }
            span.meta { (time::time(commit.time, self.now)) }
        }
    }

    fn line(&self, number: u32) -> Markup {
        let index = (number - self.first) as usize;
        let line =
            self.blame.lines.get(index).map(|line| String::from_utf8_lossy(&line.0)).unwrap_or_default();
        let spans = self.spans.as_ref().and_then(|all| all.get(index)).map_or(&[][..], Vec::as_slice);
        html! {
            div.line id=(format!("L{number}")) {
                span.n { a href=(format!("#L{number}")) data-n=(number) tabindex="-1" aria-label=(format!("Line {number}")) {} }
                code.t { (highlight::line(&line, spans)) "\n" }
            }
        }
    }

    fn pages(&self) -> Markup {
        let (here, total) =
            (format!("{}/blame/{}/{}", self.base, self.revision, self.path), self.blame.total);
        let next = self.first.saturating_add(self.blame.lines.len() as u32);
        html! {
            @if self.first > 1 || next <= total {
                nav.pager aria-label="Parts of the file" {
                    span { "Lines " (self.first) " to " (next - 1) " of " (total) }
                    @if self.first > 1 { a.button href=(here) { "From the beginning" } }
                    @if next <= total && next > self.first { a.button rel="next" href=(format!("{here}?from={next}")) { "Next" } }
                }
            }
        }
    }
}
