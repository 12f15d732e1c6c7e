//! A push by hand: any commands, any pack, any cut of the body, and the answer taken apart.

use gitflare_git::{
    Oid,
    pktline::{self, Packet},
};
use gitflare_port::{Head, Service};
use gitflare_repo::{Pull, Repository, Session};

use super::{env, head, packs::Made};

/// What most clients say.
pub const USUAL: &str = "report-status side-band-64k ofs-delta agent=test";

/// A push that is put together.
#[derive(Clone)]
pub struct Push {
    pub commands: Vec<(String, String, String)>,
    pub shallow: Vec<Oid>,
    pub capabilities: String,
    pub options: Vec<String>,
    pub pack: Vec<u8>,
    pub head: Head,
    pub gzip: Option<Vec<u8>>,
    pub piece: usize,
}

/// The answer to a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Lines of the report: `unpack …`, then one for each ref.
    pub report: Vec<String>,
    /// What was said on band 2.
    pub told: String,
    /// All of it as it came.
    pub raw: Vec<u8>,
    pub moved: bool,
}

impl Answer {
    /// The only complaint of a push that was refused before any command counted.
    pub fn fatal(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

pub fn zero() -> String {
    "0".repeat(40)
}

impl Push {
    pub fn new(pack: Vec<u8>) -> Self {
        Self {
            commands: Vec::new(),
            shallow: Vec::new(),
            capabilities: USUAL.into(),
            options: Vec::new(),
            pack,
            head: head(Service::ReceivePack, 0, false),
            gzip: None,
            piece: 8_192,
        }
    }

    /// A push that creates `name`.
    pub fn create(name: &str, new: &Made, pack: Vec<u8>) -> Self {
        Self::new(pack).command(&zero(), &new.oid.to_hex(), name)
    }

    pub fn command(mut self, old: &str, new: &str, name: &str) -> Self {
        self.commands.push((old.into(), new.into(), name.into()));
        self
    }

    pub fn saying(mut self, capabilities: &str) -> Self {
        self.capabilities = capabilities.into();
        self
    }

    /// The body as it goes over the wire.
    pub fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for oid in &self.shallow {
            pktline::text(&mut body, &format!("shallow {oid}"));
        }
        for (n, (old, new, name)) in self.commands.iter().enumerate() {
            let capabilities = if n == 0 { format!("\0 {}", self.capabilities) } else { String::new() };
            pktline::write(&mut body, format!("{old} {new} {name}{capabilities}").as_bytes());
        }
        pktline::flush(&mut body);
        if self.capabilities.contains("push-options") {
            self.options.iter().for_each(|option| pktline::text(&mut body, option));
            pktline::flush(&mut body);
        }
        body.extend_from_slice(&self.pack);
        self.gzip.clone().unwrap_or(body)
    }

    pub fn session(&self, repository: &Repository) -> Session {
        repository.transfer(self.head.clone(), &env())
    }

    pub fn to(&self, repository: &Repository) -> Answer {
        let body = self.body();
        let mut session = self.session(repository);
        let raw = finish(&mut session, &mut body.chunks(self.piece));
        answer(raw, session.moved(), self.capabilities.contains("side-band-64k"))
    }
}

/// Feeds pieces until the session is done.
pub fn finish(session: &mut Session, pieces: &mut dyn Iterator<Item = &[u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..50_000_000_u64 {
        match session.pull(&env()) {
            Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
            Pull::Busy => {}
            Pull::Done => return out,
            Pull::NeedInput => match pieces.next() {
                Some(piece) => session.feed(piece),
                None => session.eof(),
            },
        }
    }
    panic!("the session never ends");
}

/// Takes an answer apart.
pub fn answer(raw: Vec<u8>, moved: bool, banded: bool) -> Answer {
    let (mut report, mut told) = (Vec::new(), Vec::new());
    if banded {
        for packet in packets(&raw) {
            match packet.split_first() {
                Some((1, data)) => report.extend_from_slice(data),
                Some((2, data)) => told.extend_from_slice(data),
                _ => {}
            }
        }
    } else {
        report.clone_from(&raw);
    }
    let lines = packets(&report);
    let lines = lines.iter().map(|line| String::from_utf8_lossy(line).trim_end().to_owned());
    Answer { report: lines.collect(), told: String::from_utf8_lossy(&told).into_owned(), raw, moved }
}

fn packets(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut rest, mut found) = (bytes, Vec::new());
    while let Ok(Some((packet, used))) = pktline::parse(rest) {
        if let Packet::Data(data) = packet {
            found.push(data.to_vec());
        }
        rest = &rest[used..];
    }
    found
}
