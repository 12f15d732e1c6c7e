//! How a transfer ends when something goes wrong in it, over a real socket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, mpsc},
};

use gitflare_repo::{Env, Pull};
use tokio::net::TcpListener;

use super::{Admission, Afterwards, answer};
use crate::{conversation::Talk, data::Folder, error::Failure, host::Native, local};

const PIECE: &[u8] = b"a piece of a pack";

/// A conversation that panics after this many pieces.
struct Panics(usize);

impl Talk for Panics {
    fn pull(&mut self, _: &Env) -> Pull {
        assert!(self.0 > 0, "a secret cause");
        self.0 -= 1;
        Pull::Bytes(PIECE.repeat(1 << 16))
    }

    fn feed(&mut self, _: &[u8]) {}

    fn eof(&mut self) {}

    fn content_type(&self) -> &'static str {
        "text/plain"
    }

    fn moved(&self) -> bool {
        true
    }
}

/// A server whose conversations panic after as many pieces as the path says, and what it tells of refs that moved.
async fn start(folder: &std::path::Path) -> (SocketAddr, mpsc::Receiver<bool>) {
    let host = Native::open(&Folder::new(folder).unwrap(), tokio::runtime::Handle::current()).unwrap();
    let (host, admission) = (Arc::new(host), Arc::new(Admission::new(1)));
    let (told, heard) = mpsc::channel();
    let handler: super::super::Handler = Arc::new(move |request, _| {
        let (host, admission, told) = (Arc::clone(&host), Arc::clone(&admission), told.clone());
        Box::pin(async move {
            let pieces = request.uri().path().trim_matches('/').parse().ok();
            let open = move |_: &Native| pieces.map(Panics).ok_or_else(|| Failure::new("a secret reason"));
            let afterwards = Afterwards::new(move |moved| told.send(moved).unwrap());
            answer(&host, &admission, &local::push(), open, (request.into_body(), None), afterwards).await
        })
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(super::super::serve(listener, handler, std::future::pending()));
    (address, heard)
}

async fn ask(address: SocketAddr, path: &'static str) -> String {
    let asking = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        // A cut connection may end in an error after what was read.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8(answer).unwrap()
    });
    asking.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_conversation_costs_one_request() {
    crate::guard::install();
    let folder = tempfile::tempdir().unwrap();
    let (address, heard) = start(folder.path()).await;
    // Before the first byte there is still a status to give; and the site hears of what moved until then.
    for (path, moved) in [("/0", true), ("/not-opened", false)] {
        let answer = ask(address, path).await;
        assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
        assert!(!answer.contains("secret"), "{answer}");
        let id = answer.rsplit("Internal error ").next().unwrap().trim();
        assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{answer}");
        assert_eq!(heard.recv(), Ok(moved));
    }
    // After it the answer breaks off, so that nobody takes it for a whole one.
    let answer = ask(address, "/30").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("transfer-encoding: chunked"));
    assert!(!answer.ends_with("0\r\n\r\n"), "it looks whole: {} bytes", answer.len());
    assert_eq!(heard.recv(), Ok(true));
    assert!(ask(address, "/0").await.starts_with("HTTP/1.1 500 "));
}

#[test]
fn what_follows_a_transfer_runs_once_however_it_ends() {
    let (told, heard) = mpsc::channel();
    let make = || {
        let told = told.clone();
        Afterwards::new(move |moved| told.send(moved).unwrap())
    };
    make().run(true);
    assert_eq!(heard.recv(), Ok(true));
    // The client left before there was a session.
    drop(make());
    assert_eq!(heard.recv(), Ok(false));
    assert!(heard.try_recv().is_err());
}

#[test]
fn a_panic_after_a_transfer_goes_no_further() {
    crate::guard::install();
    Afterwards::new(|_| panic!("after")).run(true);
}
