//! Two revisions beside each other: how they stand, the commits between them, and what differs.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::{
    Command, Reply,
    diff::{Diff, DiffRange},
    log::Comparison,
    refs::{RefOrder, RefQuery},
};
use maud::{Markup, html};

use super::around::{self, Part, by, id, parts, subject};
use super::commit::query;
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::Result;
use crate::access::{Access, InRepository, act::ReadCode};
use crate::ui::diff::{Choice, Colours, View};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, text};

/// What an address names: `base...head` or `base..head`, percent-encoded. A base that is left out is the default branch.
struct Range {
    base: String,
    head: String,
    /// Whether the head is compared with what both have in common.
    since: bool,
}

impl Range {
    fn parse(rest: &str) -> Option<Self> {
        // No ref has two dots, so the first ones part the two.
        let (base, head) = rest.split_once("..")?;
        let (since, head) = head.strip_prefix('.').map_or((false, head), |head| (true, head));
        let known = !head.is_empty() && !head.contains("..");
        known.then(|| Self { base: text::path(base), head: text::path(head), since })
    }

    fn address(&self, home: &str) -> String {
        format!("{home}/compare/{}{}{}", self.base, if self.since { "..." } else { ".." }, self.head)
    }

    fn diff(&self) -> DiffRange {
        let base = Some(self.base.clone()).filter(|base| !base.is_empty());
        let head = self.head.clone();
        if self.since { DiffRange::Since { base, head } } else { DiffRange::Between { base, head } }
    }
}

/// What `base...head` or `base..head`, percent-encoded, names.
pub(crate) fn range(rest: &str) -> Option<DiffRange> {
    Range::parse(rest).map(|range| range.diff())
}

/// `GET /{owner}/{repo}/compare` and `/{owner}/{repo}/compare/{base}...{head}`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let home = format!("/{}", access.repository().full_name());
    let rest = visit.rest().to_owned();
    if rest.is_empty() {
        return pickers_alone(&visit, &access, &home).await;
    }
    let Some(range) = Range::parse(&rest) else {
        // GitHub takes a head alone for a comparison with the default branch.
        return Ok(Redirect::to(&format!("{home}/compare/...{}", text::path(&rest))).into_response());
    };
    let choice = Choice::of(&visit);
    let command = Command::Diff { caller: access.caller(&visit.client), query: query(range.diff(), &choice) };
    let diff = match around::ask(&visit, &access, command).await {
        Ok(Reply::Diff(diff)) => Arc::new(diff),
        Ok(other) => return Err(visit::unexpected(&other)),
        Err(silence) => {
            let names = format!("{} or {}", text::shown(&range.base), text::shown(&range.head));
            return Ok(silence.page(
                &visit,
                &access,
                "branch, tag or commit",
                names.trim_start_matches(" or "),
            ));
        }
    };
    let colours = Colours::of(&visit.forge, &diff).await;
    let main = html! {
        (pickers(&home, &range, &[]))
        (stands(&home, &range, &diff))
        @if diff.base != diff.head { (commits(&home, &diff, visit.forge.now())) }
        @if !is_unrelated(&range, &diff) && diff.base != diff.head {
            (View { diff: &diff, home: &home, page: &range.address(&home), choice, colours }.show())
        }
    };
    let title = format!("Comparing {} and {}", text::shown(&range.base), text::shown(&range.head));
    Ok(page(&visit, &access, &home, &title, &main))
}

fn page(visit: &Visit, access: &Access<ReadCode>, home: &str, title: &str, content: &Markup) -> Response {
    let repository = access.repository();
    let main = html! { (title_row(access, &visit.frame)) (parts(home, Part::Compare)) (content) };
    let page = Page::new(format!("{title} · {}", repository.full_name()), main);
    page.crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code)).respond(&visit.frame)
}

/// The page without anything to compare, or what the form on it names.
async fn pickers_alone(visit: &Visit, access: &Access<ReadCode>, home: &str) -> Result<Response> {
    let typed = |name| text::raw_path(visit.query(name).unwrap_or_default().trim().as_bytes());
    let range = Range {
        base: typed("base"),
        head: typed("head"),
        since: visit.query("dots").as_deref() != Some("2"),
    };
    if !range.head.is_empty() {
        return Ok(Redirect::to(&range.address(home)).into_response());
    }
    let query = RefQuery { order: RefOrder::Recent, limit: 50, ..RefQuery::default() };
    let command = Command::Branches { caller: access.caller(&visit.client), query };
    let found = match around::read(visit, access, command).await? {
        Reply::Branches(found) => found,
        other => return Err(visit::unexpected(&other)),
    };
    let names: Vec<String> = found.branches.iter().map(|branch| branch.name.clone()).collect();
    let range = Range { base: found.default.clone(), ..range };
    let main = html! {
        (pickers(home, &range, &names))
        p.empty { "Choose two branches, tags or commits to see what lies between them." }
    };
    Ok(page(visit, access, home, "Compare", &main))
}

