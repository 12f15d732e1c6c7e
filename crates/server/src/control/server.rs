//! The server's end of the control socket: a thread per command.

use std::{
    fs::Permissions,
    io::{self, BufRead, BufReader},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
};

use super::{Request, frame, frame::Kind, shorten};
use crate::{
    app::{App, WeakApp},
    commands,
    data::Folder,
    error::{Failure, Result},
    io::Io,
};

/// Takes commands from now on. Only the holder of the folder's lock may call this: it replaces a stale socket.
pub(crate) fn listen(folder: &Folder, app: WeakApp) -> Result<()> {
    let socket = folder.socket();
    let bind = || {
        match std::fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&shorten(&socket)?.path)?;
        std::fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        Ok(listener)
    };
    let listener = bind().map_err(|error| Failure::during(socket.display(), error))?;
    std::thread::Builder::new().name("control".into()).spawn(move || accept(&listener, &app))?;
    Ok(())
}

fn accept(listener: &UnixListener, app: &WeakApp) {
    for stream in listener.incoming() {
        let Some(app) = app.upgrade() else { return };
        let outcome = stream.and_then(|stream| {
            std::thread::Builder::new().name("command".into()).spawn(move || converse(stream, &app))
        });
        if let Err(error) = outcome {
            tracing::warn!(%error, "control socket");
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
}

/// One command. An error here means that the client left: nobody is there to be told.
fn converse(stream: UnixStream, app: &App) -> io::Result<()> {
    let mut output = stream.try_clone()?;
    let mut remote = Remote {
        input: BufReader::new(stream),
        pending: Vec::new(),
        ended: false,
        output: output.try_clone()?,
    };
    let mut line = Vec::new();
    remote.input.read_until(b'\n', &mut line)?;
    let answer = match serde_json::from_slice::<Request>(&line) {
        Ok(request) if request.version == env!("CARGO_PKG_VERSION") => {
            crate::guard::catch(|| commands::run(request.command, app, &mut remote)).unwrap_or_else(|id| {
                Err(Failure::new(format_args!("internal error {id}; the server's log has the cause")))
            })
        }
        Ok(request) => {
            let ours = env!("CARGO_PKG_VERSION");
            let theirs = request.version;
            Err(Failure::new(format_args!("the running server is version {ours}, this program is {theirs}")))
        }
        Err(error) => Err(error.into()),
    };
    let code = match answer {
        Ok(code) => code,
        Err(failure) => {
            frame::write(&mut output, Kind::Note, format!("error: {failure}").as_bytes())?;
            failure.code
        }
    };
    frame::write(&mut output, Kind::Exit, &[code])
}

/// The streams of a command whose terminal is at the other end of the socket.
struct Remote {
    input: BufReader<UnixStream>,
    pending: Vec<u8>,
    ended: bool,
    output: UnixStream,
}

impl Io for Remote {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() && !self.ended {
            let (kind, bytes) = frame::read(&mut self.input)?;
            if kind != Kind::Input {
                return Err(io::Error::other("unexpected frame"));
            }
            self.ended = bytes.is_empty();
            self.pending = bytes;
        }
        let count = buffer.len().min(self.pending.len());
        for (to, from) in buffer.iter_mut().zip(self.pending.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }

    fn out(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() { Ok(()) } else { frame::write(&mut self.output, Kind::Output, bytes) }
    }

    fn note(&mut self, line: &str) -> io::Result<()> {
        frame::write(&mut self.output, Kind::Note, line.as_bytes())
    }

    fn progress(&mut self, what: &str, done: u64, total: u64) -> io::Result<()> {
        frame::write(&mut self.output, Kind::Progress, &serde_json::to_vec(&(what, done, total))?)
    }
}
