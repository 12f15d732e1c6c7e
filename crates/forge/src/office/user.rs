//! Administration: one account.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::{page, users};
use crate::access::{
    Administration,
    act::{AdministerSite, SeeSite},
};
use crate::accounts::{self, Account, AccountState};
use crate::error::Kind;
use crate::names::AccountName;
use crate::ui::form::{self, Button};
use crate::ui::visit::Visit;
use crate::ui::{avatar, time};
use crate::{Error, Result, resets};

type Write = Administration<AdministerSite>;

/// `GET /admin/users/{name}`.
pub(super) async fn show(
    visit: Visit,
    access: Administration<SeeSite>,
    Path(name): Path<String>,
) -> Result<Response> {
    let name = parse(&name)?;
    view(&visit, &access, &name, None).await
}

async fn view(
    visit: &Visit,
    _access: &Administration<SeeSite>,
    name: &AccountName,
    refused: Option<&Error>,
) -> Result<Response> {
    let account = accounts::find(&visit.forge, name).await?.ok_or_else(Error::not_found)?;
    let done = match visit.query("done").as_deref() {
        Some("suspended") => Some("Suspended, and signed out everywhere."),
        Some("restored") => Some("No longer suspended."),
        Some("promoted") => Some("Administers the site now."),
        Some("demoted") => Some("No longer administers the site."),
        Some("revoked") => Some("Signed out everywhere, and every token is void."),
        _ => None,
    };
    let base = format!("/admin/users/{}", account.name);
    let now = visit.forge.now();
    let content = html! {
        (form::success(done.filter(|_| refused.is_none())))
        (form::problem(refused.map(|error| error.message.as_str())))
        div.person {
            (avatar::stamp(account.id.0, 40))
            div.names {
                h1 { (account.name) }
                p.facts {
                    @if let Some(email) = &account.email { span { (email) } }
                    span { "joined " (time::time(account.created_at, now)) }
                    @if account.administrator { span.badge { "Administrator" } }
                    @if account.state == AccountState::Suspended { span.badge { "Suspended" } }
                }
            }
            a.button href=(format!("/{}", account.name)) { "Profile" }
        }
        (actions(&account, &base, &visit.frame.token))
    };
    let status = refused.map_or(StatusCode::OK, Error::status);
    let title = format!("{} · Users", account.name);
    Ok(page("/admin/users", &title, &content).status(status).respond(&visit.frame))
}

/// What can be done, each with what it means.
fn actions(account: &Account, base: &str, token: &str) -> Markup {
    let name = account.name.as_str();
    let button = |part: &str, method: Option<&'static str>, words: &'static str, danger: bool| {
        Button { action: &format!("{base}/{part}"), method, words, about: name, danger }.show(token)
    };
    let row = |title: &str, meaning: &str, button: &Markup| {
        html! { li { div.what { span.title { (title) } p { (meaning) } } (button) } }
    };
    let suspended = account.state == AccountState::Suspended;
    html! {
        ul.rows {
            (row("Password", "A link with which they choose a new one. It lasts a day.",
                &button("reset", None, "Make a reset link", false)))
            (row("Credentials", "Signs out every browser and voids every token and reset link.",
                &button("credentials", Some("DELETE"), "Revoke all", true)))
            @if account.administrator {
                (row("Office", "Administers the site: sees and changes everything.",
                    &button("office", Some("DELETE"), "Take the office away", true)))
            } @else {
                (row("Office", "An administrator of the site sees and changes everything.",
                    &button("office", None, "Make administrator", false)))
            }
            @if suspended {
                (row("Access", "Suspended: may do nothing. Its content stays.",
                    &button("suspension", Some("DELETE"), "Let in again", false)))
            } @else {
                (row("Access", "A suspended account may do nothing. Its content stays, and you can undo it.",
                    &button("suspension", None, "Suspend", true)))
            }
        }
    }
}

fn parse(name: &str) -> Result<AccountName> {
    AccountName::parse(name).map_err(|_| Error::not_found())
}

async fn settle(
    visit: &Visit,
    see: &Administration<SeeSite>,
    name: &AccountName,
    done: &str,
    outcome: Result<()>,
) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/admin/users/{name}?done={done}")).into_response()),
        Err(error) if error.kind == Kind::Invalid => view(visit, see, name, Some(&error)).await,
        Err(error) => Err(error),
    }
}

/// `POST /admin/users/{name}/suspension`.
pub(super) async fn suspend(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Write,
    Path(name): Path<String>,
) -> Result<Response> {
    let name = parse(&name)?;
    let outcome = accounts::set_suspended(&visit.forge, &access, &name, true).await;
    settle(&visit, &see, &name, "suspended", outcome).await
}

/// `DELETE /admin/users/{name}/suspension`.
pub(super) async fn restore(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Write,
    Path(name): Path<String>,
) -> Result<Response> {
    let name = parse(&name)?;
    let outcome = accounts::set_suspended(&visit.forge, &access, &name, false).await;
    settle(&visit, &see, &name, "restored", outcome).await
}

/// `POST /admin/users/{name}/office`.
pub(super) async fn promote(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Write,
    Path(name): Path<String>,
) -> Result<Response> {
    let name = parse(&name)?;
    let outcome = accounts::set_administrator(&visit.forge, &access, &name, true).await;
    settle(&visit, &see, &name, "promoted", outcome).await
}

/// `DELETE /admin/users/{name}/office`.
pub(super) async fn demote(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Write,
    Path(name): Path<String>,
) -> Result<Response> {
    let name = parse(&name)?;
    let outcome = accounts::set_administrator(&visit.forge, &access, &name, false).await;
    let own = visit.actor.account().is_some_and(|own| own.name == name);
    if own && outcome.is_ok() {
        // Who gives up the office does not see its pages any more.
        return Ok(Redirect::to("/").into_response());
    }
    settle(&visit, &see, &name, "demoted", outcome).await
}

/// `DELETE /admin/users/{name}/credentials`.
pub(super) async fn revoke(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Write,
    Path(name): Path<String>,
) -> Result<Response> {
    let name = parse(&name)?;
    let outcome = accounts::revoke_credentials(&visit.forge, &access, &name).await;
    settle(&visit, &see, &name, "revoked", outcome).await
}

/// `POST /admin/users/{name}/reset`.
pub(super) async fn reset(visit: Visit, access: Write, Path(name): Path<String>) -> Result<Response> {
    let name = parse(&name)?;
    let token = resets::create(&visit.forge, &access, &name).await?;
    Ok(users::link(&visit, "Reset link", name.as_str(), &token))
}
