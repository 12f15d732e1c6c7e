//! Publishing: the one small transaction in which a push becomes visible. Nothing else moves a ref.

use std::collections::HashSet;

use gitflare_db::Sql;
use gitflare_git::{Kind, Oid, object::tag_head, protocol::receive::PushCommand, refname};
use gitflare_port::{Event, Identity, RefUpdate};

use super::{ingest::Ingest, names::Names, normal::Layout, rules::Update};
use crate::{
    Env, Error, Repository, Result, commits, entries, files, limits, moving, outbox, packs,
    reflog::{self, Movement},
    refs, replies, state,
    view::View,
};

/// Why a ref stays that was not refused itself.
pub(super) const ATOMIC: &str = "atomic push failure";

/// A pack that waits to become visible.
pub(super) struct Staged<'a> {
    pub(super) pack: i64,
    pub(super) file: files::FileId,
    pub(super) ingest: &'a Ingest,
    pub(super) layout: &'a Layout,
    pub(super) numbers: &'a super::number::Numbers,
    pub(super) tips: &'a [u32],
}

/// What is published.
pub(super) struct Push<'a> {
    pub(super) repository: &'a Repository,
    /// Whom it is recorded under.
    pub(super) who: Option<&'a Identity>,
    /// What the reflog calls it.
    pub(super) note: &'a str,
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

/// A command that may be carried out: what the ref is, and what it becomes (`None`: it goes).
struct Plan {
    update: usize,
    existed: Option<refs::Ref>,
    target: Option<Target>,
}

struct Moved {
    update: RefUpdate,
    lost: bool,
}

struct Refusal {
    status: String,
    note: Option<String>,
}

/// Moves the refs that may move, and answers which did. Notes for the client are added to `notes`.
pub(super) fn publish(
    sql: &dyn Sql,
    push: &Push<'_>,
    updates: &mut [Update],
    notes: &mut Vec<String>,
    env: &Env,
) -> Result<Vec<RefUpdate>> {
    let before = state::get(sql)?;
    moving::check_frozen(&before)?;
    let view = push.repository.view(sql)?;
    let mut names = Names::default();
    let plans = plan_all(sql, push, &view, updates, &mut names, notes)?;
    if push.atomic && updates.iter().any(|update| update.refusal.is_some()) {
        updates.iter_mut().for_each(|update| update.refuse(ATOMIC));
        return Ok(Vec::new());
    }
    let mut moved = Vec::new();
    for plan in plans {
        let command = &updates[plan.update].command;
        moved.extend(apply(sql, push, &view, command, &plan, before.refs_gen + 1, env)?);
    }
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    notes.extend(names.twins(sql)?);
    settle(sql, push, &view, &before, updates, &moved, env)?;
    Ok(moved.into_iter().map(|moved| moved.update).collect())
}

/// Decides on all commands. Deletions come first: `a` may go so that `a/b` can come.
fn plan_all(
    sql: &dyn Sql,
    push: &Push<'_>,
    view: &View<'_>,
    updates: &mut [Update],
    names: &mut Names,
    notes: &mut Vec<String>,
) -> Result<Vec<Plan>> {
    let mut order: Vec<usize> = (0..updates.len()).filter(|n| updates[*n].refusal.is_none()).collect();
    order.sort_by_key(|n| !updates[*n].is_delete());
    let mut plans = Vec::with_capacity(order.len());
    let mut room = None;
    for n in order {
        let existed = refs::get(sql, &updates[n].command.name)?;
        match plan(sql, push, view, &updates[n], existed.as_ref(), names, &mut room)? {
            Ok(target) => plans.push(Plan { update: n, existed, target }),
            Err(refusal) => {
                notes.extend(refusal.note);
                updates[n].refuse(&refusal.status);
            }
        }
    }
    Ok(plans)
}

fn refuse<T>(status: &str, note: Option<String>) -> Result<Result<T, Refusal>> {
    Ok(Err(Refusal { status: status.to_owned(), note }))
}

