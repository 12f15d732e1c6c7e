//! The statements of stars.

gitflare_db::statements! {
    /// One of the account ?1 for the repository ?2.
    pub(super) GIVE: () = "INSERT INTO star (account_id, repository_id, since) VALUES (?1, ?2, ?3)
        ON CONFLICT (account_id, repository_id) DO NOTHING";
    /// Takes it back.
    pub(super) TAKE_BACK: () = "DELETE FROM star WHERE account_id = ?1 AND repository_id = ?2";
    /// Takes back all of an account.
    pub(super) FORGET: () = "DELETE FROM star WHERE account_id = ?1";
}
