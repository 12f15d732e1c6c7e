//! The statements of collaborators.

use super::Collaborator;

gitflare_db::statements! {
    /// Gives a role.
    pub(super) SET: () = "INSERT INTO collaborator (repository_id, account_id, role, since) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (repository_id, account_id) DO UPDATE SET role = excluded.role";
    /// Takes it away.
    pub(super) REMOVE: () = "DELETE FROM collaborator WHERE repository_id = ?1 AND account_id = ?2";
    /// Those of a repository.
    pub(super) LIST: Collaborator = "SELECT account.name, role FROM collaborator
        JOIN account ON account.id = collaborator.account_id WHERE repository_id = ?1 ORDER BY lower(account.name)";
}
