//! The set of objects a push names: trees and parents of commits, entries of trees, targets of tags.
//!
//! A closed store needs each of them to be in the push or in the repository, with the type its name implies. That is
//! one look-up per distinct link instead of a walk. Ids lie one after the other and the table holds their numbers, so
//! that a link costs its id and little more. How many there may be is bounded all the same: a tree is 23 bytes an entry,
//! and nothing says that what it names is in the push.

use gitflare_git::{Kind, ObjectFormat, Oid};
use hashbrown::HashTable;

use super::records::Records;

/// Links seen a moment ago: trees of neighbouring commits name the same objects over and over.
const RECENT: usize = 1 << 15;

/// The links of a push.
pub(super) struct Links {
    /// Each an id and the number of its type.
    links: Records,
    table: HashTable<u32>,
    recent: Vec<Option<(Oid, Kind)>>,
    seed: u64,
    /// The most links there may be.
    room: usize,
    overflown: bool,
}

/// The ids come from outside and need not be anybody's hash, so a seed keeps them from being made to collide.
fn hash(oid: &[u8], seed: u64) -> u64 {
    oid.chunks(8).fold(seed, |state, bytes| {
        let word = bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let mixed = (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 29
    })
}

impl Links {
    pub(super) fn new(format: ObjectFormat, seed: u64) -> Self {
        Self {
            links: Records::new(format.len() + 1),
            table: HashTable::new(),
            recent: Vec::new(),
            seed,
            room: 0,
            overflown: false,
        }
    }

    /// Says how many links there may be in all. What goes beyond is dropped, and [`Links::has_overflown`] says so.
    pub(super) const fn allow(&mut self, room: usize) {
        self.room = room;
    }

    pub(super) const fn has_overflown(&self) -> bool {
        self.overflown
    }

    /// Notes that some object of the push names `oid` as a `kind`.
    pub(super) fn add(&mut self, oid: &Oid, kind: Kind) {
        if self.recent.is_empty() {
            self.recent = vec![None; RECENT];
        }
        let hash = hash(oid.as_bytes(), self.seed);
        let slot = &mut self.recent[hash as usize % RECENT];
        if *slot == Some((*oid, kind)) {
            return;
        }
        *slot = Some((*oid, kind));
        let (links, seed) = (&self.links, self.seed);
        let same = |n: &u32| {
            links
                .get(*n as usize)
                .split_last()
                .is_some_and(|(of, id)| *of == kind as u8 && id == oid.as_bytes())
        };
        if self.table.find(hash, same).is_none() {
            if links.len() >= self.room {
                self.overflown = true;
                return;
            }
            let rehash =
                |n: &u32| self::hash(links.get(*n as usize).split_last().map_or(&[][..], |(_, id)| id), seed);
            self.table.insert_unique(hash, links.len() as u32, rehash);
            self.links.push([oid.as_bytes(), &[kind as u8]]);
        }
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.links.len()
    }

    /// The link with this number.
    pub(super) fn get(&self, n: usize) -> Option<(Oid, Kind)> {
        let (kind, oid) = self.links.get(n).split_last()?;
        Some((Oid::from_bytes(oid)?, Kind::from_code(*kind)?))
    }

    /// Forgets all links.
    pub(super) fn clear(&mut self) {
        (self.links, self.table) = (Records::new(0), HashTable::new());
    }

    /// Drops the filter once no link can come any more.
    pub(super) fn close(&mut self) {
        self.recent = Vec::new();
    }
}
