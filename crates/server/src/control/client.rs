//! The command line's end of the control socket.

use std::{
    io::{self, ErrorKind, Read, Write},
    os::unix::net::UnixStream,
};

use super::{Request, frame, frame::Kind, shorten};
use crate::{
    cli::Command,
    data::Folder,
    error::{Failure, Result},
    io::Io,
};

/// A connection to the server that owns the folder.
pub(crate) struct Connection(UnixStream);

/// Connects, if a server is running.
pub(crate) fn connect(folder: &Folder) -> Result<Option<Connection>> {
    let socket = folder.socket();
    let outcome = shorten(&socket).and_then(|short| UnixStream::connect(&short.path));
    match outcome {
        Ok(stream) => Ok(Some(Connection(stream))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(None),
        Err(error) => Err(Failure::during(socket.display(), error)),
    }
}

impl Connection {
    /// Runs the command over there, with these streams over here. Answers its exit code.
    pub(crate) fn run(mut self, command: Command, io: &mut dyn Io) -> Result<u8> {
        self.ask(command)?;
        let input = self.0.try_clone()?;
        // Not joined: it may wait for a terminal that says nothing more.
        std::thread::spawn(move || forward_input(input));
        self.answers(io)
    }

    /// The same with input that `io` has at hand: all of it is sent before the first answer is read.
    pub(crate) fn feed(mut self, command: Command, io: &mut dyn Io) -> Result<u8> {
        self.ask(command)?;
        let mut buffer = vec![0; 256 << 10];
        loop {
            let count = match io.read(&mut buffer) {
                Ok(count) => count,
                Err(error) => {
                    self.give_up();
                    return Err(error.into());
                }
            };
            let sent = frame::write(&mut self.0, Kind::Input, buffer.get(..count).unwrap_or_default());
            // A command that failed reads no more: its answer says why.
            if count == 0 || sent.is_err() {
                break;
            }
        }
        self.answers(io)
    }

    /// There is no more input, and not because all was sent. Waits until what was begun over there is taken back.
    fn give_up(&mut self) {
        let _ = self.0.shutdown(std::net::Shutdown::Write);
        while frame::read(&mut self.0).is_ok_and(|(kind, _)| kind != Kind::Exit) {}
    }

    fn ask(&mut self, command: Command) -> Result<()> {
        let request = Request { version: env!("CARGO_PKG_VERSION").into(), command };
        let mut line = serde_json::to_vec(&request)?;
        line.push(b'\n');
        Ok(self.0.write_all(&line)?)
    }

    fn answers(&mut self, io: &mut dyn Io) -> Result<u8> {
        self.frames(io).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => {
                Failure::new("the server stopped before the command was done")
            }
            _ => error.into(),
        })
    }

    fn frames(&mut self, io: &mut dyn Io) -> io::Result<u8> {
        loop {
            let (kind, bytes) = frame::read(&mut self.0)?;
            match kind {
                Kind::Output => io.out(&bytes)?,
                Kind::Note => io.note(&String::from_utf8_lossy(&bytes))?,
                Kind::Progress => {
                    let (what, done, total): (String, u64, u64) = serde_json::from_slice(&bytes)?;
                    io.progress(&what, done, total)?;
                }
                Kind::Exit => return Ok(bytes.first().copied().unwrap_or(1)),
                Kind::Input => return Err(io::Error::other("unexpected frame")),
            }
        }
    }
}

fn forward_input(mut socket: UnixStream) -> io::Result<()> {
    let mut stdin = io::stdin().lock();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = stdin.read(&mut buffer)?;
        frame::write(&mut socket, Kind::Input, buffer.get(..count).unwrap_or_default())?;
        if count == 0 {
            return Ok(());
        }
    }
}
