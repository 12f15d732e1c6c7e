//! Removing what nobody needs: unfinished files past their deadline, rows of dead files, replaced packs, leftovers.

use gitflare_db::Sql;

use crate::{
    Env, Repository, Result, commits,
    files::{self, FileId},
    index::{self, cursor},
    limits, packs, state,
    turn::{Place, Turn},
};

/// Files given up in one transaction.
const FILES: usize = 16;

/// Removes a little; answers whether it found anything. The file of a merge in progress is not given up.
pub(super) fn slice(repository: &Repository, env: &Env, own: Option<FileId>) -> Result<bool> {
    let (stale, retired, dead, leftovers) = repository.db().read(|sql| {
        let mut stale = files::stale(sql, env.now)?;
        stale.retain(|file| Some(*file) != own);
        let mut retired = packs::retired_before(sql, env.now - limits::RETIRED_GRACE)?;
        retired.retain(|(pack, _)| !repository.is_read(*pack, env.now));
        let leftovers = commits::has_from(sql, state::get(sql)?.next_cid)?;
        Ok::<_, crate::Error>((stale, retired, files::has_dead(sql)?, leftovers))
    })?;
    let mut found = false;
    if !stale.is_empty() {
        repository.db().write("maintenance: give up files", |sql| {
            for file in stale.iter().take(FILES) {
                found |= discard(sql, *file)?;
            }
            Ok::<_, crate::Error>(())
        })?;
    } else if let Some((pack, file)) = retired.first() {
        repository.db().write("maintenance: drop a replaced pack", |sql| {
            index::delete(sql, *pack)?;
            packs::forget(sql, *pack)?;
            files::kill(sql, *file)
        })?;
        found = true;
    } else if dead {
        repository.db().write("maintenance: sweep", |sql| files::sweep(sql, limits::SWEEP_ROWS))?;
        found = true;
    } else if leftovers {
        found = drop_leftovers(repository, env)?;
    }
    Ok(found)
}

/// Rows above the counter of commits belong to a push that was cut off, unless one has its turn just now.
fn drop_leftovers(repository: &Repository, env: &Env) -> Result<bool> {
    let turn = Turn::queue(&repository.0.shared, repository.0.id, env.now);
    if turn.look(env.now) != Place::First {
        return Ok(false);
    }
    repository
        .db()
        .write("maintenance: drop leftovers", |sql| commits::drop_from(sql, state::get(sql)?.next_cid))?;
    Ok(true)
}

/// Removes an unpublished file with the pack and the index that stand on it. A published one stays; answers whether it
/// went.
pub(super) fn discard(sql: &dyn Sql, file: FileId) -> Result<bool> {
    match packs::of_file(sql, file)? {
        Some(pack) if packs::forget_staged(sql, pack)? => index::delete(sql, pack)?,
        Some(_) => return Ok(false),
        None => {}
    }
    files::kill(sql, file)?;
    Ok(true)
}

/// Gives up everything unfinished, whatever its deadline, and removes rows whose owner is gone.
pub(super) fn recover(repository: &Repository) -> Result<()> {
    let (unfinished, orphans) = repository.db().read(|sql| {
        let state = state::get(sql)?;
        let orphans = orphans(sql)?;
        let any = !orphans.is_empty() || commits::has_from(sql, state.next_cid)?;
        Ok::<_, crate::Error>((files::unfinished(sql)?, any.then_some(orphans)))
    })?;
    if unfinished.is_empty() && orphans.is_none() {
        return Ok(());
    }
    repository.db().write("maintenance: recover", |sql| {
        for file in unfinished {
            discard(sql, file)?;
        }
        if let Some(orphans) = orphans {
            commits::drop_from(sql, state::get(sql)?.next_cid)?;
            for file in orphans.files {
                files::adopt_dead(sql, file)?;
            }
            for pack in orphans.packs {
                index::delete(sql, pack)?;
            }
        }
        Ok(())
    })
}

/// Owners of rows that do not exist themselves.
struct Orphans {
    files: Vec<FileId>,
    packs: Vec<i64>,
}

impl Orphans {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.packs.is_empty()
    }
}

fn orphans(sql: &dyn Sql) -> Result<Orphans> {
    let mut found = Orphans { files: Vec::new(), packs: Vec::new() };
    let known = files::list(sql)?;
    let mut from = 0;
    while let Some(owner) = files::next_owner(sql, from)? {
        if known.binary_search_by_key(&owner.0, |file| file.id).is_err() {
            found.files.push(owner);
        }
        from = owner.0 + 1;
    }
    let known = packs::list(sql)?;
    let mut from = 0;
    while let Some(owner) = cursor::next_owner(sql, from)? {
        if known.binary_search_by_key(&owner, |pack| pack.id).is_err() {
            found.packs.push(owner);
        }
        from = owner + 1;
    }
    Ok(found)
}
