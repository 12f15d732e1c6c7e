//! Stars: whoever wants to find a repository again, or to thank for it, gives it one.

use axum::response::{IntoResponse, Redirect, Response};

use crate::{
    Result,
    access::{Access, InRepository, act::Star},
    host::Forge,
    repositories,
    ui::visit::{Values, Visit, own_path},
};

pub(crate) mod api;
pub mod queries;

/// Gives the actor's star. Once is enough: a second time changes nothing.
pub async fn give(forge: &Forge, access: &Access<Star>) -> Result<()> {
    change(forge, access, &queries::GIVE).await
}

/// Takes it back.
pub async fn take_back(forge: &Forge, access: &Access<Star>) -> Result<()> {
    change(forge, access, &queries::TAKE_BACK).await
}

async fn change(forge: &Forge, access: &Access<Star>, statement: &gitflare_db::Stmt<()>) -> Result<()> {
    let Some(account) = access.actor().account() else { return Ok(()) };
    let id = access.repository().id;
    let mut args = vec![account.id.into(), id.into()];
    if statement.name == queries::GIVE.name {
        args.push(forge.now().into());
    }
    let batch = vec![statement.bind(args), repositories::count_stars(id)];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Takes back all of an account, for the batch that deletes it.
pub(crate) fn forget(account: crate::ids::AccountId) -> Vec<gitflare_db::Bound> {
    vec![repositories::uncount_stars(account), queries::FORGET.bind(vec![account.into()])]
}

/// `POST /{owner}/{repository}/star`.
pub(crate) async fn star(visit: Visit, access: InRepository<Star>, values: Values) -> Result<Response> {
    give(&visit.forge, &access).await?;
    Ok(back(&access, &values))
}

/// `DELETE /{owner}/{repository}/star`.
pub(crate) async fn unstar(visit: Visit, access: InRepository<Star>, values: Values) -> Result<Response> {
    take_back(&visit.forge, &access).await?;
    Ok(back(&access, &values))
}

fn back(access: &Access<Star>, values: &Values) -> Response {
    let home = format!("/{}", access.repository().full_name());
    let next = values.get("next");
    Redirect::to(if next.is_empty() { &home } else { own_path(next) }).into_response()
}
