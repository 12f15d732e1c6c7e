//! Collecting what the checks say about one object.

use std::fmt;

use super::ids::{Message, Policy, Severity};
use crate::Oid;

/// Longest piece of an object's own text repeated in a message.
const QUOTE_LIMIT: usize = 200;

/// One complaint about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The object that is wrong: not always the one being checked, since a tree can be what reveals
    /// that a blob seen earlier is a `.gitmodules` too large to read.
    pub oid: Oid,
    /// git's message id, such as `badTimezone`.
    pub id: &'static str,
    /// Whether the object is refused.
    pub severity: Severity,
    /// The rest of the message, in git's words.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "object {}: {}: {}", self.oid, self.id, self.text)
    }
}

/// The object is refused, and the rest of it is not looked at.
pub(super) struct Stop;

/// Takes the complaints about one object.
pub(super) struct Reporter<'a> {
    pub(super) oid: Oid,
    pub(super) policy: &'a Policy,
    pub(super) found: &'a mut Vec<Finding>,
}

impl Reporter<'_> {
    /// Records a complaint unless the policy ignores it; `Err` if it refuses the object.
    pub(super) fn report(&mut self, message: Message, text: impl Into<String>) -> Result<(), Stop> {
        let Some(severity) = self.policy.severity(message) else { return Ok(()) };
        self.found.push(Finding { oid: self.oid, id: message.id(), severity, text: text.into() });
        if severity == Severity::Refuse { Err(Stop) } else { Ok(()) }
    }

    /// Records a complaint where git, too, goes on with the object after it.
    pub(super) fn note(&mut self, message: Message, text: impl Into<String>) {
        // Whether this refuses the object is in the finding.
        let _ = self.report(message, text);
    }
}

/// `what: bytes`, fit for a terminal: the bytes come from the sender and are shown to others.
pub(super) fn quoting(what: &str, bytes: &[u8]) -> String {
    let shown = bytes.get(..QUOTE_LIMIT).unwrap_or(bytes);
    let text = String::from_utf8_lossy(shown);
    let clean: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let more = if shown.len() < bytes.len() { "..." } else { "" };
    format!("{what}: {clean}{more}")
}
