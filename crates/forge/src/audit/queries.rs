//! The statements of the audit log.

use super::Entry;

gitflare_db::statements! {
    /// Adds an entry.
    pub(super) ADD: () = "INSERT INTO audit (at, actor_id, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    /// The newest entries.
    pub(super) NEWEST: Entry = "SELECT at, actor, action, subject, detail FROM audit ORDER BY id DESC LIMIT 1000";
}
