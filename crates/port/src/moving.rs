//! A repository on its way from one host to another, or into an archive: in slices of rows, each a few megabytes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Rows, as `gitflare_db::dump` encodes them. They cross as base64: they are no text, and numbers would be four times as
/// long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows(pub Vec<u8>);

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Self).map_err(D::Error::custom)
    }
}

/// A slice of everything that makes a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Its rows.
    pub rows: Rows,
    /// What to ask for next; absent when this is the last slice.
    pub next: Option<String>,
    /// What the slices are going to make, with the first one.
    pub summary: Option<Summary>,
}

/// What a repository comes to, so that two hosts can compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The migrations its database has been through.
    pub migrations: Vec<String>,
    /// Full name of the ref HEAD names, percent-encoded.
    pub head: String,
    /// Refs.
    pub refs: u64,
    /// Hexadecimal SHA-256 over all refs, their names and ids.
    pub refs_digest: String,
    /// Commits.
    pub commits: u64,
    /// Objects in live packs.
    pub objects: u64,
    /// Live packs.
    pub packs: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Movements of refs that are recorded.
    pub movements: u64,
    /// Number of the last event for the site; 0 when there is none.
    pub last_event: i64,
}

/// A step of bringing a repository in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Import {
    /// Begins one, in a repository just made.
    Begin,
    /// How far it is.
    State,
    /// The slice that was asked for with `from`, and what is asked for after it.
    Rows {
        /// The cursor it was read with; absent for the first.
        from: Option<String>,
        /// The cursor of the next; absent for the last.
        next: Option<String>,
        /// The rows.
        rows: Rows,
    },
    /// Everything is there, and should come to this.
    Finish {
        /// What the first slice announced.
        summary: Summary,
    },
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "progress", rename_all = "snake_case")]
pub enum Progress {
    /// The slice that is read with this cursor is missing.
    Missing {
        /// The cursor; absent for the first slice.
        next: Option<String>,
    },
    /// Every slice is there.
    Complete,
    /// There is none under way: this is what the repository comes to.
    Finished(Summary),
}
