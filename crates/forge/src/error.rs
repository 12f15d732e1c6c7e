//! What goes wrong, in few kinds: one table turns a kind into a status; pages and API each give it their shape.

use std::fmt;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The few ways a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request cannot be read.
    Malformed,
    /// The request can be read, but a value in it is refused.
    Invalid,
    /// No or bad credentials.
    Unauthenticated,
    /// Credentials are good, the right is missing.
    Forbidden,
    /// Not there, or hidden from this caller: nobody can tell which.
    NotFound,
    /// The method does not exist here.
    Method,
    /// Somebody else was faster, or the name is taken.
    Conflict,
    /// Over a limit.
    TooLarge,
    /// The type of the body is not the one spoken here.
    MediaType,
    /// Too many attempts; the text says when to come back.
    Limited,
    /// Busy: try again.
    Unavailable,
    /// Our fault.
    Internal,
}

impl Kind {
    /// What an API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Method => "method",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::MediaType => "media_type",
            Self::Limited => "limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Limited => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What can be the matter with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// It has to be there.
    MissingField,
    /// It is of another type.
    Invalid,
    /// Whatever it is, the operation has one field and GitHub says a sentence about it alone.
    Sentence,
}

impl Code {
    /// What the API calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingField => "missing_field",
            Self::Invalid | Self::Sentence => "invalid",
        }
    }
}

/// A refusal or failure: the sentence for the user, and apart from it the cause for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Which kind.
    pub kind: Kind,
    /// One sentence for the user, without a full stop.
    pub message: String,
    /// The input field it is about, if it is about one (`name`, `password`).
    pub field: Option<&'static str>,
    /// What the trouble with the field is, where the kind does not say.
    pub code: Option<Code>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<i64>,
    /// What the log says; never part of a reply.
    pub cause: Option<String>,
}

impl Error {
    /// An error of this kind with this sentence.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), field: None, code: None, retry_after: None, cause: None }
    }

    /// A value is refused.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(Kind::Invalid, message) }
    }

    /// A value that has to be there is not.
    pub fn missing_field(field: &'static str) -> Self {
        Self::invalid(field, format!("'{field}' is missing")).with_code(Code::MissingField)
    }

    /// The same about a field that is called otherwise where it comes from.
    #[must_use]
    pub fn of_field(self, field: &'static str) -> Self {
        Self { field: self.field.and(Some(field)), ..self }
    }

    /// The same, with what the trouble is.
    #[must_use]
    pub fn with_code(self, code: Code) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The request cannot be read.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, message)
    }

    /// No or bad credentials.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, message)
    }

    /// The right is missing; the sentence names it.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    /// Missing or hidden. Always the same sentence, so that the two cannot be told apart.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "Not found")
    }

    /// Taken, or somebody else was faster.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// The name in `field` is taken.
    pub fn taken(field: &'static str, message: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::new(Kind::Conflict, message) }
    }

    /// Busy.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { retry_after: Some(5), ..Self::new(Kind::Unavailable, message) }
    }

    /// Too many attempts.
    pub fn limited(seconds: i64) -> Self {
        let message = format!("Too many attempts; try again in {seconds} seconds");
        Self { retry_after: Some(seconds), ..Self::new(Kind::Limited, message) }
    }

    /// Our fault. The cause goes to the log, the user sees an id.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(Kind::Internal, "Internal error") }
    }

    /// The status of its kind.
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl From<gitflare_db::Error> for Error {
    fn from(error: gitflare_db::Error) -> Self {
        match error {
            gitflare_db::Error::Frozen => crate::moving::frozen(),
            error => Self::internal(error.to_string()),
        }
    }
}

impl From<gitflare_port::Error> for Error {
    fn from(error: gitflare_port::Error) -> Self {
        use gitflare_port::ErrorKind;
        let kind = match error.kind {
            ErrorKind::Invalid => Kind::Invalid,
            ErrorKind::NotFound | ErrorKind::Empty => return Self::not_found(),
            ErrorKind::Conflict => Kind::Conflict,
            ErrorKind::TooLarge => Kind::TooLarge,
            ErrorKind::Unavailable => return Self::unavailable(error.message),
            ErrorKind::Internal => return Self::internal(error.message),
        };
        Self::new(kind, error.message)
    }
}

/// The plain form: text, and the error itself among the extensions, from which a layer makes a page or JSON.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = (self.status(), format!("{self}\n")).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(0)));
        }
        response.extensions_mut().insert(self);
        response
    }
}
