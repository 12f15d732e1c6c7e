//! The way in.

use std::collections::BTreeMap;

use gitflare_db::{Bound, tables};
use gitflare_port::{
    Command, Reply,
    moving::{Import, Progress},
};

use super::{
    FOR_GOOD, Role,
    freeze::{moved, no_triggers, triggers},
    queries, rows, state,
};
use crate::{
    Error, MIGRATIONS, Result, actor::Actor, audit, host::Forge, ids::RepositoryId, repositories, secret,
    setup, site, ui::visit::unexpected,
};

/// Repositories erased, or heard, in one request.
const AT_ONCE: usize = 20;

/// How far an import of the whole site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Repositories and rows are awaited.
    Filling,
    /// All is in place; what repositories have to tell is still heard.
    Settling,
    /// It is over.
    Done,
}

/// Lets in whoever has the setup token of a site that nobody has set up, or a token of the import that fills it, which is
/// the same. To everybody else there is nothing.
async fn admit(forge: &Forge, actor: &Actor, token: &str) -> Result<Option<Role>> {
    let state = state(forge).await?;
    let role = state.as_ref().map(|state| state.role);
    if matches!(actor, Actor::LocalAdministrator) {
        return Ok(role);
    }
    let is_open = match &state {
        Some(state) if state.role == Role::Moved => secret::equal(&state.lease, &secret::hash(token)),
        Some(state) if state.role != Role::Source => setup::knows(forge, token).await?,
        _ => setup::is_open(forge, token).await?,
    };
    if is_open { Ok(role) } else { Err(Error::not_found()) }
}

async fn filling(forge: &Forge, actor: &Actor, token: &str) -> Result<()> {
    match admit(forge, actor, token).await? {
        Some(Role::Target) => Ok(()),
        _ => Err(Error::conflict("No import is under way")),
    }
}

/// Begins an import into a site without accounts, or finds the one that was begun.
pub async fn begin(forge: &Forge, actor: &Actor, token: &str, migrations: &[String]) -> Result<Step> {
    let role = admit(forge, actor, token).await?;
    let own = MIGRATIONS.iter().map(|migration| migration.name);
    if !own.eq(migrations.iter().map(String::as_str)) {
        return Err(Error::conflict("Both sides have to run the same version of gitflare"));
    }
    match role {
        Some(Role::Target) => return Ok(Step::Filling),
        Some(Role::Settling) => return Ok(Step::Settling),
        Some(Role::Moved) => return Ok(Step::Done),
        Some(Role::Source) => return Err(Error::conflict("This site is being moved itself")),
        None => {}
    }
    let lease = secret::hex(&forge.random::<8>());
    let args = vec![lease.into(), FOR_GOOD.into(), "an import is filling the site".into()];
    let mut batch = vec![queries::SET_TARGET.bind(args).expect(1)];
    batch.push(queries::FORGET_ROWS.bind(vec![0_i64.into()]));
    batch.extend(triggers(&moved(forge).await?));
    match forge.site().batch(batch).await {
        Ok(_) => Ok(Step::Filling),
        Err(gitflare_db::Error::Expectation) => {
            Err(Error::conflict("The site is in use: an import needs one without accounts"))
        }
        Err(error) => Err(error.into()),
    }
}

/// A step of the import of a repository. `None`: nothing of it has come.
pub async fn repository(
    forge: &Forge,
    actor: &Actor,
    token: &str,
    id: RepositoryId,
    step: Import,
) -> Result<Option<Progress>> {
    filling(forge, actor, token).await?;
    if !(1..1 << 50).contains(&id.0) {
        return Err(Error::invalid("id", "This is not the id of a repository"));
    }
    let known = forge.site().first(&queries::REPOSITORY, vec![id.into()]).await?;
    match &step {
        Import::Begin => {
            forge.site().execute(&queries::ADD_REPOSITORY, vec![id.into()]).await?;
            // Whatever an earlier attempt left.
            forge.host().erase(id).await?;
            forge.host().create(id).await?;
        }
        _ if known.is_none() => return Ok(None),
        _ => {}
    }
    let finishes = matches!(step, Import::Finish { .. });
    let progress = match forge.host().command(id, Command::Import(step)).await? {
        Reply::Progress(progress) => progress,
        other => return Err(unexpected(&other)),
    };
    if let (true, Progress::Finished(summary)) = (finishes, &progress) {
        forge.site().execute(&queries::FILLED, vec![id.into(), summary.last_event.into()]).await?;
    }
    Ok(Some(progress))
}

/// Puts a slice of the site's rows aside: slices are numbered from 0, and one that comes again takes the place of
/// itself and of those after it.
pub async fn site_rows(forge: &Forge, actor: &Actor, token: &str, number: u32, slice: &[u8]) -> Result<()> {
    filling(forge, actor, token).await?;
    let tables = moved(forge).await?;
    let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    forge.site().batch(rows::aside(number.into(), slice, &known)?).await?;
    Ok(())
}

