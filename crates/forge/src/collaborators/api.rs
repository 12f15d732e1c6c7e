//! Collaborators in the API. The owner is among them, with every right.

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Collaborator, invite, list, remove, with, withdraw};
use crate::{
    Error, Result,
    access::{Role, act, grant},
    api::{
        Answer, Fields, OnRepository, Paging,
        json::{extend, permissions, user},
    },
    error::Kind,
    host::Forge,
    http::Origin,
    names::AccountName,
};

/// The routes.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/api/v3/repos/{owner}/{repository}/collaborators", get(all))
        .route(
            "/api/v3/repos/{owner}/{repository}/collaborators/{account}",
            get(is_one).put(invited).delete(gone),
        )
        .route("/api/v3/repos/{owner}/{repository}/collaborators/{account}/permission", get(permission))
}

/// `GET /repos/{owner}/{repo}/collaborators`.
async fn all(
    State(forge): State<Forge>,
    access: OnRepository<act::SeeSettings>,
    origin: Origin,
    paging: Paging,
) -> Result<Answer> {
    let repository = access.repository();
    let owner = Collaborator { id: repository.owner_id, name: repository.owner.clone(), role: Role::Admin };
    let mut everybody = vec![owner];
    everybody.extend(list(&forge, &access).await?);
    let (shown, end) = paging.cut(everybody);
    Ok(Answer::page(shown.iter().map(|one| with_role(&origin, one)).collect(), &paging, end))
}

/// Somebody with a role.
fn with_role(origin: &Origin, one: &Collaborator) -> Value {
    let mut json = user::simple(origin, one.id, one.name.as_str());
    extend(&mut json, json!({ "role_name": one.role.name(), "permissions": permissions(Some(one.role)) }));
    json
}

/// The account a path names beside the repository.
#[derive(Debug, Deserialize)]
struct Somebody {
    account: String,
}

impl Somebody {
    fn name(&self) -> Result<AccountName> {
        AccountName::parse(&self.account).map_err(|_| Error::not_found())
    }
}

/// `GET /repos/{owner}/{repo}/collaborators/{username}`.
async fn is_one(
    State(forge): State<Forge>,
    access: OnRepository<act::SeeSettings>,
    Path(somebody): Path<Somebody>,
) -> Result<StatusCode> {
    let found = with(&forge, access.repository(), &somebody.name()?).await?.ok_or_else(Error::not_found)?;
    found.role.map(|_| StatusCode::NO_CONTENT).ok_or_else(Error::not_found)
}

/// `PUT /repos/{owner}/{repo}/collaborators/{username}`: who has a role gets this one, and who has none is asked. GitHub's
/// description has one answer for both.
async fn invited(
    State(forge): State<Forge>,
    access: OnRepository<act::Manage>,
    Path(somebody): Path<Somebody>,
    fields: Fields,
) -> Result<StatusCode> {
    let role = match fields.text("permission")?.value().unwrap_or("push") {
        "pull" => Role::Read,
        "push" => Role::Write,
        name => Role::parse(name).map_err(|error| error.of_field("permission"))?,
    };
    let name = AccountName::parse(&somebody.account).map_err(|error| error.of_field("username"))?;
    invite(&forge, &access, &name, role).await.map_err(|error| error.of_field("username"))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /repos/{owner}/{repo}/collaborators/{username}`: the role, or the question whether they want it.
async fn gone(
    State(forge): State<Forge>,
    access: OnRepository<act::Manage>,
    Path(somebody): Path<Somebody>,
) -> Result<StatusCode> {
    let name = somebody.name()?;
    match remove(&forge, &access, &name).await {
        Err(error) if error.kind == Kind::NotFound => withdraw(&forge, &access, &name).await?,
        outcome => outcome?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`: one's own, or with the right to see the settings
/// anybody's.
async fn permission(
    State(forge): State<Forge>,
    access: OnRepository<act::See>,
    Path(somebody): Path<Somebody>,
    origin: Origin,
) -> Result<Answer> {
    let name = somebody.name()?;
    let own = access.actor().account().is_some_and(|account| account.name.folded() == name.folded());
    if !own {
        grant::<act::SeeSettings>(access.actor(), access.subject().clone())?;
    }
    let repository = access.repository();
    let found = with(&forge, repository, &name).await?.ok_or_else(Error::not_found)?;
    let role = found.role.or((!repository.is_private()).then_some(Role::Read));
    let mut user = user::simple(&origin, found.id, found.name.as_str());
    let role_name = role.map_or("none", Role::name);
    extend(&mut user, json!({ "role_name": role_name, "permissions": permissions(role) }));
    // The older word knows four.
    let permission = match role {
        None => "none",
        Some(Role::Read | Role::Triage) => "read",
        Some(Role::Write | Role::Maintain) => "write",
        Some(Role::Admin) => "admin",
    };
    Ok(Answer::ok(json!({ "permission": permission, "role_name": role_name, "user": user })))
}
