//! Connectivity without a walk: the store is closed, so a push is connected if every link of its objects is in the push
//! or in the repository, with the type the link implies.

use gitflare_git::{Kind, Oid};

use super::{ingest::Ingest, normal::Layout};
use crate::{Result, bits::Bits, view::View};

/// Links followed in one slice.
const LINKS: usize = 20_000;

/// Following every link once.
#[derive(Default)]
pub(super) struct Connect {
    pub(super) followed: usize,
    /// Entries that something in the push links to.
    linked: Bits,
    /// A link that leads nowhere, if there is one.
    pub(super) missing: Option<(Oid, Kind)>,
}

impl Connect {
    /// Follows some links; whether all were followed, or one leads nowhere.
    pub(super) fn step(&mut self, ingest: &Ingest, view: &View<'_>) -> Result<bool> {
        for _ in 0..LINKS {
            let Some((oid, kind)) = ingest.links.get(self.followed) else { return Ok(true) };
            self.followed += 1;
            let is_there = match ingest.table.find(&oid) {
                Some(entry) => {
                    self.linked.add(entry);
                    ingest.table.kind(entry) == Some(kind)
                }
                None => view.find(&oid)?.is_some_and(|found| found.entry.kind == kind),
            };
            if !is_there {
                self.missing = Some((oid, kind));
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// New entries nothing in the push links to: its tips, and what was sent without need.
    pub(super) fn tips(&self, layout: &Layout) -> Vec<u32> {
        layout.kept.iter().copied().filter(|entry| !self.linked.has(*entry)).collect()
    }
}
