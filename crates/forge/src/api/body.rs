//! What a request brings: a JSON object, whose fields are read by type. Unknown ones are nobody's business.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde_json::{Map, Value};

use crate::{
    Error, Result,
    error::{Code, Kind},
    host::Forge,
};

/// The fields of a body. None is an object without fields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Map<String, Value>);

/// A field of a body: in a change absent is not null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// It is not there: leave it as it is.
    Absent,
    /// It is null: take it away.
    Null,
    /// It is this.
    Value(T),
}

impl<T> Given<T> {
    /// What it is, if it is anything.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// What to change it to, null standing for `nothing`.
    pub(crate) fn or_null(self, nothing: T) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null => Some(nothing),
            Self::Absent => None,
        }
    }
}

impl Fields {
    /// A text.
    pub(crate) fn text(&self, name: &'static str) -> Result<Given<&str>> {
        self.read(name, "a string", Value::as_str)
    }

    /// A text there has to be.
    pub(crate) fn needed(&self, name: &'static str) -> Result<&str> {
        self.text(name)?.value().ok_or_else(|| Error::missing_field(name))
    }

    /// Yes or no.
    pub(crate) fn flag(&self, name: &'static str) -> Result<Given<bool>> {
        self.read(name, "a boolean", Value::as_bool)
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &'static str) -> Result<Given<Vec<&str>>> {
        self.read(name, "a list of strings", |value| value.as_array()?.iter().map(Value::as_str).collect())
    }

    fn read<'a, T>(
        &'a self,
        name: &'static str,
        what: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Given<T>> {
        match self.0.get(name) {
            None => Ok(Given::Absent),
            Some(Value::Null) => Ok(Given::Null),
            Some(value) => {
                let wrong =
                    || Error::invalid(name, format!("'{name}' is not {what}")).with_code(Code::Invalid);
                read(value).map(Given::Value).ok_or_else(wrong)
            }
        }
    }
}

impl FromRequest<Forge> for Fields {
    type Rejection = Error;

    async fn from_request(request: Request, forge: &Forge) -> Result<Self> {
        let bytes = Bytes::from_request(request, forge).await;
        let bytes = bytes.map_err(|_| Error::new(Kind::TooLarge, "The body is too large"))?;
        Self::parse(&bytes)
    }
}

impl Fields {
    fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Error::malformed("Body should be a JSON object")),
            Err(_) => Err(Error::malformed("Problems parsing JSON")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_is_not_null() {
        let fields =
            Fields::parse(br#"{"name": "a", "email": null, "private": true, "names": ["x"]}"#).unwrap();
        assert_eq!(fields.text("name"), Ok(Given::Value("a")));
        assert_eq!(fields.text("email"), Ok(Given::Null));
        assert_eq!(fields.text("bio"), Ok(Given::Absent));
        assert_eq!(fields.flag("private"), Ok(Given::Value(true)));
        assert_eq!(fields.texts("names"), Ok(Given::Value(vec!["x"])));
        assert_eq!(fields.text("private").unwrap_err().code, Some(Code::Invalid));
        assert_eq!(fields.needed("bio").unwrap_err().code, Some(Code::MissingField));
        assert_eq!((Given::Null.or_null(""), Given::Absent.or_null("")), (Some(""), None));
    }

    #[test]
    fn what_cannot_be_read() {
        for (text, message) in [("{", "Problems parsing JSON"), ("[]", "Body should be a JSON object")] {
            assert_eq!(Fields::parse(text.as_bytes()).unwrap_err().message, message);
        }
        assert!(Fields::parse(b" ").unwrap().0.is_empty());
    }
}
