//! The GitHub-compatible API at `/api/v3`: what every operation shares, and the first two.

use axum::{Json, Router, extract::State, http::HeaderMap, routing::get};
use base64::Engine as _;
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    Error, Result,
    access::{self, act},
    accounts::Account,
    actor::Actor,
    error::Kind,
    host::Forge,
    http::{Client, Origin},
    tokens,
};

/// The operations.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/api/v3", get(root))
        .route("/api/v3/", get(root))
        .route("/api/v3/user", get(user))
        .route("/api/", axum::routing::any(unknown))
        .route("/api/{*rest}", axum::routing::any(unknown))
}

/// Whether a path belongs to an API, where JSON is spoken and cookies are ignored.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Who the `Authorization` header says it is. A bad token is refused on public things too.
pub(crate) async fn identify(forge: &Forge, headers: &HeaderMap, client: &Client) -> Result<Actor> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Actor::Anonymous) };
    match credentials(value.as_bytes()) {
        Some(credentials) => tokens::verify(forge, credentials.token(), client).await,
        None => Err(Error::unauthenticated("Bad credentials")),
    }
}

/// What an `Authorization` header carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Credentials {
    /// The token: the password, or the user name where tools put it there and leave the password empty.
    pub(crate) fn token(&self) -> &str {
        let by_name = tokens::looks_like_one(&self.user) && !tokens::looks_like_one(&self.password);
        if by_name { &self.user } else { &self.password }
    }
}

/// Reads `Basic`, `Bearer` and `token`.
pub(crate) fn credentials(value: &[u8]) -> Option<Credentials> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return Some(Credentials { user: String::new(), password: rest.to_owned() });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(rest).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credentials { user: user.to_owned(), password: password.to_owned() })
}

/// An error in GitHub's shape.
#[derive(Debug, Clone)]
pub(crate) struct ErrorBody {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
}

/// Gives an error GitHub's shape.
pub(crate) fn error(error: &Error) -> ErrorBody {
    let mut json = json!({ "message": error.message, "status": error.status().as_u16().to_string() });
    let message = match (error.kind, error.field) {
        (Kind::NotFound, _) if error == &Error::not_found() => Some("Not Found"),
        (Kind::Invalid | Kind::Conflict, Some(_)) => Some("Validation Failed"),
        _ => None,
    };
    if let Some(fields) = json.as_object_mut() {
        if let Some(field) = error.field {
            let code = if error.kind == Kind::Conflict { "already_exists" } else { "custom" };
            fields
                .insert("errors".into(), json!([{ "field": field, "code": code, "message": error.message }]));
        }
        if let Some(message) = message {
            fields.insert("message".into(), message.into());
        }
    }
    // Where GitHub says that a name is taken, it says 422.
    let status = match (error.kind, error.field) {
        (Kind::Conflict, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => error.status(),
    };
    ErrorBody { status, json }
}

async fn root(origin: Origin) -> Json<Value> {
    let url = |path: &str| origin.url(&format!("/api/v3{path}"));
    Json(json!({ "current_user_url": url("/user"), "repository_url": url("/repos/{owner}/{repo}") }))
}

async fn user(State(_): State<Forge>, actor: Actor, origin: Origin) -> Result<Json<Value>> {
    if actor.is_anonymous() {
        return Err(Error::unauthenticated("Requires authentication"));
    }
    // Name and id are everybody's to know; the address needs the permission.
    let private = access::own::<act::SeeAccount>(&actor).is_ok();
    let account = actor.account().ok_or_else(Error::not_found)?;
    Ok(Json(user_json(account, &origin, private)))
}

fn user_json(account: &Account, origin: &Origin, private: bool) -> Value {
    let name = account.name.as_str();
    json!({
        "login": name,
        "id": account.id.0,
        "type": "User",
        "site_admin": account.administrator,
        "name": null,
        "email": if private { account.email.as_deref() } else { None },
        "url": origin.url(&format!("/api/v3/users/{name}")),
        "html_url": origin.url(&format!("/{name}")),
    })
}

async fn unknown() -> Error {
    Error::not_found()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_headers() {
        let read = |text: &str| credentials(text.as_bytes()).map(|found| found.token().to_owned());
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("token abc").as_deref(), Some("abc"));
        assert_eq!(read("basic YWRhOnNlY3JldA==").as_deref(), Some("secret"));
        // gitflare_pat_x:
        assert_eq!(read("Basic Z2l0ZmxhcmVfcGF0X3g6").as_deref(), Some("gitflare_pat_x"));
        for bad in ["", "Basic", "Basic !", "Digest abc", "Basic YWRh"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
