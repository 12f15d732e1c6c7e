//! Reading objects out of packs: along the chain of deltas down to what is stored whole, and back up.

use std::sync::Arc;

use gitflare_git::{
    delta,
    pack::{EntryHeader, EntryKind},
    zlib::Inflater,
};

use crate::{
    Error, Result,
    cache::Object,
    files::{self, FileId},
    limits,
    packs::Pack,
    view::View,
};

/// The longest entry header: 10 bytes of size and 32 of a base's id.
const HEADER: u64 = 48;

/// A packed entry, inflated but not resolved.
pub struct Raw {
    /// Its header.
    pub header: EntryHeader,
    /// Bytes of the header.
    pub header_len: usize,
    /// What it inflates to.
    pub data: Vec<u8>,
}

/// Reads the header at `offset` of a pack body of `size` bytes.
pub fn header(view: &View<'_>, file: FileId, size: u64, offset: u64) -> Result<(EntryHeader, usize)> {
    let mut bytes = Vec::with_capacity(HEADER as usize);
    let len = HEADER.min(size.saturating_sub(offset));
    files::read(view.sql, view.shared, view.repository, file, offset, len, &mut bytes)?;
    EntryHeader::parse(&bytes, view.format)?.ok_or_else(|| damaged(file, offset))
}

/// Inflates the entry at `offset` of a pack body of `size` bytes.
pub fn raw(view: &View<'_>, file: FileId, size: u64, offset: u64) -> Result<Raw> {
    let (header, header_len) = header(view, file, size, offset)?;
    if header.size > limits::OBJECT + limits::OBJECT / 8 {
        return Err(damaged(file, offset));
    }
    let data = inflate(view, file, offset + header_len as u64, header.size as usize)?;
    Ok(Raw { header, header_len, data })
}

/// Inflates exactly `len` bytes from the zlib stream at `offset`, row by row.
fn inflate(view: &View<'_>, file: FileId, mut offset: u64, len: usize) -> Result<Vec<u8>> {
    // One byte more than expected lets the stream end be seen without a special case for empty objects.
    let mut data = vec![0; len + 1];
    let mut filled = 0;
    let mut inflater = Inflater::new();
    loop {
        let row = files::row(view.sql, view.shared, view.repository, file, offset / files::ROW as u64)?;
        let input = &row[(offset % files::ROW as u64) as usize..];
        let step = inflater.inflate(input, &mut data[filled..]).map_err(|_| damaged(file, offset))?;
        filled += step.produced;
        offset += step.consumed as u64;
        if step.done {
            break;
        }
        if (step.consumed == 0 && step.produced == 0) || filled > len {
            return Err(damaged(file, offset));
        }
    }
    if filled != len {
        return Err(damaged(file, offset));
    }
    data.truncate(len);
    Ok(data)
}

/// Reads the object at `offset` of a live pack.
pub fn read(view: &View<'_>, pack: &Pack, offset: u64) -> Result<Arc<Object>> {
    let mut deltas = Vec::new();
    let (mut file, mut size, mut pack_id, mut at) = (pack.file(), pack.size(), pack.id(), offset);
    let mut object = loop {
        let place = (view.repository, pack_id, at);
        if let Some(object) = view.shared.object(place) {
            break object;
        }
        let raw = raw(view, file, size, at)?;
        match raw.header.kind {
            EntryKind::Whole(kind) => {
                let object = Arc::new(Object { kind, data: raw.data });
                view.shared.keep_object(place, Arc::clone(&object));
                break object;
            }
            EntryKind::Ofs(distance) => {
                deltas.push((place, raw.data));
                at = at.checked_sub(distance).filter(|_| distance > 0).ok_or_else(|| damaged(file, at))?;
            }
            EntryKind::Ref(base) => {
                deltas.push((place, raw.data));
                let found = view.find(&base)?.ok_or(Error::Missing(base))?;
                let base = view.pack(found.age)?;
                (file, size, pack_id, at) = (base.file(), base.size(), base.id(), found.entry.offset);
            }
        }
        if deltas.len() > 2 * usize::from(limits::CHAIN) {
            return Err(damaged(file, at));
        }
    };
    while let Some((place, bytes)) = deltas.pop() {
        let mut data = Vec::new();
        delta::apply(&object.data, &bytes, &mut data).map_err(|_| damaged(file, place.2))?;
        object = Arc::new(Object { kind: object.kind, data });
        view.shared.keep_object(place, Arc::clone(&object));
    }
    Ok(object)
}

fn damaged(file: FileId, offset: u64) -> Error {
    Error::Damage(format!("file {}: the entry at {offset} does not inflate", file.0))
}
