//! The way out.

use gitflare_db::{dump, tables};
use gitflare_port::{
    Command, Reply,
    moving::{Rows, Slice},
};
use serde::{Deserialize, Serialize};

use super::{
    Role,
    freeze::{moved, prolong},
    state,
};
use crate::{
    Error, Result,
    access::{Access, act::AdministerSite},
    host::Forge,
    ids::RepositoryId,
    ui::visit::unexpected,
};

/// Bytes after which a slice of the site is full: the target keeps it in rows of its own for a while.
const SLICE: usize = 1 << 20;
/// Rows read at once, at first; later as many as have room.
const AT_ONCE: u32 = 100;
const MOST_AT_ONCE: u32 = 2_000;

/// A slice of the site's own rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteSlice {
    /// Rows, as `gitflare_db::dump` encodes them.
    pub rows: Rows,
    /// The cursor of the next slice; absent when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

fn changed() -> Error {
    Error::conflict("The site may have changed meanwhile: begin again")
}

/// A slice of the site's rows, which has to be frozen under this name.
pub async fn site_slice(
    forge: &Forge,
    _access: &Access<AdministerSite>,
    lease: &str,
    cursor: Option<&str>,
) -> Result<SiteSlice> {
    prolong(forge, lease).await?;
    let held = state(forge).await?.filter(|state| state.role == Role::Source && state.lease == lease);
    if held.is_none_or(|state| state.until <= forge.now()) {
        return Err(changed());
    }
    let tables = moved(forge).await?;
    let (mut index, mut after) = cursor.map_or(Ok((0, 0)), place)?;
    let mut slice = dump::Slice::default();
    let mut limit = AT_ONCE;
    while slice.len() < SLICE {
        let Some(table) = tables.get(index) else { break };
        let found = tables::page(forge.site(), table, after, limit).await?;
        if found.is_empty() {
            (index, after) = (index + 1, 0);
            continue;
        }
        let before = slice.len();
        found.each(&mut |row, place| {
            after = place;
            slice.row(&table.name, row)
        })?;
        let size = (slice.len() - before) / found.len() + 1;
        let room = SLICE.saturating_sub(slice.len()) / size + 1;
        limit = u32::try_from(room).unwrap_or(MOST_AT_ONCE).clamp(1, MOST_AT_ONCE);
    }
    let next = (index < tables.len()).then(|| format!("{index}.{after}"));
    Ok(SiteSlice { rows: Rows(slice.finish()?), next })
}

fn place(cursor: &str) -> Result<(usize, i64)> {
    let numbers =
        cursor.split_once('.').and_then(|(index, after)| Some((index.parse().ok()?, after.parse().ok()?)));
    numbers.ok_or_else(|| Error::invalid("cursor", "This is not a cursor of this export"))
}

/// A slice of a repository.
pub async fn repository_slice(
    forge: &Forge,
    _access: &Access<AdministerSite>,
    id: RepositoryId,
    cursor: Option<String>,
) -> Result<Slice> {
    match forge.host().command(id, Command::Export { cursor, size: None }).await? {
        Reply::Slice(slice) => Ok(slice),
        other => Err(unexpected(&other)),
    }
}
