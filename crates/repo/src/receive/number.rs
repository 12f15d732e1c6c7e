//! Numbering the commits of a push, parents first, and writing its index: all of it invisible until published.

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
    /// The number of each commit by its place among the arrivals; 0 for one the repository has already.
    cids: Vec<u32>,
    /// Alike: 1 + the highest of its parents'.
    generations: Vec<u32>,
    /// Places among the arrivals in the order of the numbers.
    order: Vec<u32>,
    pub(super) next_cid: u32,
}

impl Numbers {
    /// Numbers the new commits from `next_cid` on. The arrivals are sorted.
    pub(super) fn assign(ingest: &Ingest, layout: &Layout, view: &View<'_>, next_cid: u32) -> Result<Self> {
        let arrivals = &ingest.commits;
        let none = vec![0; arrivals.len()];
        let mut numbers = Self { cids: none.clone(), generations: none, order: Vec::new(), next_cid };
        let mut stack = Vec::new();
        for first in 0..arrivals.len() {
            stack.push(first);
            while let Some(at) = stack.pop() {
                if layout.is_dropped(arrivals.entry(at)) || numbers.cid_of(at) > 0 {
                    continue;
                }
                let before = stack.len();
                stack.push(at);
                for parent in arrivals.parents(at) {
                    let own = ingest.table.find(&parent).filter(|entry| !layout.is_dropped(*entry));
                    let Some(entry) = own else { continue };
                    let own = arrivals.find(entry);
                    let own = own.ok_or_else(|| Error::Refused("a parent is not a commit".into()))?;
                    if numbers.cid_of(own) == 0 {
                        stack.push(own);
                    }
                }
                if stack.len() == before + 1 {
                    stack.pop();
                    numbers.add(ingest, view, at)?;
                }
            }
        }
        Ok(numbers)
    }

    fn cid_of(&self, at: usize) -> u32 {
        self.cids.get(at).copied().unwrap_or(0)
    }

    /// The place of a parent among the arrivals, if it is numbered.
    fn own(&self, ingest: &Ingest, parent: &Oid) -> Option<usize> {
        let own = ingest.table.find(parent).and_then(|entry| ingest.commits.find(entry));
        own.filter(|own| self.cid_of(*own) > 0)
    }

    /// The number of a parent.
    fn number(&self, ingest: &Ingest, view: &View<'_>, parent: &Oid) -> Result<u32> {
        match self.own(ingest, parent) {
            Some(own) => Ok(self.cid_of(own)),
            None => Ok(view.find(parent)?.ok_or(Error::Missing(*parent))?.entry.cid),
        }
    }

    fn generation(&self, ingest: &Ingest, view: &View<'_>, parent: &Oid) -> Result<u32> {
        match self.own(ingest, parent) {
            Some(own) => Ok(self.generations.get(own).copied().unwrap_or(0)),
            None => Ok(commits::get(view.sql, self.number(ingest, view, parent)?)?.generation),
        }
    }

    fn add(&mut self, ingest: &Ingest, view: &View<'_>, at: usize) -> Result<()> {
        let mut generation = 0;
        for parent in ingest.commits.parents(at) {
            generation = generation.max(self.generation(ingest, view, &parent)?);
        }
        let cid = self.next_cid;
        self.next_cid = cid.checked_add(1).ok_or_else(|| Error::TooLarge("too many commits".into()))?;
        if let (Some(number), Some(own)) = (self.cids.get_mut(at), self.generations.get_mut(at)) {
            (*number, *own) = (cid, generation + 1);
        }
        self.order.push(at as u32);
        Ok(())
    }

    /// How many commits are new.
    pub(super) fn count(&self) -> usize {
        self.order.len()
    }

    /// The new commits, in the order of their numbers; none of them if there are more than `limit`.
    pub(super) fn commits(&self, ingest: &Ingest, view: &View<'_>, limit: usize) -> Result<Vec<Commit>> {
        if self.count() > limit {
            return Ok(Vec::new());
        }
        self.order.iter().map(|at| self.row(ingest, view, *at as usize)).collect()
    }

