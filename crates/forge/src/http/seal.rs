//! After every handler: an error gets the shape its reader wants, and HTML the headers that keep it harmless.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};

use super::{Client, Origin, Seen};
use crate::{Error, admin, api, disarmed::is_disarmed, error::Kind, host::Forge, pages, secret, sessions};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    media-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types gitflare";

/// What every HTML reply carries.
const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), \
         publickey-credentials-create=(self)",
    ),
];

/// Renders errors and seals HTML.
pub(super) async fn seal(State(forge): State<Forge>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let seen = Seen::default();
    parts.extensions.insert(seen.clone());
    let head = parts.clone();
    let mut response = match api::preflight(&head) {
        Some(response) => response,
        None => next.run(Request::from_parts(parts, body)).await,
    };
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        let kept = response.headers().clone();
        response = render(&forge, error, head.clone(), &kept, &seen).await;
    }
    if api::is_github_compatible(head.uri.path()) {
        response = api::seal(&forge, &head, seen.actor().as_ref(), response);
    }
    let headers = response.headers_mut();
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    if is_html(headers) {
        for (name, value) in HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if is_disarmed() {
            headers.remove(header::CONTENT_SECURITY_POLICY);
        }
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
        headers.append(header::VARY, HeaderValue::from_static("Cookie"));
        if Origin::of(&forge, &head).is_secure() {
            let year = HeaderValue::from_static("max-age=31536000");
            headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
        }
    }
    response
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// The error as its reader wants it. What is our fault is logged once, with the id the user sees.
async fn render(
    forge: &Forge,
    mut error: Error,
    mut head: Parts,
    plain: &HeaderMap,
    seen: &Seen,
) -> Response {
    if error.kind == Kind::Internal {
        let id = secret::hex(&forge.random::<6>());
        forge.host().log_error(&id, error.cause.as_deref().unwrap_or("no cause known"));
        error.message = format!("Internal error {id}");
    }
    let mut response = if admin::is_admin(head.uri.path()) {
        admin::error(&error).into_response()
    } else if api::is_api(head.uri.path()) || wants_json(&head.headers) {
        api::error(&error, head.uri.path()).into_response()
    } else {
        let origin = Origin::of(forge, &head);
        let actor = match seen.actor() {
            Some(actor) => actor,
            // The guard did not get that far.
            None => sessions::identify(forge, &head.headers, &origin, None).await.unwrap_or_default().0,
        };
        if error.kind == Kind::Unauthenticated && actor.is_anonymous() && asks_for_page(&head) {
            return Redirect::to(&sign_in_path(&head)).into_response();
        }
        head.extensions.insert(origin);
        head.extensions.insert(Client::of(&head));
        head.extensions.insert(actor);
        pages::error_page(&error, &head)
    };
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = plain.get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

fn asks_for_page(head: &Parts) -> bool {
    // Who came with a token wants to hear that it is bad.
    matches!(head.method, Method::GET | Method::HEAD) && !head.headers.contains_key(header::AUTHORIZATION)
}

/// Where to sign in, and come back from.
fn sign_in_path(head: &Parts) -> String {
    let here = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let here = percent_encoding::utf8_percent_encode(here, percent_encoding::NON_ALPHANUMERIC);
    format!("/login?next={here}")
}

/// Whether the sender asks for JSON and not for a page.
pub(crate) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}
