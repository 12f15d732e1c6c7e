//! A download as the Worker hands it on: what the object says first becomes the head of the answer, the rest passes by.

use std::net::IpAddr;

use futures_util::{StreamExt as _, stream};
use gitflare_forge::host::{Broken, Download, RepositoryId};
use gitflare_port as port;
use worker::{
    ByteStream,
    send::{SendFuture, SendWrapper},
};

use crate::{call, log, objects::Objects};

/// Begins one.
pub(crate) async fn begin(
    objects: &Objects,
    id: RepositoryId,
    request: port::download::Download,
    client: Option<IpAddr>,
) -> Result<Download, port::Error> {
    let asked = call::Download { request, client };
    let mut response = objects.download(id, &asked).await?;
    let mut pieces = response.stream().map_err(|error| broken(&error.to_string()))?;
    let mut held = Vec::new();
    let head = loop {
        if let Some(head) = call::unframe(&mut held).map_err(|error| broken(&error.to_string()))? {
            break head?;
        }
        match pieces.next().await {
            Some(Ok(bytes)) => held.extend_from_slice(&bytes),
            Some(Err(error)) => return Err(broken(&error.to_string())),
            None => return Err(broken("an answer without a head")),
        }
    };
    // What came with the head, and all that follows.
    let first = Some(held).filter(|held| !held.is_empty());
    let pieces = stream::unfold(Some(SendWrapper::new((first, pieces))), |state| {
        SendFuture::new(async move {
            let (bytes, state) = next(state?).await?;
            Some((bytes.map(Into::into), state))
        })
    });
    Ok(Download { head, pieces: pieces.boxed() })
}

/// What is left of an answer: bytes that are here already, and those to come.
type Rest = SendWrapper<(Option<Vec<u8>>, ByteStream)>;

/// The next bytes, and what is left behind them.
async fn next(mut rest: Rest) -> Option<(Result<Vec<u8>, Broken>, Option<Rest>)> {
    let (first, pieces) = &mut *rest;
    if let Some(first) = first.take() {
        return Some((Ok(first), Some(rest)));
    }
    match pieces.next().await? {
        Ok(bytes) => Some((Ok(bytes), Some(rest))),
        Err(error) => {
            log::warn("download", &error.to_string());
            Some((Err(Broken), None))
        }
    }
}

fn broken(cause: &str) -> port::Error {
    port::Error { kind: port::ErrorKind::Internal, message: format!("a download: {cause}") }
}
