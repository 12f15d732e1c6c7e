//! The statements of accounts.

use super::Account;

gitflare_db::statements! {
    /// Adds an account.
    pub(super) ADD: () = "INSERT INTO account (kind, name, email, password, administrator, created_at)
        VALUES ('user', ?1, ?2, ?3, ?4, ?5)";
    /// Adds an account if it is the first and knows the setup token.
    pub(super) ADD_FIRST: () = "INSERT INTO account (kind, name, email, password, administrator, created_at)
        SELECT 'user', ?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?5 AS INTEGER)
        WHERE NOT EXISTS (SELECT 1 FROM account)
          AND EXISTS (SELECT 1 FROM setting WHERE name = 'setup_token' AND value = ?6)";
    /// The name of the account just added. Ids only grow, so the newest is the highest.
    pub(super) ADD_NAME: () = "INSERT INTO account_name (folded, account_id, current, since)
        VALUES (?1, (SELECT max(id) FROM account), 1, ?2)";
    /// All accounts.
    pub(super) LIST: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        ORDER BY lower(name)";
    /// The account of a name.
    pub(super) BY_NAME: Account = "SELECT account.id, account.name, email, administrator, state, created_at
        FROM account_name JOIN account ON account.id = account_id WHERE folded = ?1";
    /// The password hash of a name.
    pub(super) PASSWORD: (Option<String>,) = "SELECT password FROM account_name JOIN account ON account.id = account_id
        WHERE folded = ?1 AND current = 1";
    /// The account of an e-mail address; the index of addresses knows one at most.
    pub(super) BY_EMAIL: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE email IS NOT NULL AND lower(email) = lower(?1)";
    /// The password hash of an e-mail address.
    pub(super) PASSWORD_BY_EMAIL: (Option<String>,) = "SELECT password FROM account
        WHERE email IS NOT NULL AND lower(email) = lower(?1)";
    /// Whether there is any account.
    pub(super) ANY: (bool,) = "SELECT EXISTS (SELECT 1 FROM account)";
    /// Another password.
    pub(super) SET_PASSWORD: () = "UPDATE account SET password = ?2 WHERE id = ?1";
    /// The account a session belongs to, while it lasts.
    pub(crate) BY_SESSION: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM login_session WHERE hash = ?1 AND expires_at > ?2)";
    /// The account a token belongs to, while it lasts.
    pub(crate) BY_TOKEN: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM token WHERE hash = ?1 AND (expires_at IS NULL OR expires_at > ?2))";
    /// The account a token of this id belongs to.
    pub(crate) BY_TOKEN_ID: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM token WHERE id = ?1)";
}
