//! An object's content in rows, while deltas copy from it.

use gitflare_db::Sql;
use gitflare_git::Kind;

use crate::{
    Error, Repository, Result,
    files::{self, Appender, FileId, FileKind, ROW},
    limits,
};

/// Bytes written in one commit.
const BATCH: usize = 32 * ROW;

/// A spool that is being written. Dropped before it is complete, nothing of it stays.
pub(crate) struct Spooling {
    rows: Rows,
    appender: Option<Appender>,
    held: Vec<u8>,
}

/// The content of an object, in rows. They go when it is dropped.
pub(crate) struct Spool {
    rows: Rows,
    kind: Kind,
    size: u64,
    /// What fills no row, and where it begins.
    tail: Vec<u8>,
    tail_at: u64,
}

/// The file, which dies when this is dropped.
struct Rows {
    repository: Repository,
    file: Option<FileId>,
}

impl Drop for Rows {
    fn drop(&mut self) {
        let Some(file) = self.file else { return };
        let db = self.repository.db();
        // What cannot be removed now is swept later: the file is dead, or will be at its deadline.
        let mut left = db.write("spool: give up", |sql| files::kill(sql, file)).is_ok();
        while left {
            // At once: another push may spool as much again before maintenance comes by.
            left = db
                .write("spool: give up", |sql| files::erase(sql, file, limits::SWEEP_ROWS))
                .is_ok_and(|gone| !gone);
        }
    }
}

impl Spooling {
    pub(crate) fn new(repository: &Repository) -> Self {
        let rows = Rows { repository: repository.clone(), file: None };
        Self { rows, appender: None, held: Vec::new() }
    }

    /// Adds to the content.
    pub(crate) fn add(&mut self, bytes: &[u8], now: i64) -> Result<()> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= BATCH { self.write(now) } else { Ok(()) }
    }

    fn write(&mut self, now: i64) -> Result<()> {
        let deadline = now + limits::DEADLINE;
        let repository = self.rows.repository.clone();
        let appender = repository.db().write("spool: append", |sql| {
            let mut appender = match self.appender.take() {
                Some(appender) => appender,
                None => Appender::create(sql, FileKind::Spool, now, deadline)?,
            };
            files::extend(sql, appender.file, deadline)?;
            appender.append(sql, &self.held)?;
            Ok::<_, Error>(appender)
        })?;
        self.held.clear();
        self.rows.file = Some(appender.file);
        self.appender = Some(appender);
        Ok(())
    }

    /// The content is complete.
    pub(crate) fn finish(mut self, kind: Kind, now: i64) -> Result<Spool> {
        self.write(now)?;
        let (tail_at, tail) = self.appender.as_ref().map(Appender::held).unwrap_or_default();
        let (size, tail) = (tail_at + tail.len() as u64, tail.to_vec());
        Ok(Spool { rows: self.rows, kind, size, tail, tail_at })
    }
}

impl Spool {
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Reads at random, best in the order of the content.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { spool: self, row: None, data: Vec::new() }
    }
}

/// Reads a spool, a row at a time.
pub(crate) struct Reader<'a> {
    spool: &'a Spool,
    row: Option<u64>,
    data: Vec<u8>,
}

impl Reader<'_> {
    /// Fills `out` from `offset` on.
    pub(crate) fn read(&mut self, sql: &dyn Sql, mut offset: u64, mut out: &mut [u8]) -> Result<()> {
        while !out.is_empty() {
            let piece = self.at(sql, offset)?;
            let take = piece.len().min(out.len());
            if take == 0 {
                return Err(Error::Damage(format!("a spool ends before byte {offset}")));
            }
            let (room, rest) = out.split_at_mut(take);
            room.copy_from_slice(piece.get(..take).unwrap_or_default());
            (offset, out) = (offset + take as u64, rest);
        }
        Ok(())
    }

    fn at(&mut self, sql: &dyn Sql, offset: u64) -> Result<&[u8]> {
        if let Some(at) = offset.checked_sub(self.spool.tail_at) {
            return Ok(self.spool.tail.get(at as usize..).unwrap_or_default());
        }
        let n = offset / ROW as u64;
        if self.row != Some(n) {
            let file = self.spool.rows.file.ok_or_else(|| Error::Damage("a spool without rows".into()))?;
            self.data.clear();
            self.row = None;
            files::append_row(sql, file, n, &mut self.data)?;
            self.row = Some(n);
        }
        Ok(self.data.get((offset % ROW as u64) as usize..).unwrap_or_default())
    }
}
