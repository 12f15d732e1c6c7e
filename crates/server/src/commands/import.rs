//! `repo import`: a local git repository, read without running git, pushed through the same checks as any push.

mod folder;
mod pack;
mod walk;

use std::path::Path;

use gitflare_forge::names::FullName;
use gitflare_git::{ObjectFormat, Oid, pktline, refname};
use gitflare_port::{Command, Reply, Service};

use super::repositories;
use crate::{
    app::App,
    error::{Failure, Result},
    io::Io,
    local::{self, Peer},
};
use folder::{Folder, Head};
use pack::PackStream;

/// Commands of one push: their list is limited to 3 MiB.
const REFS_PER_PUSH: usize = 10_000;
/// Bytes handed over at once.
const PIECE: usize = 256 << 10;

/// Imports the repository at `path` as `name`, which is created unless it is there and empty.
pub(super) fn run(app: &App, path: &Path, name: &str, io: &mut dyn Io) -> Result<()> {
    let name = FullName::parse(name)?;
    let folder = Folder::open(path)?;
    let refs = folder.refs()?;
    let objects = folder.objects()?;
    let reachable = walk::reachable(&objects, refs.iter().map(|found| found.oid), io)?;
    let created = repositories::create_for_import(app, &name)?;
    let outcome = push(app, created.id, &folder, &refs, PackStream::new(&objects, &reachable)?, io);
    match outcome {
        Ok(()) => {
            io.note(&format!("{name}: {} refs, {} objects", refs.len(), reachable.len()))?;
            Ok(())
        }
        Err(failure) => {
            if created.is_new {
                repositories::discard(app, &name)?;
            }
            Err(failure)
        }
    }
}

fn push(
    app: &App,
    id: i64,
    folder: &Folder,
    refs: &[folder::Ref],
    pack: PackStream<'_>,
    io: &mut dyn Io,
) -> Result<()> {
    if let Head::Branch(name) = folder.head()? {
        let name = refname::encode(&name);
        match app.host.ask(id, Command::SetHead { caller: local::administrator(), name }) {
            Ok(_) => {}
            Err(error) => io.note(&format!("HEAD is not taken over: {}", error.message))?,
        }
    }
    let mut pack = Some(pack);
    for refs in refs.chunks(REFS_PER_PUSH) {
        // All objects come with the first refs; the others find them there.
        let mut push = Push::new(refs, pack.take(), io);
        local::converse(app, id, local::request(Service::ReceivePack, 0), &mut push)?;
        push.report()?;
    }
    match app.host.ask(id, Command::Stat) {
        Ok(Reply::Stat(stat)) if !stat.born && stat.refs > 0 => {
            io.note("HEAD names no branch of it; choose one with `gitflare repo set --default-branch`")?;
        }
        _ => {}
    }
    Ok(())
}

/// One push, as the conversation asks for it.
struct Push<'a, 'b> {
    commands: Option<Vec<u8>>,
    pack: Body<'a>,
    report: Vec<u8>,
    io: &'b mut dyn Io,
}

enum Body<'a> {
    Stream(Box<PackStream<'a>>),
    /// A pack of nothing, which a push that only names known objects carries.
    Empty,
    Ended,
}

impl<'a, 'b> Push<'a, 'b> {
    fn new(refs: &[folder::Ref], pack: Option<PackStream<'a>>, io: &'b mut dyn Io) -> Self {
        let mut commands = Vec::new();
        let zero = Oid::zero(ObjectFormat::Sha1);
        for (index, found) in refs.iter().enumerate() {
            let mut line = format!("{zero} {} ", found.oid).into_bytes();
            line.extend_from_slice(&found.name);
            if index == 0 {
                line.extend_from_slice(b"\0report-status object-format=sha1 agent=gitflare-import");
            }
            pktline::write(&mut commands, &line);
        }
        pktline::flush(&mut commands);
        let pack = pack.map_or(Body::Empty, |stream| Body::Stream(Box::new(stream)));
        Self { commands: Some(commands), pack, report: Vec::new(), io }
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

impl Peer for Push<'_, '_> {
    fn input(&mut self) -> Result<Option<Vec<u8>>> {
        if let Some(commands) = self.commands.take() {
            return Ok(Some(commands));
        }
        match &mut self.pack {
            Body::Stream(stream) => {
                let piece = stream.next(PIECE)?;
                let (done, total) = stream.progress();
                self.io.progress("importing", done, total)?;
                Ok(piece)
            }
            Body::Empty => {
                self.pack = Body::Ended;
                Ok(Some(pack::empty()))
            }
            Body::Ended => Ok(None),
        }
    }

    fn output(&mut self, bytes: &[u8]) -> Result<()> {
        self.report.extend_from_slice(bytes);
        Ok(())
    }
}
