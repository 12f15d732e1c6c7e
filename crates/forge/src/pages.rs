//! The pages: their list of routes, the start page, and how an error looks.

use axum::Router;
use axum::extract::OriginalUri;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use http::request::Parts;
use maud::{Markup, html};

use crate::accounts::pages::sign_up;
use crate::accounts::{self, Account};
use crate::error::Kind;
use crate::repositories::Repository;
use crate::repositories::listing::{self, Search, Whose};
use crate::repositories::pages::rows;
use crate::ui::{Page, Shape, assets, form, icon, page, styleguide, time, visit, visit::Visit};
use crate::{Error, Forge, Result};
use crate::{about, code, collaborators, resets, sessions, setup, site, stars};

/// The routes of the pages.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    use crate::repositories::pages as repository;
    let routes = routes
        .route("/", get(start))
        .route("/assets/{file}", get(assets::serve))
        .route("/static/{file}", get(assets::serve_static))
        .route("/avatars/{id}", get(assets::avatar))
        .route("/about/licences", get(about::licences))
        .route("/setup", get(setup::pages::show).post(setup::pages::complete))
        .route("/login", get(sessions::pages::show).post(sessions::pages::sign_in))
        .route("/logout", post(sessions::pages::sign_out))
        .route("/login/reset", get(resets::pages::show).post(resets::pages::complete))
        .route("/signup", get(sign_up::show).post(sign_up::sign_up))
        .route("/invitations", get(collaborators::pages::index))
        .route("/invitations/{id}", post(collaborators::pages::accept).delete(collaborators::pages::decline))
        .route("/explore", get(repository::explore::show))
        .route("/new", get(repository::new::show).post(repository::new::create))
        .route("/{owner}/", get(without_slash))
        .route("/{owner}/{repository}/", get(without_slash))
        .route("/{owner}", get(accounts::pages::profile::show))
        .route("/{owner}/{repository}", get(code::home))
        .route("/{owner}/{repository}/tree/{*rest}", get(code::tree))
        .route("/{owner}/{repository}/blob/{*rest}", get(code::blob))
        .route("/{owner}/{repository}/branches", get(code::branches))
        .route(
            "/{owner}/{repository}/branches/delete/{*rest}",
            get(code::ask_to_delete_branch).post(code::delete_branch),
        )
        .route("/{owner}/{repository}/tags", get(code::tags))
        .route("/{owner}/{repository}/compare", get(code::compare))
        .route("/{owner}/{repository}/commits", get(code::commits))
        .route("/{owner}/{repository}/commits/{*rest}", get(code::commits))
        .route("/{owner}/{repository}/blame/{*rest}", get(code::blame))
        .route("/{owner}/{repository}/blob_excerpt/{*rest}", get(code::excerpt))
        .route("/{owner}/{repository}/find/{*rest}", get(code::find))
        .route("/{owner}/{repository}/tree-list/{*rest}", get(code::tree_list))
        .route("/{owner}/{repository}/star", post(stars::star).delete(stars::unstar));
    styleguide::routes(repository::settings::routes(routes))
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
async fn start(visit: Visit) -> Result<Response> {
    match visit.actor.account().cloned() {
        Some(account) => dashboard(visit, &account).await,
        None => front(visit).await,
    }
}

/// What strangers see first.
async fn front(mut visit: Visit) -> Result<Response> {
    let search = Search::of(Whose::Anybodys);
    let batch = vec![search.bind(&visit.actor), site::bind(), accounts::bind_any()];
    let answers = visit.forge.site().batch(batch).await?;
    let [listed, settings, any] = answers.as_slice() else {
        return Err(Error::internal("three answers expected"));
    };
    visit.frame.may_sign_up = site::read(settings)?.is_open();
    let found = search.read(&visit.actor, listed)?;
    if !accounts::read_any(any)? {
        return Ok(setup::pages::not_yet().respond(&visit.frame));
    }
    let none = html! { p.empty { "There is no public repository yet." } };
    let main = html! {
        h1 { "Public repositories" }
        (rows::list(&found.repositories, visit.forge.now(), &none))
        @if found.more { p.pager { a href="/explore?page=2" { "More repositories" } } }
    };
    Ok(Page::new("Public repositories", main).respond(&visit.frame))
}

/// What an account sees first: what waits for it, its repositories, those it works on, and what else moves here.
async fn dashboard(visit: Visit, account: &Account) -> Result<Response> {
    let name = &account.name;
    let own = Search::of(Whose::Owner(name.clone()));
    let shared = Search::of(Whose::SharedWith(name.clone()));
    let others = Search { kind: listing::Kind::Public, ..Search::of(Whose::Anybodys) };
    let batch = vec![
        collaborators::bind_questions(account.id),
        own.bind(&visit.actor),
        shared.bind(&visit.actor),
        others.bind(&visit.actor),
    ];
    let answers = visit.forge.site().batch(batch).await?;
    let [asked, mine, ours, theirs] = answers.as_slice() else {
        return Err(Error::internal("four answers expected"));
    };
    let questions = collaborators::read_questions(asked)?;
    let now = visit.forge.now();
    let found = own.read(&visit.actor, mine)?;
    let shared = shared.read(&visit.actor, ours)?.repositories;
    let others: Vec<Repository> = others.read(&visit.actor, theirs)?.repositories;
    let others: Vec<&Repository> =
        others.iter().filter(|other| other.owner_id != account.id).take(8).collect();
    let main = html! {
        @if !questions.is_empty() {
            section {
                h2 { "Waiting for you" }
                (collaborators::pages::list(&questions, &visit.frame.token, now))
            }
        }
        div.with-rail {
            div {
                div.head {
                    h1 { "Your repositories" }
                    a.button.primary href="/new" { (icon::plus()) "New repository" }
                }
                (rows::list(&found.repositories, now, &first_push(&visit, name.as_str())))
                @if found.more { p.pager { a href=(format!("/{name}?page=2")) { "All your repositories" } } }
                @if !shared.is_empty() {
                    section {
                        h2 { "Shared with you" }
                        (rows::list(&shared, now, &html! {}))
                    }
                }
            }
            @if !others.is_empty() {
                aside.rail aria-label="Elsewhere" {
                    section {
                        h2 { "Elsewhere on this site" }
                        ul.plain {
                            @for other in others {
                                li {
                                    a href=(format!("/{}", other.full_name())) { (other.full_name()) }
                                    @if let Some(at) = other.pushed_at { " " span.meta { (time::time(at, now)) } }
                                }
                            }
                        }
                        p { a href="/explore" { "Explore" } }
                    }
                }
            }
        }
    };
    Ok(Page::new("Your repositories", main).respond(&visit.frame))
}

/// How the first repository comes about.
fn first_push(visit: &Visit, name: &str) -> Markup {
    html! {
        div.empty {
            p { "You have no repository yet. Push one: what does not exist is created, private." }
            (form::commands("Push command", &[
                format!("git push {} HEAD", visit.origin.url(&format!("/{name}/my-project.git"))),
            ]))
            p { "git asks for a name and a password: any name, and a token from " a href="/settings/tokens" { "your tokens" } "." }
        }
    }
}

/// Whether strangers may make an account.
pub(crate) async fn is_open(forge: &Forge) -> Result<bool> {
    Ok(site::settings(forge).await?.is_open())
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
