//! The statements of the site's settings.

gitflare_db::statements! {
    /// All of them.
    pub(super) ALL: (String, String) = "SELECT name, value FROM setting";
    /// Sets one.
    pub(crate) SET: () = "INSERT INTO setting (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// The value of one.
    pub(crate) GET: (String,) = "SELECT value FROM setting WHERE name = ?1";
    /// Removes one.
    pub(crate) UNSET: () = "DELETE FROM setting WHERE name = ?1";
}
