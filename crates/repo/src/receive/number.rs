//! Numbering the commits of a push, parents first, and writing its index: all of it invisible until published.

use std::collections::HashMap;

use gitflare_db::Sql;
use gitflare_git::Oid;

use super::{ingest::Ingest, normal::Layout};
use crate::{
    Error, Result,
    commits::{self, Commit},
    index, limits,
    view::View,
};

/// Numbers given to the commits of a push.
pub(super) struct Numbers {
    commits: Vec<Commit>,
    by_entry: HashMap<u32, u32>,
    pub(super) next_cid: u32,
}

impl Numbers {
    /// Numbers the new commits from `next_cid` on.
    pub(super) fn assign(ingest: &Ingest, layout: &Layout, view: &View<'_>, next_cid: u32) -> Result<Self> {
        let mut numbers = Self { commits: Vec::new(), by_entry: HashMap::new(), next_cid };
        let arrived: HashMap<u32, usize> =
            ingest.commits.iter().enumerate().map(|(n, commit)| (commit.entry, n)).collect();
        for commit in &ingest.commits {
            let mut stack = vec![commit.entry];
            while let Some(entry) = stack.pop() {
                if layout.is_dropped(entry) || numbers.by_entry.contains_key(&entry) {
                    continue;
                }
                let commit = arrived.get(&entry).map(|n| &ingest.commits[*n]);
                let commit = commit.ok_or_else(|| Error::Refused("a parent is not a commit".into()))?;
                let before = stack.len();
                stack.push(entry);
                for parent in &commit.parents {
                    let own = ingest.table.find(parent).filter(|entry| !layout.is_dropped(*entry));
                    stack.extend(own.filter(|entry| !numbers.by_entry.contains_key(entry)));
                }
                if stack.len() == before + 1 {
                    stack.pop();
                    let parents = commit.parents.iter().map(|parent| numbers.number(ingest, view, parent));
                    let parents = parents.collect::<Result<Vec<_>>>()?;
                    numbers.add(entry, ingest.table.oid(entry), commit.tree, &parents, commit.time)?;
                }
            }
        }
        Ok(numbers)
    }

    /// Number and generation of a parent.
    fn number(&self, ingest: &Ingest, view: &View<'_>, parent: &Oid) -> Result<(u32, u32)> {
        if let Some(cid) = ingest.table.find(parent).and_then(|entry| self.by_entry.get(&entry)) {
            let first = self.next_cid - self.commits.len() as u32;
            let generation = self.commits.get((cid - first) as usize).map_or(0, |commit| commit.generation);
            return Ok((*cid, generation));
        }
        let found = view.find(parent)?.ok_or(Error::Missing(*parent))?;
        Ok((found.entry.cid, commits::get(view.sql, found.entry.cid)?.generation))
    }

    fn add(&mut self, entry: u32, oid: Oid, tree: Oid, parents: &[(u32, u32)], time: i64) -> Result<()> {
        let generation = 1 + parents.iter().map(|(_, generation)| *generation).max().unwrap_or(0);
        let parents = parents.iter().map(|(cid, _)| *cid).collect();
        let cid = self.next_cid;
        self.next_cid = cid.checked_add(1).ok_or_else(|| Error::TooLarge("too many commits".into()))?;
        self.by_entry.insert(entry, cid);
        self.commits.push(Commit { cid, oid, tree, parents, generation, time });
        Ok(())
    }

    /// How many commits are new.
    pub(super) fn count(&self) -> usize {
        self.commits.len()
    }

    /// The new commits, in the order of their numbers.
    pub(super) fn commits(&self) -> &[Commit] {
        &self.commits
    }

    /// The number of an entry; 0 if it is no new commit.
    pub(super) fn of(&self, entry: u32) -> u32 {
        self.by_entry.get(&entry).copied().unwrap_or(0)
    }
}

/// How much of the index is written.
#[derive(Default)]
pub(super) struct Progress {
    commits: usize,
    segments: usize,
    positions: bool,
}

/// Writes a slice of the index of `pack`; answers whether it is complete.
pub(super) fn write(
    sql: &dyn Sql,
    pack: i64,
    ingest: &Ingest,
    layout: &Layout,
    numbers: &Numbers,
    progress: &mut Progress,
) -> Result<bool> {
    let commits = &numbers.commits[progress.commits..];
    let slice = &commits[..commits.len().min(limits::INDEX_ROWS)];
    for commit in slice {
        commits::insert(sql, commit)?;
    }
    progress.commits += slice.len();
    if slice.len() == limits::INDEX_ROWS {
        return Ok(false);
    }
    let per = index::per_segment(ingest.table.format());
    let rest = &layout.kept[(progress.segments * per).min(layout.kept.len())..];
    let slice = &rest[..rest.len().min(limits::INDEX_ROWS / 4 * per)];
    if !slice.is_empty() {
        let entries = slice
            .iter()
            .map(|entry| Ok(index::Entry { cid: numbers.of(*entry), ..layout.entry(ingest, *entry)? }));
        index::write_segments(sql, pack, progress.segments, &entries.collect::<Result<Vec<_>>>()?)?;
        progress.segments += slice.len().div_ceil(per);
        if slice.len() < rest.len() {
            return Ok(false);
        }
    }
    if !progress.positions {
        let ranked = layout.kept.iter().enumerate();
        let mut positions: Vec<_> =
            ranked.map(|(rank, entry)| (layout.offset(ingest, *entry), rank as u32)).collect();
        positions.sort_unstable();
        index::write_positions(sql, pack, &positions)?;
        progress.positions = true;
    }
    Ok(true)
}
