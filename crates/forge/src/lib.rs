//! The site: accounts, access, pages, API, and git over HTTP decided on the head of a request.
//!
//! It cannot tell which host it is on: [`host::Host`] is all it is given. Who may do what is decided in one place,
//! [`access::decide`], whose proofs every rule about a repository takes.
#![forbid(unsafe_code)]

mod about;
pub mod access;
pub mod accounts;
pub mod actor;
pub mod api;
pub mod audit;
mod code;
pub mod collaborators;
pub mod error;
pub mod host;
pub mod http;
pub mod ids;
pub mod invitations;
pub mod limits;
pub mod names;
mod office;
mod pages;
pub mod repositories;
pub mod resets;
pub mod secret;
pub mod sessions;
pub mod setup;
pub mod site;
pub mod stars;
pub mod statics;
pub mod tokens;
pub mod transfer;
mod ui;

pub use access::{Access, Area, Level, Role};
pub use actor::Actor;
pub use error::{Error, Result};
pub use host::{Forge, Host, Peer, RepositoryId, Settings};

use axum::{Router, extract::State, routing::get};
use gitflare_db::{Checked, migrate::Migration};

/// What the site's database has been through.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_accounts", sql: include_str!("../migrations/0001_accounts.sql") },
    Migration { name: "0002_repositories", sql: include_str!("../migrations/0002_repositories.sql") },
    Migration { name: "0003_people", sql: include_str!("../migrations/0003_people.sql") },
];

/// Every statement, slice by slice.
pub const STATEMENTS: &[&[Checked]] = &[
    accounts::queries::STATEMENTS,
    audit::queries::STATEMENTS,
    collaborators::queries::STATEMENTS,
    invitations::queries::STATEMENTS,
    limits::queries::STATEMENTS,
    office::queries::STATEMENTS,
    repositories::queries::STATEMENTS,
    resets::queries::STATEMENTS,
    sessions::queries::STATEMENTS,
    site::queries::STATEMENTS,
    stars::queries::STATEMENTS,
    tokens::queries::STATEMENTS,
];

/// The table of contents. Git's requests never come here: the host asks [`Forge::decide`] first.
pub fn router(forge: &Forge) -> Router {
    let routes = Router::new()
        .route("/healthz", get(healthy))
        .merge(api::routes())
        .merge(pages::routes())
        .fallback(|| async { Error::not_found() })
        .method_not_allowed_fallback(|| async { Error::new(error::Kind::Method, "Not possible here") })
        .with_state(forge.clone());
    self::http::layers(routes, forge)
}

/// Well is a site whose database answers.
async fn healthy(State(forge): State<Forge>) -> Result<&'static str> {
    accounts::any(&forge).await?;
    Ok("ok\n")
}
