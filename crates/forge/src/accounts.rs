//! Accounts: who owns names and repositories. Users today; organisations are to be accounts of another kind.

use gitflare_db::{Bound, FromColumn, ValueRef};

use crate::{
    Error, Result,
    access::{
        Access,
        act::{AdministerSite, ManageAccount, SeeSite},
    },
    actor::{Actor, By},
    audit,
    host::Forge,
    http::Client,
    ids::AccountId,
    invitations, limits,
    names::{self, AccountName},
    secret, sessions, site,
};

pub(crate) mod api;
mod office;
mod own;
pub(crate) mod pages;
pub mod queries;

pub use office::{Listed, revoke_credentials, search, set_administrator, set_suspended};
pub use own::{About, Profile, about, delete, profile, rename, set_email, set_profile};

gitflare_db::row! {
    /// An account.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Account {
        /// Its permanent id.
        pub id: AccountId,
        /// Its name as typed.
        pub name: AccountName,
        /// Its e-mail address. Its own and the administrators' business.
        pub email: Option<String>,
        /// Whether it administers the site.
        pub administrator: bool,
        /// Whether it may do anything.
        pub state: AccountState,
        /// Unix seconds.
        pub created_at: i64,
    }
}

/// Whether an account may do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It may.
    Active,
    /// It keeps its content, and every credential of it is void.
    Suspended,
}

impl AccountState {
    /// `active` or `suspended`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl FromColumn for AccountState {
    fn from_column(value: ValueRef<'_>) -> gitflare_db::Result<Self> {
        match String::from_column(value)?.as_str() {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            other => Err(gitflare_db::Error::Shape(format!("account state {other}"))),
        }
    }
}

/// An account to be.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// Name as typed.
    pub name: &'a str,
    /// E-mail address.
    pub email: Option<&'a str>,
    /// Password.
    pub password: &'a str,
    /// Whether it administers the site.
    pub administrator: bool,
}

/// A checked account to be, its password hashed: ready for a batch.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) name: AccountName,
    email: Option<String>,
    hash: String,
    administrator: bool,
}

/// Adds an account.
pub async fn add(forge: &Forge, access: &Access<AdministerSite>, new: NewAccount<'_>) -> Result<Account> {
    insert(forge, access.actor(), new, None).await
}

/// Makes an account for a visitor, if registration is open or the visitor has an invitation.
pub async fn register(
    forge: &Forge,
    new: NewAccount<'_>,
    invitation: Option<&str>,
    client: &Client,
) -> Result<Account> {
    let closed = || Error::forbidden("Registration is closed; ask an administrator for an account");
    let open = site::settings(forge).await?.registration == site::Registration::Open;
    let invitation = match invitation {
        Some(token) if invitations::is_open(forge, token).await? => Some(token),
        _ if open => None,
        _ => return Err(closed()),
    };
    // Here a success counts too: it is what is to be slowed down.
    if let Some(subject) = limits::address_subject("register", client.address) {
        limits::attempt(forge, &subject, limits::ADDRESS).await?;
    }
    insert(forge, &Actor::Anonymous, NewAccount { administrator: false, ..new }, invitation).await
}

async fn insert(
    forge: &Forge,
    actor: &Actor,
    new: NewAccount<'_>,
    invitation: Option<&str>,
) -> Result<Account> {
    let prepared = prepare(forge, new).await?;
    let mut batch: Vec<Bound> =
        invitation.map(|token| invitations::redeem(forge, token)).into_iter().collect();
    batch.push(queries::ADD.bind(prepared.columns(forge.now())));
    batch.extend(after_insert(forge, &prepared));
    batch.extend(invitation.map(|token| invitations::bring(forge, token)));
    batch.push(audit::entry(forge, actor, "account.create", prepared.name.as_str(), ""));
    forge.site().batch(batch).await.map_err(|error| refine(error, &prepared.name))?;
    find(forge, &prepared.name).await?.ok_or_else(|| Error::internal("a new account is missing"))
}

/// Checks the values and hashes the password.
pub(crate) async fn prepare(forge: &Forge, new: NewAccount<'_>) -> Result<Prepared> {
    let name = AccountName::parse(new.name)?;
    name.check_free()?;
    let email = new.email.map(check_email).transpose()?.flatten();
    let hash = secret::hash_password(forge, new.password).await?;
    Ok(Prepared { name, email, hash, administrator: new.administrator })
}

impl Prepared {
    fn columns(&self, now: i64) -> Vec<gitflare_db::Value<'static>> {
        vec![
            self.name.to_string().into(),
            self.email.clone().into(),
            self.hash.clone().into(),
            self.administrator.into(),
            now.into(),
        ]
    }

    /// Adds it only if there is no account yet and the setup token's hash is `setup`.
    pub(crate) fn first(&self, now: i64, setup: String) -> Bound {
        let mut columns = self.columns(now);
        columns.push(setup.into());
        queries::ADD_FIRST.bind(columns).expect(1)
    }
}

