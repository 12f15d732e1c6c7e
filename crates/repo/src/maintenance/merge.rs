//! Joining packs adjacent in age: packed bytes are copied, only headers change, nothing is dropped.
//!
//! Entries are grouped into commits and tags, trees, blobs, and keep their order inside a group: by age of the pack, then
//! position. Deltas never cross types and bases always come first in that order, so they do in the result. A delta named
//! its base by id because the two lay in different packs; where they come together it counts the distance instead. The
//! result is written where nobody sees it and swapped in by one small transaction in the publish turn.

mod output;
mod table;

use std::{ops::Range, sync::Arc};

use self::{
    output::Output,
    table::{Item, Link, Table},
};
use crate::{
    Env, Error, Repository, Result,
    cache::Shared,
    files::{self, FileId},
    index::{self, Entry},
    limits, packs,
    room::{Claim, JOINED},
    state,
    turn::{Place, Turn},
    view::View,
};

/// Bytes written in one slice.
const SLICE: usize = 4 << 20;
/// A chain longer than this is cut by storing an object whole.
const CHAIN: u16 = 250;

/// A merge in progress.
pub(super) struct Merge {
    claim: Claim,
    table: Table,
    output: Output,
    phase: Phase,
}

/// What a slice came to.
pub(super) enum Outcome {
    /// There is more to do.
    More,
    /// A push has its turn: later.
    Waiting,
    /// The packs are joined.
    Done,
}

enum Phase {
    /// Copying the entry with this number in the order of the output.
    Copy(usize),
    /// Writing the index of the pack, from this segment on.
    Index(i64, table::Sorted, usize),
    Positions(i64),
    Swap(i64),
}

impl Merge {
    /// Reads the indexes of the packs in `run`, if there is memory for them.
    pub(super) fn begin(
        view: &View<'_>,
        shared: &Arc<Shared>,
        run: Range<usize>,
        env: &Env,
    ) -> Result<Option<Self>> {
        let packs = view.live.packs.get(run.clone()).unwrap_or_default();
        let objects: u64 = packs.iter().map(|pack| pack.row.objects as u64).sum();
        let Some(claim) = Claim::take(shared, objects * JOINED, env.now) else { return Ok(None) };
        let table = Table::load(view, run)?;
        Ok(Some(Self { claim, table, output: Output::default(), phase: Phase::Copy(0) }))
    }

    /// The file that is being written.
    pub(super) fn file(&self) -> Option<FileId> {
        self.output.file()
    }

    /// Does a slice.
    pub(super) fn slice(&mut self, repository: &Repository, env: &Env) -> Result<Outcome> {
        self.claim.renew(env.now);
        match std::mem::replace(&mut self.phase, Phase::Copy(0)) {
            Phase::Copy(next) => self.copy(repository, env, next)?,
            Phase::Index(pack, sorted, segment) => self.index(repository, pack, sorted, segment)?,
            Phase::Positions(pack) => {
                repository.db().write("merge: positions", |sql| {
                    index::write_positions(sql, pack, 0, &self.table.positions())
                })?;
                self.phase = Phase::Swap(pack);
            }
            Phase::Swap(pack) => {
                if self.swap(repository, env, pack)? {
                    return Ok(Outcome::Done);
                }
                self.phase = Phase::Swap(pack);
                return Ok(Outcome::Waiting);
            }
        }
        Ok(Outcome::More)
    }

    /// Copies entries until a slice is full, and writes it. Behind the last one the file is sealed.
    fn copy(&mut self, repository: &Repository, env: &Env, mut next: usize) -> Result<()> {
        repository.db().read(|sql| {
            let view = repository.view(sql)?;
            self.table.check_live(&view)?;
            while self.output.continue_copy(&view, SLICE)? && next < self.table.len() {
                self.entry(&view, next)?;
                next += 1;
            }
            Ok::<_, Error>(())
        })?;
        if next < self.table.len() || self.output.is_copying() {
            repository.db().write("merge: append", |sql| self.output.flush(sql, env))?;
            self.phase = Phase::Copy(next);
            return Ok(());
        }
        let (objects, ref_deltas) = (self.table.len() as u32, self.table.ref_deltas());
        let pack = repository.db().write("merge: seal", |sql| {
            let file = self.output.seal(sql, env)?;
            packs::stage(sql, file, packs::Origin::Merge, objects, ref_deltas)
        })?;
        self.phase = Phase::Index(pack, self.table.sorted(), 0);
        Ok(())
    }

