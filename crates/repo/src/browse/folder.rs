//! A folder as a page shows it, and one file.

use std::collections::HashMap;

use gitflare_db::Sql;
use gitflare_git::{Oid, lfs, object::Kind, refname, submodules};
use gitflare_port::{
    Caller, Reply,
    command::{Entry, EntryKind, File, Folder, LfsPointer},
};

use super::{
    Scene,
    last::Last,
    message,
    revision::{self, Hidden, Located},
    tree::{self, Leaf, Place},
    walk,
};
use crate::{Error, Repository, Result, graph::Graph, refs, view::View};

/// Names of branches, and of tags, in one answer.
const NAMES: u32 = 1_000;
/// The largest `.gitmodules` read.
const MODULES: u64 = 1 << 20;
/// The largest README shown.
const README: u64 = 1 << 20;

/// A folder at a revision, with its README.
pub(crate) fn folder(
    repository: &Repository,
    caller: &Caller,
    revision: Option<&str>,
    path: &str,
    after: Option<&str>,
) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let Scene { view, state, hidden } = &scene;
        let mut folder = Folder {
            head: refname::encode(&state.head),
            revision: refname::encode(revision::short(&state.head)),
            branches: names(sql, hidden, b"refs/heads/")?,
            tags: names(sql, hidden, b"refs/tags/")?,
            branch_count: refs::count_with_prefix(sql, b"refs/heads/")?,
            tag_count: refs::count_with_prefix(sql, b"refs/tags/")?,
            ..Folder::default()
        };
        folder.empty = folder.branches.is_empty() && folder.tags.is_empty() && refs::count(sql)? == 0;
        let Some(shown) = revision::resolve(view, state, hidden, revision)? else {
            let is_root = tree::decode(path)?.is_empty();
            return if is_root {
                Ok(Reply::Folder(folder))
            } else {
                Err(tree::no_such_path(path.as_bytes()))
            };
        };
        let path = shown.path(path)?;
        folder.path = refname::encode(&path);
        let graph = Graph::new(view)?;
        let cid = shown.commit().map(|oid| graph.number(&oid)?.ok_or(Error::Missing(oid))).transpose()?;
        if let Some(cid) = cid {
            folder.commit = Some(message::summary(&graph, cid)?.as_ref().clone());
            folder.commits = walk::count(&graph, cid)?;
        }
        let Some(root) = shown.tree(view)? else {
            // A ref may name a blob.
            let is_file = shown.object.1 == Kind::Blob && path.is_empty();
            let nothing = || Error::NotFound("that revision has no files".into());
            return is_file.then_some(Reply::NoFolder).ok_or_else(nothing);
        };
        folder.revision = shown.name;
        let oid = match tree::walk(view, root, &path)? {
            Place::Folder(oid) => oid,
            Place::File(leaf) if leaf.kind == EntryKind::Submodule => return Err(tree::no_such_path(&path)),
            Place::File(_) => return Ok(Reply::NoFolder),
        };
        folder.tree = oid.to_hex();
        let listing = tree::list(view, &oid)?;
        if after.is_none()
            && let Some(leaf) = listing.readme()
        {
            folder.readme = Some(read(view, leaf, README)?).filter(|file| file.content.is_some());
        }
        let last = match cid {
            Some(cid) => Last::new(&graph)?.folder(cid, &path)?,
            None => Vec::new(),
        };
        folder.total = listing.total();
        let mut commits = Vec::new();
        (folder.entries, folder.next) = listing.entries(view, after, &last, &mut commits)?;
        folder.last_pending = cid.is_some() && folder.entries.iter().any(|entry| entry.last.is_none());
        name_submodules(view, &root, &path, &mut folder.entries)?;
        for cid in commits {
            folder.last.push(message::summary(&graph, cid)?.as_ref().clone());
        }
        Ok(Reply::Folder(folder))
    })
}

/// Tells where submodules among the entries of a folder come from.
pub(super) fn name_submodules(view: &View<'_>, root: &Oid, path: &[u8], entries: &mut [Entry]) -> Result<()> {
    if !entries.iter().any(|entry| entry.kind == EntryKind::Submodule) {
        return Ok(());
    }
    let urls = modules(view, root)?;
    for entry in entries.iter_mut().filter(|entry| entry.kind == EntryKind::Submodule) {
        let name = refname::decode(&entry.name).unwrap_or_default();
        let whole = if path.is_empty() { name } else { [path, b"/", &name].concat() };
        entry.target = urls.get(&whole).map(|url| refname::encode(url));
    }
    Ok(())
}

