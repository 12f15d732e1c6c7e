//! The index of a pack: entries sorted by object id, cut into segments of just under one page, and beside it the same
//! entries by position in the body.
//!
//! An entry is the id, then 26 bytes, all big-endian: type and form (1), chain depth (2), body offset (5),
//! packed length (4), inflated size (5), distance back to an OFS base or 0 (5), commit number or 0 (4).

pub(crate) mod cursor;

use std::sync::Arc;

use gitflare_db::{Sql, Value, statements};
use gitflare_git::{ObjectFormat, Oid, object::Kind};

use crate::{Error, Result, cache::Shared, packs::Pack};

/// Bytes of an entry besides the id.
const FACTS: usize = 26;
/// Entries by position in one row of `poff`: 5 bytes of offset and 4 of rank each.
pub(crate) const POSITIONS: usize = 440;
const POSITION: usize = 9;
const SEGMENT_BITS: u32 = 20;

/// How an object is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is, deflated.
    Whole,
    /// As a delta on the entry this many bytes back.
    Ofs(u64),
    /// As a delta on an object of an older pack, whose id stands in the body.
    Ref,
}

/// One object of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub oid: Oid,
    /// Its type.
    pub kind: Kind,
    /// How it is stored.
    pub form: Form,
    /// Deltas to apply before it can be read, across packs.
    pub depth: u16,
    /// Where its header begins in the body.
    pub offset: u64,
    /// Bytes until the next entry.
    pub packed: u32,
    /// Bytes when inflated and resolved.
    pub size: u64,
    /// Its commit number, 0 if it is no commit.
    pub cid: u32,
}

statements! {
    INSERT_SEGMENT: () = "INSERT INTO pidx (id, pack, first_oid, n, data) VALUES (?, ?, ?, ?, ?)";
    INSERT_POSITIONS: () = "INSERT INTO poff (id, data) VALUES (?, ?)";
    FIRST_OIDS: (Vec<u8>,) = "SELECT first_oid FROM pidx WHERE pack = ? ORDER BY first_oid";
    SEGMENT: (Vec<u8>,) = "SELECT data FROM pidx WHERE id = ?";
    POSITIONS_ROW: (Vec<u8>,) = "SELECT data FROM poff WHERE id = ?";
    DELETE_SEGMENTS: () = "DELETE FROM pidx WHERE id >= ? AND id < ?";
    DELETE_POSITIONS: () = "DELETE FROM poff WHERE id >= ? AND id < ?";
}

/// Entries in one segment: 88 for SHA-1, 70 for SHA-256.
pub const fn per_segment(format: ObjectFormat) -> usize {
    4_060 / (format.len() + FACTS)
}

const fn row_id(pack: i64, n: usize) -> i64 {
    (pack << SEGMENT_BITS) + n as i64
}

impl Entry {
    fn encode(&self, out: &mut Vec<u8>) {
        let (form, distance) = match self.form {
            Form::Whole => (0, 0),
            Form::Ofs(distance) => (1, distance),
            Form::Ref => (2, 0),
        };
        out.extend_from_slice(self.oid.as_bytes());
        out.push(self.kind as u8 | form << 4);
        out.extend_from_slice(&self.depth.to_be_bytes());
        out.extend_from_slice(&self.offset.to_be_bytes()[3..]);
        out.extend_from_slice(&self.packed.to_be_bytes());
        out.extend_from_slice(&self.size.to_be_bytes()[3..]);
        out.extend_from_slice(&distance.to_be_bytes()[3..]);
        out.extend_from_slice(&self.cid.to_be_bytes());
    }

