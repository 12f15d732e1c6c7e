//! The normal form of a pushed pack: no object the repository has already, every base before its delta, and every base
//! named by id in an older pack.
//!
//! Most packs have it as they come. The others are rewritten once: packed payloads are copied as they are, only entry
//! headers change.

use gitflare_git::{
    Oid,
    pack::{EntryHeader, EntryKind},
    zlib,
};

use super::{ingest::Ingest, staging::Staging, table::Base};
use crate::{
    Error, Result,
    index::{Entry, Form},
    limits,
    objects::{self, Body},
    view::{Found, View},
};

/// Entries looked up in one slice, and bytes compared.
const LOOKUPS: usize = 20_000;
const COMPARED: u64 = 16 << 20;

/// Where an entry lies after rewriting: numbers without gaps, because there is one for each object of a push.
#[derive(Debug, Clone, Copy, Default)]
struct Placed {
    offset: u64,
    /// Distance to the base, 0 for none, all ones for a base named by id.
    link: u64,
    /// Bytes it takes; 0 before it is placed.
    packed: u32,
    depth: u16,
}

const NAMED: u64 = u64::MAX;

impl Placed {
    fn form(&self) -> Form {
        match self.link {
            0 => Form::Whole,
            NAMED => Form::Ref,
            distance => Form::Ofs(distance),
        }
    }
}

/// What of the push is stored, and where.
pub(super) struct Layout {
    /// Entries that are new to the repository, sorted by id.
    pub(super) kept: Vec<u32>,
    /// Which entries are not.
    dropped: Vec<bool>,
    /// How many entries were looked up in the repository.
    sifted: u32,
    /// Where entries lie, if not where they came in.
    placed: Option<Vec<Placed>>,
    /// The next entry to copy, those that wait for their bases on top of each other, and what is left of the last.
    next: u32,
    stack: Vec<u32>,
    copying: Option<Copying>,
}

/// An entry whose header is written and whose payload is being copied.
struct Copying {
    from: u64,
    until: u64,
    /// From what was deflated anew instead of from the pack.
    whole: bool,
}

/// How far the search for what the repository has already has come.
pub(super) enum Sift {
    More,
    /// This entry may be that object, and memory has no room to compare them.
    Compare(u32, Found),
    Done,
}

impl Layout {
    /// All entries, sorted by id.
    pub(super) fn new(ingest: &Ingest) -> Self {
        let table = &ingest.table;
        let mut kept: Vec<u32> = (0..table.len()).collect();
        kept.sort_unstable_by(|a, b| table.oid_bytes(*a).cmp(table.oid_bytes(*b)));
        Self { kept, dropped: Vec::new(), sifted: 0, placed: None, next: 0, stack: Vec::new(), copying: None }
    }

    /// Looks for entries the repository has already.
    pub(super) fn sift(&mut self, ingest: &Ingest, view: &View<'_>) -> Result<Sift> {
        if view.live.packs.is_empty() {
            return Ok(Sift::Done);
        }
        self.dropped.resize(ingest.table.len() as usize, false);
        let mut compared = 0;
        for _ in 0..LOOKUPS {
            let entry = self.sifted;
            if entry == ingest.table.len() {
                self.kept.retain(|entry| !self.dropped[*entry as usize]);
                return Ok(Sift::Done);
            }
            self.sifted += 1;
            let Some(found) = duplicate_of(ingest, view, entry)? else { continue };
            if ingest.is_far(entry) || found.entry.size > limits::KEEP {
                return Ok(Sift::Compare(entry, found));
            }
            if ingest.object(view, entry)?.data != view.object_at(&found)?.data {
                return Err(collision(&found.entry.oid));
            }
            self.leave_out(entry);
            compared += found.entry.size;
            if compared > COMPARED {
                break;
            }
        }
        Ok(Sift::More)
    }

    /// Leaves an entry out, because the repository has the same object.
    pub(super) fn leave_out(&mut self, entry: u32) {
        if let Some(dropped) = self.dropped.get_mut(entry as usize) {
            *dropped = true;
        }
    }

    /// Decides, once all are sifted, whether the rest has to be rewritten.
    pub(super) fn decide(&mut self, ingest: &Ingest, view: &View<'_>) -> Result<()> {
        if self.needs_rewriting(ingest, view)? {
            self.placed = Some(vec![Placed::default(); ingest.table.len() as usize]);
        }
        Ok(())
    }

