//! A push: the request up to its pack, and the report that answers it.

use super::{Inbox, Next, capabilities, hung_up, leading_oid, logged, shown, violation, whole_oid};
use crate::error::bad;
use crate::pktline::{self, Packet};
use crate::{ObjectFormat, Oid, Result};

/// The most bytes the commands and options of one push may take.
pub const MAX_COMMANDS: usize = 3 << 20;

/// One ref the client wants to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushCommand {
    /// What the client believes it points at; zero if it believes there is none.
    pub old: Oid,
    /// What it shall point at; zero to delete it.
    pub new: Oid,
    /// Its full name, not checked yet.
    pub name: Vec<u8>,
}

/// What the client can do and asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushCapabilities {
    /// It wants a report.
    pub report_status: bool,
    /// It wants a report with option lines.
    pub report_status_v2: bool,
    /// It reads side-bands of the large kind.
    pub side_band_64k: bool,
    /// It wants no progress.
    pub quiet: bool,
    /// All refs shall move, or none.
    pub atomic: bool,
    /// Push options follow the commands.
    pub push_options: bool,
    /// Its pack may hold offset deltas.
    pub ofs_delta: bool,
    /// It may delete refs.
    pub delete_refs: bool,
    /// The format of its ids, as far as it said so.
    pub object_format: Option<ObjectFormat>,
    /// How it names itself.
    pub agent: Option<String>,
    /// How its log names this run.
    pub session_id: Option<String>,
}

/// A push up to the first byte of its pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushRequest {
    /// The refs to move; none for a request that asks for nothing.
    pub commands: Vec<PushCommand>,
    /// What the client can do.
    pub capabilities: PushCapabilities,
    /// Push options, in order.
    pub options: Vec<Vec<u8>>,
    /// Commits whose parents the client does not have.
    pub shallow: Vec<Oid>,
}

impl PushRequest {
    /// Whether a pack follows: not if refs are only deleted.
    pub fn has_pack(&self) -> bool {
        self.commands.iter().any(|command| !command.new.is_zero())
    }
}

/// How far a [`PushReader`] got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadState {
    /// All input was taken, more is needed.
    NeedMore,
    /// The request is there; input from `consumed` on is the pack.
    Complete {
        /// How many bytes of the last piece belong to the request.
        consumed: usize,
        /// The request.
        request: PushRequest,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Commands,
    Options,
    Over,
}

/// Reads a push request piece by piece.
#[derive(Debug)]
pub struct PushReader {
    inbox: Inbox,
    format: ObjectFormat,
    section: Section,
    started: bool,
    request: PushRequest,
}

impl PushReader {
    /// Reads a push to a repository of this format.
    pub fn new(format: ObjectFormat) -> Self {
        Self {
            inbox: Inbox::new(MAX_COMMANDS, "commands and push options exceed 3 MiB"),
            format,
            section: Section::Commands,
            started: false,
            request: PushRequest::default(),
        }
    }

    /// Takes the next piece of the request.
    pub fn feed(&mut self, input: &[u8]) -> Result<ReadState> {
        if self.section == Section::Over {
            return Err(violation("the request was already read"));
        }
        self.started |= !input.is_empty();
        self.inbox.feed(input);
        loop {
            match self.inbox.next()? {
                Next::Need | Next::End => return Ok(ReadState::NeedMore),
                Next::Packet(Packet::Data(payload)) => {
                    let line = pktline::chomp(payload);
                    match self.section {
                        Section::Options => self.request.options.push(line.to_vec()),
                        _ => command_line(&mut self.request, line, self.format)?,
                    }
                }
                Next::Packet(Packet::Flush) => {
                    if self.end_section() {
                        let consumed = input.len().saturating_sub(self.inbox.left());
                        return Ok(ReadState::Complete {
                            consumed,
                            request: std::mem::take(&mut self.request),
                        });
                    }
                }
                Next::Packet(Packet::Delim | Packet::ResponseEnd) => return Err(violation("expected flush")),
            }
        }
    }

    /// Moves on behind a flush; whether that was the last one.
    fn end_section(&mut self) -> bool {
        let request = &self.request;
        let options_follow = request.capabilities.push_options && !request.commands.is_empty();
        self.section = match self.section {
            Section::Commands if options_follow => Section::Options,
            _ => Section::Over,
        };
        self.section == Section::Over
    }

    /// The end of input before the request was complete: fine only if nothing came at all.
    pub fn eof(&mut self) -> Result<PushRequest> {
        if self.started || self.section == Section::Over {
            return Err(hung_up());
        }
        self.section = Section::Over;
        Ok(PushRequest::default())
    }
}

