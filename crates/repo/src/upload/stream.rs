//! Sending whole files: every row is a packet already, so bytes are copied once and nothing is inflated. Only the first
//! time the checksum has to be computed on the way.

use gitflare_db::Sql;
use gitflare_git::{ObjectFormat, Oid, hash::Checksum, pack::pack_header};

use super::talk::Talk;
use crate::{
    Error, Result,
    files::{self, FileId, ROW},
};

/// Rows sent in one slice: about 1 MiB.
const ROWS: usize = 16;

/// Bodies on their way out, one after the other.
pub(super) struct Stream {
    files: Vec<(FileId, u64)>,
    at: usize,
    row: u64,
    objects: u32,
    begun: bool,
    /// The trailer, if it is known.
    trailer: Option<Oid>,
    hash: Checksum,
}

impl Stream {
    pub(super) fn new(
        files: Vec<(FileId, u64)>,
        objects: u32,
        trailer: Option<Oid>,
        format: ObjectFormat,
    ) -> Self {
        Self { files, at: 0, row: 0, objects, begun: false, trailer, hash: Checksum::new(format) }
    }

    /// Sends some rows; whether those were the last.
    pub(super) fn fill(&mut self, sql: &dyn Sql, talk: &mut Talk) -> Result<bool> {
        if !self.begun {
            self.begun = true;
            let header = pack_header(self.objects);
            if self.trailer.is_none() {
                self.hash.update(&header);
            }
            talk.data(&header);
        }
        if talk.takes_rows() {
            talk.out.reserve(ROWS * (ROW + 5));
        }
        let mut row = Vec::new();
        for _ in 0..ROWS {
            let Some((file, size)) = self.files.get(self.at).copied() else { return Ok(true) };
            let left = size.saturating_sub(self.row * ROW as u64);
            if left == 0 {
                (self.at, self.row) = (self.at + 1, 0);
                continue;
            }
            let expected = left.min(ROW as u64) as usize;
            let from = if talk.takes_rows() {
                talk.out.extend_from_slice(format!("{:04x}\x01", expected + 5).as_bytes());
                let from = talk.out.len();
                files::append_row(sql, file, self.row, &mut talk.out)?;
                from
            } else {
                row.clear();
                files::append_row(sql, file, self.row, &mut row)?;
                0
            };
            let bytes = if talk.takes_rows() { &talk.out[from..] } else { &row[..] };
            if bytes.len() != expected {
                return Err(Error::Damage(format!("row {} of file {} has another length", self.row, file.0)));
            }
            if self.trailer.is_none() {
                self.hash.update(bytes);
            }
            if !talk.takes_rows() {
                talk.data(&row);
            }
            self.row += 1;
        }
        Ok(self.at == self.files.len())
    }

    /// The trailer, and whether it had to be computed.
    pub(super) fn finish(&self) -> (Oid, bool) {
        match self.trailer {
            Some(trailer) => (trailer, false),
            None => (self.hash.clone().finish(), true),
        }
    }

    /// How many objects are sent.
    pub(super) const fn objects(&self) -> u32 {
        self.objects
    }
}
