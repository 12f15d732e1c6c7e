//! Writing the rows of one commit from those of its parents.

use std::sync::Arc;

use gitflare_db::Sql;
use gitflare_git::{
    ObjectFormat, Oid,
    object::{TreeEntry, order, tree_entries},
};

use super::{
    ADD_PATH, Entry, Listing, PUT, Reader, Rows, UNIFORM, Version, key,
    rows::{Change, Row},
};
use crate::{Result, cache::Object};

/// Folders inside each other that are indexed.
const DEEPEST: usize = 128;
/// Bytes of a path that is indexed.
const LONGEST: usize = 4_096;
/// Bytes in a row: a database row may have two million.
const LARGEST: usize = 1_000_000;
/// Differences that may follow each other before a row is stored whole.
const CHAIN: u32 = 64;

/// Reads a tree, stored or on its way.
pub(crate) type Trees<'a> = &'a dyn Fn(&Oid) -> Result<Arc<Object>>;

/// Writes rows within one transaction.
pub(super) struct Writer<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) trees: Trees<'a>,
    pub(super) format: ObjectFormat,
    /// Entries that may still be compared.
    pub(super) left: usize,
    /// Whether that was not enough, and something was not indexed therefore.
    pub(super) is_exhausted: bool,
}

/// A folder of a parent.
#[derive(Clone)]
struct Side {
    tree: Oid,
    rows: Rows,
}

/// A folder on the way down.
struct Place<'a> {
    path: &'a mut Vec<u8>,
    depth: usize,
    cid: u32,
}

