//! Everything reachable from the refs, in the order it is best read: commits and tags, trees, then blobs.

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

/// All objects reachable from `tips`.
pub(super) fn reachable(
    objects: &Objects,
    tips: impl Iterator<Item = Oid>,
    io: &mut dyn Io,
) -> Result<Vec<Oid>> {
    let mut walk =
        Walk { objects, seen: HashSet::new(), order: Vec::new(), trees: Vec::new(), buffer: Vec::new() };
    let mut left: Vec<Oid> = tips.collect();
    left.reverse();
    while let Some(oid) = left.pop() {
        if walk.seen.insert(oid) {
            walk.commit_or_other(oid, &mut left)?;
            walk.show(io)?;
        }
    }
    // Trees of all commits share most of what is below them.
    let mut trees = std::mem::take(&mut walk.trees);
    trees.reverse();
    let mut blobs = Vec::new();
    while let Some(oid) = trees.pop() {
        if walk.seen.insert(oid) {
            walk.tree(oid, &mut trees, &mut blobs)?;
            walk.show(io)?;
        }
    }
    walk.order.append(&mut blobs);
    Ok(walk.order)
}

struct Walk<'a> {
    objects: &'a Objects,
    seen: HashSet<Oid>,
    order: Vec<Oid>,
    /// Roots still to walk.
    trees: Vec<Oid>,
    buffer: Vec<u8>,
}

impl Walk<'_> {
    /// What a ref or a tag names: nearly always a commit.
    fn commit_or_other(&mut self, oid: Oid, left: &mut Vec<Oid>) -> Result<()> {
        let kind = self.read(oid)?;
        match kind {
            Kind::Commit => {
                let head = object::commit_head(&self.buffer, ObjectFormat::Sha1)?;
                left.extend(head.parents.iter().rev());
                self.trees.push(head.tree);
            }
            Kind::Tag => left.push(object::tag_head(&self.buffer, ObjectFormat::Sha1)?.target),
            Kind::Tree => {
                self.seen.remove(&oid);
                self.trees.push(oid);
                return Ok(());
            }
            Kind::Blob => {}
        }
        self.order.push(oid);
        Ok(())
    }

    fn tree(&mut self, oid: Oid, trees: &mut Vec<Oid>, blobs: &mut Vec<Oid>) -> Result<()> {
        if self.read(oid)? != Kind::Tree {
            return Err(Failure::new(format_args!("object {oid} is not a tree")));
        }
        self.order.push(oid);
        for entry in object::tree_entries(&self.buffer, ObjectFormat::Sha1) {
            let entry = entry?;
            if entry.is_gitlink() || self.seen.contains(&entry.oid) {
                continue;
            }
            if entry.is_tree() {
                trees.push(entry.oid);
            } else {
                self.seen.insert(entry.oid);
                blobs.push(entry.oid);
            }
        }
        Ok(())
    }

    fn read(&mut self, oid: Oid) -> Result<Kind> {
        let id = gix_hash::ObjectId::try_from(oid.as_bytes()).map_err(Failure::new)?;
        let (data, _) = self.objects.find(&id, &mut self.buffer).map_err(Failure::new)?;
        let kind = Kind::from_name(data.kind.as_bytes());
        kind.ok_or_else(|| Failure::new(format_args!("object {oid} is of no known kind")))
    }

    fn show(&self, io: &mut dyn Io) -> Result<()> {
        if self.order.len().is_multiple_of(SHOW) {
            io.progress("counting", self.order.len() as u64, 0)?;
        }
        Ok(())
    }
}
