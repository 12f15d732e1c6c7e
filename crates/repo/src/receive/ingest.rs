//! Taking a pack in: every entry is inflated once, hashed, checked and its links noted, while its packed bytes go into
//! rows as they came. Deltas are resolved as they arrive as long as their base is at hand, and the rest afterwards.

use std::sync::Arc;

use gitflare_git::{
    Kind, ObjectFormat, Oid,
    fsck::{Finding, Fsck, Policy, Severity},
    hash::{ObjectHasher, hash_object},
    object,
    pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink},
};

use super::{
    links::Links,
    resolve::Waiting,
    staging::Staging,
    table::{Base, Table},
};
use crate::{
    Error, Repository, Result,
    cache::{Object, Place, Shared},
    limits, objects,
    view::View,
};

/// A commit of the push, for its number.
pub(super) struct Arrived {
    pub(super) entry: u32,
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) time: i64,
}

/// What has been learnt of the push so far.
pub(super) struct Ingest {
    format: ObjectFormat,
    shared: Arc<Shared>,
    repository: i64,
    /// Where the cache keeps this push's objects: a pack number no pack has.
    scope: i64,
    pub(super) table: Table,
    pub(super) links: Links,
    pub(super) staging: Staging,
    pub(super) commits: Vec<Arrived>,
    /// Notes of fsck that are told but refuse nothing.
    pub(super) notes: Vec<String>,
    fsck: Fsck,
    pub(super) waiting: Waiting,
    /// The last object that arrived, if it is too large to be cached: the next delta often stands on it.
    hot: Option<(u32, Arc<Object>)>,
    expanded: u64,
}

/// The entry being read.
struct Current {
    entry: u32,
    size: u64,
    kind: Option<Kind>,
    hasher: Option<ObjectHasher>,
    data: Option<Vec<u8>>,
}

/// The ingest together with the connection of the present transaction.
struct Sink<'a> {
    ingest: &'a mut Ingest,
    view: &'a View<'a>,
    current: &'a mut Option<Current>,
    failure: Option<Error>,
}

/// A pack being read.
pub(super) struct Reader {
    pack: PackReader,
    current: Option<Current>,
}

impl Reader {
    pub(super) fn new(format: ObjectFormat) -> Self {
        let limits = Limits {
            max_bytes: limits::PACK,
            max_objects: u32::MAX,
            max_object: limits::OBJECT,
            max_ratio: limits::RATIO,
            ratio_slack: limits::RATIO_SLACK,
        };
        Self { pack: PackReader::new(format, limits), current: None }
    }

    /// Reads a piece of the pack.
    pub(super) fn feed(&mut self, ingest: &mut Ingest, view: &View<'_>, bytes: &[u8]) -> Result<()> {
        let mut sink = Sink { ingest, view, current: &mut self.current, failure: None };
        match self.pack.feed(bytes, &mut sink) {
            Ok(body) => ingest.staging.push(&bytes[body]),
            Err(error) => return Err(sink.failure.take().unwrap_or_else(|| error.into())),
        }
        Ok(())
    }

    /// Whether the pack is complete, trailer included.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.pack.finish()?;
        Ok(())
    }

    pub(super) fn is_complete(&self) -> bool {
        self.pack.is_complete()
    }
}

impl PackSink for Sink<'_> {
    fn header(&mut self, objects: u32) -> gitflare_git::Result<()> {
        let limit = self.ingest.shared.budget().entries;
        if objects > limit {
            let text = format!("pack has {objects} objects; limit {limit}. Push the history in parts");
            return self.kept(Err(Error::TooLarge(text)));
        }
        self.ingest.table.reserve(objects);
        self.ingest.links.allow(objects as usize + self.ingest.shared.budget().links);
        Ok(())
    }

    fn begin(&mut self, offset: u64, header: &EntryHeader) -> gitflare_git::Result<()> {
        let result = self.ingest.begin(offset, header);
        *self.current = Some(self.kept(result)?);
        Ok(())
    }

    fn data(&mut self, inflated: &[u8]) -> gitflare_git::Result<()> {
        if let Some(current) = self.current {
            if let Some(hasher) = &mut current.hasher {
                hasher.update(inflated);
            }
            if let Some(data) = &mut current.data {
                data.extend_from_slice(inflated);
            }
        }
        Ok(())
    }

    fn end(&mut self, end_offset: u64) -> gitflare_git::Result<()> {
        let Some(current) = self.current.take() else { return Ok(()) };
        self.ingest.table.end(end_offset);
        let result = self.ingest.end(self.view, current);
        self.kept(result)
    }
}

