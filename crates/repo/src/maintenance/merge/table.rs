//! All entries of the packs that are joined, and where they go: 48 bytes each.

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

use gitflare_git::{Oid, object::Kind};

use super::torn;
use crate::{
    Result,
    files::FileId,
    index::{Entry, Form, cursor::Cursor},
    limits,
    packs::Pack,
    view::View,
};

/// What an entry stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Nothing.
    Whole,
    /// An entry this many bytes back.
    Ofs(u64),
    /// An object of an older pack.
    Ref,
}

/// A pack that is joined.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) pack: i64,
    pub(super) file: FileId,
    pub(super) size: u64,
}

/// An entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Which of the packs it is in.
    pub(super) source: u32,
    /// Where its header begins there.
    pub(super) old: u64,
    /// Bytes it takes: there, and once it is placed, in the output.
    pub(super) packed: u32,
    /// Where its header begins in the output.
    pub(super) new: u64,
    pub(super) link: Link,
    pub(super) depth: u16,
    /// Whether memory has no room for it.
    pub(super) is_large: bool,
}

/// An item as it is kept: numbers without gaps between them.
struct Slot {
    old: u64,
    new: u64,
    /// Distance to the base, 0 for none, all ones for a base named by id.
    link: u64,
    packed: u32,
    rank: u32,
    depth: u16,
    kind: Kind,
    is_large: bool,
    placed: bool,
}

const NAMED: u64 = u64::MAX;

/// The table.
pub(super) struct Table {
    sources: Vec<Source>,
    /// In body order, per source.
    slots: Vec<Vec<Slot>>,
    /// Source and place among its slots, in the order of the output.
    order: Vec<(u32, u32)>,
}

fn group(kind: Kind) -> u8 {
    match kind {
        Kind::Commit | Kind::Tag => 0,
        Kind::Tree => 1,
        Kind::Blob => 2,
    }
}

fn link_of(number: u64) -> Link {
    match number {
        0 => Link::Whole,
        NAMED => Link::Ref,
        distance => Link::Ofs(distance),
    }
}

fn number_of(link: Link) -> u64 {
    match link {
        Link::Whole => 0,
        Link::Ofs(distance) => distance,
        Link::Ref => NAMED,
    }
}

fn slot(entry: &Entry) -> Slot {
    let link = match entry.form {
        Form::Whole => 0,
        Form::Ofs(distance) => distance,
        Form::Ref => NAMED,
    };
    Slot {
        old: entry.offset,
        new: 0,
        link,
        packed: entry.packed,
        rank: 0,
        depth: entry.depth,
        kind: entry.kind,
        is_large: entry.size > limits::KEEP,
        placed: false,
    }
}

