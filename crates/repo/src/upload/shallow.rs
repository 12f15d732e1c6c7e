//! Shallow histories: where a client's ends now, and where it shall end.

use std::collections::{HashMap, HashSet, VecDeque};

use gitflare_git::{
    Kind, Oid,
    protocol::upload::{Depth, INFINITE_DEPTH},
};

use super::{set::spot, walk::Paint};
use crate::{Error, Result, commits, refs::Ref, view::View};

/// What a request for a depth comes to.
#[derive(Debug, Default)]
pub(super) struct Boundary {
    /// Commits whose parents the client will no longer, or not yet, have.
    pub(super) shallow: Vec<Oid>,
    /// Commits whose parents the client gets.
    pub(super) unshallow: Vec<Oid>,
    /// Commits whose parents are not followed.
    pub(super) cut: HashSet<u32>,
    /// The parents of what is no longer shallow.
    pub(super) wants: Vec<u32>,
    /// What is no longer shallow: the client has these commits, without their parents.
    pub(super) edges: Vec<Oid>,
}

/// Commits reached, by whether their parents belong to the reply.
#[derive(Default)]
struct Reached {
    border: HashSet<u32>,
    inside: HashSet<u32>,
}

/// Finds the boundary for a request that wants these commits.
pub(super) fn resolve(
    view: &View<'_>,
    refs: &[Ref],
    wants: &[u32],
    depth: &Depth,
    next_cid: u32,
) -> Result<Boundary> {
    let mut client = HashMap::new();
    for oid in &depth.shallow {
        if let Some(found) = spot(view, oid)?.filter(|found| found.entry.kind == Kind::Commit) {
            client.insert(found.entry.cid, *oid);
        }
    }
    let reached = reach(view, refs, wants, depth, next_cid, &client)?;
    let mut boundary = Boundary { cut: client.keys().copied().collect(), ..Boundary::default() };
    for cid in &reached.border {
        if boundary.cut.insert(*cid) {
            boundary.shallow.push(commits::get(view.sql, *cid)?.oid);
        }
    }
    for (cid, oid) in &client {
        if reached.inside.contains(cid) {
            boundary.unshallow.push(*oid);
            boundary.edges.push(*oid);
            boundary.wants.extend(commits::get(view.sql, *cid)?.parents);
        }
    }
    boundary.shallow.sort_unstable();
    boundary.unshallow.sort_unstable();
    Ok(boundary)
}

fn reach(
    view: &View<'_>,
    refs: &[Ref],
    wants: &[u32],
    depth: &Depth,
    next_cid: u32,
    client: &HashMap<u32, Oid>,
) -> Result<Reached> {
    match depth.deepen {
        Some(INFINITE_DEPTH) => {
            Ok(Reached { inside: client.keys().copied().collect(), ..Reached::default() })
        }
        Some(limit) if depth.deepen_relative => {
            let mut paint = Paint::flags_only(next_cid);
            wants.iter().for_each(|cid| paint.want(*cid));
            paint.floor = client.keys().min().copied().unwrap_or(u32::MAX);
            while !paint.step(view.sql, usize::MAX)? {}
            let starts: Vec<u32> = client.keys().copied().filter(|cid| paint.is_wanted(*cid)).collect();
            by_depth(view, &starts, limit.saturating_add(1))
        }
        Some(limit) => by_depth(view, wants, limit),
        None if depth.is_asked() => by_list(view, refs, wants, depth, next_cid),
        None => Ok(Reached::default()),
    }
}

/// Commits less than `limit` steps from a tip, breadth first; those of the last step are the border.
fn by_depth(view: &View<'_>, starts: &[u32], limit: u32) -> Result<Reached> {
    let mut reached = Reached::default();
    let mut queue: VecDeque<(u32, u32)> = starts.iter().map(|cid| (*cid, 1)).collect();
    let mut seen: HashSet<u32> = starts.iter().copied().collect();
    while let Some((cid, depth)) = queue.pop_front() {
        if depth >= limit {
            reached.border.insert(cid);
            continue;
        }
        reached.inside.insert(cid);
        for parent in commits::get(view.sql, cid)?.parents {
            if seen.insert(parent) {
                queue.push_back((parent, depth + 1));
            }
        }
    }
    Ok(reached)
}

/// Commits that are recent enough and that no named ref reaches; the border has a parent outside.
fn by_list(view: &View<'_>, refs: &[Ref], wants: &[u32], depth: &Depth, next_cid: u32) -> Result<Reached> {
    let mut paint = Paint::new(next_cid);
    paint.since = depth.deepen_since;
    for name in &depth.deepen_not {
        let found = named(refs, name).ok_or_else(|| {
            Error::Refused(format!("deepen-not is not a ref: {}", String::from_utf8_lossy(name)))
        })?;
        let oid = found.peeled.unwrap_or(found.oid);
        if let Some(found) = spot(view, &oid)?.filter(|found| found.entry.kind == Kind::Commit) {
            paint.know(found.entry.cid);
        }
    }
    wants.iter().for_each(|cid| paint.want(*cid));
    while !paint.step(view.sql, usize::MAX)? {}
    let list: Vec<u32> = paint.found.iter().copied().filter(|cid| paint.is_found(*cid)).collect();
    if list.is_empty() {
        return Err(Error::Refused("no commits selected for shallow requests".into()));
    }
    let mut reached = Reached::default();
    for cid in list {
        let outside = commits::get(view.sql, cid)?.parents.iter().any(|parent| !paint.is_found(*parent));
        if outside { &mut reached.border } else { &mut reached.inside }.insert(cid);
    }
    Ok(reached)
}

/// A ref by full or short name, tried in git's order.
pub(super) fn named<'a>(refs: &'a [Ref], name: &[u8]) -> Option<&'a Ref> {
    let prefixes: [&[u8]; 4] = [b"", b"refs/", b"refs/tags/", b"refs/heads/"];
    prefixes.iter().find_map(|prefix| {
        let full = [*prefix, name].concat();
        refs.binary_search_by(|found| found.name.cmp(&full)).ok().and_then(|at| refs.get(at))
    })
}
