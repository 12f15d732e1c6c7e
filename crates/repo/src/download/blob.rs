//! The content of one blob from any byte on.
//!
//! What is stored whole is inflated on the way; what is stored as a delta has to be rebuilt first.

use std::sync::Arc;

use gitflare_git::zlib::Inflater;

use crate::{
    Error, Result,
    cache::Object,
    files::FileId,
    index::Form,
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
}

impl Content {
    pub(super) fn begin(view: &View<'_>, found: &Found, from: u64, count: u64) -> Result<Self> {
        let pack = view.pack(found.age)?;
        let source = if found.entry.form == Form::Whole {
            let (file, size) = (pack.file(), pack.size());
            let (_, header) = objects::header(view, &Stored { view, file, size }, found.entry.offset)?;
            let offset = found.entry.offset + header as u64;
            Source::Inflated { file, size, offset, inflater: Box::new(Inflater::new()) }
        } else {
            Source::Held(view.object_at(found)?)
        };
        Ok(Self { source, skip: from, left: count })
    }

    /// Adds bytes until there are `piece`; whether those were the last.
    pub(super) fn fill(&mut self, view: &View<'_>, out: &mut Vec<u8>, piece: usize) -> Result<bool> {
        // What is left out costs as well: a piece does not skip without end.
        let mut worked = 0;
        while self.left > 0 && out.len() < piece && worked < 64 * piece {
            match &mut self.source {
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
