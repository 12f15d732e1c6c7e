//! Personal access tokens: areas × repositories × expiry. Shown once; only the SHA-256 is stored.
//!
//! `gitflare_pat_`, 30 random characters and 6 of their CRC-32: found by secret scanners, and a mistyped one is refused
//! without a look at the database.

use gitflare_db::Bound;

use crate::{
    Error, Result,
    access::{
        Access,
        act::{AdministerSite, ManageAccount, See, SeeAccount},
    },
    accounts::{self, Account, AccountState},
    actor::{Actor, By},
    audit,
    host::Forge,
    http::Client,
    ids::{RepositoryId, TokenId},
    limits, moving,
    names::{self, FullName},
    repositories::{Looked, Sought},
    secret,
};

mod allow;
pub(crate) mod pages;
pub mod queries;
mod text;

pub use allow::Allow;
pub use text::{PREFIX, is_well_formed, looks_like_one};

/// What a token allows, as an actor carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Which token.
    pub id: TokenId,
    /// Which areas, how far.
    pub allow: Allow,
    /// Which repositories; `None` is all of them.
    pub repositories: Option<Vec<RepositoryId>>,
}

impl Permissions {
    /// Whether it allows this much in this area.
    pub fn allows(&self, area: crate::access::Area, level: crate::access::Level) -> bool {
        self.allow.allows(area, level)
    }

    /// Whether it is for this repository.
    pub fn covers(&self, id: RepositoryId) -> bool {
        self.repositories.as_ref().is_none_or(|listed| listed.contains(&id))
    }
}

/// A token to be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// Which areas, how far.
    pub allow: Allow,
    /// Which repositories; `None` is all of them.
    pub repositories: Option<Vec<FullName>>,
    /// Seconds until it expires; `None` is never.
    pub lasts: Option<i64>,
}

/// A token just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: TokenId,
    /// The token itself, this once.
    pub token: String,
}

gitflare_db::row! {
    /// A token, as its owner sees it in the list.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Token {
        /// Its id.
        pub id: TokenId,
        /// What its owner calls it.
        pub name: String,
        /// Which areas, how far.
        pub permissions: Allow,
        /// Whether it is for all repositories.
        pub every_repository: bool,
        /// Otherwise how many it is for.
        pub repositories: i64,
        /// Unix seconds.
        pub created_at: i64,
        /// Unix seconds; `None` is never.
        pub expires_at: Option<i64>,
        /// Unix seconds, to the hour.
        pub used_at: Option<i64>,
        /// The address it was last used from.
        pub used_from: Option<String>,
    }
}

gitflare_db::row! {
    /// What a look-up by hash reads.
    #[derive(Debug, Clone)]
    pub(crate) struct Found {
        pub(crate) id: TokenId,
        pub(crate) permissions: Allow,
        pub(crate) every_repository: bool,
        pub(crate) used_at: Option<i64>,
    }
}

/// Makes a token for an account. A token cannot make one that allows more than itself.
pub async fn create(forge: &Forge, access: &Access<ManageAccount>, new: NewToken) -> Result<Created> {
    let name = names::line("name", &new.name, 100)?;
    if name.is_empty() {
        return Err(Error::invalid("name", "A token has a name, of 1 to 100 characters"));
    }
    let account = access.subject();
    if let Some(own) = access.actor().token()
        && (!own.allow.includes(&new.allow) || (own.repositories.is_some() && new.repositories.is_none()))
    {
        return Err(Error::forbidden("A token cannot make one that allows more than itself"));
    }
    if new.lasts.is_some_and(|seconds| seconds <= 0 || seconds > 100 * 366 * 86_400) {
        return Err(Error::invalid("expires", "The expiry has to be in the future"));
    }
    let repositories = match &new.repositories {
        None => None,
        Some(names) => Some(visible(forge, access.actor(), account, names).await?),
    };
    let token = text::generate(forge);
    let owner = queries::ADD.bind(vec![
        account.id.into(),
        secret::hash(&token).into(),
        name.clone().into(),
        new.allow.to_string().into(),
        repositories.is_none().into(),
        forge.now().into(),
        new.lasts.map(|seconds| forge.now() + seconds).into(),
    ]);
    let mut batch = vec![owner];
    for id in repositories.iter().flatten() {
        batch.push(queries::ADD_REPOSITORY.bind(vec![(*id).into()]));
    }
    batch.push(audit::entry(forge, access.actor(), "token.create", account.name.as_str(), &name));
    batch.push(queries::NEWEST.bind(vec![]));
    let answers = forge.site().batch(batch).await?;
    let newest = answers.last().map(|answer| answer.read(&queries::NEWEST)).transpose()?.unwrap_or_default();
    let (id,) = newest.into_iter().next().ok_or_else(|| Error::internal("a new token is missing"))?;
    Ok(Created { id, token })
}

