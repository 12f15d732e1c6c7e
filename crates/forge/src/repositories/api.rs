//! The group repositories of the API.

mod change;
mod create;
mod lists;
mod search;

use axum::{
    Router,
    routing::{get, post},
};

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
        .route("/api/v3/search/repositories", get(search::search))
        .route("/api/v3/repos/{owner}/{repository}", get(one).patch(change::change).delete(change::remove))
        .route("/api/v3/repos/{owner}/{repository}/transfer", post(change::transfer))
        .route("/api/v3/repos/{owner}/{repository}/topics", get(change::topics).put(change::set_topics))
}

/// `GET /repos/{owner}/{repo}`.
async fn one(access: OnRepository<act::See>, origin: Origin) -> Answer {
    Answer::ok(repository::full(&origin, access.actor(), access.subject()))
}