    fn decode(bytes: &[u8], width: usize) -> Option<Self> {
        let oid = Oid::from_bytes(bytes.get(..width)?)?;
        let facts = bytes.get(width..width + FACTS)?;
        let kind = Kind::from_code(facts[0] & 15)?;
        let form = match facts[0] >> 4 {
            0 => Form::Whole,
            1 => Form::Ofs(number(&facts[17..22])),
            2 => Form::Ref,
            _ => return None,
        };
        Some(Self {
            oid,
            kind,
            form,
            depth: number(&facts[1..3]) as u16,
            offset: number(&facts[3..8]),
            packed: number(&facts[8..12]) as u32,
            size: number(&facts[12..17]),
            cid: number(&facts[22..26]) as u32,
        })
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// Writes the segments numbered from `first_segment` of a pack. `entries` are sorted by id, and begin at a segment's seam.
pub fn write_segments(sql: &dyn Sql, pack: i64, first_segment: usize, entries: &[Entry]) -> Result<()> {
    let Some(first) = entries.first() else { return Ok(()) };
    let format = first.oid.format();
    let mut data = Vec::with_capacity(4_096);
    for (n, segment) in entries.chunks(per_segment(format)).enumerate() {
        data.clear();
        for entry in segment {
            entry.encode(&mut data);
        }
        let id = row_id(pack, first_segment + n);
        let args: [Value<'_>; 5] = [
            id.into(),
            pack.into(),
            segment[0].oid.as_bytes().into(),
            (segment.len() as i64).into(),
            data.as_slice().into(),
        ];
        sql.execute(&INSERT_SEGMENT, &args)?;
    }
    Ok(())
}

/// Writes positions of a pack from row `first` on: offset and rank of each entry in body order.
pub(crate) fn write_positions(
    sql: &dyn Sql,
    pack: i64,
    first: usize,
    positions: &[(u64, u32)],
) -> Result<()> {
    let mut data = Vec::with_capacity(POSITIONS * POSITION);
    for (n, row) in positions.chunks(POSITIONS).enumerate() {
        data.clear();
        for (offset, rank) in row {
            data.extend_from_slice(&offset.to_be_bytes()[3..]);
            data.extend_from_slice(&rank.to_be_bytes());
        }
        sql.execute(&INSERT_POSITIONS, &[row_id(pack, first + n).into(), data.as_slice().into()])?;
    }
    Ok(())
}

/// Removes the index of a pack.
pub fn delete(sql: &dyn Sql, pack: i64) -> Result<()> {
    let range = [row_id(pack, 0).into(), row_id(pack + 1, 0).into()];
    sql.execute(&DELETE_SEGMENTS, &range)?;
    sql.execute(&DELETE_POSITIONS, &range)?;
    Ok(())
}

/// Reads an index, by way of the cache.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The connection.
    pub sql: &'a dyn Sql,
    /// The caches.
    pub shared: &'a Shared,
    /// Whose caches.
    pub repository: i64,
    /// Width of ids.
    pub format: ObjectFormat,
}

impl Reader<'_> {
    /// Looks an id up in one pack.
    pub fn find(&self, pack: &Pack, oid: &Oid) -> Result<Option<Entry>> {
        Ok(self.find_ranked(pack, oid)?.map(|(_, entry)| entry))
    }

    /// Looks an id up in one pack; with the entry comes its rank in the order of ids.
    pub fn find_ranked(&self, pack: &Pack, oid: &Oid) -> Result<Option<(u32, Entry)>> {
        let width = self.format.len();
        let firsts = self.first_oids(pack)?;
        let Some(segment) = last_at_or_below(firsts, width, oid.as_bytes()) else { return Ok(None) };
        let data = self.segment(pack, segment)?;
        let stride = width + FACTS;
        let Some(found) = last_at_or_below_in(&data, stride, width, oid.as_bytes()) else { return Ok(None) };
        let bytes = &data[found * stride..];
        if bytes.get(..width) != Some(oid.as_bytes()) {
            return Ok(None);
        }
        let rank = (segment * per_segment(self.format) + found) as u32;
        Entry::decode(bytes, width).map(|entry| Some((rank, entry))).ok_or_else(|| self.damaged(pack))
    }

    /// Adds to `found` the entries whose id begins with these hexadecimal digits, until it holds `most`.
    pub fn with_prefix(&self, pack: &Pack, digits: &[u8], most: usize, found: &mut Vec<Entry>) -> Result<()> {
        let width = self.format.len();
        let mut lowest = digits.to_vec();
        lowest.resize(width * 2, b'0');
        let Some(lowest) = Oid::from_hex(&lowest) else { return Ok(()) };
        let firsts = self.first_oids(pack)?;
        // The first match may lie in the segment that begins below it.
        let first = last_at_or_below(firsts, width, lowest.as_bytes()).unwrap_or(0);
        for n in first..firsts.len() / width {
            let data = self.segment(pack, n)?;
            for bytes in data.chunks(width + FACTS) {
                let entry = Entry::decode(bytes, width).ok_or_else(|| self.damaged(pack))?;
                if entry.oid < lowest {
                    continue;
                }
                if found.len() >= most
                    || !entry.oid.to_hex().as_bytes().starts_with(&digits.to_ascii_lowercase())
                {
                    return Ok(());
                }
                found.push(entry);
            }
        }
        Ok(())
    }

