//! Sending chosen objects: packed bytes as they are stored, packs oldest first and each in the order of its body, so
//! that a delta's base comes before it. Only headers change, where the distance to the base does; a delta whose base the
//! client would not have is sent whole.

use gitflare_db::Sql;
use gitflare_git::{
    pack::{EntryHeader, EntryKind},
    zlib,
};

use super::set::{Set, spot};
use crate::{
    Error, Repository, Result,
    files::{self, FileId, ROW},
    index::Places,
    large::Recode,
    packs::Pack,
    view::{Found, View},
};

/// No header is longer.
const HEADER: u64 = 48;

/// The objects of a reply on their way out.
pub(super) struct Emit {
    set: Set,
    /// What the client has, if deltas may stand on it.
    known: Option<Set>,
    /// Whether offset deltas are welcome.
    ofs: bool,
    age: u32,
    order: Option<Order>,
    window: Window,
    /// Bytes of the pack so far.
    sent: u64,
    /// From which offset on entries were sent how far from where they are stored.
    shifts: Vec<(u64, i64)>,
    /// A range of the body to copy.
    copy: Option<(u64, u64)>,
    /// A large object that is being made, to be sent whole.
    recode: Option<Box<Recode>>,
    /// Objects that were sent whole though they are stored as deltas.
    pub(super) made: u64,
    /// What deflates them, one after another: thousands of states, each allocated and given back, tear memory to pieces.
    deflater: Option<zlib::Deflater>,
}

/// The entries of one pack that are sent.
enum Order {
    Listed(Vec<(u64, u32)>, usize),
    All(Places, usize),
}

/// An entry of the pack that is being sent.
struct Place {
    offset: u64,
    end: u64,
}

impl Emit {
    pub(super) fn new(set: Set, known: Option<Set>, ofs: bool) -> Self {
        Self {
            set,
            known,
            ofs,
            age: 0,
            order: None,
            window: Window::default(),
            sent: 12,
            shifts: Vec::new(),
            copy: None,
            recode: None,
            made: 0,
            deflater: None,
        }
    }

    /// Whether the next bytes come from [`Emit::go_on`].
    pub(super) const fn is_recoding(&self) -> bool {
        self.recode.is_some()
    }

    /// Goes on with a large object, in transactions of its own, and appends what came of it to `out`.
    pub(super) fn go_on(&mut self, now: i64, out: &mut Vec<u8>) -> Result<()> {
        let before = out.len();
        if let Some(mut recode) = self.recode.take()
            && recode.next(now, out)?
        {
            self.recode = Some(recode);
        }
        self.sent += (out.len() - before) as u64;
        Ok(())
    }

    /// Appends about `most` bytes to `out`, which is empty; whether that was all. Ends early before a large object.
    pub(super) fn fill(
        &mut self,
        repository: &Repository,
        view: &View<'_>,
        most: usize,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let begun = self.sent;
        while out.len() < most && self.recode.is_none() {
            if let Some((from, to)) = self.copy {
                let bytes = self.window.at(view.sql, from)?;
                let take = bytes.len().min((to - from) as usize);
                out.extend_from_slice(&bytes[..take]);
                let from = from + take as u64;
                self.copy = (from < to).then_some((from, to));
                continue;
            }
            let Some(pack) = view.live.packs.get(self.age as usize) else {
                self.sent = begun + out.len() as u64;
                return Ok(true);
            };
            match self.next(view, pack)? {
                Some(place) => self.entry(repository, view, pack, &place, begun + out.len() as u64, out)?,
                None => {
                    self.order = None;
                    self.shifts.clear();
                    self.age += 1;
                }
            }
        }
        self.sent = begun + out.len() as u64;
        Ok(false)
    }

    /// The next entry to send of this pack.
    fn next(&mut self, view: &View<'_>, pack: &Pack) -> Result<Option<Place>> {
        if self.set.count_of(self.age) == 0 {
            return Ok(None);
        }
        if self.order.is_none() {
            self.window = Window { file: Some(pack.file()), ..Window::default() };
            self.order = Some(match self.set.listed(self.age) {
                Some(list) => Order::Listed(list, 0),
                None => Order::All(view.index().places(pack)?, 0),
            });
        }
        match &mut self.order {
            Some(Order::Listed(list, next)) => {
                let Some((offset, rank)) = list.get(*next).copied() else { return Ok(None) };
                *next += 1;
                let packed = view.index().by_rank(pack, rank)?.packed;
                Ok(Some(Place { offset, end: offset + u64::from(packed) }))
            }
            Some(Order::All(places, next)) => {
                while let Some((offset, rank)) = places.get(*next) {
                    *next += 1;
                    if self.set.has(self.age, rank) {
                        let end = places.get(*next).map_or(pack.size(), |(offset, _)| offset);
                        return Ok(Some(Place { offset, end }));
                    }
                }
                Ok(None)
            }
            None => Ok(None),
        }
    }

