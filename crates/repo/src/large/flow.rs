//! The content of one packed entry as a stream: inflated, or a delta carried out on a base that is read at random.

use std::sync::Arc;

use gitflare_git::{
    Kind,
    delta::{Instructions, Step},
    pack::EntryKind,
    zlib::Inflater,
};

use super::Spool;
use crate::{
    Error, Result,
    cache::Object,
    objects::{self, Body, damaged},
    view::View,
};

/// Bytes made at a time. Copies of one piece are made in the order of the base, so that a delta that jumps about reads
/// each row of its base once a piece at most.
const PIECE: usize = 1 << 20;
/// Copies gathered for one piece at most.
const COPIES: usize = 32 * 1024;
/// Bytes of a delta inflated at a time.
const AHEAD: usize = 32 * 1024;

/// What a delta copies from.
#[derive(Clone)]
pub(crate) enum Base {
    /// In memory.
    Held(Arc<Object>),
    /// In rows.
    Spooled(Arc<Spool>),
}

impl Base {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Held(object) => object.kind,
            Self::Spooled(spool) => spool.kind(),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Held(object) => object.data.len() as u64,
            Self::Spooled(spool) => spool.size(),
        }
    }
}

/// A packed stream that is being inflated.
struct Inflating {
    at: u64,
    left: u64,
    inflater: Inflater,
    done: bool,
}

impl Inflating {
    /// Inflates into `out`; answers how much. Zero, with room in `out`, is the end.
    fn read(&mut self, body: &dyn Body, out: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        while filled < out.len() && !self.done {
            let input = body.at(self.at)?;
            let room = out.get_mut(filled..).unwrap_or_default();
            let step = self.inflater.inflate(&input, room).map_err(|_| damaged(self.at))?;
            self.at += step.consumed as u64;
            self.left = self.left.checked_sub(step.produced as u64).ok_or_else(|| damaged(self.at))?;
            filled += step.produced;
            self.done = step.done;
            if step.consumed == 0 && step.produced == 0 {
                return Err(damaged(self.at));
            }
        }
        if self.done && self.left > 0 {
            return Err(damaged(self.at));
        }
        Ok(filled)
    }
}

/// A delta that is being carried out.
struct Applying {
    base: Base,
    instructions: Instructions,
    /// Inflated bytes of the delta, and how many of them are used.
    ahead: Vec<u8>,
    used: usize,
    /// What the last piece had no room for: offset in the base and length.
    pending: Option<(u64, usize)>,
}

/// The content of an entry on its way out.
pub(crate) struct Flow {
    packed: Inflating,
    delta: Option<Applying>,
}

impl Flow {
    /// Opens the entry at `offset`, which comes to `size` bytes and stands on `base`, if it is a delta.
    pub(crate) fn open(
        view: &View<'_>,
        body: &dyn Body,
        offset: u64,
        size: u64,
        base: Option<Base>,
    ) -> Result<Self> {
        let (header, length) = objects::header(view, body, offset)?;
        let at = offset + length as u64;
        let packed = Inflating { at, left: header.size, inflater: Inflater::new(), done: false };
        let delta = match (header.kind, base) {
            (EntryKind::Whole(_), None) if header.size == size => None,
            (EntryKind::Ofs(_) | EntryKind::Ref(_), Some(base)) => {
                let instructions = Instructions::new(base.size());
                Some(Applying { base, instructions, ahead: Vec::new(), used: 0, pending: None })
            }
            _ => return Err(damaged(offset)),
        };
        Ok(Self { packed, delta })
    }

    /// Appends about [`PIECE`] bytes to `out`, which is empty; whether there is more.
    pub(crate) fn next(&mut self, view: &View<'_>, body: &dyn Body, out: &mut Vec<u8>) -> Result<bool> {
        match &mut self.delta {
            None => {
                out.resize(self.packed.left.min(PIECE as u64) as usize + 1, 0);
                let filled = self.packed.read(body, out)?;
                out.truncate(filled);
                Ok(!self.packed.done)
            }
            Some(delta) => delta.next(&mut self.packed, view, body, out),
        }
    }
}

/// Bytes of the base that belong at a place of the piece.
struct Copy {
    from: u64,
    to: usize,
    length: usize,
}

impl Applying {
    fn next(
        &mut self,
        packed: &mut Inflating,
        view: &View<'_>,
        body: &dyn Body,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let mut copies: Vec<Copy> = Vec::new();
        let mut more = true;
        while more && out.len() < PIECE && copies.len() < COPIES {
            // Copies are read once the piece is complete; until then their place is kept free.
            if let Some((from, length)) = self.pending.take() {
                let (to, fits) = (out.len(), length.min(PIECE - out.len()));
                copies.push(Copy { from, to, length: fits });
                out.resize(to + fits, 0);
                self.pending = (fits < length).then_some((from + fits as u64, length - fits));
                continue;
            }
            if self.used == self.ahead.len() {
                more = self.read_ahead(packed, body)?;
            }
            let mut rest = self.ahead.get(self.used..).unwrap_or_default();
            match self.instructions.next(&mut rest)? {
                Some(Step::Insert(bytes)) => out.extend_from_slice(bytes),
                Some(Step::Copy { offset, length }) => self.pending = Some((offset, length as usize)),
                None => {}
            }
            self.used = self.ahead.len() - rest.len();
        }
        copies.sort_unstable_by_key(|copy| copy.from);
        self.copy(view, &copies, out)?;
        Ok(more)
    }

    /// Inflates some more of the delta; whether there was any.
    fn read_ahead(&mut self, packed: &mut Inflating, body: &dyn Body) -> Result<bool> {
        self.ahead.resize(AHEAD, 0);
        let filled = packed.read(body, &mut self.ahead)?;
        self.ahead.truncate(filled);
        self.used = 0;
        if filled == 0 {
            self.instructions.finish()?;
        }
        Ok(filled > 0)
    }

    fn copy(&self, view: &View<'_>, copies: &[Copy], out: &mut [u8]) -> Result<()> {
        let mut reader = match &self.base {
            Base::Held(_) => None,
            Base::Spooled(spool) => Some(spool.reader()),
        };
        for copy in copies {
            let room = out.get_mut(copy.to..copy.to + copy.length).unwrap_or_default();
            match (&self.base, &mut reader) {
                (Base::Held(object), _) => {
                    let from = object.data.get(copy.from as usize..).unwrap_or_default();
                    let from = from.get(..copy.length).ok_or_else(|| short(copy.from))?;
                    room.copy_from_slice(from);
                }
                (Base::Spooled(_), Some(reader)) => reader.read(view.sql, copy.from, room)?,
                (Base::Spooled(_), None) => return Err(short(copy.from)),
            }
        }
        Ok(())
    }
}

fn short(offset: u64) -> Error {
    Error::Damage(format!("a base ends before byte {offset}"))
}
