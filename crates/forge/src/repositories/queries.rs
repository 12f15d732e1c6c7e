//! The statements of repositories.

use super::{Every, StandingRow, Unfinished};
use crate::{
    ids::RepositoryId,
    names::{AccountName, RepositoryName},
};

/// The columns of a standing towards `repository`, owned by `owner`, for the account ?N.
macro_rules! standing {
    ($current:literal, $account:literal, $($rest:expr),+) => {
        concat!(
            "SELECT repository.id, repository.owner_id, owner.name AS owner, repository.name, visibility,
              repository.state, archived, description, website, topics, default_branch, size, stars, pushed_at, repository.created_at,
              (SELECT role FROM collaborator WHERE repository_id = repository.id AND account_id = ", $account, ") AS role, ",
            $current, " AS current, (SELECT since FROM star WHERE repository_id = repository.id AND account_id = ", $account,
            ") AS starred_at ", $($rest),+
        )
    };
}

/// What is wanted of a list: what the account ?1 may see, or everything if ?2, with ?4 in it, of the kind ?5, and of the topic ?9.
/// A token for the repositories ?10, a list in JSON, finds of private ones only these: what it is not for, it could find out by its words.
macro_rules! wanted {
    () => {
        "repository.state = 'active'
              AND (visibility = 'public' OR repository.owner_id = ?1 OR CAST(?2 AS INTEGER) = 1
                OR EXISTS (SELECT 1 FROM collaborator WHERE repository_id = repository.id AND account_id = ?1))
              AND (?4 = '' OR instr(lower(owner.name || '/' || repository.name), ?4) > 0
                OR instr(lower(description), ?4) > 0 OR instr(topics, ?4) > 0)
              AND (?5 = 'all' OR (?5 = 'archived' AND archived = 1) OR visibility = ?5)
              AND (?9 = '' OR instr(' ' || topics || ' ', ' ' || ?9 || ' ') > 0)
              AND (visibility = 'public' OR ?10 = 'null' OR repository.id IN (SELECT value FROM json_each(?10)))"
    };
}

/// A page of a list: for the account ?1, of everything if ?2, of the account whose folded name is ?3, with ?4 in it, of the kind ?5, in the
/// order ?6, ?7 rows after the first ?8, of the topic ?9.
macro_rules! search {
    ($from:literal, $where:literal) => {
        search!($from, $where, "")
    };
    ($from:literal, $where:literal, $order:literal) => {
        standing!(
            "1",
            "?1",
            "FROM ",
            $from,
            " JOIN account AS owner ON owner.id = repository.owner_id
            WHERE ",
            $where,
            " AND ",
            wanted!(),
            "
            ORDER BY CASE ?6 WHEN 'name' THEN lower(repository.name)
                WHEN 'full name up' THEN lower(owner.name || '/' || repository.name) END,
              CASE ?6 WHEN 'full name' THEN lower(owner.name || '/' || repository.name) END DESC,
              CASE ?6 WHEN 'stars' THEN -stars WHEN 'stars up' THEN stars
                WHEN 'created' THEN -repository.created_at WHEN 'created up' THEN repository.created_at
                WHEN 'pushed up' THEN coalesce(pushed_at, repository.created_at)",
            $order,
            " END,
              coalesce(pushed_at, repository.created_at) DESC, repository.id DESC
            LIMIT CAST(?7 AS INTEGER) OFFSET CAST(?8 AS INTEGER)"
        )
    };
}

