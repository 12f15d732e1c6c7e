//! Commands reach a running server through a socket in the data folder; without a server they own the folder.
//!
//! The client sends one line (the parsed command as JSON), then frames of its standard input; the server runs
//! the command as a process without a server would, and answers frames of output, errors and progress, and at
//! last the exit code. The socket is open to the owner of the folder alone.

mod client;
mod frame;
mod server;

use std::{
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::cli::Command;

pub(crate) use client::{Connection, connect};
pub(crate) use server::listen;

/// The first line of a conversation.
#[derive(Serialize, Deserialize)]
struct Request {
    /// Both ends are the same program, unless one of them was replaced.
    version: String,
    command: Command,
}

/// A path by which a socket of any folder can be named: the system allows about a hundred bytes.
struct Short {
    path: PathBuf,
    _folder: Option<std::fs::File>,
}

fn shorten(socket: &Path) -> std::io::Result<Short> {
    if socket.as_os_str().len() < 100 {
        return Ok(Short { path: socket.to_owned(), _folder: None });
    }
    let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
        return Err(std::io::Error::other("the socket has no folder"));
    };
    let folder = std::fs::File::open(folder)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(name);
    Ok(Short { path, _folder: Some(folder) })
}
