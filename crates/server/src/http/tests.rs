//! The guard around requests, over a real socket.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use tokio::net::TcpListener;

use super::{Handler, serve, text};

/// A server whose handler panics on `/panic`, and what ends it.
async fn start() -> (SocketAddr, tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let handler: Handler = Arc::new(|request, _| {
        Box::pin(async move {
            match request.uri().path() {
                "/panic" => panic!("a secret cause"),
                "/slow" => tokio::time::sleep(std::time::Duration::from_millis(400)).await,
                _ => {}
            }
            text(http::StatusCode::OK, "fine\n")
        })
    });
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let serving = tokio::spawn(serve(listener, handler, async move {
        let _ = stopped.await;
    }));
    (address, stop, serving)
}

async fn get(address: SocketAddr, path: &'static str) -> String {
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_one_request() {
    crate::guard::install();
    let (address, _stop, _serving) = start().await;
    let answer = get(address, "/panic").await;
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(!answer.contains("secret"), "{answer}");
    let id = answer.rsplit("Internal error ").next().unwrap().trim();
    assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{answer}");
    assert!(get(address, "/").await.ends_with("fine\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_finish_when_the_server_stops() {
    let (address, stop, serving) = start().await;
    let slow = tokio::spawn(get(address, "/slow"));
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    assert!(slow.await.unwrap().ends_with("fine\n"));
    serving.await.unwrap();
    assert!(TcpStream::connect(address).is_err());
}
