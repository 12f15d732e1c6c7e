//! What commits and tags share: header lines, ids, and people with dates.

use super::ids::Message;
use super::report::{Reporter, Stop};
use crate::{ObjectFormat, Oid};

/// Refuses a NUL in the header, and a header whose last line has no end.
pub(super) fn check_shape(data: &[u8], report: &mut Reporter<'_>) -> Result<(), Stop> {
    let mut previous = 0;
    for (at, &byte) in data.iter().enumerate() {
        match byte {
            0 => {
                return report
                    .report(Message::NulInHeader, format!("unterminated header: NUL at offset {at}"));
            }
            b'\n' if previous == b'\n' => return Ok(()),
            _ => previous = byte,
        }
    }
    // An object without a message is allowed; its last header line must still end.
    if previous == b'\n' {
        return Ok(());
    }
    report.report(Message::UnterminatedHeader, "unterminated header")
}

/// The part of a commit or tag that is not read yet.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// Steps over `key` if the next line starts with it.
    pub(super) fn take_key(&mut self, key: &[u8]) -> bool {
        let Some(rest) = self.rest.strip_prefix(key) else { return false };
        self.rest = rest;
        true
    }

    /// The rest of this line, without its end; `None` if the line does not end.
    pub(super) fn take_line(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|&byte| byte == b'\n')?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        Some(line)
    }

    /// Whether the rest of this line is exactly an id, which is stepped over.
    pub(super) fn take_oid(&mut self, format: ObjectFormat) -> bool {
        let digits = format.len() * 2;
        let Some((hex, rest)) = self.rest.split_at_checked(digits) else { return false };
        let Some((b'\n', rest)) = rest.split_first() else { return false };
        self.rest = rest;
        Oid::from_hex(hex).is_some()
    }

    /// Checks the rest of this line as `Name <email> seconds zone` and steps over it.
    pub(super) fn take_person(&mut self, report: &mut Reporter<'_>) -> Result<(), Stop> {
        // A line that does not end has been refused before; its missing end is then a bad zone.
        let line = match self.take_line() {
            Some(line) => line,
            None => std::mem::take(&mut self.rest),
        };
        match person_fault(line) {
            None => Ok(()),
            Some((message, what)) => {
                report.report(message, format!("invalid author/committer line - {what}"))
            }
        }
    }
}

/// The first thing wrong with a person line, in the order in which git looks.
fn person_fault(line: &[u8]) -> Option<(Message, &'static str)> {
    let bracket = |byte: &u8| matches!(byte, b'<' | b'>');
    if line.first() == Some(&b'<') {
        return Some((Message::MissingNameBeforeEmail, "missing space before email"));
    }
    let Some(open) = line.iter().position(bracket) else {
        return Some((Message::MissingEmail, "missing email"));
    };
    let (name, rest) = line.split_at(open);
    if rest.first() == Some(&b'>') {
        return Some((Message::BadName, "bad name"));
    }
    if name.last() != Some(&b' ') {
        return Some((Message::MissingSpaceBeforeEmail, "missing space before email"));
    }
    let email = rest.get(1..).unwrap_or_default();
    let close = email.iter().position(bracket).map_or(&[][..], |at| email.get(at..).unwrap_or_default());
    let Some(after) = close.strip_prefix(b">") else {
        return Some((Message::BadEmail, "bad email"));
    };
    let Some(date) = after.strip_prefix(b" ") else {
        return Some((Message::MissingSpaceBeforeDate, "missing space before date"));
    };
    date_fault(date)
}

fn date_fault(text: &[u8]) -> Option<(Message, &'static str)> {
    const BAD_DATE: (Message, &str) = (Message::BadDate, "bad date");
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let text = text.get(blanks..).unwrap_or_default();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (seconds, zone) = text.split_at(digits);
    if seconds.is_empty() {
        return Some(BAD_DATE);
    }
    if text.first() == Some(&b'0') && text.get(1) != Some(&b' ') {
        return Some((Message::ZeroPaddedDate, "zero-padded date"));
    }
    // Clients keep seconds in a signed 64-bit number.
    let fits = std::str::from_utf8(seconds).is_ok_and(|digits| digits.parse::<i64>().is_ok());
    if !fits {
        return Some((Message::BadDateOverflow, "date causes integer overflow"));
    }
    match zone {
        [b' ', b'+' | b'-', digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => {
            None
        }
        [b' ', ..] => Some((Message::BadTimezone, "bad time zone")),
        _ => Some(BAD_DATE),
    }
}
