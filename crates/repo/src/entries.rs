//! Which commit last changed each entry of a folder, kept as an index instead of walked for.
//!
//! `git log -1 -- path` follows one line: from a commit to its first parent that has the same entry, until there is none.
//! So an entry's last commit is that of the first parent that has the entry as it is, or else the commit itself; and what
//! is known of the parents gives what holds of their child. A row says it for one folder as of one commit, for all its
//! entries in the order of the tree. Where nothing changed, the parent's row is named; a row that differs a little from
//! another is stored as that difference. What a row says never changes, so a moved branch invalidates nothing.
//!
//! A small push writes the rows of its commits itself. After a large one maintenance does, in the order of commit numbers
//! (see [`fill`]); until then pages ask for commits that have no row yet, and are answered by a short walk or not at all.

mod fill;
mod rows;
mod write;

use std::{cell::RefCell, sync::Arc};

use gitflare_db::{Sql, statements};

use self::rows::Row;
pub(crate) use self::{
    fill::{PUSHED, fill, follow},
    rows::{Entry, UNIFORM},
};
use crate::{Error, Result, cache::Weighed};

statements! {
    NEXT: (u32,) = "SELECT cid FROM entry_next WHERE id = 1";
    SET_NEXT: () = "UPDATE entry_next SET cid = ? WHERE id = 1";
    PATH: (i64,) = "SELECT id FROM entry_path WHERE path = ?";
    ADD_PATH: (i64,) = "INSERT INTO entry_path (path) VALUES (?) RETURNING id";
    ROW: (Vec<u8>,) = "SELECT data FROM entry_commit WHERE id = ?";
    PUT: () = "INSERT INTO entry_commit (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data";
}

/// Numbers of commits take this many bits of a key, which has 53 in all.
const CID_BITS: u32 = 27;
/// Bytes of lists kept while one transaction reads.
const KEPT: usize = 4 << 20;

/// Commits below this number have their rows.
pub(crate) fn next(sql: &dyn Sql) -> Result<u32> {
    let (cid,) = sql.one(&NEXT, &[])?;
    Ok(cid)
}

fn set_next(sql: &dyn Sql, cid: u32) -> Result<()> {
    sql.execute(&SET_NEXT, &[cid.into()])?;
    Ok(())
}

/// What is known of a folder as of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// The row written for this commit says it.
    Of(u32),
    /// Everything in it is as this commit made it.
    Uniform(u32),
    /// Nothing: the folder is too large or too deep, or its commit has no row yet.
    Unknown,
}

impl Rows {
    /// What an entry says of the folder it stands for.
    pub(crate) const fn below(entry: Entry) -> Self {
        match entry.rows {
            0 => Self::Unknown,
            UNIFORM => Self::Uniform(entry.last),
            cid => Self::Of(cid),
        }
    }
}

/// A row as it is used: all entries, and what it was stored on.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) entries: Vec<Entry>,
    depth: u32,
    base: u32,
}

