//! Where one file came from.

use gitflare_git::{
    Oid,
    diff::{
        rename::{self, Change, From, Wanted},
        tree,
    },
    object::Kind,
};

use super::diff::Store;
use crate::{Result, view::View};

/// Files that may have changed together with the one that is looked for.
const FILES: usize = 20_000;
/// Bytes read to find out.
const BYTES: u64 = 32 << 20;

/// What the file at `path` of one tree was called in another, and what it held, if it was renamed.
pub(super) fn renamed(
    view: &View<'_>,
    old: Oid,
    new: Oid,
    path: &[u8],
) -> Result<Option<(Vec<u8>, tree::Side)>> {
    let mut read = |oid: &Oid| view.object_of(oid, Kind::Tree);
    let (mut changes, is_truncated) = tree::changes(Some(old), Some(new), view.format, FILES, &mut read)?;
    if is_truncated {
        return Ok(None);
    }
    // Other new files do not compete: this one is followed.
    changes.retain(|change| change.new.as_ref().is_none_or(|(new, _)| new == path));
    let wanted = Wanted { bytes: BYTES, ..Wanted::default() };
    let (changes, _) = rename::find(changes, wanted, &mut Store(view))?;
    let is_it = |change: &Change| matches!(change.from, From::Rename(_)) && change.path() == path;
    Ok(changes.into_iter().find(is_it).and_then(|change| change.old))
}
