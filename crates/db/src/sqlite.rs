//! The native driver, on rusqlite: one file, one writer, many readers.
//!
//! What a Durable Object refuses is refused here too (`guard`), in production as in tests, so that a database
//! made on one host can move to the other and the fast suite guards both.

mod connection;
mod guard;
mod options;
mod session;
mod site;

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::ThreadId,
};

use crate::{Driver, Error, Result, check::Shape, sql::Work};
use connection::{Connection, Role};

use options::Durability;

pub use options::Options;
pub use site::SqliteSite;

/// A database file. Dropping it closes the connections.
pub struct Sqlite {
    path: PathBuf,
    options: Options,
    durability: Durability,
    writer: Mutex<Connection>,
    /// The thread inside the write transaction: asking for a second one there would wait for itself.
    writing: Mutex<Option<ThreadId>>,
    readers: Mutex<Vec<Connection>>,
    temporary: Option<Temporary>,
}

impl Sqlite {
    /// Opens the database at `path`, creating it when it is missing.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        Self::with(path.as_ref().to_owned(), options, None)
    }

    /// A database for tests that is gone when dropped. It is a file, because readers beside a writer need one,
    /// and the only one whose writes are not synced.
    pub fn memory() -> Result<Self> {
        let temporary = Temporary::create()?;
        Self::with(temporary.0.clone(), Options::default(), Some(temporary))
    }

    fn with(path: PathBuf, options: Options, temporary: Option<Temporary>) -> Result<Self> {
        let durability = if temporary.is_some() { Durability::None } else { Durability::Full };
        let writer = Connection::open(&path, &options, Role::Writer, durability)?;
        Ok(Self {
            path,
            options,
            durability,
            writer: Mutex::new(writer),
            writing: Mutex::new(None),
            readers: Mutex::new(Vec::new()),
            temporary,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives back the memory an idle database does not need: its readers and its page caches.
    pub fn trim(&self) {
        lock(&self.readers).clear();
        if let Ok(writer) = self.writer.try_lock() {
            writer.shrink();
        }
    }

    /// Writes a consistent copy to `target`, which must not exist, while others read and write.
    pub fn copy_to(&self, target: &Path) -> Result<()> {
        connection::copy(&self.path, target)
    }

    /// What a statement takes and answers, without running it.
    pub fn describe(&self, text: &str) -> Result<Shape> {
        lock(&self.writer).describe(text)
    }

    fn reader(&self) -> Result<Connection> {
        let idle = lock(&self.readers).pop();
        match idle {
            Some(reader) => Ok(reader),
            None => Connection::open(&self.path, &self.options, Role::Reader, self.durability),
        }
    }

    fn put_back(&self, reader: Connection) {
        let mut readers = lock(&self.readers);
        if readers.len() < self.options.idle_readers {
            readers.push(reader);
        }
    }
}

impl Driver for Sqlite {
    fn read(&self, work: Work<'_>) -> Result<()> {
        let reader = self.reader()?;
        // A panic passes by `put_back`: the reader is closed instead.
        let outcome = reader.transact("BEGIN", work);
        self.put_back(reader);
        outcome
    }

    fn write(&self, _name: &'static str, work: Work<'_>) -> Result<()> {
        let this = std::thread::current().id();
        if *lock(&self.writing) == Some(this) {
            return Err(Error::Driver("a write transaction inside a write transaction".into()));
        }
        let writer = lock(&self.writer);
        let _inside = Inside::enter(&self.writing, this);
        writer.transact("BEGIN IMMEDIATE", work)
    }
}

/// Locks, ignoring poison: a transaction that panicked was rolled back while unwinding.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Inside<'a>(&'a Mutex<Option<ThreadId>>);

impl<'a> Inside<'a> {
    fn enter(writing: &'a Mutex<Option<ThreadId>>, thread: ThreadId) -> Self {
        *lock(writing) = Some(thread);
        Self(writing)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        *lock(self.0) = None;
    }
}

/// The files of a database for tests; removed last, after the connections are closed.
struct Temporary(PathBuf);

impl Temporary {
    fn create() -> Result<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let folder = std::env::temp_dir();
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("gitflare-{}-{number}.db", std::process::id()));
            match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => return Ok(Self(path)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::Driver(format!("{}: {error}", path.display()))),
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(suffix);
            let _ = std::fs::remove_file(path);
        }
    }
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.path)
            .field("temporary", &self.temporary.is_some())
            .finish()
    }
}
