//! The group users of the API.

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use serde_json::{Value, json};

use super::{About, about, set_profile};
use crate::{
    Error, Result,
    access::{self, act},
    actor::Actor,
    api::{Answer, Fields, Given, Own, json::user},
    host::Forge,
    http::Origin,
    names::AccountName,
};

/// The routes of the group.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/api/v3/user", get(own).patch(change))
        .route("/api/v3/user/emails", get(emails))
        .route("/api/v3/user/orgs", get(organisations))
        .route("/api/v3/users/{name}", get(one))
}

/// `GET /user`.
async fn own(State(forge): State<Forge>, actor: Actor, origin: Origin) -> Result<Answer> {
    let account = actor.account().ok_or_else(|| Error::unauthenticated("Requires authentication"))?;
    let about = about(&forge, &account.name).await?.ok_or_else(Error::not_found)?;
    // Name and id are everybody's to know; the address needs the permission.
    Ok(Answer::ok(match access::own::<act::SeeAccount>(&actor) {
        Ok(_) => user::private(&origin, &about),
        Err(_) => user::public(&origin, &about),
    }))
}

/// `PATCH /user`.
async fn change(
    State(forge): State<Forge>,
    access: Own<act::ManageAccount>,
    origin: Origin,
    fields: Fields,
) -> Result<Answer> {
    let changed = |given: Given<_>| given.or_null("");
    let (name, bio) = (changed(fields.text("name")?), changed(fields.text("bio")?));
    let about = set_profile(&forge, &access, name, bio).await?;
    Ok(Answer::ok(user::private(&origin, &about)))
}

/// `GET /user/emails`: the one there is. Nobody has looked whether mail arrives there, so it is not called verified.
async fn emails(access: Own<act::SeeAccount>) -> Answer {
    let one = |email: &String| json!({ "email": email, "primary": true, "verified": false, "visibility": "private" });
    Answer::ok(access.subject().email.iter().map(one).collect())
}

/// `GET /user/orgs`: there are none yet.
async fn organisations(_: Own<act::SeeAccount>) -> Answer {
    Answer::ok(Value::Array(Vec::new()))
}

/// `GET /users/{username}`.
async fn one(State(forge): State<Forge>, Path(name): Path<String>, origin: Origin) -> Result<Answer> {
    let name = AccountName::parse(&name).map_err(|_| Error::not_found())?;
    let about: About = about(&forge, &name).await?.ok_or_else(Error::not_found)?;
    Ok(Answer::ok(user::public(&origin, &about)))
}
