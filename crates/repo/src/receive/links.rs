//! The set of objects a push names: trees and parents of commits, entries of trees, targets of tags.
//!
//! A closed store needs each of them to be in the push or in the repository, with the type its name implies. That is
//! one look-up per distinct link instead of a walk.

use gitflare_git::{Kind, Oid};
use hashbrown::HashTable;

/// Links seen a moment ago: trees of neighbouring commits name the same objects over and over.
const RECENT: usize = 1 << 15;

/// The links of a push.
pub(super) struct Links {
    table: HashTable<(Oid, Kind)>,
    recent: Vec<Option<(Oid, Kind)>>,
    seed: u64,
}

/// The ids come from outside and need not be anybody's hash, so a seed keeps them from being made to collide.
fn hash(oid: &Oid, seed: u64) -> u64 {
    oid.as_bytes().chunks(8).fold(seed, |state, bytes| {
        let word = bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let mixed = (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 29
    })
}

impl Links {
    pub(super) fn new(seed: u64) -> Self {
        Self { table: HashTable::new(), recent: Vec::new(), seed }
    }

    /// Notes that some object of the push names `oid` as a `kind`.
    pub(super) fn add(&mut self, oid: &Oid, kind: Kind) {
        if self.recent.is_empty() {
            self.recent = vec![None; RECENT];
        }
        let (hash, seed) = (hash(oid, self.seed), self.seed);
        let slot = &mut self.recent[hash as usize % RECENT];
        if *slot == Some((*oid, kind)) {
            return;
        }
        *slot = Some((*oid, kind));
        if self.table.find(hash, |link| link.0 == *oid && link.1 == kind).is_none() {
            self.table.insert_unique(hash, (*oid, kind), |link| self::hash(&link.0, seed));
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(Oid, Kind)> {
        self.table.iter()
    }

    /// Forgets all links.
    pub(super) fn clear(&mut self) {
        self.table = HashTable::new();
    }

    /// Drops the filter once no link can come any more.
    pub(super) fn close(&mut self) {
        self.recent = Vec::new();
    }
}
