//! Version 2: commands, and the sections of their answers.

mod answer;

pub use answer::{write_acknowledgments, write_packfile, write_ref, write_shallow_info, write_wanted_refs};

use super::super::{Inbox, Next, hung_up, key_value, logged, shown, violation, whole_oid};
use super::{Depth, Filter, MAX_REQUEST, MAX_REQUEST_TEXT, filter_line, sort};
use crate::error::bad;
use crate::pktline::{self, Packet};
use crate::{ObjectFormat, Oid, Result};

/// With so many prefixes git lists all refs instead.
const TOO_MANY_PREFIXES: usize = 65_536;

/// One command with what came around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do.
    pub command: Command,
    /// How the client names itself.
    pub agent: Option<String>,
    /// How its log names this run.
    pub session_id: Option<String>,
    /// Options for the server, in order.
    pub server_options: Vec<Vec<u8>>,
}

/// The commands there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// List refs.
    LsRefs(LsRefs),
    /// Send objects.
    Fetch(Fetch),
}

/// How refs shall be listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LsRefs {
    /// Say what annotated tags lead to.
    pub peel: bool,
    /// Say what HEAD names.
    pub symrefs: bool,
    /// Mention HEAD even if it names nothing yet.
    pub unborn: bool,
    /// Only names that begin with one of these; all if there are none.
    pub prefixes: Vec<Vec<u8>>,
}

impl LsRefs {
    /// Whether a ref of this name, or HEAD, is listed.
    pub fn lists(&self, name: &[u8]) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| name.starts_with(prefix))
    }
}

/// What a client wants and has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetch {
    /// Ids it wants, sorted, each once.
    pub wants: Vec<Oid>,
    /// Full names of refs it wants, in order, each once.
    pub want_refs: Vec<Vec<u8>>,
    /// Ids it has, in the order of its request, each once.
    pub haves: Vec<Oid>,
    /// It has nothing more to say: send the pack.
    pub done: bool,
    /// Never say `ready` before it is done.
    pub wait_for_done: bool,
    /// Deltas may have bases that the client has.
    pub thin_pack: bool,
    /// Offset deltas are welcome.
    pub ofs_delta: bool,
    /// No progress, please.
    pub no_progress: bool,
    /// Annotated tags of sent objects, please.
    pub include_tag: bool,
    /// How much of history it has and wants.
    pub depth: Depth,
    /// What it does not want of it.
    pub filter: Option<Filter>,
}

/// What the answer to a [`Fetch`] begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchStep {
    /// Nothing was asked for: the answer is empty.
    Nothing,
    /// The haves are acknowledged; only if that ends with `ready`, the pack follows.
    Acknowledge,
    /// The pack, with the sections before it.
    Pack,
}

impl Fetch {
    /// How to begin.
    pub fn step(&self) -> FetchStep {
        if self.wants.is_empty() && self.want_refs.is_empty() && !self.wait_for_done {
            FetchStep::Nothing
        } else if !self.haves.is_empty() && !self.done {
            FetchStep::Acknowledge
        } else {
            FetchStep::Pack
        }
    }
}

/// What comes out of a [`Reader`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole request.
    Request(Box<Request>),
    /// Nothing more comes.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Keys,
    Arguments,
    Over,
}

/// Reads the commands of one connection.
#[derive(Debug)]
pub struct Reader {
    inbox: Inbox,
    format: ObjectFormat,
    state: State,
    draft: Draft,
}

/// A request that is not complete.
#[derive(Debug, Default)]
struct Draft {
    seen_key: bool,
    command: Option<Command>,
    object_format: Option<Vec<u8>>,
    agent: Option<String>,
    session_id: Option<String>,
    server_options: Vec<Vec<u8>>,
}

impl Reader {
    /// Reads requests for a repository of this format.
    pub fn new(format: ObjectFormat) -> Self {
        let inbox = Inbox::new(MAX_REQUEST, MAX_REQUEST_TEXT);
        Self { inbox, format, state: State::Keys, draft: Draft::default() }
    }

    /// Takes the next piece of input.
    pub fn feed(&mut self, input: &[u8]) {
        self.inbox.feed(input);
    }

    /// The end of input.
    pub fn eof(&mut self) {
        self.inbox.eof();
    }

    /// The next request; `None` if more input is needed. After an error or the end, only the end comes.
    pub fn event(&mut self) -> Result<Option<Event>> {
        let event = self.step();
        if matches!(event, Err(_) | Ok(Some(Event::End))) {
            self.state = State::Over;
        }
        event
    }

    fn step(&mut self) -> Result<Option<Event>> {
        loop {
            if self.state == State::Over {
                return Ok(Some(Event::End));
            }
            let packet = match self.inbox.next()? {
                Next::Need => return Ok(None),
                Next::End if self.draft.seen_key => return Err(hung_up()),
                Next::End => return Ok(Some(Event::End)),
                Next::Packet(packet) => packet,
            };
            match (packet, self.state) {
                (Packet::Data(payload), State::Keys) => self.draft.key(pktline::chomp(payload))?,
                (Packet::Data(payload), _) => self.draft.argument(pktline::chomp(payload), self.format)?,
                (Packet::Delim, State::Keys) => {
                    self.draft.check(self.format)?;
                    self.state = State::Arguments;
                }
                (Packet::Flush, State::Keys) if !self.draft.seen_key => return Ok(Some(Event::End)),
                (Packet::Flush, _) => {
                    self.draft.check(self.format)?;
                    self.state = State::Keys;
                    self.inbox.restart();
                    return std::mem::take(&mut self.draft)
                        .finish()
                        .map(|request| Some(Event::Request(Box::new(request))));
                }
                (Packet::Delim | Packet::ResponseEnd, _) => {
                    return Err(violation("expected flush after arguments"));
                }
            }
        }
    }
}

