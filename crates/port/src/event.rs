//! What a repository tells the site, at least once and in order, after something became visible in it.

use serde::{Deserialize, Serialize};

/// One moved ref.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefUpdate {
    /// Full ref name, percent-encoded.
    pub name: String,
    /// Hexadecimal id before; all zeros for a new ref.
    pub old: String,
    /// Hexadecimal id after; all zeros for a deleted one.
    pub new: String,
    /// Whether commits were lost from it.
    pub forced: bool,
}

/// An outbox row on its way to the site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A push, or a change made on the server, moved refs.
    Pushed {
        /// Account id of who did it; 0 is the local administrator.
        actor: i64,
        /// Unix seconds.
        at: i64,
        /// What moved.
        updates: Vec<RefUpdate>,
        /// Push options, in order.
        options: Vec<String>,
        /// Bytes stored by the repository afterwards.
        size: u64,
        /// The ref HEAD names afterwards, percent-encoded.
        head: String,
    },
}
