//! `repo member …`: who has which role on a repository.

use http::Method;
use serde::{Deserialize, Serialize};

use super::{
    Gate, Operation,
    repositories::{find, name},
};
use crate::{Forge, Level, Result, Role, access::act, actor::Actor, collaborators, names::AccountName};

/// An account and its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account's name.
    pub user: String,
    /// `read`, `triage`, `write`, `maintain` or `admin`.
    pub role: String,
}

/// The members of a repository, by name. The owner is not among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListMembers {
    /// Whose repository.
    pub owner: String,
    /// What it is called.
    pub repository: String,
}

impl Operation for ListMembers {
    type Reply = Vec<Member>;

    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/repositories/{owner}/{repository}/members";
    const GATE: Gate = Gate::Office(Level::Read);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = find::<act::SeeSettings>(forge, actor, &name(&self.owner, &self.repository)?).await?;
        let members = collaborators::list(forge, &access).await?.into_iter();
        Ok(members
            .map(|member| Member { user: member.name.to_string(), role: member.role.name().into() })
            .collect())
    }
}

/// Adds a member, or changes a member's role.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetMember {
    /// Whose repository.
    pub owner: String,
    /// What it is called.
    pub repository: String,
    /// The member.
    pub user: String,
    /// `read`, `triage`, `write`, `maintain` or `admin`.
    pub role: String,
}

impl Operation for SetMember {
    type Reply = ();

    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/repositories/{owner}/{repository}/members/{user}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = find::<act::Manage>(forge, actor, &name(&self.owner, &self.repository)?).await?;
        let (user, role) = (AccountName::parse(&self.user)?, Role::parse(&self.role)?);
        collaborators::add(forge, &access, &user, role).await
    }
}

/// Removes a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {
    /// Whose repository.
    pub owner: String,
    /// What it is called.
    pub repository: String,
    /// The member.
    pub user: String,
}

impl Operation for RemoveMember {
    type Reply = ();

    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/repositories/{owner}/{repository}/members/{user}";
    const GATE: Gate = Gate::Office(Level::Write);

    async fn run(self, forge: &Forge, actor: &Actor) -> Result<Self::Reply> {
        let access = find::<act::Manage>(forge, actor, &name(&self.owner, &self.repository)?).await?;
        collaborators::remove(forge, &access, &AccountName::parse(&self.user)?).await
    }
}
