//! Changes to a repository's settings. Each takes the proof of its own right.

use gitflare_port::{Command, ErrorKind};

use super::{Repository, Visibility, audit, check_description, queries, taken};
use crate::{
    Error, Result,
    access::{Access, act},
    host::Forge,
    names::{FullName, RepositoryName},
    transfer,
};

/// Gives a repository another name. The old one goes on leading to it until its owner uses it again.
pub async fn rename(forge: &Forge, access: &Access<act::Rename>, name: &str) -> Result<Repository> {
    let repository = access.repository();
    let name = RepositoryName::parse(name)?;
    let new = FullName { owner: repository.owner.clone(), name: name.clone() };
    let id = repository.id;
    let batch = vec![
        queries::GIVE_UP_NAME.bind(vec![id.into()]).expect(1),
        queries::TAKE_NAME
            .bind(vec![repository.owner_id.into(), name.folded().into(), id.into(), forge.now().into()])
            .expect(1),
        queries::RENAME.bind(vec![id.into(), name.to_string().into()]).expect(1),
        audit(forge, access.actor(), "repository.rename", &repository.full_name(), name.as_str()),
    ];
    forge.site().batch(batch).await.map_err(|error| taken(error, &new))?;
    Ok(Repository { name, ..repository.clone() })
}

/// Sets the line about it.
pub async fn describe(forge: &Forge, access: &Access<act::Describe>, description: &str) -> Result<()> {
    let args = vec![access.repository().id.into(), check_description(description)?.into()];
    forge.site().execute(&queries::DESCRIBE, args).await?;
    Ok(())
}

/// Makes it public or private.
pub async fn set_visibility(
    forge: &Forge,
    access: &Access<act::SetVisibility>,
    visibility: Visibility,
) -> Result<()> {
    let repository = access.repository();
    let batch = vec![
        queries::SET_VISIBILITY.bind(vec![repository.id.into(), visibility.name().into()]),
        audit(forge, access.actor(), "repository.visibility", &repository.full_name(), visibility.name()),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Makes it read-only, or writable again.
pub async fn set_archived(forge: &Forge, access: &Access<act::Archive>, archived: bool) -> Result<()> {
    let repository = access.repository();
    let detail = if archived { "archived" } else { "restored" };
    let batch = vec![
        queries::SET_ARCHIVED.bind(vec![repository.id.into(), archived.into()]),
        audit(forge, access.actor(), "repository.archive", &repository.full_name(), detail),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Makes another branch, by its short name, the default one.
pub async fn set_default_branch(forge: &Forge, access: &Access<act::Manage>, branch: &str) -> Result<()> {
    let repository = access.repository();
    let full = format!("refs/heads/{branch}");
    let bad = !gitflare_git::refname::check(full.as_bytes())
        || !gitflare_git::refname::is_safe_branch(branch.as_bytes());
    if bad {
        return Err(Error::invalid("default_branch", format!("'{branch}' is not a branch name")));
    }
    let command = Command::SetHead {
        caller: transfer::caller(access.actor(), None),
        name: gitflare_git::refname::encode(full.as_bytes()),
    };
    forge.host().command(repository.id, command).await.map_err(|error| match error.kind {
        ErrorKind::NotFound => Error::invalid("default_branch", format!("There is no branch '{branch}'")),
        _ => error.into(),
    })?;
    let short = gitflare_git::refname::encode(branch.as_bytes());
    forge.site().execute(&queries::SET_DEFAULT_BRANCH, vec![repository.id.into(), short.into()]).await?;
    Ok(())
}
