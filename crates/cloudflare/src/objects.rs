//! The way to the object of a repository. An object is named by the repository's permanent id and nothing else, so it is
//! only ever addressed after the site's database has said that the id exists.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use gitflare_forge::host::RepositoryId;
use gitflare_port as port;
use worker::{
    Env, Headers, Method, Request, RequestInit, Response, Stub, wasm_bindgen::JsValue,
    web_sys::ReadableStream,
};

use crate::call::{Answer, Call, Download, HEADER, Transfer};

/// The binding in `wrangler.toml`.
const BINDING: &str = "REPOSITORY";
/// The host of the addresses that lead to objects; nobody resolves it.
const ADDRESS: &str = "http://repository";

/// The path downloads are asked for by.
pub(crate) const DOWNLOAD: &str = "/download";

/// All objects, as one request reaches them.
#[derive(Clone)]
pub(crate) struct Objects {
    env: Env,
    /// Where a new object should live: near whoever makes it.
    hint: Option<&'static str>,
    /// Counts requests to objects.
    hops: Arc<AtomicU32>,
}

impl Objects {
    pub(crate) fn new(env: Env, hint: Option<&'static str>, hops: Arc<AtomicU32>) -> Self {
        Self { env, hint, hops }
    }

    /// Asks, and waits for the answer. An object that was just moved or restarted is asked once more: no call does harm
    /// when it is made twice.
    pub(crate) async fn ask(&self, id: RepositoryId, call: &Call) -> Answer {
        match self.try_ask(id, call).await {
            Ok(answer) => answer,
            Err(error) if is_passing(&error) => {
                self.try_ask(id, call).await.unwrap_or_else(|error| Err(failed(&error)))
            }
            Err(error) => Err(failed(&error)),
        }
    }

    async fn try_ask(&self, id: RepositoryId, call: &Call) -> worker::Result<Answer> {
        let stub = self.stub(id, matches!(call, Call::Create))?;
        let body = JsValue::from_str(&serde_json::to_string(call)?);
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body));
        let request = Request::new_with_init(&format!("{ADDRESS}/call"), &init)?;
        let mut response = stub.fetch_with_request(request).await?;
        Ok(serde_json::from_str(&response.text().await?)?)
    }

    /// Begins a download; an object that was just moved or restarted is asked once more.
    pub(crate) async fn download(
        &self,
        id: RepositoryId,
        download: &Download,
    ) -> Result<Response, port::Error> {
        match self.try_download(id, download).await {
            Ok(response) => Ok(response),
            Err(error) if is_passing(&error) => {
                self.try_download(id, download).await.map_err(|error| failed(&error))
            }
            Err(error) => Err(failed(&error)),
        }
    }

    async fn try_download(&self, id: RepositoryId, download: &Download) -> worker::Result<Response> {
        let body = JsValue::from_str(&serde_json::to_string(download)?);
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body));
        let request = Request::new_with_init(&format!("{ADDRESS}{DOWNLOAD}"), &init)?;
        self.stub(id, false)?.fetch_with_request(request).await
    }

    /// Hands a transfer over. The client's bytes and the answer's pass by without being looked at.
    pub(crate) async fn transfer(
        &self,
        id: RepositoryId,
        transfer: &Transfer,
        body: Option<ReadableStream>,
    ) -> worker::Result<Response> {
        let stub = self.stub(id, transfer.begun.is_some())?;
        let headers = Headers::new();
        headers.set(HEADER, &transfer.encode()?)?;
        let mut init = RequestInit::new();
        init.with_headers(headers);
        if let Some(body) = body {
            init.with_method(Method::Post).with_body(Some(body.into()));
        }
        stub.fetch_with_request(Request::new_with_init(&format!("{ADDRESS}/transfer"), &init)?).await
    }

    fn stub(&self, id: RepositoryId, is_new: bool) -> worker::Result<Stub> {
        self.hops.fetch_add(1, Ordering::Relaxed);
        let namespace = self.env.durable_object(BINDING)?;
        match self.hint.filter(|_| is_new) {
            Some(hint) => namespace.get_by_name_with_location_hint(&id.to_string(), hint),
            None => namespace.get_by_name(&id.to_string()),
        }
    }
}

/// Whether an object could not answer because it is busy or being moved.
fn is_passing(error: &worker::Error) -> bool {
    let text = error.to_string();
    let signs = ["overloaded", "reset because", "Network connection lost", "Cannot resolve"];
    signs.iter().any(|sign| text.contains(sign))
}

/// An object that could not answer.
fn failed(error: &worker::Error) -> port::Error {
    let text = error.to_string();
    if is_passing(error) {
        crate::log::warn("object", &text);
        return port::Error {
            kind: port::ErrorKind::Unavailable,
            message: "The repository is busy; try again in a few seconds".into(),
        };
    }
    port::Error { kind: port::ErrorKind::Internal, message: format!("object: {text}") }
}
