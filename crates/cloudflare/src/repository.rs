//! One repository: its events, each in a file of its own. Any of them may be the first after the object was asleep, was
//! moved, or lost its program to a panic; so memory holds nothing that is not in the database or can be done again.
#![expect(missing_docs, reason = "the attribute makes methods that nobody here writes or calls")]

mod alarm;
mod answer;
mod deliver;
mod download;
mod object;
mod transfer;

use std::rc::Rc;

use worker::{
    DurableObject, Env, Request, Response, Result, Socket, State, WebSocket, WebSocketIncomingMessage,
    durable_object, wasm_bindgen,
};

pub(crate) use self::object::Object;

/// The object of one repository, named by the repository's permanent id.
#[durable_object]
pub struct Repository {
    object: Rc<Object>,
}

impl DurableObject for Repository {
    /// Does nothing yet: after a sleep this runs before every event.
    fn new(state: State, env: Env) -> Self {
        Self { object: Rc::new(Object::new(state, env)) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.object.recall().await?;
        answer::answer(&self.object, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        if let Err(error) = self.object.recall().await {
            crate::log::error("alarm", &error.to_string());
        }
        alarm::ring(&self.object).await;
        Response::empty()
    }

    async fn connect(&self, _socket: Socket) -> Result<()> {
        Err("no connections".into())
    }

    async fn websocket_message(&self, _socket: WebSocket, _message: WebSocketIncomingMessage) -> Result<()> {
        Ok(())
    }

    async fn websocket_close(
        &self,
        _socket: WebSocket,
        _code: usize,
        _reason: String,
        _clean: bool,
    ) -> Result<()> {
        Ok(())
    }

    async fn websocket_error(&self, _socket: WebSocket, _error: worker::Error) -> Result<()> {
        Ok(())
    }
}
