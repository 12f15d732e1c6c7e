//! Objects to send, as a bit each; and, while they are few, a list that saves looking through whole packs for them.

use std::sync::Arc;

use gitflare_git::{Kind, Oid, object::tag_head};

use crate::{
    Error, Result,
    bits::Bits,
    cache::Object,
    index::Entry,
    view::{Found, View},
};

/// Beyond this many objects the list is given up.
const LISTED: usize = 65_536;

/// An object and its place in the order of ids.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    /// Index into the live packs.
    pub(super) age: u32,
    /// Rank in the pack's index.
    pub(super) rank: u32,
    pub(super) entry: Entry,
}

/// Looks an id up, newest pack first.
pub(super) fn spot(view: &View<'_>, oid: &Oid) -> Result<Option<Spot>> {
    let index = view.index();
    for (age, pack) in view.live.packs.iter().enumerate().rev() {
        if let Some((rank, entry)) = index.find_ranked(pack, oid)? {
            return Ok(Some(Spot { age: age as u32, rank, entry }));
        }
    }
    Ok(None)
}

/// Looks an id up that must be there.
pub(super) fn must(view: &View<'_>, oid: &Oid) -> Result<Spot> {
    spot(view, oid)?.ok_or(Error::Missing(*oid))
}

/// An object and, if it is a tag, what it leads to.
pub(super) fn chain(view: &View<'_>, oid: &Oid) -> Result<Vec<Spot>> {
    let mut chain = vec![must(view, oid)?];
    while let Some(last) = chain.last().filter(|last| last.entry.kind == Kind::Tag) {
        if chain.len() > 64 {
            return Err(Error::Refused(format!("tag {oid} is nested too deeply")));
        }
        let next = must(view, &tag_head(&read(view, last)?.data, view.format)?.target)?;
        chain.push(next);
    }
    Ok(chain)
}

/// Reads an object.
pub(super) fn read(view: &View<'_>, spot: &Spot) -> Result<Arc<Object>> {
    view.object_at(&Found { age: spot.age as usize, entry: spot.entry.clone() })
}

/// A set of objects.
#[derive(Debug, Default)]
pub(super) struct Set {
    packs: Vec<Bits>,
    list: Vec<(u32, u64, u32)>,
    count: u64,
}

impl Set {
    /// Adds an object; whether it is new.
    pub(super) fn add(&mut self, spot: &Spot) -> bool {
        self.add_at(spot.age, spot.rank, spot.entry.offset)
    }

    /// Adds the object of this rank, whose entry begins at `offset`.
    pub(super) fn add_at(&mut self, age: u32, rank: u32, offset: u64) -> bool {
        if age as usize >= self.packs.len() {
            self.packs.resize_with(age as usize + 1, Bits::default);
        }
        let new = self.packs[age as usize].add(rank);
        if new {
            if self.count == self.list.len() as u64 && self.list.len() < LISTED {
                self.list.push((age, offset, rank));
            }
            self.count += 1;
        }
        new
    }

    pub(super) fn has(&self, age: u32, rank: u32) -> bool {
        self.packs.get(age as usize).is_some_and(|bits| bits.has(rank))
    }

    pub(super) fn holds(&self, spot: &Spot) -> bool {
        self.has(spot.age, spot.rank)
    }

    /// How many objects there are.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// How many of one pack.
    pub(super) fn count_of(&self, age: u32) -> u64 {
        self.packs.get(age as usize).map_or(0, Bits::count)
    }

    /// Offsets and ranks of the objects of one pack in the order of the body, if the list holds all objects.
    pub(super) fn listed(&self, age: u32) -> Option<Vec<(u64, u32)>> {
        if self.count != self.list.len() as u64 {
            return None;
        }
        let own = self.list.iter().filter(|(of, ..)| *of == age);
        let mut places: Vec<_> = own.map(|(_, offset, rank)| (*offset, *rank)).collect();
        places.sort_unstable();
        Some(places)
    }
}
