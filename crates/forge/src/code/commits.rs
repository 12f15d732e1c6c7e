//! Lists of commits: a page at a time, by day, of everything or of a path, and of a file across its renames.

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::{
    Command, Reply,
    log::{Log, LogEntry, LogQuery},
};
use maud::{Markup, html};

use super::address;
use super::around::{self, Part, by, id, parts, subject};
use super::folder::{path_row, revision_link, revision_name};
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::access::{Access, InRepository, act::ReadCode};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, icon, list, text, time};
use crate::{Error, Result};

/// Commits on a page.
const PAGE: u32 = 35;

/// What the form above the list narrows it to.
#[derive(Default)]
struct Filter {
    author: String,
    since: String,
    until: String,
}

impl Filter {
    fn of(visit: &Visit) -> Self {
        let value = |name| visit.query(name).unwrap_or_default().trim().chars().take(200).collect();
        Self { author: value("author"), since: value("since"), until: value("until") }
    }

    fn is_empty(&self) -> bool {
        self.author.is_empty() && self.since.is_empty() && self.until.is_empty()
    }

    /// The address of a list that is narrowed so, with a place to go on from.
    fn address(&self, path: &str, after: Option<&str>) -> String {
        let parameters = [
            ("author", self.author.as_str()),
            ("since", &self.since),
            ("until", &self.until),
            ("after", after.unwrap_or_default()),
        ];
        list::address(path, &parameters)
    }
}

/// `GET /{owner}/{repo}/commits` and `/{owner}/{repo}/commits/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = visit.rest().trim_end_matches('/').to_owned();
    if address::is_crooked(&text::decoded(&rest)) {
        return Err(Error::not_found());
    }
    let filter = Filter::of(&visit);
    let query = LogQuery {
        revision: Some(text::path(&rest)).filter(|rest| !rest.is_empty()),
        follow: true,
        authors: Some(filter.author.clone()).filter(|author| !author.is_empty()).into_iter().collect(),
        since: time::from_day(&filter.since),
        until: time::from_day(&filter.until).map(|day| day + time::DAY - 1),
        after: visit.query("after").filter(|after| !after.is_empty()),
        bodies: true,
        limit: PAGE,
        ..LogQuery::default()
    };
    let command = Command::Log { caller: access.caller(&visit.client), query };
    let log = match around::ask(&visit, &access, command).await {
        Ok(Reply::Log(log)) => log,
        Ok(other) => return Err(visit::unexpected(&other)),
        Err(silence) => {
            return Ok(silence.page(&visit, &access, "branch, tag or commit", &text::shown(&rest)));
        }
    };
    let home = format!("/{}", access.repository().full_name());
    if let Some(path) = visit.query("path") {
        return Ok(narrowed(&home, &log, &path, &filter).into_response());
    }
    if log.revision.is_empty() {
        let words = html! { "This repository has no commits yet. Its " a href=(home) { "front page" } " says how to push some." };
        return Ok(around::nothing(&visit, &access, &words));
    }
    let after = visit.query("after").unwrap_or_default();
    let before = after.split_once(['+', ' ']).and_then(|(_, place)| place.parse().ok()).unwrap_or(0);
    let list = List { home, log: &log, filter, before, now: visit.forge.now() };
    Ok(list.page(&visit, &access).respond(&visit.frame))
}

/// Where the form leads that names a path: to the address of that path's history.
fn narrowed(home: &str, log: &Log, path: &str, filter: &Filter) -> Redirect {
    let path = typed_path(path);
    let slash = if path.is_empty() { "" } else { "/" };
    let to = format!("{home}/commits/{}{slash}{path}", text::path(&log.revision));
    Redirect::to(&filter.address(&to, None))
}

/// A path as a person types it, for an address.
fn typed_path(typed: &str) -> String {
    let segments: Vec<&str> = typed.trim().split('/').filter(|segment| !segment.is_empty()).collect();
    text::raw_path(segments.join("/").as_bytes())
}

/// The page, ready.
struct List<'a> {
    home: String,
    log: &'a Log,
    filter: Filter,
    /// How many commits come before this page.
    before: u64,
    now: i64,
}

