//! Reading objects out of packs: along the chain of deltas down to what is stored whole, and back up.

use std::{ops::Deref, sync::Arc};

use gitflare_git::{
    delta,
    pack::{EntryHeader, EntryKind},
    zlib::Inflater,
};

use crate::{
    Error, Result,
    cache::Object,
    files::{self, FileId},
    large, limits,
    packs::Pack,
    view::View,
};

/// The longest entry header: 10 bytes of size and 32 of a base's id, rounded up.
const HEADER: usize = 48;

/// Bytes of a pack body, wherever they are held.
pub trait Body {
    /// The bytes from `offset` on, as many as lie together; none at the end.
    fn at(&self, offset: u64) -> Result<Piece<'_>>;
}

/// Some bytes of a body.
pub enum Piece<'a> {
    /// The rest of a row.
    Row(Arc<Vec<u8>>, usize),
    /// Bytes still in memory.
    Held(&'a [u8]),
}

impl Deref for Piece<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Row(row, from) => row.get(*from..).unwrap_or_default(),
            Self::Held(bytes) => bytes,
        }
    }
}

/// The body of a stored pack.
pub struct Stored<'a> {
    /// Where to read.
    pub view: &'a View<'a>,
    /// The file.
    pub file: FileId,
    /// Its size.
    pub size: u64,
}

impl Body for Stored<'_> {
    fn at(&self, offset: u64) -> Result<Piece<'_>> {
        if offset >= self.size {
            return Ok(Piece::Held(&[]));
        }
        let (n, from) = (offset / files::ROW as u64, (offset % files::ROW as u64) as usize);
        Ok(Piece::Row(files::row(self.view.sql, self.view.shared, self.view.repository, self.file, n)?, from))
    }
}

/// A packed entry, inflated but not resolved.
pub struct Raw {
    /// Its header.
    pub header: EntryHeader,
    /// What it inflates to.
    pub data: Vec<u8>,
}

/// Reads the header of the entry at `offset`, and how long it is.
pub fn header(view: &View<'_>, body: &dyn Body, offset: u64) -> Result<(EntryHeader, usize)> {
    let piece = body.at(offset)?;
    if let Some(parsed) = EntryHeader::parse(&piece, view.format)? {
        return Ok(parsed);
    }
    // The header lies across a seam.
    let mut bytes = piece.to_vec();
    let next = body.at(offset + bytes.len() as u64)?;
    bytes.extend_from_slice(&next[..next.len().min(HEADER)]);
    EntryHeader::parse(&bytes, view.format)?.ok_or_else(|| damaged(offset))
}

/// Inflates the entry at `offset`.
pub fn raw(view: &View<'_>, body: &dyn Body, offset: u64) -> Result<Raw> {
    let (header, header_len) = header(view, body, offset)?;
    if header.size > 2 * limits::OBJECT {
        return Err(damaged(offset));
    }
    let (data, _) = inflate(body, offset + header_len as u64, header.size as usize)?;
    Ok(Raw { header, data })
}

/// The sizes the delta at `offset` declares: of its base and of its result.
pub(crate) fn delta_sizes(view: &View<'_>, body: &dyn Body, offset: u64) -> Result<(u64, u64)> {
    let (_, header_len) = header(view, body, offset)?;
    let (mut at, mut first, mut filled) = (offset + header_len as u64, [0; 20], 0);
    let mut inflater = Inflater::new();
    while filled < first.len() {
        let step = inflater.inflate(&body.at(at)?, &mut first[filled..]).map_err(|_| damaged(offset))?;
        (at, filled) = (at + step.consumed as u64, filled + step.produced);
        if step.done {
            break;
        }
        if step.consumed == 0 && step.produced == 0 {
            return Err(damaged(offset));
        }
    }
    let (base, result, _) = delta::sizes(&first[..filled])?;
    Ok((base, result))
}

