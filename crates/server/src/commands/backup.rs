//! `backup`: everything into one archive, while others read and write.

use std::{
    fs::{self, File, OpenOptions},
    io::BufWriter,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use gitflare_db::{Sql, tables};
use gitflare_forge::{moving, repositories::queries};

use crate::{
    app::App,
    archive::{Owner, write::Writer},
    error::{Failure, Result},
    io::Io,
};

/// How often the site is looked at again when repositories come or go meanwhile.
const ATTEMPTS: usize = 20;
/// What is under way in a repository, a move say, is not under way in what is restored.
const UNDER_WAY: &str = "task";
/// How often progress is shown, in rows.
const SHOW: u64 = 500;

pub(super) mod there;

/// Writes the archive at `path`.
pub(super) fn run(app: &App, path: &Path, io: &mut dyn Io) -> Result<()> {
    whole(path, io, |file, io| write(app, file, io))
}

/// Has an archive written, which gets its name when it is complete.
fn whole(path: &Path, io: &mut dyn Io, write: impl FnOnce(File, &mut dyn Io) -> Result<usize>) -> Result<()> {
    if path.exists() {
        return Err(Failure::new(format_args!("{} exists already", path.display())));
    }
    let temporary = partial(path);
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary);
    let file = file.map_err(|error| Failure::during(path.display(), error))?;
    let outcome = write(file, io).and_then(|count| {
        fs::rename(&temporary, path)?;
        Ok(count)
    });
    match outcome {
        Ok(count) => Ok(io.note(&format!("{count} repositories in {}", path.display()))?),
        Err(failure) => {
            // The first failure is the one to tell.
            let _ = fs::remove_file(&temporary);
            Err(failure)
        }
    }
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

fn write(app: &App, file: File, io: &mut dyn Io) -> Result<usize> {
    let mut writer = Writer::new(BufWriter::with_capacity(256 << 10, file))?;
    let ids = site(app, &mut writer)?;
    let total = ids.len() as u64;
    let mut count = 0;
    for (done, id) in ids.into_iter().enumerate() {
        io.progress("repositories", done as u64, total)?;
        // Deleted since: the site's rows of it are too old to matter.
        let open = match app.host.repositories().get(id) {
            Err(_) if !app.host.folder().repository(id).exists() => continue,
            opened => opened?,
        };
        let mut shown = Ok(());
        open.repository().db().read(|sql| {
            writer.database(Owner::Repository { id }, sql, &[UNDER_WAY], &mut |rows| {
                if rows.is_multiple_of(SHOW) && shown.is_ok() {
                    shown = io.progress("repositories", done as u64, total);
                }
            })
        })?;
        shown?;
        count += 1;
    }
    let file = writer.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    io.progress("repositories", total, total)?;
    Ok(count)
}

/// Writes the site, and answers which repositories it knew at that moment: those that were there both before and
/// after it was looked at. A repository it does not know must not come along, its id would be given away again.
fn site<W: std::io::Write>(app: &App, writer: &mut Writer<W>) -> Result<Vec<i64>> {
    for attempt in 0..ATTEMPTS {
        let before = app.host.folder().repository_ids()?;
        let done = app.host.site_db().read(|sql| {
            // The first read fixes what this transaction sees.
            tables::list(sql)?;
            let after = app.host.folder().repository_ids()?;
            if after != before && attempt + 1 < ATTEMPTS {
                return Ok(false);
            }
            if after == before {
                refuse_losses(sql, &before)?;
            }
            writer.database(Owner::Site, sql, &moving::STAYS, &mut |_| {})?;
            Ok::<_, Failure>(true)
        })?;
        if done {
            return Ok(before);
        }
    }
    Err(Failure::new("the site changes too fast"))
}

/// A backup without a repository that was lost would be taken for one of everything.
fn refuse_losses(sql: &dyn Sql, there: &[i64]) -> Result<()> {
    for (id, owner, name) in sql.all(&queries::NAMES, &[])? {
        if !there.contains(&id.0) {
            return Err(Failure::new(format_args!(
                "the database of {owner}/{name} is missing; put it back, or delete the repository"
            )));
        }
    }
    Ok(())
}
