//! A download in its object: pulled as fast as the client takes it, with room for other events in between.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use gitflare_port as port;
use worker::{Delay, Request, Response};

use super::object::{Idle, Object};
use crate::{
    admission::{self, Place},
    call, clock, log,
};

/// Seconds after which one that nobody took a piece of is given up.
const IDLE: i64 = 600;

/// Answers a request for one.
pub(super) async fn answer(object: &Rc<Object>, request: &mut Request) -> worker::Result<Response> {
    let call::Download { request, client } = serde_json::from_str(&request.text().await?)?;
    object.give_up_idle(clock::now());
    let begun = match admission::enter_download(client).await {
        Some(place) => object.repository().and_then(|repository| Ok((place, repository.download(&request)?))),
        None => Err(port::Error {
            kind: port::ErrorKind::Unavailable,
            message: "Too many downloads at a time; try again in a few seconds".into(),
        }),
    };
    let (place, download) = match begun {
        Ok(begun) => begun,
        Err(error) => return Response::from_bytes(call::frame(&Err(error))?),
    };
    let head = call::frame(&Ok(download.head().clone()))?;
    let pulled = Rc::new(Pulled {
        download: RefCell::new(Some(download)),
        place: RefCell::new(Some(place)),
        asked_at: Cell::new(clock::now()),
    });
    object.watch(&(Rc::clone(&pulled) as Rc<dyn Idle>));
    let pieces = stream::unfold(pulled, |pulled| async move {
        let piece = pulled.next().await?;
        Some((piece, pulled))
    });
    Response::from_stream(stream::iter([Ok(head)]).chain(pieces))
}

/// One, between two pieces.
struct Pulled {
    download: RefCell<Option<gitflare_repo::Download>>,
    place: RefCell<Option<Place>>,
    asked_at: Cell<i64>,
}

impl Pulled {
    /// The next piece; `None` after the last.
    async fn next(&self) -> Option<worker::Result<Vec<u8>>> {
        loop {
            let now = clock::now();
            self.asked_at.set(now);
            if let Some(place) = &*self.place.borrow() {
                place.renew(now);
            }
            let pulled = self.download.borrow_mut().as_mut()?.pull(now);
            match pulled {
                // Work without a result yet: others are let in.
                Ok(Some(bytes)) if bytes.is_empty() => Delay::from(Duration::ZERO).await,
                Ok(Some(bytes)) => return Some(Ok(bytes)),
                Ok(None) => {
                    self.end();
                    return None;
                }
                Err(error) => {
                    log::error("download", &error.message);
                    self.end();
                    return Some(Err("the download broke off".into()));
                }
            }
        }
    }

    fn end(&self) {
        drop((self.download.take(), self.place.take()));
    }
}

impl Idle for Pulled {
    fn give_up_idle(&self, now: i64) {
        if now - self.asked_at.get() > IDLE {
            self.end();
        }
    }
}
