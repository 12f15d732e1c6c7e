//! Git's own things as the API shows them: refs, trees, annotated tags, and what is at a path.

use serde::{Deserialize, Serialize};

use crate::{Bytes, command::Entry, log::Person, refs::RefOrder};

/// Which refs are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NamesQuery {
    /// What their full names begin with, percent-encoded.
    pub prefix: String,
    /// Whether that is a whole name.
    #[serde(default)]
    pub exact: bool,
    /// The order: [`RefOrder::Recent`] is that of names.
    #[serde(default)]
    pub order: RefOrder,
    /// How many to leave out first.
    #[serde(default)]
    pub skip: u32,
    /// How many at most; 1,000 is the most one answer holds.
    pub limit: u32,
}

/// Refs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Names {
    /// The refs.
    pub refs: Vec<Name>,
    /// Whether there are more.
    pub more: bool,
    /// Whether the repository has no ref at all.
    pub empty: bool,
}

/// A ref.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Name {
    /// Full name, percent-encoded.
    pub name: String,
    /// Hexadecimal id of what it names.
    pub oid: String,
    /// `commit`, `tree`, `blob` or `tag`.
    pub kind: String,
    /// Hexadecimal id of what an annotated tag tags in the end; otherwise as [`Name::oid`].
    pub target: String,
}

/// What a tree holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tree {
    /// Hexadecimal id.
    pub oid: String,
    /// Its entries, in git's order; each folder before what is in it.
    pub entries: Vec<TreeEntry>,
    /// Whether some are left out: 20,000 are the most one answer holds.
    pub truncated: bool,
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TreeEntry {
    /// Its path from the tree asked for, percent-encoded.
    pub path: String,
    /// Its mode: `0o40000` is a folder, `0o160000` a submodule.
    pub mode: u32,
    /// Hexadecimal id.
    pub oid: String,
    /// Bytes, of a blob.
    pub size: Option<u64>,
}

/// An annotated tag.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TagObject {
    /// Hexadecimal id.
    pub oid: String,
    /// The name it says it has, with replacement characters for what is not UTF-8.
    pub name: String,
    /// Hexadecimal id of what it tags.
    pub target: String,
    /// `commit`, `tree`, `blob` or `tag`.
    pub kind: String,
    /// Who tagged.
    pub tagger: Option<Person>,
    /// The message, cut at 64 KiB.
    pub message: String,
    /// Whether it carries a signature.
    pub signed: bool,
}

/// Where in a repository to look.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContentsQuery {
    /// Branch, tag or object id; HEAD when absent.
    pub revision: Option<String>,
    /// The path, percent-encoded; empty for the root.
    pub path: String,
    /// Whether the README of the folder there is asked for.
    #[serde(default)]
    pub readme: bool,
    /// More than this many bytes of a file are not sent.
    pub limit: u64,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contents {
    /// The revision as resolved: short branch or tag name, or hexadecimal id (percent-encoded).
    pub revision: String,
    /// The path, percent-encoded: of the README, if that was asked for.
    pub path: String,
    /// Hexadecimal id.
    pub oid: String,
    /// What it is; nothing if nothing is there.
    pub item: Option<Item>,
}

/// Kinds of thing at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// A file, or the file a symbolic link leads to.
    File {
        /// Bytes.
        size: u64,
        /// The content, unless it is larger than asked for.
        content: Option<Bytes>,
    },
    /// A folder.
    Folder {
        /// Its entries, without their last commits; folders first. At most 1,000.
        entries: Vec<Entry>,
    },
    /// A symbolic link that leads to no file.
    Symlink {
        /// Where it leads, percent-encoded.
        target: String,
        /// Bytes of that.
        size: u64,
    },
    /// A commit of another repository.
    Submodule {
        /// The URL `.gitmodules` tells, percent-encoded.
        url: Option<String>,
    },
}
