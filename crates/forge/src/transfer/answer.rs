//! What git clients are told when a request does not reach a repository. Texts are plain: git shows them as they are.

use axum::{body::Body, response::Response};
use gitflare_git::{ObjectFormat, advertise};
use gitflare_port::Service;
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};

use super::route;
use crate::{
    Error, Result,
    actor::Actor,
    api,
    error::Kind,
    host::Forge,
    http::{Client, Origin},
    repositories::{Looked, Sought},
    tokens,
};

/// What every answer of the smart protocol carries: nobody may keep it.
pub(super) const fn headers(content_type: &'static str) -> [(HeaderName, &'static str); 4] {
    [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-cache, max-age=0, must-revalidate"),
        (header::PRAGMA, "no-cache"),
        (header::EXPIRES, "Fri, 01 Jan 1980 00:00:00 GMT"),
    ]
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    for (name, value) in headers(content_type) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// A refusal in one line of text.
pub(super) fn plain(kind: Kind, message: &str) -> Response<Body> {
    respond(kind.status(), "text/plain; charset=utf-8", format!("{message}\n"))
}

/// Another method than these.
pub(super) fn only(methods: &'static str) -> Response<Body> {
    let mut response = plain(Kind::Method, &format!("Only {methods} is possible here"));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// The dumb protocol, which would hand out objects no ref leads to.
pub(super) fn dumb() -> Response<Body> {
    plain(Kind::Forbidden, "Please use a newer git: this server speaks the smart protocol only")
}

/// An error as git shows it.
pub(super) fn refusal(error: &Error) -> Response<Body> {
    let mut response = plain(error.kind, &error.message);
    if error.kind == Kind::Unauthenticated {
        let value = HeaderValue::from_static("Basic realm=\"Gitflare\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(0)));
    }
    response
}

/// Two pushes create one repository: the second has to wait for the first.
pub(super) fn being_created() -> Response<Body> {
    let busy = Error::unavailable("The repository is being created by another push; try again");
    let mut response = refusal(&busy);
    response.extensions_mut().insert(super::Again);
    response
}

/// To a stranger, for what is hidden and what is missing alike.
pub(super) fn challenge() -> Error {
    Error::unauthenticated("Sign in with a token as the password")
}

/// To somebody signed in, for what is hidden and what is missing alike.
pub(super) fn missing() -> Error {
    Error::new(Kind::NotFound, "Repository not found")
}

/// Who asks, and where they stand towards the repository `sought`. The password is a token, whatever the user name; an account's password is not even looked at.
pub(super) async fn identify(
    forge: &Forge,
    parts: &Parts,
    client: &Client,
    origin: &Origin,
    sought: Option<&Sought>,
) -> Result<(Actor, Option<Looked>)> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else { return Ok((Actor::Anonymous, None)) };
    let Some(credentials) = api::credentials(value.as_bytes()) else {
        return Err(Error::unauthenticated("The credentials cannot be read"));
    };
    if !tokens::looks_like_one(credentials.token()) {
        let place = origin.url("/settings/tokens");
        return Err(Error::unauthenticated(format!(
            "Git takes a token, not a password: make one at {place} and use it as the password"
        )));
    }
    tokens::verify_for(forge, credentials.token(), client, sought).await.map_err(|error| match error.kind {
        Kind::Unauthenticated => Error::unauthenticated("The token is not valid, or has expired"),
        _ => error,
    })
}

/// The advertisement of a repository that a push may create: empty, and nothing was created for it.
pub(super) fn empty_advertisement(version: u8) -> Response<Body> {
    let mut body = Vec::new();
    let format = ObjectFormat::Sha1;
    let capabilities = advertise::receive_capabilities(advertise::AGENT, format);
    let service = Service::ReceivePack;
    let mut none = std::iter::empty();
    advertise::advertise(&mut body, Some(service.name()), version, None, &mut none, &capabilities, format);
    respond(StatusCode::OK, route::answer_type(service, true), body)
}

/// To git's four bytes that try credentials.
pub(super) fn nothing(service: Service) -> Response<Body> {
    respond(StatusCode::OK, route::answer_type(service, false), Body::empty())
}
