//! The statements of invitation links.

use super::Invitation;

gitflare_db::statements! {
    /// Adds one.
    pub(super) ADD: () = "INSERT INTO invitation
        (hash, note, made_by, created_at, expires_at, uses, used, repository_id, role)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8)";
    /// Those that can be used at ?1.
    pub(super) LIST: Invitation = "SELECT id, note, made_by, created_at, expires_at, uses, used, repository_id, role
        FROM invitation WHERE expires_at > ?1 AND used < uses ORDER BY id DESC LIMIT 200";
    /// Whether ?1 can be used at ?2.
    pub(super) OPEN: (i64,) = "SELECT id FROM invitation WHERE hash = ?1 AND expires_at > ?2 AND used < uses";
    /// Uses it once.
    pub(super) REDEEM: () = "UPDATE invitation SET used = used + 1
        WHERE hash = ?1 AND expires_at > ?2 AND used < uses";
    /// Removes one.
    pub(super) REVOKE: () = "DELETE FROM invitation WHERE id = ?1";
}
