//! Deltas of a push that memory has no room for, carried out when everything else is resolved.
//!
//! What several of them stand on is spooled once. Smaller families are taken up before larger ones, so that few spools
//! are needed at a time, and each goes when the last delta on it begins. What would be a burden to read later is
//! deflated whole on the way and stored like that: small objects, because pages and walks read them in memory, what is no
//! blob, and the ends of long chains.

use std::{collections::BTreeMap, sync::Arc};

use gitflare_git::{
    Kind, Oid,
    hash::{ObjectHasher, hash_object},
    zlib::Deflater,
};

use super::{
    ingest::{Ingest, Standing, at_entry, bad, check_size, too_large},
    staging::Staging,
    table::Base,
};
use crate::{
    Error, Repository, Result,
    bits::Bits,
    cache::Object,
    large::{self, Chain, Flow, Home, Maker, Packed, Piece, Spooling},
    limits, objects,
    view::View,
};

/// Deltas that wait for the end of the pack, and what has become of them.
#[derive(Default)]
pub(super) struct Heavy {
    /// Entries that do not fit into memory with their base, in the order of arrival.
    arrived: Vec<u32>,
    /// Entries that can only be made as a stream: they, or something they stand on, did not fit.
    made: Bits,
    /// How many waiting deltas stand on each entry by its distance, directly or not.
    weights: Vec<u32>,
    /// Entries whose base is resolved.
    ready: Vec<u32>,
    /// Families in work, the innermost last.
    stack: Vec<Family>,
    work: Option<Work>,
    pub(super) whole: Whole,
}

/// Objects that are stored whole though they came as deltas.
#[derive(Default)]
pub(super) struct Whole {
    /// Their deflated content.
    pub(super) staging: Staging,
    /// Where in it each begins and ends.
    places: BTreeMap<u32, (u64, u64)>,
}

impl Whole {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Where the deflated content of an entry lies, if it is stored whole instead.
    pub(super) fn place(&self, entry: u32) -> Option<(u64, u64)> {
        self.places.get(&entry).copied()
    }
}

/// Deltas on one base.
struct Family {
    /// The base once it can be copied from.
    content: Option<large::Base>,
    /// The next one comes last.
    entries: Vec<u32>,
}

/// What is being made.
enum Work {
    /// The base of the last family.
    Base(Box<Maker>, Spooling),
    Object(Box<Job>),
}

/// A delta that is being carried out.
struct Job {
    entry: u32,
    kind: Kind,
    size: u64,
    depth: u16,
    flow: Flow,
    made: u64,
    kept: Kept,
    spooling: Option<Spooling>,
    deflating: Option<(Deflater, u64)>,
}

/// What is kept of an object that is being made.
enum Kept {
    Hash(Box<ObjectHasher>),
    Data(Vec<u8>),
}

impl Heavy {
    pub(super) fn arrived(&mut self, entry: u32) {
        self.arrived.push(entry);
    }

    /// Whether this entry can only be made as a stream.
    pub(super) fn has(&self, entry: u32) -> bool {
        self.made.has(entry)
    }

    /// Whether this delta came to be carried out here.
    pub(super) fn is_due(&self, entry: u32) -> bool {
        self.arrived.binary_search(&entry).is_ok()
    }

    /// Whether an object is being made.
    pub(super) const fn is_busy(&self) -> bool {
        self.work.is_some()
    }

    /// Adds a delta whose base is resolved.
    pub(super) fn ready(&mut self, entry: u32) {
        self.ready.push(entry);
    }

    /// Weighs the families of those that wait.
    pub(super) fn weigh(&mut self, entries: u32, waiting: &[(u32, u32)]) {
        if self.arrived.is_empty() {
            return;
        }
        let mut by_entry = waiting.to_vec();
        by_entry.sort_unstable_by_key(|(_, entry)| std::cmp::Reverse(*entry));
        // A base comes before its delta, so that backwards each is complete when it is added to its base.
        self.weights = vec![0; entries as usize];
        for (base, entry) in by_entry {
            let weight = self.weight(entry).saturating_add(1);
            if let Some(sum) = self.weights.get_mut(base as usize) {
                *sum = sum.saturating_add(weight);
            }
        }
    }

    fn weight(&self, entry: u32) -> u32 {
        self.weights.get(entry as usize).copied().unwrap_or(0)
    }

    /// A family whose lightest member comes first, which is to say last.
    fn family(&self, content: Option<large::Base>, mut entries: Vec<u32>) -> Family {
        entries.sort_by_key(|entry| std::cmp::Reverse(self.weight(*entry)));
        Family { content, entries }
    }
}