impl Draft {
    /// Reads a line before the arguments.
    fn key(&mut self, line: &[u8]) -> Result<()> {
        self.seen_key = true;
        let unknown = || violation(format!("unknown capability '{}'", shown(line)));
        let (key, value) = key_value(line);
        match (key, value) {
            (b"command", Some(name)) => return self.command(name),
            (b"agent", value) => self.agent = logged(value.unwrap_or_default()),
            (b"session-id", value) => self.session_id = logged(value.unwrap_or_default()),
            (b"server-option", value) => self.server_options.push(value.unwrap_or_default().to_vec()),
            (b"object-format", Some(name)) => self.object_format = Some(name.to_vec()),
            (b"object-format", None) => {
                return Err(violation("object-format capability requires an argument"));
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    fn command(&mut self, name: &[u8]) -> Result<()> {
        if self.command.is_some() {
            let text = "requested after already requesting another command";
            return Err(violation(format!("command '{}' {text}", shown(name))));
        }
        self.command = Some(match name {
            b"ls-refs" => Command::LsRefs(LsRefs::default()),
            b"fetch" => Command::Fetch(Fetch::default()),
            _ => return Err(violation(format!("invalid command '{}'", shown(name)))),
        });
        Ok(())
    }

    /// Checks what must be known before arguments can be read.
    fn check(&self, format: ObjectFormat) -> Result<()> {
        if self.command.is_none() {
            return Err(violation("no command requested"));
        }
        let client = self.object_format.as_deref().unwrap_or(b"sha1");
        if client != format.name().as_bytes() {
            let (server, client) = (format.name(), shown(client));
            return Err(bad(format!("mismatched object format: server {server}; client {client}")));
        }
        Ok(())
    }

    /// Reads a line behind the delimiter.
    fn argument(&mut self, line: &[u8], format: ObjectFormat) -> Result<()> {
        let known = match &mut self.command {
            Some(Command::LsRefs(list)) => list.argument(line),
            Some(Command::Fetch(fetch)) => fetch.argument(line, format)?,
            None => false,
        };
        if known { Ok(()) } else { Err(violation(format!("unexpected line: '{}'", shown(line)))) }
    }

    fn finish(self) -> Result<Request> {
        let mut command = self.command.ok_or_else(|| violation("no command requested"))?;
        match &mut command {
            Command::LsRefs(list) if list.prefixes.len() >= TOO_MANY_PREFIXES => list.prefixes.clear(),
            Command::LsRefs(_) => {}
            Command::Fetch(fetch) => {
                sort(&mut fetch.wants);
                unique(&mut fetch.haves);
                fetch.depth.finish()?;
                check_want_refs(&fetch.want_refs)?;
            }
        }
        let Self { agent, session_id, server_options, .. } = self;
        Ok(Request { command, agent, session_id, server_options })
    }
}

impl LsRefs {
    fn argument(&mut self, line: &[u8]) -> bool {
        match line {
            b"peel" => self.peel = true,
            b"symrefs" => self.symrefs = true,
            b"unborn" => self.unborn = true,
            _ => match line.strip_prefix(b"ref-prefix ") {
                Some(prefix) if self.prefixes.len() < TOO_MANY_PREFIXES => {
                    self.prefixes.push(prefix.to_vec());
                }
                Some(_) => {}
                None => return false,
            },
        }
        true
    }
}

impl Fetch {
    fn argument(&mut self, line: &[u8], format: ObjectFormat) -> Result<bool> {
        match line {
            b"done" => self.done = true,
            b"wait-for-done" => self.wait_for_done = true,
            b"thin-pack" => self.thin_pack = true,
            b"ofs-delta" => self.ofs_delta = true,
            b"no-progress" => self.no_progress = true,
            b"include-tag" => self.include_tag = true,
            b"deepen-relative" => self.depth.deepen_relative = true,
            _ => return self.valued(line, format),
        }
        Ok(true)
    }

    /// Reads an argument that has a value.
    fn valued(&mut self, line: &[u8], format: ObjectFormat) -> Result<bool> {
        let oid = |hex| {
            whole_oid(hex, format)
                .ok_or_else(|| violation(format!("expected to get oid, not '{}'", shown(line))))
        };
        if let Some(hex) = line.strip_prefix(b"want ") {
            self.wants.push(oid(hex)?);
        } else if let Some(hex) = line.strip_prefix(b"have ") {
            self.haves.push(oid(hex)?);
        } else if let Some(name) = line.strip_prefix(b"want-ref ") {
            self.want_refs.push(name.to_vec());
        } else if let Some(spec) = line.strip_prefix(b"filter ") {
            filter_line(&mut self.filter, spec)?;
        } else if !line.starts_with(b"packfile-uris ") {
            // packfile-uris is a wish, and there are none to offer.
            return self.depth.line(line, format);
        }
        Ok(true)
    }
}

/// Drops repeated ids and keeps the order.
fn unique(oids: &mut Vec<Oid>) {
    let mut seen = std::collections::HashSet::with_capacity(oids.len());
    oids.retain(|oid| seen.insert(*oid));
}

fn check_want_refs(names: &[Vec<u8>]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_slice())) {
        Some(name) => Err(bad(format!("duplicate want-ref {}", shown(name)))),
        None => Ok(()),
    }
}
