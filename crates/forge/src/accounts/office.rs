//! What administrators of the site do to accounts.

use super::{Account, AccountState, own, queries};
use crate::{
    Error, Result,
    access::{
        Access,
        act::{AdministerSite, SeeSite},
    },
    audit,
    error::Kind,
    host::Forge,
    ids::AccountId,
    names::AccountName,
    resets, sessions, tokens,
};

gitflare_db::row! {
    /// An account and what it has, as administrators see it in the list.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Listed {
        /// Its permanent id.
        pub id: AccountId,
        /// Its name.
        pub name: AccountName,
        /// Its e-mail address.
        pub email: Option<String>,
        /// Whether it administers the site.
        pub administrator: bool,
        /// Whether it may do anything.
        pub state: AccountState,
        /// Unix seconds.
        pub created_at: i64,
        /// How many repositories it owns.
        pub repositories: i64,
    }
}

/// Accounts whose name or address contains `words`, by name: `limit` of them after the first `skip`.
pub async fn search(
    forge: &Forge,
    _access: &Access<SeeSite>,
    words: &str,
    skip: i64,
    limit: i64,
) -> Result<Vec<Listed>> {
    let args = vec![words.trim().to_lowercase().into(), limit.into(), skip.into()];
    Ok(forge.site().all(&queries::SEARCH, args).await?)
}

/// The account of this name, for the site's administration.
async fn named(forge: &Forge, name: &AccountName) -> Result<Account> {
    let account = super::find(forge, name).await?;
    account.ok_or_else(|| Error::new(Kind::NotFound, format!("There is no account '{name}'")))
}

/// Suspends an account, or lets it in again. Its content stays; of its credentials, browsers are signed out and tokens
/// rest.
pub async fn set_suspended(
    forge: &Forge,
    access: &Access<AdministerSite>,
    name: &AccountName,
    suspended: bool,
) -> Result<()> {
    let account = named(forge, name).await?;
    if access.actor().account().is_some_and(|own| own.id == account.id) {
        return Err(Error::invalid("state", "You cannot suspend yourself"));
    }
    let (state, action) =
        if suspended { ("suspended", "account.suspend") } else { ("active", "account.restore") };
    let mut batch = vec![
        queries::SET_STATE.bind(vec![account.id.into(), state.into()]),
        audit::entry(forge, access.actor(), action, account.name.as_str(), ""),
    ];
    if suspended {
        batch.push(sessions::end_others(account.id, None));
        batch.push(resets::forget(account.id));
    }
    forge.site().batch(batch).await?;
    Ok(())
}

/// Makes an account an administrator of the site, or a plain one again.
pub async fn set_administrator(
    forge: &Forge,
    access: &Access<AdministerSite>,
    name: &AccountName,
    administrator: bool,
) -> Result<()> {
    let account = named(forge, name).await?;
    if !administrator && !own::others_administer(forge, &account).await? {
        return Err(Error::invalid("administrator", "This is the only administrator of the site"));
    }
    let action = if administrator { "account.administrator" } else { "account.plain" };
    let batch = vec![
        queries::SET_ADMINISTRATOR.bind(vec![account.id.into(), administrator.into()]),
        audit::entry(forge, access.actor(), action, account.name.as_str(), ""),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Signs an account out everywhere and voids its tokens and reset link.
pub async fn revoke_credentials(
    forge: &Forge,
    access: &Access<AdministerSite>,
    name: &AccountName,
) -> Result<()> {
    let account = named(forge, name).await?;
    let batch = vec![
        sessions::end_others(account.id, None),
        tokens::forget(account.id),
        resets::forget(account.id),
        audit::entry(forge, access.actor(), "account.revoke", account.name.as_str(), ""),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}