    /// Sends the header of an entry and leaves the rest to be copied, or sends the object whole. `at` is where in the
    /// outgoing pack the entry begins.
    fn entry(
        &mut self,
        repository: &Repository,
        view: &View<'_>,
        pack: &Pack,
        place: &Place,
        at: u64,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let shift = at as i64 - place.offset as i64;
        if self.shifts.last().is_none_or(|(_, last)| *last != shift) {
            self.shifts.push((place.offset, shift));
        }
        let bytes = self.window.copy(view.sql, place.offset, HEADER.min(place.end - place.offset))?;
        let damaged =
            || Error::Damage(format!("the entry at {} of pack {} is malformed", place.offset, pack.id()));
        let (header, length) = EntryHeader::parse(&bytes, view.format)?.ok_or_else(damaged)?;
        let kind = match header.kind {
            EntryKind::Whole(_) => Some(header.kind),
            EntryKind::Ofs(distance) => {
                let base = place.offset.checked_sub(distance).ok_or_else(damaged)?;
                self.offset_delta(view, pack, base, at)?
            }
            EntryKind::Ref(oid) => {
                let base = spot(view, &oid)?.ok_or(Error::Missing(oid))?;
                let there =
                    self.set.holds(&base) || self.known.as_ref().is_some_and(|known| known.holds(&base));
                there.then_some(header.kind)
            }
        };
        match kind {
            Some(kind) if kind == header.kind => self.copy = Some((place.offset, place.end)),
            Some(kind) => {
                EntryHeader { kind, size: header.size }.encode(out);
                self.copy = Some((place.offset + length as u64, place.end));
            }
            None => {
                let entry = view.index().by_offset(pack, place.offset)?;
                let found = Found { age: self.age as usize, entry };
                if view.is_at_hand(&found) {
                    let object = view.object_at(&found)?;
                    EntryHeader { kind: EntryKind::Whole(object.kind), size: object.data.len() as u64 }
                        .encode(out);
                    self.deflater.get_or_insert_with(|| zlib::Deflater::new(1)).whole(&object.data, out);
                } else {
                    self.recode = Some(Box::new(Recode::begin(repository, view, &found, out)?));
                }
                self.made += 1;
            }
        }
        Ok(())
    }

    /// How a delta on the entry at `base` can be sent, if it can.
    fn offset_delta(&self, view: &View<'_>, pack: &Pack, base: u64, at: u64) -> Result<Option<EntryKind>> {
        let rank = match &self.order {
            Some(Order::Listed(list, _)) => match list.binary_search_by_key(&base, |(offset, _)| *offset) {
                Ok(found) => list.get(found).map(|(_, rank)| *rank),
                Err(_) => view.index().rank_at(pack, base)?,
            },
            Some(Order::All(places, _)) => places.rank_at(base),
            None => None,
        };
        let rank = rank.ok_or_else(|| Error::Damage(format!("no entry at {base} of pack {}", pack.id())))?;
        let named = || Ok::<_, Error>(Some(EntryKind::Ref(view.index().by_rank(pack, rank)?.oid)));
        if self.set.has(self.age, rank) {
            return if self.ofs { Ok(Some(EntryKind::Ofs(at - self.moved(base)))) } else { named() };
        }
        if self.known.as_ref().is_some_and(|known| known.has(self.age, rank)) { named() } else { Ok(None) }
    }

    /// Where in the outgoing pack the entry stored at `offset` was sent.
    fn moved(&self, offset: u64) -> u64 {
        let after = self.shifts.partition_point(|(from, _)| *from <= offset);
        let shift = after.checked_sub(1).and_then(|n| self.shifts.get(n)).map_or(0, |(_, shift)| *shift);
        offset.saturating_add_signed(shift)
    }
}

/// The row of a body that is being copied from.
#[derive(Default)]
struct Window {
    file: Option<FileId>,
    row: Option<u64>,
    data: Vec<u8>,
}

impl Window {
    /// The bytes from `offset` to the end of its row.
    fn at(&mut self, sql: &dyn Sql, offset: u64) -> Result<&[u8]> {
        let row = offset / ROW as u64;
        if self.row != Some(row) {
            let file = self.file.ok_or_else(|| Error::Damage("no body to read from".into()))?;
            self.data.clear();
            self.row = None;
            files::append_row(sql, file, row, &mut self.data)?;
            self.row = Some(row);
        }
        self.data
            .get((offset % ROW as u64) as usize..)
            .filter(|bytes| !bytes.is_empty())
            .ok_or_else(|| Error::Damage(format!("a body ends before byte {offset}")))
    }

    /// A copy of `len` bytes, perhaps from two rows.
    fn copy(&mut self, sql: &dyn Sql, offset: u64, len: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(len as usize);
        while (bytes.len() as u64) < len {
            let piece = self.at(sql, offset + bytes.len() as u64)?;
            let take = piece.len().min(len as usize - bytes.len());
            bytes.extend_from_slice(&piece[..take]);
        }
        Ok(bytes)
    }
}
