//! Walking down trees and listing one of them.

use std::collections::HashMap;

use gitflare_git::{
    Oid,
    object::{Kind, TreeEntry, tree_entries},
    refname,
};
use gitflare_port::command::{Entry, EntryKind};

use crate::{Error, Result, view::View};

/// Entries of a folder in one answer.
const ENTRIES: usize = 1_000;
/// Entries of a folder that are looked at: each takes some hundred bytes until it is known which are sent.
const MOST: usize = 100_000;
/// Folders inside each other.
const DEPTH: usize = 2_048;
/// Bytes of a symbolic link's target in one answer.
const TARGET: u64 = 1_024;

/// A file in a folder.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) name: Vec<u8>,
    pub(crate) oid: Oid,
    pub(super) kind: EntryKind,
}

impl Leaf {
    pub(super) fn is_folder(&self) -> bool {
        self.kind == EntryKind::Folder
    }

    /// A blob a ref names: it has no name of its own.
    pub(super) fn blob(name: &str, oid: Oid) -> Self {
        Self { name: name.as_bytes().to_vec(), oid, kind: EntryKind::File }
    }
}

/// Where a path leads.
pub(super) enum Place {
    Folder(Oid),
    File(Leaf),
}

/// What a folder holds: folders first, then files, each in order of their names; with places in the tree.
pub(super) struct Listing(Vec<(Leaf, usize)>);

pub(super) fn no_such_path(path: &[u8]) -> Error {
    Error::NotFound(format!("there is no {} in that revision", String::from_utf8_lossy(path)))
}

/// The names along a percent-encoded path.
pub(super) fn decode(path: &str) -> Result<Vec<Vec<u8>>> {
    let bytes = refname::decode(path).ok_or_else(|| no_such_path(path.as_bytes()))?;
    Ok(names(&bytes).map(<[u8]>::to_vec).collect())
}

/// The names along a path.
pub(super) fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|name| !name.is_empty())
}

/// Follows a path down from a tree.
pub(super) fn walk(view: &View<'_>, root: Oid, path: &[u8]) -> Result<Place> {
    let mut at = Place::Folder(root);
    for (depth, name) in names(path).enumerate() {
        let Place::Folder(folder) = at else { return Err(no_such_path(path)) };
        let found = if depth < DEPTH { entry(view, &folder, name)? } else { None };
        let leaf = found.ok_or_else(|| no_such_path(path))?;
        at = match leaf.kind {
            EntryKind::Folder => Place::Folder(leaf.oid),
            EntryKind::Submodule => return Err(no_such_path(path)),
            _ => Place::File(leaf),
        };
    }
    Ok(at)
}

/// The entry of this name in a tree.
pub(super) fn entry(view: &View<'_>, tree: &Oid, name: &[u8]) -> Result<Option<Leaf>> {
    let tree = view.object_of(tree, Kind::Tree)?;
    for entry in tree_entries(&tree.data, view.format) {
        let entry = entry?;
        if entry.name == name {
            return Ok(Some(Leaf { name: name.to_vec(), oid: entry.oid, kind: kind(&entry) }));
        }
    }
    Ok(None)
}

/// Reads a folder.
pub(super) fn list(view: &View<'_>, folder: &Oid) -> Result<Listing> {
    let tree = view.object_of(folder, Kind::Tree)?;
    let mut leaves = Vec::new();
    for entry in tree_entries(&tree.data, view.format).take(MOST) {
        let entry = entry?;
        let leaf = Leaf { name: entry.name.to_vec(), oid: entry.oid, kind: kind(&entry) };
        leaves.push((leaf, leaves.len()));
    }
    leaves.sort_by(|(a, _), (b, _)| (is_file(a), &a.name).cmp(&(is_file(b), &b.name)));
    Ok(Listing(leaves))
}

fn kind(entry: &TreeEntry<'_>) -> EntryKind {
    if entry.is_tree() {
        EntryKind::Folder
    } else if entry.is_gitlink() {
        EntryKind::Submodule
    } else if entry.is_symlink() {
        EntryKind::Symlink
    } else if entry.mode & 0o100 != 0 {
        EntryKind::Executable
    } else {
        EntryKind::File
    }
}

