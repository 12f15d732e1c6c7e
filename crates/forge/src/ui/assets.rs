//! What pages load besides themselves: one stylesheet, one script and the mark, under names that hold their hash, and
//! the fonts, under names that hold their version. All of it may be kept for good.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::{Error, Forge, statics};

/// The stylesheet's parts in their order; each is inside its own layer.
const STYLE: &[&str] = &[
    include_str!("tokens.css"),
    include_str!("fonts.css"),
    include_str!("base.css"),
    include_str!("frame.css"),
    include_str!("parts.css"),
    include_str!("form.css"),
    include_str!("markdown.css"),
    include_str!("diff/diff.css"),
    include_str!("highlight.css"),
    include_str!("../code/code.css"),
    include_str!("../code/files.css"),
    include_str!("../code/history.css"),
    include_str!("../code/refs.css"),
];

/// The script; `cargo xtask assets` makes it from `web/`.
const SCRIPT: &str = include_str!("../../assets/app.js");

/// The mark, for the browser's tab.
const MARK: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><rect x=\"1\" y=\"1\" width=\"14\" \
    height=\"14\" rx=\"4\" fill=\"#c8401d\"/></svg>\n";

/// What browsers may keep for good, because another version has another name.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What the pages show: fetched before the stylesheet asks for them.
pub(crate) const PRELOADED: [&str; 2] = [statics::SANS, statics::SERIF];

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

fn script() -> &'static Asset {
    static MODULE: OnceLock<Asset> = OnceLock::new();
    MODULE.get_or_init(|| asset("app", "js", "text/javascript; charset=utf-8", SCRIPT.to_owned()))
}

fn mark() -> &'static Asset {
    static MARK_ASSET: OnceLock<Asset> = OnceLock::new();
    MARK_ASSET.get_or_init(|| asset("mark", "svg", "image/svg+xml", MARK.to_owned()))
}

/// Where the stylesheet is.
pub(crate) fn style_path() -> &'static str {
    &style().path
}

/// Where the script is.
pub(crate) fn script_path() -> &'static str {
    &script().path
}

/// Where the mark is.
pub(crate) fn mark_path() -> &'static str {
    &mark().path
}

/// `GET /assets/{file}`. A name with another hash is not found: an old page must not get new style.
pub(crate) async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("/assets/{file}");
    let Some(asset) = [style(), script(), mark()].into_iter().find(|asset| asset.path == path) else {
        return Error::not_found().into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tags| {
        let own = asset.etag.as_bytes();
        tags.as_bytes().windows(own.len()).any(|window| window == own) || tags.as_bytes() == b"*"
    });
    let mut response =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { asset.body.as_str().into_response() };
    response.headers_mut().insert(header::ETAG, asset.etag.clone());
    kept(response, asset.media)
}

/// `GET /static/{file}`: a font. Where a host answers these before the site is asked, this never runs.
pub(crate) async fn serve_static(State(forge): State<Forge>, Path(file): Path<String>) -> Response {
    match forge.host().static_file(&file).await {
        Some(body) => kept(body.into_response(), media(&file)),
        None => Error::not_found().into_response(),
    }
}

fn media(file: &str) -> &'static str {
    match file.rsplit_once('.') {
        Some((_, "woff2")) => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// The headers of what is kept for good and is no page.
fn kept(mut response: Response, media: &'static str) -> Response {
    let out = response.headers_mut();
    if out.contains_key(header::CONTENT_TYPE) {
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    }
    out.insert(header::CACHE_CONTROL, FOREVER);
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    response
}

/// `GET /avatars/{id}`: what an account without a picture of its own is shown by.
pub(crate) async fn avatar(Path(id): Path<i64>) -> Response {
    kept(Bytes::from(super::avatar::file(id)).into_response(), "image/svg+xml")
}