    /// The entry with this rank in id order.
    pub fn by_rank(&self, pack: &Pack, rank: u32) -> Result<Entry> {
        let per = per_segment(self.format);
        let data = self.segment(pack, rank as usize / per)?;
        let stride = self.format.len() + FACTS;
        data.get(rank as usize % per * stride..)
            .and_then(|bytes| Entry::decode(bytes, self.format.len()))
            .ok_or_else(|| self.damaged(pack))
    }

    /// The entry whose header begins at `offset`.
    pub fn by_offset(&self, pack: &Pack, offset: u64) -> Result<Entry> {
        let position = self.position(pack, offset)?.ok_or_else(|| self.damaged(pack))?;
        self.by_position(pack, position)
    }

    /// The position of the entry whose header begins at `offset`.
    pub fn position(&self, pack: &Pack, offset: u64) -> Result<Option<u32>> {
        let rows = (pack.row.objects as usize).div_ceil(POSITIONS);
        let (mut low, mut high) = (0, rows);
        while high - low > 1 {
            let middle = low.midpoint(high);
            let data = self.positions(pack, middle)?;
            if number(data.get(..5).unwrap_or_default()) <= offset { low = middle } else { high = middle }
        }
        if rows == 0 {
            return Ok(None);
        }
        let data = self.positions(pack, low)?;
        let key = offset.to_be_bytes();
        let found = last_at_or_below_in(&data, POSITION, 5, &key[3..]);
        Ok(found
            .filter(|n| data[n * POSITION..n * POSITION + 5] == key[3..])
            .map(|n| (low * POSITIONS + n) as u32))
    }

    /// The entry at this position in the body.
    pub fn by_position(&self, pack: &Pack, position: u32) -> Result<Entry> {
        let data = self.positions(pack, position as usize / POSITIONS)?;
        let at = position as usize % POSITIONS * POSITION;
        let rank = data.get(at + 5..at + POSITION).ok_or_else(|| self.damaged(pack))?;
        self.by_rank(pack, number(rank) as u32)
    }

    /// Shows every entry in id order.
    pub fn each(&self, pack: &Pack, show: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
        let width = self.format.len();
        for n in 0..self.first_oids(pack)?.len() / width {
            let (data,) = self
                .sql
                .first(&SEGMENT, &[row_id(pack.id(), n).into()])?
                .ok_or_else(|| self.damaged(pack))?;
            for bytes in data.chunks(width + FACTS) {
                show(Entry::decode(bytes, width).ok_or_else(|| self.damaged(pack))?)?;
            }
        }
        Ok(())
    }

    /// Shows the entries of `segments` with their ranks, past the cache; whether there are more segments.
    pub fn scan(
        &self,
        pack: &Pack,
        segments: std::ops::Range<usize>,
        show: &mut dyn FnMut(u32, Entry),
    ) -> Result<bool> {
        let (width, per) = (self.format.len(), per_segment(self.format));
        let all = (pack.row.objects as usize).div_ceil(per);
        for n in segments.start..segments.end.min(all) {
            let row = self.sql.first(&SEGMENT, &[row_id(pack.id(), n).into()])?;
            let (data,) = row.ok_or_else(|| self.damaged(pack))?;
            for (at, bytes) in data.chunks(width + FACTS).enumerate() {
                show((n * per + at) as u32, Entry::decode(bytes, width).ok_or_else(|| self.damaged(pack))?);
            }
        }
        Ok(segments.end < all)
    }

    /// The rank of the entry whose header begins at `offset`.
    pub fn rank_at(&self, pack: &Pack, offset: u64) -> Result<Option<u32>> {
        let Some(position) = self.position(pack, offset)? else { return Ok(None) };
        let data = self.positions(pack, position as usize / POSITIONS)?;
        let at = position as usize % POSITIONS * POSITION;
        let rank = data.get(at + 5..at + POSITION).ok_or_else(|| self.damaged(pack))?;
        Ok(Some(number(rank) as u32))
    }

    /// All entries in body order, past the cache.
    pub fn places(&self, pack: &Pack) -> Result<Places> {
        let rows = (pack.row.objects as usize).div_ceil(POSITIONS);
        let mut bytes = Vec::with_capacity(pack.row.objects as usize * POSITION);
        for n in 0..rows {
            let row = self.sql.first(&POSITIONS_ROW, &[row_id(pack.id(), n).into()])?;
            bytes.extend_from_slice(&row.ok_or_else(|| self.damaged(pack))?.0);
        }
        Ok(Places(bytes))
    }

