//! The statements of accounts.

use super::{About, Account, Listed, Profile};

gitflare_db::statements! {
    /// Adds an account.
    pub(super) ADD: () = "INSERT INTO account (kind, name, email, password, administrator, created_at)
        VALUES ('user', ?1, ?2, ?3, ?4, ?5)";
    /// Adds an account if it is the first and knows the setup token.
    pub(super) ADD_FIRST: () = "INSERT INTO account (kind, name, email, password, administrator, created_at)
        SELECT 'user', ?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?5 AS INTEGER)
        WHERE NOT EXISTS (SELECT 1 FROM account)
          AND EXISTS (SELECT 1 FROM setting WHERE name = 'setup_token' AND value = ?6)";
    /// The name of the account just added: one that nobody has, or that was given up before ?3. Ids only grow, so the
    /// newest is the highest.
    pub(super) ADD_NAME: () = "INSERT INTO account_name (folded, account_id, current, since)
        VALUES (?1, (SELECT max(id) FROM account), 1, CAST(?2 AS INTEGER))
        ON CONFLICT (folded) DO UPDATE
          SET account_id = excluded.account_id, current = 1, since = excluded.since
          WHERE account_name.current = 0 AND account_name.since < CAST(?3 AS INTEGER)";
    /// The accounts after a name in lower case.
    pub(super) LIST: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE deleted_at IS NULL AND lower(name) > ?1 ORDER BY lower(name) LIMIT CAST(?2 AS INTEGER)";
    /// The account of a name.
    pub(super) BY_NAME: Account = "SELECT account.id, account.name, email, administrator, state, created_at
        FROM account_name JOIN account ON account.id = account_id WHERE folded = ?1 AND deleted_at IS NULL";
    /// The password hash of a name.
    pub(super) PASSWORD: (Option<String>,) = "SELECT password FROM account_name JOIN account ON account.id = account_id
        WHERE folded = ?1 AND current = 1";
    /// The account of an e-mail address; the index of addresses knows one at most.
    pub(super) BY_EMAIL: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE email IS NOT NULL AND lower(email) = lower(?1)";
    /// The accounts of e-mail addresses in lower case, a list in JSON.
    pub(super) BY_EMAILS: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE email IS NOT NULL AND lower(email) IN (SELECT value FROM json_each(?1))";
    /// The password hash of an e-mail address.
    pub(super) PASSWORD_BY_EMAIL: (Option<String>,) = "SELECT password FROM account
        WHERE email IS NOT NULL AND lower(email) = lower(?1)";
    /// Whether there is any account.
    pub(super) ANY: (bool,) = "SELECT EXISTS (SELECT 1 FROM account)";
    /// Another password.
    pub(crate) SET_PASSWORD: () = "UPDATE account SET password = ?2 WHERE id = ?1";
    /// The account a session belongs to, while it lasts.
    pub(crate) BY_SESSION: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM login_session WHERE hash = ?1 AND expires_at > ?2)";
    /// The account a token belongs to, while it lasts.
    pub(crate) BY_TOKEN: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM token WHERE hash = ?1 AND (expires_at IS NULL OR expires_at > ?2))";
    /// The account a token of this id belongs to.
    pub(crate) BY_TOKEN_ID: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM token WHERE id = ?1)";
    /// The account a reset link sets the password of, while it lasts.
    pub(crate) BY_RESET: Account = "SELECT id, name, email, administrator, state, created_at FROM account
        WHERE id = (SELECT account_id FROM password_reset WHERE hash = ?1 AND expires_at > ?2)";
    /// What the account of a name says about itself.
    pub(super) PROFILE: Profile = "SELECT full_name, bio FROM account_name JOIN account ON account.id = account_id
        WHERE folded = ?1 AND deleted_at IS NULL";
    /// All there is to say about the account of a name.
    pub(super) ABOUT: About = "SELECT account.id, account.name, email, administrator, account.created_at, full_name, bio,
          count(repository.id) FILTER (WHERE visibility = 'public') AS public_repositories,
          count(repository.id) FILTER (WHERE visibility = 'private') AS private_repositories,
          coalesce(sum(size), 0) AS size,
          (SELECT count(DISTINCT collaborator.account_id) FROM collaborator
            JOIN repository AS shared ON shared.id = collaborator.repository_id
            WHERE shared.owner_id = account.id AND shared.visibility = 'private') AS collaborators
        FROM account_name JOIN account ON account.id = account_id
          LEFT JOIN repository ON repository.owner_id = account.id AND repository.state = 'active'
        WHERE folded = ?1 AND deleted_at IS NULL GROUP BY account.id";
    /// Something else.
    pub(super) SET_PROFILE: () = "UPDATE account SET full_name = coalesce(?2, full_name), bio = coalesce(?3, bio) WHERE id = ?1";
    /// Another e-mail address.
    pub(super) SET_EMAIL: () = "UPDATE account SET email = ?2 WHERE id = ?1";
    /// The name of ?1 is one it had before, from ?2 on.
    pub(super) GIVE_UP_NAME: () = "UPDATE account_name SET current = 0, since = CAST(?2 AS INTEGER)
        WHERE account_id = ?1 AND current = 1";
    /// The name ?1 for the account ?2 from ?3 on: one that nobody has, its own of before, or given up before ?4.
    pub(super) TAKE_NAME: () = "INSERT INTO account_name (folded, account_id, current, since)
        VALUES (?1, CAST(?2 AS INTEGER), 1, CAST(?3 AS INTEGER))
        ON CONFLICT (folded) DO UPDATE
          SET account_id = excluded.account_id, current = 1, since = excluded.since
          WHERE account_name.current = 0
            AND (account_name.account_id = excluded.account_id OR account_name.since < CAST(?4 AS INTEGER))";
    /// Another name.
    pub(super) RENAME: () = "UPDATE account SET name = ?2 WHERE id = ?1";
    /// Nobody any more; what it wrote stays.
    pub(super) BECOME_GHOST: () = "UPDATE account SET name = 'ghost', full_name = '', bio = '', email = NULL,
        password = NULL, administrator = 0, state = 'suspended', deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL";
    /// How many others administer the site.
    pub(super) OTHER_ADMINISTRATORS: (i64,) = "SELECT count(*) FROM account
        WHERE administrator = 1 AND state = 'active' AND id <> ?1";
    /// Suspended or active.
    pub(super) SET_STATE: () = "UPDATE account SET state = ?2 WHERE id = ?1";
    /// Administrator or not.
    pub(super) SET_ADMINISTRATOR: () = "UPDATE account SET administrator = ?2 WHERE id = ?1";
    /// With ?1 in name or address: ?2 rows after the first ?3.
    pub(super) SEARCH: Listed = "SELECT id, name, email, administrator, state, created_at,
          (SELECT count(*) FROM repository WHERE owner_id = account.id AND repository.state = 'active') AS repositories
        FROM account WHERE deleted_at IS NULL
          AND (?1 = '' OR instr(lower(name), ?1) > 0 OR instr(lower(coalesce(email, '')), ?1) > 0)
        ORDER BY lower(name) LIMIT CAST(?2 AS INTEGER) OFFSET CAST(?3 AS INTEGER)";
}