impl List<'_> {
    fn page(&self, visit: &Visit, access: &Access<ReadCode>) -> Page {
        let repository = access.repository();
        let revision = text::path(&self.log.revision);
        let path = text::path(&self.log.path);
        let what = if path.is_empty() { String::new() } else { format!("{} · ", text::shown(&path)) };
        let title =
            format!("Commits at {} · {what}{}", revision_name(&self.log.revision), repository.full_name());
        let main = html! {
            (title_row(access, &visit.frame))
            (parts(&self.home, Part::Commits))
            div.bar {
                (revision_link(&self.home, &revision, &self.log.revision, "Commits"))
                @if path.is_empty() {
                    h2.visually-hidden { "Commits" }
                } @else {
                    h2.visually-hidden { "History of " (text::shown(&path)) }
                    (path_row(repository, &revision, &path))
                    a.meta href=(format!("{}/blob/{revision}/{path}", self.home)) { "Show it" }
                }
            }
            (self.form(&revision, &path))
            (self.days())
            (self.pager(&revision, &path))
        };
        Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code))
    }

    fn form(&self, revision: &str, path: &str) -> Markup {
        let readable = text::decoded(path);
        // A path that is no text cannot be typed: then the form keeps it in its address.
        let typed = text::raw_path(readable.as_bytes()) == path;
        let action = match (typed, path) {
            (true, _) => format!("{}/commits/{revision}", self.home),
            (false, path) => format!("{}/commits/{revision}/{path}", self.home),
        };
        let Filter { author, since, until } = &self.filter;
        html! {
            form.narrow action=(action) role="search" aria-label="Filter commits" {
                label { span { "Author" } input type="search" name="author" value=(author) aria-label="Author" maxlength="200" autocomplete="off"; }
                @if typed {
                    label { span { "Path" } input type="search" name="path" value=(readable) aria-label="Path" maxlength="1000" autocomplete="off" spellcheck="false"; }
                }
                label { span { "From" } input type="date" name="since" value=(since) aria-label="From"; }
                label { span { "To" } input type="date" name="until" value=(until) aria-label="To"; }
                button type="submit" { "Filter" }
                @if !self.filter.is_empty() { a href=(action) { "Clear" } }
            }
        }
    }

    fn days(&self) -> Markup {
        let days = self
            .log
            .commits
            .chunk_by(|a, b| a.commit.time.div_euclid(time::DAY) == b.commit.time.div_euclid(time::DAY));
        html! {
            @if self.log.commits.is_empty() {
                p.empty {
                    @if self.log.searching {
                        "Nothing was found so far. There is more history to look through."
                    } @else if self.filter.is_empty() && self.log.path.is_empty() {
                        "There are no more commits."
                    } @else {
                        "No commit matches."
                    }
                }
            }
            @for day in days {
                section.day {
                    h3 { @if let Some(first) = day.first() {
                        time datetime=(time::machine(first.commit.time)) data-day { (time::day(first.commit.time)) }
                    } }
                    ol.rows.commits {
                        @for entry in day { (self.row(entry)) }
                    }
                }
            }
        }
    }

    fn row(&self, entry: &LogEntry) -> Markup {
        let commit = &entry.commit;
        let oid = text::path(&commit.oid);
        let place = match entry.path.as_str() {
            "" => format!("{}/tree/{oid}", self.home),
            path => format!("{}/blob/{oid}/{}", self.home, text::path(path)),
        };
        html! {
            li {
                div.what {
                    a.title href=(format!("{}/commit/{oid}", self.home)) { (subject(commit)) }
                    @if !entry.body.is_empty() {
                        details.more {
                            summary { span aria-hidden="true" { "…" } span.visually-hidden { "The rest of the message" } }
                            pre { (text::visible_lines(entry.body.trim_end())) }
                        }
                    }
                    p.meta { (by(commit, self.now)) @if commit.parents > 1 { " · merge of " (commit.parents) } }
                    @if let Some(old) = &entry.renamed_from {
                        p.renamed { (icon::rename()) span { "Renamed here from " code { (text::shown(old)) } ", whose history follows" } }
                    }
                }
                div.side {
                    (id(&self.home, &commit.oid))
                    a.button.plain href=(place) title="Browse at this point" {
                        (icon::browse())
                        span.visually-hidden { "Browse at " (around::short(&commit.oid)) }
                    }
                }
            }
        }
    }

    fn pager(&self, revision: &str, path: &str) -> Markup {
        let slash = if path.is_empty() { "" } else { "/" };
        let base = format!("{}/commits/{revision}{slash}{path}", self.home);
        let to = |after: Option<&str>| self.filter.address(&base, after);
        // With a filter nobody knows how far back a page's worth of matches lies.
        let known = self.filter.author.is_empty() && self.filter.until.is_empty();
        let newer = (self.before > 0).then(|| {
            let before = self.before.saturating_sub(u64::from(PAGE));
            if known && before > 0 { to(Some(&format!("{}+{before}", self.log.tip))) } else { to(None) }
        });
        html! {
            @if newer.is_some() || self.log.next.is_some() {
                nav.pager aria-label="Pages" {
                    @if let Some(newer) = newer {
                        a.button rel="prev" href=(newer) { @if known { "Newer" } @else { "Newest" } }
                    }
                    @if let Some(next) = &self.log.next {
                        a.button rel="next" href=(to(Some(next))) { @if self.log.searching { "Search on" } @else { "Older" } }
                    }
                }
            }
        }
    }
}
