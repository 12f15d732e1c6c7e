//! Deleting a branch: a page that says what goes with it, and the form on it. Only the branch as it was seen there goes.

use axum::response::{IntoResponse, Redirect, Response};
use gitflare_port::{
    Command, Reply,
    log::{Log, LogQuery},
};
use http::StatusCode;
use maud::{Markup, html};

use super::around::{self, Part, Silence, by, id, parts, short, subject};
use super::frame::{Tab, crumbs, tabs, title_row};
use crate::access::{
    Access, InRepository,
    act::{Push, ReadCode},
};
use crate::error::Kind;
use crate::ui::visit::{self, Values, Visit};
use crate::ui::{Page, form, icon, text};
use crate::{Error, Result, refs};

/// Commits shown that only this branch has.
const SHOWN: u32 = 10;

/// A branch, and where it was when it was looked at.
struct Found {
    /// Its short name, percent-encoded.
    name: String,
    /// Its newest commits, without those of the default branch.
    own: Log,
}

/// `GET /{owner}/{repository}/branches/delete/{branch}`.
pub(crate) async fn ask(
    visit: Visit,
    read: InRepository<ReadCode>,
    access: InRepository<Push>,
) -> Result<Response> {
    page(&visit, &read, &access, None).await
}

/// `POST /{owner}/{repository}/branches/delete/{branch}`.
pub(crate) async fn delete(
    visit: Visit,
    read: InRepository<ReadCode>,
    access: InRepository<Push>,
    values: Values,
) -> Result<Response> {
    let branch = named(&visit);
    match refs::delete_branch(&visit.forge, &access, &visit.client, &branch, values.get("seen")).await {
        Ok(()) => {
            let to = format!("/{}/branches?done=deleted", access.repository().full_name());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            page(&visit, &read, &access, Some(&error)).await
        }
        Err(error) => Err(error),
    }
}

/// The branch of the address, percent-encoded as commands have it.
fn named(visit: &Visit) -> String {
    text::path(visit.rest().strip_prefix("delete/").unwrap_or_default())
}

async fn page(
    visit: &Visit,
    read: &Access<ReadCode>,
    access: &Access<Push>,
    refused: Option<&Error>,
) -> Result<Response> {
    let repository = access.repository();
    let home = format!("/{}", repository.full_name());
    let name = named(visit);
    let found = match look(visit, read, &name).await {
        Ok(found) => found,
        Err(silence) => return Ok(silence.page(visit, read, "branch", &text::shown(&name))),
    };
    let is_default = text::path(&repository.default_branch) == name;
    let content = if is_default { stays(&home, access) } else { content(visit, &home, &found, access) };
    let main = html! {
        (title_row(access, &visit.frame))
        (parts(&home, Part::Branches))
        div.deleting {
            h2 { "Delete the branch " span.ref { (text::shown(&name)) } }
            (form::problem(refused.map(|error| text::visible(&error.message)).as_deref()))
            (content)
        }
    };
    let status = match refused {
        Some(error) => error.status(),
        None if is_default => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let title = format!("Delete {} · {}", text::shown(&name), repository.full_name());
    let page = Page::new(title, main).crumbs(crumbs(repository)).tabs(tabs(access, Tab::Code));
    Ok(page.status(status).respond(&visit.frame))
}

/// The branch, and what it has that the default branch has not.
async fn look(visit: &Visit, access: &Access<ReadCode>, name: &str) -> Result<Found, Silence> {
    let query = LogQuery {
        revision: Some(format!("refs/heads/{name}")),
        base: Some("HEAD".to_owned()),
        limit: SHOWN,
        ..LogQuery::default()
    };
    let command = Command::Log { caller: access.caller(&visit.client), query };
    match around::ask(visit, access, command).await? {
        // An address goes on with a path where the branch ends; then this is not its whole name.
        Reply::Log(own) if own.path.is_empty() => Ok(Found { name: name.to_owned(), own }),
        Reply::Log(_) => Err(Silence::Missing),
        other => Err(Silence::Error(visit::unexpected(&other))),
    }
}

/// Why the default branch is not deleted.
fn stays(home: &str, access: &Access<Push>) -> Markup {
    html! {
        p {
            "This is the default branch: what a clone checks out and what this site shows first. It stays until another one is chosen"
            @if access.may(crate::access::Action::Manage) { " in the " a href=(format!("{home}/settings")) { "settings" } }
            "."
        }
        p { a.button href=(format!("{home}/branches")) { "Back to the branches" } }
    }
}

fn content(visit: &Visit, home: &str, found: &Found, access: &Access<Push>) -> Markup {
    let Found { name, own } = found;
    let default = text::shown(&access.repository().default_branch);
    html! {
        @if own.commits.is_empty() && !own.searching {
            p { span.ref { (default) } " has every commit that is on it: nothing is lost with the branch." }
        } @else {
            p {
                @if !own.baseless { "These commits are on it and not on " span.ref { (default) } "." } @else { "These commits are on it." }
                " Where no other branch or tag has them, no page and no clone shows them any more."
            }
            ol.rows.commits {
                @for entry in &own.commits {
                    li {
                        div.what {
                            a.title href=(format!("{home}/commit/{}", text::path(&entry.commit.oid))) { (subject(&entry.commit)) }
                            p.meta { (by(&entry.commit, visit.forge.now())) }
                        }
                        div.side { (id(home, &entry.commit.oid)) }
                    }
                }
            }
            @if own.next.is_some() {
                p { a href=(format!("{home}/compare/{}...{}", text::path(&access.repository().default_branch), text::path(name))) { "More commits" } " are on it." }
            }
        }
        p.hint { "It is at " code { (short(&own.tip)) } ". Whoever has that commit can push the branch again." }
        form.buttons method="post" action=(format!("{home}/branches/delete/{}", text::path(name))) {
            (form::token(&visit.frame.token))
            input type="hidden" name="seen" value=(own.tip);
            button.danger type="submit" { (icon::branch()) "Delete this branch" }
            a.button href=(format!("{home}/branches")) { "Keep it" }
        }
    }
}
