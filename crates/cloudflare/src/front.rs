//! The Worker: every request arrives here. Git's are decided on their heads, all others are the router's.

use std::time::Duration;

use gitflare_forge::{
    Forge,
    host::Peer,
    http::{Client, Origin},
    repositories,
    transfer::Decision,
};
use http::{HeaderName, HeaderValue, request::Parts};
use tower_service::Service as _;
use worker::{
    Body, Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, event,
    web_sys::ReadableStream,
};

use crate::{
    bookmark,
    edge::{self, Visit},
    log, place,
    stream::Input,
    transfer,
};

/// How far the rest of a refused request is read, and how long for each piece: closing at once would lose the refusal.
const DRAIN: Duration = Duration::from_secs(10);
const DRAIN_BYTES: u64 = 100 << 20;
/// Seconds after which what was begun and never finished is finished by the clock.
const ABANDONED: i64 = 3_600;

/// One request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    #[cfg(feature = "contract")]
    if let Some(response) = crate::testing::in_front(&request, &env).await? {
        return Ok(response);
    }
    let visit = Visit { hint: place::of(&request), seen: bookmark::read(&request), ..Visit::default() };
    let response = answer(request, &env, &visit).await;
    #[cfg(feature = "contract")]
    let response = response.and_then(|response| crate::testing::with_costs(response, &visit));
    response
}

/// The clock strikes: what a crash left between the site and an object is finished.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let swept = async {
        let (forge, _) = edge::site(&env, &Visit::default()).map_err(|error| error.to_string())?;
        let recovered = repositories::recover(&forge, ABANDONED).await;
        recovered.map_err(|error| error.cause.unwrap_or(error.message))
    };
    if let Err(cause) = swept.await {
        log::warn("recover", &cause);
    }
}

async fn answer(request: Request, env: &Env, visit: &Visit) -> Result<Response> {
    let (forge, objects) = edge::site(env, visit)?;
    let Some((mut parts, body)) = split(&request) else {
        return Response::error("The request cannot be read\n", 400);
    };
    open_setup(&forge, env, &mut parts).await?;
    match transfer::decide(&forge, &parts).await {
        Decision::NotGit => {
            let origin = Origin::of(&forge, &parts);
            bookmark::keep(page(&forge, parts, body).await?, visit, &origin)
        }
        Decision::Answer(response) => {
            // Whoever waits for permission to send the body does not get it.
            if let Some(body) = body.filter(|_| !parts.headers.contains_key(http::header::EXPECT)) {
                drain(&body).await;
            }
            response.try_into()
        }
        Decision::Grant(grant) => {
            let client = Client::of(&parts).address;
            transfer::hand_over(&objects, *grant, client, body).await
        }
    }
}

async fn page(forge: &Forge, parts: Parts, body: Option<ReadableStream>) -> Result<Response> {
    let body = body.map_or_else(Body::empty, Body::new);
    let mut router = gitflare_forge::router_for(forge, parts.uri.path());
    match router.call(http::Request::from_parts(parts, body)).await {
        Ok(response) => response.try_into(),
        Err(never) => match never {},
    }
}

/// The head of a request as the site reads it, and its body as it came. `None` for an address that is none to it.
fn split(request: &Request) -> Option<(Parts, Option<ReadableStream>)> {
    let raw = request.inner();
    let mut head = http::Request::builder().method(raw.method().as_str()).uri(raw.url());
    for (name, value) in request.headers().entries() {
        // A value that is no text of HTTP is nothing anybody here reads.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value))
        {
            head = head.header(name, value);
        }
    }
    let address = request.headers().get("cf-connecting-ip").ok()?.and_then(|address| address.parse().ok());
    head = head.extension(Peer { address, trusted: false });
    let (parts, ()) = head.body(()).ok()?.into_parts();
    Some((parts, raw.body()))
}

/// The setup page opens with the operator's secret, and without one it does not exist.
async fn open_setup(forge: &Forge, env: &Env, parts: &mut Parts) -> Result<()> {
    if parts.uri.path() != "/setup" {
        return Ok(());
    }
    match edge::setting(env, "GITFLARE_SETUP_TOKEN") {
        Some(token) => {
            let opened = forge.setup_link(Some(&token)).await;
            opened.map(drop).map_err(|error| worker::Error::RustError(error.cause.unwrap_or(error.message)))
        }
        None => {
            // No account and no repository can have this name.
            parts.uri = http::Uri::from_static("/setup/-");
            Ok(())
        }
    }
}

async fn drain(body: &ReadableStream) {
    let Ok(mut input) = Input::new(body) else { return };
    let mut read = 0;
    while let Ok(Some(piece)) = input.read(DRAIN).await {
        read += piece.len() as u64;
        if read > DRAIN_BYTES {
            return;
        }
    }
}
