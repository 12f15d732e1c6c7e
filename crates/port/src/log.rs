//! Commits: lists of them, one of them, and how two of them stand to each other.

use serde::{Deserialize, Serialize};

/// A commit, as lists show it. Texts have replacement characters for what has no encoding we know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommitSummary {
    /// Hexadecimal id.
    pub oid: String,
    /// First paragraph of the message, on one line.
    pub subject: String,
    /// Whether the message goes on after it.
    pub has_body: bool,
    /// Author's name.
    pub author: String,
    /// Author's address.
    pub author_mail: String,
    /// When it was written, Unix seconds.
    pub authored: i64,
    /// Committer's name.
    pub committer: String,
    /// Committer's address.
    pub committer_mail: String,
    /// When it was committed, Unix seconds.
    pub time: i64,
    /// How many parents it has.
    pub parents: u32,
}

/// A person at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Address.
    pub mail: String,
    /// Unix seconds.
    pub time: i64,
    /// Minutes east of Greenwich.
    pub zone: i32,
}

/// A commit, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CommitDetail {
    /// Hexadecimal id.
    pub oid: String,
    /// Hexadecimal id of its root folder.
    pub tree: String,
    /// Who wrote it.
    pub author: Person,
    /// Who committed it.
    pub committer: Person,
    /// First paragraph of the message, on one line.
    pub subject: String,
    /// The whole message.
    pub message: String,
    /// Whether it carries a signature.
    pub signed: bool,
    /// Its parents, in order.
    pub parents: Vec<CommitSummary>,
}

/// Which commits are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogQuery {
    /// Branch, tag, object id, or an address that goes on with a path; HEAD when absent.
    pub revision: Option<String>,
    /// Leave out what this revision reaches: `base..revision`.
    #[serde(default)]
    pub base: Option<String>,
    /// Only commits that changed this path, percent-encoded; empty for all.
    #[serde(default)]
    pub path: String,
    /// Whether to go on under the old name where the file at `path` was renamed.
    #[serde(default)]
    pub follow: bool,
    /// Only commits whose author's `Name <mail>` holds one of these, in any case; empty for all.
    #[serde(default)]
    pub authors: Vec<String>,
    /// The same of committers.
    #[serde(default)]
    pub committers: Vec<String>,
    /// Only commits committed at this time or later, Unix seconds.
    #[serde(default)]
    pub since: Option<i64>,
    /// Only commits committed at this time or before, Unix seconds.
    #[serde(default)]
    pub until: Option<i64>,
    /// [`Log::next`] of the page before.
    #[serde(default)]
    pub after: Option<String>,
    /// How many of the commits found to leave out first, for who counts pages.
    #[serde(default)]
    pub skip: u32,
    /// Whether [`LogEntry::detail`] comes along.
    #[serde(default)]
    pub details: bool,
    /// Whether what messages say after their subject comes along.
    #[serde(default)]
    pub bodies: bool,
    /// How many at most; 1,000 is the most one answer holds.
    pub limit: u32,
}

/// A page of commits, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Log {
    /// The revision as resolved: short branch or tag name, or hexadecimal id (percent-encoded).
    pub revision: String,
    /// The path as resolved, percent-encoded.
    pub path: String,
    /// Hexadecimal id of the commit the list begins with; the same on all pages.
    pub tip: String,
    /// The commits.
    pub commits: Vec<LogEntry>,
    /// Where the next page begins, if there may be one.
    pub next: Option<String>,
    /// How many commits were found and left out, as [`LogQuery::skip`] asked.
    #[serde(default)]
    pub skipped: u32,
    /// Whether the page ends early because enough was searched for one answer: `next` searches on.
    pub searching: bool,
    /// Whether [`LogQuery::base`] is HEAD, and that names nothing yet: then nothing was left out.
    #[serde(default)]
    pub baseless: bool,
}

/// A commit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogEntry {
    /// The commit.
    pub commit: CommitSummary,
    /// What the followed file was called then, percent-encoded; empty when no path is followed.
    #[serde(default)]
    pub path: String,
    /// What it was called before this commit renamed it.
    #[serde(default)]
    pub renamed_from: Option<String>,
    /// What its message says after the subject, if asked for; cut at 4 KiB.
    #[serde(default)]
    pub body: String,
    /// All of it, if asked for; of its parents only the ids.
    #[serde(default)]
    pub detail: Option<CommitDetail>,
}

/// How two revisions stand to each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// Hexadecimal id of the base.
    pub base: String,
    /// Hexadecimal id of the head.
    pub head: String,
    /// Hexadecimal ids of their best common ancestors; the first is what a three-dot diff starts from.
    pub merge_bases: Vec<String>,
    /// Commits only the head reaches; `None` if counting them takes too long.
    pub ahead: Option<u32>,
    /// Commits only the base reaches.
    pub behind: Option<u32>,
}
