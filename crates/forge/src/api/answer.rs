//! What an operation answers: JSON with its ETag, and where the next page is.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::page::{End, Paging};
use crate::secret;

/// A JSON answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: StatusCode,
    value: Value,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    /// This.
    pub(crate) fn ok(value: Value) -> Self {
        Self { status: StatusCode::OK, value, headers: Vec::new() }
    }

    /// This was made, and is found at the `url` it names.
    pub(crate) fn created(value: Value) -> Self {
        let at = value.get("url").and_then(Value::as_str).map(|url| (header::LOCATION, url.to_owned()));
        Self { status: StatusCode::CREATED, headers: at.into_iter().collect(), value }
    }

    /// This will be done.
    pub(crate) fn accepted(value: Value) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(value) }
    }

    /// A page of a list.
    pub(crate) fn page(items: Vec<Value>, paging: &Paging, end: End) -> Self {
        Self::ok(Value::Array(items)).linked(paging, end)
    }

    /// With links to the pages around it.
    pub(crate) fn linked(mut self, paging: &Paging, end: End) -> Self {
        self.headers.extend(paging.link(end).map(|link| (header::LINK, link)));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let body = Bytes::from(self.value.to_string());
        // Compressed on its way it is the same answer in other bytes.
        let digest = secret::hex(&Sha256::digest(&body)[..16]);
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let more = self.headers.into_iter().chain([(header::ETAG, format!("W/\"{digest}\""))]);
        for (name, value) in more {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}
