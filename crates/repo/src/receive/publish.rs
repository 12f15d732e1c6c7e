//! Publishing: the one small transaction in which a push becomes visible. Nothing else moves a ref.

use gitflare_db::Sql;
use gitflare_git::{Kind, Oid, refname};
use gitflare_port::{Event, Head, RefUpdate};

use super::{ingest::Ingest, normal::Layout, rules::Update};
use crate::{
    Env, Error, Repository, Result, commits, files, outbox, packs,
    reflog::{self, Movement},
    refs, replies, state,
    view::View,
};

/// A pack that waits to become visible.
pub(super) struct Staged<'a> {
    pub(super) pack: i64,
    pub(super) file: files::FileId,
    pub(super) ingest: &'a Ingest,
    pub(super) layout: &'a Layout,
    pub(super) numbers: &'a super::number::Numbers,
    pub(super) tips: &'a [Oid],
}

/// What is published.
pub(super) struct Push<'a> {
    pub(super) repository: &'a Repository,
    pub(super) head: &'a Head,
    pub(super) options: &'a [Vec<u8>],
    pub(super) atomic: bool,
    pub(super) staged: Option<&'a Staged<'a>>,
}

/// What a ref would name: its type, the commit behind it and that commit's number.
struct Target {
    kind: Kind,
    peeled: Option<Oid>,
    cid: u32,
}

struct Moved {
    update: RefUpdate,
    lost: bool,
}

/// Moves the refs that may move. Notes for the client are added to `notes`.
pub(super) fn publish(
    sql: &dyn Sql,
    push: &Push<'_>,
    updates: &mut [Update],
    notes: &mut Vec<String>,
    env: &Env,
) -> Result<bool> {
    let before = state::get(sql)?;
    let view = push.repository.view(sql)?;
    // Deletions first: `a` may go so that `a/b` can come.
    let mut order: Vec<usize> = (0..updates.len()).collect();
    order.sort_by_key(|n| !updates[*n].is_delete());
    let mut plans = Vec::new();
    let mut gone = Vec::new();
    for n in order {
        if updates[n].refusal.is_none() {
            match plan(sql, push, &view, &updates[n], &gone)? {
                Ok(target) => {
                    if target.is_none() {
                        gone.push(updates[n].command.name.clone());
                    }
                    plans.push((n, target));
                }
                Err(refusal) => {
                    if let Some(note) = refusal.note {
                        notes.push(note);
                    }
                    updates[n].refuse(refusal.status);
                }
            }
        }
    }
    if push.atomic && updates.iter().any(|update| update.refusal.is_some()) {
        updates.iter_mut().for_each(|update| update.refuse("atomic push failure"));
        plans.clear();
    }
    let mut moved = Vec::new();
    for (n, target) in plans {
        if let Err(refusal) =
            apply(sql, push, &view, &updates[n], target.as_ref(), before.refs_gen + 1, env, &mut moved)?
        {
            notes.extend(refusal.note);
            updates[n].refuse(refusal.status);
        }
    }
    if moved.is_empty() {
        return Ok(false);
    }
    settle(sql, push, &before, updates, moved, env)?;
    Ok(true)
}

struct Refusal {
    status: &'static str,
    note: Option<String>,
}

fn refuse<T>(status: &'static str, note: Option<String>) -> Result<Result<T, Refusal>> {
    Ok(Err(Refusal { status, note }))
}

/// Decides on one command against the refs as they are. `Ok(None)` deletes.
fn plan(
    sql: &dyn Sql,
    push: &Push<'_>,
    view: &View<'_>,
    update: &Update,
    gone: &[Vec<u8>],
) -> Result<Result<Option<Target>, Refusal>> {
    let command = &update.command;
    let shown = String::from_utf8_lossy(&command.name).into_owned();
    let current = refs::get(sql, &command.name)?.map(|found| found.oid);
    if current.unwrap_or(Oid::zero(view.format)) != command.old {
        if update.is_delete() && current.is_none() {
            return Ok(Ok(None));
        }
        let status = if update.is_delete() { "failed to delete" } else { "failed to update ref" };
        let at = current.map_or("nothing".to_owned(), |oid| oid.to_hex());
        return refuse(
            status,
            Some(format!("error: cannot lock ref '{shown}': is at {at} but expected {}", command.old)),
        );
    }
    if update.is_delete() {
        return Ok(Ok(None));
    }
    if current.is_none()
        && let Some(other) = refs::in_the_way(sql, &command.name)?.filter(|other| !gone.contains(other))
    {
        let other = String::from_utf8_lossy(&other);
        return refuse(
            "failed to update ref",
            Some(format!("error: '{other}' exists; cannot create '{shown}'")),
        );
    }
    let Some(target) = target(push, view, &command.new)? else {
        return refuse("missing necessary objects", None);
    };
    if command.name.starts_with(b"refs/heads/") && target.kind != Kind::Commit {
        let note = format!(
            "error: cannot update ref '{shown}': trying to write non-commit object {} to branch '{shown}'",
            command.new
        );
        return refuse("failed to update ref", Some(note));
    }
    Ok(Ok(Some(target)))
}

