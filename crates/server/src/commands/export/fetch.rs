//! The client's side of a fetch of everything, in version 2 of the protocol.

use std::io::{self, Read, Write};

use super::resolve::{Entry, Made};
use crate::{
    cli::{Command, Stdio},
    error::{Failure, Result},
    io::Io,
    place::Place,
};
use gitflare_git::{
    ObjectFormat, Oid,
    advertise::AdvertisedRef,
    pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink},
    pktline::{self, Packet},
};

const FORMAT: ObjectFormat = ObjectFormat::Sha1;

/// The refs of a repository, by name, and the ref HEAD names.
pub(super) struct Listing {
    pub(super) refs: Vec<AdvertisedRef>,
    pub(super) head: Vec<u8>,
}

/// Asks for the refs.
pub(super) fn list(place: &Place, name: &str, io: &mut dyn Io) -> Result<Listing> {
    let mut request = Vec::new();
    pktline::text(&mut request, "command=ls-refs");
    pktline::delim(&mut request);
    for argument in ["peel", "symrefs", "unborn"] {
        pktline::text(&mut request, argument);
    }
    pktline::flush(&mut request);
    let mut refs = Refs { answer: Vec::new() };
    converse(place, name, request, &mut refs, io)?;
    refs.listing()
}

struct Refs {
    answer: Vec<u8>,
}

impl Refs {
    fn listing(&self) -> Result<Listing> {
        let mut listing = Listing { refs: Vec::new(), head: b"refs/heads/main".to_vec() };
        let mut rest = self.answer.as_slice();
        let mut greeted = false;
        while let Some((packet, used)) = pktline::parse(rest)? {
            rest = rest.get(used..).unwrap_or_default();
            match packet {
                Packet::Data(line) if greeted => read_ref(pktline::chomp(line), &mut listing)?,
                Packet::Flush => greeted = true,
                _ => {}
            }
        }
        listing.refs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listing)
    }
}

/// `oid name attributes…`, or `unborn HEAD attributes…`.
fn read_ref(line: &[u8], listing: &mut Listing) -> Result<()> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(oid), Some(name)) = (words.next(), words.next()) else {
        return Err(Failure::new("a line of the list of refs cannot be read"));
    };
    let mut peeled = None;
    for attribute in words {
        if let Some(hex) = attribute.strip_prefix(b"peeled:") {
            peeled = Oid::from_hex(hex);
        } else if name == b"HEAD"
            && let Some(target) = attribute.strip_prefix(b"symref-target:")
        {
            listing.head = target.to_owned();
        }
    }
    match Oid::from_hex(oid) {
        Some(oid) if name != b"HEAD" => {
            listing.refs.push(AdvertisedRef { name: name.to_owned(), oid, peeled });
        }
        Some(_) => {}
        None if oid == b"unborn" => {}
        None => return Err(Failure::new(String::from_utf8_lossy(line))),
    }
    Ok(())
}

impl Answer for Refs {
    fn bytes(&mut self, bytes: &[u8], _: &mut dyn Io) -> Result<()> {
        self.answer.extend_from_slice(bytes);
        Ok(())
    }
}

/// Takes what the server's side says.
trait Answer {
    fn bytes(&mut self, bytes: &[u8], io: &mut dyn Io) -> Result<()>;
}

/// One request in version 2 of the protocol, with the greeting that comes before its answer.
fn converse(
    place: &Place,
    name: &str,
    request: Vec<u8>,
    answer: &mut dyn Answer,
    io: &mut dyn Io,
) -> Result<()> {
    let protocol = "version=2".to_owned();
    let command = Command::UploadPack(Stdio { actor: None, repository: name.to_owned(), protocol });
    let mut ends = Ends { request: io::Cursor::new(request), answer, error: None, failure: None, io };
    let outcome = place.feed(command, &mut ends);
    if let Some(failure) = ends.failure {
        return Err(failure);
    }
    match outcome? {
        0 => Ok(()),
        _ => Err(Failure::new(ends.error.unwrap_or_else(|| "the export was refused".into()))),
    }
}

struct Ends<'a> {
    request: io::Cursor<Vec<u8>>,
    answer: &'a mut dyn Answer,
    error: Option<String>,
    /// What went wrong with the answer, in its own words.
    failure: Option<Failure>,
    io: &'a mut dyn Io,
}

impl Io for Ends<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.request.read(buffer)
    }

    fn out(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.answer.bytes(bytes, self.io).map_err(|failure| {
            self.failure = Some(failure);
            io::Error::other("the answer cannot be used")
        })
    }

    fn note(&mut self, line: &str) -> io::Result<()> {
        match line.strip_prefix("error: ") {
            Some(error) => self.error = Some(error.to_owned()),
            None => self.io.note(line)?,
        }
        Ok(())
    }

    fn progress(&mut self, what: &str, done: u64, total: u64) -> io::Result<()> {
        self.io.progress(what, done, total)
    }
}

