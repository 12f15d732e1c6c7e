//! What pages load besides themselves: one stylesheet and the mark, under names that hold their hash.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

/// The stylesheet's parts in their order; each is inside its own layer.
const STYLE: &[&str] = &[
    include_str!("tokens.css"),
    include_str!("base.css"),
    include_str!("form.css"),
    include_str!("markdown.css"),
    include_str!("../code/code.css"),
];

/// The mark, for the browser's tab.
const MARK: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect x=\"1\" y=\"1\" width=\"14\" \
    height=\"14\" rx=\"4\" fill=\"#c8401d\"/></svg>\n";

struct Asset {
    path: String,
    etag: HeaderValue,
    media: &'static str,
    body: String,
}

fn asset(stem: &str, extension: &str, media: &'static str, body: String) -> Asset {
    let digest = Sha256::digest(body.as_bytes());
    let mut hash = String::new();
    for byte in digest.iter().take(5) {
        // Writing to a string cannot fail.
        let _ = write!(hash, "{byte:02x}");
    }
    let etag = HeaderValue::from_str(&format!("\"{hash}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    Asset { path: format!("/assets/{stem}-{hash}.{extension}"), etag, media, body }
}

fn style() -> &'static Asset {
    static STYLESHEET: OnceLock<Asset> = OnceLock::new();
    STYLESHEET.get_or_init(|| asset("app", "css", "text/css; charset=utf-8", STYLE.concat()))
}

fn mark() -> &'static Asset {
    static MARK_ASSET: OnceLock<Asset> = OnceLock::new();
    MARK_ASSET.get_or_init(|| asset("mark", "svg", "image/svg+xml", MARK.to_owned()))
}

/// Where the stylesheet is.
pub(crate) fn style_path() -> &'static str {
    &style().path
}

/// Where the mark is.
pub(crate) fn mark_path() -> &'static str {
    &mark().path
}

/// `GET /assets/{file}`. A name with another hash is not found: an old page must not get new style.
pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("/assets/{file}");
    let Some(asset) = [style(), mark()].into_iter().find(|asset| asset.path == path) else {
        return crate::Error::not_found().into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tags| {
        let own = asset.etag.as_bytes();
        tags.as_bytes().windows(own.len()).any(|window| window == own) || tags.as_bytes() == b"*"
    });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = asset.body.as_str().into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.media));
        response
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    out.insert(header::ETAG, asset.etag.clone());
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    response
}
