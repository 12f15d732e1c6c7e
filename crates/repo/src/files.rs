//! The virtual file system: create, append, seal, read a range, list, delete.
//!
//! Files are written once, in rows of exactly one side-band packet each (the last may be shorter), so that a clone can
//! send rows as they are. Packs live in it; attachments and large files will. This is the only module that touches the
//! tables `file` and `chunk`.

use std::sync::Arc;

use gitflare_db::{FromRow, Sql, Value, ValueRef, row, statements};

use crate::{Error, Result, cache::Shared};

/// Bytes in a full row: the largest payload of one side-band-64k packet.
pub const ROW: usize = 65_515;

const CHUNK_BITS: u32 = 20;

/// A file's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub i64);

impl FileId {
    /// The rowid of row `n`.
    pub const fn chunk(self, n: u64) -> i64 {
        (self.0 << CHUNK_BITS) + n as i64
    }
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The body of a pack.
    Pack,
    /// A kept answer.
    Reply,
    /// An object that deltas copy from while they are carried out. It is never sealed, so no list tells it from a pack
    /// that is being received, and in the table it counts as one.
    Spool,
}

impl FileKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Pack | Self::Spool => "pack",
            Self::Reply => "reply",
        }
    }
}

row! {
    /// A file as lists show it.
    #[derive(Debug, Clone)]
    pub struct FileRow {
        /// Its number.
        pub id: i64,
        /// `pack`, `reply`, `attachment` or `lfs`.
        pub kind: String,
        /// `receiving`, `sealed` or `dead`.
        pub state: String,
        /// Bytes, once sealed.
        pub size: i64,
        /// When it turns dead unless it makes progress, Unix seconds.
        pub deadline: Option<i64>,
    }
}

statements! {
    CREATE: (i64,) = "INSERT INTO file (kind, state, deadline, created_at) VALUES (?, 'receiving', ?, ?) RETURNING id";
    APPEND: () = "INSERT INTO chunk (id, data) VALUES (?, ?)";
    EXTEND: () = "UPDATE file SET deadline = ? WHERE id = ? AND state != 'dead' AND deadline IS NOT NULL";
    SEAL: () = "UPDATE file SET state = 'sealed', size = ?, deadline = ? WHERE id = ? AND state = 'receiving'";
    KEEP: () = "UPDATE file SET deadline = NULL WHERE id = ?";
    RETIRE: () = "UPDATE file SET deadline = ? WHERE id = ? AND state = 'sealed'";
    KILL: () = "UPDATE file SET state = 'dead', deadline = NULL WHERE id = ?";
    READ: (Vec<u8>,) = "SELECT data FROM chunk WHERE id = ?";
    LIST: FileRow = "SELECT id, kind, state, size, deadline FROM file ORDER BY id";
    STALE: (i64,) = "SELECT id FROM file WHERE state != 'dead' AND deadline < ?";
    DEAD: (i64,) = "SELECT id FROM file WHERE state = 'dead' ORDER BY id LIMIT 1";
    DELETE_ROWS: () = "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE id >= ? AND id < ? LIMIT CAST(? AS INTEGER))";
    FORGET: () = "DELETE FROM file WHERE id = ?";
    LENGTHS: (i64, i64) = "SELECT id, LENGTH(data) FROM chunk WHERE id >= ? AND id < ? ORDER BY id";
    NEXT: (i64,) = "SELECT id FROM chunk WHERE id >= ? ORDER BY id LIMIT 1";
    UNFINISHED: (i64,) = "SELECT id FROM file WHERE state != 'dead' AND deadline IS NOT NULL ORDER BY id";
    ADOPT: () = "INSERT INTO file (id, kind, state, created_at) VALUES (?, 'pack', 'dead', 0)";
    SIZE: (Option<i64>,) = "SELECT SUM(size) FROM file WHERE state = 'sealed'";
    REPLIES: (Option<i64>,) = "SELECT SUM(size) FROM file WHERE kind = 'reply' AND state = 'sealed'";
}

/// A file that is being written. What has not filled a row yet waits in memory.
#[derive(Debug)]
pub struct Appender {
    /// The file.
    pub file: FileId,
    rows: u64,
    tail: Vec<u8>,
}

impl Appender {
    /// Creates a file that dies at `deadline` (Unix seconds) unless it is extended or kept.
    pub fn create(sql: &dyn Sql, kind: FileKind, now: i64, deadline: i64) -> Result<Self> {
        let (id,) = sql.one(&CREATE, &[kind.name().into(), deadline.into(), now.into()])?;
        Ok(Self { file: FileId(id), rows: 0, tail: Vec::new() })
    }

