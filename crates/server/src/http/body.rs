//! Bodies of answers: a text, what the router made, or pieces that arrive from a transfer.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use tokio::sync::mpsc;

/// Why a body broke off.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
/// Any body.
pub(crate) type Body = UnsyncBoxBody<Bytes, Error>;

/// A text.
pub(crate) fn full(text: String) -> Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync()
}

/// Nothing.
pub(crate) fn empty() -> Body {
    full(String::new())
}

/// Any other body.
pub(crate) fn boxed<B>(body: B) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Error>,
{
    body.map_err(Into::into).boxed_unsync()
}

/// A body whose sender went away before its end.
#[derive(Debug)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the transfer broke off")
    }
}

impl std::error::Error for Broken {}

/// A piece of an answer.
pub(crate) enum Piece {
    Data(Bytes),
    /// The answer is complete. A channel that closes without this is an answer that broke off.
    End,
}

/// Pieces as they come; the receiver going away is how the sender learns that the client left.
pub(crate) struct Pieces {
    first: Option<Bytes>,
    rest: mpsc::Receiver<Piece>,
}

impl Pieces {
    /// `first`, then what comes out of `rest`.
    pub(crate) fn new(first: Bytes, rest: mpsc::Receiver<Piece>) -> Self {
        Self { first: Some(first), rest }
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        Poll::Ready(match ready!(self.rest.poll_recv(context)) {
            Some(Piece::Data(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => None,
            None => Some(Err(Broken)),
        })
    }
}
