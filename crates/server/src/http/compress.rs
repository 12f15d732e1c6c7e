//! Compression of what the router answers: pages, style, script, JSON. Git's own answers are compressed already.
//!
//! Not for a browser that comes from another site: somebody who can make it open our addresses, with words of theirs in
//! them, and who sees how long the answers are, would learn what else is in a page that was compressed with those words.
//! Nor what can be had in ranges, which are ranges of the bytes as they are.

use std::{
    io::Write as _,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Response, header};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;

use super::body::{Body, Error};

/// Below this many bytes there is nothing to gain.
const SMALL: u64 = 600;
/// Of ten levels, the one after which more time gains little.
const LEVEL: u32 = 5;

/// What a request says about compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted(bool);

impl Wanted {
    /// Reads the request's headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let accepts = headers.get_all(header::ACCEPT_ENCODING).iter().any(|line| {
            line.to_str().unwrap_or_default().split(',').any(|coding| {
                let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
                let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
                matches!(name.trim(), "gzip" | "*") && !refused
            })
        });
        let foreign = headers
            .get("sec-fetch-site")
            .is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site"));
        Self(accepts && !foreign)
    }
}

/// Compresses the answer where that is wanted and worth it.
pub(crate) fn apply(wanted: Wanted, mut response: Response<Body>) -> Response<Body> {
    if !is_compressible(&response) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if !wanted.0 {
        return response;
    }
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    // The same bytes no more: a strong tag becomes a weak one.
    if let Some(tag) = headers.get(header::ETAG).filter(|tag| tag.as_bytes().starts_with(b"\""))
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        headers.insert(header::ETAG, weak);
    }
    response.map(|inner| {
        let encoder = GzEncoder::new(Vec::new(), Compression::new(LEVEL));
        Gzip { inner, encoder: Some(encoder) }.boxed_unsync()
    })
}

fn is_compressible(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = media.starts_with("text/")
        || ["application/json", "image/svg+xml"].iter().any(|known| media.starts_with(known));
    let small = response.body().size_hint().exact().is_some_and(|size| size < SMALL);
    let partial = response.status() == http::StatusCode::PARTIAL_CONTENT;
    let partial = partial || headers.contains_key(header::ACCEPT_RANGES);
    text && !small && !partial && !headers.contains_key(header::CONTENT_ENCODING)
}

/// A body in its gzip coat. Each piece is sent on as soon as it is there.
struct Gzip {
    inner: Body,
    /// Gone once the end was written.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl http_body::Body for Gzip {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            if self.encoder.is_none() {
                return Poll::Ready(None);
            }
            let frame = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let rest = self.encoder.take().map(GzEncoder::finish).transpose();
                    return Poll::Ready(Some(
                        rest.map(|rest| Frame::data(rest.unwrap_or_default().into())).map_err(Into::into),
                    ));
                }
            };
            // Trailers: there are none in what the router answers.
            let Ok(data) = frame.into_data() else { continue };
            let last = self.inner.is_end_stream();
            let Some(encoder) = self.encoder.as_mut() else { return Poll::Ready(None) };
            let written = encoder.write_all(&data).and_then(|()| if last { Ok(()) } else { encoder.flush() });
            if let Err(error) = written {
                return Poll::Ready(Some(Err(error.into())));
            }
            let piece = std::mem::take(encoder.get_mut());
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece.into()))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::http::body;

    fn page(text: &str) -> Response<Body> {
        let mut response = Response::new(body::full(text.to_owned()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::ETAG, HeaderValue::from_static("\"abc\""));
        response
    }

    fn wanted(pairs: &[(&'static str, &'static str)]) -> Wanted {
        let headers = pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value)));
        Wanted::of(&headers.collect())
    }

    #[test]
    fn who_asks_from_here_and_takes_gzip_gets_it() {
        assert_eq!(wanted(&[("accept-encoding", "br, gzip;q=0.8")]), Wanted(true));
        assert_eq!(wanted(&[("accept-encoding", "gzip"), ("sec-fetch-site", "same-origin")]), Wanted(true));
        assert_eq!(wanted(&[("accept-encoding", "gzip"), ("sec-fetch-site", "cross-site")]), Wanted(false));
        assert_eq!(wanted(&[("accept-encoding", "gzip;q=0, br")]), Wanted(false));
        assert_eq!(wanted(&[]), Wanted(false));
    }

    #[tokio::test]
    async fn a_page_comes_out_as_it_went_in() {
        let text = "A page. ".repeat(500);
        let response = apply(Wanted(true), page(&text));
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert_eq!(response.headers()["etag"], "W/\"abc\"");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        assert!(bytes.len() < 200, "{}", bytes.len());
        let mut out = String::new();
        flate2::read::GzDecoder::new(bytes.as_ref()).read_to_string(&mut out).unwrap();
        assert_eq!(out, text);
        for (wanted, text) in [(false, text.as_str()), (true, "short")] {
            let plain = apply(Wanted(wanted), page(text));
            assert!(!plain.headers().contains_key("content-encoding"));
            assert_eq!(plain.into_body().collect().await.unwrap().to_bytes(), text);
        }
    }
}