    /// Bytes appended so far.
    pub fn len(&self) -> u64 {
        self.rows * ROW as u64 + self.tail.len() as u64
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends `bytes`; full rows are written, the rest is held.
    pub fn append(&mut self, sql: &dyn Sql, mut bytes: &[u8]) -> Result<()> {
        if !self.tail.is_empty() {
            let take = bytes.len().min(ROW - self.tail.len());
            self.tail.extend_from_slice(&bytes[..take]);
            bytes = &bytes[take..];
            if self.tail.len() == ROW {
                let tail = std::mem::take(&mut self.tail);
                self.write(sql, &tail)?;
            }
        }
        while bytes.len() >= ROW {
            let (row, rest) = bytes.split_at(ROW);
            self.write(sql, row)?;
            bytes = rest;
        }
        self.tail.extend_from_slice(bytes);
        Ok(())
    }

    fn write(&mut self, sql: &dyn Sql, row: &[u8]) -> Result<()> {
        if self.rows >= 1 << CHUNK_BITS {
            return Err(Error::TooLarge("a file may hold at most 68 GB".into()));
        }
        sql.execute(&APPEND, &[self.file.chunk(self.rows).into(), row.into()])?;
        self.rows += 1;
        Ok(())
    }

    /// Writes what is held and fixes the size for ever. The file still dies at its deadline until it is kept.
    pub fn seal(mut self, sql: &dyn Sql, deadline: i64) -> Result<(FileId, u64)> {
        let size = self.len();
        if !self.tail.is_empty() {
            let tail = std::mem::take(&mut self.tail);
            self.write(sql, &tail)?;
        }
        if sql.execute(&SEAL, &[(size as i64).into(), deadline.into(), self.file.0.into()])? != 1 {
            return Err(Error::Conflict(
                "the upload took too long and was swept away; please try again".into(),
            ));
        }
        Ok((self.file, size))
    }

    /// The bytes that have not filled a row, and the offset they begin at.
    pub fn held(&self) -> (u64, &[u8]) {
        (self.rows * ROW as u64, &self.tail)
    }
}

/// Pushes the deadline of a file that makes progress.
pub fn extend(sql: &dyn Sql, file: FileId, deadline: i64) -> Result<()> {
    sql.execute(&EXTEND, &[deadline.into(), file.0.into()])?;
    Ok(())
}

/// Keeps a sealed file for good.
pub fn keep(sql: &dyn Sql, file: FileId) -> Result<()> {
    sql.execute(&KEEP, &[file.0.into()])?;
    Ok(())
}

/// Lets a sealed file nothing names any more live until `deadline`, for the streams that began on it.
pub fn retire(sql: &dyn Sql, file: FileId, deadline: i64) -> Result<()> {
    sql.execute(&RETIRE, &[deadline.into(), file.0.into()])?;
    Ok(())
}

/// Marks a file dead: nothing finds it any more, and [`sweep`] removes its rows.
pub fn kill(sql: &dyn Sql, file: FileId) -> Result<()> {
    sql.execute(&KILL, &[file.0.into()])?;
    Ok(())
}

/// All files.
pub fn list(sql: &dyn Sql) -> Result<Vec<FileRow>> {
    Ok(sql.all(&LIST, &[])?)
}

/// Shows number and length of every row of a file, in order.
pub fn each_length(sql: &dyn Sql, file: FileId, show: &mut dyn FnMut(u64, u64)) -> Result<()> {
    let range = [file.chunk(0).into(), FileId(file.0 + 1).chunk(0).into()];
    sql.each(&LENGTHS, &range, &mut |columns| {
        let (id, length) = <(i64, i64)>::from_row(columns)?;
        show((id - file.chunk(0)) as u64, length as u64);
        Ok(())
    })?;
    Ok(())
}

/// The lowest file number from `from` on that has rows, whether or not the file exists.
pub fn next_owner(sql: &dyn Sql, from: i64) -> Result<Option<FileId>> {
    let next = sql.first(&NEXT, &[FileId(from).chunk(0).into()])?;
    Ok(next.map(|(id,)| FileId(id >> CHUNK_BITS)))
}

/// Files whose deadline has passed.
pub fn stale(sql: &dyn Sql, now: i64) -> Result<Vec<FileId>> {
    Ok(sql.all(&STALE, &[now.into()])?.into_iter().map(|(id,)| FileId(id)).collect())
}

/// Files that were never kept: uploads, and packs that were not published.
pub fn unfinished(sql: &dyn Sql) -> Result<Vec<FileId>> {
    Ok(sql.all(&UNFINISHED, &[])?.into_iter().map(|(id,)| FileId(id)).collect())
}

/// Whether [`sweep`] has something to do.
pub fn has_dead(sql: &dyn Sql) -> Result<bool> {
    Ok(sql.first(&DEAD, &[])?.is_some())
}

/// Gives rows without a file one that is dead, so that [`sweep`] removes them.
pub fn adopt_dead(sql: &dyn Sql, file: FileId) -> Result<()> {
    sql.execute(&ADOPT, &[file.0.into()])?;
    Ok(())
}

/// Bytes in sealed files.
pub fn total(sql: &dyn Sql) -> Result<u64> {
    let (size,) = sql.one(&SIZE, &[])?;
    Ok(size.unwrap_or(0) as u64)
}

/// Bytes in sealed answers, those included that were dropped and stay for the streams that began on them.
pub fn replies(sql: &dyn Sql) -> Result<u64> {
    let (size,) = sql.one(&REPLIES, &[])?;
    Ok(size.unwrap_or(0) as u64)
}

/// Removes at most `rows` rows of one dead file, and the file with its last row. Answers the file it worked on and
/// whether that file is gone, or `None` when no file is dead.
pub fn sweep(sql: &dyn Sql, rows: u32) -> Result<Option<(FileId, bool)>> {
    let Some((id,)) = sql.first(&DEAD, &[])? else { return Ok(None) };
    Ok(Some((FileId(id), erase(sql, FileId(id), rows)?)))
}

/// Removes at most `rows` rows of a dead file, and the file with its last row; answers whether it is gone.
pub(crate) fn erase(sql: &dyn Sql, file: FileId, rows: u32) -> Result<bool> {
    let args = [file.chunk(0).into(), FileId(file.0 + 1).chunk(0).into(), rows.into()];
    let gone = sql.execute(&DELETE_ROWS, &args)? < u64::from(rows);
    if gone {
        sql.execute(&FORGET, &[file.0.into()])?;
    }
    Ok(gone)
}

/// Reads row `n` of a file, by way of the cache.
pub fn row(sql: &dyn Sql, shared: &Shared, repository: i64, file: FileId, n: u64) -> Result<Arc<Vec<u8>>> {
    let place = (repository, file.0, n);
    if let Some(row) = shared.row(place) {
        return Ok(row);
    }
    let row = Arc::new(fresh_row(sql, file, n)?);
    shared.keep_row(place, Arc::clone(&row));
    Ok(row)
}

/// Reads row `n` of a file without touching the cache: for streams, which read each row once.
pub fn fresh_row(sql: &dyn Sql, file: FileId, n: u64) -> Result<Vec<u8>> {
    let (data,) = sql
        .first(&READ, &[file.chunk(n).into()])?
        .ok_or_else(|| Error::Damage(format!("row {n} of file {} is missing", file.0)))?;
    Ok(data)
}

/// Appends row `n` of a file to `out`, copying its bytes once.
pub fn append_row(sql: &dyn Sql, file: FileId, n: u64, out: &mut Vec<u8>) -> Result<usize> {
    let before = out.len();
    sql.each(&READ, &[Value::Int(file.chunk(n))], &mut |columns| {
        if let ValueRef::Blob(bytes) = columns.get(0)? {
            out.extend_from_slice(bytes);
        }
        Ok(())
    })?;
    match out.len() - before {
        0 => Err(Error::Damage(format!("row {n} of file {} is missing", file.0))),
        read => Ok(read),
    }
}

/// Appends the bytes `offset..offset + len` of a file to `out`.
pub fn read(
    sql: &dyn Sql,
    shared: &Shared,
    repository: i64,
    file: FileId,
    offset: u64,
    len: u64,
    out: &mut Vec<u8>,
) -> Result<()> {
    let (mut at, end) = (offset, offset + len);
    while at < end {
        let row = row(sql, shared, repository, file, at / ROW as u64)?;
        let from = (at % ROW as u64) as usize;
        let until = row.len().min(from + (end - at) as usize);
        if from >= until {
            return Err(Error::Damage(format!("file {} ends before byte {at}", file.0)));
        }
        out.extend_from_slice(&row[from..until]);
        at += (until - from) as u64;
    }
    Ok(())
}
