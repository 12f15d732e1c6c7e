//! What clients and the two services say to each other, as parsers and writers over bytes.
//!
//! Nothing here waits or asks: bytes are fed in as they arrive, in any split, and whole requests come out. Who
//! owns the objects answers the requests and writes the answers with the helpers beside the parsers.

pub mod receive;
pub mod upload;

use crate::error::{Error, bad};
use crate::pktline::{self, Packet};
use crate::{ObjectFormat, Oid, Result};

/// Input that was fed and not read yet, cut into packets.
#[derive(Debug)]
pub(crate) struct Inbox {
    buffer: Vec<u8>,
    /// Where in `buffer` the next packet begins.
    at: usize,
    ended: bool,
    /// Bytes of the packets read since the last [`Inbox::restart`].
    read: usize,
    limit: usize,
    limit_text: &'static str,
}

/// What an [`Inbox`] has next.
#[derive(Debug)]
pub(crate) enum Next<'a> {
    Packet(Packet<'a>),
    /// Not a whole packet: feed more.
    Need,
    /// The input ended between two packets.
    End,
}

impl Inbox {
    /// Refuses with this text once the packets read since the last restart exceed `limit` bytes.
    pub(crate) fn new(limit: usize, limit_text: &'static str) -> Self {
        Self { buffer: Vec::new(), at: 0, ended: false, read: 0, limit, limit_text }
    }

    pub(crate) fn feed(&mut self, input: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(input);
    }

    pub(crate) fn eof(&mut self) {
        self.ended = true;
    }

    /// Counts bytes from zero again.
    pub(crate) fn restart(&mut self) {
        self.read = 0;
    }

    /// Bytes that were fed and not read.
    pub(crate) fn left(&self) -> usize {
        self.buffer.len() - self.at
    }

    pub(crate) fn next(&mut self) -> Result<Next<'_>> {
        let unread = self.buffer.get(self.at..).unwrap_or_default();
        let Some((packet, used)) = pktline::parse(unread)? else {
            return match (self.ended, unread.is_empty()) {
                (false, _) => Ok(Next::Need),
                (true, true) => Ok(Next::End),
                (true, false) => Err(hung_up()),
            };
        };
        self.at += used;
        self.read += used;
        if self.read > self.limit {
            return Err(Error::TooLarge(self.limit_text.to_owned()));
        }
        Ok(Next::Packet(packet))
    }
}

/// A malformed conversation.
pub(crate) fn violation(what: impl std::fmt::Display) -> Error {
    bad(format!("protocol error: {what}"))
}

/// The end of input in the middle of a request, in git's words.
pub(crate) fn hung_up() -> Error {
    violation("the remote end hung up unexpectedly")
}

/// A line as it can be shown in an error: cut, on one line, as text.
pub(crate) fn shown(line: &[u8]) -> String {
    let cut = line.get(..200).unwrap_or(line);
    String::from_utf8_lossy(cut).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// A name or agent from the client as it can be logged.
pub(crate) fn logged(value: &[u8]) -> Option<String> {
    (!value.is_empty()).then(|| shown(value))
}

/// Reads an id at the start of a line, and what follows it.
pub(crate) fn leading_oid(line: &[u8], format: ObjectFormat) -> Option<(Oid, &[u8])> {
    let (hex, rest) = line.split_at_checked(format.len() * 2)?;
    Some((Oid::from_hex(hex)?, rest))
}

/// Reads a line that is an id and nothing else.
pub(crate) fn whole_oid(line: &[u8], format: ObjectFormat) -> Option<Oid> {
    leading_oid(line, format).filter(|(_, rest)| rest.is_empty()).map(|(oid, _)| oid)
}

/// The words of a capability list, each with its value if it has one.
pub(crate) fn capabilities(list: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    list.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(key_value)
}

/// Splits `key=value`.
pub(crate) fn key_value(word: &[u8]) -> (&[u8], Option<&[u8]>) {
    match word.iter().position(|&byte| byte == b'=') {
        Some(at) => (&word[..at], Some(&word[at + 1..])),
        None => (word, None),
    }
}
