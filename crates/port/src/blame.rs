//! Who wrote each line of a file.

use serde::{Deserialize, Serialize};

use crate::{Bytes, log::CommitSummary};

/// Which lines are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BlameQuery {
    /// As in [`crate::Command::ReadFile`].
    pub revision: Option<String>,
    /// Path of the file, percent-encoded.
    pub path: String,
    /// The first line, from 1; 0 for the beginning.
    #[serde(default)]
    pub first: u32,
    /// The last line; 0 for the end.
    #[serde(default)]
    pub last: u32,
    /// Whether the lines themselves come along.
    #[serde(default)]
    pub text: bool,
}

/// Lines with the commits they come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Blame {
    /// The revision as resolved: short branch or tag name, or hexadecimal id (percent-encoded).
    pub revision: String,
    /// The path as resolved, percent-encoded.
    pub path: String,
    /// Hexadecimal id of the commit blamed from.
    pub commit: String,
    /// How many lines the file has.
    pub total: u32,
    /// Runs of lines that came together, in order.
    pub runs: Vec<BlameRun>,
    /// The commits they came from, named by [`BlameRun::commit`].
    pub commits: Vec<CommitSummary>,
    /// The lines, without their ends, if asked for.
    pub lines: Vec<Bytes>,
    /// Whether the search is not over: lines of which nothing is known yet are in no run, and asking again searches on.
    pub pending: bool,
}

/// Lines that came from one commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BlameRun {
    /// The first line, from 1.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Which of [`Blame::commits`].
    pub commit: u32,
    /// The first line as numbered then.
    pub origin: u32,
    /// What the file was called then, percent-encoded.
    pub path: String,
    /// Where to look for what was there before: hexadecimal id of a commit and what the file was called in it.
    pub previous: Option<(String, String)>,
}
