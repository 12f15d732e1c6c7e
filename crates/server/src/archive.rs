//! The archive of a whole site: one logical format for every host, tables as rows and files as bytes in them.
//!
//! ```text
//! "gitflare-archive 1\n"
//! records: 1 byte of kind, 4 bytes of length (big-endian), the content
//!   D  a database begins: JSON {"kind": "site"} or {"kind": "repository", "id": 7}, and "migrations": [names…]
//!   T  a table begins: JSON {"name": …}
//!   R  a row of it: its values in the order of the columns that the migrations made
//!   E  the database ends: JSON {"rows": how many it had}
//!   Z  the archive ends: SHA-256 of every byte before this record
//! ```
//!
//! The values of a row are encoded as `gitflare_db::dump` says.
//!
//! The site comes first, then each repository, so a repository may be newer than the site, never older: the site
//! learns the rest when the repository delivers its events again.

pub(crate) mod read;
pub(crate) mod write;

use serde::{Deserialize, Serialize};

const MAGIC: &[u8] = b"gitflare-archive 1\n";

/// A record is at most a row of every host's limit, with its framing.
const MAX_RECORD: usize = 16 << 20;

const DATABASE: u8 = b'D';
const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const END_DATABASE: u8 = b'E';
const END: u8 = b'Z';

/// Whose database follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Owner {
    Site,
    Repository { id: i64 },
}

/// A database begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Database {
    #[serde(flatten)]
    pub(crate) owner: Owner,
    /// The migrations it has been through.
    pub(crate) migrations: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Table {
    name: String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct EndDatabase {
    rows: u64,
}
