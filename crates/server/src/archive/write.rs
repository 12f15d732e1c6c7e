//! Writing an archive as a stream.

use std::io::{self, Write};

use gitflare_db::Sql;
use sha2::{Digest, Sha256};

use super::{Database, EndDatabase, Owner, Table, tables, values};
use crate::error::{Failure, Result};

/// An archive being written.
pub(crate) struct Writer<W: Write> {
    to: W,
    sum: Sha256,
    row: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins one.
    pub(crate) fn new(to: W) -> io::Result<Self> {
        let mut writer = Self { to, sum: Sha256::new(), row: Vec::new() };
        writer.bytes(super::MAGIC)?;
        Ok(writer)
    }

    /// Adds a database as this one read transaction sees it. `progress` hears of rows.
    pub(crate) fn database(
        &mut self,
        owner: Owner,
        sql: &dyn Sql,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let database = Database { owner, migrations: tables::migrations(sql)? };
        self.record(super::DATABASE, &serde_json::to_vec(&database)?)?;
        let mut rows = 0;
        for name in tables::list(sql)? {
            self.record(super::TABLE, &serde_json::to_vec(&Table { name: name.clone() })?)?;
            let mut failure = None;
            let outcome = tables::rows(sql, &name, &mut |row| {
                let mut bytes = std::mem::take(&mut self.row);
                bytes.clear();
                values::write(row, &mut bytes)?;
                let written = self.record(super::ROW, &bytes);
                self.row = bytes;
                rows += 1;
                progress(rows);
                written.map_err(|error| {
                    failure = Some(Failure::from(error));
                    gitflare_db::Error::Driver("the archive cannot be written".into())
                })
            });
            if let Some(failure) = failure {
                return Err(failure);
            }
            outcome?;
        }
        self.record(super::END_DATABASE, &serde_json::to_vec(&EndDatabase { rows })?)?;
        Ok(())
    }

    /// Ends the archive with its checksum.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let sum = self.sum.clone().finalize();
        self.record(super::END, &sum)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> io::Result<()> {
        let length = u32::try_from(content.len()).map_err(io::Error::other)?;
        self.bytes(&[kind])?;
        self.bytes(&length.to_be_bytes())?;
        self.bytes(content)
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.to.write_all(bytes)
    }
}
