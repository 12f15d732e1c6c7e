//! The way out: which rows are the repository, table by table.

use gitflare_db::{Columns, Sql, Value, ValueRef, dump, tables};
use gitflare_port::moving::{self, Rows as Packed};

use super::{
    mark::{After, Mark},
    summary,
};
use crate::{Error, Repository, Result, packs, state};

/// Bytes after which a slice is full: it is held in memory by every host it passes.
const SLICE: usize = 2 << 20;

/// The rows of a table that are the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// All of them: few.
    All,
    /// Refs, by name.
    Refs,
    /// Those with a number below that of the moment.
    Commits(u32),
    /// Those up to the last of the moment.
    Movements,
    /// Those up to the last of the moment.
    Events,
    /// Those of the live packs: the pack's own, or those that begin with its number.
    Packs(u32),
    /// Those of the files these packs are in.
    Files(u32),
    /// None: they are made again, or have no meaning elsewhere.
    None,
}

/// Every table, in the order in which slices bring them: what is referred to first, and early what changes.
pub(super) const TABLES: [(&str, &str, Rows); 18] = [
    ("state", "id", Rows::All),
    ("sqlite_sequence", "rowid", Rows::All),
    ("file", "id", Rows::Files(0)),
    ("pack", "id", Rows::Packs(0)),
    ("ref", "name", Rows::Refs),
    ("reflog", "id", Rows::Movements),
    ("outbox", "id", Rows::Events),
    ("commits", "cid", Rows::Commits(0)),
    ("commit_parent", "id", Rows::Commits(16)),
    ("pidx", "id", Rows::Packs(20)),
    ("poff", "id", Rows::Packs(20)),
    ("chunk", "id", Rows::Files(20)),
    ("entry_path", "id", Rows::None),
    ("entry_commit", "id", Rows::None),
    ("entry_next", "id", Rows::None),
    ("reply", "id", Rows::None),
    ("task", "name", Rows::None),
    ("migration", "name", Rows::None),
];

/// Rows read at once: of chunks about a megabyte.
const fn at_once(table: &str) -> u32 {
    match table.as_bytes() {
        b"chunk" => 16,
        b"pidx" | b"poff" => 128,
        _ => 1_000,
    }
}

/// A slice, and what to ask for next.
pub(crate) fn slice(
    repository: &Repository,
    cursor: Option<&str>,
    size: Option<u32>,
) -> Result<moving::Slice> {
    let size = size.map_or(SLICE, |size| SLICE.min(size as usize));
    repository.db().read(|sql| {
        let mut mark = match cursor {
            Some(cursor) => Mark::decode(cursor)?,
            None => Mark::now(sql)?,
        };
        let mut export = Export { sql, files: files(sql, &mark)?, slice: dump::Slice::default() };
        let mut is_over = false;
        while export.slice.len() < size && !is_over {
            is_over = !export.step(&mut mark)?;
        }
        Ok(moving::Slice {
            rows: Packed(export.slice.finish()?),
            next: (!is_over).then(|| mark.encode()),
            summary: cursor.is_none().then(|| summary(sql)).transpose()?,
        })
    })
}

/// The files of the moment's packs, which have to be there still.
fn files(sql: &dyn Sql, mark: &Mark) -> Result<Vec<i64>> {
    let known = packs::list(sql)?;
    let file = |id: &i64| {
        let place = known.binary_search_by_key(id, |pack| pack.id).ok();
        let pack = place.and_then(|place| known.get(place)).filter(|pack| pack.state != "staged");
        pack.map(|pack| pack.file).ok_or_else(changed)
    };
    let mut files = mark.packs.iter().map(file).collect::<Result<Vec<_>>>()?;
    files.sort_unstable();
    Ok(files)
}

fn changed() -> Error {
    Error::Conflict("the repository has changed meanwhile: begin again".into())
}

struct Export<'a> {
    sql: &'a dyn Sql,
    files: Vec<i64>,
    slice: dump::Slice,
}

impl Export<'_> {
    /// Some rows more; answers whether there may be others.
    fn step(&mut self, mark: &mut Mark) -> Result<bool> {
        let Some((table, key, rows)) = TABLES.get(mark.table).copied() else { return Ok(false) };
        let found = match rows {
            Rows::None => false,
            Rows::All => {
                let slice = &mut self.slice;
                tables::rows(self.sql, table, &mut |row| slice.row(table, row))?;
                false
            }
            Rows::Refs => self.refs(mark)?,
            Rows::Commits(bits) => self.below(mark, (table, key), mark.next_cid << bits)?,
            Rows::Movements => self.below(mark, (table, key), mark.movement + 1)?,
            Rows::Events => self.below(mark, (table, key), mark.event + 1)?,
            Rows::Packs(bits) => {
                let owners = mark.packs.clone();
                self.owned(mark, (table, key), &owners, bits)?
            }
            Rows::Files(bits) => {
                let owners = self.files.clone();
                self.owned(mark, (table, key), &owners, bits)?
            }
        };
        if !found {
            mark.table += 1;
            mark.after = After::Number(0);
        }
        Ok(mark.table < TABLES.len())
    }

    fn refs(&mut self, mark: &mut Mark) -> Result<bool> {
        if state::get(self.sql)?.refs_gen != mark.refs_gen {
            return Err(changed());
        }
        let after = match &mark.after {
            After::Name(name) => name.clone(),
            After::Number(_) => Vec::new(),
        };
        let mut last = None;
        let slice = &mut self.slice;
        // Ref names are text of some kind: none begins with this byte.
        let range = (Value::from(after), Value::from(vec![0xff]));
        tables::between(self.sql, ("ref", "name"), range, at_once("ref"), &mut |row| {
            if let ValueRef::Blob(name) = row.get(0)? {
                last = Some(name.to_vec());
            }
            slice.row("ref", row)
        })?;
        Ok(last.map(|name| mark.after = After::Name(name)).is_some())
    }

    /// Rows numbered below `until`.
    fn below(&mut self, mark: &mut Mark, table: (&str, &str), until: i64) -> Result<bool> {
        let After::Number(after) = mark.after else { return Err(changed()) };
        let last = self.between(table, after, until)?;
        Ok(last.map(|last| mark.after = After::Number(last)).is_some())
    }

    /// Rows whose number, but for its last bits, is that of an owner.
    fn owned(&mut self, mark: &mut Mark, table: (&str, &str), owners: &[i64], bits: u32) -> Result<bool> {
        let After::Number(mut after) = mark.after else { return Err(changed()) };
        for owner in owners {
            let (first, until) = (owner << bits, (owner + 1) << bits);
            after = after.max(first - 1);
            if after + 1 < until
                && let Some(last) = self.between(table, after, until)?
            {
                mark.after = After::Number(last);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Answers the number of the last row.
    fn between(&mut self, (table, key): (&str, &str), after: i64, until: i64) -> Result<Option<i64>> {
        let mut last = None;
        let slice = &mut self.slice;
        let range = (Value::Int(after), Value::Int(until));
        tables::between(self.sql, (table, key), range, at_once(table), &mut |row| {
            last = Some(number(row)?);
            slice.row(table, row)
        })?;
        Ok(last)
    }
}

/// The first column.
fn number(row: &dyn Columns) -> gitflare_db::Result<i64> {
    gitflare_db::FromColumn::from_column(row.get(0)?)
}
