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

    /// Sorts what arrived by what it waits for; whether anything had arrived.
    fn sort(&mut self, ingest: &Ingest, view: &View<'_>) -> Result<bool> {
        if self.arrived.is_empty() {
            return Ok(false);
        }
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
        Ok(true)
    }

    /// Takes `base` off the list; answers what waited for it.
    pub(super) fn on(&mut self, base: u32, oid: &Oid) -> Vec<u32> {
        self.left -= 1;
        let from = self.by_entry.partition_point(|(of, _)| *of < base);
        let own = self.by_entry[from..].iter().take_while(|(of, _)| *of == base);
        let from = self.by_name.partition_point(|(of, _)| of < oid);
        let named = self.by_name[from..].iter().take_while(|(of, _)| of == oid);
        own.map(|(_, entry)| *entry).chain(named.map(|(_, entry)| *entry)).collect()
    }

    /// Whether something may be waiting for `base`, whose id is not known yet.
    pub(super) fn may_have(&self, base: u32) -> bool {
        !self.by_name.is_empty() || self.by_entry.binary_search_by_key(&base, |(of, _)| *of).is_ok()
    }
}

impl Ingest {
    /// Resolves about `quantum` bytes' worth of the deltas that wait and fit into memory. Answers whether it got anywhere;
    /// what does not fit is left to `heavy`.
    pub(super) fn resolve_some(&mut self, view: &View<'_>, quantum: u64) -> Result<bool> {
        let mut waiting = std::mem::take(&mut self.waiting);
        if waiting.sort(self, view)? {
            self.heavy.weigh(self.table.len(), &waiting.by_entry);
        }
        let (mut done, mut progress) = (0, false);
        while let Some(entry) = waiting.ready.pop() {
            let ground = self.ground(view, entry)?.ok_or_else(unreadable)?;
            if self.heavy.is_due(entry) || self.is_heavy(&ground) {
                self.heavy.ready(entry);
                continue;
            }
            self.cool(entry);
            let raw = objects::raw(view, &self.staging.body(view), self.table.offset(entry))?;
            self.check_base(entry, &ground, gitflare_git::delta::sizes(&raw.data)?.0)?;
            let base = self.stand_on(view, &ground)?.ok_or_else(unreadable)?;
            self.apply(entry, &base, ground.depth, &raw.data)?;
            let oid = self.table.oid(entry);
            let next = waiting.on(entry, &oid);
            waiting.ready.extend(next);
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

fn unreadable() -> Error {
    Error::Damage("the base of a delta cannot be read".into())
}
