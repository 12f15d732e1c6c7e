//! The statements of the limits.

gitflare_db::statements! {
    /// Counts a failure of ?1 at ?2, unless it has to wait. Beyond ?3 failures within an hour the wait doubles, up to ?4 seconds.
    pub(super) COUNT: () = "INSERT INTO attempt (subject, failures, last_at, until) VALUES (?1, 1, ?2, 0)
        ON CONFLICT (subject) DO UPDATE SET
          failures = iif(last_at < CAST(?2 AS INTEGER) - 3600, 1, failures + 1),
          last_at = CAST(?2 AS INTEGER),
          until = iif(last_at >= CAST(?2 AS INTEGER) - 3600 AND failures >= CAST(?3 AS INTEGER),
                      CAST(?2 AS INTEGER) + min(CAST(?4 AS INTEGER), 15 << min(failures - CAST(?3 AS INTEGER), 20)),
                      0)
        WHERE until <= CAST(?2 AS INTEGER)";
    /// Until when ?1 has to wait.
    pub(super) UNTIL: (i64,) = "SELECT until FROM attempt WHERE subject = ?1";
    /// Forgets ?1.
    pub(super) FORGIVE: () = "DELETE FROM attempt WHERE subject = ?1";
    /// Forgets what happened before ?1.
    pub(super) FORGET_OLD: () = "DELETE FROM attempt WHERE last_at < ?1";
}
