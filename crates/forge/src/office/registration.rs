//! Administration: who gets an account: the mode, and invitation links.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use maud::{Markup, html};

use super::page;
use crate::access::{
    Administration,
    act::{AdministerSite, SeeSite},
};
use crate::error::Kind;
use crate::invitations::{self, Invitation, NewInvitation};
use crate::names::FullName;
use crate::setup::pages::secretly;
use crate::site::{self, Registration};
use crate::ui::form::{self, Button, Choice, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{icon, text, time};
use crate::{Error, Result, Role};

const HERE: &str = "/admin/registration";

/// `GET /admin/registration`.
pub(super) async fn show(visit: Visit, access: Administration<SeeSite>) -> Result<Response> {
    view(&visit, &access, &Values::default(), None).await
}

async fn view(
    visit: &Visit,
    _access: &Administration<SeeSite>,
    values: &Values,
    error: Option<&Error>,
) -> Result<Response> {
    let batch = vec![site::bind(), invitations::bind_list(&visit.forge)];
    let answers = visit.forge.site().batch(batch).await?;
    let [settings, links] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    let (settings, links) = (site::read(settings)?, invitations::read_list(links)?);
    let now = visit.forge.now();
    let done = match visit.query("done").as_deref() {
        Some("mode") => Some("Registration changed."),
        Some("revoked") => Some("The invitation is void."),
        _ => None,
    };
    let content = html! {
        (form::success(done.filter(|_| error.is_none())))
        h1 { "Registration" }
        section aria-labelledby="mode" {
            h2 #mode { "Who may make an account" }
            (mode(settings.registration, &visit.frame.token))
        }
        section aria-labelledby="links" {
            h2 #links { "Invitation links" }
            @if links.is_empty() { p.empty { "There is no link that can still be used." } }
            @else { ul.rows { @for link in &links { (row(link, &visit.frame.token, now)) } } }
        }
        section aria-labelledby="new" {
            h2 #new { "New link" }
            (new_form(&visit.frame.token, values, error))
        }
    };
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page(HERE, "Registration", &content).status(status).respond(&visit.frame))
}

fn mode(chosen: Registration, token: &str) -> Markup {
    html! {
        form.stack method="post" action=(HERE) {
            (form::token(token))
            (form::choices("mode", "Registration", chosen.name(), &[
                Choice { value: "closed", label: "Closed", hint: "Only who has an invitation link, or gets an account from you." },
                Choice { value: "open", label: "Open", hint: "Everybody who finds this site." },
            ]))
            (form::submit("Save"))
        }
    }
}

fn row(link: &Invitation, token: &str, now: i64) -> Markup {
    let note = if link.note.is_empty() { format!("Link {}", link.id) } else { text::visible(&link.note) };
    let action = format!("/admin/invitations/{}", link.id);
    html! {
        li {
            (icon::link())
            div.what {
                span.title { (note) }
                p { (link.used) " of " (link.uses) " used · expires " (time::time(link.expires_at, now))
                    @if let Some(role) = link.role { @if link.repository_id.is_some() { " · brings the role " (role.name()) " on a repository" } } }
                p { "made by " (link.made_by) ", " (time::time(link.created_at, now)) }
            }
            (Button { action: &action, method: Some("DELETE"), words: "Revoke", about: &note, danger: true }.show(token))
        }
    }
}

fn new_form(token: &str, values: &Values, error: Option<&Error>) -> Markup {
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let or = |name: &str, otherwise: &'static str| match values.get(name) {
        "" => otherwise.to_owned(),
        value => value.to_owned(),
    };
    let roles: Vec<(&str, &str)> = Role::ALL.iter().map(|role| (role.name(), role.name())).collect();
    html! {
        (form::problem(error.filter(|e| !matches!(e.field, Some("note" | "uses" | "days" | "repository"))).map(|e| e.message.as_str())))
        form.stack method="post" action="/admin/invitations" {
            (form::token(token))
            (Field { name: "note", label: "What it is for", value: values.get("note"), error: wrong("note"), optional: true,
                autocomplete: "off", longest: Some(100), ..Field::default() }.show())
            div.inline {
                (Field { name: "uses", label: "For how many accounts", kind: "number", value: &or("uses", "1"), error: wrong("uses"),
                    ..Field::default() }.show())
                (Field { name: "days", label: "For how many days", kind: "number", value: &or("days", "7"), error: wrong("days"),
                    ..Field::default() }.show())
            }
            div.inline {
                (Field { name: "repository", label: "Brings a role on", value: values.get("repository"), error: wrong("repository"),
                    hint: "As OWNER/NAME.", optional: true, autocomplete: "off", ..Field::default() }.show())
                (form::select("role", "Role", &or("role", "write"), &roles))
            }
            (form::submit("Make link"))
        }
    }
}

/// `POST /admin/registration`.
pub(super) async fn set_mode(
    visit: Visit,
    access: Administration<AdministerSite>,
    values: Values,
) -> Result<Response> {
    site::set(&visit.forge, &access, "registration", values.get("mode")).await?;
    Ok(Redirect::to("/admin/registration?done=mode").into_response())
}

/// `POST /admin/invitations`.
pub(super) async fn invite(
    visit: Visit,
    see: Administration<SeeSite>,
    access: Administration<AdministerSite>,
    values: Values,
) -> Result<Response> {
    let made = match read(&values) {
        Ok(new) => invitations::create(&visit.forge, &access, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(token) => {
            let url = visit.origin.url(&invitations::path(&token));
            let content = html! {
                h1 { "Invitation link" }
                div.steps {
                    p { "Whoever has this link can make an account. It is not shown again." }
                    (form::secret(&url, "the link"))
                    p { a.button href=(HERE) { "Back to registration" } }
                }
            };
            Ok(secretly(page(HERE, "Invitation link", &content).respond(&visit.frame)))
        }
        Err(error) if error.kind == Kind::Invalid => view(&visit, &see, &values, Some(&error)).await,
        Err(error) => Err(error),
    }
}

fn read(values: &Values) -> Result<NewInvitation<'_>> {
    let number = |field: &'static str| {
        let text = values.get(field).trim();
        text.parse::<i64>().map_err(|_| Error::invalid(field, "This is not a number"))
    };
    let repository = match values.get("repository").trim() {
        "" => None,
        name => {
            let name = FullName::parse(name).map_err(|error| Error::invalid("repository", error.message))?;
            Some((name, Role::parse(values.get("role"))?))
        }
    };
    Ok(NewInvitation { note: values.get("note"), uses: number("uses")?, days: number("days")?, repository })
}

/// `DELETE /admin/invitations/{id}`.
pub(super) async fn revoke(
    visit: Visit,
    access: Administration<AdministerSite>,
    Path(id): Path<i64>,
) -> Result<Response> {
    invitations::revoke(&visit.forge, &access, id).await?;
    Ok(Redirect::to("/admin/registration?done=revoked").into_response())
}
