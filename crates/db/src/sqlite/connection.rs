//! One connection: how it is opened, and a transaction on it.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::{OpenFlags, config::DbConfig};

use super::{Options, guard, options::Durability, session::Session};
use crate::{Error, Result, check::Shape, sql::Work};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Writer,
    Reader,
}

pub(super) struct Connection {
    raw: rusqlite::Connection,
    /// Set while a statement of the driver itself is prepared.
    trusted: Arc<AtomicBool>,
}

impl Connection {
    pub(super) fn open(path: &Path, options: &Options, role: Role, durability: Durability) -> Result<Self> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if role == Role::Writer {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        let failed = |error| Error::Driver(format!("{}: {error}", path.display()));
        let mut raw = rusqlite::Connection::open_with_flags(path, flags).map_err(failed)?;
        configure(&raw, options, role, durability).map_err(failed)?;
        verify(&raw, durability).map_err(|error| Error::Driver(format!("{}: {error}", path.display())))?;
        let trusted = guard::install(&mut raw).map_err(failed)?;
        Ok(Self { raw, trusted })
    }

    /// Runs `work` between `begin` and COMMIT; whatever else ends it, a panic included, is rolled back.
    pub(super) fn transact(&self, begin: &str, work: Work<'_>) -> Result<()> {
        self.control(begin)?;
        let open = Open(self);
        let session = Session::new(&self.raw);
        work(&session)?;
        drop(session);
        open.commit()
    }

    /// Whether each of these statements only reads.
    pub(super) fn only_reads<'a>(&self, mut statements: impl Iterator<Item = &'a str>) -> bool {
        statements.all(|text| self.raw.prepare_cached(text).is_ok_and(|statement| statement.readonly()))
    }

    pub(super) fn describe(&self, text: &str) -> Result<Shape> {
        let statement = self.raw.prepare(text).map_err(failure)?;
        Ok(Shape {
            columns: statement.column_names().map(str::to_owned).collect(),
            parameters: statement.parameter_count(),
            reads: statement.readonly(),
        })
    }

    pub(super) fn shrink(&self) {
        self.raw.flush_prepared_statement_cache();
        let _ = self.raw.release_memory();
    }

    /// Runs a statement of the driver itself. It is not cached: a statement of the product with the same text must
    /// not find it.
    fn control(&self, text: &str) -> Result<()> {
        self.trusted.store(true, Ordering::Relaxed);
        let outcome = self.raw.execute_batch(text);
        self.trusted.store(false, Ordering::Relaxed);
        outcome.map_err(failure)
    }
}

struct Open<'a>(&'a Connection);

impl Open<'_> {
    fn commit(self) -> Result<()> {
        if self.0.raw.is_autocommit() {
            return Err(ended());
        }
        self.0.control("COMMIT")
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // After a commit, and after an error for which SQLite rolled back itself, there is nothing to undo.
        if !self.0.raw.is_autocommit() {
            let _ = self.0.control("ROLLBACK");
        }
    }
}

/// A full disk or `ON CONFLICT ROLLBACK` ends the transaction under the closure.
pub(super) fn ended() -> Error {
    Error::Driver("SQLite rolled the transaction back".into())
}

fn configure(
    raw: &rusqlite::Connection,
    options: &Options,
    role: Role,
    durability: Durability,
) -> rusqlite::Result<()> {
    raw.busy_timeout(options.busy_timeout)?;
    raw.pragma_update(None, "mmap_size", 0)?;
    let cache = if role == Role::Writer { options.writer_cache_kib } else { options.reader_cache_kib };
    raw.pragma_update(None, "cache_size", -i64::from(cache))?;
    if role == Role::Writer {
        raw.pragma_update(None, "page_size", options.page_size)?;
        raw.pragma_update(None, "journal_mode", "WAL")?;
        // Bytes, not pages: about 4 MB of log before it is written back.
        raw.pragma_update(None, "wal_autocheckpoint", (4 << 20) / options.page_size.max(512))?;
        raw.pragma_update(None, "journal_size_limit", 8 << 20)?;
    } else {
        raw.pragma_update(None, "query_only", true)?;
    }
    raw.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
    raw.pragma_update(None, "foreign_keys", true)?;
    // A double-quoted word that names no column is an error, not a string.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // Plans do not depend on bound values: otherwise some statements are compiled anew at every use.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // As there: no statement may damage the schema's own tables.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    raw.set_prepared_statement_cache_capacity(if role == Role::Writer { 128 } else { 64 });
    Ok(())
}

/// Reads back what durability and integrity stand on.
fn verify(raw: &rusqlite::Connection, durability: Durability) -> Result<()> {
    let number = |name: &str| raw.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failure);
    let mode =
        raw.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0)).map_err(failure)?;
    let synchronous = number("synchronous")?;
    if mode != "wal" {
        return Err(Error::Driver(format!("journal_mode is {mode}, not wal")));
    }
    if durability == Durability::Full && synchronous != 2 {
        return Err(Error::Driver(format!("synchronous is {synchronous}, not 2 (FULL)")));
    }
    if number("foreign_keys")? != 1 {
        return Err(Error::Driver("foreign keys are off".into()));
    }
    Ok(())
}

/// Copies a database in use, on a connection of its own without the product's limits.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let raw = rusqlite::Connection::open_with_flags(from, flags).map_err(failure)?;
    raw.busy_timeout(std::time::Duration::from_secs(10)).map_err(failure)?;
    raw.pragma_update(None, "synchronous", "FULL").map_err(failure)?;
    let Some(target) = to.to_str() else {
        return Err(Error::Driver(format!("{}: not UTF-8", to.display())));
    };
    raw.execute("VACUUM INTO ?1", [target]).map_err(failure)?;
    Ok(())
}

/// SQLite's error as one of ours.
pub(super) fn failure(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    match error {
        rusqlite::Error::SqliteFailure(code, text) => {
            let text = text.unwrap_or_else(|| code.to_string());
            match code.code {
                ErrorCode::ConstraintViolation => Error::Constraint(text),
                ErrorCode::TooBig => Error::OutOfRange(text),
                _ => Error::Driver(text),
            }
        }
        rusqlite::Error::SqlInputError { msg, .. } => Error::Driver(msg),
        rusqlite::Error::MultipleStatement => Error::Driver("more than one statement in a call".into()),
        other => Error::Driver(other.to_string()),
    }
}