/// Reads a line before the first flush.
fn command_line(request: &mut PushRequest, line: &[u8], format: ObjectFormat) -> Result<()> {
    if let Some(hex) = line.strip_prefix(b"shallow ") {
        let oid = whole_oid(hex, format)
            .ok_or_else(|| violation(format!("expected shallow sha, got '{}'", shown(hex))))?;
        request.shallow.push(oid);
        return Ok(());
    }
    let mut parts = line.splitn(2, |&byte| byte == 0);
    let command = parts.next().unwrap_or_default();
    let list = parts.next();
    if command == b"push-cert" {
        return Err(bad("push certificates are not supported"));
    }
    if let Some(list) = list {
        read_capabilities(&mut request.capabilities, list);
        check_format(list, format)?;
    }
    let command = parse_command(command, format)
        .ok_or_else(|| violation(format!("expected old/new/ref, got '{}'", shown(command))))?;
    request.commands.push(command);
    Ok(())
}

fn parse_command(line: &[u8], format: ObjectFormat) -> Option<PushCommand> {
    let (old, rest) = leading_oid(line, format)?;
    let (new, rest) = leading_oid(rest.strip_prefix(b" ")?, format)?;
    let name = rest.strip_prefix(b" ")?.to_vec();
    Some(PushCommand { old, new, name })
}

fn read_capabilities(own: &mut PushCapabilities, list: &[u8]) {
    for (key, value) in capabilities(list) {
        let value = value.unwrap_or_default();
        match key {
            b"report-status" => own.report_status = true,
            b"report-status-v2" => own.report_status_v2 = true,
            b"side-band-64k" => own.side_band_64k = true,
            b"quiet" => own.quiet = true,
            b"atomic" => own.atomic = true,
            b"push-options" => own.push_options = true,
            b"ofs-delta" => own.ofs_delta = true,
            b"delete-refs" => own.delete_refs = true,
            b"object-format" => {
                own.object_format = std::str::from_utf8(value).ok().and_then(ObjectFormat::from_name);
            }
            b"agent" => own.agent = logged(value),
            b"session-id" => own.session_id = logged(value),
            // Clients may ask for what nobody offered; it is as if they had not.
            _ => {}
        }
    }
}

/// A client that does not name its format uses SHA-1.
fn check_format(list: &[u8], format: ObjectFormat) -> Result<()> {
    let named = capabilities(list).find(|(key, _)| *key == b"object-format").and_then(|(_, value)| value);
    let named = named.unwrap_or(b"sha1");
    if named == format.name().as_bytes() {
        return Ok(());
    }
    Err(bad(format!("object format mismatch: unsupported object format '{}'", shown(named))))
}

/// How the server changed what it was asked for; each part is said only if it differs from the command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// The ref that moved instead.
    pub refname: Option<Vec<u8>>,
    /// What it really pointed at.
    pub old_oid: Option<Oid>,
    /// What it points at now.
    pub new_oid: Option<Oid>,
    /// Whether commits were lost from it.
    pub forced_update: bool,
}

/// What became of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefStatus<'a> {
    /// The name as the client gave it.
    pub name: &'a [u8],
    /// How it went: usually `Ok` without a rewrite, else the reason in git's words.
    pub result: Result<Option<Rewritten>, &'a str>,
}

/// Writes a report up to its flush. A client with side-bands gets it on band 1, with another flush behind.
pub fn write_report(out: &mut Vec<u8>, unpack: Result<(), &str>, statuses: &[RefStatus<'_>], v2: bool) {
    pktline::text(out, &format!("unpack {}", unpack.err().map_or_else(|| "ok".to_owned(), one_line)));
    for status in statuses {
        match &status.result {
            Err(reason) => name_line(out, b"ng ", status.name, &format!(" {}", one_line(reason))),
            Ok(rewritten) => {
                name_line(out, b"ok ", status.name, "");
                if let Some(rewritten) = rewritten.as_ref().filter(|_| v2) {
                    write_options(out, rewritten);
                }
            }
        }
    }
    pktline::flush(out);
}

fn write_options(out: &mut Vec<u8>, rewritten: &Rewritten) {
    if let Some(name) = &rewritten.refname {
        name_line(out, b"option refname ", name, "");
    }
    if let Some(oid) = &rewritten.old_oid {
        pktline::text(out, &format!("option old-oid {oid}"));
    }
    if let Some(oid) = &rewritten.new_oid {
        pktline::text(out, &format!("option new-oid {oid}"));
    }
    if rewritten.forced_update {
        pktline::text(out, "option forced-update");
    }
}

fn name_line(out: &mut Vec<u8>, before: &[u8], name: &[u8], after: &str) {
    pktline::write(out, &[before, name, after.as_bytes(), b"\n"].concat());
}

/// Reports are lines: a reason that has several becomes one.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
