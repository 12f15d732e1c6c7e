//! Deltas that wait: which entries stand on which, so that each is taken up once, as soon as its base is there.
//!
//! The order in which a pack lists its deltas is the sender's choice, so going over those that still wait again and
//! again would let a small pack cost a day.

use gitflare_git::Oid;

use super::{
    ingest::{Ingest, bad},
    table::Base,
};
use crate::{Error, Result, objects, view::View};

/// Entries whose base was not at hand when they arrived.
#[derive(Default)]
pub(super) struct Waiting {
    /// All of them, until the pack is complete.
    arrived: Vec<u32>,
    /// Those whose base is there, the next one last.
    ready: Vec<u32>,
    /// Base and entry, sorted.
    by_entry: Vec<(u32, u32)>,
    /// Base and entry, sorted.
    by_name: Vec<(Oid, u32)>,
    left: usize,
}

impl Waiting {
    pub(super) fn push(&mut self, entry: u32) {
        self.arrived.push(entry);
        self.left += 1;
    }

    /// How many are not resolved.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Sorts what arrived by what it waits for.
    fn sort(&mut self, ingest: &Ingest, view: &View<'_>) -> Result<()> {
        for entry in std::mem::take(&mut self.arrived) {
            match ingest.table.base(entry) {
                Base::Entry(base) if !ingest.table.is_resolved(base) => self.by_entry.push((base, entry)),
                Base::Named(oid) if ingest.table.find(&oid).is_none() && view.find(&oid)?.is_none() => {
                    self.by_name.push((oid, entry));
                }
                _ => self.ready.push(entry),
            }
        }
        self.ready.reverse();
        self.by_entry.sort_unstable();
        self.by_name.sort_unstable();
        Ok(())
    }

    /// Takes up what waited for `base`.
    fn resolved(&mut self, base: u32, oid: &Oid) {
        self.left -= 1;
        let from = self.by_entry.partition_point(|(of, _)| *of < base);
        let own = self.by_entry[from..].iter().take_while(|(of, _)| *of == base);
        let from = self.by_name.partition_point(|(of, _)| of < oid);
        let named = self.by_name[from..].iter().take_while(|(of, _)| of == oid);
        self.ready.extend(own.map(|(_, entry)| *entry).chain(named.map(|(_, entry)| *entry)));
    }
}

impl Ingest {
    /// Resolves about `quantum` bytes' worth of the deltas that wait. Answers whether it got anywhere.
    pub(super) fn resolve_some(&mut self, view: &View<'_>, quantum: u64) -> Result<bool> {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort(self, view)?;
        let (mut done, mut progress) = (0, false);
        while let Some(entry) = waiting.ready.pop() {
            self.cool(entry);
            let Some((base, depth)) = self.base(view, entry)? else {
                return Err(Error::Damage("the base of a delta cannot be read".into()));
            };
            let raw = objects::raw(view, &self.staging.body(view), self.table.offset(entry))?;
            self.apply(entry, &base, depth, &raw.data)?;
            waiting.resolved(entry, &self.table.oid(entry));
            done += self.table.size(entry);
            progress = true;
            if done > quantum {
                break;
            }
        }
        self.waiting = waiting;
        Ok(progress)
    }

    /// What to say of deltas whose base never came.
    pub(super) fn unresolved(&self) -> Error {
        match (0..self.table.len()).find(|entry| !self.table.is_resolved(*entry)) {
            Some(first) => {
                let what = format!("{} unresolved deltas, the first", self.waiting.left());
                bad(&what, self.table.offset(first))
            }
            None => Error::Damage("nothing is unresolved".into()),
        }
    }
}
