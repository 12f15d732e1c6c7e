//! Roles on repositories, and the areas and levels of token permissions.

use crate::{Error, Result};

/// Roles on a repository: GitHub's five, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Sees, clones, takes part.
    Read,
    /// Sorts issues and pull requests.
    Triage,
    /// Pushes.
    Write,
    /// Describes and switches features.
    Maintain,
    /// Everything, deletion included.
    Admin,
}

impl Role {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [Self::Read, Self::Triage, Self::Write, Self::Maintain, Self::Admin];

    /// Its name on the command line, in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    pub fn parse(name: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|role| role.name() == name);
        known
            .ok_or_else(|| Error::invalid("role", "A role is one of read, triage, write, maintain and admin"))
    }
}

/// What a token's permissions are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    /// That a repository exists, and what it is called.
    Metadata,
    /// Git data.
    Contents,
    /// Issues.
    Issues,
    /// Pull requests.
    Pulls,
    /// Commit statuses.
    Statuses,
    /// Webhooks.
    Hooks,
    /// A repository's settings and members.
    Administration,
    /// The owner's own account.
    Account,
    /// The whole site, for site administrators.
    Site,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Metadata,
        Self::Contents,
        Self::Issues,
        Self::Pulls,
        Self::Statuses,
        Self::Hooks,
        Self::Administration,
        Self::Account,
        Self::Site,
    ];

    /// Its name on the command line, in pages and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Contents => "contents",
            Self::Issues => "issues",
            Self::Pulls => "pulls",
            Self::Statuses => "statuses",
            Self::Hooks => "hooks",
            Self::Administration => "administration",
            Self::Account => "account",
            Self::Site => "site",
        }
    }
}

/// How far a token's permission goes in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// May look.
    Read,
    /// May change.
    Write,
}

impl Level {
    /// `read` or `write`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}
