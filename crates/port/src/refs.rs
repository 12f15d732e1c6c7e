//! Branches and tags, in lists.

use serde::{Deserialize, Serialize};

use crate::log::{CommitSummary, Person};

/// Which refs are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RefQuery {
    /// Only names that hold this text, in any case.
    #[serde(default)]
    pub search: String,
    /// The order.
    #[serde(default)]
    pub order: RefOrder,
    /// [`Branches::next`] or [`Tags::next`] of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many at most; 50 is the most one answer holds with distances, 100 without.
    pub limit: u32,
}

/// Orders of refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefOrder {
    /// By name.
    #[default]
    Name,
    /// By name from the end: the newest version first, as versions are mostly named.
    NameDescending,
    /// Last committed first. Falls back to names where there are more than 10,000.
    Recent,
}

/// Where a ref shall go, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RefChange {
    /// Full name, percent-encoded.
    pub name: String,
    /// Hexadecimal id at which whoever asks has seen it; all zeros for a ref that is not there.
    pub old: String,
    /// Hexadecimal id it shall have; all zeros to delete it.
    pub new: String,
    /// Whether it may only move to a commit that reaches the one it is at.
    #[serde(default)]
    pub forward: bool,
}

/// A page of branches.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Branches {
    /// All branches there are, found or not.
    pub total: u64,
    /// The branch distances are counted from: HEAD's, percent-encoded short name.
    pub default: String,
    /// The branches.
    pub branches: Vec<Branch>,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
}

/// A branch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Branch {
    /// Short name, percent-encoded.
    pub name: String,
    /// The commit it names.
    pub commit: CommitSummary,
    /// Commits only it reaches, not the default branch; `None` if counting takes too long or there is none.
    pub ahead: Option<u32>,
    /// Commits only the default branch reaches.
    pub behind: Option<u32>,
}

/// A page of tags.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tags {
    /// All tags there are, found or not.
    pub total: u64,
    /// The tags.
    pub tags: Vec<Tag>,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tag {
    /// Short name, percent-encoded.
    pub name: String,
    /// Hexadecimal id of what the ref names: the tag object of an annotated tag.
    pub oid: String,
    /// Hexadecimal id of what is tagged in the end.
    pub target: String,
    /// `commit`, `tree` or `blob`.
    pub kind: String,
    /// The commit, if one is tagged.
    pub commit: Option<CommitSummary>,
    /// Who tagged, if it is an annotated tag that says so.
    pub tagger: Option<Person>,
    /// The message of an annotated tag, cut at 64 KiB.
    pub message: Option<String>,
    /// Whether it carries a signature.
    pub signed: bool,
}
