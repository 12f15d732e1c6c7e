//! Versions 0 and 1 of a fetch request: wants, then rounds of haves.

use super::super::{Inbox, Next, capabilities, hung_up, leading_oid, logged, shown, violation, whole_oid};
use super::negotiation::RoundEnd;
use super::{Depth, Filter, MAX_REQUEST, MAX_REQUEST_TEXT, MultiAck, SideBand, filter_line, sort};
use crate::error::bad;
use crate::pktline::{self, Packet};
use crate::{ObjectFormat, Oid, Result};

/// What a client wants, up to the first flush.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Ids it wants, sorted, each once; never empty.
    pub wants: Vec<Oid>,
    /// How much of history it has and wants.
    pub depth: Depth,
    /// What it does not want of it.
    pub filter: Option<Filter>,
    /// How it wants haves answered.
    pub multi_ack: MultiAck,
    /// The pack may follow without `done`.
    pub no_done: bool,
    /// Deltas may have bases that the client has.
    pub thin_pack: bool,
    /// Offset deltas are welcome.
    pub ofs_delta: bool,
    /// How the pack is carried.
    pub side_band: SideBand,
    /// No progress, please.
    pub no_progress: bool,
    /// Annotated tags of sent objects, please.
    pub include_tag: bool,
    /// How the client names itself.
    pub agent: Option<String>,
    /// How its log names this run.
    pub session_id: Option<String>,
}

/// One step of the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The wants. A client that asked for a depth now hears where its history ends.
    Wants(Box<Request>),
    /// Haves, possibly none, up to a flush or `done`.
    Haves(Vec<Oid>, RoundEnd),
    /// Nothing more comes.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Wants,
    Haves,
    Over,
}

/// Reads the client's side of a conversation, or the one request of a stateless client.
#[derive(Debug)]
pub struct Reader {
    inbox: Inbox,
    format: ObjectFormat,
    stateless: bool,
    state: State,
    request: Request,
    filter_agreed: bool,
    haves: Vec<Oid>,
    /// Whether lines came since the last flush.
    inside: bool,
}

impl Reader {
    /// Reads requests for a repository of this format.
    pub fn new(format: ObjectFormat, stateless: bool) -> Self {
        Self {
            inbox: Inbox::new(MAX_REQUEST, MAX_REQUEST_TEXT),
            format,
            stateless,
            state: State::Wants,
            request: Request::default(),
            filter_agreed: false,
            haves: Vec::new(),
            inside: false,
        }
    }

    /// Takes the next piece of input.
    pub fn feed(&mut self, input: &[u8]) {
        self.inbox.feed(input);
    }

    /// The end of input.
    pub fn eof(&mut self) {
        self.inbox.eof();
    }

    /// The next step; `None` if more input is needed. After an error or the end, only the end comes.
    pub fn event(&mut self) -> Result<Option<Event>> {
        let event = self.step();
        if matches!(event, Err(_) | Ok(Some(Event::End | Event::Haves(_, RoundEnd::Done)))) {
            self.state = State::Over;
        }
        event
    }

    fn step(&mut self) -> Result<Option<Event>> {
        loop {
            if self.state == State::Over {
                return Ok(Some(Event::End));
            }
            match self.inbox.next()? {
                Next::Need => return Ok(None),
                Next::End if self.inside => return Err(hung_up()),
                Next::End => return Ok(Some(Event::End)),
                Next::Packet(Packet::Data(payload)) => {
                    let line = pktline::chomp(payload);
                    self.inside = true;
                    if self.state == State::Wants {
                        wants_line(&mut self.request, &mut self.filter_agreed, line, self.format)?;
                    } else if line == b"done" {
                        return Ok(Some(Event::Haves(std::mem::take(&mut self.haves), RoundEnd::Done)));
                    } else {
                        self.haves.push(have_line(line, self.format)?);
                    }
                }
                Next::Packet(Packet::Flush) => return self.flush().map(Some),
                Next::Packet(Packet::Delim | Packet::ResponseEnd) => return Err(violation("expected flush")),
            }
        }
    }

    /// The end of the wants or of a round.
    fn flush(&mut self) -> Result<Event> {
        self.inside = false;
        // A conversation may be long: only its parts are bounded, a request is bounded as a whole.
        if !self.stateless {
            self.inbox.restart();
        }
        if self.state == State::Haves {
            return Ok(Event::Haves(std::mem::take(&mut self.haves), RoundEnd::Flush));
        }
        let mut request = std::mem::take(&mut self.request);
        if request.wants.is_empty() {
            return Ok(Event::End);
        }
        sort(&mut request.wants);
        request.depth.finish()?;
        self.state = State::Haves;
        Ok(Event::Wants(Box::new(request)))
    }
}

/// Reads a line before the first flush.
fn wants_line(
    request: &mut Request,
    filter_agreed: &mut bool,
    line: &[u8],
    format: ObjectFormat,
) -> Result<()> {
    if request.depth.line(line, format)? {
        return Ok(());
    }
    if let Some(spec) = line.strip_prefix(b"filter ") {
        if !*filter_agreed {
            return Err(bad("filtering capability not negotiated"));
        }
        return filter_line(&mut request.filter, spec);
    }
    let want = line.strip_prefix(b"want ").and_then(|rest| leading_oid(rest, format));
    let want = want.filter(|(_, rest)| rest.first().is_none_or(u8::is_ascii_whitespace));
    let Some((oid, list)) = want else {
        return Err(violation(format!("expected to get object ID, not '{}'", shown(line))));
    };
    request.wants.push(oid);
    read_capabilities(request, filter_agreed, list, format)
}

fn read_capabilities(
    own: &mut Request,
    filter_agreed: &mut bool,
    list: &[u8],
    format: ObjectFormat,
) -> Result<()> {
    for (key, value) in capabilities(list) {
        let value = value.unwrap_or_default();
        match key {
            b"multi_ack_detailed" => own.multi_ack = MultiAck::Detailed,
            b"multi_ack" if own.multi_ack == MultiAck::Off => own.multi_ack = MultiAck::On,
            b"no-done" => own.no_done = true,
            b"thin-pack" => own.thin_pack = true,
            b"ofs-delta" => own.ofs_delta = true,
            b"side-band-64k" => own.side_band = SideBand::Large,
            b"side-band" if own.side_band == SideBand::Off => own.side_band = SideBand::Small,
            b"no-progress" => own.no_progress = true,
            b"include-tag" => own.include_tag = true,
            b"deepen-relative" => own.depth.deepen_relative = true,
            b"filter" => *filter_agreed = true,
            b"agent" => own.agent = logged(value),
            b"session-id" => own.session_id = logged(value),
            b"object-format" if value != format.name().as_bytes() => {
                let (server, client) = (format.name(), shown(value));
                return Err(bad(format!("mismatched object format: server {server}; client {client}")));
            }
            // Clients may ask for what nobody offered; it is as if they had not.
            _ => {}
        }
    }
    Ok(())
}

/// Reads a line behind the first flush, unless it is `done`.
fn have_line(line: &[u8], format: ObjectFormat) -> Result<Oid> {
    let hex = line.strip_prefix(b"have ");
    let hex = hex.ok_or_else(|| violation(format!("expected SHA1 list, got '{}'", shown(line))))?;
    whole_oid(hex, format).ok_or_else(|| violation(format!("expected SHA1 object, got '{}'", shown(hex))))
}
