//! A repository looked up together with who asks: name, visibility, role and credentials in one round trip to the one
//! place that is never behind.

use gitflare_db::{Bound, Value, site::Answer};

use super::{Standing, StandingRow, queries};
use crate::{
    Result,
    actor::Actor,
    ids::RepositoryId,
    names::{AccountName, FullName, RepositoryName},
};

/// A repository somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sought {
    /// By its names, folded.
    Named(String, String),
    /// By its permanent id, as the API may.
    Numbered(RepositoryId),
}

/// What there is, and the role of the account whose credentials were looked up with it.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    sought: Option<Sought>,
    row: Option<StandingRow>,
}

impl Sought {
    /// The repository of this name.
    pub(crate) fn new(owner: &AccountName, name: &RepositoryName) -> Self {
        Self::Named(owner.folded(), name.folded())
    }

    /// The repository a path is about, if it can be about one.
    pub(crate) fn in_path(path: &str) -> Option<Self> {
        let mut segments = path.split('/').skip(1);
        let owner = AccountName::parse(segments.next()?).ok()?;
        let name = RepositoryName::from_url(segments.next()?).ok()?;
        Some(Self::new(&owner, &name))
    }

    /// The look-up, for the batch that looks up a session.
    pub(crate) fn by_session(&self, hash: &str, now: i64) -> Bound {
        match self {
            Self::Named(..) => queries::STANDING_BY_SESSION.bind(self.values(hash, now)),
            Self::Numbered(_) => queries::STANDING_BY_ID_AND_SESSION.bind(self.values(hash, now)),
        }
    }

    /// The look-up, for the batch that looks up a token.
    pub(crate) fn by_token(&self, hash: &str, now: i64) -> Bound {
        match self {
            Self::Named(..) => queries::STANDING_BY_TOKEN.bind(self.values(hash, now)),
            Self::Numbered(_) => queries::STANDING_BY_ID_AND_TOKEN.bind(self.values(hash, now)),
        }
    }

    fn values(&self, hash: &str, now: i64) -> Vec<Value<'static>> {
        let mut values: Vec<Value<'static>> = match self {
            Self::Named(owner, name) => vec![owner.clone().into(), name.clone().into()],
            Self::Numbered(id) => vec![(*id).into()],
        };
        values.extend([hash.to_owned().into(), now.into()]);
        values
    }

    /// Reads the answer to either.
    pub(crate) fn read(&self, answer: &Answer) -> Result<Looked> {
        let row = answer.read(&queries::STANDING)?.into_iter().next();
        Ok(match self {
            Self::Named(..) => Looked { sought: Some(self.clone()), row },
            Self::Numbered(_) => Looked::of(row),
        })
    }
}

impl Looked {
    /// What was found by its id, as if it had been looked for by its name.
    pub(super) fn of(row: Option<StandingRow>) -> Self {
        Self { sought: row.as_ref().map(|row| Sought::new(&row.owner, &row.name)), row }
    }

    /// What the repository is called, which is nothing to tell before access is decided.
    pub(crate) fn full_name(&self) -> Option<FullName> {
        self.row.as_ref().map(|row| FullName { owner: row.owner.clone(), name: row.name.clone() })
    }

    /// Where the actor stands, if this is the repository that was looked up.
    pub(super) fn standing(&self, actor: &Actor, sought: &Sought) -> Option<Option<Standing>> {
        (self.sought.as_ref() == Some(sought)).then(|| self.row.clone().map(|row| row.standing(actor)))
    }
}
