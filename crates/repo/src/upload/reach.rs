//! What refs reach, a bit per object: for maintenance, which has to know what they do not.

use gitflare_git::Oid;

use super::{enumerate::Enumerate, rules::Rules};
use crate::{Result, view::View};

/// A walk from some objects to everything they reach. Objects are told by the place of their pack among the live ones
/// when the walk began: packs may be added meanwhile, but none replaced.
pub(crate) struct Reach(Enumerate);

impl Reach {
    /// A walk over a graph whose numbers are below `next_cid`.
    pub(crate) fn new(next_cid: u32) -> Self {
        Self(Enumerate::new(next_cid, Rules::of(None), false))
    }

    /// Adds an object to start from.
    pub(crate) fn want(&mut self, view: &View<'_>, oid: &Oid) -> Result<()> {
        self.0.want(view, oid)
    }

    /// Does about `budget` objects' worth of work; whether all was found.
    pub(crate) fn step(&mut self, view: &View<'_>, budget: usize) -> Result<bool> {
        self.0.step(view, budget)
    }

    /// How many objects of one pack were found.
    pub(crate) fn count_of(&self, age: usize) -> u64 {
        self.0.set.count_of(age as u32)
    }
}
