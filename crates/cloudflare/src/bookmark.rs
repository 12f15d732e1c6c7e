//! Whoever has written something reads from a place that has seen it: the bookmark of the write travels in a cookie for as
//! long as a replica may be behind.

use gitflare_forge::http::Origin;
use worker::{Request, Response, Result};

use crate::edge::Visit;

const COOKIE: &str = "bookmark";
/// Seconds. Replicas are behind by less.
const LASTS: u32 = 300;

/// The bookmark a request brings along.
pub(crate) fn read(request: &Request) -> Option<String> {
    let cookies = request.headers().get("cookie").ok()??;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| *name == COOKIE)?;
    is_one(value).then(|| value.to_owned())
}

/// Sends the bookmark of what a form wrote along with the answer, which leads on to where it can be seen. What is noted
/// beside an answer (that a token was used, that a password was wrong) is no reason, and would tell of it.
pub(crate) fn keep(response: Response, visit: &Visit, origin: &Origin) -> Result<Response> {
    // Signing in and out set cookies of their own, and what they write is read from the primary.
    let leads_on = response.status_code() == 303 && response.headers().get("set-cookie")?.is_none();
    if let Some(bookmark) = visit.wrote.get().filter(|bookmark| leads_on && is_one(bookmark)) {
        let secure = if origin.is_secure() { " Secure;" } else { "" };
        let cookie = format!("{COOKIE}={bookmark}; Path=/; HttpOnly;{secure} SameSite=Lax; Max-Age={LASTS}");
        response.headers().append("set-cookie", &cookie)?;
    }
    Ok(response)
}

/// Whether it looks like a bookmark: anything else would be taken for a word of another meaning.
fn is_one(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}
