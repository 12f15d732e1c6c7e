//! Repositories as the site knows them: whose they are, what they are called, who sees them. Their git data lives with
//! the host, found by the permanent id, which a rename does not change.
//!
//! The site's row is written first, as an intent (`creating`, `deleting`), then the host is asked, then the result is
//! written; [`recover`] finishes what a crash left between.

use gitflare_db::{Bound, FromColumn, ValueRef};

use crate::{
    Error, Result,
    access::{self, Access, Role, act},
    accounts::Account,
    actor::Actor,
    audit,
    host::Forge,
    ids::{AccountId, RepositoryId},
    names::{self, AccountName, FullName, RepositoryName},
};

pub(crate) mod api;
mod change;
mod handover;
mod lifecycle;
pub(crate) mod listing;
pub(crate) mod pages;
pub mod queries;
mod sought;
mod words;

pub(crate) use change::Changes;
pub use change::{describe, rename, set_archived, set_default_branch, set_visibility};
pub(crate) use handover::{count_stars, erase_of, mark_deleting_of, transfer, uncount_stars};
pub use lifecycle::{NewRepository, create, delete, recover};
pub(crate) use lifecycle::{activate, begin, discard, is_begun};
pub(crate) use sought::{Looked, Sought};
pub use words::{Topics, Words};

/// Who can see a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Whoever has a role on it.
    Private,
}

impl Visibility {
    /// `public` or `private`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// The visibility of this name.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            _ => Err(Error::invalid("visibility", "The visibility is 'public' or 'private'")),
        }
    }
}

impl FromColumn for Visibility {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        Self::parse(&String::from_column(value)?).map_err(|error| gitflare_db::Error::Shape(error.message))
    }
}

/// Whether a repository can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is being made: nobody sees it yet.
    Creating,
    /// It can.
    Active,
    /// It is being removed: nobody sees it any more.
    Deleting,
}

impl FromColumn for State {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        match String::from_column(value)?.as_str() {
            "creating" => Ok(Self::Creating),
            "active" => Ok(Self::Active),
            "deleting" => Ok(Self::Deleting),
            other => Err(gitflare_db::Error::Shape(format!("repository state {other}"))),
        }
    }
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its permanent id.
    pub id: RepositoryId,
    /// The owner's id.
    pub owner_id: AccountId,
    /// The owner's name, as typed.
    pub owner: AccountName,
    /// Its name, as typed.
    pub name: RepositoryName,
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether it can be used.
    pub state: State,
    /// Whether it is read-only.
    pub archived: bool,
    /// One line about it; may be empty.
    pub description: String,
    /// Where there is more about it; may be empty.
    pub website: String,
    /// What it is about.
    pub topics: Topics,
    /// Short name of the branch HEAD names, percent-encoded.
    pub default_branch: String,
    /// Bytes stored.
    pub size: i64,
    /// How many starred it.
    pub stars: i64,
    /// Unix seconds of the last push.
    pub pushed_at: Option<i64>,
    /// Unix seconds.
    pub created_at: i64,
}

impl Repository {
    /// `OWNER/NAME`.
    pub fn full_name(&self) -> FullName {
        FullName { owner: self.owner.clone(), name: self.name.clone() }
    }

    /// Whether it is private.
    pub fn is_private(&self) -> bool {
        self.visibility == Visibility::Private
    }
}

/// A repository and where one actor stands towards it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The repository.
    pub repository: Repository,
    /// The actor's role: the highest of ownership and collaboration. That everybody sees a public one is not a role.
    pub role: Option<Role>,
    /// Whether the name it was found by is one it had before.
    pub moved: bool,
    /// When the actor starred it, in Unix seconds.
    pub starred_at: Option<i64>,
}

gitflare_db::row! {
    #[derive(Debug, Clone)]
    pub(crate) struct StandingRow {
        id: RepositoryId,
        owner_id: AccountId,
        owner: AccountName,
        name: RepositoryName,
        visibility: Visibility,
        state: State,
        archived: bool,
        description: String,
        website: String,
        topics: Topics,
        default_branch: String,
        size: i64,
        stars: i64,
        pushed_at: Option<i64>,
        created_at: i64,
        role: Option<Role>,
        current: bool,
        starred_at: Option<i64>,
    }
}

gitflare_db::row! {
    /// A repository that is being made or removed.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Unfinished {
        /// Its permanent id.
        pub id: RepositoryId,
        /// The owner's name.
        pub owner: AccountName,
        /// Its name.
        pub name: RepositoryName,
        /// Which of the two.
        pub state: State,
        /// Unix seconds.
        pub created_at: i64,
    }
}

impl FromColumn for Role {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        Self::parse(&String::from_column(value)?).map_err(|error| gitflare_db::Error::Shape(error.message))
    }
}

impl StandingRow {
    fn standing(self, actor: &Actor) -> Standing {
        // A role is an account's: credentials that were found and then refused have none.
        let collaborator = actor.account().and(self.role);
        let role = access::role(actor.account().map(|account| account.id), self.owner_id, collaborator);
        let repository = Repository {
            id: self.id,
            owner_id: self.owner_id,
            owner: self.owner,
            name: self.name,
            visibility: self.visibility,
            state: self.state,
            archived: self.archived,
            description: self.description,
            website: self.website,
            topics: self.topics,
            default_branch: self.default_branch,
            size: self.size,
            stars: self.stars,
            pushed_at: self.pushed_at,
            created_at: self.created_at,
        };
        Standing { repository, role, moved: !self.current, starred_at: self.starred_at }
    }
}

/// The id the statements take for an actor's account; no account has the id 0.
fn account_id(actor: &Actor) -> AccountId {
    actor.account().map_or(AccountId(0), |account| account.id)
}

