//! The objects as one pack, as a stream. What lies in a pack is copied as it lies there, deltas included.

use std::collections::HashMap;

use gitflare_git::{
    Kind, ObjectFormat, Oid,
    hash::Checksum,
    pack::{EntryHeader, EntryKind, pack_header},
    zlib,
};
use gix_pack::{Find, FindExt, data::entry::Location};

use super::folder::Objects;
use crate::error::{Failure, Result};

/// Where an object lies.
#[derive(Clone, Copy)]
struct Place {
    oid: Oid,
    /// Pack, offset and size there; `None` is a loose object.
    packed: Option<(u32, u64, usize)>,
}

/// A pack of these objects, made while it is read.
pub(super) struct PackStream<'a> {
    objects: &'a Objects,
    places: Vec<Place>,
    next: usize,
    /// Where entries that were copied begin in the new pack.
    written: HashMap<(u32, u64), u64>,
    offset: u64,
    sum: Option<Checksum>,
    begun: bool,
    buffer: Vec<u8>,
}

impl<'a> PackStream<'a> {
    /// A pack of `oids`.
    pub(super) fn new(objects: &'a Objects, oids: Vec<Oid>) -> Result<Self> {
        let mut buffer = Vec::new();
        let mut places = Vec::with_capacity(oids.len());
        for oid in oids {
            let location = objects.location_by_oid(&id(oid)?, &mut buffer).map_err(Failure::new)?;
            let packed = location.map(|at| (at.pack_id, at.pack_offset, at.entry_size));
            places.push(Place { oid, packed });
        }
        // In the order of the packs: bases come before what stands on them, and the disk is read once.
        places.sort_by_key(|place| place.packed.map_or((u32::MAX, 0), |(pack, offset, _)| (pack, offset)));
        Ok(Self {
            objects,
            places,
            next: 0,
            written: HashMap::new(),
            offset: 0,
            sum: Some(Checksum::new(ObjectFormat::Sha1)),
            begun: false,
            buffer,
        })
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
            if let Some((pack, offset, _)) = place.packed {
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
        match place.packed {
            Some((pack, offset, size)) if self.copy(pack, offset, size, start, out)? => Ok(()),
            _ => self.whole(place.oid, out),
        }
    }

    /// Copies the entry as it lies in its pack, if the base it stands on is sent too.
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
                let Some(written) = self.written.get(&(pack, base)) else { return Ok(false) };
                EntryKind::Ofs(start - written)
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
