//! Commands: everything the site asks of a repository besides transfers. A page costs one command.

use serde::{Deserialize, Serialize};

use crate::{
    Caller,
    blame::{Blame, BlameQuery},
    data::{Contents, ContentsQuery, Names, NamesQuery, TagObject, Tree},
    diff::{Diff, DiffQuery, FileLines},
    log::{CommitDetail, Comparison, Log, LogQuery},
    moving,
    refs::{Branches, RefChange, RefQuery, Tags},
};

pub use crate::log::CommitSummary;

/// What the site asks. Names and paths are percent-encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// What the repository's page shows: refs, a folder, and the README of that folder.
    Browse {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag, object id, or an address that goes on with a path; HEAD when absent.
        revision: Option<String>,
        /// Folder, empty for the root.
        path: String,
        /// [`Folder::next`] of the answer before.
        #[serde(default)]
        after: Option<String>,
    },
    /// One file.
    ReadFile {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag, object id, or an address that goes on with a path; HEAD when absent.
        revision: Option<String>,
        /// Path of the file; empty where the revision names a blob or the address holds all of it.
        path: String,
        /// More than this many bytes are not sent.
        limit: u64,
    },
    /// A page of commits.
    Log {
        /// On whose behalf.
        caller: Caller,
        /// Which.
        query: LogQuery,
    },
    /// One commit.
    Commit {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag or object id, whole or the beginning of one; HEAD when absent.
        revision: Option<String>,
    },
    /// How two revisions stand to each other.
    Compare {
        /// On whose behalf.
        caller: Caller,
        /// What is compared with; HEAD when absent.
        base: Option<String>,
        /// What is compared.
        head: String,
    },
    /// A part of a diff.
    Diff {
        /// On whose behalf.
        caller: Caller,
        /// Which.
        query: DiffQuery,
    },
    /// Some lines of a file, to show more around a change; at most 1,000.
    Lines {
        /// On whose behalf.
        caller: Caller,
        /// As in [`Command::ReadFile`].
        revision: Option<String>,
        /// Path of the file.
        path: String,
        /// The first line, from 1.
        first: u32,
        /// The last line.
        last: u32,
    },
    /// Who wrote each line of a file.
    Blame {
        /// On whose behalf.
        caller: Caller,
        /// Which lines.
        query: BlameQuery,
    },
    /// The paths of all files, for the file finder.
    Paths {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag or object id; HEAD when absent.
        revision: Option<String>,
        /// [`Paths::next`] of the answer before.
        after: Option<String>,
    },
    /// A page of branches.
    Branches {
        /// On whose behalf.
        caller: Caller,
        /// Which.
        query: RefQuery,
    },
    /// A page of tags.
    Tags {
        /// On whose behalf.
        caller: Caller,
        /// Which.
        query: RefQuery,
    },
    /// Refs as they are.
    Names {
        /// On whose behalf.
        caller: Caller,
        /// Which.
        query: NamesQuery,
    },
    /// What a tree holds.
    Tree {
        /// On whose behalf.
        caller: Caller,
        /// Branch, tag or object id, of the tree itself or of a commit; HEAD when absent.
        revision: Option<String>,
        /// Whether what is in its folders comes along.
        recursive: bool,
    },
    /// An annotated tag.
    TagObject {
        /// On whose behalf.
        caller: Caller,
        /// Hexadecimal id.
        oid: String,
    },
    /// What is at a path.
    Contents {
        /// On whose behalf.
        caller: Caller,
        /// Where.
        query: ContentsQuery,
    },
    /// Moves refs to objects that are there: all of them or none, and each only from where it was seen. What shall be
    /// deleted and is gone already is no failure.
    MoveRefs {
        /// On whose behalf.
        caller: Caller,
        /// What moves.
        changes: Vec<RefChange>,
        /// What the reflog says it was, in a word or two.
        note: String,
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
    /// A slice of everything, for a move or a backup. Pushes may go on meanwhile: all slices are of the moment of the
    /// first one.
    Export {
        /// What the slice before said; absent for the first.
        cursor: Option<String>,
        /// Bytes after which a slice is full, if less than usual.
        size: Option<u32>,
    },
    /// Checks a slice of what is stored: every hash, link, index and row, a few seconds' worth at a time.
    Verify {
        /// What the slice before said; absent for the first.
        cursor: Option<String>,
        /// Objects after which a slice is full, if fewer than usual.
        objects: Option<u32>,
    },
    /// A step of bringing everything in, into a repository just made.
    Import(moving::Import),
    /// From here on nothing moves a ref; whoever tries is told this.
    Freeze {
        /// One sentence for them.
        notice: String,
    },
    /// Refs may move again.
    Thaw,
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
    /// To the same, where there is a file.
    NoFolder,
    /// To [`Command::ReadFile`].
    File(File),
    /// To the same, where there is a folder.
    NoFile,
    /// To [`Command::Log`].
    Log(Log),
    /// To [`Command::Commit`].
    Commit(CommitDetail),
    /// To [`Command::Compare`].
    Comparison(Comparison),
    /// To [`Command::Diff`].
    Diff(Diff),
    /// To [`Command::Lines`].
    Lines(FileLines),
    /// To [`Command::Blame`].
    Blame(Blame),
    /// To [`Command::Paths`].
    Paths(Paths),
    /// To [`Command::Branches`].
    Branches(Branches),
    /// To [`Command::Tags`].
    Tags(Tags),
    /// To [`Command::Names`].
    Names(Names),
    /// To [`Command::Tree`].
    Tree(Tree),
    /// To [`Command::TagObject`].
    TagObject(TagObject),
    /// To [`Command::Contents`].
    Contents(Contents),
    /// To [`Command::MoveRefs`].
    Moved {
        /// What moved.
        updates: Vec<crate::RefUpdate>,
    },
    /// Done, nothing to say.
    Done,
    /// To [`Command::Stat`].
    Stat(Stat),
    /// To [`Command::Export`].
    Slice(moving::Slice),
    /// To [`Command::Verify`].
    Verified(Verified),
    /// To [`Command::Import`].
    Progress(moving::Progress),
    /// To [`Command::Outbox`]: sequence numbers with events.
    Outbox(Vec<(i64, crate::Event)>),
}

