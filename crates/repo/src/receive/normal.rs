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
    view::View,
};

/// Where an entry lies after rewriting.
#[derive(Debug, Clone, Copy)]
struct Placed {
    offset: u64,
    end: u64,
    form: Form,
    depth: u16,
}

/// What of the push is stored, and where.
pub(super) struct Layout {
    /// Entries that are new to the repository, sorted by id.
    pub(super) kept: Vec<u32>,
    /// Which entries are not.
    dropped: Vec<bool>,
    /// Where entries lie, if not where they came in.
    placed: Option<Vec<Option<Placed>>>,
    /// The next entry to copy, those that wait for their bases on top of each other, and what is left of the last.
    next: u32,
    stack: Vec<u32>,
    copying: Option<Copying>,
}

/// An entry whose header is written and whose payload is being copied.
struct Copying {
    from: u64,
    until: u64,
}

impl Layout {
    /// Sorts the entries and finds those the repository has already.
    pub(super) fn plan(ingest: &Ingest, view: &View<'_>) -> Result<Self> {
        let table = &ingest.table;
        let mut kept: Vec<u32> = (0..table.len()).collect();
        kept.sort_unstable_by(|a, b| table.oid_bytes(*a).cmp(table.oid_bytes(*b)));
        let mut dropped = Vec::new();
        if !view.live.packs.is_empty() {
            dropped = vec![false; kept.len()];
            for entry in 0..table.len() {
                dropped[entry as usize] = is_duplicate(ingest, view, entry)?;
            }
            kept.retain(|entry| !dropped[*entry as usize]);
        }
        let mut layout = Self { kept, dropped, placed: None, next: 0, stack: Vec::new(), copying: None };
        if layout.needs_rewriting(ingest, view)? {
            layout.placed = Some(vec![None; table.len() as usize]);
        }
        Ok(layout)
    }

    pub(super) fn is_dropped(&self, entry: u32) -> bool {
        self.dropped.get(entry as usize).copied().unwrap_or(false)
    }

    /// Whether [`Layout::rewrite`] has to be called.
    pub(super) fn is_rewritten(&self) -> bool {
        self.placed.is_some()
    }