fn pickers(home: &str, range: &Range, names: &[String]) -> Markup {
    let list = (!names.is_empty()).then_some("names");
    html! {
        form.narrow.pickers action=(format!("{home}/compare")) aria-label="What to compare" {
            label { span { "Base" } input type="text" name="base" value=(text::decoded(&range.base)) aria-label="Base" placeholder="default branch" list=[list] autocomplete="off" spellcheck="false" maxlength="500"; }
            label { span { "Head" } input type="text" name="head" value=(text::decoded(&range.head)) aria-label="Head" list=[list] autocomplete="off" spellcheck="false" maxlength="500" required; }
            select name="dots" aria-label="How to compare" {
                option value="3" selected[range.since] { "since they parted" }
                option value="2" selected[!range.since] { "as they are" }
            }
            button type="submit" { "Compare" }
            @if list.is_some() {
                datalist id="names" { @for name in names { option value=(text::decoded(name)) {} } }
            }
        }
    }
}

/// Whether the two have nothing in common, so that nothing was compared.
fn is_unrelated(range: &Range, diff: &Diff) -> bool {
    range.since && diff.comparison.as_ref().is_some_and(|found| found.merge_bases.is_empty())
}

fn stands(home: &str, range: &Range, diff: &Diff) -> Markup {
    let (base, head) = (text::shown(&range.base), text::shown(&range.head));
    let base = if base.is_empty() { "the default branch".to_owned() } else { base };
    let Some(found) = &diff.comparison else {
        return html! { h2 { "What differs between " code { (base) } " and " code { (head) } } };
    };
    let Comparison { ahead, behind, .. } = found;
    let turned = Range { base: range.head.clone(), head: range.base.clone(), since: range.since };
    let count = |count: &Option<u32>| {
        count.map_or("too many commits to count".to_owned(), |count| match count {
            1 => "1 commit".to_owned(),
            count => format!("{count} commits"),
        })
    };
    html! {
        section.stands {
            @if found.base == found.head {
                h2 { "Both are the same commit" }
                p { code { (base) } " and " code { (head) } " have nothing between them." }
            } @else {
                h2 { code { (head) } " is " (count(ahead)) " ahead of and " (count(behind)) " behind " code { (base) } }
                @if is_unrelated(range, diff) {
                    p { "The two have no commit in common: their histories are unrelated. "
                        a href=(Range { since: false, base: range.base.clone(), head: range.head.clone() }.address(home)) { "Compare them as they are" } "." }
                } @else if !range.base.is_empty() {
                    p { a href=(turned.address(home)) { "The other way round" }
                        " · " a href=(format!("{}.diff", range.address(home))) data-document { ".diff" }
                        " · " a href=(format!("{}.patch", range.address(home))) data-document { ".patch" } }
                }
            }
        }
    }
}

fn commits(home: &str, diff: &Diff, now: i64) -> Markup {
    let Some(log) = diff.commits.as_ref().filter(|log| !log.commits.is_empty()) else { return html! {} };
    html! {
        details.between open[log.commits.len() <= 30] {
            summary { "Commits" @if log.next.is_some() { ", the newest " (log.commits.len()) } @else { " (" (log.commits.len()) ")" } }
            ol.rows.commits {
                @for entry in &log.commits {
                    li {
                        div.what {
                            a.title href=(format!("{home}/commit/{}", text::path(&entry.commit.oid))) { (subject(&entry.commit)) }
                            p.meta { (by(&entry.commit, now)) }
                        }
                        div.side { (id(home, &entry.commit.oid)) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn two_and_three_dots_part_refs_with_slashes() {
        let shown = |rest| Range::parse(rest).map(|range| (range.base, range.head, range.since));
        assert_eq!(shown("main...feature/x"), Some(("main".into(), "feature/x".into(), true)));
        assert_eq!(shown("v1.0..v1.1"), Some(("v1.0".into(), "v1.1".into(), false)));
        assert_eq!(shown("...topic"), Some((String::new(), "topic".into(), true)));
        assert_eq!((shown("main"), shown("a..."), shown("a..b..c")), (None, None, None));
    }
}
