//! Administration: the list of accounts, and a new one.

use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use super::{ROWS, page};
use crate::access::{
    Administration,
    act::{AdministerSite, SeeSite},
};
use crate::accounts::{self, AccountState, Listed, NewAccount};
use crate::error::Kind;
use crate::setup::pages::secretly;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{avatar, list, time};
use crate::{Error, Result, resets, secret};

const HERE: &str = "/admin/users";

/// `GET /admin/users`.
pub(super) async fn index(visit: Visit, access: Administration<SeeSite>) -> Result<Response> {
    show(&visit, &access, &Values::default(), None).await
}

async fn show(
    visit: &Visit,
    access: &Administration<SeeSite>,
    values: &Values,
    error: Option<&Error>,
) -> Result<Response> {
    let words = visit.query("q").unwrap_or_default();
    let number = visit.page();
    let mut found = accounts::search(&visit.forge, access, &words, (number - 1) * ROWS, ROWS + 1).await?;
    let more = i64::try_from(found.len()).unwrap_or(0) > ROWS;
    found.truncate(usize::try_from(ROWS).unwrap_or_default());
    let now = visit.forge.now();
    let content = html! {
        h1 { "Users" }
        (list::filter(HERE, &words, "Find a user", &[], &[]))
        @if found.is_empty() { p.empty { "Nobody matches." } }
        @else { ul.rows { @for account in &found { (row(account, now)) } } }
        (list::pager(HERE, &[("q", &words)], number, more))
        section aria-labelledby="new" {
            h2 #new { "New user" }
            (new_form(&visit.frame.token, values, error))
        }
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(HERE, "Users", &content).status(status).respond(&visit.frame))
}

fn row(account: &Listed, now: i64) -> Markup {
    html! {
        li {
            (avatar::stamp(account.id.0, 20))
            div.what {
                a.title href=(format!("{HERE}/{}", account.name)) { (account.name) }
                @if account.administrator { " " span.badge { "Administrator" } }
                @if account.state == AccountState::Suspended { " " span.badge { "Suspended" } }
                @if let Some(email) = &account.email { p { (email) } }
            }
            div.side {
                span { (account.repositories) @if account.repositories == 1 { " repository" } @else { " repositories" } }
                span { "joined " (time::time(account.created_at, now)) }
            }
        }
    }
}

fn new_form(token: &str, values: &Values, error: Option<&Error>) -> Markup {
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let general = error.filter(|e| !matches!(e.field, Some("name" | "email"))).map(|e| e.message.as_str());
    html! {
        (form::problem(general))
        form.stack method="post" action=(HERE) {
            (form::token(token))
            (Field { name: "name", label: "User name", value: values.get("name"), error: wrong("name"), autocomplete: "off",
                longest: Some(39), ..Field::default() }.show())
            (Field { name: "email", label: "E-mail", kind: "email", value: values.get("email"), error: wrong("email"),
                autocomplete: "off", optional: true, longest: Some(254),
                hint: "You get a link with which they choose their password.", ..Field::default() }.show())
            (form::submit("Create user"))
        }
    }
}

/// `POST /admin/users`: an account without a password anybody knows, and the link to set one.
pub(super) async fn create(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Administration<AdministerSite>,
    values: Values,
) -> Result<Response> {
    let password = secret::random(&visit.forge);
    let new = NewAccount {
        name: values.get("name").trim(),
        email: Some(values.get("email").trim()),
        password: &password,
        administrator: false,
    };
    match accounts::add(&visit.forge, &access, new).await {
        Ok(account) => {
            let token = resets::create(&visit.forge, &access, &account.name).await?;
            Ok(link(&visit, "User created", account.name.as_str(), &token))
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            show(&visit, &see, &values, Some(&error)).await
        }
        Err(error) => Err(error),
    }
}

/// The page that shows a reset link, this once.
pub(super) fn link(visit: &Visit, title: &str, name: &str, token: &str) -> Response {
    let url = visit.origin.url(&resets::path(token));
    let content = html! {
        h1 { (title) }
        div.steps {
            p { "Give " strong { (name) } " this link. It sets a password, once, within a day. It is not shown again." }
            (form::secret(&url, "the link"))
            p { a.button href=(format!("{HERE}/{name}")) { "To " (name) } }
        }
    };
    secretly(page(HERE, title, &content).respond(&visit.frame))
}
