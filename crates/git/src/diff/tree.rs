//! What differs between two folders.

use std::{cmp::Ordering, ops::Deref};

use super::rename::{Change, From as CameFrom};
use crate::{
    ObjectFormat, Oid, Result,
    object::{TreeEntries, TreeEntry, order, tree_entries},
};

/// An entry on one side of a change, with a mode as git shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Side {
    /// The mode.
    pub mode: u32,
    /// The object.
    pub oid: Oid,
}

impl Side {
    fn of(entry: &TreeEntry<'_>) -> Self {
        Self { mode: entry.canonical_mode(), oid: entry.oid }
    }

    /// Whether this is a folder.
    pub const fn is_tree(&self) -> bool {
        self.mode == 0o040_000
    }

    /// Whether this is a regular file.
    pub const fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// Whether this is a symbolic link.
    pub const fn is_symlink(&self) -> bool {
        self.mode == 0o120_000
    }

    /// Whether this is a submodule.
    pub const fn is_gitlink(&self) -> bool {
        self.mode == 0o160_000
    }
}

/// A name that stands for something else on either side; on one of them perhaps for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Differs<'a> {
    /// The name.
    pub name: &'a [u8],
    /// What it stood for.
    pub old: Option<Side>,
    /// What it stands for.
    pub new: Option<Side>,
}

/// Compares two trees; an absent one is empty. A name that was a folder and is none any more, or the other way round, is
/// two changes. Calls `each` in the order of trees, until it answers an error.
pub fn compare<'a, E: From<crate::Error>>(
    old: &'a [u8],
    new: &'a [u8],
    format: ObjectFormat,
    mut each: impl FnMut(Differs<'a>) -> Result<(), E>,
) -> Result<(), E> {
    let (mut olds, mut news) = (tree_entries(old, format), tree_entries(new, format));
    let next = |side: &mut TreeEntries<'a>| side.next().transpose();
    let (mut a, mut b) = (next(&mut olds)?, next(&mut news)?);
    loop {
        let which = match (&a, &b) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) => order(one, other),
        };
        let (old, new) = (a.filter(|_| which.is_le()), b.filter(|_| which.is_ge()));
        let (was, is) = (old.as_ref().map(Side::of), new.as_ref().map(Side::of));
        if was != is
            && let Some(entry) = old.or(new)
        {
            each(Differs { name: entry.name, old: was, new: is })?;
        }
        if old.is_some() {
            a = next(&mut olds)?;
        }
        if new.is_some() {
            b = next(&mut news)?;
        }
    }
}

/// A name on the way down, with its path.
struct Open {
    path: Vec<u8>,
    old: Option<Side>,
    new: Option<Side>,
}

/// Everything that differs below two root folders, sorted by path, and whether there was more than `most`. An absent
/// folder is empty. Equal folders are not entered, so what is read is bounded by what differs; and since each change is a
/// path of its own, so is what folders within folders can expand to.
pub fn changes<T, E>(
    old: Option<Oid>,
    new: Option<Oid>,
    format: ObjectFormat,
    most: usize,
    read: &mut dyn FnMut(&Oid) -> Result<T, E>,
) -> Result<(Vec<Change>, bool), E>
where
    T: Deref<Target: AsRef<[u8]>>,
    E: From<crate::Error>,
{
    let side = |oid: Option<Oid>| oid.map(|oid| Side { mode: 0o040_000, oid });
    let mut changes = Vec::new();
    let mut open = vec![Open { path: Vec::new(), old: side(old), new: side(new) }];
    // Folders without a file in them are no change, and cost all the same.
    let mut folders = most.saturating_mul(4).saturating_add(10_000);
    while let Some(Open { path, old, new }) = open.pop() {
        if old == new {
            continue;
        }
        if !old.iter().chain(&new).any(Side::is_tree) {
            if changes.len() == most {
                return Ok((changes, true));
            }
            let at = |side: Option<Side>| side.map(|side| (path.clone(), side));
            changes.push(Change { old: at(old), new: at(new), from: CameFrom::Place });
            continue;
        }
        if folders == 0 {
            return Ok((changes, true));
        }
        folders -= 1;
        let mut load = |side: Option<Side>| side.map(|side| read(&side.oid)).transpose();
        let (before, after) = (load(old)?, load(new)?);
        let from = open.len();
        let (before, after) = (before.as_deref().map(AsRef::as_ref), after.as_deref().map(AsRef::as_ref));
        compare(before.unwrap_or_default(), after.unwrap_or_default(), format, |differs| {
            let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
            let path = [path.as_slice(), slash, differs.name].concat();
            open.push(Open { path, old: differs.old, new: differs.new });
            Ok::<_, E>(())
        })?;
        if let Some(added) = open.get_mut(from..) {
            added.reverse();
        }
    }
    Ok((changes, false))
}
