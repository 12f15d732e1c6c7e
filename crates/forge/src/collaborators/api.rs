//! Collaborators in the API. The owner is among them, with every right.

use axum::{Router, extract::State, routing::get};
use serde_json::{Value, json};

use super::{Collaborator, list};
use crate::{
    Result,
    access::{Role, act},
    api::{
        Answer, OnRepository, Paging,
        json::{extend, user},
    },
    host::Forge,
    http::Origin,
};

/// The routes.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes.route("/api/v3/repos/{owner}/{repository}/collaborators", get(all))
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
    extend(&mut json, json!({ "role_name": one.role.name(), "permissions": permissions(one.role) }));
    json
}

fn permissions(role: Role) -> Value {
    json!({
        "pull": true,
        "triage": role >= Role::Triage,
        "push": role >= Role::Write,
        "maintain": role >= Role::Maintain,
        "admin": role >= Role::Admin,
    })
}