/// All is there: puts the rows in place, `counts` of each table, and hears what repositories have to tell. To be called
/// until it is done. `url` is the site's address from now on.
pub async fn finish(
    forge: &Forge,
    actor: &Actor,
    token: &str,
    counts: &BTreeMap<String, u64>,
    url: Option<&str>,
) -> Result<Step> {
    match admit(forge, actor, token).await? {
        Some(Role::Target) => put_in_place(forge, actor, token, counts, url).await?,
        Some(Role::Settling) => {}
        Some(Role::Moved) => return Ok(Step::Done),
        _ => return Err(Error::conflict("No import is under way")),
    }
    settle(forge, token).await
}

async fn put_in_place(
    forge: &Forge,
    actor: &Actor,
    token: &str,
    counts: &BTreeMap<String, u64>,
    url: Option<&str>,
) -> Result<()> {
    let arrived = forge.site().all(&queries::WIDTHS, vec![]).await?;
    let arrived_counts: BTreeMap<String, u64> =
        arrived.iter().map(|(name, _, count)| (name.clone(), *count as u64)).collect();
    let expected: BTreeMap<String, u64> =
        counts.iter().filter(|(_, count)| **count > 0).map(|(name, count)| (name.clone(), *count)).collect();
    if arrived_counts != expected || arrived_counts.len() != arrived.len() {
        return Err(Error::conflict("Rows of the site are missing"));
    }
    let tables = moved(forge).await?;
    let mut batch = no_triggers(&tables);
    // What migrations put there is among the rows too, and may have changed since.
    batch.extend(tables.iter().rev().map(|table| tables::clear_all(&table.name)));
    for table in &tables {
        if table.name == tables::SEQUENCE {
            // Rows with ids of their own have changed it.
            batch.push(tables::clear_all(&table.name));
        }
        if let Some((name, width, count)) = arrived.iter().find(|(name, ..)| *name == table.name) {
            let width = usize::try_from(*width).unwrap_or(0);
            let insert = tables::insert_json(name, width, queries::ROWS.text, vec![name.clone().into()]);
            batch.push(insert.expect(*count as u64));
        }
    }
    batch.extend(after(forge, actor, token, url)?);
    match forge.site().batch(batch).await {
        Ok(_) => Ok(()),
        Err(gitflare_db::Error::Expectation) => {
            Err(Error::conflict("Rows or repositories of the site are missing"))
        }
        Err(gitflare_db::Error::Constraint(text)) => {
            Err(Error::conflict(format!("The rows of the site contradict each other: {text}")))
        }
        Err(error) => Err(error.into()),
    }
}

/// What is changed in the rows that came, and the end of the import in the same batch.
fn after(forge: &Forge, actor: &Actor, token: &str, url: Option<&str>) -> Result<Vec<Bound>> {
    let mut batch = vec![
        audit::entry(forge, actor, "site.import", "", ""),
        queries::FORGET_ROWS.bind(vec![0_i64.into()]),
        queries::SET_SETTLING.bind(vec![]).expect(1),
        // The import itself still needs it.
        setup::remember(token),
    ];
    if let Some(url) = url {
        let url = site::check_url(url)?;
        batch.push(site::queries::SET.bind(vec!["url".into(), url.into()]));
    }
    Ok(batch)
}

/// Hears what repositories have to tell that the site's rows do not know yet, and drops what no row names.
async fn settle(forge: &Forge, token: &str) -> Result<Step> {
    let unsettled = forge.site().all(&queries::UNSETTLED, vec![]).await?;
    for (id, is_known) in unsettled.iter().take(AT_ONCE) {
        if *is_known {
            forge.hear(*id).await?;
        } else {
            forge.host().erase(*id).await?;
        }
        forge.site().execute(&queries::FORGET_REPOSITORY, vec![(*id).into()]).await?;
    }
    if unsettled.len() > AT_ONCE {
        return Ok(Step::Settling);
    }
    repositories::recover(forge, 0).await?;
    let batch = vec![
        queries::FORGET_REPOSITORIES.bind(vec![]),
        queries::SET_MOVED.bind(vec![secret::hash(token).into()]),
        setup::forget(),
    ];
    forge.site().batch(batch).await?;
    Ok(Step::Done)
}

/// Gives an import up: everything it brought is removed. To be called until nothing is left.
pub async fn cancel(forge: &Forge, actor: &Actor, token: &str) -> Result<Step> {
    match admit(forge, actor, token).await? {
        Some(Role::Target) => {}
        Some(Role::Settling | Role::Moved) => {
            return Err(Error::conflict("The import is in place already"));
        }
        _ => return Ok(Step::Done),
    }
    let some = forge.site().all(&queries::REPOSITORIES, vec![(AT_ONCE as u32).into()]).await?;
    for (id,) in some {
        forge.host().erase(id).await?;
        forge.site().execute(&queries::FORGET_REPOSITORY, vec![id.into()]).await?;
    }
    let left = forge.site().first(&queries::COUNT_REPOSITORIES, vec![]).await?;
    if left.is_some_and(|(count,)| count > 0) {
        return Ok(Step::Filling);
    }
    let mut batch = no_triggers(&moved(forge).await?);
    batch.push(queries::FORGET_ROWS.bind(vec![0_i64.into()]));
    batch.push(queries::REMOVE.bind(vec!["target".into()]));
    forge.site().batch(batch).await?;
    Ok(Step::Done)
}
