//! Taking a pack in: every entry is inflated once, hashed, checked and its links noted, while its packed bytes go into
//! rows as they came. Deltas are resolved as they arrive as long as their base is at hand, and the rest afterwards; what
//! memory has no room for comes last of all (`heavy`).

use std::{collections::HashSet, sync::Arc};

use gitflare_git::{
    Kind, ObjectFormat, Oid,
    fsck::{Fsck, Policy},
    hash::hash_object,
    pack::EntryKind,
};

use super::{
    arrivals::Arrivals,
    heavy::Heavy,
    links::Links,
    resolve::Waiting,
    staging::Staging,
    table::{Base, Table},
};
use crate::{
    Error, Repository, Result,
    cache::{Object, Place, Shared},
    limits, objects,
    view::{Found, View},
};

/// What has been learnt of the push so far.
pub(super) struct Ingest {
    pub(super) format: ObjectFormat,
    pub(super) shared: Arc<Shared>,
    repository: i64,
    /// Where the cache keeps this push's objects: a pack number no pack has.
    scope: i64,
    pub(super) table: Table,
    pub(super) links: Links,
    pub(super) staging: Staging,
    pub(super) commits: Arrivals,
    /// Notes of fsck that are told but refuse nothing.
    pub(super) notes: Vec<String>,
    pub(super) fsck: Fsck,
    pub(super) waiting: Waiting,
    pub(super) heavy: Heavy,
    /// What each tag names: refs are peeled while they are published.
    pub(super) tags: Vec<(u32, Oid)>,
    /// The last object that arrived, if it is too large to be cached: the next delta often stands on it.
    pub(super) hot: Option<(u32, Arc<Object>)>,
    expanded: u64,
}

impl Ingest {
    pub(super) fn new(repository: &Repository, seed: u64) -> Self {
        Self {
            format: repository.format(),
            shared: Arc::clone(&repository.0.shared),
            repository: repository.0.id,
            scope: repository.0.shared.scope(),
            table: Table::new(repository.format(), seed),
            links: Links::new(repository.format(), seed),
            staging: Staging::default(),
            commits: Arrivals::new(repository.format()),
            notes: Vec::new(),
            fsck: Fsck::new(repository.format(), Policy::default()),
            waiting: Waiting::default(),
            heavy: Heavy::default(),
            tags: Vec::new(),
            hot: None,
            expanded: 0,
        }
    }

    /// Lets go of the last large object unless this entry stands on it: two of them, and a third made of one, would be
    /// in memory at once.
    pub(super) fn cool(&mut self, entry: u32) {
        let base = match self.table.base(entry) {
            Base::None => None,
            Base::Entry(base) => Some(base),
            Base::Named(oid) => self.table.find(&oid),
        };
        self.hot = self.hot.take().filter(|(of, _)| Some(*of) == base);
    }

    /// Resolves a delta if its base can be had now, else lets it wait.
    pub(super) fn arrive_delta(&mut self, view: &View<'_>, entry: u32, delta: &[u8]) -> Result<()> {
        let offset = self.table.offset(entry);
        let sizes = gitflare_git::delta::sizes(delta);
        let (declared, ..) = sizes.map_err(|error| bad(&error.to_string(), offset))?;
        self.cool(entry);
        if let Some(ground) = self.ground(view, entry)?
            && !self.is_heavy(&ground)
        {
            self.check_base(entry, &ground, declared)?;
            if let Some(base) = self.stand_on(view, &ground)? {
                return self.apply(entry, &base, ground.depth, delta);
            }
        }
        self.waiting.push(entry);
        Ok(())
    }

    /// A delta is for a base of one size; what it says decided where it is carried out.
    pub(super) fn check_base(&self, entry: u32, ground: &Ground, declared: u64) -> Result<()> {
        if ground.size == declared {
            Ok(())
        } else {
            Err(bad("delta base has another size", self.table.offset(entry)))
        }
    }

    pub(super) fn apply(&mut self, entry: u32, base: &Object, depth: u16, delta: &[u8]) -> Result<()> {
        let object =
            objects::apply(base, delta).map_err(|error| at_entry(error, self.table.offset(entry)))?;
        check_size(object.kind, object.data.len() as u64)?;
        self.arrive(entry, object, depth + 1)
    }

