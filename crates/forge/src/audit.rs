//! The audit log: sign-in, tokens, roles, visibility, deletion. Entries are only ever added, in the batch of their change.

use gitflare_db::{Bound, Value};
use serde::{Deserialize, Serialize};

use crate::{
    Result,
    access::{Access, act::SeeSite},
    actor::Actor,
    host::Forge,
    ids::AccountId,
};

pub mod queries;

gitflare_db::row! {
    /// What happened.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Entry {
        /// When, in Unix seconds.
        pub at: i64,
        /// Who, by the name of that time.
        pub actor: String,
        /// What: `token.create`, `repository.delete`.
        pub action: String,
        /// To what: an account or repository name.
        pub subject: String,
        /// More, in words.
        pub detail: String,
    }
}

/// Whom an entry names. Plain data: a push may end elsewhere than it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The account, if it is one.
    account: Option<AccountId>,
    /// What it is called.
    name: String,
}

impl From<&Actor> for Author {
    fn from(actor: &Actor) -> Self {
        let name = match actor {
            Actor::Anonymous => "anonymous".to_owned(),
            Actor::LocalAdministrator => "local administrator".to_owned(),
            Actor::Account(identified) => identified.account.name.to_string(),
        };
        Self { account: actor.account().map(|account| account.id), name }
    }
}

gitflare_db::row! {
    /// What happened, in a page of the log.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Listed {
        /// Its place in the log.
        pub id: i64,
        /// When, in Unix seconds.
        pub at: i64,
        /// Who, by the name of that time.
        pub actor: String,
        /// What.
        pub action: String,
        /// To what.
        pub subject: String,
        /// More, in words.
        pub detail: String,
    }
}

/// An entry, to be put into the batch of the change it tells of.
pub fn entry(forge: &Forge, actor: &Actor, action: &'static str, subject: &str, detail: &str) -> Bound {
    entry_by(forge, &actor.into(), action, subject, detail)
}

/// The same, where only the author is known.
pub(crate) fn entry_by(
    forge: &Forge,
    author: &Author,
    action: &'static str,
    subject: &str,
    detail: &str,
) -> Bound {
    queries::ADD.bind(columns(forge, author, action, subject, detail))
}

/// A site administrator looked into a private repository without a role on it: said once an hour, because a visit is
/// many requests.
pub(crate) async fn by_office(forge: &Forge, actor: &Actor, subject: &str) -> Result<()> {
    let mut args = columns(forge, &actor.into(), "repository.by_office", subject, "");
    args.push((forge.now() - 3600).into());
    forge.site().execute(&queries::ADD_ONCE, args).await?;
    Ok(())
}

/// An event of a repository was given up, after a day of trying.
pub(crate) async fn left_out(forge: &Forge, subject: &str, cause: &str) -> Result<()> {
    let author = Author { account: None, name: "the site".to_owned() };
    let mut args = columns(forge, &author, "event.left_out", subject, cause);
    args.push(0_i64.into());
    forge.site().execute(&queries::ADD_ONCE, args).await?;
    Ok(())
}

fn columns(
    forge: &Forge,
    author: &Author,
    action: &'static str,
    subject: &str,
    detail: &str,
) -> Vec<Value<'static>> {
    vec![
        forge.now().into(),
        author.account.map(|account| account.0).into(),
        author.name.clone().into(),
        action.into(),
        subject.to_owned().into(),
        detail.to_owned().into(),
    ]
}

/// The newest entries, at most 1,000.
pub async fn list(forge: &Forge, _access: &Access<SeeSite>) -> Result<Vec<Entry>> {
    Ok(forge.near().all(&queries::NEWEST, vec![]).await?)
}

/// Entries that contain `words`, the newest first, older than the entry `before`.
pub async fn page(
    forge: &Forge,
    _access: &Access<SeeSite>,
    words: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Listed>> {
    let args = vec![
        words.trim().to_lowercase().into(),
        before.unwrap_or(i64::from(u32::MAX) << 20).into(),
        limit.into(),
    ];
    Ok(forge.site().all(&queries::PAGE, args).await?)
}
