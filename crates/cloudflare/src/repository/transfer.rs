//! A git transfer in its object: the session is fed from the request's body and pulled as fast as the client takes the
//! answer, with room for other events in between.

mod lane;
mod run;

use std::{rc::Rc, time::Duration};

use futures_util::stream;
use gitflare_forge::transfer as site;
use gitflare_port::Service;
use worker::{Headers, Request, Response};

pub(crate) use self::lane::Lane;
use self::run::Run;
use super::{
    deliver,
    object::{Object, internal},
};
use crate::{admission, call::Transfer, clock, log, stream::Left};

/// By when the object looks after what a push may leave behind if the client vanishes.
const AFTERMATH: Duration = Duration::from_secs(20 * 60);
/// The same for a push that creates the repository, whose name is taken until then.
const AFTERMATH_OF_NEW: Duration = Duration::from_secs(90);

/// Answers a transfer. The client hears that a push succeeded after the site was told.
pub(super) async fn answer(
    object: &Rc<Object>,
    transfer: Transfer,
    request: &Request,
) -> worker::Result<Response> {
    let Transfer { head, begun, client } = transfer;
    object.give_up_idle(clock::now());
    let Some(place) = admission::enter(&head, client).await else {
        if let Some(begun) = &begun {
            deliver::follow_up(object, Some(begun), false).await;
        }
        return busy();
    };
    let opened = if begun.is_some() { object.create() } else { object.repository() };
    let repository = match opened {
        Ok(repository) => repository,
        Err(error) => return failed(&error.message),
    };
    let is_push = head.service == Service::ReceivePack && !head.advertise;
    if is_push {
        if let Some(begun) = &begun {
            object.note_begun(begun).await?;
        }
        object.wake_within(if begun.is_some() { AFTERMATH_OF_NEW } else { AFTERMATH }).await?;
    }
    let session = repository.transfer(head, &clock::env());
    let content_type = session.content_type();
    let run = Run::new(object, session, request.inner().body(), place, begun, is_push);
    let lane = if is_push { Lane::driven(object, run) } else { Lane::waiting(object, run) };
    // The head of the answer is sent with the first piece: a client who left meanwhile costs nothing more.
    let Ok(first) = lane.next().await else { return Response::error("The client left", 499) };
    let headers = Headers::new();
    for (name, value) in site::headers(content_type) {
        headers.set(name.as_str(), value)?;
    }
    let pieces = stream::unfold((lane, first), |(lane, first)| async move {
        let next: worker::Result<Vec<u8>> = match first {
            Some(bytes) => Ok(bytes),
            None => match lane.next().await {
                Ok(Some(bytes)) => Ok(bytes),
                Ok(None) => return None,
                Err(Left) => Err("the client left".into()),
            },
        };
        Some((next, (lane, None)))
    });
    Ok(Response::from_stream(pieces)?.with_headers(headers))
}

fn busy() -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set("retry-after", "10")?;
    headers.set("content-type", "text/plain; charset=utf-8")?;
    Ok(Response::error("Busy; try again in a few seconds\n", 503)?.with_headers(headers))
}

fn failed(cause: &str) -> worker::Result<Response> {
    let mut id = [0; 6];
    clock::random(&mut id);
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    log::error(&id, &internal(cause).message);
    Response::error(format!("Internal error {id}\n"), 500)
}