/// The URLs of submodules by their paths, as `.gitmodules` says.
pub(super) fn modules(view: &View<'_>, root: &Oid) -> Result<HashMap<Vec<u8>, Vec<u8>>> {
    let Some(leaf) = tree::entry(view, root, b".gitmodules")?.filter(|leaf| leaf.kind == EntryKind::File)
    else {
        return Ok(HashMap::new());
    };
    let file = read(view, &leaf, MODULES)?;
    let mut urls = submodules::urls(file.content.as_deref().unwrap_or_default());
    urls.retain(|_, url| url.len() < 2_048);
    Ok(urls)
}

/// One file at a revision.
pub(crate) fn file(
    repository: &Repository,
    caller: &Caller,
    revision: Option<&str>,
    path: &str,
    limit: u64,
) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let view = &scene.view;
        let (shown, path, Some(leaf)) = found(&scene, revision, path)? else { return Ok(Reply::NoFile) };
        let mut file = read(view, &leaf, limit)?;
        file.path = refname::encode(&path);
        if let Some(oid) = shown.commit() {
            file.commit = oid.to_hex();
            let graph = Graph::new(view)?;
            let cid = graph.number(&oid)?.ok_or(Error::Missing(oid))?;
            let last = Last::new(&graph)?.entry(cid, &path)?;
            file.last_pending = last.is_none();
            file.last =
                last.map(|cid| message::summary(&graph, cid)).transpose()?.map(|last| last.as_ref().clone());
        }
        file.revision = shown.name;
        Ok(Reply::File(file))
    })
}

/// A file by its address: the revision, its path, and the entry.
pub(crate) fn leaf(
    scene: &Scene<'_>,
    revision: Option<&str>,
    path: &str,
) -> Result<(Located, Vec<u8>, Leaf)> {
    let (shown, path, leaf) = found(scene, revision, path)?;
    let leaf = leaf.ok_or_else(|| Error::NotFound("that is a folder".into()))?;
    Ok((shown, path, leaf))
}

/// The same; no entry where there is a folder.
fn found(scene: &Scene<'_>, revision: Option<&str>, path: &str) -> Result<(Located, Vec<u8>, Option<Leaf>)> {
    let view = &scene.view;
    let shown = scene.must(revision)?;
    let path = shown.path(path)?;
    let leaf = match (shown.object, path.is_empty()) {
        // A ref may name a blob.
        ((oid, Kind::Blob), true) => Some(Leaf::blob(&shown.name, oid)),
        _ => {
            let root = shown.tree(view)?.ok_or_else(|| tree::no_such_path(&path))?;
            match tree::walk(view, root, &path)? {
                Place::File(leaf) => Some(leaf),
                Place::Folder(_) => None,
            }
        }
    };
    Ok((shown, path, leaf))
}

/// Short names below `prefix`, encoded.
fn names(sql: &dyn Sql, hidden: &Hidden, prefix: &[u8]) -> Result<Vec<String>> {
    let found = refs::with_prefix(sql, prefix, NAMES)?;
    let seen = found.iter().filter(|found| !hidden.hides(&found.name));
    Ok(seen.map(|found| refname::encode(revision::short(&found.name))).collect())
}

/// The content of a file, unless it is larger than `limit`.
pub(super) fn read(view: &View<'_>, leaf: &Leaf, limit: u64) -> Result<File> {
    let found = view.find(&leaf.oid)?.ok_or(Error::Missing(leaf.oid))?;
    if found.entry.kind != Kind::Blob {
        return Err(Error::NotFound("that is no file".into()));
    }
    let size = found.entry.size;
    let content = if size <= limit && view.is_at_hand(&found) {
        Some(view.object_at(&found)?.data.clone())
    } else {
        None
    };
    let name = refname::encode(&leaf.name);
    let lfs = match &content {
        Some(content) => lfs::pointer(content),
        None if size <= lfs::LARGEST => lfs::pointer(&view.object_at(&found)?.data),
        None => None,
    };
    let lfs = lfs.map(|pointer| LfsPointer { oid: pointer.oid, size: pointer.size });
    Ok(File { name, oid: leaf.oid.to_hex(), size, content, kind: leaf.kind, lfs, ..File::default() })
}
