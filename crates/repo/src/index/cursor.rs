//! Reading whole indexes row by row, past the cache: for checks and maintenance.

use gitflare_db::{Sql, row, statements};

use super::{Entry, FACTS, POSITION, Reader, SEGMENT_BITS, number, row_id};
use crate::{Result, packs::Pack};

row! {
    struct SegmentRow {
        first_oid: Vec<u8>,
        n: i64,
        data: Vec<u8>,
    }
}

statements! {
    WHOLE_SEGMENT: SegmentRow = "SELECT first_oid, n, data FROM pidx WHERE id = ?";
    PLACES: (Vec<u8>,) = "SELECT data FROM poff WHERE id = ?";
    NEXT_SEGMENT: (i64,) = "SELECT id FROM pidx WHERE id >= ? ORDER BY id LIMIT 1";
    NEXT_POSITIONS: (i64,) = "SELECT id FROM poff WHERE id >= ? ORDER BY id LIMIT 1";
}

/// The lowest pack number from `from` on that has index rows, whether or not the pack exists.
pub(crate) fn next_owner(sql: &dyn Sql, from: i64) -> Result<Option<i64>> {
    let least = row_id(from, 0);
    let segment = sql.first(&NEXT_SEGMENT, &[least.into()])?;
    let positions = sql.first(&NEXT_POSITIONS, &[least.into()])?;
    Ok(segment.into_iter().chain(positions).map(|(id,)| id >> SEGMENT_BITS).min())
}

impl Reader<'_> {
    /// The entries of segment `n` of a pack; none behind the last.
    pub(crate) fn segment_entries(&self, pack: &Pack, n: usize) -> Result<Option<Vec<Entry>>> {
        let Some(row) = self.sql.first(&WHOLE_SEGMENT, &[row_id(pack.id(), n).into()])? else {
            return Ok(None);
        };
        let width = self.format.len();
        let entries: Option<Vec<_>> =
            row.data.chunks(width + FACTS).map(|bytes| Entry::decode(bytes, width)).collect();
        let entries = entries.ok_or_else(|| self.damaged(pack))?;
        let first = entries.first().is_some_and(|entry| entry.oid.as_bytes() == row.first_oid);
        if !first || entries.len() as i64 != row.n {
            return Err(self.damaged(pack));
        }
        Ok(Some(entries))
    }

    /// Offsets and ranks in row `n` of the positions of a pack; none behind the last.
    pub(crate) fn position_row(&self, pack: &Pack, n: usize) -> Result<Option<Vec<(u64, u32)>>> {
        let row = self.sql.first(&PLACES, &[row_id(pack.id(), n).into()])?;
        Ok(row.map(|(data,)| {
            data.chunks_exact(POSITION)
                .map(|place| (number(&place[..5]), number(&place[5..]) as u32))
                .collect()
        }))
    }
}

/// Walks the index of one pack in id order, a segment at a time.
pub(crate) struct Cursor {
    segment: usize,
    entries: std::vec::IntoIter<Entry>,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { segment: 0, entries: Vec::new().into_iter() }
    }
}

impl Cursor {
    /// The next entry of `pack`.
    pub(crate) fn next(&mut self, reader: &Reader<'_>, pack: &Pack) -> Result<Option<Entry>> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Ok(Some(entry));
            }
            let Some(entries) = reader.segment_entries(pack, self.segment)? else { return Ok(None) };
            self.segment += 1;
            self.entries = entries.into_iter();
        }
    }
}
