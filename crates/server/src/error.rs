//! The one kind of failure a command has: a line for whoever ran it.

use std::fmt;

/// Shorthand for results of this crate.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a command failed, in one line, and what it exits with.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
    pub(crate) sort: Sort,
}

/// What a failure means for whoever might go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It stays.
    Plain,
    /// The same may succeed a moment later: a connection was cut, or a host is busy.
    Passing,
    /// What it was about does not exist.
    Missing,
}

impl Failure {
    /// A failure with this line.
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), code: 1, sort: Sort::Plain }
    }

    /// The same failure, with what was being done in front.
    pub(crate) fn of(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    /// The same failure, of this sort.
    pub(crate) fn sort(self, sort: Sort) -> Self {
        Self { sort, ..self }
    }

    /// Whether it may pass.
    pub(crate) fn is_passing(&self) -> bool {
        self.sort == Sort::Passing
    }

    /// Puts what was being done in front.
    pub(crate) fn during(what: impl fmt::Display, error: impl fmt::Display) -> Self {
        Self::new(format_args!("{what}: {error}"))
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

macro_rules! from {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        }
    )*};
}
from!(std::io::Error, serde_json::Error, gitflare_db::Error, gitflare_git::Error, gitflare_repo::Error);

impl From<gitflare_port::Error> for Failure {
    fn from(error: gitflare_port::Error) -> Self {
        Self::new(error.message)
    }
}

/// On this machine nobody is a stranger: the cause is told as well.
impl From<gitflare_forge::Error> for Failure {
    fn from(error: gitflare_forge::Error) -> Self {
        let sort = match error.kind {
            gitflare_forge::error::Kind::Unavailable => Sort::Passing,
            gitflare_forge::error::Kind::NotFound => Sort::Missing,
            _ => Sort::Plain,
        };
        let failure = match error.cause {
            Some(cause) => Self::new(format_args!("{}: {cause}", error.message)),
            None => Self::new(error.message),
        };
        failure.sort(sort)
    }
}
