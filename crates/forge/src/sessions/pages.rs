//! Signing in and out, and ending sessions elsewhere.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use maud::{Markup, html};

use super::Listed;
use crate::access::{
    self,
    act::{ManageAccount, SeeAccount},
};
use crate::accounts::pages::beside;
use crate::error::Kind;
use crate::ui::form::{self, Field};
use crate::ui::visit::{Values, Visit, own_path};
use crate::ui::{Page, Shape, icon, page, text, time};
use crate::{Error, Result, accounts, pages, setup, site};

/// `GET /login`.
pub(crate) async fn show(mut visit: Visit) -> Result<Response> {
    let next = visit.query("next").unwrap_or_default();
    if visit.actor.account().is_some() {
        return Ok(Redirect::to(own_path(&next)).into_response());
    }
    let answers = visit.forge.site().batch(vec![site::bind(), accounts::bind_any()]).await?;
    let [settings, any] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    visit.frame.may_sign_up = site::read(settings)?.is_open();
    if !accounts::read_any(any)? {
        return Ok(setup::pages::not_yet().respond(&visit.frame));
    }
    Ok(ask(&visit, "", &next, None).respond(&visit.frame))
}

/// `POST /login`.
pub(crate) async fn sign_in(mut visit: Visit, values: Values) -> Result<Response> {
    let (name, next) = (values.get("name"), values.get("next"));
    match super::sign_in(&visit.forge, name, values.get("password"), &visit.client).await {
        Ok(signed_in) => {
            let mut response = Redirect::to(own_path(next)).into_response();
            let cookie = super::cookie(&visit.origin, &signed_in.cookie_value);
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Unauthenticated | Kind::Limited | Kind::Invalid) => {
            visit.frame.may_sign_up = pages::is_open(&visit.forge).await?;
            let status =
                if error.kind == Kind::Limited { error.status() } else { StatusCode::UNPROCESSABLE_ENTITY };
            let mut response = ask(&visit, name, next, Some(&error)).status(status).respond(&visit.frame);
            if let Some(seconds) = error.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
        Err(error) => Err(error),
    }
}

fn ask(visit: &Visit, name: &str, next: &str, error: Option<&Error>) -> Page {
    let main = html! {
        div.steps {
            h1 { "Sign in" }
            (form::problem(error.map(|e| e.message.as_str())))
            form.stack method="post" action="/login" {
                (form::token(&visit.frame.token))
                @if !next.is_empty() { input type="hidden" name="next" value=(own_path(next)); }
                (Field { name: "name", label: "User name or e-mail", value: name, autocomplete: "username",
                    longest: Some(254), ..Field::default() }.show())
                (Field { name: "password", label: "Password", kind: "password", autocomplete: "current-password",
                    ..Field::default() }.show())
                (form::submit("Sign in"))
            }
            @if visit.frame.may_sign_up {
                p { "No account yet? " a href="/signup" { "Create one" } "." }
            } @else {
                p.hint { "No account or no password? Ask the administrator of this site." }
            }
        }
    };
    Page::new(format!("Sign in to {}", page::PRODUCT), main).shape(Shape::Narrow)
}

/// `POST /logout`.
pub(crate) async fn sign_out(visit: Visit) -> Result<Response> {
    if let Some(session) = visit.actor.session() {
        super::end(&visit.forge, session).await?;
    }
    let mut response = Redirect::to("/").into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, super::clear_cookie(&visit.origin));
    headers.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    Ok(response)
}

const HERE: &str = "/settings/sessions";

/// `GET /settings/sessions`.
pub(crate) async fn index(visit: Visit) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    let sessions = super::list(&visit.forge, &access).await?;
    let done = match visit.query("done").as_deref() {
        Some("session") => Some("The browser is signed out."),
        Some("others") => Some("All other browsers are signed out."),
        _ => None,
    };
    let content = html! {
        (form::success(done))
        h1 { "Browsers" }
        p.meta { "Where you are signed in. Sign out what you do not know, and change your password then." }
        section { (list(&visit, &sessions)) }
        @if sessions.len() > 1 {
            section {
                (form::Button { action: HERE, method: Some("DELETE"), words: "Sign out all others", about: "", danger: true }
                    .show(&visit.frame.token))
            }
        }
    };
    Ok(Page::new("Browsers", beside(HERE, &content)).respond(&visit.frame))
}

/// `DELETE /settings/sessions`: all but this one.
pub(crate) async fn revoke_others(visit: Visit) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    super::revoke_others(&visit.forge, &access).await?;
    Ok(Redirect::to("/settings/sessions?done=others").into_response())
}

/// `DELETE /settings/sessions/{hash}`.
pub(crate) async fn revoke(visit: Visit, Path(hash): Path<String>) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    super::revoke(&visit.forge, &access, &hash).await?;
    Ok(Redirect::to("/settings/sessions?done=session").into_response())
}

/// The list of them.
fn list(visit: &Visit, sessions: &[Listed]) -> Markup {
    let current = visit.actor.session().map(|session| session.hash.as_str());
    let now = visit.forge.now();
    html! {
        ul.rows {
            @for session in sessions {
                @let own = current == Some(session.hash.as_str());
                li {
                    (icon::browser())
                    div.what {
                        span.title { (browser(&session.agent)) }
                        @if own { " " span.badge { "This browser" } }
                        p {
                            @if let Some(address) = &session.address { (address) " · " }
                            "signed in " (time::time(session.created_at, now)) " · last used " (time::time(session.used_at, now))
                        }
                    }
                    @if !own {
                        (form::Button {
                            action: &format!("{HERE}/{}", session.hash),
                            method: Some("DELETE"),
                            words: "Sign out",
                            about: &browser(&session.agent),
                            danger: false,
                        }.show(&visit.frame.token))
                    }
                }
            }
        }
    }
}

/// A browser's name and system, from what it says about itself.
fn browser(agent: &str) -> String {
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let name = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ if agent.is_empty() => "Unknown browser".to_owned(),
        _ => text::visible(&agent.chars().take(60).collect::<String>()),
    }
}
