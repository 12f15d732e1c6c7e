//! HTTP on sockets: accepting, connections, the guard around each request, and stopping in order.

pub(crate) mod body;
pub(crate) mod compress;
mod log;
pub(crate) mod transfer;

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use tokio::net::TcpListener;

pub(crate) use body::Body;

/// Answers one request.
pub(crate) type Handler =
    Arc<dyn Fn(Request<Incoming>, SocketAddr) -> BoxFuture<'static, Response<Body>> + Send + Sync>;

/// How long a connection may take to say what it wants, and may stay silent between requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// How long requests in flight may take to finish once the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a connection read ahead.
const READ_AHEAD: usize = 128 << 10;

/// Serves until `stop`; then finishes what is in flight, within a limit.
pub(crate) async fn serve(listener: TcpListener, handler: Handler, stop: impl Future<Output = ()>) {
    let builder = builder();
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, say: a moment later there may be some.
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let handler = Arc::clone(&handler);
        let service = service_fn(move |request| respond(Arc::clone(&handler), request, peer));
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let watched = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, %peer, "connection");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests in flight were cut off");
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(READ_AHEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(256 << 10)
        .initial_connection_window_size(1 << 20)
        .max_concurrent_streams(64)
        .keep_alive_interval(Duration::from_secs(30));
    builder
}

/// One request: a panic in it is answered here and goes no further.
async fn respond(
    handler: Handler,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Result<Response<Body>, Infallible> {
    let line = log::Line::new(request.method().clone(), request.uri().path());
    let response = crate::guard::catch_async(async move { handler(request, peer).await }).await;
    let response = response.unwrap_or_else(|id| internal_error(&id));
    Ok(line.finish(response))
}

/// What the outside sees of a failure of ours.
pub(crate) fn internal_error(id: &str) -> Response<Body> {
    text(StatusCode::INTERNAL_SERVER_ERROR, format!("Internal error {id}\n"))
}

/// Busy: come back later.
pub(crate) fn busy() -> Response<Body> {
    let mut response = text(StatusCode::SERVICE_UNAVAILABLE, "Busy; try again in a few seconds\n");
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

/// A plain answer.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    let mut response = Response::new(body::full(text.into()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests;