    /// Places one entry: its header is written, its payload will be copied.
    fn entry(&mut self, view: &View<'_>, number: usize) -> Result<()> {
        let item = self.table.item(number)?;
        let new = self.output.len();
        let (link, depth) = self.link(view, &item, new)?;
        // Large blobs came with short chains.
        let is_cut = depth > CHAIN && !item.is_large;
        let packed = if is_cut {
            self.output.whole(view, self.table.source(&item)?, item.old)?
        } else {
            self.output.relink(view, self.table.source(&item)?, &item, link)?
        };
        let (link, depth) = if is_cut { (Link::Whole, 0) } else { (link, depth) };
        self.table.place(number, new, packed, link, depth)
    }

    /// What an entry stands on in the output, and how deep that makes it.
    fn link(&self, view: &View<'_>, item: &Item, new: u64) -> Result<(Link, u16)> {
        let base = match item.link {
            Link::Whole => return Ok((Link::Whole, 0)),
            Link::Ofs(distance) => {
                self.table.placed(item.source, item.old.checked_sub(distance).ok_or_else(torn)?)?
            }
            Link::Ref => {
                let source = self.table.source(item)?;
                let oid = output::named_base(view, source, item.old)?;
                let found = view.find(&oid)?.ok_or(Error::Missing(oid))?;
                match self.table.source_of(view.pack(found.age)?.id()) {
                    Some(source) => self.table.placed(source, found.entry.offset)?,
                    None => return Ok((Link::Ref, found.entry.depth.saturating_add(1))),
                }
            }
        };
        let distance = new.checked_sub(base.new).filter(|distance| *distance > 0).ok_or_else(torn)?;
        Ok((Link::Ofs(distance), base.depth.saturating_add(1)))
    }

    /// Writes a slice of the index.
    fn index(
        &mut self,
        repository: &Repository,
        pack: i64,
        mut sorted: table::Sorted,
        segment: usize,
    ) -> Result<()> {
        let per = index::per_segment(repository.format());
        let most = limits::INDEX_ROWS / 4 * per;
        let mut entries: Vec<Entry> = Vec::new();
        repository.db().read(|sql| {
            let view = repository.view(sql)?;
            self.table.check_live(&view)?;
            while entries.len() < most
                && let Some(entry) = sorted.next(&view, &mut self.table)?
            {
                entries.push(entry);
            }
            Ok::<_, Error>(())
        })?;
        repository.db().write("merge: index", |sql| index::write_segments(sql, pack, segment, &entries))?;
        self.phase = if entries.len() < most {
            Phase::Positions(pack)
        } else {
            Phase::Index(pack, sorted, segment + entries.len() / per)
        };
        Ok(())
    }

    /// Puts the result in the place of the packs it joins. Answers `false` while a push has its turn: it reads the packs
    /// as they are, and its own may stand on them, which is no obstacle, since it names its bases by id.
    fn swap(&mut self, repository: &Repository, env: &Env, pack: i64) -> Result<bool> {
        let turn = Turn::queue(&repository.0.shared, repository.0.id, env.now);
        if turn.look(env.now) != Place::First {
            return Ok(false);
        }
        let file = self.output.file().ok_or_else(torn)?;
        repository.db().write("merge: swap", |sql| {
            let view = repository.view(sql)?;
            self.table.check_live(&view)?;
            let joined: Vec<_> =
                view.live.packs.iter().filter(|pack| self.table.source_of(pack.id()).is_some()).collect();
            let age = joined.iter().map(|pack| pack.row.live_seq).max().ok_or_else(torn)?;
            let has_unreachable = joined.iter().any(|pack| pack.row.has_unreachable);
            for pack in joined {
                packs::retire(sql, pack.id(), env.now)?;
            }
            files::keep(sql, file)?;
            packs::publish(sql, pack, age, has_unreachable)?;
            state::repacked(sql)
        })?;
        Ok(true)
    }
}

/// The run of packs changed under a merge, or an index contradicts itself.
fn torn() -> Error {
    Error::Damage("packs to be joined contradict their index".into())
}