/// Decides on one command against the refs as they are. `Ok(None)` deletes.
fn plan(
    sql: &dyn Sql,
    push: &Push<'_>,
    view: &View<'_>,
    update: &Update,
    existed: Option<&refs::Ref>,
    names: &mut Names,
    room: &mut Option<u64>,
) -> Result<Result<Option<Target>, Refusal>> {
    let command = &update.command;
    if update.is_delete() {
        if existed.is_some_and(|found| found.oid != command.old) {
            return refuse("failed to delete", Some(lock_note(command, existed)));
        }
        if existed.is_some() {
            names.delete(&command.name);
        }
        return Ok(Ok(None));
    }
    if existed.map_or(Oid::zero(view.format), |found| found.oid) != command.old {
        return refuse("failed to update ref", Some(lock_note(command, existed)));
    }
    if existed.is_none()
        && let Err(refusal) = may_create(sql, &command.name, names, room)?
    {
        return Ok(Err(refusal));
    }
    let Some(target) = target(push, view, &command.new)? else {
        return refuse("missing necessary objects", None);
    };
    if command.name.starts_with(b"refs/heads/") && target.kind != Kind::Commit {
        let (shown, new) = (String::from_utf8_lossy(&command.name), command.new);
        let note = format!(
            "error: cannot update ref '{shown}': trying to write non-commit object {new} to branch '{shown}'"
        );
        return refuse("failed to update ref", Some(note));
    }
    if existed.is_none() {
        names.create(&command.name);
    }
    Ok(Ok(Some(target)))
}

/// Why a ref is not what the client takes it for, in git's words.
fn lock_note(command: &PushCommand, existed: Option<&refs::Ref>) -> String {
    let (shown, old) = (String::from_utf8_lossy(&command.name), command.old);
    match existed {
        None => format!("error: cannot lock ref '{shown}': unable to resolve reference '{shown}'"),
        Some(_) if old.is_zero() => format!("error: cannot lock ref '{shown}': reference already exists"),
        Some(found) => format!("error: cannot lock ref '{shown}': is at {} but expected {old}", found.oid),
    }
}

/// Whether a new name has room beside the others.
fn may_create(
    sql: &dyn Sql,
    name: &[u8],
    names: &Names,
    room: &mut Option<u64>,
) -> Result<Result<(), Refusal>> {
    let free = match *room {
        Some(free) => free,
        None => *room.insert((limits::REFS + names.deleted()).saturating_sub(refs::count(sql)?)),
    };
    if names.created() >= free {
        return refuse(&format!("too many refs; limit {}", limits::REFS), None);
    }
    let Some(other) = names.in_the_way(sql, name)? else { return Ok(Ok(())) };
    let (other, shown) = (String::from_utf8_lossy(&other), String::from_utf8_lossy(name));
    refuse("failed to update ref", Some(format!("error: '{other}' exists; cannot create '{shown}'")))
}

/// What `oid` is, in the push or in the repository.
fn target(push: &Push<'_>, view: &View<'_>, oid: &Oid) -> Result<Option<Target>> {
    let mut at = *oid;
    let mut first = None;
    for _ in 0..64 {
        let own = push.staged.and_then(|staged| staged.ingest.table.find(&at).map(|entry| (staged, entry)));
        let own = own.filter(|(staged, entry)| !staged.layout.is_dropped(*entry));
        let (kind, cid, next) = match own {
            Some((staged, entry)) => {
                let kind = staged.ingest.table.kind(entry).unwrap_or(Kind::Blob);
                (kind, staged.numbers.of(staged.ingest, entry), staged.ingest.tagged(entry))
            }
            None => {
                let Some(found) = view.find(&at)? else { return Ok(None) };
                let next = if found.entry.kind == Kind::Tag {
                    Some(tag_head(&view.object_at(&found)?.data, view.format)?.target)
                } else {
                    None
                };
                (found.entry.kind, found.entry.cid, next)
            }
        };
        let named = *first.get_or_insert(kind);
        match next {
            None => return Ok(Some(Target { kind: named, peeled: (at != *oid).then_some(at), cid })),
            Some(next) => at = next,
        }
    }
    Err(Error::Refused(format!("tag {oid} is nested too deeply")))
}

impl Staged<'_> {
    /// A tree of the push or of the repository.
    fn tree(&self, view: &View<'_>, oid: &Oid) -> Result<std::sync::Arc<crate::cache::Object>> {
        let own = self.ingest.table.find(oid).filter(|entry| !self.layout.is_dropped(*entry));
        own.map_or_else(|| view.object_of(oid, Kind::Tree), |entry| self.ingest.object(view, entry))
    }
}

