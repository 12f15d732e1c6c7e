//! Answers that change with a push alone, kept in the data centre where they were asked for. Only the site asks, and only
//! after it has decided that its visitor may see the repository: nothing in here decides anything, and nothing personal
//! is kept.

use gitflare_port as port;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use worker::{Cache, Response, Result};

/// The host of the addresses the answers are kept under; nobody resolves it.
const ADDRESS: &str = "https://kept.invalid";
/// A day: what nobody asks for any more goes.
const LIFE: &str = "max-age=86400";
/// The largest answer kept.
const LARGEST: usize = 8 << 20;

/// What an address would give another meaning, such as a folder called `..`.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ').add(b'.').add(b'\\').add(b'?').add(b'#').add(b'%').add(b'"');

/// The address of an answer, if it can be kept.
pub(crate) fn address(repository: i64, changed: i64, command: &port::Command) -> Option<String> {
    let path = gitflare_forge::kept::path(repository, changed, command)?;
    Some(format!("{ADDRESS}/{}", utf8_percent_encode(&path, UNSAFE)))
}

/// The answer kept under an address.
pub(crate) async fn get(address: &str) -> Option<port::Reply> {
    let mut response = Cache::default().get(address, false).await.ok()??;
    let text = response.text().await.ok()?;
    serde_json::from_str(&text).ok()
}

/// Keeps an answer, if it is the last word and not too large.
pub(crate) async fn put(address: &str, reply: &port::Reply) -> Result<()> {
    if !gitflare_forge::kept::is_final(reply) {
        return Ok(());
    }
    let json = serde_json::to_string(reply)?;
    if json.len() > LARGEST {
        return Ok(());
    }
    let response = Response::ok(json)?;
    response.headers().set("cache-control", LIFE)?;
    Cache::default().put(address, response).await
}
