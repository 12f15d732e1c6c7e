//! The statements of the audit log.

use super::{Entry, Listed};

gitflare_db::statements! {
    /// Adds an entry.
    pub(super) ADD: () = "INSERT INTO audit (at, actor_id, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    /// Adds an entry, unless there is the same since ?7.
    pub(super) ADD_ONCE: () = "INSERT INTO audit (at, actor_id, actor, action, subject, detail)
        SELECT CAST(?1 AS INTEGER), CAST(?2 AS INTEGER), ?3, ?4, ?5, ?6
        WHERE NOT EXISTS (SELECT 1 FROM audit WHERE actor_id IS CAST(?2 AS INTEGER) AND at > ?7 AND action = ?4 AND subject = ?5)";
    /// The newest entries.
    pub(super) NEWEST: Entry = "SELECT at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT 1000";
    /// Those with ?1 in them before ?2, at most ?3.
    pub(super) PAGE: Listed = "SELECT id, at, actor, action, subject, detail FROM audit
        WHERE id < CAST(?2 AS INTEGER) AND (?1 = '' OR instr(lower(actor), ?1) > 0 OR instr(action, ?1) > 0
          OR instr(lower(subject), ?1) > 0 OR instr(lower(detail), ?1) > 0)
        ORDER BY id DESC LIMIT CAST(?3 AS INTEGER)";
}
