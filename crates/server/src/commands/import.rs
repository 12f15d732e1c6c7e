//! `repo import`: a local git repository, read without running git, pushed through the same checks as any push.
//!
//! It is read in the process that was started for it, with the rights and the memory of whoever did; the owner of the
//! data folder takes an ordinary push.

mod folder;
mod pack;
mod walk;

use std::{io::Read, path::Path};

use gitflare_git::{ObjectFormat, Oid, pktline, refname};

use crate::{
    cli::{Command, TakeImport},
    error::{Failure, Result},
    io::Io,
    place::Place,
};
use folder::{Folder, Head};
use pack::PackStream;

/// Commands of one push: their list is limited to 3 MiB.
const REFS_PER_PUSH: usize = 10_000;
/// Bytes made at once.
const PIECE: usize = 256 << 10;

/// Imports the repository at `path` as `name`, which is created unless it is there and empty.
pub(crate) fn run(place: &Place, path: &Path, name: &str, io: &mut dyn Io) -> Result<()> {
    let folder = Folder::open(path)?;
    let refs = folder.refs()?;
    let objects = folder.objects()?;
    let reachable = walk::reachable(&objects, refs.iter().map(|found| found.oid), io)?;
    let count = reachable.len();
    let head = match folder.head()? {
        Head::Branch(name) => Some(refname::encode(&name)),
        Head::Detached => None,
    };
    let mut pack = Some(PackStream::new(&objects, reachable)?);
    let is_empty = refs.is_empty();
    let mut command = TakeImport { repository: name.to_owned(), head, goes_on: false, is_empty };
    let empty: &[folder::Ref] = &[];
    // An import of nothing still makes the repository.
    let pushes: Vec<&[folder::Ref]> =
        if is_empty { vec![empty] } else { refs.chunks(REFS_PER_PUSH).collect() };
    for refs in pushes {
        // All objects come with the first refs; the others find them there.
        let mut push = Push::new(refs, pack.take(), io);
        if place.feed(Command::TakeImport(command.clone()), &mut push)? != 0 {
            return Err(push.refusal());
        }
        push.report()?;
        command = TakeImport { head: None, goes_on: true, ..command };
    }
    io.note(&format!("{name}: {} refs, {count} objects", refs.len()))?;
    Ok(())
}

/// One push: what is sent is made when it is asked for.
struct Push<'a, 'b> {
    ready: std::io::Cursor<Vec<u8>>,
    pack: Option<PackStream<'a>>,
    report: Vec<u8>,
    /// What the owner of the folder said beside the report.
    notes: Vec<String>,
    io: &'b mut dyn Io,
}

impl<'a, 'b> Push<'a, 'b> {
    fn new(refs: &[folder::Ref], pack: Option<PackStream<'a>>, io: &'b mut dyn Io) -> Self {
        let mut commands = Vec::new();
        let zero = Oid::zero(ObjectFormat::Sha1);
        for (index, found) in refs.iter().enumerate() {
            let mut line = format!("{zero} {} ", found.oid).into_bytes();
            line.extend_from_slice(&found.name);
            if index == 0 {
                line.extend_from_slice(b"\0report-status atomic object-format=sha1 agent=gitflare-import");
            }
            pktline::write(&mut commands, &line);
        }
        pktline::flush(&mut commands);
        if pack.is_none() {
            // A push that only names known objects carries a pack of nothing.
            commands.extend_from_slice(&pack::empty());
        }
        let ready = std::io::Cursor::new(commands);
        Self { ready, pack, report: Vec::new(), notes: Vec::new(), io }
    }

    /// Why the owner of the folder would not take it.
    fn refusal(&self) -> Failure {
        let last = self.notes.last().map(|line| line.strip_prefix("error: ").unwrap_or(line));
        Failure::new(last.unwrap_or("the import was refused"))
    }

    /// What the repository said to it.
    fn report(&self) -> Result<()> {
        let mut rest = self.report.as_slice();
        let mut refused = Vec::new();
        let mut unpacked = false;
        while let Some((packet, used)) = pktline::parse(rest)? {
            rest = rest.get(used..).unwrap_or_default();
            let pktline::Packet::Data(line) = packet else { continue };
            let line = String::from_utf8_lossy(pktline::chomp(line)).into_owned();
            match line.split_once(' ') {
                Some(("unpack", "ok")) => unpacked = true,
                Some(("unpack" | "ERR", reason)) => return Err(Failure::new(reason)),
                Some(("ng", reason)) => refused.push(reason.to_owned()),
                _ => {}
            }
        }
        match refused.first() {
            Some(first) if refused.len() > 1 => {
                Err(Failure::new(format_args!("{first} (and {} more)", refused.len() - 1)))
            }
            Some(first) => Err(Failure::new(first)),
            None if !unpacked && !self.report.is_empty() => {
                Err(Failure::new("the repository gave no report"))
            }
            None => Ok(()),
        }
    }
}

impl Io for Push<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(pack) = &mut self.pack else { return Ok(0) };
            let piece = pack.next(PIECE).map_err(std::io::Error::other)?;
            let (done, total) = pack.progress();
            self.io.progress("importing", done, total)?;
            match piece {
                Some(piece) => self.ready = std::io::Cursor::new(piece),
                None => self.pack = None,
            }
        }
    }

    fn out(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.report.extend_from_slice(bytes);
        Ok(())
    }

    fn note(&mut self, line: &str) -> std::io::Result<()> {
        self.notes.push(line.to_owned());
        if line.starts_with("error: ") { Ok(()) } else { self.io.note(line) }
    }

    fn progress(&mut self, what: &str, done: u64, total: u64) -> std::io::Result<()> {
        self.io.progress(what, done, total)
    }
}
