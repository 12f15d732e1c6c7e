//! Connectivity without a walk: the store is closed, so a push is connected if every link of its objects is in the push
//! or in the repository, with the type the link implies.

use gitflare_git::{Kind, Oid};

use super::{ingest::Ingest, normal::Layout};
use crate::{Result, view::View};

/// The outcome of following every link once.
pub(super) struct Connected {
    /// A link that leads nowhere, if there is one.
    pub(super) missing: Option<(Oid, Kind)>,
    /// New entries nothing in the push links to: its tips, and what was sent without need.
    pub(super) tips: Vec<Oid>,
}

/// Follows the links of a push.
pub(super) fn check(ingest: &Ingest, layout: &Layout, view: &View<'_>) -> Result<Connected> {
    let mut linked = vec![false; ingest.table.len() as usize];
    let mut missing = None;
    for (oid, kind) in ingest.links.iter() {
        let is_there = match ingest.table.find(&oid) {
            Some(entry) => {
                linked[entry as usize] = true;
                ingest.table.kind(entry) == Some(kind)
            }
            None => view.find(&oid)?.is_some_and(|found| found.entry.kind == kind),
        };
        if !is_there {
            missing = Some((oid, kind));
            break;
        }
    }
    let tips =
        layout.kept.iter().filter(|entry| !linked[**entry as usize]).map(|entry| ingest.table.oid(*entry));
    Ok(Connected { missing, tips: tips.collect() })
}
