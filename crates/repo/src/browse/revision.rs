//! What a person calls a revision: a branch, a tag, a full ref name, an object id or the beginning of one.

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::Caller;

use crate::{Error, Result, commits, refs, state::State, view::View};

/// Fewer digits of an id name nothing.
const LEAST_DIGITS: usize = 4;
/// Objects looked at to tell whether the beginning of an id is one commit's.
const CANDIDATES: usize = 64;

/// Refs this caller may not see.
pub(super) struct Hidden(Vec<Vec<u8>>);

impl Hidden {
    pub(super) fn of(caller: &Caller) -> Self {
        Self(caller.hidden.iter().filter_map(|prefix| refname::decode(prefix)).collect())
    }

    pub(super) fn hides(&self, name: &[u8]) -> bool {
        self.0.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// A revision as found.
pub(super) struct Shown {
    /// Short name of a branch or tag, or an id; percent-encoded.
    pub(super) name: String,
    /// The commit, unless a tree was named.
    pub(super) commit: Option<Oid>,
    /// Its root folder.
    pub(super) tree: Option<Oid>,
}

/// The name of a branch or tag without what says which of the two it is.
pub(super) fn short(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"refs/heads/").or_else(|| name.strip_prefix(b"refs/tags/")).unwrap_or(name)
}

/// Finds a revision; HEAD if none is named, and then nothing while HEAD is unborn.
pub(super) fn resolve(
    view: &View<'_>,
    state: &State,
    hidden: &Hidden,
    revision: Option<&str>,
) -> Result<Option<Shown>> {
    let Some(text) = revision.filter(|text| *text != "HEAD") else {
        let head = refs::get(view.sql, &state.head)?.filter(|head| !hidden.hides(&head.name));
        return head.map(|head| shown(view, refname::encode(short(&head.name)), &head.oid)).transpose();
    };
    let unknown = || Error::NotFound(format!("there is no revision {text}"));
    let name = refname::decode(text).ok_or_else(unknown)?;
    if let Some((spelled, found)) = named(view, hidden, &name)? {
        return shown(view, refname::encode(&spelled), &found.oid).map(Some);
    }
    let oid = by_id(view, &name)?.ok_or_else(unknown)?;
    if !is_visible(view, hidden, &oid)? {
        return Err(unknown());
    }
    shown(view, oid.to_hex(), &oid).map(Some)
}

/// The ref a name means, and how to spell it so that it means the same again.
fn named(view: &View<'_>, hidden: &Hidden, name: &[u8]) -> Result<Option<(Vec<u8>, refs::Ref)>> {
    for prefix in [&b"refs/heads/"[..], b"refs/tags/", b""] {
        let full = [prefix, name].concat();
        if !full.starts_with(b"refs/") || hidden.hides(&full) {
            continue;
        }
        if let Some(found) = refs::get(view.sql, &full)? {
            let brief = short(&found.name);
            let branch = [&b"refs/heads/"[..], brief].concat();
            let shadowed = found.name != branch && refs::get(view.sql, &branch)?.is_some();
            let spelled = if prefix.is_empty() && shadowed { name } else { brief };
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

/// Whether a ref the caller sees reaches an object that was named by its id.
fn is_visible(view: &View<'_>, hidden: &Hidden, oid: &Oid) -> Result<bool> {
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
    let target = view.find(oid)?.map_or(0, |found| found.entry.cid);
    if target == 0 {
        // Trees and tags have no short way up to the refs: with something to hide they are shown by path or name.
        return Ok(false);
    }
    let mut tips = Vec::with_capacity(seen.len());
    for found in seen {
        let tip = found.peeled.unwrap_or(found.oid);
        tips.extend(view.find(&tip)?.map(|found| found.entry.cid).filter(|cid| *cid >= target));
    }
    commits::is_reached(view.sql, target, &tips)
}

/// Follows tags to a commit, and the commit to its tree.
fn shown(view: &View<'_>, name: String, oid: &Oid) -> Result<Shown> {
    let (oid, kind) = view.peel(oid)?;
    match kind {
        Kind::Commit => {
            let object = view.object_of(&oid, Kind::Commit)?;
            let tree = gitflare_git::object::commit_head(&object.data, view.format)?.tree;
            Ok(Shown { name, commit: Some(oid), tree: Some(tree) })
        }
        Kind::Tree => Ok(Shown { name, commit: None, tree: Some(oid) }),
        Kind::Blob | Kind::Tag => Ok(Shown { name, commit: None, tree: None }),
    }
}
