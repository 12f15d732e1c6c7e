//! The GitHub-compatible API at `/api/v3`: what every operation shares. The operations themselves live in the slices
//! whose rules they call, beside the pages: `repositories::api`, `accounts::api`.
//!
//! What it promises is GitHub's description of GHES 3.19: the tests record every answer, and `cargo xtask api` validates
//! them against it. `e2e/api/operations.txt` lists the operations there are.

mod answer;
mod body;
mod credentials;
mod door;
mod error;
mod head;
pub(crate) mod json;
mod media;
mod meta;
mod page;
mod proof;

pub(crate) use answer::Answer;
pub(crate) use body::{Fields, Given};
pub(crate) use credentials::credentials;
pub(crate) use door::admit;
pub(crate) use error::{ErrorBody, error};
pub(crate) use head::{preflight, seal};
pub(crate) use media::Media;
pub(crate) use page::{End, Paging};
pub(crate) use proof::{OnRepository, Own};

use axum::{Router, routing::any};

use crate::{Error, accounts, code, collaborators, host::Forge, repositories, stars};

/// Where it begins.
pub(crate) const BASE: &str = "/api/v3";

/// The table of contents.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    let routes = routes.route("/api/", any(unknown)).route("/api/{*rest}", any(unknown));
    let routes = accounts::api::routes(meta::routes(routes));
    let routes = stars::api::routes(collaborators::api::routes(routes));
    repositories::api::routes(code::api::routes(routes))
}

/// Whether a path belongs to an API, where JSON is spoken and cookies are ignored.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Whether a path belongs to this one.
pub(crate) fn is_github_compatible(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

async fn unknown() -> Error {
    Error::not_found()
}
