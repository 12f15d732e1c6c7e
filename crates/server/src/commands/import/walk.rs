//! Everything reachable from the refs, each object after those it names: what comes first stands on its own.

use std::collections::HashSet;

use gitflare_git::{Kind, ObjectFormat, Oid, object};
use gix_pack::FindExt;

use super::folder::Objects;
use crate::{
    error::{Failure, Result},
    io::Io,
};

/// How often the count is shown.
const SHOW: usize = 5_000;

/// An object, and whether it can name others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) oid: Oid,
    pub(super) is_blob: bool,
}

/// All objects reachable from `tips`.
pub(super) fn reachable(
    objects: &Objects,
    tips: impl Iterator<Item = Oid>,
    io: &mut dyn Io,
) -> Result<Vec<Found>> {
    let mut reader = Reader::new(objects);
    let mut seen = HashSet::new();
    let mut order = Vec::new();
    // An object is met twice: then what it names is put before it, and it waits for that.
    let mut left: Vec<(Found, bool)> = tips.map(|oid| (Found { oid, is_blob: false }, false)).collect();
    left.reverse();
    while let Some((mut found, is_ready)) = left.pop() {
        if is_ready || found.is_blob {
            if is_ready || seen.insert(found.oid) {
                order.push(found);
                show(order.len(), io)?;
            }
            continue;
        }
        if !seen.insert(found.oid) {
            continue;
        }
        let (kind, children) = reader.children(found.oid)?;
        found.is_blob = kind == Kind::Blob;
        left.push((found, true));
        left.extend(
            children.into_iter().filter(|child| !seen.contains(&child.oid)).map(|child| (child, false)),
        );
    }
    Ok(order)
}

fn show(count: usize, io: &mut dyn Io) -> Result<()> {
    if count.is_multiple_of(SHOW) {
        io.progress("counting", count as u64, 0)?;
    }
    Ok(())
}

/// Reads what objects name.
pub(super) struct Reader<'a> {
    objects: &'a Objects,
    buffer: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(objects: &'a Objects) -> Self {
        Self { objects, buffer: Vec::new() }
    }

    /// The kind of an object and what it names, the most telling last: of a commit the parents, then the tree.
    pub(super) fn children(&mut self, oid: Oid) -> Result<(Kind, Vec<Found>)> {
        let id = gix_hash::ObjectId::try_from(oid.as_bytes()).map_err(Failure::new)?;
        let (data, _) = self.objects.find(&id, &mut self.buffer).map_err(Failure::new)?;
        let kind = Kind::from_name(data.kind.as_bytes())
            .ok_or_else(|| Failure::new(format_args!("object {oid} is of no known kind")))?;
        let other = |oid| Found { oid, is_blob: false };
        let children = match kind {
            Kind::Commit => {
                let head = object::commit_head(data.data, ObjectFormat::Sha1)?;
                std::iter::once(head.tree).chain(head.parents.iter().rev().copied()).map(other).collect()
            }
            Kind::Tag => vec![other(object::tag_head(data.data, ObjectFormat::Sha1)?.target)],
            Kind::Tree => entries(data.data)?,
            Kind::Blob => Vec::new(),
        };
        Ok((kind, children))
    }
}

/// What a tree names here: a submodule's commit is elsewhere.
fn entries(tree: &[u8]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in object::tree_entries(tree, ObjectFormat::Sha1) {
        let entry = entry?;
        if !entry.is_gitlink() {
            found.push(Found { oid: entry.oid, is_blob: !entry.is_tree() });
        }
    }
    Ok(found)
}