/// Reads rows within one transaction.
pub(crate) struct Reader<'a> {
    sql: &'a dyn Sql,
    held: RefCell<Weighed<(i64, u32), Arc<Version>>>,
    paths: RefCell<Weighed<Vec<u8>, i64>>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(sql: &'a dyn Sql) -> Self {
        Self { sql, held: RefCell::new(Weighed::new(KEPT)), paths: RefCell::new(Weighed::new(KEPT / 8)) }
    }

    /// What is known of the root folder as of a commit.
    pub(crate) fn root(&self, cid: u32) -> Result<Rows> {
        Ok(match self.row(0, cid)? {
            None | Some(Row::Unknown) => Rows::Unknown,
            Some(Row::Uniform) => Rows::Uniform(cid),
            Some(Row::Same(other)) => match self.row(0, other)? {
                Some(Row::Uniform) => Rows::Uniform(other),
                _ => Rows::Of(other),
            },
            Some(Row::Whole(_) | Row::Changed { .. }) => Rows::Of(cid),
        })
    }

    /// The entries of the folder at `path`, of which there are `count`; `None` if nothing is known of them.
    pub(crate) fn list(&self, path: &[u8], rows: Rows, count: usize) -> Result<Option<Listing>> {
        let listing = match rows {
            Rows::Unknown => return Ok(None),
            Rows::Uniform(cid) => return Ok(Some(Listing::Uniform(cid, count))),
            Rows::Of(cid) => Listing::Rows(self.version(self.path(path)?, cid)?),
        };
        if listing.count() == count { Ok(Some(listing)) } else { Err(damaged(0, 0)) }
    }

    /// The nth entry of the folder at `path`, if anything is known of it.
    pub(crate) fn entry(&self, path: &[u8], rows: Rows, n: usize) -> Result<Option<Entry>> {
        Ok(match rows {
            Rows::Unknown => None,
            Rows::Uniform(last) => Some(Entry { last, rows: UNIFORM }),
            Rows::Of(cid) => {
                let version = self.version(self.path(path)?, cid)?;
                Some(version.entries.get(n).copied().ok_or_else(|| damaged(0, cid))?)
            }
        })
    }

    /// The number of a folder's path; -1 if it has no row at all.
    fn path(&self, path: &[u8]) -> Result<i64> {
        if path.is_empty() {
            return Ok(0);
        }
        if let Some(id) = self.paths.borrow_mut().get(&path.to_vec()) {
            return Ok(id);
        }
        let Some((id,)) = self.sql.first(&PATH, &[path.into()])? else { return Ok(-1) };
        self.paths.borrow_mut().put(path.to_vec(), id, path.len() + 64);
        Ok(id)
    }

    fn row(&self, path: i64, cid: u32) -> Result<Option<Row>> {
        let Some(key) = key(path, cid) else { return Ok(None) };
        let row = self.sql.first(&ROW, &[key.into()])?;
        row.map(|(data,)| Row::decode(&data, cid).ok_or_else(|| damaged(path, cid))).transpose()
    }

    /// Puts a row together from what it is stored on.
    fn version(&self, path: i64, cid: u32) -> Result<Arc<Version>> {
        let mut changes = Vec::new();
        let mut at = cid;
        let mut version = loop {
            if let Some(held) = self.held.borrow_mut().get(&(path, at)) {
                break held;
            }
            match self.row(path, at)? {
                Some(Row::Whole(entries)) => {
                    break self.keep(path, at, Version { entries, depth: 0, base: 0 });
                }
                Some(Row::Changed { base, depth, change }) if base < at && changes.len() < 64 => {
                    changes.push((at, base, depth, change));
                    at = base;
                }
                _ => return Err(damaged(path, at)),
            }
        };
        while let Some((at, base, depth, change)) = changes.pop() {
            let entries = change.apply(&version.entries).ok_or_else(|| damaged(path, at))?;
            version = self.keep(path, at, Version { entries, depth, base });
        }
        Ok(version)
    }

    fn keep(&self, path: i64, cid: u32, version: Version) -> Arc<Version> {
        let weight = version.entries.len() * size_of::<Entry>() + 128;
        let version = Arc::new(version);
        self.held.borrow_mut().put((path, cid), Arc::clone(&version), weight);
        version
    }
}

/// The entries of a folder, in the order of its tree.
#[derive(Debug, Clone)]
pub(crate) enum Listing {
    Rows(Arc<Version>),
    Uniform(u32, usize),
}

impl Listing {
    fn count(&self) -> usize {
        match self {
            Self::Rows(version) => version.entries.len(),
            Self::Uniform(_, count) => *count,
        }
    }

    /// The nth entry. That of a uniform folder counts as a folder itself.
    pub(crate) fn entry(&self, n: usize) -> Option<Entry> {
        match self {
            Self::Rows(version) => version.entries.get(n).copied(),
            Self::Uniform(last, _) => Some(Entry { last: *last, rows: UNIFORM }),
        }
    }
}

fn key(path: i64, cid: u32) -> Option<i64> {
    let fits = (0..1 << (53 - CID_BITS)).contains(&path) && cid < 1 << CID_BITS;
    fits.then_some(path << CID_BITS | i64::from(cid))
}

fn damaged(path: i64, cid: u32) -> Error {
    Error::Damage(format!("the last commits of folder {path} as of commit {cid} are malformed"))
}