    /// The number of an entry; 0 if it is no new commit.
    pub(super) fn of(&self, ingest: &Ingest, entry: u32) -> u32 {
        ingest.commits.find(entry).map_or(0, |at| self.cid_of(at))
    }

    /// The row of a commit.
    fn row(&self, ingest: &Ingest, view: &View<'_>, at: usize) -> Result<Commit> {
        let parents = ingest.commits.parents(at).map(|parent| self.number(ingest, view, &parent));
        Ok(Commit {
            cid: self.cid_of(at),
            oid: ingest.table.oid(ingest.commits.entry(at)),
            tree: ingest.commits.tree(at),
            parents: parents.collect::<Result<_>>()?,
            generation: self.generations.get(at).copied().unwrap_or(0),
            time: ingest.commits.time(at),
        })
    }
}

/// How much of the index is written.
#[derive(Default)]
pub(super) struct Progress {
    commits: usize,
    segments: usize,
    /// Entries in the order of the body, and the rank of each by entry; empty before they are needed.
    positions: Vec<u32>,
    ranks: Vec<u32>,
    rows: usize,
}

impl Progress {
    /// How many of the entries are in the index.
    pub(super) fn done(&self, ingest: &Ingest, layout: &Layout) -> usize {
        (self.segments * index::per_segment(ingest.table.format())).min(layout.kept.len())
    }
}

/// Writes a slice of the index of `pack`; answers whether it is complete.
pub(super) fn write(
    view: &View<'_>,
    pack: i64,
    ingest: &Ingest,
    layout: &Layout,
    numbers: &Numbers,
    progress: &mut Progress,
) -> Result<bool> {
    let rest = numbers.order.get(progress.commits..).unwrap_or_default();
    let slice = rest.get(..limits::INDEX_ROWS).unwrap_or(rest);
    for at in slice {
        commits::insert(view.sql, &numbers.row(ingest, view, *at as usize)?)?;
    }
    progress.commits += slice.len();
    if slice.len() == limits::INDEX_ROWS {
        return Ok(false);
    }
    let per = index::per_segment(ingest.table.format());
    let rest = layout.kept.get(progress.segments * per..).unwrap_or_default();
    for segment in rest.chunks(per).take(limits::INDEX_ROWS / 4) {
        let entries = segment.iter().map(|entry| {
            Ok(index::Entry { cid: numbers.of(ingest, *entry), ..layout.entry(ingest, *entry)? })
        });
        index::write_segments(view.sql, pack, progress.segments, &entries.collect::<Result<Vec<_>>>()?)?;
        progress.segments += 1;
    }
    if progress.segments * per < layout.kept.len() {
        return Ok(false);
    }
    write_positions(view, pack, ingest, layout, progress)
}

/// Writes some rows of positions: where entries lie, in the order of the body, and how they rank by id.
fn write_positions(
    view: &View<'_>,
    pack: i64,
    ingest: &Ingest,
    layout: &Layout,
    progress: &mut Progress,
) -> Result<bool> {
    if progress.positions.is_empty() {
        progress.positions.clone_from(&layout.kept);
        progress.positions.sort_unstable_by_key(|entry| layout.offset(ingest, *entry));
        progress.ranks = vec![0; ingest.table.len() as usize];
        for (rank, entry) in layout.kept.iter().enumerate() {
            if let Some(slot) = progress.ranks.get_mut(*entry as usize) {
                *slot = rank as u32;
            }
        }
    }
    let rest = progress.positions.get(progress.rows * index::POSITIONS..).unwrap_or_default();
    for row in rest.chunks(index::POSITIONS).take(limits::INDEX_ROWS) {
        let rank = |entry: u32| progress.ranks.get(entry as usize).copied().unwrap_or(0);
        let places = row.iter().map(|entry| (layout.offset(ingest, *entry), rank(*entry)));
        index::write_positions(view.sql, pack, progress.rows, &places.collect::<Vec<_>>())?;
        progress.rows += 1;
    }
    Ok(progress.rows * index::POSITIONS >= layout.kept.len())
}
