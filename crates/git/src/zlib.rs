//! zlib and gzip streams.
//!
//! Nothing here allocates by what its input claims: output goes into buffers of the caller's choosing.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::error::bad;
use crate::{Error, Result};

/// What one step of inflating did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inflated {
    /// Bytes taken from the input.
    pub consumed: usize,
    /// Bytes written to the output.
    pub produced: usize,
    /// Whether the stream has ended and its checksum is right.
    pub done: bool,
}

/// Inflates zlib streams, one after another: its tables and window are allocated once.
pub struct Inflater {
    state: Decompress,
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl Inflater {
    /// Ready for the first stream.
    pub fn new() -> Self {
        Self { state: Decompress::new(true) }
    }

    /// Inflates as much as both buffers allow. Progress of zero with room in both does not happen.
    pub fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Result<Inflated> {
        step(&mut self.state, input, out).ok_or_else(broken)
    }

    /// Ready for the next stream.
    pub fn reset(&mut self) {
        self.state.reset(true);
    }
}

fn step(state: &mut Decompress, input: &[u8], out: &mut [u8]) -> Option<Inflated> {
    let (read, written) = (state.total_in(), state.total_out());
    let status = state.decompress(input, out, FlushDecompress::None).ok()?;
    Some(Inflated {
        consumed: (state.total_in() - read) as usize,
        produced: (state.total_out() - written) as usize,
        done: status == Status::StreamEnd,
    })
}

/// Inflates a stream of exactly `size` bytes; returns them and the length of the stream.
pub fn inflate_exact(input: &[u8], size: usize) -> Result<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let consumed = inflate_into(&mut Inflater::new(), input, &mut out, size)?;
    Ok((out, consumed))
}

/// Inflates a stream of exactly `size` bytes into `out`, whose old content is dropped; returns the length
/// of the stream. Allocates `size` bytes at once: the caller checks it against its limits.
pub fn inflate_into(inflater: &mut Inflater, input: &[u8], out: &mut Vec<u8>, size: usize) -> Result<usize> {
    inflater.reset();
    out.clear();
    // The spare byte lets zlib reach the end of a stream behind its last byte of output, and shows output
    // beyond the declared size.
    out.try_reserve(size.saturating_add(1)).map_err(|_| Error::TooLarge("object too large".into()))?;
    let mut read = 0;
    loop {
        let (written, before) = (out.len(), inflater.state.total_in());
        let rest = input.get(read..).unwrap_or_default();
        let status = inflater.state.decompress_vec(rest, out, FlushDecompress::None).map_err(|_| broken())?;
        read += (inflater.state.total_in() - before) as usize;
        if out.len() > size || (status == Status::StreamEnd && out.len() < size) {
            return Err(bad("inflate: wrong size"));
        }
        if status == Status::StreamEnd {
            return Ok(read);
        }
        if out.len() == written && inflater.state.total_in() == before {
            return Err(bad("inflate: data stream is truncated"));
        }
    }
}

fn broken() -> Error {
    bad("inflate: data stream error")
}

/// Deflates to a zlib stream. Levels go from 0 (stored) to 9. For many in a row, keep a [`Deflater`].
pub fn deflate(data: &[u8], level: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 2 + 64);
    Deflater::new(level).whole(data, &mut out);
    out
}

/// Deflates what comes in pieces to one stream.
pub struct Deflater {
    state: Compress,
}

impl Deflater {
    /// Levels go from 0 (stored) to 9.
    pub fn new(level: u32) -> Self {
        Self { state: Compress::new(Compression::new(level.min(9)), true) }
    }

    /// Without zlib's header and checksum: archives have their own.
    pub fn raw() -> Self {
        Self { state: Compress::new(Compression::new(6), false) }
    }

    /// Appends to `out` what is ready once the next piece is in.
    pub fn feed(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.run(data, FlushCompress::None, out);
    }

    /// Appends the rest of the stream.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.run(&[], FlushCompress::Finish, out);
    }

    /// Appends a stream of its own, and is ready for the next: its tables, of a quarter of a megabyte, stay allocated.
    pub fn whole(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.run(data, FlushCompress::Finish, out);
        self.state.reset();
    }

    fn run(&mut self, data: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
        let start = self.state.total_in();
        loop {
            let read = usize::try_from(self.state.total_in() - start).unwrap_or(usize::MAX);
            let rest = data.get(read..).unwrap_or_default();
            out.reserve(PIECE);
            match self.state.compress_vec(rest, out, flush) {
                Ok(Status::StreamEnd) | Err(_) => return,
                // Room that is left over shows that nothing more is ready.
                Ok(Status::Ok | Status::BufError) if out.len() < out.capacity() => {
                    let all = self.state.total_in() - start == data.len() as u64;
                    if all && matches!(flush, FlushCompress::None) {
                        return;
                    }
                }
                Ok(Status::Ok | Status::BufError) => {}
            }
        }
    }
}

/// Inflates a gzip stream that comes in pieces, up to a limit.
pub struct Gunzip {
    state: Decompress,
    left: u64,
    limit: u64,
    done: bool,
}

/// Output is grown in pieces of this size.
const PIECE: usize = 32 * 1024;

impl Gunzip {
    /// Gives at most `limit` bytes.
    pub fn new(limit: u64) -> Self {
        Self { state: Decompress::new_gzip(15), left: limit, limit, done: false }
    }

    /// Appends to `out` what the next piece of the stream inflates to.
    pub fn feed(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut rest = input;
        while !self.done {
            let start = out.len();
            // One byte more than is allowed, to tell a stream that ends at the limit from a longer one.
            let room = PIECE.min(usize::try_from(self.left.saturating_add(1)).unwrap_or(PIECE));
            out.resize(start + room, 0);
            let step = step(&mut self.state, rest, out.get_mut(start..).unwrap_or_default());
            out.truncate(start + step.map_or(0, |step| step.produced));
            let step = step.ok_or_else(|| bad("request was not valid gzip"))?;
            rest = rest.get(step.consumed..).unwrap_or_default();
            self.done = step.done;
            self.left = self.left.checked_sub(step.produced as u64).ok_or_else(|| {
                out.truncate(start);
                Error::TooLarge(format!("request inflates to more than {} bytes", self.limit))
            })?;
            if step.consumed == 0 && step.produced == 0 {
                break;
            }
        }
        if self.done && !rest.is_empty() {
            return Err(bad("bytes after the end of the gzip stream"));
        }
        Ok(())
    }

    /// Whether the stream came to its end.
    pub fn finish(&self) -> Result<()> {
        if self.done { Ok(()) } else { Err(bad("gzip stream is truncated")) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Deflater, deflate, inflate_exact};

    #[test]
    fn one_deflater_makes_streams_that_stand_alone() {
        let large: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        let mut deflater = Deflater::new(6);
        for data in [&b"first"[..], b"", &large, b"last"] {
            let mut out = b"before".to_vec();
            deflater.whole(data, &mut out);
            let stream = out.strip_prefix(b"before").unwrap();
            assert_eq!(stream, deflate(data, 6), "{} bytes", data.len());
            assert_eq!(inflate_exact(stream, data.len()).unwrap(), (data.to_vec(), stream.len()));
        }
    }
}
