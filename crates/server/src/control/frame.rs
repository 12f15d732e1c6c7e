//! Frames on the control socket: one byte of kind, four of length, the bytes.

use std::io::{self, Read, Write};

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Client to server; empty is the end of input.
    Input = 0,
    Output = 1,
    /// A line beside the data.
    Note = 2,
    /// `[what, done, total]` as JSON.
    Progress = 3,
    /// One byte.
    Exit = 4,
}

const MAX: usize = 1 << 20;

pub(super) fn write(to: &mut impl Write, kind: Kind, bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(MAX) {
        one(to, kind, piece)?;
    }
    if bytes.is_empty() { one(to, kind, bytes) } else { Ok(()) }
}

fn one(to: &mut impl Write, kind: Kind, bytes: &[u8]) -> io::Result<()> {
    let mut head = [kind as u8, 0, 0, 0, 0];
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    head[1..].copy_from_slice(&length.to_be_bytes());
    to.write_all(&head)?;
    to.write_all(bytes)
}

pub(super) fn read(from: &mut impl Read) -> io::Result<(Kind, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let kind = match kind {
        0 => Kind::Input,
        1 => Kind::Output,
        2 => Kind::Note,
        3 => Kind::Progress,
        4 => Kind::Exit,
        _ => return Err(io::Error::other("unknown frame")),
    };
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX {
        return Err(io::Error::other("frame too long"));
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok((kind, bytes))
}
