//! How repositories come and go: an intent, the host's part, the result.

use gitflare_port::{Command, Reply};

use super::{State, Topics, Visibility, audit as entry, check_description, queries, taken};
use crate::{
    Error, Result,
    access::{Access, Namespace, act},
    audit::{self, Author},
    host::Forge,
    ids::RepositoryId,
    moving,
    names::{FullName, RepositoryName},
    repositories::Repository,
};

/// A repository to be.
#[derive(Debug, Clone, Copy)]
pub struct NewRepository<'a> {
    /// Name as typed.
    pub name: &'a str,
    /// One line about it; may be empty.
    pub description: &'a str,
    /// Who can see it.
    pub visibility: Visibility,
}

/// Makes an empty repository.
pub async fn create(
    forge: &Forge,
    access: &Access<act::CreateRepository>,
    new: NewRepository<'_>,
) -> Result<Repository> {
    let name = RepositoryName::parse(new.name)?;
    let full_name = FullName { owner: access.subject().0.name.clone(), name };
    let now = forge.now();
    let id = insert(forge, access.subject(), &full_name, new, now).await?;
    // Should it fail, `recover` takes the row away again.
    forge.host().create(id).await?;
    activate(forge, &access.actor().into(), id, &full_name.to_string()).await?;
    Ok(Repository {
        id,
        owner_id: access.subject().0.id,
        owner: full_name.owner,
        name: full_name.name,
        visibility: new.visibility,
        state: State::Active,
        archived: false,
        description: check_description(new.description)?,
        website: String::new(),
        topics: Topics::default(),
        default_branch: FIRST_BRANCH.to_owned(),
        size: 0,
        stars: 0,
        pushed_at: None,
        created_at: now,
    })
}

/// What the branch will be called that a new repository begins with, unless its first push says otherwise. The schema
/// has it too.
const FIRST_BRANCH: &str = "main";

/// Begins a private repository that a push is to fill.
pub(crate) async fn begin(
    forge: &Forge,
    access: &Access<act::PushToCreate>,
    full_name: &FullName,
) -> Result<RepositoryId> {
    let new =
        NewRepository { name: full_name.name.as_str(), description: "", visibility: Visibility::Private };
    insert(forge, access.subject(), full_name, new, forge.now()).await
}

async fn insert(
    forge: &Forge,
    owner: &Namespace,
    name: &FullName,
    new: NewRepository<'_>,
    now: i64,
) -> Result<RepositoryId> {
    let owner = owner.0.id;
    let description = check_description(new.description)?;
    let batch = vec![
        queries::ADD.bind(vec![
            owner.into(),
            name.name.to_string().into(),
            new.visibility.name().into(),
            description.into(),
            now.into(),
        ]),
        queries::ADD_NAME.bind(vec![owner.into(), name.name.folded().into(), now.into()]).expect(1),
        queries::NEWEST.bind(vec![]),
    ];
    let answers = forge.site().batch(batch).await.map_err(|error| taken(error, name))?;
    let newest = answers.last().map(|answer| answer.read(&queries::NEWEST)).transpose()?.unwrap_or_default();
    newest.first().map(|(id,)| *id).ok_or_else(|| Error::internal("a new repository is missing"))
}

/// What was begun is made.
pub(crate) async fn activate(forge: &Forge, author: &Author, id: RepositoryId, name: &str) -> Result<()> {
    let batch = vec![
        queries::ACTIVATE.bind(vec![id.into()]).expect(1),
        audit::entry_by(forge, author, "repository.create", name, ""),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => {
            let state = forge.site().first(&queries::STATE, vec![id.into()]).await?;
            match state {
                Some((state,)) if state == "active" => Ok(()),
                _ => Err(Error::conflict("The repository was deleted meanwhile")),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether it is only being made.
pub(crate) async fn is_begun(forge: &Forge, id: RepositoryId) -> Result<bool> {
    let state = forge.site().first(&queries::STATE, vec![id.into()]).await?;
    Ok(state.is_some_and(|(state,)| state == "creating"))
}

/// What was begun is to be as if it had never been.
pub(crate) async fn discard(forge: &Forge, id: RepositoryId) -> Result<()> {
    let batch = vec![
        queries::MARK_DISCARDED.bind(vec![id.into()]).expect(1),
        queries::FREE_NAMES.bind(vec![id.into()]),
    ];
    match forge.site().batch(batch).await {
        Ok(_) => erase(forge, id).await,
        // It was activated or discarded already.
        Err(gitflare_db::Error::Expectation) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a repository: its name is free and nobody sees it from here on.
pub async fn delete(forge: &Forge, access: &Access<act::Delete>) -> Result<()> {
    let repository = access.repository();
    let id = repository.id;
    let batch = vec![
        queries::MARK_DELETING.bind(vec![id.into()]),
        queries::FREE_NAMES.bind(vec![id.into()]),
        entry(forge, access.actor(), "repository.delete", &repository.full_name(), ""),
    ];
    forge.site().batch(batch).await?;
    erase(forge, id).await
}

pub(super) async fn erase(forge: &Forge, id: RepositoryId) -> Result<()> {
    forge.host().erase(id).await?;
    let batch = vec![queries::FORGET_EVENTS.bind(vec![id.into()]), queries::REMOVE.bind(vec![id.into()])];
    forge.site().batch(batch).await?;
    Ok(())
}

/// Finishes what was begun at least `older_than` seconds ago and never finished. A host calls it with 0 at its start,
/// before it serves; one that never starts calls it now and then, with an hour. Returns how many there were.
pub async fn recover(forge: &Forge, older_than: i64) -> Result<usize> {
    match finish_pending(forge, older_than).await {
        // It is finished where the site is moved to.
        Err(error) if error == moving::frozen() => Ok(0),
        outcome => outcome,
    }
}

async fn finish_pending(forge: &Forge, older_than: i64) -> Result<usize> {
    let pending = forge.site().all(&queries::PENDING, vec![(forge.now() - older_than).into()]).await?;
    for (id, state) in &pending {
        let is_filled = state == "creating" && filled(forge, *id).await?;
        if is_filled {
            forge.site().execute(&queries::ACTIVATE, vec![(*id).into()]).await?;
        } else if state == "creating" {
            discard(forge, *id).await?;
        } else {
            erase(forge, *id).await?;
        }
    }
    Ok(pending.len())
}

/// Whether what was being created has a branch already.
async fn filled(forge: &Forge, id: RepositoryId) -> Result<bool> {
    // The row may be older than the database.
    forge.host().create(id).await?;
    Ok(matches!(forge.host().command(id, Command::Stat).await?, Reply::Stat(stat) if stat.refs > 0))
}
