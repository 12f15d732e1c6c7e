//! The group repositories of the API.

mod create;
mod lists;

use axum::{Router, routing::get};

use crate::{
    access::act,
    api::{Answer, OnRepository, json::repository},
    host::Forge,
    http::Origin,
};

/// The routes of the group.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/api/v3/user/repos", get(lists::own).post(create::own))
        .route("/api/v3/users/{name}/repos", get(lists::of_user))
        .route("/api/v3/repos/{owner}/{repository}", get(one))
}

/// `GET /repos/{owner}/{repo}`.
async fn one(access: OnRepository<act::See>, origin: Origin) -> Answer {
    Answer::ok(repository::full(&origin, access.actor(), access.subject()))
}
