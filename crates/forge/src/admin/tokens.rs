//! `token …`: personal access tokens of any account.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{Gate, Operation, number};
use crate::{
    Error, Forge, Level, Result,
    access::{self, Area, act},
    actor::Actor,
    ids::TokenId,
    names::{AccountName, FullName},
    tokens::{self, Allow, NewToken},
};

/// A token, as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// What it may do: `AREA:LEVEL,…`, `-site` for everything but that area, `*` for everything.
    pub allow: String,
    /// How many repositories it is for; absent when for all.
    pub repositories: Option<i64>,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds; absent for never.
    pub expires_at: Option<i64>,
    /// Unix seconds, to the hour.
    pub used_at: Option<i64>,
    /// The address it was last used from.
    pub used_from: Option<String>,
}

impl From<tokens::Token> for Token {
    fn from(token: tokens::Token) -> Self {
        Self {
            id: token.id.0,
            name: token.name,
            allow: token.permissions.to_string(),
            repositories: (!token.every_repository).then_some(token.repositories),
            created_at: token.created_at,
            expires_at: token.expires_at,
            used_at: token.used_at,
            used_from: token.used_from,
        }
    }
}

/// An account's tokens, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTokens {
    /// Whose.
    pub user: String,
}

impl Operation for ListTokens {
    type Reply = Vec<Token>;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/users/{user}/tokens";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let name = AccountName::parse(&self.user)?;
        let access = access::account::<act::SeeAccount>(forge, actor, &name).await?;
        Ok(tokens::list(forge, &access).await?.into_iter().map(Token::from).collect())
    }
}

/// Makes a token.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// Whose.
    pub user: String,
    /// What to call it.
    pub name: String,
    /// `AREA:read` or `AREA:write` each; everything its owner may but `site` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow: Option<Vec<String>>,
    /// The only repositories it opens, as `OWNER/NAME`; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repositories: Option<Vec<String>>,
    /// Seconds until it expires; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts: Option<i64>,
}

/// A token just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMade {
    /// Its number.
    pub id: i64,
    /// The token itself, this once.
    pub token: String,
}

impl Operation for CreateToken {
    type Reply = TokenMade;

    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/users/{user}/tokens";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let allow = match &self.allow {
            Some(areas) => Allow::parse(&areas.join(","))?,
            None => Allow::EverythingButSite,
        };
        let names = self.repositories.iter().flatten().map(|name| FullName::parse(name));
        let names = names.collect::<Result<Vec<_>>>()?;
        let new = NewToken {
            name: self.name,
            allow,
            repositories: self.repositories.is_some().then_some(names),
            lasts: self.lasts,
        };
        let user = AccountName::parse(&self.user)?;
        let access = access::account::<act::ManageAccount>(forge, actor, &user).await?;
        if self.allow.is_some()
            && new.allow.allows(Area::Site, Level::Read)
            && !access.subject().administrator
        {
            return Err(Error::invalid("allow", format!("{user} does not administer the site")));
        }
        let made = tokens::create(forge, &access, new).await?;
        Ok(TokenMade { id: made.id.0, token: made.token })
    }
}

/// Makes a token void, at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeToken {
    /// Its number.
    #[serde(deserialize_with = "number::one")]
    pub id: i64,
}

impl Operation for RevokeToken {
    type Reply = ();

    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/tokens/{id}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let site = access::site::<act::AdministerSite>(actor)?;
        let id = TokenId(self.id);
        let owner = tokens::owner(forge, &site, id).await?;
        let access = access::grant::<act::ManageAccount>(actor, owner)?;
        tokens::revoke(forge, &access, id).await
    }
}
