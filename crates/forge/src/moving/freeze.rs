//! Keeping the source as it is, and letting it change again.

use gitflare_db::{Bound, tables};

use super::{FOR_GOOD, HOLDS, OPEN, Role, STAYS, queries, state};
use crate::{
    Error, Result,
    access::{Access, act::AdministerSite},
    audit,
    host::Forge,
    ids::RepositoryId,
    repositories, secret,
};
use gitflare_port::Command;

/// Seconds a lease lasts after its last use.
pub(super) const LEASE: i64 = 120;

/// The tables a move is about.
pub(super) async fn moved(forge: &Forge) -> Result<Vec<tables::Table>> {
    let mut found = tables::list_site(forge.site()).await?;
    found.retain(|table| !STAYS.contains(&table.name.as_str()));
    Ok(found)
}

/// Those that stay as they are meanwhile.
fn kept(tables: &[tables::Table]) -> impl Iterator<Item = &str> {
    let names = tables.iter().map(|table| table.name.as_str());
    names.filter(|name| *name != tables::SEQUENCE && !OPEN.contains(name))
}

pub(super) fn triggers(tables: &[tables::Table]) -> Vec<Bound> {
    kept(tables).flat_map(|name| tables::freeze(name, HOLDS)).collect()
}

pub(super) fn no_triggers(tables: &[tables::Table]) -> Vec<Bound> {
    kept(tables).flat_map(tables::thaw).collect()
}

/// From here on nothing changes: while it is read, or until it is lifted if that is `for_good`. Answers what names this
/// freeze. `notice` is for those who push meanwhile; freezing for good once more changes it.
pub async fn freeze(
    forge: &Forge,
    access: &Access<AdministerSite>,
    for_good: bool,
    notice: &str,
) -> Result<String> {
    let now = forge.now();
    let known = state(forge).await?;
    let held = match &known {
        Some(state) if matches!(state.role, Role::Target | Role::Settling) => {
            return Err(Error::conflict("An import is filling the site"));
        }
        Some(state) if state.role == Role::Source && state.until > now => Some(state),
        _ => None,
    };
    if let Some(state) = held
        && (state.until == FOR_GOOD || !for_good)
    {
        if for_good && state.notice != notice {
            let args = vec![state.lease.clone().into(), FOR_GOOD.into(), notice.to_owned().into()];
            forge.site().execute(&queries::SET_SOURCE, args).await?;
        }
        prolong(forge, &state.lease).await?;
        return Ok(state.lease.clone());
    }
    let lease = held.map_or_else(|| secret::hex(&forge.random::<8>()), |state| state.lease.clone());
    let until = if for_good { FOR_GOOD } else { now + LEASE };
    let tables = moved(forge).await?;
    // Whatever an earlier freeze left goes first, so that the entry can be written.
    let mut batch = no_triggers(&tables);
    batch.push(
        queries::SET_SOURCE
            .bind(vec![lease.clone().into(), until.into(), notice.to_owned().into()])
            .expect(1),
    );
    let detail = if for_good { "for a move" } else { "while it is read" };
    batch.push(audit::entry(forge, access.actor(), "site.freeze", "", detail));
    batch.extend(triggers(&tables));
    forge.site().batch(batch).await?;
    Ok(lease)
}

/// Goes on for as long as it is read.
pub(super) async fn prolong(forge: &Forge, lease: &str) -> Result<()> {
    let now = forge.now();
    let args = vec![lease.to_owned().into(), (now + LEASE).into(), now.into()];
    forge.site().execute(&queries::PROLONG, args).await?;
    Ok(())
}

/// The site may change again: whatever holds it, or only what has this name and is not for good.
pub async fn thaw(forge: &Forge, access: &Access<AdministerSite>, lease: Option<&str>) -> Result<()> {
    let Some(state) = state(forge).await?.filter(|state| state.role == Role::Source) else { return Ok(()) };
    if lease.is_some_and(|lease| lease != state.lease || state.until == FOR_GOOD) {
        return Ok(());
    }
    let mut batch = no_triggers(&moved(forge).await?);
    batch.push(queries::REMOVE.bind(vec!["source".into()]));
    batch.push(audit::entry(forge, access.actor(), "site.thaw", "", ""));
    forge.site().batch(batch).await?;
    Ok(())
}

/// From here on nothing moves a ref of a repository. Only of a site that is frozen itself.
pub async fn freeze_repository(
    forge: &Forge,
    _access: &Access<AdministerSite>,
    id: RepositoryId,
) -> Result<()> {
    let state = state(forge).await?.filter(|state| state.role == Role::Source && state.until == FOR_GOOD);
    let state = state.ok_or_else(|| Error::conflict("The site is not being moved"))?;
    if repositories::is_begun(forge, id).await? {
        // Its row is older than its database.
        forge.host().create(id).await?;
    }
    forge.host().command(id, Command::Freeze { notice: state.notice }).await?;
    Ok(())
}

/// Refs of a repository may move again.
pub async fn thaw_repository(
    forge: &Forge,
    _access: &Access<AdministerSite>,
    id: RepositoryId,
) -> Result<()> {
    forge.host().command(id, Command::Thaw).await?;
    Ok(())
}
