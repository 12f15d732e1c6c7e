//! Making a repository.

use axum::extract::State;

use super::super::{NewRepository, Repository, Standing, Visibility, Words, create, describe, words};
use crate::{
    Error, Result,
    access::{
        self, Namespace, Reason, Role,
        act::{CreateRepository, Describe},
    },
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
    let homepage = fields.text("homepage")?.value().unwrap_or_default();
    let website = words::website(homepage)?;
    let mut repository = create(&forge, &access, new).await?;
    if !website.is_empty() {
        let standing = standing_of_owner(repository);
        let access = access::grant::<Describe>(&actor, standing)?;
        let words = Words { website: Some(&website), ..Words::default() };
        repository = describe(&forge, &access, words).await?;
    }
    Ok(Answer::created(repository::full(&origin, &actor, &standing_of_owner(repository))))
}

/// Where the owner of a new repository stands.
fn standing_of_owner(repository: Repository) -> Standing {
    Standing { repository, role: Some(Role::Admin), moved: false, starred_at: None }
}

/// Who is to see it: `visibility`, or the older `private`.
pub(super) fn visibility(fields: &Fields) -> Result<Option<Visibility>> {
    if let Some(name) = fields.text("visibility")?.value() {
        return Visibility::parse(name).map(Some);
    }
    let private = fields.flag("private")?.value();
    Ok(private.map(|private| if private { Visibility::Private } else { Visibility::Public }))
}
