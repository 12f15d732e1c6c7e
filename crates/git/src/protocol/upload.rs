//! A fetch, in all versions: what a client may ask for, and the parts of the answer that they share.

pub mod filter;
pub mod negotiation;
pub mod v0;
pub mod v2;

pub use filter::Filter;
pub use negotiation::{Answers, MultiAck, Negotiation, Outcome};

use super::{shown, violation, whole_oid};
use crate::error::bad;
use crate::pktline;
use crate::{ObjectFormat, Oid, Result};

/// The most bytes a fetch request may take after inflating.
pub const MAX_REQUEST: usize = 10 << 20;

const MAX_REQUEST_TEXT: &str = "request exceeds 10 MiB";

/// The depth clients ask for when they want all of history.
pub const INFINITE_DEPTH: u32 = 0x7fff_ffff;

/// How much of history a client has and wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Commits whose parents the client does not have, sorted.
    pub shallow: Vec<Oid>,
    /// So many commits from each tip, or all with [`INFINITE_DEPTH`].
    pub deepen: Option<u32>,
    /// `deepen` counts from where the client's history ends now.
    pub deepen_relative: bool,
    /// Only commits of this time or later, in seconds since 1970.
    pub deepen_since: Option<i64>,
    /// Nothing that these refs reach; names as the client gave them, full or short.
    pub deepen_not: Vec<Vec<u8>>,
}

impl Depth {
    /// Whether the answer must say where the client's history ends.
    pub fn is_asked(&self) -> bool {
        self.deepen.is_some() || self.is_by_list()
    }

    fn is_by_list(&self) -> bool {
        self.deepen_since.is_some() || !self.deepen_not.is_empty()
    }

    /// Reads a line that both versions have; whether it was one.
    fn line(&mut self, line: &[u8], format: ObjectFormat) -> Result<bool> {
        if let Some(hex) = line.strip_prefix(b"shallow ") {
            let oid = whole_oid(hex, format);
            self.shallow
                .push(oid.ok_or_else(|| violation(format!("invalid shallow line: {}", shown(line))))?);
        } else if let Some(digits) = line.strip_prefix(b"deepen ") {
            let depth = number(digits).filter(|&depth| depth > 0);
            let depth = depth.ok_or_else(|| violation(format!("Invalid deepen: {}", shown(line))))?;
            self.deepen = Some(u32::try_from(depth).unwrap_or(INFINITE_DEPTH).min(INFINITE_DEPTH));
        } else if let Some(digits) = line.strip_prefix(b"deepen-since ") {
            let time = number(digits);
            self.deepen_since =
                Some(time.ok_or_else(|| violation(format!("Invalid deepen-since: {}", shown(line))))?);
        } else if let Some(name) = line.strip_prefix(b"deepen-not ") {
            self.deepen_not.push(name.to_vec());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Checks and sorts what came together.
    fn finish(&mut self) -> Result<()> {
        if self.deepen.is_some() && self.is_by_list() {
            return Err(bad("deepen and deepen-since (or deepen-not) cannot be used together"));
        }
        sort(&mut self.shallow);
        Ok(())
    }
}

/// Reads a whole number of seconds or commits.
fn number(digits: &[u8]) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

/// Sorts ids and drops repeated ones: git sends HEAD's twice.
fn sort(oids: &mut Vec<Oid>) {
    oids.sort_unstable();
    oids.dedup();
}

/// Reads the value of a `filter` line.
fn filter_line(own: &mut Option<Filter>, spec: &[u8]) -> Result<()> {
    if own.is_some() {
        return Err(bad("multiple filter-specs cannot be combined"));
    }
    *own = Some(Filter::parse(spec)?);
    Ok(())
}

/// Which side-bands carry the pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SideBand {
    /// None: pack bytes come bare, progress and errors cannot be said.
    #[default]
    Off,
    /// Packets of 1,000 bytes.
    Small,
    /// Packets of 65,520 bytes.
    Large,
}

impl SideBand {
    /// How many bytes of a pack fit into one packet.
    pub const fn row(self) -> usize {
        match self {
            Self::Small => pktline::SMALL_SIDEBAND_ROW,
            Self::Off | Self::Large => pktline::SIDEBAND_ROW,
        }
    }

    /// Writes bytes of the pack.
    pub fn data(self, out: &mut Vec<u8>, pack: &[u8]) {
        match self {
            Self::Off => out.extend_from_slice(pack),
            _ => pktline::sideband(out, 1, self.row(), pack),
        }
    }

    /// Writes progress for the person at the other end.
    pub fn progress(self, out: &mut Vec<u8>, text: &str) {
        if self != Self::Off {
            pktline::sideband(out, 2, self.row(), text.as_bytes());
        }
    }

    /// Writes the reason why the pack ends here.
    pub fn error(self, out: &mut Vec<u8>, reason: &str) {
        if self != Self::Off {
            pktline::sideband(out, 3, self.row(), reason.as_bytes());
        }
    }

    /// Writes a sign of life.
    pub fn keepalive(self, out: &mut Vec<u8>) {
        if self != Self::Off {
            pktline::keepalive(out);
        }
    }

    /// Writes the end of the pack.
    pub fn finish(self, out: &mut Vec<u8>) {
        if self != Self::Off {
            pktline::flush(out);
        }
    }
}

/// Writes where the client's history ends from now on, and where it no longer ends. Version 0 has a flush behind
/// it if a depth was asked for; version 2 makes it a section.
pub fn write_shallow(out: &mut Vec<u8>, shallow: &[Oid], unshallow: &[Oid]) {
    for oid in shallow {
        pktline::write(out, format!("shallow {oid}").as_bytes());
    }
    for oid in unshallow {
        pktline::write(out, format!("unshallow {oid}").as_bytes());
    }
}
