//! A git transfer over HTTP: the session on a thread that may block, two small channels to the connection.
//!
//! Both channels hold a few pieces only, so a slow client slows the session and a busy session slows the client;
//! nothing piles up in memory. When the client leaves, the session is dropped at its next step.

pub(crate) mod share;
#[cfg(test)]
mod tests;

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use gitflare_port::{Head, Service};
use gitflare_repo::Pull;
use http::{HeaderValue, Response, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{Semaphore, mpsc};

use super::{
    Body,
    body::{self, Broken, Piece, Pieces},
};
use crate::{
    conversation::{Pace, Talk},
    error::Result,
    host::Native,
};
use share::{Place, Places};

/// Pieces in flight to the session: hyper hands over at most what it reads ahead, 128 KiB.
const PIECES_IN: usize = 6;
/// Pieces in flight from the session.
const PIECES_OUT: usize = 6;
/// A client that neither sends nor takes a byte for this long has left.
const IDLE: Duration = Duration::from_secs(600);
/// How long the whole request of a fetch may take: it is small, and its place is one of few.
const ASK: Duration = Duration::from_secs(60);
/// How long the rest of a body is read after the answer is complete: closing at once would lose the answer.
const DRAIN: Duration = Duration::from_secs(30);
/// How long a transfer waits for its turn before it is told to come back.
const QUEUE: Duration = Duration::from_secs(10);

/// How many transfers may run at once.
pub(crate) struct Admission {
    pushes: Arc<Semaphore>,
    fetches: Arc<Places>,
    /// Lists of refs take a thread each until the client has read them.
    lists: Arc<Places>,
}

impl Admission {
    /// For this many cores.
    pub(crate) fn new(cores: usize) -> Self {
        Self {
            pushes: Arc::new(Semaphore::new((2 * cores).min(8))),
            fetches: Arc::new(Places::new(64, 16)),
            lists: Arc::new(Places::new(128, 32)),
        }
    }

    /// Waits for a place; `None` when there is none in time.
    async fn enter(&self, head: &Head, client: Option<IpAddr>) -> Option<Place> {
        let turn = async {
            match (head.advertise, head.service) {
                (true, _) => Arc::clone(&self.lists).enter(client).await,
                (false, Service::UploadPack) => Arc::clone(&self.fetches).enter(client).await,
                (false, Service::ReceivePack) => {
                    Arc::clone(&self.pushes).acquire_owned().await.ok().map(Place::of)
                }
            }
        };
        tokio::time::timeout(QUEUE, turn).await.ok()?
    }
}

/// What to do when a session has ended. It is told whether a ref moved, and runs even if there never was a session.
pub(crate) struct Afterwards(Option<Box<dyn FnOnce(bool) + Send>>);

impl Afterwards {
    /// `work` runs once, on a thread that may block.
    pub(crate) fn new(work: impl FnOnce(bool) + Send + 'static) -> Self {
        Self(Some(Box::new(work)))
    }

    fn run(mut self, moved: bool) {
        if let Some(work) = self.0.take()
            && let Err(id) = crate::guard::catch(|| work(moved))
        {
            tracing::error!(id, "after a transfer");
        }
    }
}

impl Drop for Afterwards {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            // Dropped with a request nobody waits for any more, on a thread that must not block.
            std::thread::spawn(move || crate::guard::catch(|| work(false)));
        }
    }
}

/// Runs the session that `open` begins over a request's body. The answer's last byte leaves after `afterwards` has run.
pub(crate) async fn answer<T: Talk>(
    host: &Arc<Native>,
    admission: &Admission,
    head: &Head,
    open: impl FnOnce(&Native) -> Result<T> + Send + 'static,
    (request, client): (Incoming, Option<IpAddr>),
    afterwards: Afterwards,
) -> Response<Body> {
    let Some(permit) = admission.enter(head, client).await else {
        drop(afterwards);
        return super::busy();
    };
    let (to_session, input) = mpsc::channel(PIECES_IN);
    let (output, mut from_session) = mpsc::channel(PIECES_OUT);
    let (announce, announced) = tokio::sync::oneshot::channel();
    let asks = head.service == Service::UploadPack;
    tokio::spawn(async move {
        let forwarding = forward(request, to_session);
        if asks {
            // Cut off, the channel closes without an end, and the session ends with it.
            let _ = tokio::time::timeout(ASK, forwarding).await;
        } else {
            forwarding.await;
        }
    });
    let host = Arc::clone(host);
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(&host, open, Ends { input, output }, announce, afterwards);
    });
    match announced.await {
        Ok(Ok(kind)) => match from_session.recv().await {
            Some(Piece::Data(first)) => stream(kind, body::boxed(Pieces::new(first, from_session))),
            Some(Piece::End) => stream(kind, body::empty()),
            None => super::internal_error("; the log has the cause"),
        },
        Ok(Err(id)) => super::internal_error(&id),
        Err(_) => super::internal_error("; the log has the cause"),
    }
}