    pub(super) fn is_dropped(&self, entry: u32) -> bool {
        self.dropped.get(entry as usize).copied().unwrap_or(false)
    }

    /// Whether [`Layout::rewrite`] has to be called.
    pub(super) fn is_rewritten(&self) -> bool {
        self.placed.is_some()
    }

    fn needs_rewriting(&self, ingest: &Ingest, view: &View<'_>) -> Result<bool> {
        if self.kept.len() < ingest.table.len() as usize || !ingest.heavy.whole.is_empty() {
            return Ok(true);
        }
        for base in ingest.table.names() {
            if ingest.table.find(&base).is_some() || foreign_depth(view, &base)? >= limits::FOREIGN_CHAIN {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Copies entries to `out` until it is full. Answers whether all are there.
    pub(super) fn rewrite(&mut self, ingest: &Ingest, view: &View<'_>, out: &mut Staging) -> Result<bool> {
        let (body, whole) = (ingest.staging.body(view), ingest.heavy.whole.staging.body(view));
        loop {
            if let Some(copying) = self.copying.take() {
                let body = if copying.whole { &whole } else { &body };
                self.copying = copy_bytes(body, copying, out)?;
            }
            if out.is_full() {
                return Ok(false);
            }
            let Some(entry) = self.stack.pop() else {
                if self.next == ingest.table.len() {
                    return Ok(true);
                }
                self.stack.push(self.next);
                self.next += 1;
                continue;
            };
            if self.is_dropped(entry) || self.at(entry).is_some() {
                continue;
            }
            match self.own_base(ingest, entry) {
                Some(base) if self.at(base).is_none() => self.stack.extend([entry, base]),
                base => self.copy(ingest, view, entry, base, out)?,
            }
        }
    }

    /// The base an entry stands on in the output, if that is an entry of it.
    fn own_base(&self, ingest: &Ingest, entry: u32) -> Option<u32> {
        if ingest.heavy.whole.place(entry).is_some() {
            return None;
        }
        let base = match ingest.table.base(entry) {
            Base::None => None,
            Base::Entry(base) => Some(base),
            Base::Named(oid) => ingest.table.find(&oid),
        };
        base.filter(|base| !self.is_dropped(*base))
    }

    fn at(&self, entry: u32) -> Option<Placed> {
        self.placed.as_ref()?.get(entry as usize).copied().filter(|placed| placed.packed > 0)
    }

    /// Writes the header of an entry, and leaves its payload to be copied.
    fn copy(
        &mut self,
        ingest: &Ingest,
        view: &View<'_>,
        entry: u32,
        base: Option<u32>,
        out: &mut Staging,
    ) -> Result<()> {
        let (table, offset) = (&ingest.table, out.len());
        let mut bytes = Vec::new();
        let (link, depth, copying) = if let Some((from, until)) = ingest.heavy.whole.place(entry) {
            let kind = table.kind(entry).ok_or_else(unresolved)?;
            EntryHeader { kind: EntryKind::Whole(kind), size: table.size(entry) }.encode(&mut bytes);
            (0, 0, Some(Copying { from, until, whole: true }))
        } else {
            let (header, header_len) =
                objects::header(view, &ingest.staging.body(view), table.offset(entry))?;
            let (kind, link, depth) = self.relink(ingest, view, entry, base, header.kind, offset)?;
            let is_small = !ingest.is_far(entry);
            if link == NAMED && depth > limits::FOREIGN_CHAIN && is_small {
                let object = ingest.object(view, entry)?;
                EntryHeader { kind: EntryKind::Whole(object.kind), size: object.data.len() as u64 }
                    .encode(&mut bytes);
                bytes.extend_from_slice(&zlib::deflate(&object.data, 1));
                (0, 0, None)
            } else {
                EntryHeader { kind, size: header.size }.encode(&mut bytes);
                let (from, until) = (table.offset(entry) + header_len as u64, table.end_of(entry));
                (link, depth, Some(Copying { from, until, whole: false }))
            }
        };
        let copied = copying.as_ref().map_or(0, |copying| copying.until - copying.from);
        let packed = packed(bytes.len() as u64 + copied)?;
        self.copying = copying;
        out.push(&bytes);
        if let Some(slot) = self.placed.as_mut().and_then(|slots| slots.get_mut(entry as usize)) {
            *slot = Placed { offset, link, packed, depth };
        }
        Ok(())
    }

    /// What an entry stands on in the output: the form of its header, the link, and how deep that makes it.
    fn relink(
        &self,
        ingest: &Ingest,
        view: &View<'_>,
        entry: u32,
        base: Option<u32>,
        stored: EntryKind,
        offset: u64,
    ) -> Result<(EntryKind, u64, u16)> {
        let table = &ingest.table;
        Ok(match (table.base(entry), base.and_then(|base| self.at(base))) {
            (Base::None, _) => (stored, 0, 0),
            (_, Some(base)) => {
                let distance = offset - base.offset;
                (EntryKind::Ofs(distance), distance, base.depth + 1)
            }
            (named, None) => {
                let oid = match named {
                    Base::Named(oid) => oid,
                    Base::Entry(base) => table.oid(base),
                    Base::None => return Err(Error::Damage("a delta has no base".into())),
                };
                let depth = foreign_depth(view, &oid)?.saturating_add(1);
                if depth > limits::CHAIN {
                    return Err(super::ingest::bad("delta chain is longer than 4095", table.offset(entry)));
                }
                (EntryKind::Ref(oid), NAMED, depth)
            }
        })
    }

    /// How many entries stand on an object of an older pack.
    pub(super) fn ref_deltas(&self, ingest: &Ingest) -> u32 {
        match &self.placed {
            None => ingest.table.named(),
            Some(placed) => {
                placed.iter().filter(|placed| placed.packed > 0 && placed.link == NAMED).count() as u32
            }
        }
    }

    /// The index entry of `entry`, but for its commit number.
    pub(super) fn entry(&self, ingest: &Ingest, entry: u32) -> Result<Entry> {
        let table = &ingest.table;
        let (oid, size) = (table.oid(entry), table.size(entry));
        let kind = table.kind(entry).ok_or_else(unresolved)?;
        if let Some(placed) = self.at(entry) {
            let Placed { offset, packed, depth, .. } = placed;
            return Ok(Entry { oid, kind, form: placed.form(), depth, offset, packed, size, cid: 0 });
        }
        let offset = table.offset(entry);
        let form = match table.base(entry) {
            Base::None => Form::Whole,
            Base::Entry(base) => Form::Ofs(offset - table.offset(base)),
            Base::Named(_) => Form::Ref,
        };
        let packed = packed(table.end_of(entry) - offset)?;
        Ok(Entry { oid, kind, form, depth: table.depth(entry), offset, packed, size, cid: 0 })
    }

    /// Where an entry's header begins.
    pub(super) fn offset(&self, ingest: &Ingest, entry: u32) -> u64 {
        self.at(entry).map_or_else(|| ingest.table.offset(entry), |placed| placed.offset)
    }
}

fn foreign_depth(view: &View<'_>, oid: &Oid) -> Result<u16> {
    Ok(view.find(oid)?.ok_or(Error::Missing(*oid))?.entry.depth)
}

/// What the repository has under the id of an entry. Another type or size under the same id is an attack.
fn duplicate_of(ingest: &Ingest, view: &View<'_>, entry: u32) -> Result<Option<Found>> {
    let oid = ingest.table.oid(entry);
    let Some(found) = view.find(&oid)? else { return Ok(None) };
    let same =
        Some(found.entry.kind) == ingest.table.kind(entry) && found.entry.size == ingest.table.size(entry);
    if same { Ok(Some(found)) } else { Err(collision(&oid)) }
}

/// The same id with other bytes is never a duplicate.
pub(super) fn collision(oid: &Oid) -> Error {
    Error::Refused(format!("SHA1 COLLISION FOUND WITH {oid} !"))
}

fn unresolved() -> Error {
    Error::Damage("an entry was not resolved".into())
}

fn packed(bytes: u64) -> Result<u32> {
    u32::try_from(bytes).map_err(|_| Error::TooLarge("an entry is over 4 GB".into()))
}

/// Copies packed bytes until `out` is full; answers what is left.
fn copy_bytes(body: &dyn Body, mut copying: Copying, out: &mut Staging) -> Result<Option<Copying>> {
    while copying.from < copying.until {
        if out.is_full() {
            return Ok(Some(copying));
        }
        let piece = body.at(copying.from)?;
        let take = piece.len().min((copying.until - copying.from) as usize);
        if take == 0 {
            return Err(Error::Damage("a staged body ends early".into()));
        }
        out.push(&piece[..take]);
        copying.from += take as u64;
    }
    Ok(None)
}