impl Ingest {
    /// Does a slice of work on deltas that memory has no room for; answers whether there was any to do.
    pub(super) fn resolve_heavy(&mut self, repository: &Repository, now: i64) -> Result<bool> {
        match self.heavy.work.take() {
            Some(Work::Base(maker, spooling)) => self.spool(maker, spooling, now)?,
            Some(Work::Object(job)) => self.go_on(repository, job, now)?,
            None if !self.take_up(repository)? => return Ok(false),
            None => {}
        }
        Ok(true)
    }

    /// Takes up the next thing to make; whether there is one.
    fn take_up(&mut self, repository: &Repository) -> Result<bool> {
        if self.heavy.stack.is_empty() {
            self.found_families();
        }
        let Some(mut family) = self.heavy.stack.pop() else { return Ok(false) };
        let Some(content) = family.content.clone() else {
            let first = family.entries.last().copied().unwrap_or_default();
            match repository.db().read(|sql| self.open_base(repository, &repository.view(sql)?, first))? {
                Opened::Held(object) => family.content = Some(large::Base::Held(object)),
                Opened::Far(maker) => {
                    self.heavy.work = Some(Work::Base(maker, Spooling::new(repository)));
                }
            }
            self.heavy.stack.push(family);
            return Ok(true);
        };
        let Some(entry) = family.entries.pop() else { return Ok(true) };
        // The last one of a family takes the base along.
        if !family.entries.is_empty() {
            self.heavy.stack.push(family);
        }
        let spooled =
            self.heavy.stack.iter().filter(|one| matches!(one.content, Some(large::Base::Spooled(_))));
        if spooled.count() > limits::SPOOLS {
            return Err(bad("too many large deltas stand on each other", self.table.offset(entry)));
        }
        let job =
            repository.db().read(|sql| self.open(repository, &repository.view(sql)?, entry, content))?;
        self.heavy.work = Some(Work::Object(Box::new(job)));
        Ok(true)
    }

    /// Sorts those that are ready by what they stand on.
    fn found_families(&mut self) {
        let mut ready = std::mem::take(&mut self.heavy.ready);
        let key = |entry: &u32| match self.table.base(*entry) {
            Base::Entry(base) => (Some(base), None),
            Base::Named(oid) => match self.table.find(&oid) {
                Some(base) => (Some(base), None),
                None => (None, Some(oid)),
            },
            Base::None => (None, None),
        };
        ready.sort_by_key(key);
        for family in ready.chunk_by(|a, b| key(a) == key(b)) {
            let family = self.heavy.family(None, family.to_vec());
            self.heavy.stack.push(family);
        }
    }

    /// The base of `entry`: in memory, or about to be made.
    fn open_base(&self, repository: &Repository, view: &View<'_>, entry: u32) -> Result<Opened> {
        let ground = self.ground(view, entry)?.ok_or_else(|| lost(entry))?;
        if !self.is_heavy(&ground) {
            return Ok(Opened::Held(self.stand_on(view, &ground)?.ok_or_else(|| lost(entry))?));
        }
        let chain = match &ground.place {
            Standing::Own(base) => self.chain(view, *base)?,
            Standing::Foreign(found) => Chain::stored(view, found)?,
        };
        Ok(Opened::Far(Box::new(Maker::new(repository, Arc::clone(&view.live), chain))))
    }

    /// The way to an entry of this push that is resolved.
    pub(super) fn chain(&self, view: &View<'_>, entry: u32) -> Result<Chain> {
        let kind = self.table.kind(entry).ok_or_else(|| lost(entry))?;
        let (mut entries, mut at) = (Vec::new(), entry);
        loop {
            let size = self.table.size(at);
            if !entries.is_empty() && size <= limits::KEEP && !self.heavy.has(at) {
                let base = Some(large::Base::Held(self.object(view, at)?));
                return Ok(Chain { kind, base, entries });
            }
            entries.push(Packed { home: Home::Push, offset: self.table.offset(at), size });
            at = match self.table.base(at) {
                Base::None => return Ok(Chain { kind, base: None, entries }),
                Base::Entry(base) => base,
                Base::Named(oid) => match self.table.find(&oid) {
                    Some(base) => base,
                    None => {
                        let found = view.find(&oid)?.ok_or(Error::Missing(oid))?;
                        return Chain::onto(view, found, &mut entries);
                    }
                },
            };
        }
    }

    fn spool(&mut self, mut maker: Box<Maker>, mut spooling: Spooling, now: i64) -> Result<()> {
        match maker.next(Some(&self.staging), now)? {
            Piece::Busy => {}
            Piece::Data(bytes) => spooling.add(&bytes, now)?,
            Piece::End => {
                let spool = Arc::new(spooling.finish(maker.kind(), now)?);
                if let Some(family) = self.heavy.stack.last_mut() {
                    family.content = Some(large::Base::Spooled(spool));
                }
                return Ok(());
            }
        }
        self.heavy.work = Some(Work::Base(maker, spooling));
        Ok(())
    }

