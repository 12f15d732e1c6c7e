//! Objects that memory has no room for, made a piece at a time.
//!
//! A blob above [`limits::KEEP`] stored whole is inflated as a stream and needs nothing else. One that is stored as a
//! delta copies from anywhere in its base, so the base is spooled: inflated into rows of a file of its own that nothing
//! finds and that dies with whoever needed it. Along a chain of such deltas each base is made from the one below it, and
//! no more than a few pieces are ever in memory. Nothing that is not a large blob needs this: `receive` stores whole what
//! is small, or no blob, and would stand on something large.

mod flow;
mod recode;
mod spool;

use std::sync::Arc;

use gitflare_git::{Kind, Oid, pack::EntryKind};

pub(crate) use self::{
    flow::{Base, Flow},
    recode::Recode,
    spool::{Spool, Spooling},
};
use crate::{
    Error, Repository, Result,
    index::{Entry, Form},
    limits,
    objects::{self, Body, Stored},
    packs::{Live, Pack},
    view::{Found, View},
};

/// Whether a delta is carried out in memory: base, result and the delta itself have to fit.
pub(crate) const fn fits(base: u64, result: u64, delta: u64) -> bool {
    base <= limits::KEEP && result <= limits::KEEP && delta <= limits::KEEP
}

/// Where a packed entry lies.
#[derive(Clone)]
pub(crate) enum Home {
    /// In a stored pack.
    Pack(Arc<Pack>),
    /// In the push that is being received.
    Push,
}

/// A packed entry on the way to an object.
#[derive(Clone)]
pub(crate) struct Packed {
    pub(crate) home: Home,
    /// Where its header begins.
    pub(crate) offset: u64,
    /// The size of the object it comes to.
    pub(crate) size: u64,
}

/// How to make an object: what there is already, and the entries to go through.
pub(crate) struct Chain {
    pub(crate) kind: Kind,
    /// What the first entry to go through stands on; none if that one is stored whole.
    pub(crate) base: Option<Base>,
    /// The object's own entry comes first, what it stands on behind it.
    pub(crate) entries: Vec<Packed>,
}

impl Chain {
    /// The way to a stored object.
    pub(crate) fn stored(view: &View<'_>, found: &Found) -> Result<Self> {
        let mut entries = Vec::new();
        Self::onto(view, found.clone(), &mut entries)
    }

    /// The way to `entries` by way of the stored object they stand on.
    pub(crate) fn onto(view: &View<'_>, mut found: Found, entries: &mut Vec<Packed>) -> Result<Self> {
        loop {
            let (entry, pack) = (&found.entry, view.pack(found.age)?);
            if entry.size <= limits::KEEP && !entries.is_empty() {
                let base = Some(Base::Held(view.object_at(&found)?));
                return Ok(Self { kind: entry.kind, base, entries: std::mem::take(entries) });
            }
            if entries.len() > usize::from(limits::CHAIN) {
                return Err(Error::Damage(format!("the chain of {} has no end", entry.oid)));
            }
            let home = Home::Pack(Arc::clone(pack));
            entries.push(Packed { home, offset: entry.offset, size: entry.size });
            found = match entry.form {
                Form::Whole => {
                    return Ok(Self { kind: entry.kind, base: None, entries: std::mem::take(entries) });
                }
                Form::Ofs(distance) => {
                    let base = entry.offset.checked_sub(distance).filter(|_| distance > 0);
                    let base = base.ok_or_else(|| Error::Damage("a base is nowhere".into()))?;
                    Found { age: found.age, entry: view.index().by_offset(pack, base)? }
                }
                Form::Ref => {
                    let base = named_base(view, pack, entry)?;
                    view.find(&base)?.ok_or(Error::Missing(base))?
                }
            };
        }
    }
}

/// The id an entry names its base by.
pub(crate) fn named_base(view: &View<'_>, pack: &Pack, entry: &Entry) -> Result<Oid> {
    let body = Stored { view, file: pack.file(), size: pack.size() };
    match objects::header(view, &body, entry.offset)?.0.kind {
        EntryKind::Ref(base) => Ok(base),
        EntryKind::Whole(_) | EntryKind::Ofs(_) => {
            Err(Error::Damage(format!("the entry of {} changed its form", entry.oid)))
        }
    }
}

/// A slice of work on a large object.
pub(crate) enum Piece {
    /// Something it stands on was made.
    Busy,
    /// The next bytes of its content, perhaps none yet.
    Data(Vec<u8>),
    /// That was all.
    End,
}

/// Makes one object. Packs it reads from are pinned as long as it lives.
pub(crate) struct Maker {
    repository: Repository,
    live: Arc<Live>,
    kind: Kind,
    base: Option<Base>,
    /// The next entry to go through comes last.
    left: Vec<Packed>,
    flow: Option<Flow>,
    spooling: Option<Spooling>,
    ended: bool,
}

impl Maker {
    /// Makes what `chain` leads to out of these packs.
    pub(crate) fn new(repository: &Repository, live: Arc<Live>, chain: Chain) -> Self {
        Self {
            repository: repository.clone(),
            live,
            kind: chain.kind,
            base: chain.base,
            left: chain.entries,
            flow: None,
            spooling: None,
            ended: false,
        }
    }

    /// Makes a stored object.
    pub(crate) fn stored(repository: &Repository, view: &View<'_>, found: &Found) -> Result<Self> {
        Ok(Self::new(repository, Arc::clone(&view.live), Chain::stored(view, found)?))
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Does a slice of work. `push` is the body of the push, if entries lie in it.
    pub(crate) fn next(&mut self, push: Option<&dyn PushBody>, now: i64) -> Result<Piece> {
        if self.ended {
            return Ok(Piece::End);
        }
        self.live.renew(now);
        let mut out = Vec::new();
        let repository = self.repository.clone();
        let more = repository.db().read(|sql| {
            let view = repository.view_of(sql, Arc::clone(&self.live));
            self.fill(&view, push, &mut out)
        })?;
        if self.left.len() <= 1 {
            self.ended = !more;
            return Ok(Piece::Data(out));
        }
        let mut spooling = match self.spooling.take() {
            Some(spooling) => spooling,
            None => Spooling::new(&repository),
        };
        spooling.add(&out, now)?;
        if more {
            self.spooling = Some(spooling);
            return Ok(Piece::Busy);
        }
        self.base = Some(Base::Spooled(Arc::new(spooling.finish(self.kind, now)?)));
        self.flow = None;
        self.left.pop();
        Ok(Piece::Busy)
    }

    /// Appends a piece of the entry that is being gone through; whether there is more of it.
    fn fill(&mut self, view: &View<'_>, push: Option<&dyn PushBody>, out: &mut Vec<u8>) -> Result<bool> {
        let packed = self.left.last().ok_or_else(|| Error::Damage("an object of no entry".into()))?;
        let body: Box<dyn Body + '_> = match (&packed.home, push) {
            (Home::Pack(pack), _) => Box::new(Stored { view, file: pack.file(), size: pack.size() }),
            (Home::Push, Some(push)) => push.body(view),
            (Home::Push, None) => return Err(Error::Damage("a push lost its body".into())),
        };
        let flow = match &mut self.flow {
            Some(flow) => flow,
            None => self.flow.insert(Flow::open(view, &*body, packed.offset, packed.size, self.base.take())?),
        };
        flow.next(view, &*body, out)
    }
}

/// The body of a push, read through the view of whoever asks.
pub(crate) trait PushBody {
    fn body<'a>(&'a self, view: &'a View<'a>) -> Box<dyn Body + 'a>;
}