impl Sink<'_> {
    /// Keeps our own error while the reader passes one of its own kind up.
    fn kept<T>(&mut self, result: Result<T>) -> gitflare_git::Result<T> {
        result.map_err(|error| {
            self.failure = Some(error);
            gitflare_git::Error::Bad("refused".into())
        })
    }
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
            commits: Vec::new(),
            notes: Vec::new(),
            fsck: Fsck::new(repository.format(), Policy::default()),
            waiting: Waiting::default(),
            hot: None,
            expanded: 0,
        }
    }

    fn begin(&mut self, offset: u64, header: &EntryHeader) -> Result<Current> {
        let (base, kind) = match header.kind {
            EntryKind::Whole(kind) => (Base::None, Some(kind)),
            EntryKind::Ref(oid) => (Base::Named(oid), None),
            EntryKind::Ofs(distance) => {
                let at = offset.checked_sub(distance).and_then(|at| self.table.at(at));
                let entry = at.ok_or_else(|| bad("delta base offset is out of bound", offset))?;
                (Base::Entry(entry), None)
            }
        };
        if let Some(kind) = kind {
            check_size(kind, header.size)?;
        }
        if kind.is_some() {
            self.hot = None;
        }
        let entry = self.table.push(offset, base);
        // A large blob is hashed as it streams by, and read again in the rare case that a delta stands on it.
        let streamed = kind == Some(Kind::Blob) && header.size > limits::KEEP;
        let hasher = kind.filter(|_| streamed).map(|kind| ObjectHasher::new(self.format, kind, header.size));
        let data = (!streamed).then(|| Vec::with_capacity(header.size.min(BELIEVED) as usize));
        Ok(Current { entry, size: header.size, kind, hasher, data })
    }

    fn end(&mut self, view: &View<'_>, current: Current) -> Result<()> {
        let Current { entry, size, kind, hasher, data } = current;
        match (kind, hasher, data) {
            (Some(kind), Some(hasher), _) => {
                let oid = hasher.finish()?;
                self.expand(size)?;
                self.table.resolve(entry, &oid, kind, size, 0)?;
                let mut found = Vec::new();
                self.fsck.check_large_blob(&oid, &mut found);
                self.judge(&oid, found)
            }
            (Some(kind), None, Some(data)) => self.arrive(entry, Object { kind, data }, 0),
            (None, _, Some(delta)) => self.arrive_delta(view, entry, &delta),
            _ => Ok(()),
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
    fn arrive_delta(&mut self, view: &View<'_>, entry: u32, delta: &[u8]) -> Result<()> {
        let offset = self.table.offset(entry);
        let sizes = gitflare_git::delta::sizes(delta);
        let (_, result, _) = sizes.map_err(|error| bad(&error.to_string(), offset))?;
        if result > limits::OBJECT {
            return Err(too_large(result, offset));
        }
        self.cool(entry);
        match self.base(view, entry)? {
            Some((base, depth)) => self.apply(entry, &base, depth, delta),
            None => {
                self.waiting.push(entry);
                Ok(())
            }
        }
    }

    pub(super) fn apply(&mut self, entry: u32, base: &Object, depth: u16, delta: &[u8]) -> Result<()> {
        let object =
            objects::apply(base, delta).map_err(|error| at_entry(&error, self.table.offset(entry)))?;
        check_size(object.kind, object.data.len() as u64)?;
        self.arrive(entry, object, depth + 1)
    }

    /// The base of a delta and its depth, if it is resolved and its bytes can be read.
    pub(super) fn base(&self, view: &View<'_>, entry: u32) -> Result<Option<(Arc<Object>, u16)>> {
        let (base, depth) = match self.table.base(entry) {
            Base::Entry(base) if self.table.is_resolved(base) => {
                (self.load(view, base)?, self.table.depth(base))
            }
            Base::None | Base::Entry(_) => return Ok(None),
            Base::Named(oid) => match self.table.find(&oid) {
                Some(base) => (self.load(view, base)?, self.table.depth(base)),
                None => match view.find(&oid)? {
                    // However long the chain is there: beyond a bound this object will be stored whole.
                    Some(found) => {
                        (Some(view.object_at(&found)?), found.entry.depth.min(limits::FOREIGN_CHAIN))
                    }
                    None => return Ok(None),
                },
            },
        };
        if depth >= limits::CHAIN {
            return Err(bad("delta chain is longer than 4095", self.table.offset(entry)));
        }
        Ok(base.map(|base| (base, depth)))
    }

    /// Reads a resolved entry of this push, from the cache or from its packed bytes; `None` if those are still on
    /// their way to the staging area.
    fn load(&self, view: &View<'_>, entry: u32) -> Result<Option<Arc<Object>>> {
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
    fn arrive(&mut self, entry: u32, object: Object, depth: u16) -> Result<()> {
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
        self.hot = (object.data.len() > HOT).then(|| (entry, Arc::clone(&object)));
        self.shared.keep_object(self.place(entry), object);
        Ok(())
    }

    /// Checks an object as git's fsck does, and notes what it names.
    fn check(&mut self, entry: u32, oid: &Oid, object: &Object) -> Result<()> {
        let mut found = Vec::new();
        if object.kind == Kind::Tree {
            let links = &mut self.links;
            self.fsck.check_tree(oid, &object.data, &mut found, |mode, oid| {
                if let Some(kind) = linked_kind(mode) {
                    links.add(oid, kind);
                }
            });
        } else {
            self.fsck.check(object.kind, oid, &object.data, &mut found);
        }
        if !found.is_empty() {
            self.judge(oid, found)?;
        }
        match object.kind {
            Kind::Commit => {
                let head = object::commit_head(&object.data, self.format)?;
                self.links.add(&head.tree, Kind::Tree);
                for parent in &head.parents {
                    self.links.add(parent, Kind::Commit);
                }
                self.commits.push(Arrived { entry, tree: head.tree, parents: head.parents, time: head.time });
            }
            Kind::Tag => {
                let head = object::tag_head(&object.data, self.format)?;
                self.links.add(&head.target, head.kind);
            }
            Kind::Tree | Kind::Blob => {}
        }
        Ok(())
    }

    /// Refuses the push for what fsck found, or notes it.
    fn judge(&mut self, oid: &Oid, found: Vec<Finding>) -> Result<()> {
        for finding in found {
            let text = format!("object {oid}: {}: {}", finding.id, finding.text);
            match finding.severity {
                Severity::Refuse => return Err(Error::Refused(text)),
                Severity::Info if self.notes.len() < NOTES => self.notes.push(format!("warning: {text}")),
                Severity::Info => {}
            }
        }
        Ok(())
    }

    /// Bounds what all objects together expand to.
    fn expand(&mut self, size: u64) -> Result<()> {
        self.expanded += size;
        let limit = limits::RATIO.saturating_mul(self.table.ends()).saturating_add(limits::RATIO_SLACK);
        if self.expanded > limit {
            return Err(Error::Refused(format!("bad pack: expands to more than {} GiB", limit >> 30)));
        }
        Ok(())
    }

    /// Deltas that still wait for their base.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.left()
    }

    /// Checks the special files whose trees came after them, or which the repository had already.
    pub(super) fn check_special(&mut self, view: &View<'_>) -> Result<()> {
        self.links.close();
        for (oid, _) in self.fsck.pending() {
            let object = match self.table.find(&oid) {
                Some(entry) if self.table.size(entry) <= limits::KEEP => self.load(view, entry)?,
                Some(_) => {
                    let mut found = Vec::new();
                    self.fsck.check_large_blob(&oid, &mut found);
                    self.judge(&oid, found)?;
                    continue;
                }
                None => view.find(&oid)?.map(|found| view.object_at(&found)).transpose()?,
            };
            let mut found = Vec::new();
            match object {
                Some(object) => self.fsck.check_special(&oid, Some((object.kind, &object.data)), &mut found),
                None => self.fsck.check_special(&oid, None, &mut found),
            }
            self.judge(&oid, found)?;
        }
        Ok(())
    }

    /// Gives back the memory of what is only needed until links are followed and commits numbered.
    pub(super) fn close(&mut self) {
        self.links.clear();
        self.commits = Vec::new();
    }

    /// Puts the sealed body back, so that tags can be read while refs are published.
    pub(super) fn restage(&mut self, body: Staging) {
        self.staging = body;
    }

    /// Reads an object of this push.
    pub(super) fn object(&self, view: &View<'_>, entry: u32) -> Result<Arc<Object>> {
        self.load(view, entry)?.ok_or_else(|| Error::Damage("a staged entry cannot be read".into()))
    }
}

/// Objects above this may be too large for the cache.
const HOT: usize = 1 << 20;
/// Announced sizes are believed up to this before bytes have come.
const BELIEVED: u64 = 4 << 20;
/// Notes told of one push at most.
const NOTES: usize = 100;

/// The type of object a tree entry of this mode names; none for a commit of another repository.
fn linked_kind(mode: u32) -> Option<Kind> {
    match mode & 0o170_000 {
        0o040_000 => Some(Kind::Tree),
        0o160_000 => None,
        _ => Some(Kind::Blob),
    }
}

fn check_size(kind: Kind, size: u64) -> Result<()> {
    let limit = match kind {
        Kind::Commit | Kind::Tag => limits::COMMIT,
        Kind::Tree => limits::TREE,
        Kind::Blob => limits::OBJECT,
    };
    if size > limit { Err(Error::TooLarge(format!("object too large: {}", kind.name()))) } else { Ok(()) }
}

fn too_large(size: u64, offset: u64) -> Error {
    let (size, limit) = (size.div_ceil(1_000_000), limits::OBJECT / 1_000_000);
    let at = offset + 12;
    Error::TooLarge(format!("bad pack: object at offset {at} is {size} MB; limit {limit} MB. Use Git LFS"))
}

pub(super) fn bad(what: &str, offset: u64) -> Error {
    // Offsets in messages count the pack's header, as git's do.
    Error::Refused(format!("bad pack: {what} at offset {}", offset + 12))
}

fn at_entry(error: &Error, offset: u64) -> Error {
    match error.to_string().strip_prefix("bad pack: ") {
        Some(what) => bad(what, offset),
        None => bad(&error.to_string(), offset),
    }
}
