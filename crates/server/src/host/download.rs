//! Raw files, archives and patches. Each piece is made on a thread that may block; between two of them a download holds no
//! thread, and no more than a few pieces that its client has not taken.

use std::{net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use gitflare_forge::host::{Broken, Download};
use gitflare_port as port;
use tokio::sync::mpsc;

use super::{Native, blocking, internal, pool::Open};
use crate::http::{body::Piece, transfer::share::Place};

/// Downloads at a time, and of those one client's.
pub(super) const ALL: usize = 128;
pub(super) const SHARE: usize = 32;
/// How long one waits for its turn before it is told to come back.
const QUEUE: Duration = Duration::from_secs(10);
/// Pieces that wait for the client.
const PIECES: usize = 2;
/// A client that takes no byte for this long has left.
const IDLE: Duration = Duration::from_secs(600);

/// Begins one.
pub(super) async fn begin(
    host: Arc<Native>,
    id: i64,
    request: port::download::Download,
    client: Option<IpAddr>,
) -> Result<Download, port::Error> {
    let entering = tokio::time::timeout(QUEUE, Arc::clone(&host.downloads).enter(client));
    let place = entering.await.ok().flatten().ok_or_else(busy)?;
    let opener = Arc::clone(&host);
    let (open, download) = blocking(move || {
        let open = opener.repositories.get(id).map_err(|error| internal(&error))?;
        let download = open.repository().download(&request)?;
        Ok((open, download))
    })
    .await?;
    let head = download.head().clone();
    let (output, pieces) = mpsc::channel(PIECES);
    tokio::spawn(send(id, (open, place), download, output));
    let pieces = stream::unfold(Some(pieces), |pieces| async {
        let mut pieces: mpsc::Receiver<Piece> = pieces?;
        match pieces.recv().await {
            Some(Piece::Data(bytes)) => Some((Ok(bytes), Some(pieces))),
            Some(Piece::End) => None,
            None => Some((Err(Broken), None)),
        }
    });
    Ok(Download { head, pieces: pieces.boxed() })
}

/// The whole life of one. The repository stays open and the place taken as long.
async fn send(
    id: i64,
    _held: (Arc<Open>, Place),
    mut download: gitflare_repo::Download,
    output: mpsc::Sender<Piece>,
) {
    loop {
        let pulled = blocking(move || {
            let pulled = download.pull(super::now())?;
            Ok((download, pulled))
        });
        let piece = match pulled.await {
            Ok((rest, Some(bytes))) => {
                download = rest;
                if bytes.is_empty() {
                    if output.is_closed() {
                        return;
                    }
                    continue;
                }
                Piece::Data(Bytes::from(bytes))
            }
            Ok((_, None)) => {
                let _ = tokio::time::timeout(IDLE, output.send(Piece::End)).await;
                return;
            }
            Err(error) => {
                tracing::error!(repository = id, cause = error.message, "a download broke off");
                return;
            }
        };
        match tokio::time::timeout(IDLE, output.send(piece)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

fn busy() -> port::Error {
    port::Error {
        kind: port::ErrorKind::Unavailable,
        message: "Too many downloads at a time; try again in a few seconds".into(),
    }
}
