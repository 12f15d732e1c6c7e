//! A pack as it arrives: entries are parsed, inflated once and handed on, with constant memory.

use std::ops::Range;

use super::{EntryHeader, EntryKind, MAX_HEADER};
use crate::error::bad;
use crate::hash::Checksum;
use crate::zlib::Inflater;
use crate::{Error, ObjectFormat, Oid, Result};

/// What a pack may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the pack, header and trailer included.
    pub max_bytes: u64,
    /// Entries.
    pub max_objects: u32,
    /// Inflated bytes of one entry: of an object stored whole, or of a delta itself.
    pub max_object: u64,
    /// Inflated bytes of all entries, per packed byte.
    pub max_ratio: u64,
    /// What is added to that, so that small packs may expand well.
    pub ratio_slack: u64,
}

/// What learns of the entries of a pack. Offsets are in the body of the pack: the first entry is at 0.
pub trait PackSink {
    /// The header was read: this many entries follow.
    fn header(&mut self, objects: u32) -> Result<()>;
    /// An entry starts.
    fn begin(&mut self, offset: u64, header: &EntryHeader) -> Result<()>;
    /// The next inflated bytes of the entry: 64 KiB, the last time fewer. Not called for an empty one.
    fn data(&mut self, inflated: &[u8]) -> Result<()>;
    /// The entry is complete and has the size its header declares; the next one starts here.
    fn end(&mut self, end_offset: u64) -> Result<()>;
}

/// Bytes before the body: offsets in messages count them, as git's do.
const HEADER: usize = 12;

/// The most [`PackSink::data`] is given at once.
const WINDOW: usize = 64 * 1024;

/// Reads a pack from pieces of any length. How it is cut makes no difference to what the sink sees.
pub struct PackReader {
    format: ObjectFormat,
    limits: Limits,
    state: State,
    /// Bytes of a header or the trailer whose rest is in a later piece.
    held: Held,
    objects: u32,
    /// Entries whose end was not seen yet.
    left: u32,
    /// Bytes of the pack seen.
    seen: u64,
    /// Position in the body.
    offset: u64,
    /// Inflated bytes of all complete entries.
    expanded: u64,
    inflater: Inflater,
    /// Inflated bytes the sink was not given yet.
    window: Vec<u8>,
    filled: usize,
    checksum: Checksum,
    failed: Option<Error>,
}

#[derive(Clone, Copy)]
enum State {
    Header,
    /// Between two entries, or within an entry header.
    Entry,
    /// Within the deflated bytes of the entry at `start`, of which `left` bytes are still to come out.
    Data {
        start: u64,
        size: u64,
        left: u64,
    },
    Trailer,
}

/// A few bytes carried from one piece to the next.
struct Held {
    bytes: [u8; MAX_HEADER],
    len: usize,
}

impl Held {
    /// Takes bytes until there are `wanted` (at most [`MAX_HEADER`]); returns how many it took.
    fn take(&mut self, input: &[u8], wanted: usize) -> usize {
        let room = self.bytes.get_mut(self.len..wanted).unwrap_or_default();
        let taken = room.iter_mut().zip(input).map(|(place, byte)| *place = *byte).count();
        self.len += taken;
        taken
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl PackReader {
    /// Expects the first byte of a pack.
    pub fn new(format: ObjectFormat, limits: Limits) -> Self {
        Self {
            format,
            limits,
            state: State::Header,
            held: Held { bytes: [0; MAX_HEADER], len: 0 },
            objects: 0,
            left: 0,
            seen: 0,
            offset: 0,
            expanded: 0,
            inflater: Inflater::new(),
            window: vec![0; WINDOW],
            filled: 0,
            checksum: Checksum::new(format),
            failed: None,
        }
    }

    /// Reads the next piece. Returns which of its bytes belong to the body, so that the caller stores
    /// exactly that: no header, no trailer. After an error every call fails with it.
    pub fn feed(&mut self, input: &[u8], sink: &mut dyn PackSink) -> Result<Range<usize>> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.read(input, sink);
        self.failed = result.as_ref().err().cloned();
        result
    }

    /// Call at the end of the stream: all entries came, the trailer is the checksum of what is before it, and
    /// nothing is behind it. Returns the trailer.
    pub fn finish(&mut self) -> Result<Oid> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if !self.is_complete() {
            return Err(self.truncated());
        }
        let trailer = Oid::from_bytes(self.held.bytes());
        match trailer.filter(|trailer| *trailer == self.checksum.clone().finish()) {
            Some(trailer) => Ok(trailer),
            None => Err(bad("bad pack: checksum mismatch")),
        }
    }

