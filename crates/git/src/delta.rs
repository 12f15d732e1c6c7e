//! Deltas: an object as copies from a base and inserted bytes.

mod search;
mod stream;

pub use search::encode;
pub use stream::{Instructions, Step};

use crate::error::bad;
use crate::{Error, Result};

/// The sizes a delta declares: of its base, of its result, and the length of the header that says so.
pub fn sizes(delta: &[u8]) -> Result<(u64, u64, usize)> {
    let (base, rest) = size(delta).ok_or_else(truncated)?;
    let (result, rest) = size(rest).ok_or_else(truncated)?;
    Ok((base, result, delta.len() - rest.len()))
}

/// Reads a number of 7 bits per byte, least significant first.
fn size(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value: u64 = 0;
    for (place, &byte) in bytes.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * place as u32;
        let shifted = bits << shift;
        if shifted >> shift != bits {
            return None;
        }
        value |= shifted;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

fn truncated() -> Error {
    bad("delta is truncated")
}

/// Rebuilds an object in `out`, whose old content is dropped. Refuses a delta that is for another base,
/// reads outside it or does not give the size it declares.
///
/// Allocates the declared size of the result at once: check it with [`sizes`] first.
pub fn apply(base: &[u8], delta: &[u8], out: &mut Vec<u8>) -> Result<()> {
    out.clear();
    let (base_size, result_size, header) = sizes(delta)?;
    if base_size != base.len() as u64 {
        return Err(bad("delta base has another size"));
    }
    let wanted =
        usize::try_from(result_size).map_err(|_| Error::TooLarge("delta result too large".into()))?;
    out.try_reserve(wanted).map_err(|_| Error::TooLarge("delta result too large".into()))?;
    let mut rest = delta.get(header..).unwrap_or_default();
    while let Some((&op, after)) = rest.split_first() {
        let piece = if op & 0x80 != 0 {
            let (offset, length, after) = copy(op, after)?;
            rest = after;
            base.get(offset..)
                .and_then(|tail| tail.get(..length))
                .ok_or_else(|| bad("delta copies beyond its base"))?
        } else if op != 0 {
            let (piece, after) = after.split_at_checked(usize::from(op)).ok_or_else(truncated)?;
            rest = after;
            piece
        } else {
            return Err(bad("delta has a reserved instruction"));
        };
        if piece.len() > wanted - out.len() {
            return Err(bad("delta result has wrong size"));
        }
        out.extend_from_slice(piece);
    }
    if out.len() != wanted {
        return Err(bad("delta result has wrong size"));
    }
    Ok(())
}

/// Reads offset and length of a copy: one byte for each bit set in the instruction.
fn copy(op: u8, bytes: &[u8]) -> Result<(usize, usize, &[u8])> {
    let mut rest = bytes;
    let mut field = |bits: u8, width: u32| -> Result<u32> {
        let mut value = 0;
        for place in 0..width {
            if bits >> place & 1 != 0 {
                let (&byte, after) = rest.split_first().ok_or_else(truncated)?;
                value |= u32::from(byte) << (8 * place);
                rest = after;
            }
        }
        Ok(value)
    };
    let offset = field(op & 0x0f, 4)?;
    let length = field(op >> 4 & 0x07, 3)?;
    let length = if length == 0 { 0x1_0000 } else { length };
    Ok((offset as usize, length as usize, rest))
}
