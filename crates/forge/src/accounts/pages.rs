//! An account's pages: making one, its profile, and its settings.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, StatusCode, header};
use maud::{Markup, html};

use super::NewAccount;
use crate::access::{
    self,
    act::{ManageAccount, SeeAccount},
};
use crate::error::Kind;
use crate::names::AccountName;
use crate::ui::form::{self, Choice, Field};
use crate::ui::visit::{Values, Visit};
use crate::ui::{Crumb, Page, Shape, Theme, time};
use crate::{Error, Result, limits, pages, repositories, sessions};

/// `GET /{owner}`.
pub(crate) async fn profile(visit: Visit, Path(name): Path<String>) -> Result<Response> {
    let name = AccountName::parse(&name).map_err(|_| Error::not_found())?;
    let account = super::find(&visit.forge, &name).await?.ok_or_else(Error::not_found)?;
    if account.name != name {
        let to = format!("/{}", account.name);
        return Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, to)]).into_response());
    }
    let visible = repositories::of_owner(&visit.forge, &visit.actor, &account).await?;
    let now = visit.forge.now();
    let own = visit.actor.account().is_some_and(|viewer| viewer.id == account.id);
    let main = html! {
        div.head {
            h1 { (account.name) }
            @if own { a.button.primary href="/new" { (crate::ui::icon::plus()) "New repository" } }
        }
        p.meta { "Joined " (time::time(account.created_at, now)) }
        section {
            h2 { "Repositories" }
            (pages::list(&visible, now, if own { "You have no repository yet." } else { "There is no repository here that you can see." }))
        }
    };
    let crumb = Crumb { label: account.name.to_string(), href: format!("/{}", account.name) };
    Ok(Page::new(account.name.to_string(), main).crumbs(vec![crumb]).respond(&visit.frame))
}

/// `GET /signup`. There is no such page while registration is closed.
pub(crate) async fn show_sign_up(visit: Visit) -> Result<Response> {
    if !pages::is_open(&visit.forge).await? {
        return Err(Error::not_found());
    }
    if visit.actor.account().is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    Ok(ask(&visit, "", "", None).respond(&visit.frame))
}

/// `POST /signup`.
pub(crate) async fn sign_up(visit: Visit, values: Values) -> Result<Response> {
    if !pages::is_open(&visit.forge).await? {
        return Err(Error::not_found());
    }
    let (name, email) = (values.get("name").trim(), values.get("email").trim());
    let new = NewAccount { name, email: Some(email), password: values.get("password"), administrator: false };
    match super::register(&visit.forge, new, &visit.client).await {
        Ok(account) => {
            let cookie = sessions::start(&visit.forge, &account, &visit.client).await?;
            let mut response = Redirect::to("/").into_response();
            response.headers_mut().append(header::SET_COOKIE, sessions::cookie(&visit.origin, &cookie));
            Ok(response)
        }
        Err(error) if matches!(error.kind, Kind::Invalid | Kind::Conflict) => {
            Ok(ask(&visit, name, email, Some(&error))
                .status(StatusCode::UNPROCESSABLE_ENTITY)
                .respond(&visit.frame))
        }
        Err(error) => Err(error),
    }
}

fn ask(visit: &Visit, name: &str, email: &str, error: Option<&Error>) -> Page {
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let general =
        error.filter(|e| !matches!(e.field, Some("name" | "password" | "email"))).map(|e| e.message.as_str());
    let main = html! {
        div.steps {
            h1 { "Create an account" }
            (form::problem(general))
            form.stack method="post" action="/signup" {
                (form::token(&visit.frame.token))
                (Field { name: "name", label: "User name", value: name, error: wrong("name"), autocomplete: "username",
                    hint: "Letters and digits, with - _ . inside.", longest: Some(39), ..Field::default() }.show())
                (Field { name: "password", label: "Password", kind: "password", error: wrong("password"),
                    autocomplete: "new-password", hint: "8 to 128 characters.", ..Field::default() }.show())
                (Field { name: "email", label: "E-mail", kind: "email", value: email, error: wrong("email"),
                    autocomplete: "email", optional: true, longest: Some(254), ..Field::default() }.show())
                (form::submit("Create account"))
            }
            p { "Have one already? " a href="/login" { "Sign in" } "." }
        }
    };
    Page::new("Create an account", main).shape(Shape::Narrow)
}

