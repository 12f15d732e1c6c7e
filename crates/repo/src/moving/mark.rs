//! The cursor of an export: the moment all slices are of, and how far they are.

use std::fmt::Write as _;

use gitflare_db::Sql;

use super::{LAST_EVENT, LAST_MOVEMENT, last};
use crate::{Error, Result, packs, state};

/// A moment of the repository, and a place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) refs_gen: i64,
    /// Commits below this are of the moment.
    pub(super) next_cid: i64,
    /// The last movement and the last event.
    pub(super) movement: i64,
    pub(super) event: i64,
    /// The packs that were live, by number.
    pub(super) packs: Vec<i64>,
    /// Which table is next, and after which of its rows.
    pub(super) table: usize,
    pub(super) after: After,
}

/// A row of a table: the key of the last one sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum After {
    Number(i64),
    Name(Vec<u8>),
}

impl Mark {
    /// This moment, at its beginning.
    pub(super) fn now(sql: &dyn Sql) -> Result<Self> {
        let state = state::get(sql)?;
        let mut packs: Vec<i64> =
            packs::Live::load(sql, state.pack_gen, None)?.packs.iter().map(|pack| pack.id()).collect();
        packs.sort_unstable();
        Ok(Self {
            refs_gen: state.refs_gen,
            next_cid: state.next_cid,
            movement: last(sql, &LAST_MOVEMENT)?,
            event: last(sql, &LAST_EVENT)?,
            packs,
            table: 0,
            after: After::Number(0),
        })
    }

    /// As text without a character that has to be encoded in a URL.
    pub(super) fn encode(&self) -> String {
        let mut text = format!("{}.{}.{}.{}.", self.refs_gen, self.next_cid, self.movement, self.event);
        let mut rest = self.packs.as_slice();
        let mut separator = "";
        while let Some(first) = rest.first() {
            let run = rest.iter().zip(*first..).take_while(|(pack, expected)| *pack == expected).count();
            // Writing to a string cannot fail.
            let _ = write!(text, "{separator}{first}-{}", first + run as i64 - 1);
            (separator, rest) = ("_", rest.get(run..).unwrap_or_default());
        }
        let _ = write!(text, ".{}.", self.table);
        match &self.after {
            After::Number(number) => {
                let _ = write!(text, "{number}");
            }
            After::Name(name) => {
                text.push('x');
                for byte in name {
                    let _ = write!(text, "{byte:02x}");
                }
            }
        }
        text
    }

    /// Reads what [`Mark::encode`] wrote.
    pub(super) fn decode(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| Error::Refused("this is no cursor of an export".into()))
    }
}

/// Packs a cursor may name: more are never live.
const MOST_PACKS: usize = 100_000;

fn parse(text: &str) -> Option<Mark> {
    let mut parts = text.split('.');
    let mut number = || parts.next()?.parse::<i64>().ok();
    let (refs_gen, next_cid, movement, event) = (number()?, number()?, number()?, number()?);
    let mut packs = Vec::new();
    for range in parts.next()?.split('_').filter(|range| !range.is_empty()) {
        let (first, end) = range.split_once('-')?;
        let (first, end) = (first.parse::<i64>().ok()?, end.parse::<i64>().ok()?);
        if end.checked_sub(first)? as usize >= MOST_PACKS - packs.len() || first < 0 {
            return None;
        }
        packs.extend(first..=end);
    }
    let table = parts.next()?.parse().ok()?;
    let after = parts.next()?;
    let after = match after.strip_prefix('x') {
        Some(hex) => After::Name(from_hex(hex)?),
        None => After::Number(after.parse().ok()?),
    };
    parts.next().is_none().then_some(Mark { refs_gen, next_cid, movement, event, packs, table, after })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_as_written() {
        let mut mark = Mark {
            refs_gen: 7,
            next_cid: 1_000,
            movement: 12,
            event: 3,
            packs: vec![1, 2, 3, 9, 11, 12],
            table: 4,
            after: After::Name(b"refs/heads/\xffx".to_vec()),
        };
        assert_eq!(mark.encode(), "7.1000.12.3.1-3_9-9_11-12.4.x726566732f68656164732fff78");
        assert_eq!(Mark::decode(&mark.encode()).unwrap(), mark);
        mark.packs.clear();
        mark.after = After::Number(42);
        assert_eq!(Mark::decode(&mark.encode()).unwrap(), mark);
        for bad in [
            "",
            "x",
            "7.1.1.1.",
            "7.1.1.1..2.3.4",
            "7.1.1.1.3-1.0.0",
            "7.1.1.1.1-99999999.0.0",
            "7.1.1.1..0.xabc",
        ] {
            assert!(Mark::decode(bad).is_err(), "{bad}");
        }
    }
}
