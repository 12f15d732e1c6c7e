//! A panic costs one request. It is caught, logged under an id, and the id is all the outside sees.

use std::{
    any::Any,
    cell::RefCell,
    future::Future,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    task::Poll,
};

thread_local! {
    /// Where and what the last panic of this thread was.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps what a panic says for the log line of whoever catches it.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        if LAST.try_with(|last| last.replace(text.clone())).is_err() {
            tracing::error!(panic = text, "panic");
        }
    }));
}

/// Runs `work`; a panic is logged, and its id is the error.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| report(&*payload))
}

/// The same for a future.
pub(crate) async fn catch_async<F: Future>(future: F) -> Result<F::Output, String> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match catch(|| future.as_mut().poll(context)) {
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(id) => Poll::Ready(Err(id)),
    })
    .await
}

fn report(payload: &(dyn Any + Send)) -> String {
    let mut text = LAST.with(RefCell::take);
    if text.is_empty() {
        let message = payload.downcast_ref::<&str>().copied();
        text = message
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("panic")
            .into();
    }
    let id = id();
    tracing::error!(id, panic = text, "a request panicked");
    id
}

/// A fresh id for a log line and the answer that names it.
pub(crate) fn id() -> String {
    let mut bytes = [0; 8];
    // Without randomness the id is zero: it only has to be found again.
    let _ = getrandom::fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}
