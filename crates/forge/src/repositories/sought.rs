//! A repository looked up together with who asks: name, visibility, role and credentials in one round trip to the one
//! place that is never behind.

use gitflare_db::{Bound, Value, site::Answer};

use super::{Standing, StandingRow, queries};
use crate::{
    Result,
    actor::Actor,
    names::{AccountName, RepositoryName},
};

/// A repository somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sought {
    owner: String,
    name: String,
}

/// What there is under the name, and the role of the account whose credentials were looked up with it.
#[derive(Debug, Clone)]
pub(crate) struct Looked {
    sought: Sought,
    row: Option<StandingRow>,
}

impl Sought {
    /// The repository of this name.
    pub(crate) fn new(owner: &AccountName, name: &RepositoryName) -> Self {
        Self { owner: owner.folded(), name: name.folded() }
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
        queries::STANDING_BY_SESSION.bind(self.values(hash, now))
    }

    /// The look-up, for the batch that looks up a token.
    pub(crate) fn by_token(&self, hash: &str, now: i64) -> Bound {
        queries::STANDING_BY_TOKEN.bind(self.values(hash, now))
    }

    fn values(&self, hash: &str, now: i64) -> Vec<Value<'static>> {
        vec![self.owner.clone().into(), self.name.clone().into(), hash.to_owned().into(), now.into()]
    }

    /// Reads the answer to either.
    pub(crate) fn read(&self, answer: &Answer) -> Result<Looked> {
        let row = answer.read(&queries::STANDING)?.into_iter().next();
        Ok(Looked { sought: self.clone(), row })
    }
}

impl Looked {
    /// Where the actor stands, if this is the repository that was looked up.
    pub(super) fn standing(&self, actor: &Actor, sought: &Sought) -> Option<Option<Standing>> {
        (self.sought == *sought).then(|| self.row.clone().map(|row| row.standing(actor)))
    }
}