/// Moves one ref; `None` if there was nothing to delete.
fn apply(
    sql: &dyn Sql,
    push: &Push<'_>,
    view: &View<'_>,
    command: &PushCommand,
    plan: &Plan,
    number: i64,
    env: &Env,
) -> Result<Option<Moved>> {
    match &plan.target {
        None if plan.existed.is_none() => return Ok(None),
        None => refs::delete(sql, &command.name)?,
        Some(target) => refs::put(sql, &command.name, &command.new, target.peeled.as_ref())?,
    }
    let movement =
        Movement { name: &command.name, old: &command.old, new: &command.new, push: number, note: push.note };
    reflog::add(sql, &movement, push.who, env.now)?;
    let forced = match (&plan.existed, &plan.target) {
        (Some(old), Some(target)) => !is_forward(sql, view, old, &command.new, target)?,
        _ => false,
    };
    Ok(Some(Moved {
        lost: forced || plan.target.is_none(),
        update: RefUpdate {
            name: refname::encode(&command.name),
            old: command.old.to_hex(),
            new: command.new.to_hex(),
            forced,
        },
    }))
}

/// Whether everything the ref reached is still reached from its new target.
fn is_forward(sql: &dyn Sql, view: &View<'_>, old: &refs::Ref, new_oid: &Oid, new: &Target) -> Result<bool> {
    if old.oid == *new_oid {
        return Ok(true);
    }
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
    view: &View<'_>,
    before: &state::State,
    updates: &[Update],
    moved: &[Moved],
    env: &Env,
) -> Result<()> {
    let (mut next_cid, mut next_seq) = (before.next_cid, before.next_seq);
    if let Some(staged) = push.staged {
        let accepted = updates.iter().filter(|update| update.refusal.is_none());
        let reached: HashSet<&Oid> = accepted.map(|update| &update.command.new).collect();
        let is_reached = |tip: &u32| reached.contains(&staged.ingest.table.oid(*tip));
        let has_unreachable = !staged.tips.iter().all(is_reached);
        files::keep(sql, staged.file)?;
        packs::publish(sql, staged.pack, next_seq, has_unreachable)?;
        next_cid = i64::from(staged.numbers.next_cid);
        next_seq += 1;
        let commits = staged.numbers.commits(staged.ingest, view, entries::PUSHED)?;
        entries::follow(sql, view.format, &commits, &|oid| staged.tree(view, oid))?;
    }
    if moved.iter().any(|moved| moved.lost) {
        packs::flag_all(sql)?;
        replies::clear(sql, env.now)?;
    }
    state::published(sql, next_cid, next_seq)?;
    let mut head = before.head.clone();
    if refs::get(sql, &head)?.is_none()
        && let Some(branch) = first_branch(updates)
    {
        state::set_head(sql, &branch)?;
        head = branch;
    }
    tell(sql, push, moved.iter().map(|moved| moved.update.clone()), &head, env)
}

/// Tells the site, in several events if many refs moved: each has to fit into a row.
fn tell(
    sql: &dyn Sql,
    push: &Push<'_>,
    moved: impl Iterator<Item = RefUpdate>,
    head: &[u8],
    env: &Env,
) -> Result<()> {
    let size = files::total(sql)?;
    let mut options: Vec<_> =
        push.options.iter().map(|option| String::from_utf8_lossy(option).into_owned()).collect();
    let mut moved = moved.peekable();
    while moved.peek().is_some() {
        let mut bytes = 0;
        let fits = |update: &RefUpdate| {
            bytes += update.name.len() + update.old.len() + update.new.len() + EVENT_FRAME;
            bytes < EVENT
        };
        let event = Event::Pushed {
            actor: push.who.map_or(0, |who| who.account),
            at: env.now,
            updates: std::iter::from_fn({
                let (moved, mut fits) = (&mut moved, fits);
                move || moved.next_if(|update| fits(update))
            })
            .collect(),
            options: std::mem::take(&mut options),
            size,
            head: refname::encode(head),
        };
        outbox::add(sql, &event, env.now)?;
    }
    Ok(())
}

/// Bytes of the movements in one event.
const EVENT: usize = 500_000;
/// Bytes of one movement besides its name and ids.
const EVENT_FRAME: usize = 60;

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