    fn needs_rewriting(&self, ingest: &Ingest, view: &View<'_>) -> Result<bool> {
        if self.kept.len() < ingest.table.len() as usize {
            return Ok(true);
        }
        for (_, base) in ingest.table.named() {
            if ingest.table.find(base).is_some() || foreign_depth(view, base)? >= limits::FOREIGN_CHAIN {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Copies entries to `out` until it is full. Answers whether all are there.
    pub(super) fn rewrite(&mut self, ingest: &Ingest, view: &View<'_>, out: &mut Staging) -> Result<bool> {
        let body = ingest.staging.body(view);
        loop {
            if let Some(copying) = self.copying.take() {
                self.copying = copy_bytes(&body, copying, out)?;
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

    /// The base of an entry, if it is an entry that is kept.
    fn own_base(&self, ingest: &Ingest, entry: u32) -> Option<u32> {
        let base = match ingest.table.base(entry) {
            Base::None => None,
            Base::Entry(base) => Some(base),
            Base::Named(oid) => ingest.table.find(&oid),
        };
        base.filter(|base| !self.is_dropped(*base))
    }

    fn at(&self, entry: u32) -> Option<Placed> {
        self.placed.as_ref()?.get(entry as usize).copied().flatten()
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
        let table = &ingest.table;
        let body = ingest.staging.body(view);
        let (header, header_len) = objects::header(view, &body, table.offset(entry))?;
        let offset = out.len();
        let (kind, form, depth) = match (table.base(entry), base.and_then(|base| self.at(base))) {
            (Base::None, _) => (header.kind, Form::Whole, 0),
            (_, Some(base)) => {
                let distance = offset - base.offset;
                (EntryKind::Ofs(distance), Form::Ofs(distance), base.depth + 1)
            }
            (named, None) => {
                let oid = match named {
                    Base::Named(oid) => oid,
                    Base::Entry(base) => table.oid(base),
                    Base::None => return Err(Error::Damage("a delta has no base".into())),
                };
                (EntryKind::Ref(oid), Form::Ref, foreign_depth(view, &oid)?.saturating_add(1))
            }
        };
        let mut bytes = Vec::new();
        let placed = if form == Form::Ref && depth > limits::FOREIGN_CHAIN {
            let object = ingest.object(view, entry)?;
            EntryHeader { kind: EntryKind::Whole(object.kind), size: object.data.len() as u64 }
                .encode(&mut bytes);
            bytes.extend_from_slice(&zlib::deflate(&object.data, 1));
            Placed { offset, end: offset + bytes.len() as u64, form: Form::Whole, depth: 0 }
        } else {
            EntryHeader { kind, size: header.size }.encode(&mut bytes);
            let (from, until) = (table.offset(entry) + header_len as u64, table.end_of(entry));
            self.copying = Some(Copying { from, until });
            Placed { offset, end: offset + bytes.len() as u64 + (until - from), form, depth }
        };
        out.push(&bytes);
        if let Some(slot) = self.placed.as_mut().and_then(|slots| slots.get_mut(entry as usize)) {
            *slot = Some(placed);
        }
        Ok(())
    }

    /// How many entries stand on an object of an older pack.
    pub(super) fn ref_deltas(&self, ingest: &Ingest) -> u32 {
        match &self.placed {
            None => ingest.table.named().len() as u32,
            Some(placed) => placed.iter().flatten().filter(|placed| placed.form == Form::Ref).count() as u32,
        }
    }

    /// The index entry of `entry`, but for its commit number.
    pub(super) fn entry(&self, ingest: &Ingest, entry: u32) -> Result<Entry> {
        let table = &ingest.table;
        let kind = table.kind(entry).ok_or_else(|| Error::Damage("an entry was not resolved".into()))?;
        let placed = match self.at(entry) {
            Some(placed) => placed,
            None => {
                let offset = table.offset(entry);
                let form = match table.base(entry) {
                    Base::None => Form::Whole,
                    Base::Entry(base) => Form::Ofs(offset - table.offset(base)),
                    Base::Named(_) => Form::Ref,
                };
                Placed { offset, end: table.end_of(entry), form, depth: table.depth(entry) }
            }
        };
        let packed = u32::try_from(placed.end - placed.offset)
            .map_err(|_| Error::TooLarge("an entry is over 4 GB".into()))?;
        let Placed { offset, form, depth, .. } = placed;
        Ok(Entry {
            oid: table.oid(entry),
            kind,
            form,
            depth,
            offset,
            packed,
            size: table.size(entry),
            cid: 0,
        })
    }

    /// Where an entry's header begins.
    pub(super) fn offset(&self, ingest: &Ingest, entry: u32) -> u64 {
        self.at(entry).map_or_else(|| ingest.table.offset(entry), |placed| placed.offset)
    }
}

fn foreign_depth(view: &View<'_>, oid: &Oid) -> Result<u16> {
    Ok(view.find(oid)?.ok_or(Error::Missing(*oid))?.entry.depth)
}

/// Whether the repository has this object. The same id with other bytes is an attack, never a duplicate.
fn is_duplicate(ingest: &Ingest, view: &View<'_>, entry: u32) -> Result<bool> {
    let oid = ingest.table.oid(entry);
    let Some(found) = view.find(&oid)? else { return Ok(false) };
    let same = Some(found.entry.kind) == ingest.table.kind(entry)
        && found.entry.size == ingest.table.size(entry)
        && ingest.object(view, entry)?.data == view.object_at(&found)?.data;
    if same { Ok(true) } else { Err(Error::Refused(format!("SHA1 COLLISION FOUND WITH {oid} !"))) }
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