    fn first_oids<'p>(&self, pack: &'p Pack) -> Result<&'p [u8]> {
        if pack.first_oids.get().is_none() {
            let mut firsts = Vec::new();
            for (oid,) in self.sql.all(&FIRST_OIDS, &[pack.id().into()])? {
                firsts.extend_from_slice(&oid);
            }
            let _ = pack.first_oids.set(firsts);
        }
        Ok(pack.first_oids.get().map(Vec::as_slice).unwrap_or_default())
    }

    fn segment(&self, pack: &Pack, n: usize) -> Result<Arc<Vec<u8>>> {
        self.cached(pack, n as u64, |id| self.sql.first(&SEGMENT, &[id.into()]), row_id(pack.id(), n))
    }

    fn positions(&self, pack: &Pack, n: usize) -> Result<Arc<Vec<u8>>> {
        self.cached(
            pack,
            1 << 40 | n as u64,
            |id| self.sql.first(&POSITIONS_ROW, &[id.into()]),
            row_id(pack.id(), n),
        )
    }

    fn cached(
        &self,
        pack: &Pack,
        n: u64,
        read: impl FnOnce(i64) -> gitflare_db::Result<Option<(Vec<u8>,)>>,
        id: i64,
    ) -> Result<Arc<Vec<u8>>> {
        let place = (self.repository, pack.id(), n);
        if let Some(data) = self.shared.segment(place) {
            return Ok(data);
        }
        let (data,) = read(id)?.ok_or_else(|| self.damaged(pack))?;
        let data = Arc::new(data);
        self.shared.keep_segment(place, Arc::clone(&data));
        Ok(data)
    }

    fn damaged(&self, pack: &Pack) -> Error {
        Error::Damage(format!("the index of pack {} is malformed", pack.id()))
    }
}

/// The entries of a pack in body order, in memory: 9 bytes each.
#[derive(Debug, Default)]
pub struct Places(Vec<u8>);

impl Places {
    /// Offset and rank of the entry at this position.
    pub fn get(&self, position: usize) -> Option<(u64, u32)> {
        let place = self.0.get(position * POSITION..(position + 1) * POSITION)?;
        Some((number(&place[..5]), number(&place[5..]) as u32))
    }

    /// The rank of the entry whose header begins at `offset`.
    pub fn rank_at(&self, offset: u64) -> Option<u32> {
        let position = last_at_or_below_in(&self.0, POSITION, 5, &offset.to_be_bytes()[3..])?;
        self.get(position).filter(|(at, _)| *at == offset).map(|(_, rank)| rank)
    }
}

fn last_at_or_below(keys: &[u8], width: usize, key: &[u8]) -> Option<usize> {
    last_at_or_below_in(keys, width, width, key)
}

/// The last of the fixed-width records whose key is not above `key`.
fn last_at_or_below_in(records: &[u8], stride: usize, width: usize, key: &[u8]) -> Option<usize> {
    let (mut low, mut high) = (0, records.len() / stride);
    while low < high {
        let middle = low.midpoint(high);
        if &records[middle * stride..middle * stride + width] <= key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u8) -> Entry {
        Entry {
            oid: Oid::from_bytes(&[n; 20]).unwrap(),
            kind: Kind::Tree,
            form: Form::Ofs(0x01_0203_0405),
            depth: 4_000,
            offset: 0xff_ffff_fff0,
            packed: u32::MAX,
            size: 0x10_0000_0001,
            cid: 70_000,
        }
    }

    #[test]
    fn entries_round_trip() {
        for form in [Form::Whole, Form::Ofs(77), Form::Ref] {
            let entry = Entry { form, ..entry(9) };
            let mut bytes = Vec::new();
            entry.encode(&mut bytes);
            assert_eq!(bytes.len(), 46);
            assert_eq!(Entry::decode(&bytes, 20), Some(entry));
        }
        assert_eq!(per_segment(ObjectFormat::Sha1), 88);
        assert_eq!(per_segment(ObjectFormat::Sha256), 70);
    }

    #[test]
    fn binary_search_finds_the_last_at_or_below() {
        let keys = [2, 4, 6];
        let find = |key| last_at_or_below(&keys, 1, &[key]);
        assert_eq!([find(1), find(2), find(5), find(9)], [None, Some(0), Some(1), Some(2)]);
    }
}
