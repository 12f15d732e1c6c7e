//! `repo …`: repositories of any account.

use gitflare_port::{Command, ErrorKind, Reply, command::Verified};
use http::Method;
use serde::{Deserialize, Serialize};

use super::{Gate, Operation, Page, number, page};
use crate::{
    Error, Forge, Level, Result,
    access::{self, Access, Act, act},
    actor::Actor,
    error::Kind,
    ids::RepositoryId,
    names::{AccountName, FullName, RepositoryName},
    repositories::{self, NewRepository, Place, Standing, Visibility, Words},
    ui::visit::unexpected,
};

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its permanent id.
    pub id: i64,
    /// The owner's name.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// `public` or `private`.
    pub visibility: String,
    /// Whether it is read-only.
    pub archived: bool,
    /// One line about it; may be empty.
    pub description: String,
    /// Short name of the branch a clone checks out, percent-encoded.
    pub default_branch: String,
    /// Bytes stored.
    pub size: i64,
    /// Unix seconds of the last push.
    pub pushed_at: Option<i64>,
    /// Unix seconds.
    pub created_at: i64,
}

impl From<&repositories::Repository> for Repository {
    fn from(repository: &repositories::Repository) -> Self {
        Self {
            id: repository.id.0,
            owner: repository.owner.to_string(),
            name: repository.name.to_string(),
            visibility: repository.visibility.name().into(),
            archived: repository.archived,
            description: repository.description.clone(),
            default_branch: repository.default_branch.clone(),
            size: repository.size,
            pushed_at: repository.pushed_at,
            created_at: repository.created_at,
        }
    }
}

/// The name in a path.
pub(super) fn name(owner: &str, repository: &str) -> Result<FullName> {
    Ok(FullName { owner: AccountName::parse(owner)?, name: RepositoryName::from_url(repository)? })
}

/// Access to a repository. "Not found" is for strangers; an administrator is told the name.
pub(super) async fn find<A: Act<Subject = Standing>>(
    forge: &Forge,
    actor: &Actor,
    name: &FullName,
) -> Result<Access<A>> {
    let found = access::repository::<A>(forge, actor, &name.owner, &name.name).await;
    found.map_err(|error| match error.kind {
        Kind::NotFound => Error::new(Kind::NotFound, format!("There is no repository {name}")),
        _ => error,
    })
}

/// Repositories, those pushed to last first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListRepositories {
    /// Where the page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many at most.
    #[serde(default, deserialize_with = "number::perhaps", skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Operation for ListRepositories {
    type Reply = Page<Repository>;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/repositories";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::SeeSite>(actor)?;
        let limit = page::limit(self.limit)?;
        let after = page::after(self.cursor.as_deref())?.map(|text| place(&text)).transpose()?;
        let found = repositories::page(forge, &access, after, limit + 1).await?;
        let end = |repository: &repositories::Repository| {
            let place = Place::of(repository);
            format!("{} {}", place.at, place.id)
        };
        Ok(Page::new(found, limit, end, |repository| Repository::from(&repository)))
    }
}

fn place(text: &str) -> Result<Place> {
    let numbers = text.split_once(' ').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    let (at, id) = numbers.ok_or_else(page::bad_cursor)?;
    Ok(Place { at, id: RepositoryId(id) })
}

/// Makes an empty repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateRepository {
    /// Whose.
    pub owner: String,
    /// What to call it.
    pub name: String,
    /// `public` or `private`; the latter when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// One line about it.
    #[serde(default)]
    pub description: String,
}

impl Operation for CreateRepository {
    type Reply = Repository;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/repositories";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let name = name(&self.owner, &self.name)?;
        let visibility = self.visibility.as_deref().map(Visibility::parse).transpose()?;
        let access = access::namespace::<act::CreateRepository>(forge, actor, &name.owner).await?;
        let new = NewRepository {
            name: name.name.as_str(),
            description: &self.description,
            visibility: visibility.unwrap_or(Visibility::Private),
        };
        Ok(Repository::from(&repositories::create(forge, &access, new).await?))
    }
}

/// One repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShowRepository {
    /// Whose.
    pub owner: String,
    /// What it is called.
    pub repository: String,
}

impl Operation for ShowRepository {
    type Reply = Repository;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/repositories/{owner}/{repository}";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = find::<act::See>(forge, actor, &name(&self.owner, &self.repository)?).await?;
        Ok(Repository::from(access.repository()))
    }
}

/// Checks a slice of what a repository stores.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyRepository {
    /// Whose.
    pub owner: String,
    /// What it is called.
    pub repository: String,
    /// Where the slice begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Operation for VerifyRepository {
    type Reply = Verified;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/repositories/{owner}/{repository}/verify";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = find::<act::See>(forge, actor, &name(&self.owner, &self.repository)?).await?;
        let command = Command::Verify { cursor: self.cursor, objects: None };
        match forge.host().command(access.repository().id, command).await {
            Ok(Reply::Verified(verified)) => Ok(verified),
            Ok(other) => Err(unexpected(&other)),
            // A database that does not open is the worst finding of all.
            Err(error) if error.kind == ErrorKind::Internal => {
                Ok(Verified { findings: vec![error.message], done: 0, total: 0, next: None })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Changes a repository: what is absent stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRepository {
    /// Whose.
    pub owner: String,
    /// What it is called.
    pub repository: String,
    /// What to call it from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `public` or `private`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// The branch a clone checks out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// One line about it; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Operation for ChangeRepository {
    type Reply = Repository;

    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/repositories/{owner}/{repository}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let mut name = name(&self.owner, &self.repository)?;
        let visibility = self.visibility.as_deref().map(Visibility::parse).transpose()?;
        // First what can fail for a reason of the repository's: then nothing else has changed.
        if let Some(branch) = &self.default_branch {
            let access = find::<act::Manage>(forge, actor, &name).await?;
            repositories::set_default_branch(forge, &access, branch).await?;
        }
        if let Some(new) = &self.name {
            let access = find::<act::Rename>(forge, actor, &name).await?;
            name = repositories::rename(forge, &access, new).await?.full_name();
        }
        if let Some(description) = &self.description {
            let access = find::<act::Describe>(forge, actor, &name).await?;
            let words = Words { description: Some(description), ..Words::default() };
            repositories::describe(forge, &access, words).await?;
        }
        if let Some(visibility) = visibility {
            let access = find::<act::SetVisibility>(forge, actor, &name).await?;
            repositories::set_visibility(forge, &access, visibility).await?;
        }
        Ok(Repository::from(find::<act::See>(forge, actor, &name).await?.repository()))
    }
}

/// Deletes a repository and everything in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteRepository {
    /// Whose.
    pub owner: String,
    /// What it is called.
    pub repository: String,
}

impl Operation for DeleteRepository {
    type Reply = ();

    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/repositories/{owner}/{repository}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = find::<act::Delete>(forge, actor, &name(&self.owner, &self.repository)?).await?;
        repositories::delete(forge, &access).await
    }
}
