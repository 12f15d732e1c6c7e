//! Commands: everything the site asks of a repository besides transfers. A page costs one command.

use serde::{Deserialize, Serialize};

use crate::Caller;

/// What the site asks. Names and paths are percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// What the repository's page shows: refs, a folder, and the README of that folder.
    Browse {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag or object id; HEAD when absent.
        revision: Option<String>,
        /// Folder, empty for the root.
        path: String,
    },
    /// One file.
    ReadFile {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag or object id; HEAD when absent.
        revision: Option<String>,
        /// Path of the file.
        path: String,
        /// More than this many bytes are not sent.
        limit: u64,
    },
    /// Makes HEAD name another branch.
    SetHead {
        /// On whose behalf.
        caller: Caller,
        /// Full ref name of an existing branch, or of any branch while there is none.
        name: String,
    },
    /// Size and counts, for lists and administration.
    Stat,
    /// The events after `after`, oldest first, at most `limit`.
    Outbox {
        /// Sequence number of the last event already applied.
        after: i64,
        /// How many at most.
        limit: u32,
    },
}

/// The answer to a [`Command`].
#[allow(
    clippy::large_enum_variant,
    reason = "only where pointers are wide; one reply is made per page, and moved a few times at most"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// To [`Command::Browse`].
    Folder(Folder),
    /// To [`Command::ReadFile`].
    File(File),
    /// Done, nothing to say.
    Done,
    /// To [`Command::Stat`].
    Stat(Stat),
    /// To [`Command::Outbox`]: sequence numbers with events.
    Outbox(Vec<(i64, crate::Event)>),
}

/// A folder at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Full name of the ref HEAD names, percent-encoded.
    pub head: String,
    /// Whether the repository has no commit at all.
    pub empty: bool,
    /// The revision as resolved: short branch or tag name, or hexadecimal id (percent-encoded).
    pub revision: String,
    /// The commit shown.
    pub commit: Option<CommitSummary>,
    /// Short branch names, percent-encoded, sorted; cut at 1,000.
    pub branches: Vec<String>,
    /// Short tag names, percent-encoded, sorted; cut at 1,000.
    pub tags: Vec<String>,
    /// Entries: folders first, then files, by name; cut at 10,000.
    pub entries: Vec<Entry>,
    /// Whether `entries` was cut.
    pub truncated: bool,
    /// The README of this folder, if there is one of at most 1 MiB.
    pub readme: Option<File>,
}

/// A commit, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitSummary {
    /// Hexadecimal id.
    pub oid: String,
    /// First line of the message, with replacement characters for what is not UTF-8.
    pub subject: String,
    /// Author's name.
    pub author: String,
    /// Committer time, Unix seconds.
    pub time: i64,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Name, percent-encoded.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Hexadecimal id.
    pub oid: String,
    /// Bytes, of a file.
    pub size: Option<u64>,
}

/// The kinds of tree entry a reader can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A regular file that may be run.
    Executable,
    /// A symbolic link; its blob is the target.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Name, percent-encoded.
    pub name: String,
    /// Hexadecimal id of the blob.
    pub oid: String,
    /// Its size in bytes.
    pub size: u64,
    /// The content, unless it is larger than asked for.
    pub content: Option<Vec<u8>>,
}

/// What a repository weighs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stat {
    /// Objects in live packs.
    pub objects: u64,
    /// Live packs.
    pub packs: u64,
    /// Refs.
    pub refs: u64,
    /// Bytes in sealed files.
    pub bytes: u64,
    /// Full name of the ref HEAD names, percent-encoded.
    pub head: String,
    /// Whether HEAD names a ref that exists.
    pub born: bool,
}

/// A refused or failed command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error {
    /// What sort of failure.
    pub kind: ErrorKind,
    /// The sentence for the user; empty for internal errors, whose cause is in the log.
    pub message: String,
}

/// The few ways a command fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request makes no sense.
    Invalid,
    /// No such revision, path or object.
    NotFound,
    /// Somebody else was faster.
    Conflict,
    /// Over a limit.
    TooLarge,
    /// Busy: try again.
    Unavailable,
    /// Our fault.
    Internal,
}
