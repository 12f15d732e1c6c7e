//! A repository in slices: out of one host and into another, or into an archive.
//!
//! What makes a repository is its refs, its reflog, its commit graph, its events, and its live packs with their indexes.
//! Answers that are kept, the index of entries, uploads that have not ended and replaced packs are not: they are made
//! again, or given up.
//!
//! All slices are of one moment, that of the first, though pushes go on: packs and commits do not change once they are
//! live, a replaced pack stays for an hour at least, and refs, which do change, come first. If they change between two
//! slices of them, or a pack is gone, the next slice is refused and the export begins again.

use gitflare_db::{Sql, statements};
use gitflare_git::{ObjectFormat, hash::Checksum, refname};
use gitflare_port::moving::{Import, Progress, Summary};

use crate::{Env, Error, Repository, Result, commits, packs, reflog, refs, schema, state};

mod export;
mod import;
mod mark;

pub(crate) use export::slice;

/// Marks of a repository that is moving, in the table of what is under way.
const FROZEN: &str = "frozen";
const IMPORT: &str = "import";

statements! {
    SET_MARK: () = "INSERT INTO task (name, due, state) VALUES (?, 0, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state";
    GET_MARK: (String,) = "SELECT state FROM task WHERE name = ?";
    REMOVE_MARK: () = "DELETE FROM task WHERE name = ?";
    LAST_EVENT: (Option<i64>,) = "SELECT max(id) FROM outbox";
    LAST_MOVEMENT: (Option<i64>,) = "SELECT max(id) FROM reflog";
}

/// From here on nothing moves a ref.
pub(crate) fn freeze(repository: &Repository, notice: &str) -> Result<()> {
    repository.db().write("moving: freeze", |sql| set(sql, FROZEN, notice))
}

/// Refs may move again, unless the repository is only just being filled.
pub(crate) fn thaw(repository: &Repository) -> Result<()> {
    repository.db().write("moving: thaw", |sql| match get(sql, IMPORT)? {
        Some(_) => Err(Error::Conflict("an import fills the repository".into())),
        None => remove(sql, FROZEN),
    })
}

/// Fails if nothing may move a ref.
pub(crate) fn check_frozen(state: &state::State) -> Result<()> {
    match &state.frozen {
        Some(notice) => Err(Error::Conflict(notice.clone())),
        None => Ok(()),
    }
}

/// Whether an import fills the repository: then what looks like a leftover is what came first.
pub(crate) fn is_import(repository: &Repository) -> Result<bool> {
    repository.db().read(|sql| Ok(get(sql, IMPORT)?.is_some()))
}

/// A step of an import.
pub(crate) fn import(repository: &Repository, step: Import, _env: &Env) -> Result<Progress> {
    match step {
        Import::Begin => import::begin(repository),
        Import::State => import::progress(repository),
        Import::Rows { from, next, rows } => import::rows(repository, from, next, &rows.0),
        Import::Finish { summary } => import::finish(repository, &summary),
    }
}

/// What the repository comes to.
fn summary(sql: &dyn Sql) -> Result<Summary> {
    let state = state::get(sql)?;
    let live = packs::Live::load(sql, state.pack_gen, None)?;
    let mut digest = Checksum::new(ObjectFormat::Sha256);
    let mut count = 0;
    for found in refs::all(sql)? {
        digest.update(found.oid.to_hex().as_bytes());
        digest.update(b" ");
        digest.update(&found.name);
        digest.update(b"\n");
        count += 1;
    }
    Ok(Summary {
        migrations: schema::MIGRATIONS.iter().map(|migration| migration.name.to_owned()).collect(),
        head: refname::encode(&state.head),
        refs: count,
        refs_digest: digest.finish().to_hex(),
        commits: commits::count_below(sql, state.next_cid)? as u64,
        objects: live.objects(),
        packs: live.packs.len() as u64,
        bytes: live.packs.iter().map(|pack| pack.size()).sum(),
        movements: reflog::count(sql)?,
        last_event: last(sql, &LAST_EVENT)?,
    })
}

fn last(sql: &dyn Sql, statement: &gitflare_db::Stmt<(Option<i64>,)>) -> Result<i64> {
    Ok(sql.one(statement, &[])?.0.unwrap_or(0))
}

fn get(sql: &dyn Sql, name: &str) -> Result<Option<String>> {
    Ok(sql.first(&GET_MARK, &[name.into()])?.map(|(state,)| state))
}

fn set(sql: &dyn Sql, name: &str, state: &str) -> Result<()> {
    sql.execute(&SET_MARK, &[name.into(), state.into()])?;
    Ok(())
}

fn remove(sql: &dyn Sql, name: &str) -> Result<()> {
    sql.execute(&REMOVE_MARK, &[name.into()])?;
    Ok(())
}