/// The repository of this name, or that had it before, and where the actor stands. Says nothing about rights: hand it
/// to [`access::grant`].
pub async fn standing(
    forge: &Forge,
    actor: &Actor,
    owner: &AccountName,
    name: &RepositoryName,
) -> Result<Option<Standing>> {
    let args = vec![owner.folded().into(), name.folded().into(), account_id(actor).into()];
    let row = forge.site().first(&queries::STANDING, args).await?;
    Ok(row.map(|row| row.standing(actor)))
}

/// The repository of this id, for a path that is about it.
pub(crate) async fn looked_by_id(forge: &Forge, actor: &Actor, id: RepositoryId) -> Result<Looked> {
    let args = vec![id.into(), account_id(actor).into()];
    Ok(Looked::of(forge.site().first(&queries::STANDING_BY_ID, args).await?))
}

/// The same, unless it was looked up already.
pub(crate) async fn standing_in(
    forge: &Forge,
    actor: &Actor,
    owner: &AccountName,
    name: &RepositoryName,
    looked: Option<&Looked>,
) -> Result<Option<Standing>> {
    match looked.and_then(|looked| looked.standing(actor, &Sought::new(owner, name))) {
        Some(standing) => Ok(standing),
        None => standing(forge, actor, owner, name).await,
    }
}

/// Repositories the actor may see, those pushed to last first; at most 1,000.
pub async fn list(forge: &Forge, actor: &Actor) -> Result<Vec<Repository>> {
    let args = vec![account_id(actor).into(), actor.is_administrator().into()];
    let rows = forge.site().all(&queries::LIST, args).await?;
    Ok(only_visible(rows, actor))
}

/// A place in the order of [`page`]: when it was last pushed to or made, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Unix seconds.
    pub at: i64,
    /// The repository.
    pub id: RepositoryId,
}

impl Place {
    /// The place of a repository.
    pub fn of(repository: &Repository) -> Self {
        Self { at: repository.pushed_at.unwrap_or(repository.created_at), id: repository.id }
    }
}

/// Every repository of the site that comes after `after`, those pushed to last first, at most `limit`.
pub async fn page(
    forge: &Forge,
    _access: &Access<act::SeeSite>,
    after: Option<Place>,
    limit: u32,
) -> Result<Vec<Repository>> {
    // Later than any time a host can tell.
    let after = after.unwrap_or(Place { at: (1 << 53) - 1, id: RepositoryId(0) });
    let args = vec![after.at.into(), after.id.into(), limit.into()];
    let rows = forge.site().all(&queries::PAGE, args).await?;
    Ok(rows.into_iter().map(|row| row.standing(&Actor::LocalAdministrator).repository).collect())
}

gitflare_db::row! {
    /// A repository there is something of: it can be used, or is being made.
    #[derive(Debug, Clone)]
    pub struct Every {
        /// Its permanent id.
        pub id: RepositoryId,
        /// The owner's name.
        pub owner: AccountName,
        /// Its name.
        pub name: RepositoryName,
        /// Bytes stored.
        pub size: i64,
    }
}

/// Every repository there is something of that comes after `after`, by id, at most `limit`.
pub async fn every(
    forge: &Forge,
    _access: &Access<act::AdministerSite>,
    after: RepositoryId,
    limit: u32,
) -> Result<Vec<Every>> {
    Ok(forge.site().all(&queries::EVERY, vec![after.into(), limit.into()]).await?)
}

/// What every repository that can be used is called.
pub async fn names(
    forge: &Forge,
    _access: &Access<act::AdministerSite>,
) -> Result<Vec<(RepositoryId, FullName)>> {
    let rows = forge.site().all(&queries::NAMES, vec![]).await?;
    Ok(rows.into_iter().map(|(id, owner, name)| (id, FullName { owner, name })).collect())
}

/// Those of one owner.
pub async fn of_owner(forge: &Forge, actor: &Actor, owner: &Account) -> Result<Vec<Repository>> {
    let args = vec![account_id(actor).into(), actor.is_administrator().into(), owner.id.into()];
    let rows = forge.site().all(&queries::OF_OWNER, args).await?;
    Ok(only_visible(rows, actor))
}

/// What is being made or removed.
pub async fn unfinished(forge: &Forge, _access: &Access<act::SeeSite>) -> Result<Vec<Unfinished>> {
    Ok(forge.site().all(&queries::UNFINISHED, vec![]).await?)
}

/// The statement filters already; this asks the one function too, which knows about tokens.
fn visible(rows: Vec<StandingRow>, actor: &Actor) -> impl Iterator<Item = Standing> {
    let standings = rows.into_iter().map(|row| row.standing(actor));
    standings
        .filter_map(|standing| access::grant::<act::See>(actor, standing).ok())
        .map(|access| access.subject().clone())
}

fn only_visible(rows: Vec<StandingRow>, actor: &Actor) -> Vec<Repository> {
    visible(rows, actor).map(|standing| standing.repository).collect()
}

/// Checks a description.
fn check_description(text: &str) -> Result<String> {
    names::line("description", text, 350)
}

/// An audit entry about a repository.
fn audit(forge: &Forge, actor: &Actor, action: &'static str, name: &FullName, detail: &str) -> Bound {
    audit::entry(forge, actor, action, &name.to_string(), detail)
}

/// A name somebody else was faster to take.
fn taken(error: gitflare_db::Error, name: &FullName) -> Error {
    match error {
        gitflare_db::Error::Expectation | gitflare_db::Error::Constraint(_) => {
            Error::taken("name", format!("A repository {name} exists already"))
        }
        other => other.into(),
    }
}
