//! The objects as one pack, as a stream. What lies in a pack is copied as it lies there, deltas included.

use std::{collections::HashMap, rc::Rc};

use gitflare_git::{
    Kind, ObjectFormat, Oid,
    hash::Checksum,
    pack::{EntryHeader, EntryKind, pack_header},
    zlib,
};
use gix_odb::HeaderExt as _;
use gix_pack::{Find, FindExt, data::entry::Location};

use super::folder::Objects;
use crate::error::{Failure, Result};

/// Where an object lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) oid: Oid,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    /// Pack, offset and size there.
    Pack(u32, u64, usize),
    /// By itself, of this size when inflated.
    Loose(u64),
}

impl Place {
    /// Where each of them lies.
    pub(super) fn of(objects: &Objects, oids: impl Iterator<Item = Oid>) -> Result<Vec<Self>> {
        let mut buffer = Vec::new();
        let mut place = |oid| {
            let location = objects.location_by_oid(&id(oid)?, &mut buffer).map_err(Failure::new)?;
            let at = match location {
                Some(at) => At::Pack(at.pack_id, at.pack_offset, at.entry_size),
                None => At::Loose(objects.header(id(oid)?).map_err(Failure::new)?.size()),
            };
            Ok(Self { oid, at })
        };
        oids.map(&mut place).collect()
    }

    /// Bytes it takes there.
    pub(super) fn size(&self) -> u64 {
        match self.at {
            At::Pack(_, _, size) => size as u64,
            At::Loose(size) => size,
        }
    }

    /// What places are read in the order of: bases come before what stands on them, and the disk is read once.
    fn position(&self) -> (u32, u64) {
        match self.at {
            At::Pack(pack, offset, _) => (pack, offset),
            At::Loose(_) => (u32::MAX, 0),
        }
    }
}

/// The packed objects that earlier packs have brought: others can stand on them. Pack and offset say which.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Rc<HashMap<(u32, u64), Oid>>);

impl Sent {
    /// Adds some.
    pub(super) fn add(&mut self, places: &[Place]) {
        Rc::make_mut(&mut self.0).extend(places.iter().filter_map(|place| match place.at {
            At::Pack(pack, offset, _) => Some(((pack, offset), place.oid)),
            At::Loose(_) => None,
        }));
    }
}

/// A pack of these objects, made while it is read.
pub(super) struct PackStream<'a> {
    objects: &'a Objects,
    places: Vec<Place>,
    sent: Sent,
    next: usize,
    /// Where entries that were copied begin in the new pack.
    written: HashMap<(u32, u64), u64>,
    offset: u64,
    sum: Option<Checksum>,
    begun: bool,
    buffer: Vec<u8>,
}

impl<'a> PackStream<'a> {
    /// A pack of what lies at `places`, which may stand on what was `sent`.
    pub(super) fn new(objects: &'a Objects, mut places: Vec<Place>, sent: Sent) -> Self {
        places.sort_by_key(Place::position);
        Self {
            objects,
            places,
            sent,
            next: 0,
            written: HashMap::new(),
            offset: 0,
            sum: Some(Checksum::new(ObjectFormat::Sha1)),
            begun: false,
            buffer: Vec::new(),
        }
    }

    /// How many bytes it has: it is made for that.
    pub(super) fn size(mut self) -> Result<u64> {
        let mut size = 0;
        while let Some(piece) = self.next(1 << 20)? {
            size += piece.len() as u64;
        }
        Ok(size)
    }

    /// How many objects are through, and how many there are.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.next as u64, self.places.len() as u64)
    }

    /// About `size` more bytes; `None` at the end.
    pub(super) fn next(&mut self, size: usize) -> Result<Option<Vec<u8>>> {
        let Some(mut sum) = self.sum.take() else { return Ok(None) };
        let mut out = Vec::with_capacity(size);
        if !self.begun {
            self.begun = true;
            let count = u32::try_from(self.places.len()).map_err(|_| Failure::new("too many objects"))?;
            out.extend_from_slice(&pack_header(count));
        }
        while out.len() < size
            && let Some(place) = self.places.get(self.next).copied()
        {
            let start = self.offset + out.len() as u64;
            if let At::Pack(pack, offset, _) = place.at {
                self.written.insert((pack, offset), start);
            }
            self.entry(place, start, &mut out)?;
            self.next += 1;
        }
        self.offset += out.len() as u64;
        sum.update(&out);
        if self.next == self.places.len() {
            out.extend_from_slice(sum.finish().as_bytes());
        } else {
            self.sum = Some(sum);
        }
        Ok(Some(out))
    }

    fn entry(&mut self, place: Place, start: u64, out: &mut Vec<u8>) -> Result<()> {
        match place.at {
            At::Pack(pack, offset, size) if self.copy(pack, offset, size, start, out)? => Ok(()),
            _ => self.whole(place.oid, out),
        }
    }

    /// Copies the entry as it lies in its pack, if the base it stands on is sent too, or was.
    fn copy(&self, pack: u32, offset: u64, size: usize, start: u64, out: &mut Vec<u8>) -> Result<bool> {
        let location = Location { pack_id: pack, pack_offset: offset, entry_size: size };
        let Some(entry) = self.objects.entry_by_location(&location) else { return Ok(false) };
        let Some((header, used)) = EntryHeader::parse(&entry.data, ObjectFormat::Sha1)? else {
            return Ok(false);
        };
        let kind = match header.kind {
            EntryKind::Whole(kind) => EntryKind::Whole(kind),
            // Rare on disk, and its base may lie in any pack.
            EntryKind::Ref(_) => return Ok(false),
            EntryKind::Ofs(distance) => {
                let Some(base) = offset.checked_sub(distance) else { return Ok(false) };
                // Bases lie before what stands on them: one that is sent has been written.
                match (self.written.get(&(pack, base)), self.sent.0.get(&(pack, base))) {
                    (Some(written), _) => EntryKind::Ofs(start - written),
                    (None, Some(oid)) => EntryKind::Ref(*oid),
                    (None, None) => return Ok(false),
                }
            }
        };
        EntryHeader { kind, size: header.size }.encode(out);
        out.extend_from_slice(entry.data.get(used..).unwrap_or_default());
        Ok(true)
    }

    /// Writes the object itself, deflated lightly: storage may do better later.
    fn whole(&mut self, oid: Oid, out: &mut Vec<u8>) -> Result<()> {
        let (data, _) = self.objects.find(&id(oid)?, &mut self.buffer).map_err(Failure::new)?;
        let kind = Kind::from_name(data.kind.as_bytes())
            .ok_or_else(|| Failure::new(format_args!("object {oid} is of no known kind")))?;
        EntryHeader { kind: EntryKind::Whole(kind), size: data.data.len() as u64 }.encode(out);
        out.extend_from_slice(&zlib::deflate(data.data, 1));
        Ok(())
    }
}

/// A pack of nothing.
pub(super) fn empty() -> Vec<u8> {
    let mut pack = pack_header(0).to_vec();
    let mut sum = Checksum::new(ObjectFormat::Sha1);
    sum.update(&pack);
    pack.extend_from_slice(sum.finish().as_bytes());
    pack
}

fn id(oid: Oid) -> Result<gix_hash::ObjectId> {
    gix_hash::ObjectId::try_from(oid.as_bytes()).map_err(Failure::new)
}
