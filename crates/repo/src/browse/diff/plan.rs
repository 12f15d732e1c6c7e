//! Which files differ between two trees: made once, and kept for the answers that need it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use gitflare_git::{
    Oid,
    diff::{
        Spaces,
        rename::{self, Blobs, Change, Wanted},
        stat,
        text::{self, Style},
        tree,
    },
    object::Kind,
};
use gitflare_port::diff::Counts;

use crate::{
    Error, Result,
    cache::{Memo, lock},
    view::View,
};

/// Files listed.
const FILES: usize = 3_000;
/// Bytes read to find renames for a page.
const RENAME_BYTES: u64 = 32 << 20;
/// Pairs compared to find renames for a page: this many squared.
const RENAME_LIMIT: usize = 1_000;
/// Bytes of files whose lines are counted for one answer.
const COUNT_BYTES: u64 = 8 << 20;
/// The largest file that is compared by lines.
pub(super) const LARGEST: usize = 2 << 20;

type Known = HashMap<Spaces, Vec<Option<stat::Counts>>>;

/// The files that differ.
pub(crate) struct Plan {
    pub(crate) changes: Vec<Change>,
    /// Whether there are more.
    pub(crate) is_truncated: bool,
    /// Whether some renames were not looked for.
    pub(crate) is_limited: bool,
    counts: Mutex<Known>,
}

impl Plan {
    /// Compares two trees, unless that was done before.
    pub(crate) fn of(view: &View<'_>, old: Option<Oid>, new: Oid, copies: bool) -> Result<Arc<Self>> {
        let View { shared, repository, .. } = *view;
        let old_name = old.as_ref().map(Oid::to_hex).unwrap_or_default();
        let key = Memo::Of("diff", format!("{old_name} {new} {copies}"));
        if let Some(known) = shared.memo::<Self>(repository, &key) {
            return Ok(known);
        }
        let plan = Arc::new(Self::make(view, old, new, copies)?);
        let weight = plan.changes.iter().map(|change| 2 * change.path().len() + 300).sum();
        shared.keep_memo(repository, key, Arc::clone(&plan), weight);
        Ok(plan)
    }

    fn make(view: &View<'_>, old: Option<Oid>, new: Oid, copies: bool) -> Result<Self> {
        let mut read = |oid: &Oid| view.object_of(oid, Kind::Tree);
        let (changes, is_truncated) = tree::changes(old, Some(new), view.format, FILES, &mut read)?;
        // With half of the files missing, what moved cannot be told.
        let wanted = Wanted { copies, limit: RENAME_LIMIT, bytes: RENAME_BYTES };
        let (changes, is_limited) =
            if is_truncated { (changes, true) } else { rename::find(changes, wanted, &mut Store(view))? };
        Ok(Self { changes, is_truncated, is_limited, counts: Mutex::default() })
    }

    /// Counts the lines of some more files.
    pub(super) fn count(&self, view: &View<'_>, spaces: Spaces) -> Result<()> {
        let mut left = COUNT_BYTES;
        for (n, counts) in self.counted(spaces).into_iter().enumerate() {
            let Some(change) = self.changes.get(n).filter(|_| counts.is_none()) else { continue };
            let size = sizes(view, change)?;
            let Some(rest) = left.checked_sub(size.0 + size.1 + 1_000) else { break };
            left = rest;
            self.note(spaces, n, count(view, change, size, spaces)?);
        }
        Ok(())
    }

    /// What is counted so far.
    pub(super) fn counted(&self, spaces: Spaces) -> Vec<Option<stat::Counts>> {
        let known = lock(&self.counts).get(&spaces).cloned();
        known.unwrap_or_else(|| vec![None; self.changes.len()])
    }

    pub(super) fn note(&self, spaces: Spaces, n: usize, counts: stat::Counts) {
        let mut known = lock(&self.counts);
        let known = known.entry(spaces).or_insert_with(|| vec![None; self.changes.len()]);
        if let Some(place) = known.get_mut(n) {
            *place = Some(counts);
        }
    }
}

/// The sum, once all are counted.
pub(super) fn total(counted: &[Option<stat::Counts>]) -> Option<Counts> {
    let mut total = Counts::default();
    for counts in counted {
        let counts = counts.as_ref()?;
        if !counts.is_binary {
            total.added += counts.added;
            total.deleted += counts.deleted;
        }
    }
    Some(total)
}

/// Bytes a file had and has; 0 for a submodule.
pub(crate) fn sizes(view: &View<'_>, change: &Change) -> Result<(u64, u64)> {
    let size = |side: &Option<(Vec<u8>, tree::Side)>| match side {
        Some((_, side)) if !side.is_gitlink() => Store(view).size(&side.oid),
        _ => Ok(0),
    };
    Ok((size(&change.old)?, size(&change.new)?))
}

fn count(view: &View<'_>, change: &Change, size: (u64, u64), spaces: Spaces) -> Result<stat::Counts> {
    if size.0.max(size.1) > LARGEST as u64 {
        return Ok(stat::Counts { added: size.1, deleted: size.0, is_binary: true });
    }
    let style = Style { spaces, largest: LARGEST, ..Style::default() };
    with_texts(view, change, |old, new| text::counts(old, new, style))
}

/// Shows what a file held and holds.
pub(crate) fn with_texts<T>(
    view: &View<'_>,
    change: &Change,
    show: impl FnOnce(&[u8], &[u8]) -> T,
) -> Result<T> {
    let blob = |side: &Option<(Vec<u8>, tree::Side)>| match side {
        Some((_, side)) if !side.is_gitlink() => super::blob(view, &side.oid).map(Some),
        _ => Ok(None),
    };
    let (old, new) = (blob(&change.old)?, blob(&change.new)?);
    let (old, new) =
        (old.as_ref().map(|object| &object.data[..]), new.as_ref().map(|object| &object.data[..]));
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let (mut line, mut other) = (Vec::new(), Vec::new());
    let old = text::content(change.old.as_ref(), old, &mut line);
    let new = text::content(change.new.as_ref(), new, &mut other);
    Ok(show(old, new))
}

/// Blobs as the search for renames reads them.
pub(crate) struct Store<'a>(pub(crate) &'a View<'a>);

impl Blobs for Store<'_> {
    type Error = Error;

    fn size(&mut self, oid: &Oid) -> Result<u64> {
        Ok(self.0.find(oid)?.ok_or(Error::Missing(*oid))?.entry.size)
    }

    fn show(&mut self, oid: &Oid, show: &mut dyn FnMut(&[u8])) -> Result<()> {
        show(&super::blob(self.0, oid)?.data);
        Ok(())
    }
}
