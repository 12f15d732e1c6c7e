//! Stars in the API.

use axum::{Router, extract::State, routing::get};
use http::StatusCode;
use serde_json::json;

use super::{give, take_back};
use crate::{
    Error, Result,
    access::{Reason, act},
    actor::Actor,
    api::{
        Answer, End, Media, OnRepository, Paging,
        json::{repository, time},
    },
    host::Forge,
    http::Origin,
    repositories::{
        Standing,
        listing::{Key, Order, Search, Way, Whose},
    },
};

/// The routes.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/api/v3/user/starred", get(starred))
        .route("/api/v3/user/starred/{owner}/{repository}", get(is_starred).put(star).delete(unstar))
}

/// `GET /user/starred`.
async fn starred(
    State(forge): State<Forge>,
    actor: Actor,
    origin: Origin,
    paging: Paging,
    media: Media,
) -> Result<Answer> {
    let account = actor.account().ok_or_else(|| Error::unauthenticated(Reason::SignIn.to_string()))?;
    let key = match paging.query("sort").as_deref() {
        Some("updated") => Key::Pushed,
        _ => Key::Starred,
    };
    let way = if paging.query("direction").as_deref() == Some("asc") { Way::Up } else { Way::Down };
    let search = Search {
        order: Order::By(key, way),
        page: paging.page,
        rows: paging.per_page,
        ..Search::of(Whose::StarredBy(account.name.clone()))
    };
    let answers = forge.site().batch(vec![search.bind(&actor)]).await?;
    let answer = answers.first().ok_or_else(|| Error::internal("one answer expected"))?;
    let (standings, more) = search.read_standings(&actor, answer)?;
    let item = |standing: &Standing| {
        let repository = repository::full(&origin, &actor, standing);
        match (media, standing.starred_at) {
            (Media::Star, Some(at)) => json!({ "starred_at": time(at), "repo": repository }),
            _ => repository,
        }
    };
    let items = standings.iter().map(item).collect();
    Ok(Answer::page(items, &paging, End::More(more)))
}

/// `GET /user/starred/{owner}/{repo}`.
async fn is_starred(access: OnRepository<act::Star>) -> Result<StatusCode> {
    if access.subject().starred_at.is_some() { Ok(StatusCode::NO_CONTENT) } else { Err(Error::not_found()) }
}

/// `PUT /user/starred/{owner}/{repo}`.
async fn star(State(forge): State<Forge>, access: OnRepository<act::Star>) -> Result<StatusCode> {
    give(&forge, &access).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /user/starred/{owner}/{repo}`.
async fn unstar(State(forge): State<Forge>, access: OnRepository<act::Star>) -> Result<StatusCode> {
    take_back(&forge, &access).await?;
    Ok(StatusCode::NO_CONTENT)
}
