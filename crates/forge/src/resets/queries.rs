//! The statements of reset links.

gitflare_db::statements! {
    /// The link of the account ?1: its hash, and until when.
    pub(super) SET: () = "INSERT INTO password_reset (account_id, hash, expires_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at";
    /// Uses it up.
    pub(super) USE: () = "DELETE FROM password_reset WHERE hash = ?1 AND expires_at > ?2";
    /// Voids it.
    pub(super) FORGET: () = "DELETE FROM password_reset WHERE account_id = ?1";
}