    /// Begins to carry a delta out.
    fn open(
        &mut self,
        repository: &Repository,
        view: &View<'_>,
        entry: u32,
        base: large::Base,
    ) -> Result<Job> {
        let offset = self.table.offset(entry);
        let ground = self.ground(view, entry)?.ok_or_else(|| lost(entry))?;
        let (declared, size) = objects::delta_sizes(view, &self.staging.body(view), offset)
            .map_err(|error| at_entry(error, offset))?;
        self.check_base(entry, &ground, declared)?;
        let (kind, streamed) = (base.kind(), base.kind() == Kind::Blob && size > limits::KEEP);
        if size > limits::OBJECT {
            return Err(too_large(size, offset));
        }
        check_size(kind, size)?;
        let fits = streamed && ground.depth < limits::LARGE_CHAIN;
        let kept = if streamed {
            self.expand(size)?;
            Kept::Hash(Box::new(ObjectHasher::new(self.table.format(), kind, size)))
        } else {
            Kept::Data(Vec::with_capacity(size as usize))
        };
        let body = self.staging.body(view);
        Ok(Job {
            entry,
            kind,
            size,
            depth: if fits { ground.depth + 1 } else { 0 },
            flow: Flow::open(view, &body, offset, size, Some(base))?,
            made: 0,
            kept,
            spooling: self.waiting.may_have(entry).then(|| Spooling::new(repository)),
            deflating: (!fits).then(|| (Deflater::new(1), self.heavy.whole.staging.len())),
        })
    }

    fn go_on(&mut self, repository: &Repository, mut job: Box<Job>, now: i64) -> Result<()> {
        let mut out = Vec::new();
        let more = repository
            .db()
            .read(|sql| {
                let view = repository.view(sql)?;
                job.flow.next(&view, &self.staging.body(&view), &mut out)
            })
            .map_err(|error| at_entry(error, self.table.offset(job.entry)))?;
        job.made += out.len() as u64;
        match &mut job.kept {
            Kept::Hash(hasher) => hasher.update(&out),
            Kept::Data(data) => data.extend_from_slice(&out),
        }
        if let Some(spooling) = &mut job.spooling {
            spooling.add(&out, now)?;
        }
        if let Some((deflater, _)) = &mut job.deflating {
            let mut packed = Vec::new();
            deflater.feed(&out, &mut packed);
            self.heavy.whole.staging.push(&packed);
        }
        if more {
            self.heavy.work = Some(Work::Object(job));
            return Ok(());
        }
        self.finish(*job, now)
    }

    /// Records what a delta came to, and takes up what stands on it.
    fn finish(&mut self, job: Job, now: i64) -> Result<()> {
        let Job { entry, kind, size, depth, made, kept, spooling, deflating, .. } = job;
        if made != size {
            return Err(bad("delta result has wrong size", self.table.offset(entry)));
        }
        if let Some((deflater, from)) = deflating {
            let mut packed = Vec::new();
            deflater.finish(&mut packed);
            self.heavy.whole.staging.push(&packed);
            self.heavy.whole.places.insert(entry, (from, self.heavy.whole.staging.len()));
        }
        let oid = match kept {
            Kept::Hash(hasher) => {
                let oid = hasher.finish()?;
                self.table.resolve(entry, &oid, kind, size, depth)?;
                self.check_large(&oid)?;
                oid
            }
            Kept::Data(data) => {
                let oid = hash_object(self.table.format(), kind, &data)?;
                self.arrive(entry, Object { kind, data }, depth)?;
                oid
            }
        };
        self.heavy.made.add(entry);
        self.follow(entry, &oid, kind, spooling, now)
    }

    fn follow(
        &mut self,
        entry: u32,
        oid: &Oid,
        kind: Kind,
        spooling: Option<Spooling>,
        now: i64,
    ) -> Result<()> {
        let next = self.waiting.on(entry, oid);
        if next.is_empty() {
            return Ok(());
        }
        let content = match spooling {
            Some(spooling) => Some(large::Base::Spooled(Arc::new(spooling.finish(kind, now)?))),
            None => None,
        };
        let family = self.heavy.family(content, next);
        self.heavy.stack.push(family);
        Ok(())
    }
}

/// A base.
enum Opened {
    Held(Arc<Object>),
    Far(Box<Maker>),
}

fn lost(entry: u32) -> Error {
    Error::Damage(format!("the base of entry {entry} of a push is lost"))
}