gitflare_db::statements! {
    /// By folded names ?1 and ?2, for the account ?3. A name given up leads to where it went.
    pub(super) STANDING: StandingRow = standing!("(account_name.current AND repository_name.current)", "?3",
        "FROM account_name
          JOIN repository_name ON repository_name.owner_id = account_name.account_id AND repository_name.folded = ?2
          JOIN repository ON repository.id = repository_name.repository_id
          JOIN account AS owner ON owner.id = repository.owner_id
        WHERE account_name.folded = ?1");
    /// The same for the account of the session ?3, while it lasts.
    pub(super) STANDING_BY_SESSION: StandingRow = standing!("(account_name.current AND repository_name.current)",
        "(SELECT account_id FROM login_session WHERE hash = ?3 AND expires_at > ?4)",
        "FROM account_name
          JOIN repository_name ON repository_name.owner_id = account_name.account_id AND repository_name.folded = ?2
          JOIN repository ON repository.id = repository_name.repository_id
          JOIN account AS owner ON owner.id = repository.owner_id
        WHERE account_name.folded = ?1");
    /// The same for the account of the token ?3, while it lasts.
    pub(super) STANDING_BY_TOKEN: StandingRow = standing!("(account_name.current AND repository_name.current)",
        "(SELECT account_id FROM token WHERE hash = ?3 AND (expires_at IS NULL OR expires_at > ?4))",
        "FROM account_name
          JOIN repository_name ON repository_name.owner_id = account_name.account_id AND repository_name.folded = ?2
          JOIN repository ON repository.id = repository_name.repository_id
          JOIN account AS owner ON owner.id = repository.owner_id
        WHERE account_name.folded = ?1");
    /// By the id ?1, for the account ?2.
    pub(super) STANDING_BY_ID: StandingRow = standing!("1", "?2",
        "FROM repository JOIN account AS owner ON owner.id = repository.owner_id WHERE repository.id = ?1");
    /// The same for the account of the session ?2, while it lasts.
    pub(super) STANDING_BY_ID_AND_SESSION: StandingRow = standing!("1",
        "(SELECT account_id FROM login_session WHERE hash = ?2 AND expires_at > ?3)",
        "FROM repository JOIN account AS owner ON owner.id = repository.owner_id WHERE repository.id = ?1");
    /// The same for the account of the token ?2, while it lasts.
    pub(super) STANDING_BY_ID_AND_TOKEN: StandingRow = standing!("1",
        "(SELECT account_id FROM token WHERE hash = ?2 AND (expires_at IS NULL OR expires_at > ?3))",
        "FROM repository JOIN account AS owner ON owner.id = repository.owner_id WHERE repository.id = ?1");
    /// All the account ?1 may see, or all if ?2.
    pub(super) LIST: StandingRow = standing!("1", "?1",
        "FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository.state = 'active'
          AND (visibility = 'public' OR repository.owner_id = ?1 OR CAST(?2 AS INTEGER) = 1
            OR EXISTS (SELECT 1 FROM collaborator WHERE repository_id = repository.id AND account_id = ?1))
        ORDER BY coalesce(pushed_at, repository.created_at) DESC, repository.id DESC LIMIT 1000");
    /// All that come after the time ?1 and the id ?2.
    pub(super) PAGE: StandingRow = standing!("1", "0",
        "FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository.state = 'active'
          AND (coalesce(pushed_at, repository.created_at) < CAST(?1 AS INTEGER)
            OR (coalesce(pushed_at, repository.created_at) = CAST(?1 AS INTEGER) AND repository.id < ?2))
        ORDER BY coalesce(pushed_at, repository.created_at) DESC, repository.id DESC LIMIT CAST(?3 AS INTEGER)");
    /// All that are there or are being made, after the id ?1.
    pub(super) EVERY: Every = "SELECT repository.id, owner.name AS owner, repository.name, size
        FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository.state <> 'deleting' AND repository.id > ?1 ORDER BY repository.id LIMIT CAST(?2 AS INTEGER)";
    /// The last event that was applied.
    pub(crate) LAST_APPLIED: (Option<i64>,) = "SELECT max(seq) FROM applied_event WHERE repository_id = ?1";
    /// The name of every repository that can be used.
    pub NAMES: (RepositoryId, AccountName, RepositoryName) = "SELECT repository.id, owner.name AS owner, repository.name
        FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository.state = 'active' ORDER BY repository.id";
    /// The same, of the owner ?3.
    pub(super) OF_OWNER: StandingRow = standing!("1", "?1",
        "FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository.owner_id = ?3 AND repository.state = 'active'
          AND (visibility = 'public' OR repository.owner_id = ?1 OR CAST(?2 AS INTEGER) = 1
            OR EXISTS (SELECT 1 FROM collaborator WHERE repository_id = repository.id AND account_id = ?1))
        ORDER BY coalesce(pushed_at, repository.created_at) DESC, repository.id DESC LIMIT 1000");
    /// Of everybody.
    pub(super) SEARCH: StandingRow = search!("repository", "?3 IS NOT NULL");
    /// Of one owner.
    pub(super) SEARCH_OWNER: StandingRow = search!("repository", "repository.owner_id = (SELECT account_id FROM account_name WHERE folded = ?3)");
    /// How many there are: of the account whose folded name is ?3, or of everybody.
    pub(super) COUNT: (i64,) = concat!("SELECT count(*) FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE (?3 = '' OR repository.owner_id = (SELECT account_id FROM account_name WHERE folded = ?3))
          AND ?6 IS NOT NULL AND ?7 IS NOT NULL AND ?8 IS NOT NULL AND ", wanted!());
    /// Those somebody starred.
    pub(super) SEARCH_STARRED: StandingRow =
        search!("star JOIN repository ON repository.id = star.repository_id", "star.account_id = (SELECT account_id FROM account_name WHERE folded = ?3)",
            " WHEN 'starred' THEN -star.since WHEN 'starred up' THEN star.since");
    /// Those somebody has a role on without owning them.
    pub(super) SEARCH_SHARED: StandingRow = search!(
        "collaborator JOIN repository ON repository.id = collaborator.repository_id",
        "collaborator.account_id = (SELECT account_id FROM account_name WHERE folded = ?3)"
    );
    /// Those the account ?1 owns or has a role on.
    pub(super) SEARCH_OWN: StandingRow = search!("repository", "?3 IS NOT NULL AND (repository.owner_id = ?1
        OR EXISTS (SELECT 1 FROM collaborator WHERE repository_id = repository.id AND account_id = ?1))");
    /// Another owner, if it is still the one it was.
    pub(super) SET_OWNER: () = "UPDATE repository SET owner_id = ?2 WHERE id = ?1 AND owner_id = ?3";
    /// All of an owner are to go.
    pub(super) MARK_DELETING_OF: () = "UPDATE repository SET state = 'deleting' WHERE owner_id = ?1";
    /// Their names are free, and those the owner's other repositories had.
    pub(super) FREE_NAMES_OF: () = "DELETE FROM repository_name WHERE owner_id = ?1
        OR repository_id IN (SELECT id FROM repository WHERE owner_id = ?1)";
    /// Those of an owner that are to go.
    pub(super) DELETING_OF: (RepositoryId,) = "SELECT id FROM repository WHERE owner_id = ?1 AND state = 'deleting'";
    /// How many stars one has.
    pub(super) COUNT_STARS: () = "UPDATE repository
        SET stars = (SELECT count(*) FROM star WHERE repository_id = repository.id) WHERE id = ?1";
    /// One star less for all the account ?1 starred.
    pub(super) UNCOUNT_STARS: () = "UPDATE repository SET stars = stars - 1
        WHERE id IN (SELECT repository_id FROM star WHERE account_id = ?1)";
    /// What is neither made nor gone, with owner and name, for administrators.
    pub(super) UNFINISHED: Unfinished = "SELECT repository.id, owner.name AS owner, repository.name, repository.state,
        repository.created_at FROM repository JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository.state <> 'active' ORDER BY repository.id LIMIT 200";
    /// Begins one.
    pub(super) ADD: () = "INSERT INTO repository (owner_id, name, visibility, state, description, created_at)
        VALUES (?1, ?2, ?3, 'creating', ?4, ?5)";
    /// The name of the one just begun in the same batch. It may be one that a rename gave up.
    pub(super) ADD_NAME: () = "INSERT INTO repository_name (owner_id, folded, repository_id, current, since)
        VALUES (?1, ?2, (SELECT max(id) FROM repository), 1, ?3)
        ON CONFLICT (owner_id, folded) DO UPDATE
          SET repository_id = excluded.repository_id, current = 1, since = excluded.since
          WHERE repository_name.current = 0";
    /// The id of the one just begun in the same batch.
    pub(super) NEWEST: (RepositoryId,) = "SELECT max(id) FROM repository";
    /// It is made.
    pub(super) ACTIVATE: () = "UPDATE repository SET state = 'active' WHERE id = ?1 AND state = 'creating'";
    /// It is to go.
    pub(super) MARK_DELETING: () = "UPDATE repository SET state = 'deleting' WHERE id = ?1 AND state <> 'deleting'";
    /// What was begun is to go.
    pub(super) MARK_DISCARDED: () = "UPDATE repository SET state = 'deleting' WHERE id = ?1 AND state = 'creating'";
    /// Its names are free.
    pub(super) FREE_NAMES: () = "DELETE FROM repository_name WHERE repository_id = ?1
        AND (SELECT state FROM repository WHERE id = ?1) = 'deleting'";
    /// It is gone.
    pub(super) REMOVE: () = "DELETE FROM repository WHERE id = ?1 AND state = 'deleting'";
    /// Its events are forgotten.
    pub(super) FORGET_EVENTS: () = "DELETE FROM applied_event WHERE repository_id = ?1";
    /// What is neither made nor gone, begun before ?1.
    pub(super) PENDING: (RepositoryId, String) = "SELECT id, state FROM repository
        WHERE state <> 'active' AND created_at <= ?1";
    /// The state of one.
    pub(super) STATE: (String,) = "SELECT state FROM repository WHERE id = ?1";
    /// The current name becomes one it had before.
    pub(super) GIVE_UP_NAME: () = "UPDATE repository_name SET current = 0 WHERE repository_id = ?1 AND current = 1";
    /// A name that is free, given up, or its own.
    pub(super) TAKE_NAME: () = "INSERT INTO repository_name (owner_id, folded, repository_id, current, since)
        VALUES (?1, ?2, ?3, 1, ?4)
        ON CONFLICT (owner_id, folded) DO UPDATE
          SET repository_id = excluded.repository_id, current = 1, since = excluded.since
          WHERE repository_name.current = 0";
    /// Another name.
    pub(super) RENAME: () = "UPDATE repository SET name = ?2 WHERE id = ?1";
    /// Other words about it, where they are given.
    pub(super) DESCRIBE: () = "UPDATE repository SET description = coalesce(?2, description),
        website = coalesce(?3, website), topics = coalesce(?4, topics) WHERE id = ?1";
    /// Another visibility.
    pub(super) SET_VISIBILITY: () = "UPDATE repository SET visibility = ?2 WHERE id = ?1";
    /// Archived or not.
    pub(super) SET_ARCHIVED: () = "UPDATE repository SET archived = ?2 WHERE id = ?1";
    /// Another default branch.
    pub(super) SET_DEFAULT_BRANCH: () = "UPDATE repository SET default_branch = ?2 WHERE id = ?1";
    /// Remembers that an event was applied.
    pub(crate) APPLY: () = "INSERT INTO applied_event (repository_id, seq, at) VALUES (?1, ?2, ?3)";
    /// A push happened.
    /// Its time tells one push from the next, so no two have the same.
    pub(crate) PUSHED: () = "UPDATE repository SET size = ?2, default_branch = ?4,
        pushed_at = max(CAST(?3 AS INTEGER), coalesce(pushed_at, 0) + 1) WHERE id = ?1";
    /// Forgets events applied before ?1.
    pub(crate) FORGET_APPLIED: () = "DELETE FROM applied_event WHERE at < ?1 AND repository_id = ?2";
}
