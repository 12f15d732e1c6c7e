//! What can go wrong between us and SQLite: few kinds, because callers act on few.

use std::fmt;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed statement, transaction or batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A unique index, foreign key or check refused the change. The text names table and column, as SQLite does.
    Constraint(String),
    /// A [`crate::Bound::expect`] saw another number of changed rows; the batch was rolled back.
    Expectation,
    /// A value is outside what every host can store (an integer beyond 2^53-1, a row over 2 MB).
    OutOfRange(String),
    /// A row does not have the shape its type promises.
    Shape(String),
    /// A migration recorded in the database is unknown to this program: the database is newer.
    Newer(String),
    /// The table is to stay as it is: a move is under way.
    Frozen,
    /// Anything else the driver says: for the log, never for a reply.
    Driver(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constraint(text) => write!(f, "constraint: {text}"),
            Self::Expectation => f.write_str("another number of rows changed than expected"),
            Self::OutOfRange(text) => write!(f, "out of range: {text}"),
            Self::Shape(text) => write!(f, "unexpected row: {text}"),
            Self::Newer(name) => {
                write!(f, "the database has migration {name}, which this version does not know")
            }
            Self::Frozen => f.write_str("the database is being moved and stays as it is"),
            Self::Driver(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}
