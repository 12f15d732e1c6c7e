//! `--url URL backup`: the same archive, made of slices of a site elsewhere, which stays as it is for as long as its own
//! rows are read.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

use gitflare_db::dump;
use gitflare_forge::admin::{ExportRepository, ExportSite, FreezeSite, ListMovable, Movable, ThawSite};
use gitflare_port::moving::Rows;

use crate::{
    archive::{Owner, write::Writer},
    error::Result,
    io::Io,
    office::Office,
};

/// How often something is read anew because it changed under our hands.
const ATTEMPTS: usize = 5;

type Archive = Writer<BufWriter<File>>;

/// Writes the archive at `path`. It gets its name when it is complete.
pub(crate) fn run(office: &Office<'_>, path: &Path, io: &mut dyn Io) -> Result<()> {
    super::whole(path, io, |file, io| write(office, file, io))
}

fn write(office: &Office<'_>, file: File, io: &mut dyn Io) -> Result<usize> {
    let mut writer = Writer::new(BufWriter::with_capacity(256 << 10, file))?;
    let repositories = attempts(&mut writer, |writer| site(office, writer))?;
    let total = repositories.len() as u64;
    let mut count = 0;
    for (done, one) in repositories.iter().enumerate() {
        io.progress("repositories", done as u64, total)?;
        let mark = writer.mark()?;
        match attempts(&mut writer, |writer| repository(office, one.id, writer)) {
            Ok(()) => count += 1,
            // Deleted since: the site's rows of it are too old to matter.
            Err(_) if is_gone(office, one)? => writer.rewind(mark)?,
            Err(failure) => return Err(failure.of(&one.name)),
        }
    }
    let mut file = writer.finish()?;
    file.flush()?;
    let mut file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    // What was written over may have been longer.
    let end = std::io::Seek::stream_position(&mut file)?;
    file.set_len(end)?;
    file.sync_all()?;
    io.progress("repositories", total, total)?;
    Ok(count)
}

/// Tries again, from the same place, what changed while it was read.
fn attempts<T>(writer: &mut Archive, mut read: impl FnMut(&mut Archive) -> Result<T>) -> Result<T> {
    let mark = writer.mark()?;
    for _ in 1..ATTEMPTS {
        match read(writer) {
            Err(failure) if !failure.is_passing() => writer.rewind(mark.clone())?,
            outcome => return outcome,
        }
    }
    read(writer)
}

/// Writes the site, frozen meanwhile, and answers which repositories it knew.
fn site(office: &Office<'_>, writer: &mut Archive) -> Result<Vec<Movable>> {
    let notice = "the site is being backed up; try again in a moment".to_owned();
    let frozen = office.insist(FreezeSite { for_good: false, notice })?;
    let lease = frozen.lease;
    let outcome = rows(office, &lease, frozen.migrations, writer);
    let thawed = office.insist(ThawSite { lease: Some(lease) });
    let repositories = outcome?;
    thawed?;
    Ok(repositories)
}

fn rows(
    office: &Office<'_>,
    lease: &str,
    migrations: Vec<String>,
    writer: &mut Archive,
) -> Result<Vec<Movable>> {
    writer.begin(Owner::Site, migrations)?;
    let mut table = String::new();
    let mut cursor = None;
    loop {
        let slice = office.insist(ExportSite { lease: lease.to_owned(), cursor })?;
        copy(&slice.rows, &mut table, writer)?;
        cursor = slice.next;
        if cursor.is_none() {
            break;
        }
    }
    writer.end()?;
    let mut repositories = Vec::new();
    office.each(
        |cursor| ListMovable { cursor, limit: None },
        |one| {
            repositories.push(one);
            Ok(())
        },
    )?;
    Ok(repositories)
}

fn repository(office: &Office<'_>, id: i64, writer: &mut Archive) -> Result<()> {
    let mut table = String::new();
    let mut cursor = None;
    loop {
        let slice = office.insist(ExportRepository { id, cursor })?;
        if let Some(summary) = slice.summary {
            writer.begin(Owner::Repository { id }, summary.migrations)?;
        }
        copy(&slice.rows, &mut table, writer)?;
        cursor = slice.next;
        if cursor.is_none() {
            return writer.end();
        }
    }
}

/// Copies rows. A table may go on from slice to slice: it begins once.
fn copy(rows: &Rows, table: &mut String, writer: &mut Archive) -> Result<()> {
    dump::read(&rows.0, &mut |record| match record {
        dump::Record::Table(name) if *table == name => Ok(()),
        dump::Record::Table(name) => {
            name.clone_into(table);
            writer.table(name)
        }
        dump::Record::Row(row) => Ok(writer.row(row)?),
    })
}

fn is_gone(office: &Office<'_>, one: &Movable) -> Result<bool> {
    let mut found = false;
    office.each(
        |cursor| ListMovable { cursor, limit: None },
        |other| {
            found |= other.id == one.id;
            Ok(())
        },
    )?;
    Ok(!found)
}
