//! Bodies in and out, in pieces of our size.

use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{
    Delay,
    js_sys::{Object, Promise, Reflect, Uint8Array},
    wasm_bindgen::{JsCast as _, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::JsFuture,
    web_sys::ReadableStream,
};

/// Bytes asked for at once. Between two of them the object commits what it wrote, and that is what an upload pays for:
/// the stream's own pieces have 4 KiB.
const PIECE: u32 = 1 << 20;

#[wasm_bindgen(wasm_bindgen = ::worker::wasm_bindgen)]
extern "C" {
    type Body;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &Body, options: &Object) -> Result<Reader, JsValue>;

    type Reader;

    /// Waits until the view has at least so many bytes, or there are no more. The view is gone afterwards.
    #[wasm_bindgen(method, catch, js_name = readAtLeast)]
    fn read_at_least(this: &Reader, least: u32, view: &Uint8Array) -> Result<Promise, JsValue>;

    type Piece;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Piece) -> Option<Uint8Array>;
}

/// A body being read.
pub(crate) struct Input {
    reader: Reader,
    view: Option<Uint8Array>,
}

/// The client left before the body ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left;

impl Input {
    /// Begins to read.
    pub(crate) fn new(body: &ReadableStream) -> Result<Self, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"mode".into(), &"byob".into())?;
        Ok(Self { reader: body.unchecked_ref::<Body>().get_reader(&options)?, view: None })
    }

    /// The next piece; `None` at the end. A client that takes longer than `patience` has left.
    pub(crate) async fn read(&mut self, patience: Duration) -> Result<Option<Vec<u8>>, Left> {
        match select(Box::pin(self.piece()), Delay::from(patience)).await {
            Either::Left((piece, _)) => piece,
            Either::Right(_) => Err(Left),
        }
    }

    async fn piece(&mut self) -> Result<Option<Vec<u8>>, Left> {
        let view = self.view.take().unwrap_or_else(|| Uint8Array::new_with_length(PIECE));
        let promise = self.reader.read_at_least(PIECE, &view).map_err(|_| Left)?;
        let piece: Piece = JsFuture::from(promise).await.map_err(|_| Left)?.unchecked_into();
        let Some(bytes) = piece.value().filter(|bytes| bytes.length() > 0) else { return Ok(None) };
        let read = bytes.to_vec();
        // The same memory again, under a view of all of it.
        self.view = Some(Uint8Array::new(&bytes.buffer())).filter(|view| view.length() == PIECE);
        Ok(Some(read))
    }
}
