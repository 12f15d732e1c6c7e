//! What differs between two revisions: files first, then their lines in pieces of a bounded size.

use serde::{Deserialize, Serialize};

use crate::{
    Bytes,
    log::{CommitDetail, Comparison, Log},
};

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiffRange {
    /// A commit with one of its parents; one without parents with nothing.
    Commit {
        /// Branch, tag or object id; HEAD when absent.
        revision: Option<String>,
        /// Which parent, from 1.
        parent: u32,
    },
    /// Two revisions as they are: `base..head`.
    Between {
        /// Branch, tag, commit or tree; HEAD when absent.
        base: Option<String>,
        /// The same.
        head: String,
    },
    /// What the head changed since it parted from the base: `base...head`.
    Since {
        /// Branch, tag or object id; HEAD when absent.
        base: Option<String>,
        /// The same.
        head: String,
    },
}

/// Which part of a diff is asked for, and how it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffQuery {
    /// What is compared.
    pub range: DiffRange,
    /// Whether white space does not count.
    #[serde(default)]
    pub ignore_space: bool,
    /// Whether a new file may be a copy of another one that changed.
    #[serde(default)]
    pub copies: bool,
    /// Lines around changes.
    pub context: u32,
    /// Whether the list of files is part of the answer.
    pub list: bool,
    /// Only the lines of the file at this path, old or new; percent-encoded.
    #[serde(default)]
    pub path: Option<String>,
    /// [`Diff::next`] of the answer before; 0 to begin with.
    #[serde(default)]
    pub from: u32,
    /// Lines wanted in this answer: it ends with the file that reaches them. 0 for none.
    pub lines: u32,
    /// Whether what lies between the changes of small files comes along, for colouring.
    #[serde(default)]
    pub texts: bool,
    /// Without [`DiffQuery::path`], files that show more lines than this come without them; 0 for all.
    #[serde(default)]
    pub fold: u32,
    /// Whether what is compared comes along: the commit, or how the two stand to each other.
    #[serde(default)]
    pub about: bool,
    /// With [`DiffQuery::about`]: these commits that only the head reaches, counted from the oldest and listed so, in all
    /// detail, and the [`Diff::ends`].
    #[serde(default)]
    pub commits: Option<Part>,
}

impl DiffQuery {
    /// Everything that differs, with three lines around each change, and at most about so many lines in the answer.
    pub fn new(range: DiffRange, lines: u32) -> Self {
        Self {
            range,
            ignore_space: false,
            copies: false,
            context: 3,
            list: true,
            path: None,
            from: 0,
            lines,
            texts: false,
            fold: 0,
            about: false,
            commits: None,
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// How many to leave out first.
    pub from: u32,
    /// How many at most; 250 is the most one answer holds.
    pub count: u32,
}

/// A part of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Diff {
    /// Hexadecimal id of the commit (or tree) compared with; empty for nothing.
    pub base: String,
    /// Hexadecimal id of the commit (or tree) compared.
    pub head: String,
    /// How many files changed; of more than 3,000 those.
    pub total: u32,
    /// Whether there are more.
    pub truncated: bool,
    /// Whether not all renames were looked for, because there was too much to compare.
    pub renames_limited: bool,
    /// Lines that came and went in all files, once all are counted: ask for the list again to have more counted.
    pub counts: Option<Counts>,
    /// The files, if the list was asked for; in the order of their paths.
    pub files: Vec<FileChange>,
    /// Lines of some files.
    pub bodies: Vec<FileBody>,
    /// Where the next answer begins, if there are more.
    pub next: Option<u32>,
    /// The commit a [`DiffRange::Commit`] is about, if asked for.
    #[serde(default)]
    pub commit: Option<CommitDetail>,
    /// How two commits stand to each other, if asked for. Without a merge base nothing was compared `Since`.
    #[serde(default)]
    pub comparison: Option<Comparison>,
    /// The first 250 commits only the head reaches, if asked for.
    #[serde(default)]
    pub commits: Option<Log>,
    /// The base and the first merge base, if [`DiffQuery::commits`] asked; of their parents only the ids.
    #[serde(default)]
    pub ends: Option<(CommitDetail, CommitDetail)>,
}

/// Lines that came and went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Came.
    pub added: u64,
    /// Went.
    pub deleted: u64,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// New.
    Added,
    /// Gone.
    Deleted,
    /// Its content or mode changed.
    #[default]
    Modified,
    /// It moved here.
    Renamed,
    /// It was copied from a file that is still there.
    Copied,
    /// A file became a link, a submodule, or the other way round.
    Retyped,
}

/// A changed file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileChange {
    /// What became of it.
    pub status: FileStatus,
    /// Its path, percent-encoded; where it was, if it is gone.
    pub path: String,
    /// Where it came from, if it moved or was copied.
    pub old_path: Option<String>,
    /// Its mode before: 0 if it was not there; `0o160000` is a submodule, `0o120000` a symbolic link.
    pub old_mode: u32,
    /// Its mode after.
    pub new_mode: u32,
    /// Hexadecimal id of what it held: of a blob, or of a submodule's commit; empty if it was not there.
    pub old_oid: String,
    /// Hexadecimal id of what it holds.
    pub new_oid: String,
    /// How much of it is the same, in percent, if it moved or was copied.
    pub similarity: Option<u32>,
    /// Lines that came and went, once they are counted; of files that are text.
    pub counts: Option<Counts>,
    /// Whether it is not text; said once it was counted.
    pub binary: bool,
}

/// The lines of a changed file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileBody {
    /// Which file of the whole list, from 0.
    pub file: u32,
    /// The file.
    pub change: FileChange,
    /// Why there are no lines, if there are none.
    pub omitted: Option<Omitted>,
    /// The changes with what stands around them.
    pub hunks: Vec<DiffHunk>,
    /// Lines the file had and has.
    pub old_lines: u32,
    /// Lines the file has.
    pub new_lines: u32,
    /// The text after, up to its last hunk, if asked for and small: what lies between hunks is the same on both sides.
    #[serde(default)]
    pub lead: Option<Bytes>,
}

/// Why no lines of a file are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Omitted {
    /// Nothing but its name or mode changed, or only white space while that does not count.
    Unchanged,
    /// It is not text.
    Binary {
        /// Bytes before.
        old: u64,
        /// Bytes after.
        new: u64,
    },
    /// It shows more lines than were asked for of a file among others.
    Folded {
        /// How many.
        lines: u32,
    },
    /// It, or its changes, are too large to be shown.
    TooLarge {
        /// Bytes before.
        old: u64,
        /// Bytes after.
        new: u64,
    },
}

/// Changes near each other.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DiffHunk {
    /// The first line in the old text, from 1.
    pub old_start: u32,
    /// Lines of the old text.
    pub old_count: u32,
    /// The first line in the new text.
    pub new_start: u32,
    /// Lines of the new text.
    pub new_count: u32,
    /// The line above that begins like a name, if there is one.
    pub heading: Bytes,
    /// The lines.
    pub lines: Vec<DiffLine>,
}

/// A line of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DiffLine {
    /// Its number in the old text, from 1; 0 if it came.
    pub old: u32,
    /// Its number in the new text; 0 if it went.
    pub new: u32,
    /// The line without its end.
    pub text: Bytes,
    /// Whether the text ends without a line end here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// Ranges of bytes that changed within the line, where another line became this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(u32, u32)>,
}

/// Lines of a file, to show more around a change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileLines {
    /// The first line, from 1.
    pub first: u32,
    /// The lines, without their ends.
    pub lines: Vec<Bytes>,
    /// How many the file has.
    pub total: u32,
}
