//! A large object that is stored as a delta, deflated whole: for clients that have not got its base.

use gitflare_git::{
    pack::{EntryHeader, EntryKind},
    zlib::Deflater,
};

use super::{Maker, Piece};
use crate::{
    Repository, Result,
    view::{Found, View},
};

/// An entry on its way out.
pub(crate) struct Recode {
    maker: Maker,
    deflater: Option<Deflater>,
}

impl Recode {
    /// Begins with the header, which is appended to `out`.
    pub(crate) fn begin(
        repository: &Repository,
        view: &View<'_>,
        found: &Found,
        out: &mut Vec<u8>,
    ) -> Result<Self> {
        let maker = Maker::stored(repository, view, found)?;
        EntryHeader { kind: EntryKind::Whole(maker.kind()), size: found.entry.size }.encode(out);
        Ok(Self { maker, deflater: Some(Deflater::new(1)) })
    }

    /// Does a slice of work and appends what came of it; whether there is more to do.
    pub(crate) fn next(&mut self, now: i64, out: &mut Vec<u8>) -> Result<bool> {
        match self.maker.next(None, now)? {
            Piece::Busy => {}
            Piece::Data(bytes) => {
                if let Some(deflater) = &mut self.deflater {
                    deflater.feed(&bytes, out);
                }
            }
            Piece::End => {
                if let Some(deflater) = self.deflater.take() {
                    deflater.finish(out);
                }
                return Ok(false);
            }
        }
        Ok(true)
    }
}