/// What follows the insertion of an account in the same batch.
pub(crate) fn after_insert(forge: &Forge, prepared: &Prepared) -> Vec<Bound> {
    let now = forge.now();
    let args = vec![prepared.name.folded().into(), now.into(), (now - own::NAME_RESTS).into()];
    vec![queries::ADD_NAME.bind(args).expect(1)]
}

/// Tells a taken name or address from other failures.
pub(crate) fn refine(error: gitflare_db::Error, name: &AccountName) -> Error {
    match &error {
        // The one thing that is expected of the statements: that the name can be had.
        gitflare_db::Error::Expectation => Error::taken("name", format!("The name '{name}' is taken")),
        gitflare_db::Error::Constraint(text) if text.contains("account_name") => {
            Error::taken("name", format!("The name '{name}' is taken"))
        }
        gitflare_db::Error::Constraint(text) if text.contains("account_email") || text.contains("email") => {
            Error::taken("email", "The e-mail address is in use")
        }
        _ => error.into(),
    }
}

fn check_email(text: &str) -> Result<Option<String>> {
    let text = names::line("email", text, 254)?;
    if text.is_empty() {
        return Ok(None);
    }
    let well_formed = text.split_once('@').is_some_and(|(user, domain)| {
        !user.is_empty() && !domain.is_empty() && !domain.contains('@') && !text.contains(char::is_whitespace)
    });
    if well_formed { Ok(Some(text)) } else { Err(Error::invalid("email", "This is not an e-mail address")) }
}

/// The accounts whose names come after `after`, by name, at most `limit`.
pub async fn list(forge: &Forge, _access: &Access<SeeSite>, after: &str, limit: u32) -> Result<Vec<Account>> {
    let args = vec![after.to_ascii_lowercase().into(), limit.into()];
    Ok(forge.site().all(&queries::LIST, args).await?)
}

/// The account of this name, or that had this name before.
pub async fn find(forge: &Forge, name: &AccountName) -> Result<Option<Account>> {
    Ok(forge.site().first(&queries::BY_NAME, vec![name.folded().into()]).await?)
}

/// The look-up of a name, for the batch of a list about whoever has it.
pub(crate) fn bind_name(name: &AccountName) -> Bound {
    queries::BY_NAME.bind(vec![name.folded().into()])
}

/// The answer to [`bind_name`].
pub(crate) fn read_name(answer: &gitflare_db::Answer) -> Result<Option<Account>> {
    Ok(answer.read(&queries::BY_NAME)?.into_iter().next())
}

/// The accounts that have these e-mail addresses, which are in lower case: for what is shown.
pub(crate) async fn by_mails(forge: &Forge, mails: &[String]) -> Result<Vec<Account>> {
    if mails.is_empty() {
        return Ok(Vec::new());
    }
    let list = serde_json::Value::from(mails).to_string();
    Ok(forge.near().all(&queries::BY_EMAILS, vec![list.into()]).await?)
}

/// Whether there is any account.
pub async fn any(forge: &Forge) -> Result<bool> {
    Ok(forge.site().first(&queries::ANY, vec![]).await?.is_some_and(|(any,)| any))
}

/// The same as part of a batch.
pub(crate) fn bind_any() -> Bound {
    queries::ANY.bind(vec![])
}

/// The answer to [`bind_any`].
pub(crate) fn read_any(answer: &gitflare_db::Answer) -> Result<bool> {
    Ok(answer.read(&queries::ANY)?.first().is_some_and(|(any,)| *any))
}

/// The account as an actor, on the word of the command line.
pub async fn on_word(forge: &Forge, name: &AccountName) -> Result<Actor> {
    let account = find(forge, name).await?;
    let account = account
        .ok_or_else(|| Error::new(crate::error::Kind::NotFound, format!("There is no account '{name}'")))?;
    Ok(Actor::identified(account, By::CommandLine))
}

/// Gives an account another password, and signs out every browser but the one that asked.
pub async fn set_password(forge: &Forge, access: &Access<ManageAccount>, password: &str) -> Result<()> {
    let account = access.subject();
    let hash = secret::hash_password(forge, password).await?;
    let batch = vec![
        queries::SET_PASSWORD.bind(vec![account.id.into(), hash.into()]),
        sessions::end_others(account.id, access.actor().session()),
        audit::entry(forge, access.actor(), "account.password", account.name.as_str(), ""),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// The account of this name or e-mail address, if the password is right. It takes the same time whether or not there is
/// such an account.
pub(crate) async fn check_password(forge: &Forge, login: &str, password: &str) -> Result<Option<Account>> {
    // No account's name has an @ in it, so nothing is both.
    let (by, password_by, key) = match AccountName::parse(login) {
        Ok(name) => (&queries::BY_NAME, &queries::PASSWORD, name.folded()),
        Err(_) => (&queries::BY_EMAIL, &queries::PASSWORD_BY_EMAIL, login.to_owned()),
    };
    let args = vec![key.into()];
    let found = forge.site().first(by, args.clone()).await?;
    let stored = forge.site().first(password_by, args).await?.and_then(|(hash,)| hash);
    let good = secret::verify_password(forge, password, stored).await?;
    Ok(found.filter(|account| good && account.state == AccountState::Active))
}
