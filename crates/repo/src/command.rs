//! Commands: everything the site asks of a repository besides transfers.

use gitflare_port::{Command, Reply, command::Stat};

use crate::{
    Env, Error, Repository, Result, browse, files, limits, moving, outbox, receive, refs, state, verify,
};

/// Answers a command.
pub(crate) fn run(repository: &Repository, command: Command, env: &Env) -> Result<Reply> {
    match command {
        Command::Stat => stat(repository),
        Command::Export { cursor, size } => {
            Ok(Reply::Slice(moving::slice(repository, cursor.as_deref(), size)?))
        }
        Command::Verify { cursor, objects } => {
            Ok(Reply::Verified(verify::slice(repository, cursor.as_deref(), objects, env)?))
        }
        Command::Import(step) => Ok(Reply::Progress(moving::import(repository, step, env)?)),
        Command::Freeze { notice } => moving::freeze(repository, &notice).map(|()| Reply::Done),
        Command::Thaw => moving::thaw(repository).map(|()| Reply::Done),
        Command::Outbox { after, limit } => events(repository, after, limit, env),
        Command::MoveRefs { caller, changes, note } => {
            receive::move_refs(repository, &caller, &changes, &note, env)
                .map(|updates| Reply::Moved { updates })
        }
        Command::SetHead { name, .. } => set_head(repository, &name),
        Command::Browse { caller, revision, path, after } => {
            browse::folder(repository, &caller, revision.as_deref(), &path, after.as_deref())
        }
        Command::Log { caller, query } => browse::log(repository, &caller, &query),
        Command::Commit { caller, revision } => browse::commit(repository, &caller, revision.as_deref()),
        Command::Compare { caller, base, head } => {
            browse::compare(repository, &caller, base.as_deref(), &head)
        }
        Command::Diff { caller, query } => browse::diff(repository, &caller, &query),
        Command::Lines { caller, revision, path, first, last } => {
            browse::lines(repository, &caller, revision.as_deref(), &path, (first, last))
        }
        Command::Blame { caller, query } => browse::blame(repository, &caller, &query),
        Command::Paths { caller, revision, after } => {
            browse::paths(repository, &caller, revision.as_deref(), after.as_deref())
        }
        Command::Branches { caller, query } => browse::branches(repository, &caller, &query),
        Command::Tags { caller, query } => browse::tags(repository, &caller, &query),
        Command::Names { caller, query } => browse::names(repository, &caller, &query),
        Command::Tree { caller, revision, recursive } => {
            browse::whole_tree(repository, &caller, revision.as_deref(), recursive)
        }
        Command::TagObject { caller, oid } => browse::tag_object(repository, &caller, &oid),
        Command::Contents { caller, query } => browse::contents(repository, &caller, &query),
        Command::ReadFile { caller, revision, path, limit } => {
            browse::file(repository, &caller, revision.as_deref(), &path, limit)
        }
    }
}

/// Events the site has not applied. It asks by the number of the last one it has: what is older than a week before that,
/// long enough for a restored site to hear it again, may go.
fn events(repository: &Repository, after: i64, limit: u32, env: &Env) -> Result<Reply> {
    let before = env.now - limits::OUTBOX_KEEP;
    let (events, expired) = repository.db().read(|sql| {
        Ok::<_, Error>((
            outbox::after(sql, after, limit.min(1_000))?,
            outbox::has_expired(sql, after, before)?,
        ))
    })?;
    if expired {
        repository.db().write("outbox: expire", |sql| outbox::expire(sql, after, before))?;
    }
    Ok(Reply::Outbox(events))
}

fn stat(repository: &Repository) -> Result<Reply> {
    repository.db().read(|sql| {
        let state = state::get(sql)?;
        let view = repository.view(sql)?;
        Ok(Reply::Stat(Stat {
            objects: view.live.objects(),
            packs: view.live.packs.len() as u64,
            refs: refs::count(sql)?,
            bytes: files::total(sql)?,
            born: refs::get(sql, &state.head)?.is_some(),
            head: gitflare_git::refname::encode(&state.head),
        }))
    })
}

/// HEAD may name any branch while there is none, and later only one that exists.
fn set_head(repository: &Repository, name: &str) -> Result<Reply> {
    let name = gitflare_git::refname::decode(name)
        .filter(|name| name.starts_with(b"refs/heads/") && gitflare_git::refname::check(name));
    let name = name.ok_or_else(|| Error::Refused("that is no branch name".into()))?;
    repository.db().write("repository: set head", |sql| {
        moving::check_frozen(&state::get(sql)?)?;
        let exists = refs::get(sql, &name)?.is_some();
        if !exists && !refs::with_prefix(sql, b"refs/heads/", 1)?.is_empty() {
            let short = String::from_utf8_lossy(&name[11..]).into_owned();
            return Err(Error::NotFound(format!("there is no branch {short}")));
        }
        state::set_head(sql, &name)?;
        Ok(Reply::Done)
    })
}
