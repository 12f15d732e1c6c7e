//! The data folder: where everything lies in it, who may read it, and the lock that gives it one owner.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::error::{Failure, Result};

/// The folder that holds everything.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// Held by the process that may open the databases.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Folder {
    /// The folder at this path, which need not exist yet.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        std::path::absolute(path).map(Self).map_err(|error| Failure::during(path.display(), error))
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The site's database.
    pub(crate) fn site(&self) -> PathBuf {
        self.0.join("site.sqlite")
    }

    /// Where repositories lie.
    pub(crate) fn repositories(&self) -> PathBuf {
        self.0.join("repositories")
    }

    /// One repository's database.
    pub(crate) fn repository(&self, id: i64) -> PathBuf {
        self.repositories().join(format!("{id}.sqlite"))
    }

    /// The repositories there are, by id.
    pub(crate) fn repository_ids(&self) -> Result<Vec<i64>> {
        let folder = self.repositories();
        let entries = fs::read_dir(&folder).map_err(|error| Failure::during(folder.display(), error))?;
        let id = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".sqlite")?.parse().ok();
        let mut ids: Vec<i64> = entries.flatten().filter_map(id).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Where a running server takes commands.
    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// Creates what is missing, for the owner's eyes alone.
    pub(crate) fn create(&self) -> Result<()> {
        for path in [self.0.clone(), self.repositories()] {
            let outcome = DirBuilder::new().recursive(true).mode(0o700).create(&path);
            outcome
                .map_err(|error| Failure::during(format_args!("cannot create {}", path.display()), error))?;
        }
        Ok(())
    }

    /// Whether there is nothing of ours in it.
    pub(crate) fn is_empty(&self) -> Result<bool> {
        match fs::read_dir(&self.0) {
            Ok(entries) => Ok(!entries.flatten().any(|entry| entry.file_name() != "lock")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(Failure::during(self.0.display(), error)),
        }
    }

    /// Becomes the owner; `None` while somebody else is.
    pub(crate) fn lock(&self) -> Result<Option<Lock>> {
        let path = self.0.join("lock");
        let failed = |error: std::io::Error| Failure::during(path.display(), error);
        let file = private().truncate(false).open(&path).map_err(failed)?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(failed(error.into())),
        }
    }
}

/// Creates an empty file for the owner's eyes, unless it is there: SQLite would create it for everybody's.
pub(crate) fn create_private(path: &Path) -> std::io::Result<()> {
    private().truncate(false).open(path).map(drop)
}

/// Whether the file is there and not empty. SQLite takes an empty file for a new database.
pub(crate) fn holds_something(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.len() > 0)
}

/// Makes the names of new files in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).mode(0o600);
    options
}

/// Removes a database and the files SQLite keeps beside it. Succeeds when there is none.
pub(crate) fn remove_database(path: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", "-journal", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
