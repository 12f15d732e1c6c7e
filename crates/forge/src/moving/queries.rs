//! The statements of a move.

use super::State;
use crate::ids::RepositoryId;

gitflare_db::statements! {
    /// The move that is under way.
    pub(super) GET: State = "SELECT role, lease, until, notice FROM moving WHERE id = 1";
    /// The site is a source from now on, or for longer.
    pub(super) SET_SOURCE: () = "INSERT INTO moving (id, role, lease, until, notice) VALUES (1, 'source', ?1, ?2, ?3)
        ON CONFLICT (id) DO UPDATE SET role = 'source', lease = excluded.lease, until = excluded.until, notice = excluded.notice
        WHERE role IN ('source', 'moved')";
    /// A source stays one for longer than now, which is ?3.
    pub(super) PROLONG: () = "UPDATE moving SET until = ?2
        WHERE role = 'source' AND lease = ?1 AND until < ?2 AND until > ?3";
    /// The site is the target of an import, if nobody has an account.
    pub(super) SET_TARGET: () = "INSERT INTO moving (id, role, lease, until, notice)
        SELECT 1, 'target', ?1, CAST(?2 AS INTEGER), ?3 WHERE NOT EXISTS (SELECT 1 FROM account)";
    /// What the import brought is in place, if every repository it tells of came too.
    pub(super) SET_SETTLING: () = "UPDATE moving SET role = 'settling' WHERE role = 'target' AND NOT EXISTS
        (SELECT 1 FROM repository WHERE state <> 'deleting' AND id NOT IN (SELECT id FROM incoming_repository WHERE filled = 1))";
    /// It has moved, as the token says that hashes to ?1.
    pub(super) SET_MOVED: () = "UPDATE moving SET role = 'moved', lease = ?1 WHERE role = 'settling'";
    /// It is over.
    pub(super) REMOVE: () = "DELETE FROM moving WHERE role = ?1";

    /// Adds rows.
    pub(super) ADD_ROWS: () = "INSERT INTO incoming (slice, name, width, count, rows) VALUES (?1, ?2, ?3, ?4, ?5)";
    /// Forgets a slice and those after it.
    pub(super) FORGET_ROWS: () = "DELETE FROM incoming WHERE slice >= ?1";
    /// How many rows of each table there are, and how wide they are.
    pub(super) WIDTHS: (String, i64, i64) = "SELECT name, width, sum(count) FROM incoming GROUP BY name, width";
    /// The rows of a table, for the statement that takes them over.
    pub(super) ROWS: (String,) = "SELECT rows FROM incoming WHERE name = ? ORDER BY id";

    /// A repository that is to come.
    pub(super) ADD_REPOSITORY: () = "INSERT INTO incoming_repository (id, filled, last_event) VALUES (?1, 0, 0)
        ON CONFLICT (id) DO UPDATE SET filled = 0";
    /// It is there.
    pub(super) FILLED: () = "UPDATE incoming_repository SET filled = 1, last_event = ?2 WHERE id = ?1";
    /// Whether it is.
    pub(super) REPOSITORY: (bool,) = "SELECT filled FROM incoming_repository WHERE id = ?1";
    /// Some of those that came.
    pub(super) REPOSITORIES: (RepositoryId,) = "SELECT id FROM incoming_repository ORDER BY id LIMIT CAST(?1 AS INTEGER)";
    /// How many there are.
    pub(super) COUNT_REPOSITORIES: (i64,) = "SELECT count(*) FROM incoming_repository";
    /// Forgets one.
    pub(super) FORGET_REPOSITORY: () = "DELETE FROM incoming_repository WHERE id = ?1";
    /// Forgets all.
    pub(super) FORGET_REPOSITORIES: () = "DELETE FROM incoming_repository";
    /// Those the site does not know, or has not heard all of; and whether it knows them.
    pub(super) UNSETTLED: (RepositoryId, bool) = "SELECT id, EXISTS (SELECT 1 FROM repository WHERE id = incoming_repository.id)
        FROM incoming_repository
        WHERE NOT EXISTS (SELECT 1 FROM repository WHERE id = incoming_repository.id)
          OR (last_event > 0 AND NOT EXISTS (SELECT 1 FROM applied_event
            WHERE repository_id = incoming_repository.id AND seq = last_event))
        ORDER BY id";
}