/// A folder at a revision.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Folder {
    /// Full name of the ref HEAD names, percent-encoded.
    pub head: String,
    /// Whether the repository has no commit at all.
    pub empty: bool,
    /// The revision as resolved: short branch or tag name, or hexadecimal id (percent-encoded).
    pub revision: String,
    /// The path as resolved, percent-encoded.
    pub path: String,
    /// Hexadecimal id of the folder's tree; empty while there is none.
    pub tree: String,
    /// The commit shown.
    pub commit: Option<CommitSummary>,
    /// How many commits it reaches, itself included; `None` if counting takes too long.
    pub commits: Option<u64>,
    /// How many branches there are.
    pub branch_count: u64,
    /// How many tags there are.
    pub tag_count: u64,
    /// Short branch names, percent-encoded, sorted; cut at 1,000.
    pub branches: Vec<String>,
    /// Short tag names, percent-encoded, sorted; cut at 1,000.
    pub tags: Vec<String>,
    /// Entries: folders first, then files, by name; at most 1,000.
    pub entries: Vec<Entry>,
    /// How many entries there are; counted up to 100,000.
    pub total: u32,
    /// Where the next answer begins, if there is more.
    pub next: Option<String>,
    /// The commits that last changed entries, named by [`Entry::last`].
    pub last: Vec<CommitSummary>,
    /// Whether some entries lack their last commit because the index of a large push is still being written.
    pub last_pending: bool,
    /// The README of this folder, if there is one of at most 1 MiB.
    pub readme: Option<File>,
}

/// Paths of files, in the order of trees.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Paths {
    /// Hexadecimal id of the root folder: the same id gives the same paths.
    pub tree: String,
    /// Hexadecimal id of the commit, if the revision is one.
    pub commit: String,
    /// The paths, percent-encoded, a line each. At most 512 KiB.
    pub paths: String,
    /// Where the next answer begins, if there is more.
    pub next: Option<String>,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// Name, percent-encoded.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Hexadecimal id.
    pub oid: String,
    /// Bytes, of a file.
    pub size: Option<u64>,
    /// Which of [`Folder::last`] last changed it.
    pub last: Option<u32>,
    /// Where a symbolic link leads, or the URL of a submodule, percent-encoded; if it can be told.
    pub target: Option<String>,
}

/// The kinds of tree entry a reader can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A regular file.
    #[default]
    File,
    /// A regular file that may be run.
    Executable,
    /// A symbolic link; its blob is the target.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct File {
    /// Name, percent-encoded.
    pub name: String,
    /// Hexadecimal id of the blob.
    pub oid: String,
    /// Its size in bytes.
    pub size: u64,
    /// The content, unless it is larger than asked for.
    pub content: Option<Vec<u8>>,
    /// What it is.
    pub kind: EntryKind,
    /// The revision as resolved, as in [`Folder::revision`].
    pub revision: String,
    /// Its path as resolved, percent-encoded.
    pub path: String,
    /// Hexadecimal id of the commit shown; empty if the revision is none.
    pub commit: String,
    /// The commit that last changed it.
    pub last: Option<CommitSummary>,
    /// Whether `last` is missing because the index of a large push is still being written.
    pub last_pending: bool,
    /// What it stands for, if it is a pointer of Git LFS.
    pub lfs: Option<LfsPointer>,
}

/// A pointer of Git LFS: what is in the repository instead of a large file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LfsPointer {
    /// Hexadecimal SHA-256 of the file.
    pub oid: String,
    /// Its size in bytes.
    pub size: u64,
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

/// What a slice of a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// What is wrong, a sentence each.
    pub findings: Vec<String>,
    /// How many objects of how many are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
    /// What to ask for next; absent when this was the last slice.
    pub next: Option<String>,
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
    /// The same, of a repository nothing was pushed to.
    Empty,
    /// Somebody else was faster.
    Conflict,
    /// Over a limit.
    TooLarge,
    /// Busy: try again.
    Unavailable,
    /// Our fault.
    Internal,
}
