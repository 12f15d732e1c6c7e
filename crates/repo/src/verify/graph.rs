//! Links between objects, and the commit graph beside them.

use gitflare_git::{
    Oid,
    object::{self, Kind},
};

use super::Report;
use crate::{Error, Result, cache::Object, commits, index::Entry, state, view::View};

/// Links seen a moment ago: trees next to each other name the same objects over and over.
const RECENT: usize = 1 << 16;

/// Follows links.
pub(super) struct Links {
    recent: Vec<Option<(Oid, Kind)>>,
}

impl Default for Links {
    fn default() -> Self {
        Self { recent: vec![None; RECENT] }
    }
}

impl Links {
    /// Every object this one names is live, with the type its name implies.
    pub(super) fn check(
        &mut self,
        view: &View<'_>,
        what: &str,
        object: &Object,
        report: &mut Report,
    ) -> Result<()> {
        match object.kind {
            Kind::Blob => {}
            Kind::Commit => {
                let head = object::commit_head(&object.data, view.format)?;
                self.link(view, what, &head.tree, Kind::Tree, report)?;
                for parent in &head.parents {
                    self.link(view, what, parent, Kind::Commit, report)?;
                }
            }
            Kind::Tag => {
                let head = object::tag_head(&object.data, view.format)?;
                self.link(view, what, &head.target, head.kind, report)?;
            }
            Kind::Tree => {
                for entry in object::tree_entries(&object.data, view.format) {
                    let entry = entry?;
                    if !entry.is_gitlink() {
                        let kind = if entry.is_tree() { Kind::Tree } else { Kind::Blob };
                        self.link(view, what, &entry.oid, kind, report)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn link(
        &mut self,
        view: &View<'_>,
        what: &str,
        oid: &Oid,
        kind: Kind,
        report: &mut Report,
    ) -> Result<()> {
        let place = oid.as_bytes().iter().take(4).fold(0, |n, byte| n << 8 | usize::from(*byte)) % RECENT;
        if let Some(slot) = self.recent.get_mut(place) {
            if *slot == Some((*oid, kind)) {
                return Ok(());
            }
            *slot = Some((*oid, kind));
        }
        match view.find(oid)? {
            Some(found) if found.entry.kind == kind => {}
            Some(found) => report.add(format!(
                "{what} names {oid} as a {}, but it is a {}",
                kind.name(),
                found.entry.kind.name()
            )),
            None => report.add(format!("{what} names the {} {oid}, which is missing", kind.name())),
        }
        Ok(())
    }
}

/// Compares commits with their rows.
pub(super) struct Graph {
    next_cid: i64,
    seen: Vec<u64>,
    commits: i64,
}

impl Graph {
    /// Goes on after so many commits.
    pub(super) fn from(view: &View<'_>, commits: i64) -> Result<Self> {
        let next_cid = state::get(view.sql)?.next_cid;
        Ok(Self { next_cid, seen: vec![0; (next_cid.max(0) as usize).div_ceil(64)], commits })
    }

    /// How many commits there were.
    pub(super) const fn commits(&self) -> i64 {
        self.commits
    }

    /// The row of a commit says what the commit says, and its number is above those of its parents.
    pub(super) fn check(
        &mut self,
        view: &View<'_>,
        entry: &Entry,
        what: &str,
        object: &Object,
        report: &mut Report,
    ) -> Result<()> {
        if object.kind != Kind::Commit {
            if entry.cid != 0 {
                report.add(format!("{what} is no commit but has the number {}", entry.cid));
            }
            return Ok(());
        }
        self.commits += 1;
        let cid = entry.cid;
        let bit = 1 << (cid % 64);
        match self.seen.get_mut(cid as usize / 64) {
            Some(word) if cid > 0 && i64::from(cid) < self.next_cid && *word & bit == 0 => *word |= bit,
            _ => report.add(format!("{what} has the number {cid}, which is not its own")),
        }
        let row = commits::get(view.sql, cid)?;
        let head = object::commit_head(&object.data, view.format)?;
        if row.oid != entry.oid
            || row.tree != head.tree
            || row.time != head.time
            || row.parents.len() != head.parents.len()
        {
            report.add(format!("{what}: row {cid} of the commit graph tells another story"));
            return Ok(());
        }
        let mut generation = 0;
        for (number, parent) in row.parents.iter().zip(&head.parents) {
            let parent_row = commits::get(view.sql, *number)?;
            generation = generation.max(parent_row.generation);
            if parent_row.oid != *parent || *number >= cid {
                report.add(format!("{what}: its parent {parent} is recorded as number {number}"));
            }
        }
        if row.generation != generation.saturating_add(1) {
            report.add(format!(
                "{what}: generation {} should be {}",
                row.generation,
                generation.saturating_add(1)
            ));
        }
        Ok(())
    }

    /// No row without a commit.
    pub(super) fn finish(&self, view: &View<'_>, report: &mut Report) -> Result<()> {
        let rows = commits::count_below(view.sql, self.next_cid)?;
        if rows != self.commits {
            let error =
                Error::Damage(format!("{rows} rows in the commit graph for {} commits", self.commits));
            report.add(error.to_string());
        }
        Ok(())
    }
}