impl Table {
    /// Reads the indexes of the live packs in `run`.
    pub(super) fn load(view: &View<'_>, run: Range<usize>) -> Result<Self> {
        let mut table = Self { sources: Vec::new(), slots: Vec::new(), order: Vec::new() };
        for pack in view.live.packs.get(run).unwrap_or_default() {
            let mut slots = Vec::with_capacity(pack.row.objects as usize);
            let mut cursor = Cursor::default();
            while let Some(entry) = cursor.next(&view.index(), pack)? {
                slots.push(slot(&entry));
            }
            slots.sort_unstable_by_key(|slot| slot.old);
            table.sources.push(Source { pack: pack.id(), file: pack.file(), size: pack.size() });
            table.slots.push(slots);
        }
        for wanted in 0..3 {
            for (source, slots) in table.slots.iter().enumerate() {
                let wanted = slots.iter().enumerate().filter(|(_, slot)| group(slot.kind) == wanted);
                table.order.extend(wanted.map(|(place, _)| (source as u32, place as u32)));
            }
        }
        Ok(table)
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The entry that comes at this place in the output.
    pub(super) fn item(&self, number: usize) -> Result<Item> {
        let (source, place) = *self.order.get(number).ok_or_else(torn)?;
        let slot =
            self.slots.get(source as usize).and_then(|slots| slots.get(place as usize)).ok_or_else(torn)?;
        Ok(slot.item(source))
    }

    /// Records where an entry went.
    pub(super) fn place(
        &mut self,
        number: usize,
        new: u64,
        packed: u32,
        link: Link,
        depth: u16,
    ) -> Result<()> {
        let (source, place) = *self.order.get(number).ok_or_else(torn)?;
        let slot = self
            .slots
            .get_mut(source as usize)
            .and_then(|slots| slots.get_mut(place as usize))
            .ok_or_else(torn)?;
        (slot.new, slot.packed, slot.link, slot.depth, slot.placed) =
            (new, packed, number_of(link), depth, true);
        Ok(())
    }

    /// The entry at `old` of a source, which must have been placed: bases come first.
    pub(super) fn placed(&self, source: u32, old: u64) -> Result<Item> {
        let slots = self.slots.get(source as usize).ok_or_else(torn)?;
        let found = slots.binary_search_by_key(&old, |slot| slot.old).ok().and_then(|place| slots.get(place));
        found.filter(|slot| slot.placed).map(|slot| slot.item(source)).ok_or_else(torn)
    }

    pub(super) fn source(&self, item: &Item) -> Result<Source> {
        self.sources.get(item.source as usize).copied().ok_or_else(torn)
    }

    /// The source that is this pack.
    pub(super) fn source_of(&self, pack: i64) -> Option<u32> {
        self.sources.iter().position(|source| source.pack == pack).map(|source| source as u32)
    }

    /// All sources are live still, and next to each other.
    pub(super) fn check_live(&self, view: &View<'_>) -> Result<()> {
        let first =
            view.live.packs.iter().position(|pack| self.source_of(pack.id()) == Some(0)).ok_or_else(torn)?;
        let run = view.live.packs.get(first..first + self.sources.len()).ok_or_else(torn)?;
        let same = run
            .iter()
            .zip(&self.sources)
            .all(|(pack, source): (&std::sync::Arc<Pack>, _)| pack.id() == source.pack);
        if same { Ok(()) } else { Err(torn()) }
    }

    /// How many entries stand on objects of older packs.
    pub(super) fn ref_deltas(&self) -> u32 {
        self.slots.iter().flatten().filter(|slot| slot.link == NAMED).count() as u32
    }

    /// Offset and rank of every entry, in the order of the output. Ranks are known once all of [`Sorted`] was taken.
    pub(super) fn positions(&self) -> Vec<(u64, u32)> {
        let slots = self
            .order
            .iter()
            .filter_map(|(source, place)| self.slots.get(*source as usize)?.get(*place as usize));
        slots.map(|slot| (slot.new, slot.rank)).collect()
    }

    /// The entries in the order of their ids.
    pub(super) fn sorted(&self) -> Sorted {
        Sorted {
            cursors: self.sources.iter().map(|_| Cursor::default()).collect(),
            heap: BinaryHeap::new(),
            rank: None,
        }
    }
}

impl Slot {
    fn item(&self, source: u32) -> Item {
        Item {
            source,
            old: self.old,
            packed: self.packed,
            new: self.new,
            link: link_of(self.link),
            depth: self.depth,
            is_large: self.is_large,
        }
    }
}

/// Merges the indexes of the sources.
pub(super) struct Sorted {
    cursors: Vec<Cursor>,
    heap: BinaryHeap<Reverse<(Oid, u32, Waiting)>>,
    /// None before the first entry.
    rank: Option<u32>,
}

/// An entry in the heap; ids are unique, so it never decides an order.
struct Waiting(Entry);

impl PartialEq for Waiting {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Sorted {
    /// The next entry as it stands in the output.
    pub(super) fn next(&mut self, view: &View<'_>, table: &mut Table) -> Result<Option<Entry>> {
        if self.rank.is_none() {
            for source in 0..self.cursors.len() {
                self.advance(view, table, source as u32)?;
            }
        }
        let Some(Reverse((_, source, Waiting(mut entry)))) = self.heap.pop() else { return Ok(None) };
        let rank = self.rank.map_or(0, |rank| rank + 1);
        self.rank = Some(rank);
        self.advance(view, table, source)?;
        let slots = table.slots.get_mut(source as usize).ok_or_else(torn)?;
        let place = slots.binary_search_by_key(&entry.offset, |slot| slot.old).map_err(|_| torn())?;
        let slot = slots.get_mut(place).filter(|slot| slot.placed).ok_or_else(torn)?;
        slot.rank = rank;
        entry.form = match link_of(slot.link) {
            Link::Whole => Form::Whole,
            Link::Ofs(distance) => Form::Ofs(distance),
            Link::Ref => Form::Ref,
        };
        (entry.offset, entry.packed, entry.depth) = (slot.new, slot.packed, slot.depth);
        Ok(Some(entry))
    }

    fn advance(&mut self, view: &View<'_>, table: &Table, source: u32) -> Result<()> {
        let pack = table.sources.get(source as usize).ok_or_else(torn)?.pack;
        let pack = view.live.packs.iter().find(|live| live.id() == pack).ok_or_else(torn)?;
        let cursor = self.cursors.get_mut(source as usize).ok_or_else(torn)?;
        if let Some(entry) = cursor.next(&view.index(), pack)? {
            self.heap.push(Reverse((entry.oid, source, Waiting(entry))));
        }
        Ok(())
    }
}
