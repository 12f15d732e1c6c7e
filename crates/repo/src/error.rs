//! Why a repository cannot do what it was asked.

use std::fmt;

use gitflare_git::Oid;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, by what the caller can do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The input is malformed or refused; the text is for the user, in git's words where git has some.
    Refused(String),
    /// No such object.
    Missing(Oid),
    /// No such ref, path or revision; the text says which.
    NotFound(String),
    /// Nothing was pushed yet, so that nothing can be found.
    Empty,
    /// Somebody else changed it first.
    Conflict(String),
    /// Over a limit; the text names it.
    TooLarge(String),
    /// What is stored contradicts itself: for the log and `repo verify`.
    Damage(String),
    /// The database failed.
    Db(gitflare_db::Error),
}

impl Error {
    /// The sentence for the user; what only the log may know is left out.
    pub fn public(&self) -> String {
        match self {
            Self::Damage(_) | Self::Db(_) => "internal error; the server's log says more".into(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(text) | Self::NotFound(text) | Self::Conflict(text) | Self::TooLarge(text) => {
                f.write_str(text)
            }
            Self::Empty => f.write_str("there are no commits yet"),
            Self::Missing(oid) => write!(f, "object {oid} is missing"),
            Self::Damage(text) => write!(f, "the repository is damaged: {text}"),
            Self::Db(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<gitflare_db::Error> for Error {
    fn from(error: gitflare_db::Error) -> Self {
        Self::Db(error)
    }
}

impl From<gitflare_git::Error> for Error {
    fn from(error: gitflare_git::Error) -> Self {
        match error {
            gitflare_git::Error::TooLarge(text) => Self::TooLarge(text),
            other => Self::Refused(other.to_string()),
        }
    }
}

impl From<Error> for gitflare_port::Error {
    fn from(error: Error) -> Self {
        use gitflare_port::ErrorKind as Kind;
        let kind = match &error {
            Error::Refused(_) => Kind::Invalid,
            Error::Missing(_) | Error::NotFound(_) => Kind::NotFound,
            Error::Empty => Kind::Empty,
            Error::Conflict(_) => Kind::Conflict,
            Error::TooLarge(_) => Kind::TooLarge,
            Error::Damage(_) | Error::Db(_) => Kind::Internal,
        };
        Self { kind, message: error.to_string() }
    }
}