fn stream(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A proxy must not hold progress and keep-alives back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// A piece of the request's body.
enum Input {
    Data(Bytes),
    /// There is no more, and nothing was lost.
    End,
}

/// The request's body into the channel.
async fn forward(mut body: Incoming, to_session: mpsc::Sender<Input>) {
    loop {
        let piece = match tokio::time::timeout(IDLE, body.frame()).await {
            Ok(None) => Input::End,
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) if data.is_empty() => continue,
                Ok(data) => Input::Data(data),
                Err(_) => continue,
            },
            // The session takes a channel that closes without an end for a client that left.
            Ok(Some(Err(_))) | Err(_) => return,
        };
        let ended = matches!(piece, Input::End);
        if to_session.send(piece).await.is_err() {
            let rest = async { while let Some(Ok(_)) = body.frame().await {} };
            let _ = tokio::time::timeout(DRAIN, rest).await;
            return;
        }
        if ended {
            return;
        }
    }
}

/// The session's ends of the two channels.
struct Ends {
    input: mpsc::Receiver<Input>,
    output: mpsc::Sender<Piece>,
}

type Announce = tokio::sync::oneshot::Sender<Result<&'static str, String>>;

/// The whole life of a session, on a thread that may block.
fn work<T: Talk>(
    host: &Arc<Native>,
    open: impl FnOnce(&Native) -> Result<T>,
    mut ends: Ends,
    announce: Announce,
    afterwards: Afterwards,
) {
    let mut session = match crate::guard::catch(|| open(host)) {
        Ok(Ok(session)) => session,
        Ok(Err(error)) => {
            let log = crate::guard::id();
            tracing::error!(id = log, %error, "a transfer did not begin");
            let _ = announce.send(Err(log));
            return afterwards.run(false);
        }
        Err(log) => {
            let _ = announce.send(Err(log));
            return afterwards.run(false);
        }
    };
    let mut announce = Some(announce);
    let outcome = crate::guard::catch(|| drive(host, &mut session, &mut ends, &mut announce));
    let moved = session.moved();
    drop(session);
    if let (Err(log), Some(announce)) = (&outcome, announce.take()) {
        let _ = announce.send(Err(log.clone()));
    }
    // The client must not hear that all is well before the site knows what moved.
    afterwards.run(moved);
    if let Ok(Ok(())) = outcome {
        let _ = host.runtime().block_on(send(&ends, Piece::End));
    }
}

fn drive(
    host: &Native,
    session: &mut impl Talk,
    ends: &mut Ends,
    announce: &mut Option<Announce>,
) -> Result<(), Broken> {
    let runtime = host.runtime();
    let mut pace = Pace::default();
    loop {
        match pace.pull(session, host) {
            Pull::Bytes(bytes) => {
                if let Some(announce) = announce.take() {
                    let _ = announce.send(Ok(session.content_type()));
                }
                runtime.block_on(send(ends, Piece::Data(Bytes::from(bytes))))?;
            }
            Pull::NeedInput => match ends.input.blocking_recv() {
                Some(Input::Data(bytes)) => session.feed(&bytes),
                Some(Input::End) => session.eof(),
                None => return Err(Broken),
            },
            Pull::Busy if ends.output.is_closed() => return Err(Broken),
            Pull::Busy => {}
            Pull::Done => {
                if let Some(announce) = announce.take() {
                    let _ = announce.send(Ok(session.content_type()));
                }
                return Ok(());
            }
        }
    }
}

async fn send(ends: &Ends, piece: Piece) -> Result<(), Broken> {
    match tokio::time::timeout(IDLE, ends.output.send(piece)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Broken),
    }
}
