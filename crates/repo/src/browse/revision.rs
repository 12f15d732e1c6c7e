//! What a person calls a revision: a branch, a tag, a full ref name, an object id or the beginning of one.

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::Caller;

use super::walk;
use crate::{Error, Result, graph::Graph, refs, state::State, view::View};

/// Fewer digits of an id name nothing.
const LEAST_DIGITS: usize = 4;
/// Objects looked at to tell whether the beginning of an id is one commit's.
const CANDIDATES: usize = 64;
/// The most slashes a revision at the beginning of an address may have.
const DEEPEST: usize = 16;

/// Refs this caller may not see.
pub(crate) struct Hidden(Vec<Vec<u8>>);

impl Hidden {
    pub(super) fn of(caller: &Caller) -> Self {
        Self(caller.hidden.iter().filter_map(|prefix| refname::decode(prefix)).collect())
    }

    pub(super) fn hides(&self, name: &[u8]) -> bool {
        self.0.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// A revision as found.
pub(crate) struct Located {
    /// Short name of a branch or tag, or an id; percent-encoded.
    pub(crate) name: String,
    /// What it names: a commit unless tags lead elsewhere.
    pub(crate) object: (Oid, Kind),
    /// What an address went on with.
    pub(super) rest: Vec<u8>,
}

impl Located {
    /// The commit, if it is one.
    pub(crate) fn commit(&self) -> Option<Oid> {
        Some(self.object.0).filter(|_| self.object.1 == Kind::Commit)
    }

    /// The commit, or a sentence for who asked for one.
    pub(super) fn must_commit(&self) -> Result<Oid> {
        self.commit().ok_or_else(|| {
            let name = refname::decode(&self.name).unwrap_or_default();
            let kind = if self.object.1 == Kind::Tree { "folder" } else { "file" };
            Error::Refused(format!("{} is a {kind}, not a commit", String::from_utf8_lossy(&name)))
        })
    }

    /// The root folder: of the commit, or the tree itself.
    pub(crate) fn tree(&self, view: &View<'_>) -> Result<Option<Oid>> {
        let (oid, kind) = self.object;
        Ok(match kind {
            Kind::Commit => {
                let object = view.object_of(&oid, Kind::Commit)?;
                Some(gitflare_git::object::commit_head(&object.data, view.format)?.tree)
            }
            Kind::Tree => Some(oid),
            Kind::Blob | Kind::Tag => None,
        })
    }

    /// The path an address went on with, and `path` behind it.
    pub(super) fn path(&self, path: &str) -> Result<Vec<u8>> {
        let unknown = || Error::NotFound(format!("there is no {path} in that revision"));
        let more = refname::decode(path).ok_or_else(unknown)?;
        let names = self.rest.split(|byte| *byte == b'/').chain(more.split(|byte| *byte == b'/'));
        Ok(names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(&b'/'))
    }
}

/// The name of a branch or tag without what says which of the two it is.
pub(super) fn short(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"refs/heads/").or_else(|| name.strip_prefix(b"refs/tags/")).unwrap_or(name)
}

/// Finds a revision; HEAD if none is named, and then nothing while HEAD is unborn.
///
/// What is no revision as a whole may be an address: a revision, a slash, and a path. Since most revisions have no
/// slash, the shortest beginning that is one counts.
pub(super) fn resolve(
    view: &View<'_>,
    state: &State,
    hidden: &Hidden,
    revision: Option<&str>,
) -> Result<Option<Located>> {
    let Some(text) = revision else { return head(view, state, hidden) };
    let unknown = || Error::NotFound(format!("there is no revision {text}"));
    let name = refname::decode(text).ok_or_else(unknown)?;
    if let Some(found) = one(view, state, hidden, &name)? {
        return Ok(Some(found));
    }
    let slashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    for at in slashes.clone().take(DEEPEST) {
        let (beginning, rest) = name.split_at(at);
        if let Some(found) = by_name(view, state, hidden, beginning)? {
            return Ok(Some(Located { rest: rest.to_vec(), ..found }));
        }
    }
    if let Some(at) = slashes.clone().next() {
        let (beginning, rest) = name.split_at(at);
        if let Some(found) = by_digits(view, hidden, beginning)? {
            return Ok(Some(Located { rest: rest.to_vec(), ..found }));
        }
    }
    Err(unknown())
}

/// Finds a revision that must be there.
pub(super) fn must(
    view: &View<'_>,
    state: &State,
    hidden: &Hidden,
    revision: Option<&str>,
) -> Result<Located> {
    resolve(view, state, hidden, revision)?.ok_or_else(|| Error::NotFound("there are no commits yet".into()))
}

fn head(view: &View<'_>, state: &State, hidden: &Hidden) -> Result<Option<Located>> {
    let head = refs::get(view.sql, &state.head)?.filter(|head| !hidden.hides(&head.name));
    head.map(|head| located(view, refname::encode(short(&head.name)), &head.oid)).transpose()
}

/// A revision by its whole name.
fn one(view: &View<'_>, state: &State, hidden: &Hidden, name: &[u8]) -> Result<Option<Located>> {
    match by_name(view, state, hidden, name)? {
        Some(found) => Ok(Some(found)),
        None => by_digits(view, hidden, name),
    }
}

fn by_name(view: &View<'_>, state: &State, hidden: &Hidden, name: &[u8]) -> Result<Option<Located>> {
    if name == b"HEAD" {
        return head(view, state, hidden);
    }
    let found = named(view, hidden, name)?;
    found.map(|(spelled, found)| located(view, refname::encode(&spelled), &found.oid)).transpose()
}

fn by_digits(view: &View<'_>, hidden: &Hidden, digits: &[u8]) -> Result<Option<Located>> {
    let Some(oid) = by_id(view, digits)? else { return Ok(None) };
    if !is_visible(view, hidden, &oid)? {
        return Ok(None);
    }
    located(view, oid.to_hex(), &oid).map(Some)
}

fn located(view: &View<'_>, name: String, oid: &Oid) -> Result<Located> {
    Ok(Located { name, object: view.peel(oid)?, rest: Vec::new() })
}

/// The ref a name means, and how to spell it so that it means the same again.
fn named(view: &View<'_>, hidden: &Hidden, name: &[u8]) -> Result<Option<(Vec<u8>, refs::Ref)>> {
    for prefix in [&b"refs/heads/"[..], b"refs/tags/", b"refs/", b""] {
        let full = [prefix, name].concat();
        if !full.starts_with(b"refs/") || hidden.hides(&full) {
            continue;
        }
        if let Some(found) = refs::get(view.sql, &full)? {
            let brief = short(&found.name);
            let branch = [&b"refs/heads/"[..], brief].concat();
            let shadowed = found.name != branch && refs::get(view.sql, &branch)?.is_some();
            let in_full = prefix.is_empty() || prefix == b"refs/";
            let spelled = if in_full && shadowed { name } else { brief };
            return Ok(Some((spelled.to_vec(), found)));
        }
    }
    Ok(None)
}

/// The object whose id begins with these digits.
fn by_id(view: &View<'_>, digits: &[u8]) -> Result<Option<Oid>> {
    let most = view.format.len() * 2;
    if !(LEAST_DIGITS..=most).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Ok(None);
    }
    if digits.len() == most {
        let Some(oid) = Oid::from_hex(digits) else { return Ok(None) };
        return Ok(view.find(&oid)?.map(|_| oid));
    }
    let mut found = Vec::new();
    for pack in &view.live.packs {
        view.index().with_prefix(pack, digits, CANDIDATES, &mut found)?;
    }
    // As in git, a commit is meant where one is wanted.
    let commits: Vec<_> = found.iter().filter(|entry| entry.kind == Kind::Commit).collect();
    match (found.as_slice(), commits.as_slice()) {
        ([], _) => Ok(None),
        ([one], _) => Ok(Some(one.oid)),
        (some, [one]) if some.len() < CANDIDATES => Ok(Some(one.oid)),
        _ => {
            let text = String::from_utf8_lossy(digits).into_owned();
            Err(Error::Refused(format!("{text} is ambiguous: several objects begin with it")))
        }
    }
}

/// Whether a ref the caller sees reaches an object that was named by its id, as upload-pack decides about wants.
pub(super) fn is_visible(view: &View<'_>, hidden: &Hidden, oid: &Oid) -> Result<bool> {
    if hidden.0.is_empty() && !view.live.has_unreachable() {
        return Ok(true);
    }
    let all = refs::all(view.sql)?;
    if !view.live.has_unreachable() && !all.iter().any(|found| hidden.hides(&found.name)) {
        return Ok(true);
    }
    let seen: Vec<_> = all.into_iter().filter(|found| !hidden.hides(&found.name)).collect();
    if seen.iter().any(|found| found.oid == *oid || found.peeled == Some(*oid)) {
        return Ok(true);
    }
    let graph = Graph::new(view)?;
    let Some(target) = graph.number(oid)? else {
        // Trees and tags have no short way up to the refs: with something to hide they are shown by path or name.
        return Ok(false);
    };
    let mut tips = Vec::with_capacity(seen.len());
    for found in seen {
        tips.extend(graph.number(&found.peeled.unwrap_or(found.oid))?.filter(|cid| *cid >= target));
    }
    walk::is_reached(&graph, target, &tips)
}