impl Writer<'_> {
    /// Writes what holds as of commit `cid`. Its parents, with their trees, have been written.
    pub(super) fn commit(&mut self, cid: u32, tree: Oid, parents: &[(u32, Oid)]) -> Result<()> {
        let mut sides = Vec::with_capacity(parents.len());
        for (parent, tree) in parents {
            sides.push(Some(Side { tree: *tree, rows: self.reader.root(*parent)? }));
        }
        let row = if sides.is_empty() {
            Row::Uniform
        } else {
            let mut place = Place { path: &mut Vec::new(), depth: 0, cid };
            match self.folder(&mut place, tree, &sides)? {
                Rows::Of(own) if own == cid => return Ok(()),
                Rows::Of(other) | Rows::Uniform(other) => Row::Same(other),
                Rows::Unknown => Row::Unknown,
            }
        };
        put(self.reader.sql, cid, &row)
    }

    /// Finds out what holds in a folder, and writes a row unless one of a parent says the same.
    fn folder(&mut self, place: &mut Place<'_>, tree: Oid, sides: &[Option<Side>]) -> Result<Rows> {
        if let Some(first) = sides.iter().flatten().next().filter(|first| first.tree == tree) {
            return Ok(first.rows);
        }
        let is_beyond = place.depth > DEEPEST || place.path.len() > LONGEST;
        if is_beyond || sides.iter().flatten().any(|side| side.rows == Rows::Unknown) {
            return Ok(Rows::Unknown);
        }
        let Some(entries) = self.entries(place, &tree, sides)? else { return Ok(Rows::Unknown) };
        for side in sides.iter().flatten().filter(|side| side.tree == tree) {
            let same = match self.reader.list(place.path, side.rows, entries.len())? {
                Some(Listing::Rows(version)) => version.entries == entries,
                Some(Listing::Uniform(last, _)) => {
                    entries.iter().all(|entry| entry.last == last && matches!(entry.rows, 0 | UNIFORM))
                }
                None => false,
            };
            if same {
                return Ok(side.rows);
            }
        }
        self.store(place, entries, sides)
    }

    /// The entries of a folder with their last commits; `None` if that is too much to find out.
    fn entries(
        &mut self,
        place: &mut Place<'_>,
        tree: &Oid,
        sides: &[Option<Side>],
    ) -> Result<Option<Vec<Entry>>> {
        let tree = (self.trees)(tree)?;
        let own = parse(&tree, self.format)?;
        let mut objects = Vec::with_capacity(sides.len());
        for side in sides {
            objects.push(side.as_ref().map(|side| (self.trees)(&side.tree)).transpose()?);
        }
        let mut theirs: Vec<Option<Beside<'_>>> = Vec::with_capacity(sides.len());
        let mut cost = own.len();
        for (side, object) in sides.iter().zip(&objects) {
            let Some((side, object)) = side.as_ref().zip(object.as_ref()) else {
                theirs.push(None);
                continue;
            };
            let entries = parse(object, self.format)?;
            cost += entries.len();
            let Some(listing) = self.reader.list(place.path, side.rows, entries.len())? else {
                return Ok(None);
            };
            theirs.push(Some(Beside { entries, listing, at: 0 }));
        }
        let Some(left) = self.left.checked_sub(cost) else {
            self.is_exhausted = true;
            return Ok(None);
        };
        self.left = left;
        let mut found = Vec::with_capacity(own.len());
        for entry in &own {
            let twins: Vec<_> = theirs.iter_mut().map(|side| side.as_mut()?.twin(entry)).collect();
            found.push(self.entry(place, entry, &twins)?);
        }
        Ok(Some(found))
    }

    /// The last commit of one entry. `twins` is what its name stands for in each parent.
    fn entry(
        &mut self,
        place: &mut Place<'_>,
        entry: &TreeEntry<'_>,
        twins: &[Option<(TreeEntry<'_>, Entry)>],
    ) -> Result<Entry> {
        let same = twins.iter().flatten().find(|(twin, _)| twin.oid == entry.oid && twin.mode == entry.mode);
        let last = same.map_or(place.cid, |(_, known)| known.last);
        if !entry.is_tree() {
            return Ok(Entry { last, rows: 0 });
        }
        let side = |twin: &Option<(TreeEntry<'_>, Entry)>| {
            let (twin, known) = twin.as_ref().filter(|(twin, _)| twin.is_tree())?;
            Some(Side { tree: twin.oid, rows: Rows::below(*known) })
        };
        let sides: Vec<_> = twins.iter().map(side).collect();
        if sides.iter().all(Option::is_none) {
            return Ok(Entry { last, rows: UNIFORM });
        }
        let length = place.path.len();
        if length > 0 {
            place.path.push(b'/');
        }
        place.path.extend_from_slice(entry.name);
        place.depth += 1;
        let rows = self.folder(place, entry.oid, &sides);
        place.depth -= 1;
        place.path.truncate(length);
        Ok(match rows? {
            Rows::Of(rows) => Entry { last, rows },
            Rows::Uniform(of) if of == last => Entry { last, rows: UNIFORM },
            Rows::Uniform(_) | Rows::Unknown => Entry { last, rows: 0 },
        })
    }

    /// Writes the row of a folder.
    fn store(&mut self, place: &Place<'_>, entries: Vec<Entry>, sides: &[Option<Side>]) -> Result<Rows> {
        let cid = place.cid;
        let parent = sides.iter().flatten().find_map(|side| match side.rows {
            Rows::Of(cid) => Some(cid),
            _ => None,
        });
        let path = match self.reader.path(place.path)? {
            -1 => self.reader.sql.one(&ADD_PATH, &[place.path.as_slice().into()])?.0,
            known => known,
        };
        let base = parent.map(|parent| self.base(path, parent)).transpose()?.flatten();
        let whole = Row::Whole(entries);
        let mut data = whole.encode(cid);
        let Row::Whole(entries) = whole else { return Ok(Rows::Unknown) };
        let mut version = Version { entries, depth: 0, base: 0 };
        if let Some((base, held, depth)) = base {
            let change = Change::between(&held.entries, &version.entries);
            let row = Row::Changed { base, depth, change }.encode(cid);
            if row.len() * 2 < data.len() {
                data = row;
                (version.depth, version.base) = (depth, base);
            }
        }
        let Some(key) = key(path, cid).filter(|_| data.len() <= LARGEST) else { return Ok(Rows::Unknown) };
        self.reader.sql.execute(&PUT, &[key.into(), data.as_slice().into()])?;
        self.reader.keep(path, cid, version);
        Ok(Rows::Of(cid))
    }

    /// The row a difference shall be stored against, and how deep that makes it. What a row stands on has the leading bits
    /// of its depth, so that at most six differences lie between any row and a whole one.
    fn base(&self, path: i64, parent: u32) -> Result<Option<(u32, Arc<Version>, u32)>> {
        let (mut at, mut version) = (parent, self.reader.version(path, parent)?);
        let depth = version.depth + 1;
        if depth >= CHAIN {
            return Ok(None);
        }
        while version.depth > depth & (depth - 1) {
            at = version.base;
            version = self.reader.version(path, at)?;
        }
        Ok(Some((at, version, depth)))
    }
}

/// The entries of a tree, with modes as git compares them.
fn parse(tree: &Object, format: ObjectFormat) -> Result<Vec<TreeEntry<'_>>> {
    let mut entries = Vec::with_capacity(tree.data.len() / 36);
    for entry in tree_entries(&tree.data, format) {
        let entry = entry?;
        entries.push(TreeEntry { mode: entry.canonical_mode(), ..entry });
    }
    Ok(entries)
}

/// Writes the row of a root folder.
pub(super) fn put(sql: &dyn Sql, cid: u32, row: &Row) -> Result<()> {
    if let Some(key) = key(0, cid) {
        sql.execute(&PUT, &[key.into(), row.encode(cid).as_slice().into()])?;
    }
    Ok(())
}

/// A parent's folder beside the one that is looked at.
struct Beside<'t> {
    entries: Vec<TreeEntry<'t>>,
    listing: Listing,
    at: usize,
}

impl<'t> Beside<'t> {
    /// What an entry's name stands for here. Entries are asked for in the order of trees. A file and a folder of one name
    /// stand apart from each other: neither is the other as it was.
    fn twin(&mut self, entry: &TreeEntry<'_>) -> Option<(TreeEntry<'t>, Entry)> {
        while self.entries.get(self.at).is_some_and(|other| order(other, entry).is_lt()) {
            self.at += 1;
        }
        let twin = self.entries.get(self.at).filter(|twin| order(twin, entry).is_eq())?;
        Some((*twin, self.listing.entry(self.at)?))
    }
}
