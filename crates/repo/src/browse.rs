//! Reading files: a folder as a page shows it, and one file. A page costs one command.

mod revision;
mod tree;

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::{
    Caller, Reply,
    command::{CommitSummary, File, Folder},
};

use self::{
    revision::Hidden,
    tree::{Leaf, Place},
};
use crate::{Error, Repository, Result, refs, state, view::View};

/// Names of branches, and of tags, in one answer.
const NAMES: u32 = 1_000;
/// The largest README shown.
const README: u64 = 1 << 20;

/// A folder at a revision, with its README.
pub(crate) fn folder(
    repository: &Repository,
    caller: &Caller,
    revision: Option<&str>,
    path: &str,
) -> Result<Reply> {
    repository.db().read(|sql| {
        let view = repository.view(sql)?;
        let hidden = Hidden::of(caller);
        let state = state::get(sql)?;
        let mut folder = Folder {
            head: refname::encode(&state.head),
            empty: false,
            revision: refname::encode(revision::short(&state.head)),
            commit: None,
            branches: names(sql, &hidden, b"refs/heads/")?,
            tags: names(sql, &hidden, b"refs/tags/")?,
            entries: Vec::new(),
            truncated: false,
            readme: None,
        };
        folder.empty = folder.branches.is_empty() && folder.tags.is_empty() && refs::count(sql)? == 0;
        let Some(shown) = revision::resolve(&view, &state, &hidden, revision)? else {
            return if tree::decode(path)?.is_empty() {
                Ok(Reply::Folder(folder))
            } else {
                Err(tree::no_such_path(path))
            };
        };
        folder.revision = shown.name;
        folder.commit = shown.commit.map(|commit| summary(&view, &commit)).transpose()?;
        let root = shown.tree.ok_or_else(|| Error::NotFound("that revision has no files".into()))?;
        let Place::Folder(oid) = tree::walk(&view, root, path)? else { return Err(tree::no_such_path(path)) };
        let listing = tree::list(&view, &oid)?;
        if let Some(leaf) = listing.readme() {
            folder.readme = Some(read(&view, leaf, README)?).filter(|file| file.content.is_some());
        }
        (folder.entries, folder.truncated) = listing.entries(&view)?;
        Ok(Reply::Folder(folder))
    })
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
        let view = repository.view(sql)?;
        let state = state::get(sql)?;
        let shown = revision::resolve(&view, &state, &Hidden::of(caller), revision)?;
        let root = shown.and_then(|shown| shown.tree).ok_or_else(|| tree::no_such_path(path))?;
        match tree::walk(&view, root, path)? {
            Place::File(leaf) => Ok(Reply::File(read(&view, &leaf, limit)?)),
            Place::Folder(_) => Err(Error::NotFound("that is a folder".into())),
        }
    })
}

/// Short names below `prefix`, encoded.
fn names(sql: &dyn gitflare_db::Sql, hidden: &Hidden, prefix: &[u8]) -> Result<Vec<String>> {
    let found = refs::with_prefix(sql, prefix, NAMES)?;
    let seen = found.iter().filter(|found| !hidden.hides(&found.name));
    Ok(seen.map(|found| refname::encode(revision::short(&found.name))).collect())
}

/// The content of a file, unless it is larger than `limit`.
fn read(view: &View<'_>, leaf: &Leaf, limit: u64) -> Result<File> {
    let found = view.find(&leaf.oid)?.ok_or(Error::Missing(leaf.oid))?;
    if found.entry.kind != Kind::Blob {
        return Err(Error::NotFound("that is no file".into()));
    }
    let size = found.entry.size;
    let content = if size <= limit { Some(view.object_at(&found)?.data.clone()) } else { None };
    Ok(File { name: refname::encode(&leaf.name), oid: leaf.oid.to_hex(), size, content })
}

/// What lists show of a commit.
fn summary(view: &View<'_>, oid: &Oid) -> Result<CommitSummary> {
    let object = view.object_of(oid, Kind::Commit)?;
    let end = object.data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(object.data.len());
    let (headers, message) = object.data.split_at(end);
    let message = message.trim_ascii_start();
    let subject = message.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let author = headers.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"author "));
    let name = author.unwrap_or_default().split(|byte| *byte == b'<').next().unwrap_or_default();
    Ok(CommitSummary {
        oid: oid.to_hex(),
        subject: String::from_utf8_lossy(subject.trim_ascii_end()).into_owned(),
        author: String::from_utf8_lossy(name.trim_ascii()).into_owned(),
        time: gitflare_git::object::commit_head(&object.data, view.format)?.time,
    })
}
