//! The statements of tokens.

use super::{Found, Token};
use crate::ids::{RepositoryId, TokenId};

gitflare_db::statements! {
    /// Adds a token.
    pub(super) ADD: () = "INSERT INTO token (account_id, hash, name, permissions, every_repository, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    /// Adds the token of the account just added in the same batch.
    pub(super) ADD_FIRST: () = "INSERT INTO token (account_id, hash, name, permissions, every_repository, created_at)
        VALUES ((SELECT max(id) FROM account), ?1, ?2, ?3, 1, ?4)";
    /// Adds a repository to the token just added in the same batch.
    pub(super) ADD_REPOSITORY: () = "INSERT INTO token_repository (token_id, repository_id)
        VALUES ((SELECT max(id) FROM token), ?1)";
    /// The id of the token just added in the same batch.
    pub(super) NEWEST: (TokenId,) = "SELECT max(id) FROM token";
    /// The tokens of an account.
    pub(super) LIST: Token = "SELECT id, name, permissions, every_repository,
        (SELECT count(*) FROM token_repository WHERE token_id = token.id) AS repositories,
        created_at, expires_at, used_at, used_from FROM token WHERE account_id = ?1 ORDER BY id DESC";
    /// Removes one of an account's tokens.
    pub(super) REVOKE: () = "DELETE FROM token WHERE id = ?1 AND account_id = ?2";
    /// Removes all of an account.
    pub(super) FORGET: () = "DELETE FROM token WHERE account_id = ?1";
    /// The token of a hash, while it lasts.
    pub(super) BY_HASH: Found = "SELECT id, permissions, every_repository, used_at FROM token
        WHERE hash = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
    /// The repositories of a token.
    pub(super) REPOSITORIES: (RepositoryId,) = "SELECT repository_id FROM token_repository
        WHERE token_id = (SELECT id FROM token WHERE hash = ?1)";
    /// It was used.
    pub(super) USED: () = "UPDATE token SET used_at = ?2, used_from = ?3 WHERE hash = ?1";
}
