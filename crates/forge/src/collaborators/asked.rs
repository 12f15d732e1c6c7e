//! Asking somebody to take a role on a repository, or the repository itself, and what they answer.

use gitflare_db::Bound;

use super::queries;
use crate::{
    Error, Result, Role,
    access::{
        Access,
        act::{Manage, ManageAccount, Rename, SeeAccount, SeeSettings},
    },
    accounts::{self, Account, AccountState},
    audit,
    error::Kind,
    host::Forge,
    ids::AccountId,
    names::{AccountName, FullName, RepositoryName},
    repositories,
};

/// The role that means the repository itself.
const OWNER: &str = "owner";

gitflare_db::row! {
    /// Somebody was asked, as the repository's settings show it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Asked {
        /// Who.
        pub name: AccountName,
        /// A role's name, or `owner`.
        pub role: String,
        /// Unix seconds.
        pub since: i64,
    }
}

gitflare_db::row! {
    /// One was asked, as one's own pages show it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct Question {
        /// Names it in requests.
        pub id: i64,
        /// The repository's owner.
        pub owner: AccountName,
        /// The repository.
        pub name: RepositoryName,
        /// A role's name, or `owner`.
        pub role: String,
        /// Who asks, unless they are gone.
        pub asked_by: Option<AccountName>,
        /// Unix seconds.
        pub since: i64,
    }
}

impl Question {
    /// The repository's name.
    pub fn full_name(&self) -> FullName {
        FullName { owner: self.owner.clone(), name: self.name.clone() }
    }

    /// Whether it is about becoming the owner.
    pub fn is_transfer(&self) -> bool {
        self.role == OWNER
    }
}

/// Who can be asked.
async fn addressee(forge: &Forge, name: &AccountName, owner: AccountId) -> Result<Account> {
    let account = accounts::find(forge, name).await?.filter(|account| account.state == AccountState::Active);
    let account = account.ok_or_else(|| Error::invalid("name", format!("There is no account '{name}'")))?;
    if account.id == owner {
        return Err(Error::invalid("name", format!("{name} owns the repository")));
    }
    Ok(account)
}

