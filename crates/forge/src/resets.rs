//! Reset links: an administrator makes one for an account, whoever has it sets that account's password, once.

use crate::{
    Error, Result,
    access::{Access, act::AdministerSite},
    accounts::{self, Account, AccountState},
    actor::{Actor, By},
    audit,
    error::Kind,
    host::Forge,
    http::Client,
    limits,
    names::AccountName,
    secret, sessions,
};

pub(crate) mod pages;
pub mod queries;

/// Seconds a link lasts.
pub const LASTS: i64 = 86_400;

/// Makes a link's token for an account; an older one of the same account is void.
pub async fn create(forge: &Forge, access: &Access<AdministerSite>, name: &AccountName) -> Result<String> {
    let account = accounts::find(forge, name).await?;
    let account =
        account.ok_or_else(|| Error::new(Kind::NotFound, format!("There is no account '{name}'")))?;
    let token = secret::random(forge);
    let batch = vec![
        queries::SET.bind(vec![account.id.into(), secret::hash(&token).into(), (forge.now() + LASTS).into()]),
        audit::entry(forge, access.actor(), "account.reset_link", account.name.as_str(), ""),
    ];
    forge.site().batch(batch).await?;
    Ok(token)
}

/// Where a token leads.
pub(crate) fn path(token: &str) -> String {
    format!("/login/reset?token={token}")
}

/// Whose password a token sets, while it lasts. Guessing is slowed down.
pub async fn open(forge: &Forge, token: &str, client: &Client) -> Result<Account> {
    let args = vec![secret::hash(token).into(), forge.now().into()];
    let account = forge.site().first(&accounts::queries::BY_RESET, args).await?;
    match account.filter(|account| account.state == AccountState::Active) {
        Some(account) => Ok(account),
        None => {
            if let Some(subject) = limits::address_subject("reset", client.address) {
                limits::attempt(forge, &subject, limits::ADDRESS).await?;
            }
            Err(Error::not_found())
        }
    }
}

/// Sets the password. The link is used up, and every browser is signed out.
pub async fn complete(forge: &Forge, token: &str, password: &str, client: &Client) -> Result<Account> {
    let account = open(forge, token, client).await?;
    let hash = secret::hash_password(forge, password).await?;
    let actor = Actor::identified(account.clone(), By::CommandLine);
    let batch = vec![
        // Of two who have the link one wins.
        queries::USE.bind(vec![secret::hash(token).into(), forge.now().into()]).expect(1),
        accounts::queries::SET_PASSWORD.bind(vec![account.id.into(), hash.into()]),
        sessions::end_others(account.id, None),
        audit::entry(forge, &actor, "account.reset", account.name.as_str(), &client.place()),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => Ok(account),
        Err(gitflare_db::Error::Expectation) => Err(Error::not_found()),
        Err(error) => Err(error.into()),
    }
}

/// Voids the link of an account, for the batch of a change.
pub(crate) fn forget(account: crate::ids::AccountId) -> gitflare_db::Bound {
    queries::FORGET.bind(vec![account.into()])
}
