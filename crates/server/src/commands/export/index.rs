//! The index of a pack, version 2, as git reads it.

use gitflare_git::{ObjectFormat, Oid, hash::Checksum};

use super::resolve::{Entry, PACK_HEADER};
use crate::error::{Failure, Result};

const MAGIC: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];
/// Offsets from here on stand in a table of their own.
const LARGE: u64 = 1 << 31;

/// The index of a pack with this trailer and these entries.
pub(super) fn build(entries: &[Entry], trailer: Oid) -> Result<Vec<u8>> {
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let made = entry.made.ok_or_else(|| Failure::new("an entry of the pack has no id"))?;
        rows.push((made.oid, entry.checksum, PACK_HEADER + entry.offset));
    }
    rows.sort_unstable();
    let mut index = MAGIC.to_vec();
    index.extend(fanout(rows.iter().map(|(oid, ..)| oid)).into_iter().flat_map(u32::to_be_bytes));
    for (oid, ..) in &rows {
        index.extend_from_slice(oid.as_bytes());
    }
    for (_, checksum, _) in &rows {
        index.extend_from_slice(&checksum.to_be_bytes());
    }
    let mut large = Vec::new();
    for (.., offset) in &rows {
        let word = if *offset < LARGE {
            u32::try_from(*offset).map_err(Failure::new)?
        } else {
            large.push(*offset);
            1 << 31 | u32::try_from(large.len() - 1).map_err(Failure::new)?
        };
        index.extend_from_slice(&word.to_be_bytes());
    }
    index.extend(large.into_iter().flat_map(u64::to_be_bytes));
    index.extend_from_slice(trailer.as_bytes());
    let mut sum = Checksum::new(ObjectFormat::Sha1);
    sum.update(&index);
    index.extend_from_slice(sum.finish().as_bytes());
    Ok(index)
}

/// For each first byte, how many ids begin with it or a lower one.
fn fanout<'a>(oids: impl Iterator<Item = &'a Oid>) -> Vec<u32> {
    let mut counts = vec![0u32; 256];
    for oid in oids {
        if let Some(count) = oid.as_bytes().first().and_then(|byte| counts.get_mut(usize::from(*byte))) {
            *count += 1;
        }
    }
    let mut sum = 0;
    counts
        .into_iter()
        .map(|count| {
            sum += count;
            sum
        })
        .collect()
}
