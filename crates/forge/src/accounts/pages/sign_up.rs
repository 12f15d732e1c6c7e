//! Making an account, where registration is open or an invitation opens it.

use axum::response::{IntoResponse, Redirect, Response};
use http::{StatusCode, header};
use maud::html;

use super::super::{NewAccount, register};
use super::{general, wrong};
use crate::error::Kind;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Page, Shape};
use crate::{Error, Result, invitations, limits, pages, sessions};

/// `GET /signup`. There is no such page while registration is closed and no invitation opens it.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let invitation = visit.query("invite").unwrap_or_default();
    admit(&visit, &invitation).await?;
    if visit.actor.account().is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(ask(&visit, "", "", &invitation, None).respond(&visit.frame))
}

/// `POST /signup`.
pub(crate) async fn sign_up(visit: Visit, values: Values) -> Result<Response> {
    let invitation = values.get("invite");
    admit(&visit, invitation).await?;
    let (name, email) = (values.get("name").trim(), values.get("email").trim());
    let new = NewAccount { name, email: Some(email), password: values.get("password"), administrator: false };
    let token = Some(invitation).filter(|token| !token.is_empty());
    match register(&visit.forge, new, token, &visit.client).await {
        Ok(account) => {
            let cookie = sessions::start(&visit.forge, &account, &visit.client).await?;
            let mut response = Redirect::to("/").into_response();
            response.headers_mut().append(header::SET_COOKIE, sessions::cookie(&visit.origin, &cookie));
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            Ok(ask(&visit, name, email, invitation, Some(&error))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .respond(&visit.frame))
        }
        Err(error) => Err(error),
    }
}

/// Guessing invitations is slowed down.
async fn admit(visit: &Visit, invitation: &str) -> Result<()> {
    let invited = !invitation.is_empty() && invitations::is_open(&visit.forge, invitation).await?;
    if invited || pages::is_open(&visit.forge).await? {
        return Ok(());
    }
    if !invitation.is_empty()
        && let Some(subject) = limits::address_subject("invite", visit.client.address)
    {
        limits::attempt(&visit.forge, &subject, limits::ADDRESS).await?;
    }
    Err(Error::not_found())
}

fn ask(visit: &Visit, name: &str, email: &str, invitation: &str, error: Option<&Error>) -> Page {
    let main = html! {
        div.steps {
            h1 { "Create an account" }
            @if !invitation.is_empty() { p { "You are invited to " (visit.origin.authority()) "." } }
            (form::problem(general(error, &["name", "password", "email"])))
            form.stack method="post" action="/signup" {
                (form::token(&visit.frame.token))
                @if !invitation.is_empty() { input type="hidden" name="invite" value=(invitation); }
                (Field { name: "name", label: "User name", value: name, error: wrong(error, "name"), autocomplete: "username",
                    hint: "Letters and digits, with - _ . inside.", longest: Some(39), ..Field::default() }.show())
                (Field { name: "password", label: "Password", kind: "password", error: wrong(error, "password"),
                    autocomplete: "new-password", hint: "8 to 128 characters.", ..Field::default() }.show())
                (Field { name: "email", label: "E-mail", kind: "email", value: email, error: wrong(error, "email"),
                    autocomplete: "email", optional: true, longest: Some(254), ..Field::default() }.show())
                (form::submit("Create account"))
            }
            p { "Have one already? " a href="/login" { "Sign in" } "." }
        }
    };
    Page::new("Create an account", main).shape(Shape::Narrow)
}
