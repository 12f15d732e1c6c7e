//! The statements of login sessions.

use super::Listed;

gitflare_db::statements! {
    /// Starts one.
    pub(super) ADD: () = "INSERT INTO login_session (hash, account_id, created_at, used_at, expires_at, address, agent)
        VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6)";
    /// When it was made and last used, while it lasts.
    pub(super) TIMES: (i64, i64) = "SELECT created_at, used_at FROM login_session WHERE hash = ?1 AND expires_at > ?2";
    /// Makes it last longer.
    pub(super) PROLONG: () = "UPDATE login_session SET used_at = ?2, expires_at = ?3 WHERE hash = ?1";
    /// Ends it.
    pub(super) END: () = "DELETE FROM login_session WHERE hash = ?1";
    /// Ends it if it belongs to the account ?2.
    pub(super) REVOKE: () = "DELETE FROM login_session WHERE hash = ?1 AND account_id = ?2";
    /// Ends all of an account but ?2.
    pub(super) END_OTHERS: () = "DELETE FROM login_session WHERE account_id = ?1 AND hash <> ?2";
    /// Removes what has expired.
    pub(super) FORGET_EXPIRED: () = "DELETE FROM login_session WHERE expires_at <= ?1";
    /// Those of an account.
    pub(super) LIST: Listed = "SELECT hash, created_at, used_at, address, agent FROM login_session
        WHERE account_id = ?1 AND expires_at > ?2 ORDER BY used_at DESC";
}
