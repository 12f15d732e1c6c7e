//! The pages: their list of routes, the start page, and how an error looks.

use axum::Router;
use axum::extract::OriginalUri;
use axum::response::{Redirect, Response};
use axum::routing::{delete, get, post};
use http::request::Parts;
use maud::{Markup, html};

use crate::error::Kind;
use crate::repositories::{self, Repository};
use crate::ui::{Page, Shape, assets, form, icon, page, visit, visit::Visit};
use crate::{Error, Forge, Result};
use crate::{accounts, code, sessions, setup, site, tokens};

/// The routes of the pages.
pub(crate) fn routes() -> Router<Forge> {
    use crate::repositories::pages as repository;
    Router::new()
        .route("/", get(start))
        .route("/assets/{file}", get(assets::serve))
        .route("/setup", get(setup::pages::show).post(setup::pages::complete))
        .route("/login", get(sessions::pages::show).post(sessions::pages::sign_in))
        .route("/logout", post(sessions::pages::sign_out))
        .route("/signup", get(accounts::pages::show_sign_up).post(accounts::pages::sign_up))
        .route("/settings", get(accounts::pages::show_settings))
        .route("/settings/password", post(accounts::pages::change_password))
        .route("/settings/theme", post(accounts::pages::choose_theme))
        .route("/settings/sessions/{hash}", delete(sessions::pages::revoke))
        .route("/settings/tokens", get(tokens::pages::show).post(tokens::pages::create))
        .route("/settings/tokens/{id}", delete(tokens::pages::revoke))
        .route("/new", get(repository::new::show).post(repository::new::create))
        .route("/{owner}/", get(without_slash))
        .route("/{owner}/{repository}/", get(without_slash))
        .route("/{owner}", get(accounts::pages::profile))
        .route("/{owner}/{repository}", get(code::home))
        .route("/{owner}/{repository}/tree/{*rest}", get(code::tree))
        .route("/{owner}/{repository}/blob/{*rest}", get(code::blob))
        .merge(repository::settings::routes())
}

/// The same address without the slash at its end, whether or not there is anything.
async fn without_slash(OriginalUri(uri): OriginalUri) -> Result<Redirect> {
    let path = uri.path().trim_end_matches('/');
    // Browsers read a backslash as a slash, and two of them as the beginning of a host. No name has one.
    if path.contains('\\') {
        return Err(Error::not_found());
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    // One slash at the front, or a browser would take the rest for a host.
    Ok(Redirect::permanent(&format!("/{}{query}", path.trim_start_matches('/'))))
}

/// `GET /`.
async fn start(mut visit: Visit) -> Result<Response> {
    let now = visit.forge.now();
    let visible = repositories::list(&visit.forge, &visit.actor).await?;
    let Some(account) = visit.actor.account() else {
        visit.frame.may_sign_up = is_open(&visit.forge).await?;
        let main = html! {
            div.head { h1 { (page::PRODUCT) } a.button.primary href="/login" { "Sign in" } }
            section {
                h2 { "Public repositories" }
                (list(&visible, now, "There is no public repository yet."))
            }
        };
        return Ok(Page::new("Public repositories", main).respond(&visit.frame));
    };
    let (own, others): (Vec<_>, Vec<_>) =
        visible.into_iter().partition(|repository| repository.owner_id == account.id);
    let main = html! {
        div.head {
            h1 { "Your repositories" }
            a.button.primary href="/new" { (icon::plus()) "New repository" }
        }
        section {
            @if own.is_empty() {
                div.empty {
                    p { "You have no repository yet. Push one: what does not exist is created, private." }
                    (form::commands("Push command", &[
                        format!("git push {} HEAD", visit.origin.url(&format!("/{}/my-project.git", account.name))),
                    ]))
                }
            } @else {
                (list(&own, now, ""))
            }
        }
        @if !others.is_empty() {
            section {
                h2 { "Other repositories" }
                (list(&others, now, ""))
            }
        }
    };
    Ok(Page::new("Your repositories", main).respond(&visit.frame))
}

/// Whether strangers may make an account.
pub(crate) async fn is_open(forge: &Forge) -> Result<bool> {
    Ok(site::settings(forge).await?.registration == site::Registration::Open)
}

/// A list of repositories, or the sentence that says there is none.
pub(crate) fn list(repositories: &[Repository], now: i64, none: &str) -> Markup {
    html! {
        @if repositories.is_empty() {
            p.empty { (none) }
        } @else {
            ul.rows { @for repository in repositories { (code::row(repository, now)) } }
        }
    }
}

/// An error as a page: what happened, and the way on.
pub(crate) fn error_page(error: &Error, head: &Parts) -> Response {
    let frame = visit::frame(head);
    let (title, advice) = words(error, frame.viewer.is_none());
    let main = html! {
        div.error-page {
            h1 { (title) }
            @for line in &advice { p { (line) } }
            p {
                @if frame.viewer.is_none() && matches!(error.kind, Kind::NotFound | Kind::Unauthenticated | Kind::Forbidden) {
                    a href=(page::sign_in_path(&frame.here)) rel="nofollow" { "Sign in" } " or go to the "
                    a href="/" { "start page" } "."
                } @else {
                    "Go to the " a href="/" { "start page" } "."
                }
            }
        }
    };
    Page::new(title, main).shape(Shape::Column).status(error.status()).respond(&frame)
}

fn words(error: &Error, signed_out: bool) -> (&'static str, Vec<String>) {
    let message = || form::sentence(&error.message);
    match error.kind {
        Kind::NotFound => {
            let mut lines = vec!["There is nothing at this address. Check its spelling.".to_owned()];
            if signed_out {
                lines.push("If it is private, sign in with an account that may see it.".to_owned());
            }
            ("Not found", lines)
        }
        Kind::Unauthenticated => ("Sign in first", vec![message()]),
        Kind::Forbidden => ("Not allowed", vec![message()]),
        Kind::Malformed => {
            ("The request cannot be read", vec![message(), "Go back and try again.".to_owned()])
        }
        Kind::Invalid => ("This was refused", vec![message(), "Go back and change it.".to_owned()]),
        Kind::Method => {
            ("Not possible here", vec!["This address does not take that kind of request.".to_owned()])
        }
        Kind::Conflict => {
            ("Somebody was faster", vec![message(), "Reload the page and look again.".to_owned()])
        }
        Kind::TooLarge => ("Too large", vec![message()]),
        Kind::MediaType => ("Not a form", vec![message()]),
        Kind::Limited => ("Too many attempts", vec![message()]),
        Kind::Unavailable => ("Busy", vec![message(), "Try again in a few seconds.".to_owned()]),
        Kind::Internal => (
            "Something went wrong",
            vec![
                message(),
                "Try again; if it happens again, give the administrator the id above.".to_owned(),
            ],
        ),
    }
}