/// What came: the entries in order, those stored whole with their ids.
pub(super) struct Fetched {
    pub(super) entries: Vec<Entry>,
    pub(super) trailer: Oid,
}

/// Fetches everything the refs name into `file`.
pub(super) fn pack(
    place: &Place,
    name: &str,
    listing: &Listing,
    file: &mut dyn Write,
    io: &mut dyn Io,
) -> Result<Fetched> {
    let mut request = Vec::new();
    pktline::text(&mut request, "command=fetch");
    pktline::delim(&mut request);
    pktline::text(&mut request, "ofs-delta");
    pktline::text(&mut request, "no-progress");
    let mut wants: Vec<Oid> = listing.refs.iter().map(|found| found.oid).collect();
    wants.sort_unstable();
    wants.dedup();
    for oid in wants {
        pktline::text(&mut request, &format!("want {oid}"));
    }
    pktline::text(&mut request, "done");
    pktline::flush(&mut request);
    let limits = Limits {
        max_bytes: u64::MAX,
        max_objects: u32::MAX,
        max_object: u64::MAX,
        max_ratio: u64::from(u32::MAX),
        ratio_slack: 1 << 40,
    };
    let mut receive = Receive {
        answer: Vec::new(),
        at: At::Greeting,
        reader: PackReader::new(FORMAT, limits),
        sink: Sink { entries: Vec::new(), hasher: None },
        file,
    };
    converse(place, name, request, &mut receive, io)?;
    if receive.at != At::Pack {
        return Err(Failure::new("the repository sent no pack"));
    }
    let trailer = receive.reader.finish()?;
    receive.file.flush()?;
    Ok(Fetched { entries: receive.sink.entries, trailer })
}

/// How far the answer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Greeting,
    Sections,
    Pack,
}

struct Receive<'a> {
    /// What came of a packet that is not complete yet.
    answer: Vec<u8>,
    at: At,
    reader: PackReader,
    sink: Sink,
    file: &'a mut dyn Write,
}

impl Receive<'_> {
    fn packet(&mut self, packet: Packet<'_>, io: &mut dyn Io) -> Result<()> {
        match (self.at, packet) {
            (At::Greeting, Packet::Flush) => self.at = At::Sections,
            (At::Sections, Packet::Data(line)) => {
                let line = pktline::chomp(line);
                if let Some(reason) = line.strip_prefix(b"ERR ") {
                    return Err(Failure::new(String::from_utf8_lossy(reason)));
                }
                if line == b"packfile" {
                    self.at = At::Pack;
                }
            }
            (At::Pack, Packet::Data(line)) => return self.band(line, io),
            _ => {}
        }
        Ok(())
    }

    fn band(&mut self, line: &[u8], io: &mut dyn Io) -> Result<()> {
        match line.split_first() {
            Some((1, bytes)) => {
                self.reader.feed(bytes, &mut self.sink)?;
                self.file.write_all(bytes)?;
                let (done, total) = (self.sink.entries.len() as u64, u64::from(self.reader.objects()));
                Ok(io.progress("exporting", done, total)?)
            }
            Some((3, reason)) => Err(Failure::new(String::from_utf8_lossy(reason))),
            _ => Ok(()),
        }
    }
}

impl Answer for Receive<'_> {
    fn bytes(&mut self, bytes: &[u8], io: &mut dyn Io) -> Result<()> {
        let mut answer = std::mem::take(&mut self.answer);
        answer.extend_from_slice(bytes);
        let mut at = 0;
        while let Some((packet, used)) = pktline::parse(answer.get(at..).unwrap_or_default())? {
            self.packet(packet, io)?;
            at += used;
        }
        answer.drain(..at);
        self.answer = answer;
        Ok(())
    }
}

/// Notes where entries lie, and hashes those that are stored whole.
struct Sink {
    entries: Vec<Entry>,
    hasher: Option<gitflare_git::hash::ObjectHasher>,
}

impl PackSink for Sink {
    fn header(&mut self, objects: u32) -> gitflare_git::Result<()> {
        self.entries.reserve(objects as usize);
        Ok(())
    }

    fn begin(&mut self, offset: u64, header: &EntryHeader) -> gitflare_git::Result<()> {
        if let EntryKind::Whole(kind) = header.kind {
            self.hasher = Some(gitflare_git::hash::ObjectHasher::new(FORMAT, kind, header.size));
        }
        self.entries.push(Entry { offset, end: offset, header: *header, checksum: 0, made: None });
        Ok(())
    }

    fn data(&mut self, inflated: &[u8]) -> gitflare_git::Result<()> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(inflated);
        }
        Ok(())
    }

    fn end(&mut self, end_offset: u64) -> gitflare_git::Result<()> {
        let oid = self.hasher.take().map(gitflare_git::hash::ObjectHasher::finish).transpose()?;
        if let Some(entry) = self.entries.last_mut() {
            entry.end = end_offset;
            if let (Some(oid), EntryKind::Whole(kind)) = (oid, entry.header.kind) {
                entry.made = Some(Made { oid, kind });
            }
        }
        Ok(())
    }
}
