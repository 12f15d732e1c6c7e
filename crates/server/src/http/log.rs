//! One line per request, written when its answer has left or broken off. Never a query, which may hold a token.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Response};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::{Body, body};

/// Bytes of a path that are logged.
const LONGEST: usize = 512;

pub(super) struct Line {
    method: Method,
    path: String,
    start: Instant,
}

impl Line {
    pub(super) fn new(method: Method, path: &str) -> Self {
        let path = match path.get(..path.floor_char_boundary(LONGEST)) {
            Some(start) if start.len() < path.len() => format!("{start}…"),
            _ => path.to_owned(),
        };
        Self { method, path, start: Instant::now() }
    }

    /// Writes the line once the body is through.
    pub(super) fn finish(self, response: Response<Body>) -> Response<Body> {
        let status = response.status().as_u16();
        response.map(|body| Counted { body, line: self, status, bytes: 0 }.boxed_unsync())
    }
}

struct Counted {
    body: Body,
    line: Line,
    status: u16,
    bytes: u64,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = body::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, body::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let Line { method, path, start } = &self.line;
        let ms = start.elapsed().as_millis() as u64;
        tracing::info!(%method, %path, status = self.status, ms, bytes = self.bytes, "request");
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::Line;

    #[test]
    fn paths_are_cut() {
        assert_eq!(Line::new(Method::GET, "/ada/demo").path, "/ada/demo");
        assert_eq!(Line::new(Method::GET, &"é".repeat(256)).path, "é".repeat(256));
        let cut = Line::new(Method::GET, &("a".to_owned() + &"é".repeat(300))).path;
        assert_eq!(cut, "a".to_owned() + &"é".repeat(255) + "…");
    }
}
