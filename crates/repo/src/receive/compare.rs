//! Whether a large object of a push is the one the repository has under the same id, byte by byte.

use std::sync::Arc;

use super::{ingest::Ingest, normal::collision};
use crate::{
    Repository, Result,
    large::{Maker, Piece},
    view::{Found, View},
};

/// Two objects that are made side by side.
pub(super) struct Compare {
    pub(super) entry: u32,
    found: Found,
    ours: Side,
    theirs: Side,
}

/// One of them.
struct Side {
    maker: Maker,
    /// What was not compared yet.
    held: Vec<u8>,
    ended: bool,
}

impl Side {
    fn new(maker: Maker) -> Self {
        Self { maker, held: Vec::new(), ended: false }
    }

    /// Makes some more if nothing is held.
    fn fill(&mut self, ingest: &Ingest, now: i64) -> Result<()> {
        if self.held.is_empty() && !self.ended {
            match self.maker.next(Some(&ingest.staging), now)? {
                Piece::Busy => {}
                Piece::Data(bytes) => self.held = bytes,
                Piece::End => self.ended = true,
            }
        }
        Ok(())
    }
}

impl Compare {
    pub(super) fn new(
        repository: &Repository,
        view: &View<'_>,
        ingest: &Ingest,
        entry: u32,
        found: Found,
    ) -> Result<Self> {
        let ours = Maker::new(repository, Arc::clone(&view.live), ingest.chain(view, entry)?);
        let theirs = Maker::stored(repository, view, &found)?;
        Ok(Self { entry, found, ours: Side::new(ours), theirs: Side::new(theirs) })
    }

    /// Compares a piece; whether there is more. Other bytes under the same id are an error.
    pub(super) fn step(&mut self, ingest: &Ingest, now: i64) -> Result<bool> {
        self.ours.fill(ingest, now)?;
        self.theirs.fill(ingest, now)?;
        let both = self.ours.held.len().min(self.theirs.held.len());
        if self.ours.held.get(..both) != self.theirs.held.get(..both) {
            return Err(collision(&self.found.entry.oid));
        }
        self.ours.held.drain(..both);
        self.theirs.held.drain(..both);
        match (self.ours.ended, self.theirs.ended) {
            (true, true) => Ok(false),
            // What is left over is longer than the other.
            (true, false) if !self.theirs.held.is_empty() => Err(collision(&self.found.entry.oid)),
            (false, true) if !self.ours.held.is_empty() => Err(collision(&self.found.entry.oid)),
            _ => Ok(true),
        }
    }
}
