//! What the objects of a push are checked for, as git's fsck does, and what they name.

use gitflare_git::{
    Kind, Oid,
    fsck::{Finding, Severity},
    object,
};

use super::ingest::Ingest;
use crate::{Error, Result, cache::Object, limits, view::View};

/// Notes told of one push at most.
const NOTES: usize = 100;
impl Ingest {
    /// Checks an object as git's fsck does, and notes what it names.
    pub(super) fn check(&mut self, entry: u32, oid: &Oid, object: &Object) -> Result<()> {
        let mut found = Vec::new();
        if object.kind == Kind::Tree {
            let links = &mut self.links;
            self.fsck.check_tree(oid, &object.data, &mut found, |mode, oid| {
                if let Some(kind) = linked_kind(mode) {
                    links.add(oid, kind);
                }
            });
        } else {
            self.fsck.check(object.kind, oid, &object.data, &mut found);
        }
        if !found.is_empty() {
            self.judge(oid, found)?;
        }
        match object.kind {
            Kind::Commit => {
                let head = object::commit_head(&object.data, self.format)?;
                self.links.add(&head.tree, Kind::Tree);
                for parent in &head.parents {
                    self.links.add(parent, Kind::Commit);
                }
                self.commits.add(entry, &head.tree, &head.parents, head.time);
            }
            Kind::Tag => {
                let head = object::tag_head(&object.data, self.format)?;
                self.links.add(&head.target, head.kind);
                self.tags.push((entry, head.target));
            }
            Kind::Tree | Kind::Blob => {}
        }
        Ok(())
    }

    /// Refuses the push for what fsck found, or notes it.
    pub(super) fn judge(&mut self, oid: &Oid, found: Vec<Finding>) -> Result<()> {
        for finding in found {
            let text = format!("object {oid}: {}: {}", finding.id, finding.text);
            match finding.severity {
                Severity::Refuse => return Err(Error::Refused(text)),
                Severity::Info if self.notes.len() < NOTES => self.notes.push(format!("warning: {text}")),
                Severity::Info => {}
            }
        }
        Ok(())
    }
    /// Notes a blob whose content memory has no room for.
    pub(super) fn check_large(&mut self, oid: &Oid) -> Result<()> {
        let mut found = Vec::new();
        self.fsck.check_large_blob(oid, &mut found);
        self.judge(oid, found)
    }

    /// Whether [`Ingest::check_special`] has something to do.
    pub(super) fn has_special(&self) -> bool {
        !self.fsck.pending().is_empty()
    }

    /// Checks the special files whose trees came after them, or which the repository had already.
    pub(super) fn check_special(&mut self, view: &View<'_>) -> Result<()> {
        for (oid, _) in self.fsck.pending() {
            let object = match self.table.find(&oid) {
                Some(entry) if self.is_far(entry) => {
                    self.check_large(&oid)?;
                    continue;
                }
                Some(entry) => self.load(view, entry)?,
                None => match view.find(&oid)? {
                    Some(found) if found.entry.size > limits::KEEP => {
                        self.check_large(&oid)?;
                        continue;
                    }
                    found => found.map(|found| view.object_at(&found)).transpose()?,
                },
            };
            let mut found = Vec::new();
            match object {
                Some(object) => self.fsck.check_special(&oid, Some((object.kind, &object.data)), &mut found),
                None => self.fsck.check_special(&oid, None, &mut found),
            }
            self.judge(&oid, found)?;
        }
        Ok(())
    }
}

/// The type of object a tree entry of this mode names; none for a commit of another repository.
fn linked_kind(mode: u32) -> Option<Kind> {
    match mode & 0o170_000 {
        0o040_000 => Some(Kind::Tree),
        0o160_000 => None,
        _ => Some(Kind::Blob),
    }
}
