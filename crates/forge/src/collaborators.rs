//! Collaborators: accounts with a role on somebody else's repository. They are asked first, and answer.

use crate::{
    Error, Result,
    access::{
        self, Access, Role,
        act::{Manage, SeeSettings},
    },
    accounts::{self, AccountState},
    audit,
    error::Kind,
    host::Forge,
    ids::{AccountId, RepositoryId},
    names::AccountName,
    repositories::Repository,
};
use gitflare_db::Bound;

pub(crate) mod api;
mod asked;
pub(crate) mod pages;
pub mod queries;

pub use asked::{Asked, Offered, Question, accept, asked, decline, invite, offer, questions, withdraw};
pub(crate) use asked::{add_invited, bind_questions, forget, read_questions};

gitflare_db::row! {
    /// An account and its role.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Collaborator {
        /// The account's permanent id.
        pub id: AccountId,
        /// The account's name.
        pub name: AccountName,
        /// Its role.
        pub role: Role,
    }
}

/// Gives an account a role, or another one.
pub async fn add(forge: &Forge, access: &Access<Manage>, name: &AccountName, role: Role) -> Result<()> {
    let repository = access.repository();
    let account = accounts::find(forge, name).await?;
    let account = account.ok_or_else(|| Error::invalid("name", format!("There is no account '{name}'")))?;
    if account.id == repository.owner_id {
        return Err(Error::invalid("name", format!("{name} owns the repository")));
    }
    set(forge, access, account.id, &account.name, role).await
}

async fn set(
    forge: &Forge,
    access: &Access<Manage>,
    account: AccountId,
    name: &AccountName,
    role: Role,
) -> Result<()> {
    let repository = access.repository();
    let full_name = repository.full_name().to_string();
    let detail = format!("{name} {}", role.name());
    let args = vec![repository.id.into(), account.into(), role.name().into(), forge.now().into()];
    let batch = vec![
        queries::SET.bind(args),
        audit::entry(forge, access.actor(), "collaborator.add", &full_name, &detail),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Takes an account's role away.
pub async fn remove(forge: &Forge, access: &Access<Manage>, name: &AccountName) -> Result<()> {
    let repository = access.repository();
    let missing = || Error::new(Kind::NotFound, format!("{name} is not a collaborator"));
    let full_name = repository.full_name().to_string();
    let batch = vec![
        queries::REMOVE_NAMED.bind(vec![repository.id.into(), name.folded().into()]).expect(1),
        audit::entry(forge, access.actor(), "collaborator.remove", &full_name, name.as_str()),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => Err(missing()),
        Err(error) => Err(error.into()),
    }
}

gitflare_db::row! {
    /// An account, whether it has a role or not.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub(crate) struct Somebody {
        pub(crate) id: AccountId,
        pub(crate) name: AccountName,
        pub(crate) state: AccountState,
        pub(crate) role: Option<Role>,
    }
}

/// The account of this name with its role on a repository, as the owner too; none if there is no such account.
pub(crate) async fn with(
    forge: &Forge,
    repository: &Repository,
    name: &AccountName,
) -> Result<Option<Somebody>> {
    let args = vec![repository.id.into(), name.folded().into()];
    let found = forge.site().first(&queries::WITH, args).await?;
    Ok(found.map(|found| Somebody {
        role: access::role(Some(found.id), repository.owner_id, found.role),
        ..found
    }))
}

/// All collaborators, by name. The owner is not among them.
pub async fn list(forge: &Forge, access: &Access<SeeSettings>) -> Result<Vec<Collaborator>> {
    Ok(forge.site().all(&queries::LIST, vec![access.repository().id.into()]).await?)
}

/// All collaborators and all who were asked, in one look.
pub(crate) async fn members(
    forge: &Forge,
    access: &Access<SeeSettings>,
) -> Result<(Vec<Collaborator>, Vec<Asked>)> {
    let id = || vec![access.repository().id.into()];
    let answers = forge.site().batch(vec![queries::LIST.bind(id()), queries::ASKED.bind(id())]).await?;
    let [all, asked] = answers.as_slice() else { return Err(Error::internal("two answers expected")) };
    Ok((all.read(&queries::LIST)?, asked.read(&queries::ASKED)?))
}

/// The owner changes: who owned the repository keeps a role, who owns it now needs none.
pub(crate) fn hand_over(repository: RepositoryId, from: AccountId, to: AccountId, now: i64) -> Vec<Bound> {
    vec![
        queries::REMOVE.bind(vec![repository.into(), to.into()]),
        queries::WITHDRAW.bind(vec![repository.into(), to.into()]),
        queries::SET.bind(vec![repository.into(), from.into(), Role::Write.name().into(), now.into()]),
    ]
}
