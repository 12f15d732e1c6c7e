//! Moving a site, and backups from elsewhere: the source's side, for administrators, and the target's, for whoever has
//! its setup token.

use std::collections::BTreeMap;

use gitflare_port::moving::{Import, Progress, Rows, Slice};
use http::Method;
use serde::{Deserialize, Serialize};

use super::{Gate, Operation, Page, number, page};
use crate::{
    Forge, Level, MIGRATIONS, Result,
    access::{self, act},
    actor::Actor,
    ids::RepositoryId,
    moving::{self, SiteSlice, Step},
    repositories,
};

/// From here on nothing of the site changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeSite {
    /// Until somebody lifts it, instead of while it is read.
    pub for_good: bool,
    /// What those are told who push meanwhile.
    pub notice: String,
}

/// What names a freeze, and what is frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenSite {
    /// Names it.
    pub lease: String,
    /// The migrations the site's database has been through.
    pub migrations: Vec<String>,
}

impl Operation for FreezeSite {
    type Reply = FrozenSite;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/export";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        let lease = moving::freeze(forge, &access, self.for_good, &self.notice).await?;
        let migrations = MIGRATIONS.iter().map(|migration| migration.name.to_owned()).collect();
        Ok(FrozenSite { lease, migrations })
    }
}

/// The site may change again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThawSite {
    /// Only if it is this freeze that holds it, and only while it was read; whatever holds it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<String>,
}

impl Operation for ThawSite {
    type Reply = ();

    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/export";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        moving::thaw(forge, &access, self.lease.as_deref()).await
    }
}

/// A slice of the site's own rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSite {
    /// The freeze under which it is read.
    pub lease: String,
    /// Where the slice begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Operation for ExportSite {
    type Reply = SiteSlice;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/export/site";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        moving::site_slice(forge, &access, &self.lease, self.cursor.as_deref()).await
    }
}

/// A repository of a site that is moving, usable or just being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movable {
    /// Its permanent id.
    pub id: i64,
    /// `OWNER/NAME`.
    pub name: String,
    /// Bytes stored.
    pub size: i64,
}

/// Every repository there is something of, by id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListMovable {
    /// Where the page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many at most.
    #[serde(default, deserialize_with = "number::perhaps", skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Operation for ListMovable {
    type Reply = Page<Movable>;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/export/repositories";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        let limit = page::limit(self.limit)?;
        let after = page::after(self.cursor.as_deref())?;
        let after = after.map(|text| text.parse().map_err(|_| page::bad_cursor())).transpose()?;
        let after = RepositoryId(after.unwrap_or_default());
        let found = repositories::every(forge, &access, after, limit + 1).await?;
        let show = |one: repositories::Every| Movable {
            id: one.id.0,
            name: format!("{}/{}", one.owner, one.name),
            size: one.size,
        };
        Ok(Page::new(found, limit, |one| one.id.to_string(), show))
    }
}

/// A slice of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportRepository {
    /// Which.
    #[serde(deserialize_with = "number::one")]
    pub id: i64,
    /// Where the slice begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Operation for ExportRepository {
    type Reply = Slice;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/export/repositories/{id}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        moving::repository_slice(forge, &access, RepositoryId(self.id), self.cursor).await
    }
}

/// From here on nothing moves a ref of a repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeRepository {
    /// Which.
    #[serde(deserialize_with = "number::one")]
    pub id: i64,
}

impl Operation for FreezeRepository {
    type Reply = ();

    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/export/repositories/{id}/freeze";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        moving::freeze_repository(forge, &access, RepositoryId(self.id)).await
    }
}

/// Refs of a repository may move again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThawRepository {
    /// Which.
    #[serde(deserialize_with = "number::one")]
    pub id: i64,
}

impl Operation for ThawRepository {
    type Reply = ();

    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/export/repositories/{id}/freeze";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        moving::thaw_repository(forge, &access, RepositoryId(self.id)).await
    }
}

/// Begins an import into a site that nobody has set up, or finds the one that was begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginImport {
    /// The setup token.
    pub token: String,
    /// The migrations the source's database has been through.
    pub migrations: Vec<String>,
}

impl Operation for BeginImport {
    type Reply = Step;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/import";
    const GATE: Gate = Gate::Setup;

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        moving::begin(forge, actor, &self.token, &self.migrations).await
    }
}

/// A step of bringing in a repository. Answers nothing where nothing of it has come.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRepository {
    /// Which.
    #[serde(deserialize_with = "number::one")]
    pub id: i64,
    /// The setup token.
    pub token: String,
    /// The step.
    pub import: Import,
}

impl Operation for ImportRepository {
    type Reply = Option<Progress>;

    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/import/repositories/{id}";
    const GATE: Gate = Gate::Setup;

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        moving::repository(forge, actor, &self.token, RepositoryId(self.id), self.import).await
    }
}

/// Puts a slice of the site's own rows aside.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportSite {
    /// Which slice, from 0.
    #[serde(deserialize_with = "number::one")]
    pub number: u32,
    /// The setup token.
    pub token: String,
    /// The rows.
    pub rows: Rows,
}

impl Operation for ImportSite {
    type Reply = ();

    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/import/site/{number}";
    const GATE: Gate = Gate::Setup;

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        moving::site_rows(forge, actor, &self.token, self.number, &self.rows.0).await
    }
}

/// Everything has come: puts it in place. To be asked until it is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinishImport {
    /// The setup token.
    pub token: String,
    /// How many rows each table of the site has.
    pub rows: BTreeMap<String, u64>,
    /// The site's address from now on; as it was when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Operation for FinishImport {
    type Reply = Step;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/import/finish";
    const GATE: Gate = Gate::Setup;

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        moving::finish(forge, actor, &self.token, &self.rows, self.url.as_deref()).await
    }
}

/// Gives an import up. To be asked until it is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelImport {
    /// The setup token.
    pub token: String,
}

impl Operation for CancelImport {
    type Reply = Step;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/import/cancel";
    const GATE: Gate = Gate::Setup;

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        moving::cancel(forge, actor, &self.token).await
    }
}
