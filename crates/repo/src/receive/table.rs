//! The table of a push: one row of columns per object, small enough for millions of them.

use gitflare_git::{Kind, ObjectFormat, Oid};
use hashbrown::HashTable;

use super::records::Records;
use crate::{Error, Result};

/// Entries a pack's header is believed to announce: 20 MB of table.
const RESERVE: u32 = 500_000;
const WHOLE: u32 = u32::MAX;
const FOREIGN: u32 = u32::MAX - 1;

/// What an entry of the push stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// Nothing: it is stored whole.
    None,
    /// Another entry of the push.
    Entry(u32),
    /// An object named by id: of the push or of the repository.
    Named(Oid),
}

/// All objects of a push, in the order of the pack.
pub(super) struct Table {
    format: ObjectFormat,
    offsets: Vec<u64>,
    ends: u64,
    bases: Vec<u32>,
    /// Entries that name their base by id, and those ids.
    named: Vec<u32>,
    names: Records,
    deltas: u64,
    kinds: Vec<u8>,
    depths: Vec<u16>,
    sizes: Vec<u64>,
    oids: Vec<u8>,
    by_oid: HashTable<u32>,
    seed: u64,
}

/// Ids are hashes already: eight of their bytes are a fine hash, once a seed keeps a sender from choosing objects whose
/// ids meet in one place.
fn hash(oid: &[u8], seed: u64) -> u64 {
    let word = oid.iter().skip(8).take(8).fold(0, |n, byte| n << 8 | u64::from(*byte));
    let mixed = (word ^ seed).wrapping_mul(seed | 1);
    mixed ^ mixed >> 32
}

impl Table {
    pub(super) fn new(format: ObjectFormat, seed: u64) -> Self {
        Self {
            format,
            offsets: Vec::new(),
            ends: 0,
            bases: Vec::new(),
            named: Vec::new(),
            names: Records::new(format.len()),
            deltas: 0,
            kinds: Vec::new(),
            depths: Vec::new(),
            sizes: Vec::new(),
            oids: Vec::new(),
            by_oid: HashTable::new(),
            seed: seed ^ 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Makes room for this many entries, as far as the number can be believed: growing by doubling would cost half as
    /// much memory again.
    pub(super) fn reserve(&mut self, entries: u32) {
        let entries = entries.min(RESERVE) as usize;
        self.offsets.reserve_exact(entries);
        self.bases.reserve_exact(entries);
        self.kinds.reserve_exact(entries);
        self.depths.reserve_exact(entries);
        self.sizes.reserve_exact(entries);
        self.oids.reserve_exact(entries * self.format.len());
    }

    /// Adds the entry at `offset` and answers its index.
    pub(super) fn push(&mut self, offset: u64, base: Base) -> u32 {
        let index = self.offsets.len() as u32;
        self.offsets.push(offset);
        self.deltas += u64::from(base != Base::None);
        self.bases.push(match base {
            Base::None => WHOLE,
            Base::Entry(entry) => entry,
            Base::Named(oid) => {
                self.named.push(index);
                self.names.push([oid.as_bytes(), &[]]);
                FOREIGN
            }
        });
        self.kinds.push(0);
        self.depths.push(0);
        self.sizes.push(0);
        self.oids.resize(self.oids.len() + self.format.len(), 0);
        index
    }

    /// Says where the last entry ends.
    pub(super) fn end(&mut self, offset: u64) {
        self.ends = offset;
    }

    /// Records what an entry turned out to be. Fails if the push holds the same object already.
    pub(super) fn resolve(&mut self, index: u32, oid: &Oid, kind: Kind, size: u64, depth: u16) -> Result<()> {
        let width = self.format.len();
        let at = index as usize;
        self.kinds[at] = kind as u8;
        self.sizes[at] = size;
        self.depths[at] = depth;
        self.oids[at * width..(at + 1) * width].copy_from_slice(oid.as_bytes());
        if self.find(oid).is_some() {
            return Err(Error::Refused(format!("object {oid} appears twice in the pack")));
        }
        let (oids, seed) = (&self.oids, self.seed);
        let rehash = |other: &u32| hash(&oids[*other as usize * width..(*other as usize + 1) * width], seed);
        self.by_oid.insert_unique(hash(oid.as_bytes(), seed), index, rehash);
        Ok(())
    }

    pub(super) fn format(&self) -> ObjectFormat {
        self.format
    }

    pub(super) fn len(&self) -> u32 {
        self.offsets.len() as u32
    }

    /// Bytes up to the end of the last complete entry.
    pub(super) const fn ends(&self) -> u64 {
        self.ends
    }

    /// Where an entry's header begins.
    pub(super) fn offset(&self, index: u32) -> u64 {
        self.offsets[index as usize]
    }

    /// Where the next entry begins.
    pub(super) fn end_of(&self, index: u32) -> u64 {
        self.offsets.get(index as usize + 1).copied().unwrap_or(self.ends)
    }

    /// The entry whose header begins at `offset`.
    pub(super) fn at(&self, offset: u64) -> Option<u32> {
        self.offsets.binary_search(&offset).ok().map(|index| index as u32)
    }

    /// What an entry stands on.
    pub(super) fn base(&self, index: u32) -> Base {
        match self.bases[index as usize] {
            WHOLE => Base::None,
            FOREIGN => {
                let at = self.named.binary_search(&index).ok();
                at.and_then(|at| Oid::from_bytes(self.names.get(at))).map_or(Base::None, Base::Named)
            }
            entry => Base::Entry(entry),
        }
    }

    /// How many entries stand on something.
    pub(super) const fn deltas(&self) -> u64 {
        self.deltas
    }

    /// How many entries name their base by id.
    pub(super) fn named(&self) -> u32 {
        self.named.len() as u32
    }

    /// The ids of those bases.
    pub(super) fn names(&self) -> impl Iterator<Item = Oid> {
        (0..self.names.len()).filter_map(|n| Oid::from_bytes(self.names.get(n)))
    }

    /// An entry's type, once resolved.
    pub(super) fn kind(&self, index: u32) -> Option<Kind> {
        Kind::from_code(self.kinds[index as usize])
    }

    pub(super) fn is_resolved(&self, index: u32) -> bool {
        self.kinds[index as usize] != 0
    }

    pub(super) fn size(&self, index: u32) -> u64 {
        self.sizes[index as usize]
    }

    pub(super) fn depth(&self, index: u32) -> u16 {
        self.depths[index as usize]
    }

    pub(super) fn oid_bytes(&self, index: u32) -> &[u8] {
        let width = self.format.len();
        &self.oids[index as usize * width..(index as usize + 1) * width]
    }

    pub(super) fn oid(&self, index: u32) -> Oid {
        Oid::from_bytes(self.oid_bytes(index)).unwrap_or(Oid::zero(self.format))
    }

    /// The resolved entry with this id.
    pub(super) fn find(&self, oid: &Oid) -> Option<u32> {
        let is = |index: &u32| self.oid_bytes(*index) == oid.as_bytes();
        self.by_oid.find(hash(oid.as_bytes(), self.seed), is).copied()
    }
}
