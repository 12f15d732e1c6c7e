//! Maintenance: what keeps a repository small and quick while nobody waits for it.
//!
//! [`maintain`] does one bounded slice per call and says whether there is more. Sweeping comes first: unfinished uploads,
//! dead files, replaced packs. Then packs are joined so that their sizes, oldest to newest, at least halve. What a slice
//! has to remember is in memory: after a restart a merge begins anew, and [`recover`] removes what the old one left.

mod flags;
mod merge;
mod plan;
mod sweep;

use std::sync::TryLockError;

use self::{
    flags::{Known, Walk},
    merge::{Merge, Outcome},
};
use crate::{Env, Error, Repository, Result, entries, moving, state};

/// What maintenance remembers between slices.
#[derive(Default)]
pub(crate) struct Memory {
    merge: Option<Box<Merge>>,
    walk: Option<Box<Walk>>,
    known: Known,
    /// A merge is due that there is no memory for now.
    awaits_room: bool,
    /// The generation of packs at which a walk or a merge failed: it is not tried again until they change.
    failed: Option<i64>,
}

/// Does a slice of whatever is due; answers whether there is more to do.
pub(crate) fn maintain(repository: &Repository, env: &Env) -> Result<bool> {
    let mut memory = match repository.0.maintenance.try_lock() {
        Ok(memory) => memory,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        // Somebody is at it already.
        Err(TryLockError::WouldBlock) => return Ok(false),
    };
    if moving::is_import(repository)? {
        return Ok(false);
    }
    if sweep::slice(repository, env, memory.merge.as_ref().and_then(|merge| merge.file()))? {
        return Ok(true);
    }
    // Pages wait for it.
    if entries::fill(repository)? {
        return Ok(true);
    }
    if memory.merge.is_none() && look(repository, env, &mut memory)? {
        return Ok(true);
    }
    join(repository, env, &mut memory)
}

/// Goes on with a walk from the refs, or begins one if packs may have been flagged without need.
fn look(repository: &Repository, env: &Env, memory: &mut Memory) -> Result<bool> {
    let mut walk = match memory.walk.take() {
        Some(walk) => walk,
        None => {
            let begun = repository.db().read(|sql| {
                let view = repository.view(sql)?;
                let due =
                    memory.failed != Some(view.live.generation) && flags::is_due(&view, &memory.known, env);
                due.then(|| Walk::begin(&view)).transpose()
            });
            match begun {
                Ok(None) => return Ok(false),
                Ok(Some(walk)) => Box::new(walk),
                Err(error) => return fail(repository, memory, error),
            }
        }
    };
    match walk.slice(repository, &mut memory.known, env) {
        Ok(true) => Ok(true),
        Ok(false) => {
            memory.walk = Some(walk);
            Ok(true)
        }
        Err(error) => fail(repository, memory, error),
    }
}

/// Remembers not to try again before the packs change.
fn fail(repository: &Repository, memory: &mut Memory, error: Error) -> Result<bool> {
    memory.failed = Some(repository.db().read(|sql| state::get(sql).map(|state| state.pack_gen))?);
    Err(error)
}

/// Goes on with a merge, or begins one if the packs call for it.
fn join(repository: &Repository, env: &Env, memory: &mut Memory) -> Result<bool> {
    let mut merge = match memory.merge.take() {
        Some(merge) => merge,
        None => {
            let begun = repository.db().read(|sql| {
                let view = repository.view(sql)?;
                memory.awaits_room = false;
                if memory.failed == Some(view.live.generation) {
                    return Ok(None);
                }
                let Some(run) = plan::run(&view.live, repository.0.shared.budget().joined) else {
                    return Ok(None);
                };
                let merge = Merge::begin(&view, &repository.0.shared, run, env)?;
                memory.awaits_room = merge.is_none();
                Ok::<_, Error>(merge)
            })?;
            let Some(merge) = begun else { return Ok(false) };
            Box::new(merge)
        }
    };
    match merge.slice(repository, env) {
        Ok(Outcome::Done) => {}
        Ok(Outcome::More) => memory.merge = Some(merge),
        Ok(Outcome::Waiting) => {
            memory.merge = Some(merge);
            return Ok(false);
        }
        Err(error) => {
            if let Some(file) = merge.file() {
                repository.db().write("maintenance: give up", |sql| sweep::discard(sql, file))?;
            }
            return fail(repository, memory, error);
        }
    }
    Ok(true)
}

/// Whether a merge is due that there was no memory for: it is worth asking again in a while.
pub(crate) fn awaits_room(repository: &Repository) -> bool {
    match repository.0.maintenance.try_lock() {
        Ok(memory) => memory.awaits_room,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().awaits_room,
        Err(TryLockError::WouldBlock) => false,
    }
}

/// Removes what transfers and maintenance of an earlier process left unfinished. Only right after opening.
pub(crate) fn recover(repository: &Repository) -> Result<()> {
    if moving::is_import(repository)? { Ok(()) } else { sweep::recover(repository) }
}
