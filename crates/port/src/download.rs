//! What is read as bytes instead of an answer: raw files, archives, patches. It comes in pieces, like a transfer.

use serde::{Deserialize, Serialize};

use crate::{Caller, diff::DiffRange};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    /// On whose behalf.
    pub caller: Caller,
    /// What.
    pub what: Wanted,
    /// Whether all of it is wanted, or only what can be known beforehand.
    #[serde(default)]
    pub body: Body,
}

/// What is to follow the head.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "body", content = "known", rename_all = "snake_case")]
pub enum Body {
    /// The bytes.
    #[default]
    Wanted,
    /// The bytes, unless their [`DownloadHead::oid`] is one of these: the asker has them.
    Unless(Vec<String>),
    /// Nothing.
    Unwanted,
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "span", rename_all = "snake_case")]
pub enum Span {
    /// All of it.
    #[default]
    Whole,
    /// What begins at a byte.
    From {
        /// The first byte wanted.
        from: u64,
        /// How many at most; all that follow when absent.
        count: Option<u64>,
    },
    /// Its end.
    Last {
        /// How many bytes.
        count: u64,
    },
}

/// Kinds of download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Wanted {
    /// The content of a file.
    Raw {
        /// As in [`crate::Command::ReadFile`].
        revision: Option<String>,
        /// As in [`crate::Command::ReadFile`].
        path: String,
        /// Which part.
        #[serde(default)]
        span: Span,
        /// Hexadecimal id of the blob the part is of: of another one all is sent.
        #[serde(default)]
        part_of: Option<String>,
    },
    /// All files of a revision.
    Archive {
        /// Branch, tag or object id; HEAD when absent.
        revision: Option<String>,
        /// How it is packed.
        format: ArchiveFormat,
        /// The folder everything stands in, without a slash at its end; percent-encoded. Empty for none.
        prefix: String,
    },
    /// What differs, as text.
    Patch {
        /// What is compared.
        range: DiffRange,
        /// In which form.
        format: PatchFormat,
    },
}

/// Kinds of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveFormat {
    /// `.tar`
    Tar,
    /// `.tar.gz`
    TarGz,
    /// `.zip`
    Zip,
}

/// Forms of patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatchFormat {
    /// The bare difference, for `git apply`.
    Diff,
    /// A mail for each commit, for `git am`.
    Mail,
}

/// What is known before the first byte.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DownloadHead {
    /// Hexadecimal id of what is read: of the blob, or of the commit or tree; of a comparison both, with a dot between them.
    /// The same id gives the same file, the same members of an archive, the same difference.
    pub oid: String,
    /// The whole size in bytes, of a file.
    pub size: Option<u64>,
    /// The first byte that follows.
    pub from: u64,
    /// How many bytes follow, of a file.
    pub count: Option<u64>,
    /// The first bytes of a file, at most 8,000: what it is can be told from them. None of one that has to be made first.
    pub start: Vec<u8>,
    /// Name of the file, percent-encoded.
    pub name: String,
    /// Hexadecimal id of the commit it was read from, if the revision is one.
    pub commit: String,
    /// When that was committed, Unix seconds.
    pub time: i64,
}
