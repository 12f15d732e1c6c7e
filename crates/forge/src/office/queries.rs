//! The statement of the overview.

use super::Counts;

gitflare_db::statements! {
    /// How much there is at ?1.
    pub(super) COUNTS: Counts = "SELECT
        (SELECT count(*) FROM account WHERE deleted_at IS NULL) AS accounts,
        (SELECT count(*) FROM account WHERE deleted_at IS NULL AND state = 'suspended') AS suspended,
        (SELECT count(*) FROM repository WHERE state = 'active') AS repositories,
        (SELECT count(*) FROM repository WHERE state = 'active' AND visibility = 'private') AS private,
        (SELECT coalesce(sum(size), 0) FROM repository WHERE state = 'active') AS size,
        (SELECT count(*) FROM login_session WHERE expires_at > ?1) AS sessions,
        (SELECT count(*) FROM token WHERE expires_at IS NULL OR expires_at > ?1) AS tokens,
        (SELECT count(*) FROM repository WHERE state <> 'active') AS unfinished";
}
