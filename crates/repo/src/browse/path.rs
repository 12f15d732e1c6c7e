//! The commits that changed a path, as `git log -- path` lists them, and across renames if asked for.
//!
//! From a commit the index leads to the one that last changed the path, whose parents come next: what lies between is never
//! looked at. Where a path is absent there is nothing to be led by, and parents are looked at one by one.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet},
};

use super::{last::Last, renames, walk::Bits};
use crate::{Result, graph::Graph};

/// A walk that can be put aside.
#[derive(Clone, Default)]
pub(super) struct PathWalk {
    heap: BinaryHeap<(i64, Reverse<u32>, u32, u32, bool)>,
    seen: HashSet<(u32, u32, bool)>,
    /// What the path was called.
    paths: Vec<Vec<u8>>,
    order: u32,
    follow: bool,
}

/// A commit that changed the path.
pub(super) struct Touch {
    pub(super) cid: u32,
    pub(super) time: i64,
    pub(super) path: Vec<u8>,
    pub(super) renamed_from: Option<Vec<u8>>,
}

/// What a step of the walk found.
pub(super) enum Step {
    Found(Touch),
    /// Nothing yet.
    More,
    /// The index has to be written first.
    Pending,
    End,
}

/// What a walk needs to go on.
pub(super) struct Around<'a> {
    pub(super) graph: &'a Graph<'a>,
    pub(super) last: &'a Last<'a>,
    /// The commits that are wanted at all.
    pub(super) within: Option<&'a Bits>,
    pub(super) since: Option<i64>,
}

impl PathWalk {
    pub(super) fn new(path: Vec<u8>, follow: bool) -> Self {
        Self { paths: vec![path], follow, ..Self::default() }
    }

    /// Whether nothing is left to look at.
    pub(super) fn is_over(&self) -> bool {
        self.heap.is_empty()
    }

    /// Bytes it takes in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        self.heap.len() * 32
            + self.seen.len() * 24
            + self.paths.iter().map(|path| path.len() + 24).sum::<usize>()
    }

    /// Begins at a commit. `false` if the index is not there yet.
    pub(super) fn begin(&mut self, around: &Around<'_>, cid: u32) -> Result<bool> {
        let name = self.name(0).to_vec();
        let Some(spot) = around.last.spot(cid, &name)? else {
            self.push(around, cid, 0, false)?;
            return Ok(true);
        };
        // Folders have no single past to follow.
        self.follow &= spot.mode != 0o040_000;
        let Some(origin) = around.last.origin(cid, &name, spot)? else { return Ok(false) };
        self.push(around, origin, 0, true)?;
        Ok(true)
    }

    fn name(&self, path: u32) -> &[u8] {
        self.paths.get(path as usize).map(Vec::as_slice).unwrap_or_default()
    }

    fn push(&mut self, around: &Around<'_>, cid: u32, path: u32, exists: bool) -> Result<()> {
        if around.within.is_some_and(|within| !within.has(cid)) || !self.seen.insert((cid, path, exists)) {
            return Ok(());
        }
        let time = around.graph.node(cid)?.time;
        if around.since.is_none_or(|since| time >= since) {
            self.order += 1;
            self.heap.push((time, Reverse(self.order), cid, path, exists));
        }
        Ok(())
    }

    /// Looks at the next commit.
    pub(super) fn step(&mut self, around: &Around<'_>) -> Result<Step> {
        let Some((time, _, cid, path, exists)) = self.heap.peek().copied() else { return Ok(Step::End) };
        let name = self.name(path).to_vec();
        let mut with = Vec::new();
        let mut without = Vec::new();
        for parent in around.graph.parents(cid)?.iter() {
            match around.last.spot(parent, &name)? {
                Some(spot) => with.push((parent, spot)),
                None => without.push(parent),
            }
        }
        if !exists && let Some(parent) = without.first() {
            // It was not there before either.
            self.heap.pop();
            self.push(around, *parent, path, false)?;
            return Ok(Step::More);
        }
        let mut origins = Vec::new();
        for (parent, spot) in &with {
            match around.last.origin(*parent, &name, *spot)? {
                Some(origin) => origins.push(origin),
                None => return Ok(Step::Pending),
            }
        }
        self.heap.pop();
        let mut touch = Touch { cid, time, path: name, renamed_from: None };
        if !exists && with.is_empty() {
            return Ok(Step::More);
        }
        for origin in origins {
            self.push(around, origin, path, true)?;
        }
        if !self.follow {
            for parent in without {
                self.push(around, parent, path, false)?;
            }
        } else if with.is_empty()
            && let Some(parent) = without.first()
        {
            touch.renamed_from = self.rename(around, cid, *parent, &touch.path)?;
        }
        Ok(Step::Found(touch))
    }

    /// Goes on under the old name, if the file had one in the parent.
    fn rename(&mut self, around: &Around<'_>, cid: u32, parent: u32, path: &[u8]) -> Result<Option<Vec<u8>>> {
        let (_, tree) = around.graph.ids(cid)?;
        let (_, before) = around.graph.ids(parent)?;
        let Some((old, _)) = renames::renamed(around.graph.view, before, tree, path)? else {
            return Ok(None);
        };
        let n = self.paths.iter().position(|known| *known == old).unwrap_or(self.paths.len());
        if n == self.paths.len() {
            self.paths.push(old.clone());
        }
        let Some(spot) = around.last.spot(parent, &old)? else { return Ok(None) };
        // Where the index is not there yet this ends: the next page begins anew.
        if let Some(origin) = around.last.origin(parent, &old, spot)? {
            self.push(around, origin, n as u32, true)?;
        }
        Ok(Some(old))
    }
}
