//! Errors in GitHub's shape.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::BASE;
use crate::{
    Error,
    access::Reason,
    error::{Code, Kind},
};

/// Where the operations are described: they are GitHub's.
const DOCUMENTATION: &str = "https://docs.github.com/enterprise-server@3.19/rest";

/// An error in GitHub's shape.
#[derive(Debug, Clone)]
pub(crate) struct ErrorBody {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

/// Gives an error GitHub's shape, for whoever asked for this path.
pub(crate) fn error(error: &Error, path: &str) -> ErrorBody {
    let status = status(error);
    let mut json = json!({
        "message": message(error),
        "documentation_url": DOCUMENTATION,
        "status": status.as_u16().to_string(),
    });
    if let (Some(field), Some(fields)) = (error.field, json.as_object_mut()) {
        let code = match (error.code, error.kind) {
            (Some(code), _) => code.name(),
            (None, Kind::Conflict) => "already_exists",
            (None, _) => "custom",
        };
        let told = match error.code {
            Some(Code::Sentence) => json!(error.message),
            _ => json!({
                "resource": resource(path),
                "field": field,
                "code": code,
                "message": error.message,
            }),
        };
        fields.insert("errors".into(), json!([told]));
    }
    ErrorBody { status, json }
}

/// An operation that is not there is not found, whatever else the path can do; and where GitHub says that a name is
/// taken, it says 422.
fn status(error: &Error) -> StatusCode {
    match (error.kind, error.field) {
        (Kind::Method, _) => StatusCode::NOT_FOUND,
        (Kind::Conflict, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => error.status(),
    }
}

fn message(error: &Error) -> &str {
    match (error.kind, error.field) {
        (Kind::Method, _) => "Not Found",
        (Kind::NotFound, _) if error == &Error::not_found() => "Not Found",
        (Kind::Invalid | Kind::Conflict, Some(_)) => "Validation Failed",
        (Kind::Unauthenticated, _) if error.message == Reason::SignIn.to_string() => {
            "Requires authentication"
        }
        _ => &error.message,
    }
}

/// What a path is about, as errors call it.
fn resource(path: &str) -> &'static str {
    let path = path.strip_prefix(BASE).unwrap_or(path);
    match path.split('/').nth(1) {
        Some("user") if !path.starts_with("/user/repos") => "User",
        Some("users") => "User",
        Some("search") => "Search",
        _ => "Repository",
    }
}

impl IntoResponse for ErrorBody {
    fn into_response(self) -> Response {
        (self.status, Json(self.json)).into_response()
    }
}
