//! Operations as requests, from both ends: fields named in the path stand there, the rest is the query of a `GET` or
//! `DELETE` and the JSON body of everything else. What went wrong is `{"error": {"kind", "field", "message"}}`.

use axum::{
    Json,
    body::Body,
    extract::{Query, RawPathParams, State},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::LengthLimitError;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::{Operation, PREFIX};
use crate::{Error, Result, actor::Actor, api::ErrorBody, error::Kind, host::Forge};

/// The largest body: a slice of a repository and what it weighs more as text.
const BODY: usize = 16 << 20;

/// An operation, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The body, if there is one: JSON.
    pub body: Option<String>,
}

/// The request that asks for an operation.
pub fn request<O: Operation>(operation: &O) -> Result<Request> {
    let unreadable = |error: serde_json::Error| Error::internal(error.to_string());
    let Value::Object(mut fields) = serde_json::to_value(operation).map_err(unreadable)? else {
        return Err(Error::internal("an operation is not an object"));
    };
    let mut path = PREFIX.to_owned();
    for segment in O::PATH.split('/').skip(1) {
        path.push('/');
        match field_in(segment) {
            Some(name) => path.push_str(&encoded(&fields.remove(name).unwrap_or_default())),
            None => path.push_str(segment),
        }
    }
    if has_body(&O::METHOD) {
        let body = Some(Value::Object(fields).to_string());
        return Ok(Request { method: O::METHOD, path, body });
    }
    for (index, (name, value)) in fields.iter().enumerate() {
        path.push(if index == 0 { '?' } else { '&' });
        path.push_str(&format!("{name}={}", encoded(value)));
    }
    Ok(Request { method: O::METHOD, path, body: None })
}

fn field_in(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

fn has_body(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::DELETE)
}

fn encoded(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string()
}

/// What an answer that is no success says went wrong; `None` if it is not one of ours.
pub fn message(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value.get("error")?.get("message")?.as_str().map(str::to_owned)
}

/// The route of an operation.
pub(super) fn route<O: Operation>(filter: MethodFilter) -> MethodRouter<Forge> {
    on(filter, handle::<O>)
}

async fn handle<O: Operation>(
    State(forge): State<Forge>,
    actor: Actor,
    path: RawPathParams,
    Query(query): Query<Vec<(String, String)>>,
    body: Body,
) -> Result<Response> {
    // Who may not administer hears nothing of what is wrong with the request, and none of it is kept.
    super::admit(&actor, O::GATE)?;
    let body = axum::body::to_bytes(body, BODY).await.map_err(|error| unreadable(&error))?;
    let mut fields = match body.is_empty() {
        true => Map::new(),
        false => match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => fields,
            _ => return Err(Error::malformed("The body is not a JSON object")),
        },
    };
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    fields.extend(query.into_iter().chain(path).map(|(name, value)| (name, Value::String(value))));
    let operation: O = serde_json::from_value(fields.into())
        .map_err(|error| Error::new(Kind::Invalid, error.to_string()))?;
    let reply = super::run(&forge, &actor, operation).await?;
    let reply = serde_json::to_value(reply).map_err(|error| Error::internal(error.to_string()))?;
    let mut response = match (&reply, &O::METHOD) {
        (Value::Null, _) => StatusCode::NO_CONTENT.into_response(),
        (_, &Method::POST) => (StatusCode::CREATED, Json(reply)).into_response(),
        _ => Json(reply).into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A body that did not come, or not whole.
fn unreadable(error: &axum::Error) -> Error {
    match std::error::Error::source(error) {
        Some(cause) if cause.is::<LengthLimitError>() => {
            Error::new(Kind::TooLarge, format!("The body is larger than {} MiB", BODY >> 20))
        }
        _ => Error::malformed("The body cannot be read"),
    }
}

/// Whether a path is one of administration.
pub(crate) fn is_admin(path: &str) -> bool {
    path.strip_prefix("/api/admin").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Gives an error its shape.
pub(crate) fn error(error: &Error) -> ErrorBody {
    let mut told = Map::new();
    told.insert("kind".into(), error.kind.name().into());
    if let Some(field) = error.field {
        told.insert("field".into(), field.into());
    }
    told.insert("message".into(), error.message.as_str().into());
    ErrorBody { status: error.status(), json: json!({ "error": told }) }
}
