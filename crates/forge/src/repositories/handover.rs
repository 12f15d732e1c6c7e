//! Another owner, and the end of everything an owner had.

use gitflare_db::Bound;

use super::{Repository, audit, lifecycle, queries, taken};
use crate::{
    Result,
    accounts::Account,
    actor::Actor,
    collaborators,
    host::Forge,
    ids::{AccountId, RepositoryId},
    names::FullName,
};

/// Makes `to` the owner, in one batch with `with`. The old address goes on leading here; who owned it stays as somebody
/// who may push.
pub(crate) async fn transfer(
    forge: &Forge,
    actor: &Actor,
    repository: &Repository,
    to: &Account,
    with: Vec<Bound>,
) -> Result<()> {
    let (id, now) = (repository.id, forge.now());
    let new = FullName { owner: to.name.clone(), name: repository.name.clone() };
    let mut batch = with;
    batch.extend([
        queries::GIVE_UP_NAME.bind(vec![id.into()]).expect(1),
        queries::TAKE_NAME
            .bind(vec![to.id.into(), repository.name.folded().into(), id.into(), now.into()])
            .expect(1),
        queries::SET_OWNER.bind(vec![id.into(), to.id.into(), repository.owner_id.into()]).expect(1),
    ]);
    batch.extend(collaborators::hand_over(id, repository.owner_id, to.id, now));
    batch.push(audit(forge, actor, "repository.transfer", &repository.full_name(), new.owner.as_str()));
    forge.site().batch(batch).await.map_err(|error| taken(error, &new))?;
    Ok(())
}

/// Everything of an owner is to go, for the batch that deletes the account.
pub(crate) fn mark_deleting_of(owner: AccountId) -> Vec<Bound> {
    vec![queries::MARK_DELETING_OF.bind(vec![owner.into()]), queries::FREE_NAMES_OF.bind(vec![owner.into()])]
}

/// Deletes what was marked.
pub(crate) async fn erase_of(forge: &Forge, owner: AccountId) -> Result<()> {
    let all: Vec<(RepositoryId,)> = forge.site().all(&queries::DELETING_OF, vec![owner.into()]).await?;
    for (id,) in all {
        lifecycle::erase(forge, id).await?;
    }
    Ok(())
}

/// Counts a repository's stars anew, for the batch that gives or takes one.
pub(crate) fn count_stars(id: RepositoryId) -> Bound {
    queries::COUNT_STARS.bind(vec![id.into()])
}

/// Counts without the stars of an account, for the batch that deletes it: before they are taken back.
pub(crate) fn uncount_stars(account: AccountId) -> Bound {
    queries::UNCOUNT_STARS.bind(vec![account.into()])
}
