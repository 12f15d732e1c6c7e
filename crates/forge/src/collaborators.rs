//! Collaborators: accounts with a role on somebody else's repository.

use crate::{
    Error, Result,
    access::{
        Access, Role,
        act::{Manage, SeeSettings},
    },
    accounts, audit,
    error::Kind,
    host::Forge,
    names::AccountName,
};

pub mod queries;

gitflare_db::row! {
    /// An account and its role.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Collaborator {
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
    let full_name = repository.full_name().to_string();
    let detail = format!("{name} {}", role.name());
    let args = vec![repository.id.into(), account.id.into(), role.name().into(), forge.now().into()];
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
    let account = accounts::find(forge, name).await?.ok_or_else(missing)?;
    let full_name = repository.full_name().to_string();
    let batch = vec![
        queries::REMOVE.bind(vec![repository.id.into(), account.id.into()]).expect(1),
        audit::entry(forge, access.actor(), "collaborator.remove", &full_name, name.as_str()),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => Err(missing()),
        Err(error) => Err(error.into()),
    }
}

/// All collaborators, by name. The owner is not among them.
pub async fn list(forge: &Forge, access: &Access<SeeSettings>) -> Result<Vec<Collaborator>> {
    Ok(forge.site().all(&queries::LIST, vec![access.repository().id.into()]).await?)
}
