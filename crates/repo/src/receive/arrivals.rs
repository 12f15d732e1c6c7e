//! The commits of a push as they arrived: what their numbers and their rows are made of.

use gitflare_git::{ObjectFormat, Oid};

use super::records::Records;

/// All of them.
pub(super) struct Arrivals {
    format: ObjectFormat,
    list: Vec<Arrived>,
    /// Tree and parents of one commit after the other.
    ids: Records,
}

/// One of them.
#[derive(Clone, Copy)]
struct Arrived {
    entry: u32,
    /// The number of its first id.
    at: u32,
    parents: u32,
    time: i64,
}

impl Arrivals {
    pub(super) fn new(format: ObjectFormat) -> Self {
        Self { format, list: Vec::new(), ids: Records::new(format.len()) }
    }

    pub(super) fn add(&mut self, entry: u32, tree: &Oid, parents: &[Oid], time: i64) {
        let at = self.ids.len() as u32;
        self.ids.push([tree.as_bytes(), &[]]);
        parents.iter().for_each(|parent| self.ids.push([parent.as_bytes(), &[]]));
        self.list.push(Arrived { entry, at, parents: parents.len() as u32, time });
    }

    /// Puts them into the order of the pack. They are numbered from 0 in that order, and found by entry.
    pub(super) fn sort(&mut self) {
        self.list.sort_unstable_by_key(|arrived| arrived.entry);
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of the commit that is this entry.
    pub(super) fn find(&self, entry: u32) -> Option<usize> {
        self.list.binary_search_by_key(&entry, |arrived| arrived.entry).ok()
    }

    pub(super) fn entry(&self, n: usize) -> u32 {
        self.list.get(n).map_or(0, |arrived| arrived.entry)
    }

    pub(super) fn time(&self, n: usize) -> i64 {
        self.list.get(n).map_or(0, |arrived| arrived.time)
    }

    pub(super) fn tree(&self, n: usize) -> Oid {
        self.id(self.list.get(n).map_or(u32::MAX, |arrived| arrived.at))
    }

    pub(super) fn parents(&self, n: usize) -> impl Iterator<Item = Oid> {
        let (at, count) = self.list.get(n).map_or((0, 0), |arrived| (arrived.at + 1, arrived.parents));
        (at..at + count).map(|id| self.id(id))
    }

    fn id(&self, n: u32) -> Oid {
        Oid::from_bytes(self.ids.get(n as usize)).unwrap_or(Oid::zero(self.format))
    }
}
