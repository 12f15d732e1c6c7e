//! The content of one blob from any byte on.
//!
//! What is stored whole is inflated on the way. What is stored as a delta is rebuilt first: in memory, or piece by piece where
//! memory has no room for it.

use std::sync::Arc;

use gitflare_git::zlib::Inflater;

use crate::{
    Error, Repository, Result,
    cache::Object,
    files::FileId,
    index::Form,
    large::{Maker, Piece},
    objects::{self, Body, Stored},
    view::{Found, View},
};

/// Bytes inflated at a time.
const STEP: usize = 64 << 10;

/// A blob being read.
pub(super) struct Content {
    source: Source,
    /// Bytes to leave out first.
    skip: u64,
    /// Bytes still wanted.
    left: u64,
}

enum Source {
    Inflated { file: FileId, size: u64, offset: u64, inflater: Box<Inflater> },
    Held(Arc<Object>),
    Made(Box<Maker>),
}

impl Content {
    pub(super) fn begin(
        repository: &Repository,
        view: &View<'_>,
        found: &Found,
        from: u64,
        count: u64,
    ) -> Result<Self> {
        let pack = view.pack(found.age)?;
        let source = if found.entry.form == Form::Whole {
            let (file, size) = (pack.file(), pack.size());
            let (_, header) = objects::header(view, &Stored { view, file, size }, found.entry.offset)?;
            let offset = found.entry.offset + header as u64;
            Source::Inflated { file, size, offset, inflater: Box::new(Inflater::new()) }
        } else if view.is_at_hand(found) {
            Source::Held(view.object_at(found)?)
        } else {
            Source::Made(Box::new(Maker::stored(repository, view, found)?))
        };
        Ok(Self { source, skip: from, left: count })
    }

    /// Whether [`Content::make`] has its bytes, and not [`Content::fill`].
    pub(super) fn is_made(&self) -> bool {
        matches!(self.source, Source::Made(_)) && self.left > 0
    }

    /// Does a slice of the work of making it, in transactions of its own, and adds what came of that; whether those were
    /// the last bytes.
    pub(super) fn make(&mut self, out: &mut Vec<u8>, now: i64) -> Result<bool> {
        let Source::Made(maker) = &mut self.source else { return Ok(self.left == 0) };
        let data = match maker.next(None, now)? {
            Piece::Busy => return Ok(false),
            Piece::Data(data) => data,
            Piece::End => return Err(damaged()),
        };
        let skipped = self.skip.min(data.len() as u64);
        self.skip -= skipped;
        let shown = data.get(skipped as usize..).unwrap_or_default();
        let take = (shown.len() as u64).min(self.left);
        out.extend_from_slice(shown.get(..take as usize).unwrap_or_default());
        self.left -= take;
        Ok(self.left == 0)
    }

    /// Adds bytes until there are `piece`; whether those were the last.
    pub(super) fn fill(&mut self, view: &View<'_>, out: &mut Vec<u8>, piece: usize) -> Result<bool> {
        // What is left out costs as well: a piece does not skip without end.
        let mut worked = 0;
        while self.left > 0 && out.len() < piece && worked < 64 * piece {
            match &mut self.source {
                Source::Made(_) => return Ok(false),
                Source::Held(object) => {
                    let from = usize::try_from(self.skip).unwrap_or(usize::MAX);
                    let rest = object.data.get(from..).unwrap_or_default();
                    let take = rest.len().min(self.left as usize).min(piece);
                    if take == 0 {
                        return Err(damaged());
                    }
                    out.extend_from_slice(rest.get(..take).unwrap_or_default());
                    self.skip += take as u64;
                    self.left -= take as u64;
                }
                Source::Inflated { file, size, offset, inflater } => {
                    let body = Stored { view, file: *file, size: *size };
                    let mut buffer = vec![0; STEP];
                    let step = inflater.inflate(&body.at(*offset)?, &mut buffer).map_err(|_| damaged())?;
                    if step.consumed == 0 && step.produced == 0 {
                        return Err(damaged());
                    }
                    *offset += step.consumed as u64;
                    worked += step.produced;
                    let skipped = self.skip.min(step.produced as u64);
                    self.skip -= skipped;
                    let shown = buffer.get(skipped as usize..step.produced).unwrap_or_default();
                    let take = shown.len().min(self.left as usize);
                    out.extend_from_slice(shown.get(..take).unwrap_or_default());
                    self.left -= take as u64;
                    if step.done && self.left > 0 {
                        return Err(damaged());
                    }
                }
            }
        }
        Ok(self.left == 0)
    }
}

fn damaged() -> Error {
    Error::Damage("a blob is shorter than its index says".into())
}
