//! Before any handler: who asks, and whether a request that changes something was meant by its sender.

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt as _, Limited};

use super::{Origin, Seen};
use crate::{
    Error, Result, actor::Actor, api, downloads, error::Kind, host::Forge, repositories::Sought, secret,
    sessions,
};

/// Forms are small.
const FORM_LIMIT: usize = 1 << 20;

/// Identifies the actor, refuses forged requests, and turns a hidden `_method` into the method it names.
pub(super) async fn guard(State(forge): State<Forge>, request: Request, next: Next) -> Response {
    match admit(&forge, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn admit(forge: &Forge, request: Request) -> Result<Request> {
    let (mut parts, body) = request.into_parts();
    let origin = Origin::of(forge, &parts);
    // The API knows no cookies, so nothing can be forged there. Who asks for a download with a token is no browser either.
    let has_token = parts.headers.contains_key(header::AUTHORIZATION);
    if api::is_api(parts.uri.path()) || has_token && downloads::is_download(parts.uri.path()) {
        let actor = api::admit(forge, &mut parts).await?;
        if let Some(seen) = parts.extensions.get::<Seen>() {
            seen.put(&actor);
        }
        return Ok(Request::from_parts(parts, body));
    }
    let sought = Sought::in_path(parts.uri.path());
    let (actor, looked) = sessions::identify(forge, &parts.headers, &origin, sought.as_ref()).await?;
    if let Some(looked) = looked {
        parts.extensions.insert(looked);
    }
    if let Some(seen) = parts.extensions.get::<Seen>() {
        seen.put(&actor);
    }
    if is_safe(&parts.method) {
        parts.extensions.insert(actor);
        return Ok(Request::from_parts(parts, body));
    }
    check_site(&parts.headers, &origin)?;
    let (body, form) = read_form(&parts.headers, body).await?;
    check_token(&parts.headers, &actor, &form)?;
    if parts.method == Method::POST
        && let Some(method) = field(&form, "_method")
    {
        parts.method = match method.to_ascii_uppercase().as_str() {
            "DELETE" => Method::DELETE,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            _ => return Err(Error::malformed("A form can become PUT, PATCH or DELETE")),
        };
    }
    parts.extensions.insert(actor);
    Ok(Request::from_parts(parts, body))
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// First belt: the browser says where a request comes from, in `Sec-Fetch-Site`, else in `Origin`. What says neither is
/// no browser, and passes only without our cookie.
fn check_site(headers: &HeaderMap, origin: &Origin) -> Result<()> {
    let foreign = || Err(Error::new(Kind::Forbidden, "The request came from another site"));
    if let Some(site) = headers.get("sec-fetch-site") {
        return if matches!(site.as_bytes(), b"same-origin" | b"none") { Ok(()) } else { foreign() };
    }
    if let Some(sender) = headers.get(header::ORIGIN) {
        let sender = sender.to_str().ok().and_then(Origin::parse);
        let same = sender.is_some_and(|sender| sender.authority() == origin.authority());
        return if same { Ok(()) } else { foreign() };
    }
    if sessions::cookie_value(headers, origin).is_some() { foreign() } else { Ok(()) }
}

/// Second belt: a signed-in browser's form carries a value derived from its session.
fn check_token(headers: &HeaderMap, actor: &Actor, form: &Bytes) -> Result<()> {
    let Some(session) = actor.session() else { return Ok(()) };
    let header = headers.get("x-form-token").and_then(|value| value.to_str().ok());
    let given = header.or_else(|| field(form, "_token")).unwrap_or_default();
    if secret::equal(given, &session.form_token) {
        Ok(())
    } else {
        Err(Error::new(Kind::Forbidden, "The form is out of date; go back, reload the page and try again"))
    }
}

/// Reads the body if it is a form's, and hands it on.
async fn read_form(headers: &HeaderMap, body: Body) -> Result<(Body, Bytes)> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Ok((body, Bytes::new()));
    }
    match Limited::new(body, FORM_LIMIT).collect().await {
        Ok(collected) => {
            let bytes = collected.to_bytes();
            Ok((Body::from(bytes.clone()), bytes))
        }
        Err(_) => Err(Error::new(Kind::TooLarge, "A form has at most 1 MiB")),
    }
}

/// A field whose value needs no decoding, as ours do not.
fn field<'a>(form: &'a Bytes, name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(form).ok()?;
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
