//! Requests to an object: calls and transfers.

use std::rc::Rc;

use gitflare_port::{Command, Reply, moving::Import};
use worker::{Request, Response, Result};

use super::{
    deliver, download,
    object::{Object, internal},
    transfer,
};
use crate::{
    call::{self, Call, HEADER, Transfer},
    clock, log,
    objects::DOWNLOAD,
};

/// Answers one.
pub(super) async fn answer(object: &Rc<Object>, mut request: Request) -> Result<Response> {
    if let Some(header) = request.headers().get(HEADER)? {
        let Some(transfer) = Transfer::decode(&header) else {
            return Response::error("The head of the transfer cannot be read", 400);
        };
        return transfer::answer(object, transfer, &request).await;
    }
    #[cfg(feature = "contract")]
    if let Some(response) = crate::testing::in_object(object, &request).await? {
        return Ok(response);
    }
    if request.path() == DOWNLOAD {
        return download::answer(object, &mut request).await;
    }
    let call: Call = serde_json::from_str(&request.text().await?)?;
    Response::from_json(&run(object, call).await)
}

async fn run(object: &Object, call: Call) -> call::Answer {
    match call {
        Call::Create => object.create().map(|_| Reply::Done),
        Call::Command { command } => {
            let fills = matches!(command, Command::Import(Import::Finish { .. }));
            let tells = matches!(command, Command::MoveRefs { .. });
            let reply = object.repository()?.command(command, &clock::env())?;
            if tells {
                deliver::follow_up(object, None, true).await;
            }
            // What was not moved is made again, by the alarm.
            if fills && let Err(error) = object.wake_within(deliver::SOON).await {
                log::error("alarm", &error.to_string());
            }
            Ok(reply)
        }
        Call::Erase => match object.erase().await {
            Ok(()) => Ok(Reply::Done),
            Err(error) => Err(internal(&format!("erase: {error}"))),
        },
    }
}