/// Invites an account, or changes the role of one that has a role already.
pub async fn invite(forge: &Forge, access: &Access<Manage>, name: &AccountName, role: Role) -> Result<()> {
    let repository = access.repository();
    let found = super::with(forge, repository, name).await?;
    let account = found.filter(|account| account.state == AccountState::Active);
    let account = account.ok_or_else(|| Error::invalid("name", format!("There is no account '{name}'")))?;
    if account.id == repository.owner_id {
        return Err(Error::invalid("name", format!("{name} owns the repository")));
    }
    if account.role.is_some() {
        return super::set(forge, access, account.id, &account.name, role).await;
    }
    let detail = format!("{} {}", account.name, role.name());
    let args = vec![
        repository.id.into(),
        account.id.into(),
        role.name().into(),
        access.actor().account().map(|own| own.id).into(),
        forge.now().into(),
    ];
    let full_name = repository.full_name().to_string();
    let batch = vec![
        queries::ASK.bind(args),
        audit::entry(forge, access.actor(), "collaborator.invite", &full_name, &detail),
    ];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Asks an account to become the owner. An administrator of the site need not ask.
pub async fn offer(forge: &Forge, access: &Access<Rename>, name: &AccountName) -> Result<Offered> {
    let repository = access.repository();
    let account = addressee(forge, name, repository.owner_id).await?;
    if access.actor().is_administrator() {
        repositories::transfer(forge, access.actor(), repository, &account, vec![]).await?;
        return Ok(Offered::Done(account));
    }
    let args = vec![
        repository.id.into(),
        account.id.into(),
        OWNER.into(),
        access.actor().account().map(|own| own.id).into(),
        forge.now().into(),
    ];
    let full_name = repository.full_name().to_string();
    let batch = vec![
        queries::ASK.bind(args),
        audit::entry(forge, access.actor(), "repository.offer", &full_name, account.name.as_str()),
    ];
    forge.site().batch(batch).await?;
    Ok(Offered::Asked(account.name))
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// The account was asked.
    Asked(AccountName),
    /// It is the owner now.
    Done(Account),
}

/// Takes a question back.
pub async fn withdraw(forge: &Forge, access: &Access<Manage>, name: &AccountName) -> Result<()> {
    let repository = access.repository();
    let missing = || Error::new(Kind::NotFound, format!("{name} was not invited"));
    let account = accounts::find(forge, name).await?.ok_or_else(missing)?;
    let full_name = repository.full_name().to_string();
    let batch = vec![
        queries::WITHDRAW.bind(vec![repository.id.into(), account.id.into()]).expect(1),
        audit::entry(forge, access.actor(), "collaborator.withdraw", &full_name, account.name.as_str()),
    ];
    settle(forge.site().batch(batch).await, missing)
}

/// Who was asked and has not answered.
pub async fn asked(forge: &Forge, access: &Access<SeeSettings>) -> Result<Vec<Asked>> {
    Ok(forge.site().all(&queries::ASKED, vec![access.repository().id.into()]).await?)
}

/// The same as a statement, for the batch of a page; [`read_questions`] reads what it answers.
pub(crate) fn bind_questions(account: AccountId) -> Bound {
    queries::QUESTIONS.bind(vec![account.into()])
}

/// What [`bind_questions`] was answered.
pub(crate) fn read_questions(answer: &gitflare_db::Answer) -> Result<Vec<Question>> {
    Ok(answer.read(&queries::QUESTIONS)?)
}

/// What an account was asked.
pub async fn questions(forge: &Forge, access: &Access<SeeAccount>) -> Result<Vec<Question>> {
    Ok(forge.site().all(&queries::QUESTIONS, vec![access.subject().id.into()]).await?)
}

/// Says yes.
pub async fn accept(forge: &Forge, access: &Access<ManageAccount>, id: i64) -> Result<FullName> {
    let account = access.subject();
    let question = question(forge, account.id, id).await?;
    let args = vec![id.into(), account.id.into()];
    let answered = queries::ANSWER.bind(args.clone()).expect(1);
    if question.is_transfer() {
        let standing = repositories::standing(forge, access.actor(), &question.owner, &question.name).await?;
        let repository = standing.ok_or_else(Error::not_found)?.repository;
        repositories::transfer(forge, access.actor(), &repository, account, vec![answered]).await?;
        return Ok(FullName { owner: account.name.clone(), name: question.name });
    }
    let full_name = question.full_name();
    let mut args = args;
    args.push(forge.now().into());
    let batch = vec![
        queries::ACCEPT.bind(args).expect(1),
        answered,
        audit::entry(
            forge,
            access.actor(),
            "collaborator.accept",
            &full_name.to_string(),
            &format!("{} {}", account.name, question.role),
        ),
    ];
    settle(forge.site().batch(batch).await, Error::not_found)?;
    Ok(full_name)
}

/// Says no.
pub async fn decline(forge: &Forge, access: &Access<ManageAccount>, id: i64) -> Result<()> {
    let account = access.subject();
    let question = question(forge, account.id, id).await?;
    let batch = vec![
        queries::ANSWER.bind(vec![id.into(), account.id.into()]).expect(1),
        audit::entry(
            forge,
            access.actor(),
            "collaborator.decline",
            &question.full_name().to_string(),
            account.name.as_str(),
        ),
    ];
    settle(forge.site().batch(batch).await, Error::not_found)
}

async fn question(forge: &Forge, account: AccountId, id: i64) -> Result<Question> {
    let all = forge.site().all(&queries::QUESTIONS, vec![account.into()]).await?;
    all.into_iter().find(|question| question.id == id).ok_or_else(Error::not_found)
}

fn settle<T>(outcome: gitflare_db::Result<T>, missing: impl FnOnce() -> Error) -> Result<()> {
    match outcome {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => Err(missing()),
        Err(error) => Err(error.into()),
    }
}

/// The role an invitation link brings, for the batch that makes the account.
pub(crate) fn add_invited(hash: String, now: i64) -> Bound {
    queries::ADD_INVITED.bind(vec![hash.into(), now.into()])
}

/// Everything an account is a member of or was asked, for the batch that deletes it.
pub(crate) fn forget(account: AccountId) -> Vec<Bound> {
    vec![queries::FORGET.bind(vec![account.into()]), queries::FORGET_ASKED.bind(vec![account.into()])]
}