/// What `oid` is, in the push or in the repository.
fn target(push: &Push<'_>, view: &View<'_>, oid: &Oid) -> Result<Option<Target>> {
    let mut at = *oid;
    let mut first = None;
    for _ in 0..64 {
        let own = push.staged.and_then(|staged| staged.ingest.table.find(&at).map(|entry| (staged, entry)));
        let own = own.filter(|(staged, entry)| !staged.layout.is_dropped(*entry));
        let (kind, cid, object) = match own {
            Some((staged, entry)) => {
                let kind = staged.ingest.table.kind(entry).unwrap_or(Kind::Blob);
                let object = if kind == Kind::Tag { Some(staged.tag(view, entry)?) } else { None };
                (kind, staged.numbers.of(entry), object)
            }
            None => {
                let Some(found) = view.find(&at)? else { return Ok(None) };
                let object = if found.entry.kind == Kind::Tag { Some(view.object_at(&found)?) } else { None };
                (found.entry.kind, found.entry.cid, object)
            }
        };
        let named = *first.get_or_insert(kind);
        match object {
            None => return Ok(Some(Target { kind: named, peeled: (at != *oid).then_some(at), cid })),
            Some(tag) => at = gitflare_git::object::tag_head(&tag.data, view.format)?.target,
        }
    }
    Err(Error::Refused(format!("tag {oid} is nested too deeply")))
}

impl Staged<'_> {
    /// A tag of the push; its rows are sealed, its bytes may still be cached.
    fn tag(&self, view: &View<'_>, entry: u32) -> Result<std::sync::Arc<crate::cache::Object>> {
        self.ingest.object(view, entry)
    }
}

/// Moves one ref.
#[expect(clippy::too_many_arguments, reason = "all of them are the facts of one movement")]
fn apply(
    sql: &dyn Sql,
    push: &Push<'_>,
    view: &View<'_>,
    update: &Update,
    target: Option<&Target>,
    number: i64,
    env: &Env,
    moved: &mut Vec<Moved>,
) -> Result<Result<(), Refusal>> {
    let command = &update.command;
    let existed = refs::get(sql, &command.name)?;
    match target {
        None if existed.is_none() => return Ok(Ok(())),
        None => refs::delete(sql, &command.name)?,
        Some(target) => {
            if existed.is_none()
                && let Some(other) = refs::in_the_way(sql, &command.name)?
            {
                let (other, shown) =
                    (String::from_utf8_lossy(&other), String::from_utf8_lossy(&command.name));
                return refuse(
                    "failed to update ref",
                    Some(format!("error: '{other}' exists; cannot create '{shown}'")),
                );
            }
            refs::put(sql, &command.name, &command.new, target.peeled.as_ref())?;
        }
    }
    let movement =
        Movement { name: &command.name, old: &command.old, new: &command.new, push: number, note: "push" };
    reflog::add(sql, &movement, push.head.caller.identity.as_ref(), env.now)?;
    let forced = match (existed, target) {
        (Some(old), Some(target)) => !is_forward(sql, view, &old, target)?,
        _ => false,
    };
    moved.push(Moved {
        lost: forced || target.is_none(),
        update: RefUpdate {
            name: refname::encode(&command.name),
            old: command.old.to_hex(),
            new: command.new.to_hex(),
            forced,
        },
    });
    Ok(Ok(()))
}

/// Whether everything the ref reached is still reached from its new target.
fn is_forward(sql: &dyn Sql, view: &View<'_>, old: &refs::Ref, new: &Target) -> Result<bool> {
    let old = view.find(&old.oid)?.map_or((Kind::Blob, 0), |found| (found.entry.kind, found.entry.cid));
    if old.0 != Kind::Commit || new.kind != Kind::Commit {
        return Ok(false);
    }
    commits::is_ancestor(sql, old.1, new.cid)
}

/// Makes the pack live, moves counters and HEAD, and tells the site.
fn settle(
    sql: &dyn Sql,
    push: &Push<'_>,
    before: &state::State,
    updates: &[Update],
    moved: Vec<Moved>,
    env: &Env,
) -> Result<()> {
    let (mut next_cid, mut next_seq) = (before.next_cid, before.next_seq);
    if let Some(staged) = push.staged {
        let reached =
            |tip: &Oid| updates.iter().any(|update| update.refusal.is_none() && update.command.new == *tip);
        let has_unreachable = !staged.tips.iter().all(reached);
        files::keep(sql, staged.file)?;
        packs::publish(sql, staged.pack, next_seq, has_unreachable)?;
        next_cid = i64::from(staged.numbers.next_cid);
        next_seq += 1;
    }
    if moved.iter().any(|moved| moved.lost) {
        packs::flag_all(sql)?;
        replies::clear(sql)?;
    }
    state::published(sql, next_cid, next_seq)?;
    let mut head = before.head.clone();
    if refs::get(sql, &head)?.is_none()
        && let Some(branch) = first_branch(updates)
    {
        state::set_head(sql, &branch)?;
        head = branch;
    }
    let event = Event::Pushed {
        actor: push.head.caller.identity.as_ref().map_or(0, |who| who.account),
        at: env.now,
        updates: moved.into_iter().map(|moved| moved.update).collect(),
        options: push.options.iter().map(|option| String::from_utf8_lossy(option).into_owned()).collect(),
        size: files::total(sql)?,
        head: refname::encode(&head),
    };
    outbox::add(sql, &event, env.now)
}

/// The branch HEAD shall name after the first push: `main`, else `master`, else the first by name.
fn first_branch(updates: &[Update]) -> Option<Vec<u8>> {
    let created = updates.iter().filter(|update| update.refusal.is_none() && !update.is_delete());
    let mut names: Vec<&[u8]> = created.map(|update| update.command.name.as_slice()).collect();
    names.retain(|name| name.starts_with(b"refs/heads/"));
    names.sort_unstable();
    let known =
        [&b"refs/heads/main"[..], b"refs/heads/master"].into_iter().find(|known| names.contains(known));
    known.or(names.first().copied()).map(<[u8]>::to_vec)
}
