//! `user …`: accounts.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{Gate, Operation, Page, number, page};
use crate::{
    Forge, Level, Result,
    access::{self, act},
    accounts::{self, Account, NewAccount},
    actor::Actor,
    names::AccountName,
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its permanent id.
    pub id: i64,
    /// Its name as typed.
    pub name: String,
    /// Its e-mail address.
    pub email: Option<String>,
    /// Whether it administers the site.
    pub administrator: bool,
    /// `active` or `suspended`.
    pub state: String,
    /// Unix seconds.
    pub created_at: i64,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.0,
            name: account.name.to_string(),
            email: account.email,
            administrator: account.administrator,
            state: account.state.name().into(),
            created_at: account.created_at,
        }
    }
}

/// Accounts by name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListUsers {
    /// Where the page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// How many at most.
    #[serde(default, deserialize_with = "number::perhaps", skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl Operation for ListUsers {
    type Reply = Page<User>;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::SeeSite>(actor)?;
        let limit = page::limit(self.limit)?;
        let after = page::after(self.cursor.as_deref())?.unwrap_or_default();
        let accounts = accounts::list(forge, &access, &after, limit + 1).await?;
        Ok(Page::new(accounts, limit, |account| account.name.folded(), User::from))
    }
}

/// Adds an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddUser {
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// Its password.
    pub password: String,
    /// Whether it may administer the site.
    #[serde(default)]
    pub administrator: bool,
}

impl Operation for AddUser {
    type Reply = User;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/users";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = access::site::<act::AdministerSite>(actor)?;
        let new = NewAccount {
            name: &self.name,
            email: self.email.as_deref(),
            password: &self.password,
            administrator: self.administrator,
        };
        accounts::add(forge, &access, new).await.map(User::from)
    }
}

/// Gives an account another password, which signs it out everywhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// Whose.
    pub user: String,
    /// The password.
    pub password: String,
}

impl Operation for SetPassword {
    type Reply = ();

    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/users/{user}/password";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let name = AccountName::parse(&self.user)?;
        let access = access::account::<act::ManageAccount>(forge, actor, &name).await?;
        accounts::set_password(forge, &access, &self.password).await
    }
}
