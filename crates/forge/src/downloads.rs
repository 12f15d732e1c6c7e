//! What is handed out as bytes: raw files, archives, patches. The repository makes them in pieces and they pass by; what is
//! here decides who gets them, under which name and type, and what a browser may do with them.

mod archive;
mod asked;
mod media;
mod patch;
mod raw;

pub(crate) use asked::Asked;

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
    routing::get,
};
use gitflare_port::download::{Body as Follows, Download as Request, Wanted};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    Access, Forge, Result,
    access::act::ReadCode,
    host::Download,
    http::Client,
    ui::{text, visit::Visit},
};

/// What is allowed to anything that comes out of a repository: to be looked at.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

/// The routes.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/{owner}/{repository}/raw/{*rest}", get(raw::show))
        .route("/{owner}/{repository}/archive/{*rest}", get(archive::show))
        // What has no ending of a patch is a page.
        .route("/{owner}/{repository}/commit/{*rest}", get(patch::show_commit))
        .route("/{owner}/{repository}/compare/{*rest}", get(patch::show_comparison))
}

/// Whether a path is one of a download, for which a token may stand in the place of a session: programs ask for them.
pub(crate) fn is_download(path: &str) -> bool {
    match (path.split('/').nth(3), path.splitn(5, '/').nth(4)) {
        (Some("raw" | "archive"), Some(_)) => true,
        (Some("commit" | "compare"), Some(last)) => last.ends_with(".diff") || last.ends_with(".patch"),
        _ => false,
    }
}

/// Begins a download for a program.
pub(crate) async fn open(
    forge: &Forge,
    client: &Client,
    access: &Access<ReadCode>,
    what: Wanted,
    asked: &Asked,
) -> Result<Download, gitflare_port::Error> {
    let request = Request { caller: access.caller(client), what, body: asked.body() };
    forge.host().download(access.repository().id, request, client.address).await
}

/// An answer to it. Whether its reader has it already is seen by its tag.
pub(crate) fn plain(download: Download, kind: &'static str) -> Response {
    let tag = format!("W/\"{}\"", download.head.oid);
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::ETAG, tag)], Body::from_stream(download.pieces))
        .into_response()
}

/// Begins a download.
async fn begin(visit: &Visit, access: &Access<ReadCode>, what: Wanted, body: Follows) -> Result<Download> {
    let request = Request { caller: access.caller(&visit.client), what, body };
    let id = access.repository().id;
    Ok(visit.forge.host().download(id, request, visit.client.address).await?)
}

/// An answer that is not the site's own word.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
}

impl Answer {
    /// With the headers that keep it harmless, and those that say who may keep it.
    fn new(access: &Access<ReadCode>, is_fixed: bool) -> Self {
        let is_private = access.repository().is_private();
        let mut answer = Self { status: StatusCode::OK, headers: HeaderMap::new() };
        answer.set(header::CONTENT_SECURITY_POLICY, POLICY);
        answer.set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        answer.set(header::X_FRAME_OPTIONS, "DENY");
        answer.set(header::REFERRER_POLICY, "same-origin");
        let others = if is_private { "same-origin" } else { "cross-origin" };
        answer.set(HeaderName::from_static("cross-origin-resource-policy"), others);
        // Never a cache that others share: who may see it is asked each time. What an id names stays as it is.
        let kept =
            if is_fixed && !is_private { "private, max-age=86400, immutable" } else { "private, no-cache" };
        answer.set(header::CACHE_CONTROL, kept);
        answer.set(header::VARY, "Cookie, Authorization");
        answer
    }

    fn set(&mut self, name: HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }

    /// The file's name, percent-encoded, for whoever saves it.
    fn disposition(&mut self, how: &str, name: &str) {
        let plain: String = text::decoded(name)
            .chars()
            .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' })
            .collect();
        let exact = text::path(name).replace('/', "%2F");
        self.set(
            header::CONTENT_DISPOSITION,
            &format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{exact}"),
        );
    }

    /// With nothing behind it.
    fn empty(self) -> Response {
        (self.status, self.headers).into_response()
    }

    /// With the bytes behind it.
    fn with(self, download: Download) -> Response {
        (self.status, self.headers, Body::from_stream(download.pieces)).into_response()
    }
}

/// Whether the address names its revision by a whole id, so that it names the same for ever.
fn is_fixed(rest: &str, commit: &str) -> bool {
    !commit.is_empty() && rest.split('/').next() == Some(commit)
}

#[cfg(test)]
mod tests {
    use super::is_download;

    #[test]
    fn programs_ask_for_these() {
        for path in
            ["/a/b/raw/main/x", "/a/b/archive/v1.zip", "/a/b/commit/0123.diff", "/a/b/compare/a...b.patch"]
        {
            assert!(is_download(path), "{path}");
        }
        for path in
            ["/a/b/raw", "/a/b", "/a/b/commit/0123", "/a/b/tree/x.diff", "/raw/x/y", "/a/b/compare/a...b"]
        {
            assert!(!is_download(path), "{path}");
        }
    }
}
