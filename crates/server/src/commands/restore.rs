//! `restore`: an archive into an empty data folder, and everything in it checked.

use std::{
    fs::{self, File},
    io::BufReader,
    path::Path,
    sync::Arc,
};

use gitflare_db::{
    Db, Sql, migrate,
    sqlite::{Options, Sqlite},
    tables,
};
use gitflare_forge::{
    access::{self, act},
    host::Settings,
    repositories,
};

use super::verify;
use crate::{
    app::App,
    archive::{
        Database, Owner,
        read::{Reader, Record},
    },
    data::{self, Folder},
    error::{Failure, Result},
    host,
    io::Io,
    office::{ADMINISTRATOR, Office},
};

/// Restores the archive `file` into `folder`.
pub(crate) fn run(folder: &Folder, file: &Path, io: &mut dyn Io) -> Result<u8> {
    let archive = File::open(file).map_err(|error| Failure::during(file.display(), error))?;
    let refuse = || {
        Failure::new(format_args!("{} is not empty; restore needs an empty folder", folder.path().display()))
    };
    if !folder.is_empty()? {
        return Err(refuse());
    }
    let existed = folder.path().exists();
    // For the owner's eyes alone from its first moment on.
    folder.create()?;
    let lock = folder.lock()?.ok_or_else(refuse)?;
    let outcome = fill(folder, archive, io).and_then(|count| check(folder, count, io));
    if outcome.is_err() {
        clear(folder, existed);
    }
    drop(lock);
    outcome
}

/// Nothing half restored stays.
fn clear(folder: &Folder, existed: bool) {
    let _ = fs::remove_dir_all(folder.repositories());
    let _ = data::remove_database(&folder.site());
    let _ = fs::remove_file(folder.path().join("lock"));
    if !existed {
        let _ = fs::remove_dir(folder.path());
    }
}

/// Reads the archive into databases. Answers how many repositories there are.
fn fill(folder: &Folder, archive: File, io: &mut dyn Io) -> Result<usize> {
    let length = archive.metadata()?.len();
    let counted = Counted { from: archive, read: 0 };
    let mut reader = Reader::new(BufReader::with_capacity(256 << 10, counted))?;
    let mut count = 0;
    let mut seen_site = false;
    loop {
        let database = match reader.next()? {
            Record::Database(database) => database,
            Record::End if seen_site => break,
            _ => return Err(Failure::new("the archive is damaged: a database was expected")),
        };
        let (path, known) = match database.owner {
            Owner::Site if seen_site => return Err(Failure::new("the archive holds two sites")),
            Owner::Site => (folder.site(), gitflare_forge::MIGRATIONS),
            Owner::Repository { id } => {
                count += 1;
                (folder.repository(id), gitflare_repo::schema::MIGRATIONS)
            }
        };
        seen_site = true;
        data::create_private(&path)?;
        let db = Db::new(Arc::new(Sqlite::open(&path, Options::default())?));
        db.write("restore", |sql| rows(sql, &database, known, &mut reader, length, io))?;
    }
    io.progress("restoring", length, length)?;
    Ok(count)
}

/// Reads one database, in one transaction.
fn rows(
    sql: &dyn Sql,
    database: &Database,
    known: &[migrate::Migration],
    reader: &mut Reader<BufReader<Counted>>,
    length: u64,
    io: &mut dyn Io,
) -> Result<()> {
    tables::prepare(sql, known, &database.migrations)?;
    let mut table = String::new();
    let mut insert = String::new();
    let mut count = 0;
    loop {
        match reader.next()? {
            Record::Table(name) => {
                table = name;
                insert.clear();
                // What migrations put there is in the archive too, and may have changed since; where the archive leaves a
                // table out, it is as the migrations made it.
                tables::clear(sql, &table)?;
            }
            Record::Row(values) => {
                tables::insert(sql, &table, &mut insert, &values)?;
                count += 1;
            }
            Record::EndDatabase { rows } if rows == count => {
                io.progress("restoring", reader.position().min(length.saturating_sub(1)), length)?;
                // A newer program brings its own tables.
                return Ok(migrate::apply(sql, known)?);
            }
            _ => return Err(Failure::new("the archive is damaged: a table or row was expected")),
        }
    }
}

/// Opens what was restored as a server would, finishes what was under way, and verifies every repository.
fn check(folder: &Folder, count: usize, io: &mut dyn Io) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let app = App::open(folder, Settings::default(), runtime.handle().clone())?;
    app.wait(repositories::recover(&app.forge, 0))?;
    forget_deleted(&app, io)?;
    let code = examine(&app, io)?;
    drop(app);
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    if code != 0 {
        return Err(Failure::new("the archive holds damaged repositories"));
    }
    io.note(&format!("restored {count} repositories into {}", folder.path().display()))?;
    Ok(0)
}

/// Hears what repositories have to tell, and verifies every one. Answers what `repo verify` does.
pub(super) fn examine(app: &App, io: &mut dyn Io) -> Result<u8> {
    host::outbox::catch_up(app);
    verify::run(app, None, io)
}

/// A backup lists every repository there was when it began, and leaves out those that were deleted before their turn.
fn forget_deleted(app: &App, io: &mut dyn Io) -> Result<()> {
    let access = access::site::<act::AdministerSite>(ADMINISTRATOR)?;
    for (id, name) in app.wait(repositories::names(&app.forge, &access))? {
        if !app.host.folder().repository(id.0).exists() {
            super::repositories::delete(&Office::Here(app), &name)?;
            io.note(&format!("{name} was deleted while the backup was made"))?;
        }
    }
    Ok(())
}

/// Counts what was read, for the progress bar.
struct Counted {
    from: File,
    read: u64,
}

impl std::io::Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.read += count as u64;
        Ok(count)
    }
}

impl Reader<BufReader<Counted>> {
    /// How far the archive was read.
    fn position(&self) -> u64 {
        self.inner().get_ref().read
    }
}

#[cfg(test)]
mod tests {
    use gitflare_forge::host::Settings;

    use super::{App, Folder, forget_deleted};
    use crate::{
        cli::{Command, Repo},
        commands,
        io::Terminal,
    };

    #[test]
    fn what_was_deleted_during_the_backup_is_forgotten() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let app = App::open(&folder, Settings::default(), runtime.handle().clone()).unwrap();
        let access = super::access::site::<super::act::AdministerSite>(super::ADMINISTRATOR).unwrap();
        let new = gitflare_forge::accounts::NewAccount {
            name: "ada",
            email: None,
            password: "correct horse battery staple",
            administrator: true,
        };
        app.wait(gitflare_forge::accounts::add(&app.forge, &access, new)).unwrap();
        for name in ["ada/one", "ada/two"] {
            let create = Repo::Create { repository: name.into(), private: true, description: None };
            commands::run(Command::Repo(create), &app, &mut Terminal::default()).unwrap();
        }
        crate::data::remove_database(&folder.repository(1)).unwrap();
        forget_deleted(&app, &mut Terminal::default()).unwrap();
        let names = app.wait(super::repositories::names(&app.forge, &access)).unwrap();
        let names: Vec<String> = names.into_iter().map(|(_, name)| name.to_string()).collect();
        assert_eq!(names, ["ada/two"]);
    }
}
