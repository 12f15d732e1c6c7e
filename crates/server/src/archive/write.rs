//! Writing an archive as a stream.

use std::io::{self, Seek, Write};

use gitflare_db::{Sql, dump, tables};
use sha2::{Digest, Sha256};

use super::{Database, EndDatabase, Owner, Table};
use crate::error::{Failure, Result};

/// An archive being written.
pub(crate) struct Writer<W: Write> {
    to: W,
    sum: Sha256,
    row: Vec<u8>,
    /// Rows of the database that has begun.
    rows: u64,
}

/// A place in an archive to come back to.
#[derive(Clone)]
pub(crate) struct Mark {
    position: u64,
    sum: Sha256,
}

impl<W: Write> Writer<W> {
    /// Begins one.
    pub(crate) fn new(to: W) -> io::Result<Self> {
        let mut writer = Self { to, sum: Sha256::new(), row: Vec::new(), rows: 0 };
        writer.bytes(super::MAGIC)?;
        Ok(writer)
    }

    /// Adds a database as this one read transaction sees it, but for the tables to `skip`. `progress` hears of rows.
    pub(crate) fn database(
        &mut self,
        owner: Owner,
        sql: &dyn Sql,
        skip: &[&str],
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        self.begin(owner, tables::migrations(sql)?)?;
        for name in tables::list(sql)?.into_iter().filter(|name| !skip.contains(&name.as_str())) {
            self.table(&name)?;
            let mut failure = None;
            let outcome = tables::rows(sql, &name, &mut |row| {
                let mut bytes = std::mem::take(&mut self.row);
                bytes.clear();
                dump::encode_row(row, &mut bytes)?;
                let written = self.row(&bytes);
                self.row = bytes;
                progress(self.rows);
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
        self.end()
    }

    /// A database begins, which has been through these migrations.
    pub(crate) fn begin(&mut self, owner: Owner, migrations: Vec<String>) -> Result<()> {
        self.rows = 0;
        Ok(self.record(super::DATABASE, &serde_json::to_vec(&Database { owner, migrations })?)?)
    }

    /// Rows of this table follow.
    pub(crate) fn table(&mut self, name: &str) -> Result<()> {
        Ok(self.record(super::TABLE, &serde_json::to_vec(&Table { name: name.to_owned() })?)?)
    }

    /// A row, as `dump` encodes it.
    pub(crate) fn row(&mut self, row: &[u8]) -> io::Result<()> {
        self.rows += 1;
        self.record(super::ROW, row)
    }

    /// The database ends.
    pub(crate) fn end(&mut self) -> Result<()> {
        Ok(self.record(super::END_DATABASE, &serde_json::to_vec(&EndDatabase { rows: self.rows })?)?)
    }

    /// Ends the archive with its checksum.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let sum = self.sum.clone().finalize();
        self.record(super::END, &sum)?;
        self.to.flush()?;
        Ok(self.to)
    }

    /// Where it is now.
    pub(crate) fn mark(&mut self) -> io::Result<Mark>
    where
        W: Seek,
    {
        Ok(Mark { position: self.to.stream_position()?, sum: self.sum.clone() })
    }

    /// Goes on from a place before: what was written since is written over.
    pub(crate) fn rewind(&mut self, mark: Mark) -> io::Result<()>
    where
        W: Seek,
    {
        self.to.seek(io::SeekFrom::Start(mark.position))?;
        self.sum = mark.sum;
        Ok(())
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