    /// What a delta stands on, if it is resolved.
    pub(super) fn ground(&self, view: &View<'_>, entry: u32) -> Result<Option<Ground>> {
        let own = |base| Ground {
            depth: self.table.depth(base),
            size: self.table.size(base),
            place: Standing::Own(base),
        };
        let ground = match self.table.base(entry) {
            Base::Entry(base) if self.table.is_resolved(base) => own(base),
            Base::None | Base::Entry(_) => return Ok(None),
            Base::Named(oid) => match self.table.find(&oid) {
                Some(base) => own(base),
                None => match view.find(&oid)? {
                    // However long the chain is there: beyond a bound this object will be stored whole.
                    Some(found) => Ground {
                        depth: found.entry.depth.min(limits::FOREIGN_CHAIN),
                        size: found.entry.size,
                        place: Standing::Foreign(found),
                    },
                    None => return Ok(None),
                },
            },
        };
        if ground.depth >= limits::CHAIN {
            return Err(bad("delta chain is longer than 4095", self.table.offset(entry)));
        }
        Ok(Some(ground))
    }

    /// Whether a base can only be had as a stream.
    pub(super) fn is_heavy(&self, ground: &Ground) -> bool {
        let is_heavy = match ground.place {
            Standing::Own(base) => self.heavy.has(base),
            Standing::Foreign(_) => false,
        };
        is_heavy || ground.size > limits::KEEP
    }

    /// The bytes of a base that is not heavy; `None` if they are still on their way to the staging area.
    pub(super) fn stand_on(&self, view: &View<'_>, ground: &Ground) -> Result<Option<Arc<Object>>> {
        match &ground.place {
            Standing::Own(base) => self.load(view, *base),
            Standing::Foreign(found) => Ok(Some(view.object_at(found)?)),
        }
    }

    /// Reads a resolved entry of this push, from the cache or from its packed bytes; `None` if those are still on
    /// their way to the staging area.
    pub(super) fn load(&self, view: &View<'_>, entry: u32) -> Result<Option<Arc<Object>>> {
        let mut deltas = Vec::new();
        let mut at = entry;
        let mut object = loop {
            if let Some(object) = self.held(view, at) {
                break object;
            }
            if self.table.end_of(at) > self.staging.len() {
                return Ok(None);
            }
            let raw = objects::raw(view, &self.staging.body(view), self.table.offset(at))?;
            match (raw.header.kind, self.table.base(at)) {
                (EntryKind::Whole(kind), _) => break Arc::new(Object { kind, data: raw.data }),
                (_, Base::Entry(base)) => {
                    deltas.push((at, raw.data));
                    at = base;
                }
                (_, Base::Named(oid)) => {
                    deltas.push((at, raw.data));
                    match self.table.find(&oid) {
                        Some(base) => at = base,
                        None => break view.object(&oid)?,
                    }
                }
                (_, Base::None) => return Err(Error::Damage("a staged entry changed its form".into())),
            }
        };
        while let Some((at, delta)) = deltas.pop() {
            object = Arc::new(objects::apply(&object, &delta)?);
            view.shared.keep_object(self.place(at), Arc::clone(&object));
        }
        Ok(Some(object))
    }

    /// The bytes of an entry, if memory has them.
    fn held(&self, view: &View<'_>, entry: u32) -> Option<Arc<Object>> {
        let hot = self.hot.as_ref().filter(|(of, _)| *of == entry).map(|(_, object)| Arc::clone(object));
        hot.or_else(|| view.shared.object(self.place(entry)))
    }

    fn place(&self, entry: u32) -> Place {
        (self.repository, self.scope, u64::from(entry))
    }

    /// Records an object whose content is known.
    pub(super) fn arrive(&mut self, entry: u32, object: Object, depth: u16) -> Result<()> {
        let oid = hash_object(self.format, object.kind, &object.data)?;
        self.expand(object.data.len() as u64)?;
        self.table.resolve(entry, &oid, object.kind, object.data.len() as u64, depth)?;
        self.check(entry, &oid, &object)?;
        if self.links.has_overflown() {
            let limit = self.shared.budget().links;
            let text = format!(
                "the push names more than {limit} objects beyond those it carries. Push the history in parts"
            );
            return Err(Error::TooLarge(text));
        }
        let object = Arc::new(object);
        let size = object.data.len() as u64;
        self.hot = (size > HOT && size <= limits::KEEP).then(|| (entry, Arc::clone(&object)));
        self.shared.keep_object(self.place(entry), object);
        Ok(())
    }

