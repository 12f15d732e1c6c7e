//! Keeping the index up: with a push, or behind it.

use std::sync::Arc;

use gitflare_db::Sql;
use gitflare_git::{Kind, ObjectFormat, Oid};

use super::{
    Reader,
    rows::Row,
    write::{self, Trees, Writer},
};
use crate::{
    Error, Repository, Result,
    cache::Object,
    commits::{self, Commit},
    state,
};

/// Entries compared for one commit. What lies beyond is not indexed.
const ENTRIES: usize = 2_000_000;
/// Commits a push indexes itself.
pub(crate) const PUSHED: usize = 64;
/// Entries a push compares in all; whatever remains is left to maintenance.
const PUSHED_ENTRIES: usize = 200_000;
/// Commits in one slice of maintenance.
const SLICE: u32 = 500;
/// Entries compared in one slice, after which it ends early.
const SLICE_ENTRIES: usize = 2_000_000;

/// Indexes the commits of a push that is about to become visible, if they are few and all before them are indexed.
/// `trees` reads those of the push, too. Trouble is left to maintenance: it is no reason to refuse a push.
pub(crate) fn follow(sql: &dyn Sql, format: ObjectFormat, pushed: &[Commit], trees: Trees<'_>) -> Result<()> {
    let Some(first) = pushed.first().filter(|_| pushed.len() <= PUSHED) else { return Ok(()) };
    if super::next(sql)? != first.cid {
        return Ok(());
    }
    let mut writer =
        Writer { reader: Reader::new(sql), trees, format, left: PUSHED_ENTRIES, is_exhausted: false };
    let mut next = first.cid;
    for commit in pushed {
        let tree = |parent: u32| match parent.checked_sub(first.cid).and_then(|n| pushed.get(n as usize)) {
            Some(own) => Ok(own.tree),
            None => commits::get(sql, parent).map(|parent| parent.tree),
        };
        let parents: Result<Vec<_>> =
            commit.parents.iter().map(|parent| Ok((*parent, tree(*parent)?))).collect();
        match parents.and_then(|parents| writer.commit(commit.cid, commit.tree, &parents)) {
            Ok(()) if !writer.is_exhausted => next = commit.cid + 1,
            Err(error @ Error::Db(_)) => return Err(error),
            Ok(()) | Err(_) => break,
        }
    }
    super::set_next(sql, next)
}

/// Indexes some of the commits that have no rows yet; whether there were any.
pub(crate) fn fill(repository: &Repository) -> Result<bool> {
    let due = repository
        .db()
        .read(|sql| Ok::<_, Error>(i64::from(super::next(sql)?) < state::get(sql)?.next_cid))?;
    if !due {
        return Ok(false);
    }
    repository.db().write("maintenance: last commits", |sql| {
        let view = repository.view(sql)?;
        let from = super::next(sql)?;
        let until = state::get(sql)?.next_cid.min(i64::from(from.saturating_add(SLICE)));
        let until = u32::try_from(until).map_err(|_| Error::TooLarge("too many commits".into()))?;
        let trees = |oid: &Oid| -> Result<Arc<Object>> { view.object_of(oid, Kind::Tree) };
        let mut writer = Writer {
            reader: Reader::new(sql),
            trees: &trees,
            format: view.format,
            left: ENTRIES,
            is_exhausted: false,
        };
        let (mut next, mut spent) = (from, 0);
        while next < until && spent < SLICE_ENTRIES {
            writer.left = ENTRIES;
            one(sql, &mut writer, next)?;
            spent += ENTRIES - writer.left;
            next += 1;
        }
        super::set_next(sql, next)
    })?;
    Ok(true)
}

/// Indexes one commit. Where that fails nothing is known of it, and what follows goes on.
fn one(sql: &dyn Sql, writer: &mut Writer<'_>, cid: u32) -> Result<()> {
    let outcome = commits::get(sql, cid).and_then(|commit| {
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            parents.push((*parent, commits::get(sql, *parent)?.tree));
        }
        writer.commit(cid, commit.tree, &parents)
    });
    match outcome {
        Err(error @ Error::Db(_)) => Err(error),
        Err(_) => write::put(sql, cid, &Row::Unknown),
        Ok(()) => Ok(()),
    }
}