/// Inflates exactly `len` bytes from the zlib stream at `offset`, piece by piece; answers where the stream ends, too.
pub(crate) fn inflate(body: &dyn Body, mut offset: u64, len: usize) -> Result<(Vec<u8>, u64)> {
    // One byte more than expected lets the end of the stream be seen without a special case for empty objects.
    let mut data = vec![0; len + 1];
    let mut filled = 0;
    let mut inflater = Inflater::new();
    loop {
        let input = body.at(offset)?;
        let step = inflater.inflate(&input, &mut data[filled..]).map_err(|_| damaged(offset))?;
        filled += step.produced;
        offset += step.consumed as u64;
        if step.done {
            break;
        }
        if (step.consumed == 0 && step.produced == 0) || filled > len {
            return Err(damaged(offset));
        }
    }
    if filled != len {
        return Err(damaged(offset));
    }
    data.truncate(len);
    Ok((data, offset))
}

/// Shows what the zlib stream at `offset` inflates to in pieces; answers how much it was and where the stream ends.
pub(crate) fn inflate_pieces(
    body: &dyn Body,
    mut offset: u64,
    show: &mut dyn FnMut(&[u8]),
) -> Result<(u64, u64)> {
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    let mut inflater = Inflater::new();
    loop {
        let input = body.at(offset)?;
        let step = inflater.inflate(&input, &mut buffer).map_err(|_| damaged(offset))?;
        show(buffer.get(..step.produced).unwrap_or_default());
        size += step.produced as u64;
        offset += step.consumed as u64;
        if step.done {
            return Ok((size, offset));
        }
        if step.consumed == 0 && step.produced == 0 {
            return Err(damaged(offset));
        }
    }
}

/// Reads the object at `offset` of a live pack. What memory has no room for is refused, unless it is stored whole: then
/// its size is known to whoever asks.
pub fn read(view: &View<'_>, pack: &Pack, offset: u64) -> Result<Arc<Object>> {
    let mut deltas = Vec::new();
    let (mut file, mut size, mut pack_id, mut at) = (pack.file(), pack.size(), pack.id(), offset);
    let mut object = loop {
        let place = (view.repository, pack_id, at);
        if let Some(object) = view.shared.object(place) {
            break object;
        }
        let raw = small(view, &Stored { view, file, size }, at, !deltas.is_empty())?;
        match raw.header.kind {
            EntryKind::Whole(kind) => {
                let object = Arc::new(Object { kind, data: raw.data });
                view.shared.keep_object(place, Arc::clone(&object));
                break object;
            }
            EntryKind::Ofs(distance) => {
                deltas.push((place, raw.data));
                at = at.checked_sub(distance).filter(|_| distance > 0).ok_or_else(|| damaged(at))?;
            }
            EntryKind::Ref(base) => {
                deltas.push((place, raw.data));
                let found = view.find(&base)?.ok_or(Error::Missing(base))?;
                let base = view.pack(found.age)?;
                (file, size, pack_id, at) = (base.file(), base.size(), base.id(), found.entry.offset);
            }
        }
        if deltas.len() > 2 * usize::from(limits::CHAIN) {
            return Err(damaged(at));
        }
    };
    while let Some((place, bytes)) = deltas.pop() {
        object = Arc::new(apply(&object, &bytes)?);
        view.shared.keep_object(place, Arc::clone(&object));
    }
    Ok(object)
}

/// Inflates the entry at `offset` unless memory has no room to carry a delta out: that is made of it, or stands on it.
fn small(view: &View<'_>, body: &dyn Body, offset: u64, is_base: bool) -> Result<Raw> {
    let too_large = || Error::TooLarge(format!("the object at {offset} of a pack is too large for memory"));
    let (header, _) = header(view, body, offset)?;
    let is_delta = !matches!(header.kind, EntryKind::Whole(_));
    if header.size > limits::KEEP && (is_delta || is_base) {
        return Err(too_large());
    }
    let raw = raw(view, body, offset)?;
    if is_delta {
        let (base, result, _) = delta::sizes(&raw.data)?;
        if !large::fits(base, result, header.size) {
            return Err(too_large());
        }
    }
    Ok(raw)
}

/// Applies a delta to its base.
pub fn apply(base: &Object, bytes: &[u8]) -> Result<Object> {
    let mut data = Vec::new();
    delta::apply(&base.data, bytes, &mut data)?;
    Ok(Object { kind: base.kind, data })
}

pub(crate) fn damaged(offset: u64) -> Error {
    Error::Damage(format!("the entry at {offset} of a pack does not inflate"))
}
