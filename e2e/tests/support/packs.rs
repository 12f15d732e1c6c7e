//! Packs by hand, for what git's own tools would never write.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use sha1::{Digest as _, Sha1};

pub(crate) const COMMIT: u8 = 1;
pub(crate) const TREE: u8 = 2;
pub(crate) const BLOB: u8 = 3;
pub(crate) const REF_DELTA: u8 = 7;

/// A pack being written.
pub(crate) struct Pack {
    entries: Vec<Vec<u8>>,
}

impl Pack {
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// An object; its id.
    pub(crate) fn object(&mut self, kind: u8, content: &[u8]) -> String {
        self.entry(kind, content.len(), &[], content);
        id(kind, content)
    }

    /// An entry whose head says what it likes.
    pub(crate) fn entry(&mut self, kind: u8, size: usize, base: &[u8], content: &[u8]) {
        let mut entry = Vec::new();
        let mut rest = size >> 4;
        let mut byte = kind << 4 | (size & 15) as u8;
        while rest > 0 {
            entry.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        entry.push(byte);
        entry.extend(base);
        entry.extend(deflated(content));
        self.entries.push(entry);
    }

    /// The whole pack.
    pub(crate) fn finish(&self) -> Vec<u8> {
        self.claiming(self.entries.len())
    }

    /// The whole pack, with this count in its head.
    pub(crate) fn claiming(&self, count: usize) -> Vec<u8> {
        let head = [b"PACK\0\0\0\x02".as_slice(), &(count as u32).to_be_bytes()].concat();
        let mut pack = [head, self.entries.concat()].concat();
        let trailer = Sha1::digest(&pack);
        pack.extend(trailer);
        pack
    }
}

/// A root commit of a tree.
pub(crate) fn commit(tree: &str) -> Vec<u8> {
    let who = "Ada <ada@example.org> 1700000000 +0000";
    format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nby hand\n").into_bytes()
}

/// A tree with these files.
pub(crate) fn tree(files: &[(&str, &str)]) -> Vec<u8> {
    let entry = |(name, id): &(&str, &str)| [format!("100644 {name}\0").into_bytes(), raw(id)].concat();
    files.iter().flat_map(entry).collect()
}

/// The id of an object.
pub(crate) fn id(kind: u8, content: &[u8]) -> String {
    let name = match kind {
        COMMIT => "commit",
        TREE => "tree",
        _ => "blob",
    };
    let mut hash = Sha1::new();
    hash.update(format!("{name} {}\0", content.len()));
    hash.update(content);
    hex(&hash.finalize())
}

/// The bytes of an id.
pub(crate) fn raw(id: &str) -> Vec<u8> {
    (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
