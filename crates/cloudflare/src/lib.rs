//! The wasm host: a Worker, one Durable Object per repository, D1.

#![expect(missing_docs, reason = "the attribute makes methods that nobody calls")]

use worker::{
    Context, DurableObject, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, State,
};
use worker::{durable_object, event, wasm_bindgen};

/// A request to the Worker.
#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> Result<Response> {
    Response::ok("ok")
}

/// The clock strikes.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, _env: Env, _context: ScheduleContext) {}

/// One repository.
#[durable_object]
pub struct Repository;

impl DurableObject for Repository {
    fn new(_state: State, _env: Env) -> Self {
        Self
    }

    async fn fetch(&self, _request: Request) -> Result<Response> {
        Response::ok("ok")
    }
}
