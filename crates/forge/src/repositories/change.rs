//! Changes to a repository's settings. Each takes the proof of its own right; several can be made in one batch.

use gitflare_db::Bound;
use gitflare_port::{Command, ErrorKind};

use super::{Repository, Visibility, Words, audit, check_description, queries, taken, words};
use crate::{
    Error, Result,
    access::{Access, act},
    host::Forge,
    names::{FullName, RepositoryName},
    transfer,
};

/// Changes to one repository, gathered to be made at once.
pub(crate) struct Changes {
    /// As it will be.
    repository: Repository,
    /// What it is called until then.
    name: FullName,
    batch: Vec<Bound>,
}

impl Changes {
    /// None yet.
    pub(crate) fn of(repository: &Repository) -> Self {
        Self { name: repository.full_name(), repository: repository.clone(), batch: Vec::new() }
    }

    /// Another name. The old one goes on leading to it until its owner uses it again.
    pub(crate) fn rename(&mut self, forge: &Forge, access: &Access<act::Rename>, name: &str) -> Result<()> {
        let name = RepositoryName::parse(name)?;
        let (id, owner) = (self.repository.id, self.repository.owner_id);
        self.batch.extend([
            queries::GIVE_UP_NAME.bind(vec![id.into()]).expect(1),
            queries::TAKE_NAME
                .bind(vec![owner.into(), name.folded().into(), id.into(), forge.now().into()])
                .expect(1),
            queries::RENAME.bind(vec![id.into(), name.to_string().into()]).expect(1),
            audit(forge, access.actor(), "repository.rename", &self.name, name.as_str()),
        ]);
        self.repository.name = name;
        Ok(())
    }

    /// Other words about it.
    pub(crate) fn describe(&mut self, _access: &Access<act::Describe>, words: Words<'_>) -> Result<()> {
        let description = words.description.map(check_description).transpose()?;
        let website = words.website.map(words::website).transpose()?;
        let topics = words.topics.as_ref().map(ToString::to_string);
        let args = vec![
            self.repository.id.into(),
            description.clone().into(),
            website.clone().into(),
            topics.into(),
        ];
        self.batch.push(queries::DESCRIBE.bind(args));
        let repository = &mut self.repository;
        repository.description = description.unwrap_or_else(|| std::mem::take(&mut repository.description));
        repository.website = website.unwrap_or_else(|| std::mem::take(&mut repository.website));
        repository.topics = words.topics.unwrap_or_else(|| std::mem::take(&mut repository.topics));
        Ok(())
    }

    /// Public or private.
    pub(crate) fn set_visibility(
        &mut self,
        forge: &Forge,
        access: &Access<act::SetVisibility>,
        visibility: Visibility,
    ) {
        self.batch.extend([
            queries::SET_VISIBILITY.bind(vec![self.repository.id.into(), visibility.name().into()]),
            audit(forge, access.actor(), "repository.visibility", &self.name, visibility.name()),
        ]);
        self.repository.visibility = visibility;
    }

    /// Read-only, or writable again.
    pub(crate) fn set_archived(&mut self, forge: &Forge, access: &Access<act::Archive>, archived: bool) {
        let detail = if archived { "archived" } else { "restored" };
        self.batch.extend([
            queries::SET_ARCHIVED.bind(vec![self.repository.id.into(), archived.into()]),
            audit(forge, access.actor(), "repository.archive", &self.name, detail),
        ]);
        self.repository.archived = archived;
    }

    /// Another default branch, by its short name. The repository itself is asked at once, because it may have no such
    /// branch: after whatever else can be refused.
    pub(crate) async fn set_default_branch(
        &mut self,
        forge: &Forge,
        access: &Access<act::Manage>,
        branch: &str,
    ) -> Result<()> {
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
        forge.host().command(self.repository.id, command).await.map_err(|error| match error.kind {
            ErrorKind::NotFound => Error::invalid("default_branch", format!("There is no branch '{branch}'")),
            _ => error.into(),
        })?;
        let short = gitflare_git::refname::encode(branch.as_bytes());
        let args = vec![self.repository.id.into(), short.clone().into()];
        self.batch.push(queries::SET_DEFAULT_BRANCH.bind(args));
        self.repository.default_branch = short;
        Ok(())
    }

    /// Makes them, and says what the repository is then.
    pub(crate) async fn make(self, forge: &Forge) -> Result<Repository> {
        if !self.batch.is_empty() {
            let new = self.repository.full_name();
            forge.site().batch(self.batch).await.map_err(|error| taken(error, &new))?;
        }
        Ok(self.repository)
    }
}

/// Gives a repository another name. The old one goes on leading to it until its owner uses it again.
pub async fn rename(forge: &Forge, access: &Access<act::Rename>, name: &str) -> Result<Repository> {
    let mut changes = Changes::of(access.repository());
    changes.rename(forge, access, name)?;
    changes.make(forge).await
}

/// Sets what is said about it.
pub async fn describe(forge: &Forge, access: &Access<act::Describe>, words: Words<'_>) -> Result<Repository> {
    let mut changes = Changes::of(access.repository());
    changes.describe(access, words)?;
    changes.make(forge).await
}

/// Makes it public or private.
pub async fn set_visibility(
    forge: &Forge,
    access: &Access<act::SetVisibility>,
    visibility: Visibility,
) -> Result<()> {
    let mut changes = Changes::of(access.repository());
    changes.set_visibility(forge, access, visibility);
    changes.make(forge).await.map(drop)
}

/// Makes it read-only, or writable again.
pub async fn set_archived(forge: &Forge, access: &Access<act::Archive>, archived: bool) -> Result<()> {
    let mut changes = Changes::of(access.repository());
    changes.set_archived(forge, access, archived);
    changes.make(forge).await.map(drop)
}

/// Makes another branch, by its short name, the default one.
pub async fn set_default_branch(forge: &Forge, access: &Access<act::Manage>, branch: &str) -> Result<()> {
    let mut changes = Changes::of(access.repository());
    changes.set_default_branch(forge, access, branch).await?;
    changes.make(forge).await.map(drop)
}
