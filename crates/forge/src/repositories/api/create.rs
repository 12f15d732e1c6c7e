//! Making a repository.

use axum::extract::State;

use super::super::{NewRepository, Standing, Visibility, create};
use crate::{
    Error, Result,
    access::{self, Namespace, Reason, Role, act::CreateRepository},
    actor::Actor,
    api::{Answer, Fields, json::repository},
    host::Forge,
    http::Origin,
};

/// `POST /user/repos`.
pub(super) async fn own(
    State(forge): State<Forge>,
    actor: Actor,
    origin: Origin,
    fields: Fields,
) -> Result<Answer> {
    let owner = actor.account().ok_or_else(|| Error::unauthenticated(Reason::SignIn.to_string()))?;
    let access = access::grant::<CreateRepository>(&actor, Namespace(owner.clone()))?;
    if fields.flag("auto_init")?.value() == Some(true) {
        return Err(Error::invalid("auto_init", "A repository begins empty; push its first commit"));
    }
    let new = NewRepository {
        name: fields.needed("name")?,
        description: fields.text("description")?.value().unwrap_or_default(),
        visibility: visibility(&fields)?.unwrap_or(Visibility::Public),
    };
    let repository = create(&forge, &access, new).await?;
    let standing = Standing { repository, role: Some(Role::Admin), moved: false, starred: false };
    Ok(Answer::created(repository::full(&origin, &actor, &standing)))
}

/// Who is to see it: `visibility`, or the older `private`.
pub(super) fn visibility(fields: &Fields) -> Result<Option<Visibility>> {
    if let Some(name) = fields.text("visibility")?.value() {
        return Visibility::parse(name).map(Some);
    }
    let private = fields.flag("private")?.value();
    Ok(private.map(|private| if private { Visibility::Private } else { Visibility::Public }))
}
