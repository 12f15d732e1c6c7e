//! The client's side of a fetch of everything, spoken with the repository in this process.

use std::io::Write;

use gitflare_git::{
    ObjectFormat, Oid,
    advertise::AdvertisedRef,
    pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink},
    pktline::{self, Packet},
};
use gitflare_port::Service;

use super::resolve::{Entry, Made};
use crate::{
    app::App,
    error::{Failure, Result},
    io::Io,
    local::{self, Peer},
};

const FORMAT: ObjectFormat = ObjectFormat::Sha1;

/// The refs of a repository, by name, and the ref HEAD names.
pub(super) struct Listing {
    pub(super) refs: Vec<AdvertisedRef>,
    pub(super) head: Vec<u8>,
}

/// Asks for the refs.
pub(super) fn list(app: &App, id: i64) -> Result<Listing> {
    let mut request = Vec::new();
    pktline::text(&mut request, "command=ls-refs");
    pktline::delim(&mut request);
    for argument in ["peel", "symrefs", "unborn"] {
        pktline::text(&mut request, argument);
    }
    pktline::flush(&mut request);
    let mut refs = Refs { request: Some(request), answer: Vec::new() };
    local::converse(app, id, local::request(Service::UploadPack, 2), &mut refs)?;
    refs.listing()
}

struct Refs {
    request: Option<Vec<u8>>,
    answer: Vec<u8>,
}

impl Refs {
    fn listing(&self) -> Result<Listing> {
        let mut listing = Listing { refs: Vec::new(), head: b"refs/heads/main".to_vec() };
        let mut rest = self.answer.as_slice();
        while let Some((packet, used)) = pktline::parse(rest)? {
            rest = rest.get(used..).unwrap_or_default();
            if let Packet::Data(line) = packet {
                read_ref(pktline::chomp(line), &mut listing)?;
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

impl Peer for Refs {
    fn input(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.request.take())
    }

    fn output(&mut self, bytes: &[u8]) -> Result<()> {
        self.answer.extend_from_slice(bytes);
        Ok(())
    }
}

/// What came: the entries in order, those stored whole with their ids.
pub(super) struct Fetched {
    pub(super) entries: Vec<Entry>,
    pub(super) trailer: Oid,
}

/// Fetches everything the refs name into `file`.
pub(super) fn pack(
    app: &App,
    id: i64,
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
        request: Some(request),
        answer: Vec::new(),
        in_pack: false,
        reader: PackReader::new(FORMAT, limits),
        sink: Sink { entries: Vec::new(), hasher: None },
        file,
        io,
    };
    local::converse(app, id, local::request(Service::UploadPack, 2), &mut receive)?;
    if !receive.in_pack {
        return Err(Failure::new("the repository sent no pack"));
    }
    let trailer = receive.reader.finish()?;
    receive.file.flush()?;
    Ok(Fetched { entries: receive.sink.entries, trailer })
}

struct Receive<'a> {
    request: Option<Vec<u8>>,
    /// What came of a packet that is not complete yet.
    answer: Vec<u8>,
    in_pack: bool,
    reader: PackReader,
    sink: Sink,
    file: &'a mut dyn Write,
    io: &'a mut dyn Io,
}

impl Receive<'_> {
    fn packet(&mut self, line: &[u8]) -> Result<()> {
        if !self.in_pack {
            let line = pktline::chomp(line);
            self.in_pack = line == b"packfile";
            return match line.strip_prefix(b"ERR ") {
                Some(reason) => Err(Failure::new(String::from_utf8_lossy(reason))),
                None => Ok(()),
            };
        }
        match line.split_first() {
            Some((1, bytes)) => {
                self.reader.feed(bytes, &mut self.sink)?;
                self.file.write_all(bytes)?;
                let (done, total) = (self.sink.entries.len() as u64, u64::from(self.reader.objects()));
                Ok(self.io.progress("exporting", done, total)?)
            }
            Some((3, reason)) => Err(Failure::new(String::from_utf8_lossy(reason))),
            _ => Ok(()),
        }
    }
}

impl Peer for Receive<'_> {
    fn input(&mut self) -> Result<Option<Vec<u8>>> {
        Ok(self.request.take())
    }

    fn output(&mut self, bytes: &[u8]) -> Result<()> {
        let mut answer = std::mem::take(&mut self.answer);
        answer.extend_from_slice(bytes);
        let mut at = 0;
        while let Some((packet, used)) = pktline::parse(answer.get(at..).unwrap_or_default())? {
            if let Packet::Data(line) = packet {
                self.packet(line)?;
            }
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
