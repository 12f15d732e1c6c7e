//! Refs that the site moves: by the rules and in the transaction of a push, without a client and without a pack.

use gitflare_db::Sql;
use gitflare_git::{Kind, Oid, protocol::receive::PushCommand, refname};
use gitflare_port::{Caller, RefUpdate, refs::RefChange};

use super::{
    publish::{self, Push},
    rules::{self, Update},
};
use crate::{Env, Error, Repository, Result, commits, refs, state, view::View};

/// Moves all of them or none, each only from where it was seen. No publish turn is needed: what a push decides in its own
/// is about packs, and where refs are it looks up again in the transaction that moves them.
pub(crate) fn move_refs(
    repository: &Repository,
    caller: &Caller,
    changes: &[RefChange],
    note: &str,
    env: &Env,
) -> Result<Vec<RefUpdate>> {
    let commands =
        changes.iter().map(|change| command(repository, change)).collect::<Result<Vec<PushCommand>>>()?;
    repository.db().write("refs: move", |sql| {
        let mut updates = rules::judge(commands.clone(), caller, &state::get(sql)?.head);
        updates.iter().try_for_each(admitted)?;
        let view = repository.view(sql)?;
        for (command, change) in commands.iter().zip(changes) {
            seen(sql, &view, command, change)?;
        }
        let who = caller.identity.as_ref();
        let push = Push { repository, who, note, options: &[], atomic: true, staged: None };
        let mut notes = Vec::new();
        let moved = publish::publish(sql, &push, &mut updates, &mut notes, env)?;
        if moved.is_empty() {
            // Where one is refused all are: for those that were not, its reason is not theirs.
            if let Some(said) = notes.first() {
                return Err(Error::Refused(said.trim_start_matches("error: ").to_owned()));
            }
            let own = |update: &&Update| update.refusal.as_deref() != Some(publish::ATOMIC);
            updates.iter().filter(own).try_for_each(admitted)?;
        }
        Ok(moved)
    })
}

fn command(repository: &Repository, change: &RefChange) -> Result<PushCommand> {
    let format = repository.format();
    let oid = |hex: &str| {
        let bad = || Error::Refused(format!("{hex} is no object id"));
        Oid::from_hex(hex).filter(|oid| oid.format() == format).ok_or_else(bad)
    };
    let name = refname::decode(&change.name).ok_or_else(|| Error::Refused("that is no ref name".into()))?;
    Ok(PushCommand { old: oid(&change.old)?, new: oid(&change.new)?, name })
}

fn admitted(update: &Update) -> Result<()> {
    let shown = || String::from_utf8_lossy(&update.command.name).into_owned();
    update.refusal.as_ref().map_or(Ok(()), |refusal| Err(Error::Refused(format!("{}: {refusal}", shown()))))
}

/// Whether a ref is still where whoever asks saw it, and goes only forward if it shall.
fn seen(sql: &dyn Sql, view: &View<'_>, command: &PushCommand, change: &RefChange) -> Result<()> {
    let found = refs::get(sql, &command.name)?;
    let shown = || String::from_utf8_lossy(&command.name).into_owned();
    match &found {
        None if command.old.is_zero() || command.new.is_zero() => Ok(()),
        None => Err(Error::Conflict(format!("{} was deleted meanwhile", shown()))),
        Some(_) if command.old.is_zero() => Err(Error::Conflict(format!("{} exists already", shown()))),
        Some(found) if found.oid != command.old => {
            Err(Error::Conflict(format!("{} moved meanwhile: it is at {}", shown(), found.oid)))
        }
        Some(_) if change.forward && !is_forward(sql, view, command)? => {
            let text = format!("{} would lose commits: {} does not reach it", shown(), command.new);
            Err(Error::Refused(text))
        }
        Some(_) => Ok(()),
    }
}

/// Whether the commit it goes to reaches the one it is at. What is missing is said later.
fn is_forward(sql: &dyn Sql, view: &View<'_>, command: &PushCommand) -> Result<bool> {
    if command.new.is_zero() || command.old == command.new {
        return Ok(true);
    }
    let (Some(old), Some(new)) = (view.find(&command.old)?, view.find(&command.new)?) else {
        return Ok(true);
    };
    if old.entry.kind != Kind::Commit || new.entry.kind != Kind::Commit {
        return Ok(false);
    }
    commits::is_ancestor(sql, old.entry.cid, new.entry.cid)
}
