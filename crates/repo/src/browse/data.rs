//! Git's own things as the API shows them: refs, trees and annotated tags.

use gitflare_git::{
    Oid, commit as text,
    object::{Kind, tag_head, tree_entries},
    refname,
};
use gitflare_port::{
    Caller, Reply,
    data::{Name, Names, NamesQuery, TagObject, Tree, TreeEntry},
    refs::RefOrder,
};

use super::{
    Scene, message,
    refs::{SORTED, versions},
    revision,
};
use crate::{
    Error, Repository, Result,
    refs::{self, Ref},
    view::View,
};

/// Refs in one answer.
const NAMES: u32 = 1_000;
/// Entries of trees in one answer, and bytes of their paths.
const ENTRIES: usize = 20_000;
const PATHS: usize = 2 << 20;
/// Folders inside each other.
const DEPTH: usize = 256;
/// Bytes of a tag's message in one answer.
const MESSAGE: usize = 64 << 10;

/// Refs as they are.
pub(crate) fn names(repository: &Repository, caller: &Caller, query: &NamesQuery) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let prefix = refname::decode(&query.prefix)
            .ok_or_else(|| Error::Refused("that is no beginning of a ref".into()))?;
        let mut answer = Names { empty: refs::count(sql)? == 0, ..Names::default() };
        let limit = query.limit.clamp(1, NAMES) as usize;
        let mut found = if query.exact {
            refs::get(sql, &prefix)?.filter(|one| !scene.hidden.hides(&one.name)).into_iter().collect()
        } else if query.order == RefOrder::NameDescending && refs::count_with_prefix(sql, &prefix)? <= SORTED
        {
            let mut all = refs::with_prefix(sql, &prefix, SORTED as u32)?;
            all.retain(|one| !scene.hidden.hides(&one.name));
            all.sort_by(|a, b| versions(&b.name, &a.name));
            all.into_iter().skip(query.skip as usize).take(limit + 1).collect()
        } else {
            in_order(&scene, &prefix, query.skip as usize, limit + 1)?
        };
        answer.more = found.len() > limit;
        found.truncate(limit);
        for one in found {
            answer.refs.push(name(&scene.view, &one)?);
        }
        Ok(Reply::Names(answer))
    })
}

/// The refs below `prefix` in order of their names.
fn in_order(scene: &Scene<'_>, prefix: &[u8], mut skip: usize, limit: usize) -> Result<Vec<Ref>> {
    let (mut from, mut found) = (Vec::new(), Vec::new());
    loop {
        let read = refs::with_prefix_above(scene.view.sql, prefix, &from, NAMES)?;
        let is_end = read.len() < NAMES as usize;
        for one in read {
            from.clone_from(&one.name);
            if scene.hidden.hides(&one.name) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            found.push(one);
            if found.len() == limit {
                return Ok(found);
            }
        }
        if is_end {
            return Ok(found);
        }
    }
}

fn name(view: &View<'_>, one: &Ref) -> Result<Name> {
    let entry = view.find(&one.oid)?.ok_or(Error::Missing(one.oid))?.entry;
    Ok(Name {
        name: refname::encode(&one.name),
        oid: one.oid.to_hex(),
        kind: entry.kind.name().to_owned(),
        target: one.peeled.unwrap_or(one.oid).to_hex(),
    })
}

/// What a tree holds.
pub(crate) fn whole_tree(
    repository: &Repository,
    caller: &Caller,
    revision: Option<&str>,
    recursive: bool,
) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let shown = scene.exact(revision)?;
        let root = shown.tree(&scene.view)?;
        let root = root.ok_or_else(|| Error::NotFound(format!("{} has no files", shown.name)))?;
        let mut answer = Tree { oid: root.to_hex(), ..Tree::default() };
        fill(&scene.view, root, recursive, &mut answer)?;
        Ok(Reply::Tree(answer))
    })
}

/// An entry that waits to be listed.
struct Open {
    path: Vec<u8>,
    mode: u32,
    oid: Oid,
    depth: usize,
}

fn fill(view: &View<'_>, root: Oid, recursive: bool, answer: &mut Tree) -> Result<()> {
    let mut open = Vec::new();
    let mut bytes = 0;
    unfold(view, &root, &[], 0, &mut open, answer)?;
    while let Some(Open { path, mode, oid, depth }) = open.pop() {
        bytes += path.len();
        if answer.entries.len() == ENTRIES || bytes > PATHS {
            answer.truncated = true;
            return Ok(());
        }
        let (is_folder, is_module) = (mode == 0o040_000, mode == 0o160_000);
        let size = match is_folder || is_module {
            true => None,
            false => view.find(&oid)?.map(|found| found.entry.size),
        };
        answer.entries.push(TreeEntry { path: refname::encode(&path), mode, oid: oid.to_hex(), size });
        if is_folder && recursive {
            unfold(view, &oid, &path, depth + 1, &mut open, answer)?;
        }
    }
    Ok(())
}

/// Adds what is in a tree, the last of it first.
fn unfold(
    view: &View<'_>,
    tree: &Oid,
    path: &[u8],
    depth: usize,
    open: &mut Vec<Open>,
    answer: &mut Tree,
) -> Result<()> {
    if depth > DEPTH {
        answer.truncated = true;
        return Ok(());
    }
    let object = view.object_of(tree, Kind::Tree)?;
    let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
    let from = open.len();
    // One more than is listed tells that something is left out.
    for entry in tree_entries(&object.data, view.format).take(ENTRIES + 1) {
        let entry = entry?;
        let mode = if entry.is_tree() { 0o040_000 } else { entry.mode };
        open.push(Open { path: [path, slash, entry.name].concat(), mode, oid: entry.oid, depth });
    }
    if let Some(added) = open.get_mut(from..) {
        added.reverse();
    }
    Ok(())
}

/// An annotated tag.
pub(crate) fn tag_object(repository: &Repository, caller: &Caller, oid: &str) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let view = &scene.view;
        let unknown = || Error::NotFound(format!("there is no tag {oid}"));
        let oid = Oid::from_hex(oid).filter(|oid| oid.format() == view.format).ok_or_else(unknown)?;
        let found = view.find(&oid)?.filter(|found| found.entry.kind == Kind::Tag).ok_or_else(unknown)?;
        if !revision::is_visible(view, &scene.hidden, &oid)? {
            return Err(unknown());
        }
        let object = view.object_at(&found)?;
        let head = tag_head(&object.data, view.format)?;
        let said = text::text(&object.data);
        Ok(Reply::TagObject(TagObject {
            oid: oid.to_hex(),
            name: message::line(&head.name, &said),
            target: head.target.to_hex(),
            kind: head.kind.name().to_owned(),
            tagger: said.committer.map(|ident| message::person(Some(ident), &said)),
            message: text::decode(said.message.get(..MESSAGE).unwrap_or(said.message), said.encoding),
            signed: said.is_signed,
        }))
    })
}