    /// Whether the last byte of the trailer was read.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Trailer) && self.held.len == self.format.len()
    }

    /// How many entries the header declares; 0 before it was read.
    pub fn objects(&self) -> u32 {
        self.objects
    }

    fn truncated(&self) -> Error {
        match self.state {
            State::Header => bad("bad pack: truncated in its header"),
            State::Trailer => bad("bad pack: truncated in its trailer"),
            State::Entry | State::Data { .. } => bad(format!(
                "bad pack: truncated after {} of {} objects",
                self.objects - self.left,
                self.objects
            )),
        }
    }

    fn read(&mut self, input: &[u8], sink: &mut dyn PackSink) -> Result<Range<usize>> {
        let room = usize::try_from(self.limits.max_bytes - self.seen).unwrap_or(usize::MAX);
        let (input, beyond) = input.split_at_checked(room).unwrap_or((input, &[]));
        self.seen += input.len() as u64;
        let start = self.read_header(input, sink)?;
        let mut end = start;
        while let Some(rest) = input.get(end..).filter(|rest| !rest.is_empty()) {
            end += match self.state {
                State::Header | State::Trailer => break,
                State::Entry => self.read_entry(rest, sink)?,
                State::Data { .. } => self.read_data(rest, sink)?,
            };
        }
        let (packed, rest) = input.split_at(end);
        self.checksum.update(packed);
        if self.held.take_trailer(rest, self.state, self.format) < rest.len() {
            return Err(bad("bad pack: bytes after its trailer"));
        }
        if beyond.is_empty() { Ok(start..end) } else { Err(self.too_long()) }
    }

    fn too_long(&self) -> Error {
        let limit = self.limits.max_bytes.div_ceil(1 << 20);
        Error::TooLarge(format!("pack exceeds maximum allowed size ({limit} MiB)"))
    }

    /// Reads what is missing of the first 12 bytes; returns how many of them it found.
    fn read_header(&mut self, input: &[u8], sink: &mut dyn PackSink) -> Result<usize> {
        if !matches!(self.state, State::Header) {
            return Ok(0);
        }
        let taken = self.held.take(input, HEADER);
        if let &[b'P', b'A', b'C', b'K', v0, v1, v2, v3, n0, n1, n2, n3] = self.held.bytes() {
            let version = u32::from_be_bytes([v0, v1, v2, v3]);
            if version != 2 && version != 3 {
                return Err(bad(format!("bad pack: version {version} unsupported")));
            }
            self.objects = u32::from_be_bytes([n0, n1, n2, n3]);
            if self.objects > self.limits.max_objects {
                let limit = self.limits.max_objects;
                return Err(Error::TooLarge(format!("pack has {} objects; limit {limit}", self.objects)));
            }
            self.left = self.objects;
            self.held.len = 0;
            self.state = if self.left == 0 { State::Trailer } else { State::Entry };
            sink.header(self.objects)?;
        } else if self.held.len == HEADER {
            return Err(bad("bad pack: signature mismatch"));
        }
        Ok(taken)
    }

    /// Reads an entry header, or the part of it that is there; returns how many bytes that is.
    fn read_entry(&mut self, input: &[u8], sink: &mut dyn PackSink) -> Result<usize> {
        let before = self.held.len;
        let start = self.offset - before as u64;
        let found = if before == 0 {
            EntryHeader::parse(input, self.format)
        } else {
            self.held.take(input, MAX_HEADER);
            EntryHeader::parse(self.held.bytes(), self.format)
        };
        let found =
            found.map_err(|error| bad(format!("bad pack: {error} at offset {}", start + HEADER as u64)))?;
        let Some((header, length)) = found else {
            self.held.take(if before == 0 { input } else { &[] }, MAX_HEADER);
            self.offset += input.len() as u64;
            return Ok(input.len());
        };
        self.held.len = 0;
        self.offset = start + length as u64;
        self.check(start, &header)?;
        self.inflater.reset();
        self.filled = 0;
        self.state = State::Data { start, size: header.size, left: header.size };
        sink.begin(start, &header)?;
        Ok(length - before)
    }

    fn check(&self, start: u64, header: &EntryHeader) -> Result<()> {
        let at = start + HEADER as u64;
        if header.size > self.limits.max_object {
            let limit = self.limits.max_object / 1_000_000;
            let size = header.size.div_ceil(1_000_000);
            return Err(Error::TooLarge(format!(
                "bad pack: object at offset {at} is {size} MB; limit {limit} MB. Use Git LFS"
            )));
        }
        match header.kind {
            EntryKind::Ofs(distance) if distance == 0 || distance > start => {
                Err(bad(format!("bad pack: delta base offset is out of bound at offset {at}")))
            }
            _ => Ok(()),
        }
    }

    /// Inflates; returns how many bytes of the input that took.
    fn read_data(&mut self, input: &[u8], sink: &mut dyn PackSink) -> Result<usize> {
        let State::Data { start, size, left } = self.state else { return Ok(0) };
        // All of the window is offered, also for small objects: with room to spare zlib need not check
        // each byte, and what comes out beyond the declared size shows that it is wrong.
        let room = self.window.get_mut(self.filled..).unwrap_or_default();
        let step = self.inflater.inflate(input, room).map_err(|_| broken(start))?;
        self.offset += step.consumed as u64;
        self.filled += step.produced;
        let left = left.checked_sub(step.produced as u64).ok_or_else(|| wrong_size(start))?;
        if self.filled == WINDOW || (step.done && left == 0 && self.filled > 0) {
            sink.data(self.window.get(..self.filled).unwrap_or_default())?;
            self.filled = 0;
        }
        self.state = State::Data { start, size, left };
        if step.done {
            self.end_entry(sink)?;
        } else if step.consumed == 0 && step.produced == 0 {
            return Err(broken(start));
        }
        Ok(step.consumed)
    }

    fn end_entry(&mut self, sink: &mut dyn PackSink) -> Result<()> {
        let State::Data { start, size, left } = self.state else { return Ok(()) };
        if left > 0 {
            return Err(wrong_size(start));
        }
        self.expanded = self.expanded.saturating_add(size);
        let packed = self.offset + HEADER as u64;
        let limit = packed.saturating_mul(self.limits.max_ratio).saturating_add(self.limits.ratio_slack);
        if self.expanded > limit {
            return Err(Error::TooLarge(format!(
                "bad pack: expands to more than {} GiB",
                limit.div_ceil(1 << 30)
            )));
        }
        self.left -= 1;
        self.state = if self.left == 0 { State::Trailer } else { State::Entry };
        sink.end(self.offset)
    }
}

impl Held {
    /// Takes what is missing of the trailer, once all entries were read.
    fn take_trailer(&mut self, input: &[u8], state: State, format: ObjectFormat) -> usize {
        if matches!(state, State::Trailer) { self.take(input, format.len()) } else { 0 }
    }
}

fn wrong_size(start: u64) -> Error {
    bad(format!("bad pack: object at offset {} has wrong size", start + HEADER as u64))
}

fn broken(start: u64) -> Error {
    bad(format!("bad pack: inflate: data stream error at offset {}", start + HEADER as u64))
}
