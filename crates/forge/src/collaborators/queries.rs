//! The statements of collaborators, and of those who were asked to become one.

use super::{Asked, Collaborator, Question, Somebody};

gitflare_db::statements! {
    /// Gives a role.
    pub(super) SET: () = "INSERT INTO collaborator (repository_id, account_id, role, since) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (repository_id, account_id) DO UPDATE SET role = excluded.role";
    /// Takes it away.
    pub(super) REMOVE: () = "DELETE FROM collaborator WHERE repository_id = ?1 AND account_id = ?2";
    /// Takes it away from the account of the name ?2.
    pub(super) REMOVE_NAMED: () = "DELETE FROM collaborator WHERE repository_id = ?1
        AND account_id = (SELECT account_id FROM account_name WHERE folded = ?2)";
    /// The account of the name ?2, with its role on ?1.
    pub(super) WITH: Somebody = "SELECT account.id, account.name, account.state,
          (SELECT role FROM collaborator WHERE repository_id = ?1 AND collaborator.account_id = account.id) AS role
        FROM account_name JOIN account ON account.id = account_name.account_id
        WHERE folded = ?2 AND deleted_at IS NULL";
    /// Those of a repository.
    pub(super) LIST: Collaborator = "SELECT account.id, account.name, role FROM collaborator
        JOIN account ON account.id = collaborator.account_id WHERE repository_id = ?1 ORDER BY lower(account.name)";
    /// All of an account.
    pub(super) FORGET: () = "DELETE FROM collaborator WHERE account_id = ?1";
    /// The role that the invitation link ?1 brings, for the account just made in the same batch.
    pub(super) ADD_INVITED: () = "INSERT INTO collaborator (repository_id, account_id, role, since)
        SELECT invitation.repository_id, (SELECT max(id) FROM account), invitation.role, CAST(?2 AS INTEGER)
        FROM invitation WHERE hash = ?1 AND invitation.repository_id IS NOT NULL AND invitation.role IS NOT NULL";
    /// Asks.
    pub(super) ASK: () = "INSERT INTO repository_invitation (repository_id, account_id, role, invited_by, since)
        VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (repository_id, account_id) DO UPDATE
          SET role = excluded.role, invited_by = excluded.invited_by, since = excluded.since";
    /// Takes the question back.
    pub(super) WITHDRAW: () = "DELETE FROM repository_invitation WHERE repository_id = ?1 AND account_id = ?2";
    /// Who was asked about ?1.
    pub(super) ASKED: Asked = "SELECT account.name, role, since FROM repository_invitation
        JOIN account ON account.id = repository_invitation.account_id WHERE repository_id = ?1 ORDER BY lower(account.name)";
    /// What ?1 was asked.
    pub(super) QUESTIONS: Question = "SELECT repository_invitation.id, owner.name AS owner, repository.name, role,
          (SELECT name FROM account WHERE id = invited_by AND deleted_at IS NULL) AS asked_by, since
        FROM repository_invitation
          JOIN repository ON repository.id = repository_invitation.repository_id
          JOIN account AS owner ON owner.id = repository.owner_id
        WHERE repository_invitation.account_id = ?1 AND repository.state = 'active' ORDER BY since DESC";
    /// The role the question ?1 is about, for the account ?2.
    pub(super) ACCEPT: () = "INSERT INTO collaborator (repository_id, account_id, role, since)
        SELECT repository_id, account_id, role, CAST(?3 AS INTEGER) FROM repository_invitation
        WHERE id = ?1 AND account_id = ?2 AND role <> 'owner'
        ON CONFLICT (repository_id, account_id) DO UPDATE SET role = excluded.role";
    /// The question ?1 to the account ?2 is answered.
    pub(super) ANSWER: () = "DELETE FROM repository_invitation WHERE id = ?1 AND account_id = ?2";
    /// All questions to an account.
    pub(super) FORGET_ASKED: () = "DELETE FROM repository_invitation WHERE account_id = ?1";
}
