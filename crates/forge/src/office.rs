//! The pages of the site's administration. To everybody but administrators there are none. Every change goes through
//! the rules of the slice it is about.

use axum::Router;
use axum::response::Response;
use axum::routing::{delete, get, post};
use maud::{Markup, html};

use crate::access::{Administration, act::SeeSite};
use crate::ui::visit::Visit;
use crate::ui::{Crumb, Page, bytes};
use crate::{Error, Forge, Result, site};

mod audit;
mod jobs;
pub(crate) mod queries;
mod registration;
mod repositories;
mod user;
mod users;

/// The routes.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/admin", get(overview))
        .route("/admin/users", get(users::index).post(users::create))
        .route("/admin/users/{name}", get(user::show))
        .route("/admin/users/{name}/suspension", post(user::suspend).delete(user::restore))
        .route("/admin/users/{name}/office", post(user::promote).delete(user::demote))
        .route("/admin/users/{name}/reset", post(user::reset))
        .route("/admin/users/{name}/credentials", delete(user::revoke))
        .route("/admin/repositories", get(repositories::index))
        .route("/admin/registration", get(registration::show).post(registration::set_mode))
        .route("/admin/invitations", post(registration::invite))
        .route("/admin/invitations/{id}", delete(registration::revoke))
        .route("/admin/audit", get(audit::index))
        .route("/admin/jobs", get(jobs::index).post(jobs::finish))
}

/// The pages.
const PAGES: [(&str, &str); 6] = [
    ("/admin", "Overview"),
    ("/admin/users", "Users"),
    ("/admin/repositories", "Repositories"),
    ("/admin/registration", "Registration"),
    ("/admin/audit", "Audit log"),
    ("/admin/jobs", "Jobs"),
];

/// Rows on a page of a list.
const ROWS: i64 = 50;

/// One of the pages.
fn page(current: &str, title: &str, content: &Markup) -> Page {
    let crumb = Crumb { label: "Administration".into(), href: "/admin".into() };
    Page::new(title, crate::ui::sides("Administration", &PAGES, current, content)).crumbs(vec![crumb])
}

gitflare_db::row! {
    /// How much there is.
    #[derive(Debug, Clone, Default, PartialEq, Eq)]
    pub struct Counts {
        accounts: i64,
        suspended: i64,
        repositories: i64,
        private: i64,
        size: i64,
        sessions: i64,
        tokens: i64,
        unfinished: i64,
    }
}

/// `GET /admin`.
async fn overview(visit: Visit, _access: Administration<SeeSite>) -> Result<Response> {
    let batch = vec![site::bind(), queries::COUNTS.bind(vec![visit.forge.now().into()])];
    let answers = visit.forge.site().batch(batch).await?;
    let [settings, counts] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    let settings = site::read(settings)?;
    let counts: Counts = counts.read(&queries::COUNTS)?.into_iter().next().unwrap_or_default();
    let seen = visit.origin.url("");
    let elsewhere = settings.url.as_deref().filter(|url| *url != seen);
    let fact = |words: &str, value: &Markup| html! { tr { th scope="row" { (words) } td { (value) } } };
    let content = html! {
        h1 { "Site administration" }
        @if let Some(url) = elsewhere {
            p.notice.care { (crate::ui::icon::alert()) span {
                "You see this site at " code { (seen) } ", but it was set up at " code { (url) }
                ". Mails and webhooks name the latter; change it with " code { "gitflare site set url=" (seen) } "."
            } }
        }
        table.data.facts-table {
            caption.visually-hidden { "How much there is" }
            thead.visually-hidden { tr { th scope="col" { "What" } th scope="col" { "How much" } } }
            tbody {
                (fact("Accounts", &html! { a href="/admin/users" { (counts.accounts) } @if counts.suspended > 0 { ", " (counts.suspended) " suspended" } }))
                (fact("Repositories", &html! { a href="/admin/repositories" { (counts.repositories) } ", " (counts.private) " private" }))
                (fact("Git data", &html! { (bytes::size(u64::try_from(counts.size).unwrap_or(0))) }))
                (fact("Registration", &html! { a href="/admin/registration" { (settings.registration.name()) } }))
                (fact("Signed-in browsers", &html! { (counts.sessions) }))
                (fact("Tokens", &html! { (counts.tokens) }))
                (fact("Unfinished jobs", &html! { a href="/admin/jobs" { (counts.unfinished) } }))
                (fact("Version", &html! { (env!("CARGO_PKG_VERSION")) }))
            }
        }
    };
    Ok(page("/admin", "Site administration", &content).respond(&visit.frame))
}
