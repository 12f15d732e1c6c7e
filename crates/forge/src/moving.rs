//! Moving a site from one host to another, in slices that any host can take: out by an administrator, into a site that
//! nobody has set up by whoever has its setup token.
//!
//! While it is read, the source stays as it is: triggers refuse every change of every table, so that slices fit together
//! without one transaction around them, which D1 does not have. For a backup that is a matter of seconds, and ends by
//! itself; for a move it holds until somebody lifts it, because what is changed at the source later would be lost.
//!
//! The target is filled repository by repository, then the site's own rows are put aside as they come, and at last one
//! batch puts all of them in place: until then nobody can sign in there, and afterwards everybody can.

use gitflare_db::{FromColumn, ValueRef};

use crate::{Error, Result, error::Kind, host::Forge};

mod export;
mod freeze;
mod import;
pub mod queries;
mod rows;

pub use export::{SiteSlice, repository_slice, site_slice};
pub use freeze::{freeze, freeze_repository, thaw, thaw_repository};
pub use import::{Step, begin, cancel, finish, repository, site_rows};

/// Tables that stay where they are: how often somebody guessed, and what a move itself is made of.
pub const STAYS: [&str; 4] = ["attempt", "moving", "incoming", "incoming_repository"];

/// Tables that may change while the site is frozen: rows that stand for themselves.
const OPEN: [&str; 1] = ["setting"];

/// When the triggers hold.
const HOLDS: &str =
    "EXISTS (SELECT 1 FROM moving WHERE role IN ('source', 'target') AND until > unixepoch())";

/// Until somebody lifts it.
const FOR_GOOD: i64 = (1 << 53) - 1;

gitflare_db::row! {
    /// The move that is under way.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct State {
        /// What this site is in it.
        pub role: Role,
        /// Tells one move from the next; of one that is over, what its token hashes to.
        pub lease: String,
        /// Unix seconds until which nothing may change.
        pub until: i64,
        /// What pushes are told.
        pub notice: String,
    }
}

/// What a site is in a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is read.
    Source,
    /// It is filled.
    Target,
    /// It was filled, and hears what its repositories have to tell.
    Settling,
    /// It was filled, and all is done: kept for whoever did not hear the answer.
    Moved,
}

impl FromColumn for Role {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        match String::from_column(value)?.as_str() {
            "source" => Ok(Self::Source),
            "target" => Ok(Self::Target),
            "settling" => Ok(Self::Settling),
            "moved" => Ok(Self::Moved),
            other => Err(gitflare_db::Error::Shape(format!("role {other}"))),
        }
    }
}

/// The move that is under way, if one is.
pub async fn state(forge: &Forge) -> Result<Option<State>> {
    Ok(forge.site().first(&queries::GET, vec![]).await?)
}

/// Whether nothing may change.
pub(crate) async fn is_frozen(forge: &Forge) -> Result<bool> {
    let now = forge.now();
    let holds = |state: State| matches!(state.role, Role::Source | Role::Target) && state.until > now;
    Ok(state(forge).await?.is_some_and(holds))
}

/// What those are told who push while nothing may change.
pub(crate) async fn notice(forge: &Forge) -> Result<Option<String>> {
    let now = forge.now();
    Ok(match state(forge).await? {
        Some(state) if state.role == Role::Source && state.until > now => Some(state.notice),
        Some(state) if state.role == Role::Target && state.until > now => Some(frozen().message),
        _ => None,
    })
}

/// What a change is answered with while nothing may change.
pub(crate) fn frozen() -> Error {
    Error {
        retry_after: Some(60),
        ..Error::new(Kind::Unavailable, "The site is being moved: it can be read, but not changed")
    }
}

/// A change that is not worth failing for while nothing may change: when something was last used.
pub(crate) fn unless_frozen<T>(outcome: gitflare_db::Result<T>) -> Result<()> {
    match outcome {
        Ok(_) | Err(gitflare_db::Error::Frozen) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
