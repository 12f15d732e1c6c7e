//! Counts what passes between a client and a server by standing between them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::host::Result;

/// A forwarder with a counter; the server behind it may change.
pub(crate) struct Wire {
    /// Where clients connect.
    pub(crate) address: String,
    upstream: Arc<Mutex<String>>,
    bytes: Arc<AtomicU64>,
}

impl Wire {
    /// Listens on a free port, and forwards to `upstream`.
    pub(crate) fn new(upstream: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let wire = Self {
            address: listener.local_addr()?.to_string(),
            upstream: Arc::new(Mutex::new(upstream.to_owned())),
            bytes: Arc::default(),
        };
        let (upstream, bytes) = (Arc::clone(&wire.upstream), Arc::clone(&wire.bytes));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let upstream = upstream.lock().map(|name| name.clone()).unwrap_or_default();
                // A server that is gone closes the connection, which is what the client would see without us.
                let _ = connect(&client, &upstream, &bytes);
            }
        });
        Ok(wire)
    }

    /// Forwards new connections elsewhere.
    pub(crate) fn point_at(&self, upstream: &str) {
        if let Ok(mut name) = self.upstream.lock() {
            upstream.clone_into(&mut name);
        }
    }

    /// Bytes passed so far, both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

fn connect(client: &TcpStream, upstream: &str, bytes: &Arc<AtomicU64>) -> Result<()> {
    let server = TcpStream::connect(upstream)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    for (from, to) in [(client.try_clone()?, server.try_clone()?), (server, client.try_clone()?)] {
        let bytes = Arc::clone(bytes);
        std::thread::spawn(move || forward(from, to, &bytes));
    }
    Ok(())
}

fn forward(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64) {
    let mut buffer = vec![0; 1 << 17];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        bytes.fetch_add(length as u64, Ordering::Relaxed);
        if buffer.get(..length).is_none_or(|read| to.write_all(read).is_err()) {
            // Tells the sender, too.
            let _ = from.shutdown(Shutdown::Both);
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