    /// Bounds what all objects together expand to.
    pub(super) fn expand(&mut self, size: u64) -> Result<()> {
        self.expanded += size;
        let limit = limits::RATIO.saturating_mul(self.table.ends()).saturating_add(limits::RATIO_SLACK);
        if self.expanded > limit {
            return Err(Error::Refused(format!("bad pack: expands to more than {} GiB", limit >> 30)));
        }
        Ok(())
    }

    /// How many entries came as deltas.
    pub(super) fn deltas(&self) -> u64 {
        self.table.deltas()
    }

    /// How many objects of the repository entries stand on.
    pub(super) fn foreign_bases(&self) -> usize {
        let foreign = self.table.names().filter(|base| self.table.find(base).is_none());
        foreign.collect::<HashSet<_>>().len()
    }

    /// Deltas that still wait for their base.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.left()
    }

    /// Nothing more arrives.
    pub(super) fn close(&mut self) {
        self.links.close();
        self.commits.sort();
        self.tags.sort_unstable_by_key(|(entry, _)| *entry);
    }

    /// Puts the sealed body back, so that trees can be read while refs are published.
    pub(super) fn restage(&mut self, body: Staging) {
        self.staging = body;
    }

    /// What a tag of this push names, once it is closed.
    pub(super) fn tagged(&self, entry: u32) -> Option<Oid> {
        let at = self.tags.binary_search_by_key(&entry, |(entry, _)| *entry).ok()?;
        self.tags.get(at).map(|(_, target)| *target)
    }

    /// Whether an entry can only be read as a stream.
    pub(super) fn is_far(&self, entry: u32) -> bool {
        self.table.size(entry) > limits::KEEP || self.heavy.has(entry)
    }

    /// Reads an object of this push, which memory has room for.
    pub(super) fn object(&self, view: &View<'_>, entry: u32) -> Result<Arc<Object>> {
        if self.heavy.has(entry) {
            return Err(Error::TooLarge("an object of the push is too large for memory".into()));
        }
        self.load(view, entry)?.ok_or_else(|| Error::Damage("a staged entry cannot be read".into()))
    }
}

/// What a delta stands on, before anything of it is read.
pub(super) struct Ground {
    pub(super) depth: u16,
    pub(super) size: u64,
    pub(super) place: Standing,
}

pub(super) enum Standing {
    /// An entry of the push.
    Own(u32),
    /// An object the repository has.
    Foreign(Found),
}

/// Objects above this may be too large for the cache.
const HOT: u64 = 1 << 20;
pub(super) fn check_size(kind: Kind, size: u64) -> Result<()> {
    let limit = match kind {
        Kind::Commit | Kind::Tag => limits::COMMIT,
        Kind::Tree => limits::TREE,
        Kind::Blob => limits::OBJECT,
    };
    if size > limit { Err(Error::TooLarge(format!("object too large: {}", kind.name()))) } else { Ok(()) }
}

pub(super) fn too_large(size: u64, offset: u64) -> Error {
    let (size, limit) = (size.div_ceil(1_000_000), limits::OBJECT / 1_000_000);
    let at = offset + 12;
    Error::TooLarge(format!("bad pack: object at offset {at} is {size} MB; limit {limit} MB. Use Git LFS"))
}

pub(super) fn bad(what: &str, offset: u64) -> Error {
    // Offsets in messages count the pack's header, as git's do.
    Error::Refused(format!("bad pack: {what} at offset {}", offset + 12))
}

/// Says where in the pack something is wrong; what is no fault of the pack stays as it is.
pub(super) fn at_entry(error: Error, offset: u64) -> Error {
    let Error::Refused(text) = &error else { return error };
    bad(text.strip_prefix("bad pack: ").unwrap_or(text), offset)
}
