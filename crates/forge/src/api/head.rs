//! The head of every answer: who may read it, what it is, how much one may ask, and whether it has changed.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};

use super::{Media, is_github_compatible, meta};
use crate::{actor::Actor, host::Forge, secret, tokens::Allow};

/// The release whose description is kept to.
pub(super) const VERSION: &str = "3.19.0";

/// As at GitHub, whose API every site may use for whoever gives it a token: cookies are nothing here.
const CORS: [(HeaderName, &str); 2] = [
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "ETag, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, \
         X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-GitHub-Media-Type, \
         X-GitHub-Request-Id, X-GitHub-Enterprise-Version",
    ),
];
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PATCH, PUT, DELETE"),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Accept-Encoding, \
         X-Requested-With, User-Agent, X-GitHub-Api-Version",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// The answer to a browser that asks whether another site may ask.
pub(crate) fn preflight(head: &Parts) -> Option<Response> {
    (head.method == Method::OPTIONS && is_github_compatible(head.uri.path()))
        .then(|| (StatusCode::NO_CONTENT, PREFLIGHT).into_response())
}

/// Completes an answer, or says that it has not changed.
pub(crate) fn seal(forge: &Forge, head: &Parts, actor: Option<&Actor>, mut response: Response) -> Response {
    if is_unchanged(head, &response) {
        let (mut parts, _) = response.into_parts();
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        response = Response::from_parts(parts, Body::empty());
    }
    let headers = response.headers_mut();
    headers.remove(header::ALLOW);
    for (name, value) in CORS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What somebody else's bytes are, is said by the answer; what they may do is nothing.
    set(headers, "content-security-policy", "default-src 'none'; sandbox");
    headers.append(header::VARY, HeaderValue::from_static("Accept, Authorization"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    set(headers, "x-github-request-id", &secret::hex(&forge.random::<10>()).to_ascii_uppercase());
    set(headers, "x-github-enterprise-version", VERSION);
    set(headers, "x-github-media-type", &Media::of(&head.headers).header());
    set(headers, "x-github-api-version-selected", "2022-11-28");
    if let Some(scopes) = actor.and_then(scopes) {
        set(headers, "x-oauth-scopes", scopes);
        set(headers, "x-accepted-oauth-scopes", accepted(head.uri.path()));
    }
    let limit = meta::Limit::now(forge);
    set(headers, "x-ratelimit-limit", &limit.limit.to_string());
    set(headers, "x-ratelimit-remaining", &limit.limit.to_string());
    set(headers, "x-ratelimit-used", "0");
    set(headers, "x-ratelimit-reset", &limit.reset.to_string());
    set(headers, "x-ratelimit-resource", meta::resource(head.uri.path()));
    response
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// Whether the reader has this answer already.
fn is_unchanged(head: &Parts, response: &Response) -> bool {
    let is_read = matches!(head.method, Method::GET | Method::HEAD);
    if !is_read || response.status() != StatusCode::OK {
        return false;
    }
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let Some(tag) = response.headers().get(header::ETAG).and_then(text) else { return false };
    let tag = tag.trim_start_matches("W/");
    let known = head.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(text).collect::<Vec<_>>();
    known
        .iter()
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// What a token may, in the words of GitHub's classic tokens, which some clients look for. A token for some areas or
/// repositories has none of them, like GitHub's own of that kind.
fn scopes(actor: &Actor) -> Option<&'static str> {
    let token = actor.token().filter(|token| token.repositories.is_none())?;
    match token.allow {
        Allow::Everything => {
            Some("admin:repo_hook, delete_repo, gist, notifications, read:org, repo, site_admin, user")
        }
        Allow::EverythingButSite => {
            Some("admin:repo_hook, delete_repo, gist, notifications, read:org, repo, user")
        }
        Allow::Listed(_) => None,
    }
}

/// Which of them an operation asks for.
fn accepted(path: &str) -> &'static str {
    let path = path.strip_prefix(super::BASE).unwrap_or(path);
    match path.split('/').nth(1) {
        Some("repos" | "repositories") => "repo",
        Some("user") if path.starts_with("/user/repos") || path.starts_with("/user/starred") => "repo",
        Some("user") => "user",
        _ => "",
    }
}
