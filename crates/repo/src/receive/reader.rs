//! A pack on its way into the ingest: what comes out of the parser, an entry at a time.

use gitflare_git::{
    Kind, ObjectFormat,
    hash::ObjectHasher,
    pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink},
};

use super::{
    ingest::{Ingest, bad, check_size, too_large},
    table::Base,
};
use crate::{Error, Result, cache::Object, large, limits, view::View};

/// Announced sizes are believed up to this before bytes have come.
const BELIEVED: u64 = 4 << 20;

/// Bytes before the first entry of a pack.
const HEADER: usize = 12;

/// The entry being read.
struct Current {
    entry: u32,
    size: u64,
    kind: Option<Kind>,
    kept: Kept,
}

/// What is kept of an entry that is being read.
enum Kept {
    /// All of it.
    Data(Vec<u8>),
    /// Its hash: a large blob is read again in the rare case that a delta stands on it.
    Hash(Box<ObjectHasher>),
    /// Nothing: a delta that memory has no room for is carried out from its rows.
    Nothing,
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
    fed: usize,
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
        Self { pack: PackReader::new(format, limits), current: None, fed: 0 }
    }

    /// Reads a piece of the pack.
    pub(super) fn feed(&mut self, ingest: &mut Ingest, view: &View<'_>, bytes: &[u8]) -> Result<()> {
        self.fed += bytes.len();
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

    /// What of the header is still to come: behind it the pack has said how many objects it has.
    pub(super) fn of_header(&self) -> usize {
        HEADER.saturating_sub(self.fed)
    }

    /// How many objects a pack has that begins like this.
    pub(super) fn announced(&self, bytes: &[u8]) -> Option<u32> {
        let count = bytes.get(HEADER - 4..HEADER).filter(|_| self.fed == 0)?;
        count.try_into().ok().map(u32::from_be_bytes)
    }

    /// How many objects the pack says it has; 0 before it has.
    pub(super) fn objects(&self) -> u32 {
        self.pack.objects()
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
        self.ingest.links.allow(objects as usize + self.ingest.shared.budget().links);
        Ok(())
    }

    fn begin(&mut self, offset: u64, header: &EntryHeader) -> gitflare_git::Result<()> {
        let result = self.ingest.begin(offset, header);
        *self.current = Some(self.kept(result)?);
        Ok(())
    }

    fn data(&mut self, inflated: &[u8]) -> gitflare_git::Result<()> {
        let Some(current) = self.current else { return Ok(()) };
        match &mut current.kept {
            Kept::Hash(hasher) => hasher.update(inflated),
            Kept::Data(data) if current.kind.is_some() || !data.is_empty() => {
                data.extend_from_slice(inflated);
            }
            Kept::Data(data) => {
                let result = self.ingest.begin_delta(current.entry, current.size, inflated);
                match result {
                    Ok(true) => data.extend_from_slice(inflated),
                    Ok(false) => current.kept = Kept::Nothing,
                    Err(error) => return self.kept(Err(error)),
                }
            }
            Kept::Nothing => {}
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
        let kept = match kind {
            Some(Kind::Blob) if header.size > limits::KEEP => {
                Kept::Hash(Box::new(ObjectHasher::new(self.format, Kind::Blob, header.size)))
            }
            _ => Kept::Data(Vec::with_capacity(header.size.min(BELIEVED) as usize)),
        };
        Ok(Current { entry, size: header.size, kind, kept })
    }

    /// Looks at the first bytes of a delta, before the rest of it is kept; whether memory has room for it.
    fn begin_delta(&mut self, entry: u32, size: u64, first: &[u8]) -> Result<bool> {
        let offset = self.table.offset(entry);
        let sizes = gitflare_git::delta::sizes(first);
        let (base, result, _) = sizes.map_err(|error| bad(&error.to_string(), offset))?;
        if result > limits::OBJECT {
            return Err(too_large(result, offset));
        }
        let fits = large::fits(base, result, size);
        if !fits {
            self.heavy.arrived(entry);
        }
        Ok(fits)
    }

    fn end(&mut self, view: &View<'_>, current: Current) -> Result<()> {
        let Current { entry, size, kind, kept } = current;
        match (kind, kept) {
            (Some(kind), Kept::Hash(hasher)) => {
                let oid = hasher.finish()?;
                self.expand(size)?;
                self.table.resolve(entry, &oid, kind, size, 0)?;
                self.check_large(&oid)
            }
            (Some(kind), Kept::Data(data)) => self.arrive(entry, Object { kind, data }, 0),
            (None, Kept::Data(delta)) => self.arrive_delta(view, entry, &delta),
            (None, Kept::Nothing) => {
                self.waiting.push(entry);
                Ok(())
            }
            (_, Kept::Hash(_) | Kept::Nothing) => Ok(()),
        }
    }
}
