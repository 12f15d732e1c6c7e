//! Packs: the headers of their entries, and a reader for packs that arrive as a stream.

mod reader;

pub use reader::{Limits, PackReader, PackSink};

use crate::error::bad;
use crate::{Kind, ObjectFormat, Oid, Result};

/// How an entry stores its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// The object itself.
    Whole(Kind),
    /// A delta on the entry whose header starts this many bytes before this one's.
    Ofs(u64),
    /// A delta on the object with this id.
    Ref(Oid),
}

/// What stands before the deflated bytes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHeader {
    /// How the object is stored.
    pub kind: EntryKind,
    /// The inflated size of what follows: of the object, or of the delta.
    pub size: u64,
}

const OFS_DELTA: u8 = 6;
const REF_DELTA: u8 = 7;

/// No header is longer: a size takes at most 10 bytes, a distance 10, an id 32.
const MAX_HEADER: usize = 10 + 32;

impl EntryHeader {
    /// Reads a header and returns it with its length; `None` if it goes on behind the end of `bytes`.
    pub fn parse(bytes: &[u8], format: ObjectFormat) -> Result<Option<(Self, usize)>> {
        let Some(&first) = bytes.first() else { return Ok(None) };
        let code = first >> 4 & 7;
        if Kind::from_code(code).is_none() && code != OFS_DELTA && code != REF_DELTA {
            return Err(bad("bad object type"));
        }
        let Some((size, used)) = parse_size(bytes)? else { return Ok(None) };
        let rest = bytes.get(used..).unwrap_or_default();
        let (kind, more) = match (Kind::from_code(code), code) {
            (Some(kind), _) => (EntryKind::Whole(kind), 0),
            (None, OFS_DELTA) => match parse_distance(rest)? {
                Some((distance, used)) => (EntryKind::Ofs(distance), used),
                None => return Ok(None),
            },
            (None, _) => match rest.get(..format.len()).and_then(Oid::from_bytes) {
                Some(base) => (EntryKind::Ref(base), format.len()),
                None => return Ok(None),
            },
        };
        Ok(Some((Self { kind, size }, used + more)))
    }

    /// Appends the header as it stands in a pack.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let code = match self.kind {
            EntryKind::Whole(kind) => kind as u8,
            EntryKind::Ofs(_) => OFS_DELTA,
            EntryKind::Ref(_) => REF_DELTA,
        };
        let mut byte = code << 4 | (self.size & 0x0f) as u8;
        let mut rest = self.size >> 4;
        while rest != 0 {
            out.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        out.push(byte);
        match self.kind {
            EntryKind::Whole(_) => {}
            EntryKind::Ofs(distance) => encode_distance(distance, out),
            EntryKind::Ref(base) => out.extend_from_slice(base.as_bytes()),
        }
    }
}

/// Reads the size of an entry, whose first byte has 4 bits of it and each further one 7.
fn parse_size(bytes: &[u8]) -> Result<Option<(u64, usize)>> {
    let mut size = 0;
    let mut shift = 0;
    for (place, &byte) in bytes.iter().enumerate() {
        let bits = u64::from(if place == 0 { byte & 0x0f } else { byte & 0x7f });
        // After 10 bytes the shift is 67: more than any size has.
        if shift > 63 || bits << shift >> shift != bits {
            return Err(bad("object size out of range"));
        }
        size |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(Some((size, place + 1)));
        }
        shift += if place == 0 { 4 } else { 7 };
    }
    Ok(None)
}

/// Reads a distance: 7 bits per byte, most significant first, each further byte counting from where the
/// shorter ones end.
fn parse_distance(bytes: &[u8]) -> Result<Option<(u64, usize)>> {
    let mut distance: u64 = 0;
    for (place, &byte) in bytes.iter().enumerate() {
        if place > 0 {
            let next = distance.checked_add(1).and_then(|value| value.checked_mul(128));
            distance = next.ok_or_else(|| bad("delta base offset out of range"))?;
        }
        distance |= u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(Some((distance, place + 1)));
        }
    }
    Ok(None)
}

fn encode_distance(distance: u64, out: &mut Vec<u8>) {
    let mut reversed = [0u8; 10];
    let mut rest = distance;
    let mut length = 0;
    for (place, byte) in reversed.iter_mut().enumerate() {
        *byte = (rest & 0x7f) as u8 | if place == 0 { 0 } else { 0x80 };
        rest >>= 7;
        length = place + 1;
        if rest == 0 {
            break;
        }
        rest -= 1;
    }
    out.extend(reversed.iter().take(length).rev());
}

/// The first 12 bytes of a pack with this many objects.
pub fn pack_header(objects: u32) -> [u8; 12] {
    let mut header = *b"PACK\0\0\0\x02\0\0\0\0";
    for (place, byte) in header.iter_mut().skip(8).zip(objects.to_be_bytes()) {
        *place = byte;
    }
    header
}