/// The ids of repositories the account may see.
async fn visible(
    forge: &Forge,
    actor: &Actor,
    account: &Account,
    names: &[FullName],
) -> Result<Vec<RepositoryId>> {
    let owner = Actor::identified(account.clone(), By::CommandLine);
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        for asking in [&owner, actor] {
            let access = crate::access::repository::<See>(forge, asking, &name.owner, &name.name).await;
            let access = access.map_err(|error| match error.kind {
                crate::error::Kind::NotFound => {
                    Error::invalid("repository", format!("{} cannot see a repository {name}", account.name))
                }
                _ => error,
            })?;
            ids.push(access.repository().id);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The first token of the first account, for the batch that makes both: it may do everything.
pub(crate) fn first(forge: &Forge) -> (String, Bound) {
    let token = text::generate(forge);
    let statement = queries::ADD_FIRST.bind(vec![
        secret::hash(&token).into(),
        "setup".into(),
        Allow::Everything.to_string().into(),
        forge.now().into(),
    ]);
    (token, statement)
}

/// The tokens of an account, the newest first.
pub async fn list(forge: &Forge, access: &Access<SeeAccount>) -> Result<Vec<Token>> {
    Ok(forge.near().all(&queries::LIST, vec![access.subject().id.into()]).await?)
}

/// Makes a token void, at once.
pub async fn revoke(forge: &Forge, access: &Access<ManageAccount>, id: TokenId) -> Result<()> {
    let account = access.subject();
    let batch = vec![
        queries::REVOKE.bind(vec![id.into(), account.id.into()]).expect(1),
        audit::entry(forge, access.actor(), "token.revoke", account.name.as_str(), &id.to_string()),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => {
            Err(Error::new(crate::error::Kind::NotFound, "There is no such token"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Voids all tokens of an account, for the batch of a change.
pub(crate) fn forget(account: crate::ids::AccountId) -> Bound {
    queries::FORGET.bind(vec![account.into()])
}

/// Whose token this is, for revoking by id alone.
pub async fn owner(forge: &Forge, _access: &Access<AdministerSite>, id: TokenId) -> Result<Account> {
    let account = forge.site().first(&accounts::queries::BY_TOKEN_ID, vec![id.into()]).await?;
    account.ok_or_else(|| Error::new(crate::error::Kind::NotFound, "There is no such token"))
}

/// The actor a token stands for. Nothing is looked up for what cannot be a token.
pub async fn verify(forge: &Forge, token: &str, client: &Client) -> Result<Actor> {
    verify_for(forge, token, client, None).await.map(|(actor, _)| actor)
}

/// The same, and where that account stands towards the repository `sought`.
pub(crate) async fn verify_for(
    forge: &Forge,
    token: &str,
    client: &Client,
    sought: Option<&Sought>,
) -> Result<(Actor, Option<Looked>)> {
    let bad = || Error::unauthenticated("Bad credentials");
    if !is_well_formed(token) {
        return Err(bad());
    }
    let (hash, now) = (secret::hash(token), forge.now());
    let args = vec![hash.clone().into(), now.into()];
    let mut batch = vec![
        queries::BY_HASH.bind(args.clone()),
        queries::REPOSITORIES.bind(vec![hash.clone().into()]),
        accounts::queries::BY_TOKEN.bind(args),
    ];
    batch.extend(sought.map(|sought| sought.by_token(&hash, now)));
    let answers = forge.site().batch(batch).await?;
    let [found, repositories, account, rest @ ..] = answers.as_slice() else {
        return Err(Error::internal("three answers expected"));
    };
    let found = found.read(&queries::BY_HASH)?.into_iter().next();
    let account = account.read(&accounts::queries::BY_TOKEN)?.into_iter().next();
    let (Some(found), Some(account)) = (found, account) else {
        if let Some(subject) = limits::address_subject("token", client.address) {
            limits::attempt(forge, &subject, limits::TOKEN).await?;
        }
        return Err(bad());
    };
    if account.state == AccountState::Suspended {
        return Err(bad());
    }
    if found.used_at.is_none_or(|at| now - at >= 3600) {
        let from = client.address.map(|address| address.to_string());
        let used = forge.site().execute(&queries::USED, vec![hash.into(), now.into(), from.into()]).await;
        moving::unless_frozen(used)?;
    }
    let looked = sought.zip(rest.first()).map(|(sought, answer)| sought.read(answer)).transpose()?;
    let listed = repositories.read(&queries::REPOSITORIES)?.into_iter().map(|(id,)| id).collect();
    let permissions = Permissions {
        id: found.id,
        allow: found.permissions,
        repositories: (!found.every_repository).then_some(listed),
    };
    Ok((Actor::identified(account, By::Token(permissions)), looked))
}
