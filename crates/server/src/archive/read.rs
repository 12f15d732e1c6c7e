//! Reading an archive as a stream, and nothing of it that is not as it was written.

use std::io::{ErrorKind, Read};

use gitflare_db::{Value, dump};
use sha2::{Digest, Sha256};

use super::{Database, EndDatabase, Table};
use crate::error::{Failure, Result};

/// An archive being read.
pub(crate) struct Reader<R: Read> {
    from: R,
    sum: Sha256,
    content: Vec<u8>,
}

/// What comes next.
pub(crate) enum Record<'a> {
    Database(Database),
    Table(String),
    Row(Vec<Value<'a>>),
    EndDatabase { rows: u64 },
    End,
}

impl<R: Read> Reader<R> {
    /// Expects the beginning of an archive.
    pub(crate) fn new(from: R) -> Result<Self> {
        let mut reader = Self { from, sum: Sha256::new(), content: Vec::new() };
        reader.fill(super::MAGIC.len()).map_err(|_| Failure::new("this is not a gitflare archive"))?;
        if reader.content != super::MAGIC {
            return Err(Failure::new("this is not a gitflare archive of version 1"));
        }
        reader.sum.update(super::MAGIC);
        Ok(reader)
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> Result<Record<'_>> {
        let expected = self.sum.clone();
        self.fill(5)?;
        let Some((kind, length)) = self.content.split_first() else { return Err(damaged()) };
        let (kind, length) = (*kind, <[u8; 4]>::try_from(length).map_err(|_| damaged())?);
        let length = u32::from_be_bytes(length) as usize;
        if length > super::MAX_RECORD {
            return Err(damaged());
        }
        self.sum.update(&self.content);
        self.fill(length)?;
        self.sum.update(&self.content);
        Ok(match kind {
            super::DATABASE => Record::Database(serde_json::from_slice(&self.content)?),
            super::TABLE => Record::Table(serde_json::from_slice::<Table>(&self.content)?.name),
            super::ROW => Record::Row(dump::decode_row(&self.content).map_err(|_| damaged())?),
            super::END_DATABASE => {
                Record::EndDatabase { rows: serde_json::from_slice::<EndDatabase>(&self.content)?.rows }
            }
            super::END if self.content == expected.finalize().as_slice() => Record::End,
            _ => return Err(damaged()),
        })
    }

    /// What it reads from.
    pub(crate) fn inner(&self) -> &R {
        &self.from
    }

    fn fill(&mut self, length: usize) -> Result<()> {
        self.content.resize(length, 0);
        self.from.read_exact(&mut self.content).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => Failure::new("the archive is cut short"),
            _ => error.into(),
        })
    }
}

fn damaged() -> Failure {
    Failure::new("the archive is damaged: its checksum or structure is wrong")
}
