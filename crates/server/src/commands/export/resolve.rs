//! The ids of what a pack stores as deltas: each base is made once, depth first, so that few are in memory at a time.

use std::{collections::HashMap, fs::File, os::unix::fs::FileExt, rc::Rc};

use gitflare_git::{
    Kind, ObjectFormat, Oid, delta,
    hash::hash_object,
    pack::{EntryHeader, EntryKind},
    zlib,
};

use crate::{
    error::{Failure, Result},
    io::Io,
};

/// Bytes before the first entry.
pub(super) const PACK_HEADER: u64 = 12;
/// How often progress is shown.
const SHOW: usize = 1_000;

/// An entry of the pack. Offsets do not count the pack's header.
pub(super) struct Entry {
    pub(super) offset: u64,
    /// Where the next one begins.
    pub(super) end: u64,
    pub(super) header: EntryHeader,
    /// CRC-32 of its bytes in the pack.
    pub(super) checksum: u32,
    /// The object, once known.
    pub(super) made: Option<Made>,
}

/// An object that was made and hashed.
#[derive(Clone, Copy)]
pub(super) struct Made {
    pub(super) oid: Oid,
    pub(super) kind: Kind,
}

/// Makes every delta of the pack in `file`, and notes its id.
pub(super) fn deltas(file: &File, entries: &mut [Entry], io: &mut dyn Io) -> Result<()> {
    let mut resolver = Resolver { file, children: Children::of(entries), scratch: Vec::new(), crossed: 0 };
    let total = entries.iter().filter(|entry| entry.made.is_none()).count();
    let roots: Vec<usize> = (0..entries.len())
        .filter(|index| entries.get(*index).is_some_and(|entry| entry.made.is_some()))
        .collect();
    for root in roots {
        resolver.on_root(root, entries, total, io)?;
    }
    match entries.iter().filter(|entry| entry.made.is_none()).count() {
        0 => Ok(()),
        missing => Err(Failure::new(format_args!("{missing} deltas of the pack have no base in it"))),
    }
}

/// Notes the checksum of each entry's bytes, reading the pack once from its start.
pub(super) fn checksums(file: &File, entries: &mut [Entry]) -> Result<()> {
    let mut buffer = Vec::new();
    for entry in entries {
        let mut at = entry.offset;
        let mut sum = crc32fast::Hasher::new();
        while at < entry.end {
            let size = (entry.end - at).min(1 << 20);
            buffer.resize(usize::try_from(size).map_err(Failure::new)?, 0);
            file.read_exact_at(&mut buffer, PACK_HEADER + at)?;
            sum.update(&buffer);
            at += size;
        }
        entry.checksum = sum.finalize();
    }
    Ok(())
}

/// Which entries stand on which.
struct Children {
    by_offset: HashMap<u64, Vec<usize>>,
    by_oid: HashMap<Oid, Vec<usize>>,
}

impl Children {
    fn of(entries: &[Entry]) -> Self {
        let mut children = Self { by_offset: HashMap::new(), by_oid: HashMap::new() };
        for (index, entry) in entries.iter().enumerate() {
            match entry.header.kind {
                EntryKind::Whole(_) => {}
                EntryKind::Ofs(distance) => {
                    let base = entry.offset.wrapping_sub(distance);
                    children.by_offset.entry(base).or_default().push(index);
                }
                EntryKind::Ref(oid) => children.by_oid.entry(oid).or_default().push(index),
            }
        }
        children
    }

    /// Takes those that stand on an entry: each is made once.
    fn take(&mut self, offset: u64, oid: Oid) -> Vec<usize> {
        let mut found = self.by_offset.remove(&offset).unwrap_or_default();
        found.append(&mut self.by_oid.remove(&oid).unwrap_or_default());
        found
    }
}

struct Resolver<'a> {
    file: &'a File,
    children: Children,
    scratch: Vec<u8>,
    crossed: usize,
}

/// A base in memory, and what is still to be made on it.
struct Level {
    bytes: Rc<Vec<u8>>,
    kind: Kind,
    left: Vec<usize>,
}

impl Resolver<'_> {
    fn on_root(&mut self, root: usize, entries: &mut [Entry], total: usize, io: &mut dyn Io) -> Result<()> {
        let Some(entry) = entries.get(root) else { return Ok(()) };
        let Some(made) = entry.made else { return Ok(()) };
        let left = self.children.take(entry.offset, made.oid);
        if left.is_empty() {
            return Ok(());
        }
        let bytes = Rc::new(self.inflate(entry)?);
        let mut levels = vec![Level { bytes, kind: made.kind, left }];
        while let Some(level) = levels.last_mut() {
            let Some(child) = level.left.pop() else {
                levels.pop();
                continue;
            };
            let (base, kind) = (Rc::clone(&level.bytes), level.kind);
            let Some(entry) = entries.get_mut(child) else { continue };
            let delta = self.inflate(entry)?;
            delta::apply(&base, &delta, &mut self.scratch)?;
            let oid = hash_object(ObjectFormat::Sha1, kind, &self.scratch)?;
            entry.made = Some(Made { oid, kind });
            let left = self.children.take(entry.offset, oid);
            if !left.is_empty() {
                levels.push(Level { bytes: Rc::new(std::mem::take(&mut self.scratch)), kind, left });
            }
            self.crossed += 1;
            if self.crossed.is_multiple_of(SHOW) || self.crossed == total {
                io.progress("indexing", self.crossed as u64, total as u64)?;
            }
        }
        Ok(())
    }

    fn inflate(&self, entry: &Entry) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(entry.end - entry.offset).map_err(Failure::new)?];
        self.file.read_exact_at(&mut bytes, PACK_HEADER + entry.offset)?;
        let header = EntryHeader::parse(&bytes, ObjectFormat::Sha1)?;
        let data = header.and_then(|(_, used)| bytes.get(used..)).unwrap_or_default();
        let size = usize::try_from(entry.header.size).map_err(Failure::new)?;
        Ok(zlib::inflate_exact(data, size)?.0)
    }
}