impl Listing {
    /// The file that introduces the folder, preferably as Markdown.
    pub(super) fn readme(&self) -> Option<&Leaf> {
        let leaves = self.0.iter().map(|(leaf, _)| leaf);
        let files = leaves.filter(|leaf| matches!(leaf.kind, EntryKind::File | EntryKind::Executable));
        let ranked = files.filter_map(|leaf| Some((rank(&leaf.name)?, leaf)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, leaf)| leaf)
    }

    /// The entries that follow `after`, as they are sent, and where the next answer begins if some are left out. `last`
    /// are commits by place in the tree; those of the entries sent are collected in `commits`.
    pub(super) fn entries(
        self,
        view: &View<'_>,
        after: Option<&str>,
        last: &[Option<u32>],
        commits: &mut Vec<u32>,
    ) -> Result<(Vec<Entry>, Option<String>)> {
        let after = after.map(Mark::parse).transpose()?;
        let mut leaves = self.0;
        leaves.retain(|(leaf, _)| after.as_ref().is_none_or(|after| *after < Mark::of(leaf)));
        let next = match leaves.get(ENTRIES) {
            Some(_) => leaves.get(ENTRIES - 1).map(|(leaf, _)| Mark::of(leaf).write()),
            None => None,
        };
        leaves.truncate(ENTRIES);
        let mut known: HashMap<u32, u32> = HashMap::new();
        let mut entries = Vec::with_capacity(leaves.len());
        for (leaf, place) in leaves {
            let last = last.get(place).copied().flatten().map(|cid| {
                *known.entry(cid).or_insert_with(|| {
                    commits.push(cid);
                    commits.len() as u32 - 1
                })
            });
            entries.push(Entry { last, ..sent(view, &leaf)? });
        }
        Ok((entries, next))
    }

    /// How many entries there are.
    pub(super) fn total(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

/// An entry as it is sent: with its size and where it leads.
fn sent(view: &View<'_>, leaf: &Leaf) -> Result<Entry> {
    let size = match leaf.kind {
        EntryKind::Folder | EntryKind::Submodule => None,
        EntryKind::File | EntryKind::Executable | EntryKind::Symlink => {
            view.find(&leaf.oid)?.map(|found| found.entry.size)
        }
    };
    let target = match (leaf.kind, size) {
        (EntryKind::Symlink, Some(size)) if size <= TARGET => {
            Some(refname::encode(&view.object_of(&leaf.oid, Kind::Blob)?.data))
        }
        _ => None,
    };
    let name = refname::encode(&leaf.name);
    Ok(Entry { name, kind: leaf.kind, oid: leaf.oid.to_hex(), size, last: None, target })
}

/// A place in a listing: after the entry of this name. It holds while entries come and go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    is_file: bool,
    name: Vec<u8>,
}

impl Mark {
    fn of(leaf: &Leaf) -> Self {
        Self { is_file: is_file(leaf), name: leaf.name.clone() }
    }

    /// Folders are written with the slash that no name has.
    fn write(&self) -> String {
        let slash = if self.is_file { "" } else { "/" };
        format!("{}{slash}", refname::encode(&self.name))
    }

    fn parse(text: &str) -> Result<Self> {
        let name = refname::decode(text.strip_suffix('/').unwrap_or(text))
            .ok_or_else(|| Error::Refused("that is no place in a folder".into()))?;
        Ok(Self { is_file: !text.ends_with('/'), name })
    }
}

fn is_file(leaf: &Leaf) -> bool {
    !matches!(leaf.kind, EntryKind::Folder | EntryKind::Submodule)
}

/// How well a name suits a README: lower is better.
fn rank(name: &[u8]) -> Option<u8> {
    let lower = name.to_ascii_lowercase();
    match lower.as_slice() {
        b"readme.md" => Some(if name == b"README.md" { 0 } else { 1 }),
        b"readme" => Some(2),
        other if other.starts_with(b"readme.") => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_in_markdown_comes_first() {
        let ranks =
            [&b"README.md"[..], b"ReadMe.md", b"README", b"readme.rst", b"README-old", b"main.rs"].map(rank);
        assert_eq!(ranks, [Some(0), Some(1), Some(2), Some(3), None, None]);
    }
}
