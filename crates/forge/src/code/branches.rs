//! The list of branches: where each stands, who committed last, and how far it is from the default branch.

use axum::response::Response;
use gitflare_port::{
    Command, Reply,
    refs::{Branch, Branches, RefOrder},
};
use maud::{Markup, html};

use super::around::{self, Part, by, parts, subject};
use super::frame::{Tab, crumbs, tabs, title_row};
use super::refs::{BRANCHES, Sought, TAGS};
use crate::Result;
use crate::access::{Access, Action, InRepository, act::ReadCode};
use crate::ui::visit::{self, Visit};
use crate::ui::{Page, form, icon, text};

/// `GET /{owner}/{repo}/branches`.
pub(crate) async fn show(visit: Visit, access: InRepository<ReadCode>) -> Result<Response> {
    let repository = access.repository();
    let sought = Sought::of(&visit, (BRANCHES, TAGS), &format!("/{}", repository.full_name()));
    let query = sought.query(RefOrder::Recent);
    let command = Command::Branches { caller: access.caller(&visit.client), query };
    let found = match around::ask(&visit, &access, command).await {
        Ok(Reply::Branches(found)) => found,
        Ok(other) => return Err(visit::unexpected(&other)),
        Err(silence) => return Ok(silence.page(&visit, &access, "page of branches", &sought.after)),
    };
    let main = html! {
        (title_row(&access, &visit.frame))
        (parts(&sought.home, Part::Branches))
        (form::success(visit.query("done").is_some_and(|done| done == "deleted").then_some("Branch deleted.")))
        (content(&access, &sought, &found, visit.forge.now()))
    };
    let page = Page::new(format!("Branches · {}", repository.full_name()), main);
    Ok(page.crumbs(crumbs(repository)).tabs(tabs(&access, Tab::Code)).respond(&visit.frame))
}

fn content(access: &Access<ReadCode>, sought: &Sought, found: &Branches, now: i64) -> Markup {
    let home = &sought.home;
    if found.total == 0 {
        return html! {
            h2.visually-hidden { "Branches" }
            p.empty { "This repository has no branches yet. The first push makes one: the " a href=(home) { "front page" } " says how." }
        };
    }
    html! {
        h2.visually-hidden { "Branches" }
        (sought.form())
        @if found.branches.is_empty() { (sought.none(found.next.is_some())) } @else {
            ol.rows.refs { @for branch in &found.branches { (row(home, &found.default, branch, access.may(Action::Push), now)) } }
        }
        (sought.pager(found.total, found.next.as_deref()))
        @if found.total == 1 && access.may(Action::Push) { (how()) }
    }
}

/// For a repository that never had a second branch.
fn how() -> Markup {
    html! {
        section {
            h2 { "Make another branch" }
            p { "A branch is a line of work of its own, until it is merged." }
            (form::commands("Commands for a new branch", &[
                "git switch -c my-topic".into(),
                "git push -u origin my-topic".into(),
            ]))
        }
    }
}

fn row(home: &str, default: &str, branch: &Branch, may_delete: bool, now: i64) -> Markup {
    let name = text::path(&branch.name);
    let commit = &branch.commit;
    let is_default = branch.name == default;
    html! {
        li {
            (icon::branch())
            div.what {
                div.name {
                    a.title.ref href=(format!("{home}/tree/{name}")) { (text::shown(&branch.name)) }
                    @if is_default { span.badge { "Default" } }
                }
                div.last { a href=(format!("{home}/commit/{}", text::path(&commit.oid))) { (subject(commit)) } }
                p.meta { (by(commit, now)) }
            }
            @if !is_default {
                div.side {
                    @if !default.is_empty() { (distance(home, default, branch)) }
                    @if may_delete {
                        a.button.danger href=(format!("{home}/branches/delete/{name}")) rel="nofollow" {
                            "Delete" span.visually-hidden { " " (text::shown(&branch.name)) }
                        }
                    }
                }
            }
        }
    }
}

/// How far a branch is from the default one, each way with what makes the difference.
fn distance(home: &str, default: &str, branch: &Branch) -> Markup {
    let (base, head) = (text::path(default), text::path(&branch.name));
    let brings = format!("{home}/compare/{base}...{head}");
    let misses = format!("{home}/compare/{head}...{base}");
    let way = |count: Option<u32>, href: &str, word: &str| {
        html! {
            @match count {
                Some(0) => span { "0 " (word) },
                Some(count) => a href=(href) { (count) " " (word) },
                None => {},
            }
        }
    };
    html! {
        @if branch.ahead == Some(0) && branch.behind == Some(0) {
            span { "Same as " span.ref { (text::shown(default)) } }
        } @else {
            (way(branch.ahead, &brings, "ahead"))
            (way(branch.behind, &misses, "behind"))
        }
        a.button href=(brings) {
            (icon::compare()) "Compare"
            span.visually-hidden { " " (text::shown(&branch.name)) " with " (text::shown(default)) }
        }
    }
}
