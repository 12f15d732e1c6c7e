//! The statements of the audit log.

use super::Entry;

gitflare_db::statements! {
    /// Adds an entry.
    pub(super) ADD: () = "INSERT INTO audit (at, actor_id, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    /// Adds an entry, unless there is the same since ?7.
    pub(super) ADD_ONCE: () = "INSERT INTO audit (at, actor_id, actor, action, subject, detail)
        SELECT CAST(?1 AS INTEGER), CAST(?2 AS INTEGER), ?3, ?4, ?5, ?6
        WHERE NOT EXISTS (SELECT 1 FROM audit WHERE actor_id = ?2 AND at > ?7 AND action = ?4 AND subject = ?5)";
    /// The newest entries.
    pub(super) NEWEST: Entry = "SELECT at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT 1000";
}
