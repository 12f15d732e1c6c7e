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
            if talk.takes_rows() {
                self.send(sql, file, expected, &mut talk.out)?;
            } else {
                row.clear();
                files::append_row(sql, file, self.row, &mut row)?;
                self.check(file, expected, &row)?;
                talk.data(&row);
            }
            self.row += 1;
        }
        Ok(self.at == self.files.len())
    }

    /// Sends a row as the packet it is. A row that is damaged leaves no half packet behind, so that the client hears why.
    fn send(&mut self, sql: &dyn Sql, file: FileId, expected: usize, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.extend_from_slice(format!("{:04x}\x01", expected + 5).as_bytes());
        let from = out.len();
        let sent = files::append_row(sql, file, self.row, out)
            .and_then(|_| self.check(file, expected, out.get(from..).unwrap_or_default()));
        if sent.is_err() {
            out.truncate(start);
        }
        sent
    }

    /// Whether a row is as long as it has to be. If so, it counts for the trailer.
    fn check(&mut self, file: FileId, expected: usize, row: &[u8]) -> Result<()> {
        if row.len() != expected {
            return Err(Error::Damage(format!("row {} of file {} has another length", self.row, file.0)));
        }
        if self.trailer.is_none() {
            self.hash.update(row);
        }
        Ok(())
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