/// The pages of an account's settings, with the list of them beside.
pub(crate) fn beside(current: &str, content: &Markup) -> Markup {
    let all = [("/settings", "Account"), ("/settings/tokens", "Tokens")];
    html! {
        div.sides {
            nav aria-label="Settings" {
                ul {
                    @for (href, label) in all {
                        li { a href=(href) aria-current=[(href == current).then_some("page")] { (label) } }
                    }
                }
            }
            div { (content) }
        }
    }
}

/// `GET /settings`.
pub(crate) async fn show_settings(visit: Visit) -> Result<Response> {
    let done = match visit.query("done").as_deref() {
        Some("password") => Some("Password changed. Other browsers are signed out."),
        Some("session") => Some("The browser is signed out."),
        Some("theme") => Some("Appearance changed."),
        _ => None,
    };
    settings(&visit, done, None).await
}

async fn settings(visit: &Visit, done: Option<&str>, error: Option<&Error>) -> Result<Response> {
    let access = access::own::<SeeAccount>(&visit.actor)?;
    let sessions = sessions::list(&visit.forge, &access).await?;
    let wrong = |field: &str| error.filter(|e| e.field == Some(field)).map(|e| e.message.as_str());
    let general =
        error.filter(|e| !matches!(e.field, Some("password" | "current"))).map(|e| e.message.as_str());
    let content = html! {
        (form::success(done))
        (form::problem(general))
        h1 { "Account" }
        p.meta { (access.subject().name)
            @if let Some(email) = &access.subject().email { " · " (email) }
            @if access.subject().administrator { " · site administrator" } }
        section {
            h2 #password-heading { "Password" }
            form.stack method="post" action="/settings/password" aria-labelledby="password-heading" {
                (form::token(&visit.frame.token))
                // So that a password manager knows whose password changes.
                input.visually-hidden type="text" name="username" autocomplete="username" value=(access.subject().name)
                    aria-label="User name" readonly tabindex="-1";
                (Field { name: "current", label: "Current password", kind: "password", error: wrong("current"),
                    autocomplete: "current-password", ..Field::default() }.show())
                (Field { name: "password", label: "New password", kind: "password", error: wrong("password"),
                    autocomplete: "new-password", hint: "8 to 128 characters. Other browsers are signed out.",
                    ..Field::default() }.show())
                (form::submit("Change password"))
            }
        }
        section {
            h2 { "Signed-in browsers" }
            (sessions::pages::list(visit, &sessions))
        }
        section {
            h2 { "Appearance" }
            form.stack method="post" action="/settings/theme" {
                (form::token(&visit.frame.token))
                (form::choices("theme", "Colours in this browser", visit.frame.theme.name(), &[
                    Choice { value: "system", label: "As the system says", hint: "" },
                    Choice { value: "light", label: "Light", hint: "" },
                    Choice { value: "dark", label: "Dark", hint: "" },
                ]))
                button type="submit" { "Save appearance" }
            }
        }
    };
    let page = Page::new("Account", beside("/settings", &content));
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(page.status(status).respond(&visit.frame))
}

/// `POST /settings/password`.
pub(crate) async fn change_password(visit: Visit, values: Values) -> Result<Response> {
    let access = access::own::<ManageAccount>(&visit.actor)?;
    let name = access.subject().name.as_str();
    // Whoever found an open browser may not try passwords in peace.
    let subject = format!("sign-in:{}", access.subject().name.folded());
    limits::attempt(&visit.forge, &subject, limits::ACCOUNT).await?;
    if super::check_password(&visit.forge, name, values.get("current")).await?.is_none() {
        let error = Error::invalid("current", "This is not your current password");
        return settings(&visit, None, Some(&error)).await;
    }
    limits::forgive(&visit.forge, &subject).await?;
    match super::set_password(&visit.forge, &access, values.get("password")).await {
        Ok(()) => Ok(Redirect::to("/settings?done=password").into_response()),
        Err(error) if error.kind == Kind::Invalid => settings(&visit, None, Some(&error)).await,
        Err(error) => Err(error),
    }
}

/// `POST /settings/theme`: a cookie of this browser and nothing else.
pub(crate) async fn choose_theme(visit: Visit, values: Values) -> Result<Response> {
    let theme = Theme::parse(values.get("theme"));
    let secure = if visit.origin.is_secure() { " Secure;" } else { "" };
    let lasts = if theme == Theme::System { 0 } else { 31_536_000 };
    let cookie = format!("theme={}; Path=/;{secure} SameSite=Lax; Max-Age={lasts}", theme.name());
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Error::internal(error.to_string()))?;
    let mut response = Redirect::to("/settings?done=theme").into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
