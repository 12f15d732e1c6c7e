//! Why bytes were refused.

use std::fmt;

use crate::Oid;

/// The result of reading bytes from outside.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why bytes were refused. The texts are for the person who sent them, in git's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The input is malformed.
    Bad(String),
    /// The input is larger than a limit allows.
    TooLarge(String),
    /// The object with this id carries the marks of a SHA-1 collision attack.
    Collision(Oid),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(text) | Self::TooLarge(text) => f.write_str(text),
            Self::Collision(oid) => write!(f, "SHA1 COLLISION FOUND WITH {oid}"),
        }
    }
}

impl std::error::Error for Error {}

/// Shorthand for [`Error::Bad`].
pub(crate) fn bad(text: impl Into<String>) -> Error {
    Error::Bad(text.into())
}
