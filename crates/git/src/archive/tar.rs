//! tar, byte for byte as `git archive` writes it.

use super::Member;
use crate::Oid;

const RECORD: usize = 512;
/// Archives are padded to this.
const BLOCK: u64 = 20 * RECORD as u64;
/// The largest size its field holds.
const LARGEST: u64 = 0o77_777_777_777;

/// A tar being written.
pub struct Tar {
    time: i64,
    written: u64,
    /// Bytes of the present member.
    content: u64,
}

impl Tar {
    pub(super) fn begin(commit: Option<&Oid>, time: i64, out: &mut Vec<u8>) -> Self {
        let mut tar = Self { time: time.clamp(0, LARGEST as i64), written: 0, content: 0 };
        if let Some(commit) = commit {
            let mut record = Vec::new();
            extended(&mut record, b"comment", commit.to_hex().as_bytes());
            let mut header = Header::new(b'g', 0o666, record.len() as u64, tar.time);
            header.put(0, b"pax_global_header");
            tar.record(header, out);
            tar.padded(&record, out);
        }
        tar
    }

    pub(super) fn member(&mut self, member: &Member<'_>, out: &mut Vec<u8>) {
        let (kind, mode) = match member.mode & 0o170_000 {
            0o120_000 => (b'2', 0o777),
            0o100_000 if member.mode & 0o100 != 0 => (b'0', 0o775),
            0o100_000 => (b'0', 0o664),
            _ => (b'5', 0o775),
        };
        let size = if kind == b'0' { member.size } else { 0 };
        let mut header = Header::new(kind, mode, if size > LARGEST { 0 } else { size }, self.time);
        let mut record = Vec::new();
        if member.path.len() <= 100 {
            header.put(0, member.path);
        } else {
            let split = prefix(member.path);
            let rest = member.path.get(split + 1..).unwrap_or_default();
            if split > 0 && rest.len() <= 100 {
                header.put(345, member.path.get(..split).unwrap_or_default());
                header.put(0, rest);
            } else {
                header.put(0, format!("{}.data", member.oid).as_bytes());
                extended(&mut record, b"path", member.path);
            }
        }
        if kind == b'2' {
            if member.target.len() > 100 {
                header.put(157, format!("see {}.paxheader", member.oid).as_bytes());
                extended(&mut record, b"linkpath", member.target);
            } else {
                header.put(157, member.target);
            }
        }
        if size > LARGEST {
            extended(&mut record, b"size", size.to_string().as_bytes());
        }
        if !record.is_empty() {
            let mut extra = Header::new(b'x', 0o666, record.len() as u64, self.time);
            extra.put(0, format!("{}.paxheader", member.oid).as_bytes());
            self.record(extra, out);
            self.padded(&record, out);
        }
        self.record(header, out);
        self.content = 0;
    }

    pub(super) fn content(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.content += data.len() as u64;
        self.written += data.len() as u64;
        out.extend_from_slice(data);
    }

    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.zeros(self.content.next_multiple_of(RECORD as u64) - self.content, out);
        self.content = 0;
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        let tail = BLOCK - self.written % BLOCK;
        self.zeros(tail, out);
        // At least two records of zeros end an archive.
        if tail < 2 * RECORD as u64 {
            self.zeros(BLOCK, out);
        }
    }

    fn record(&mut self, header: Header, out: &mut Vec<u8>) {
        out.extend_from_slice(&header.sealed());
        self.written += RECORD as u64;
    }

    fn padded(&mut self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(data);
        self.written += data.len() as u64;
        self.zeros((data.len().next_multiple_of(RECORD) - data.len()) as u64, out);
    }

    fn zeros(&mut self, count: u64, out: &mut Vec<u8>) {
        out.resize(out.len() + count as usize, 0);
        self.written += count;
    }
}

/// Where a path may be cut so that its beginning fits its field.
fn prefix(path: &[u8]) -> usize {
    let mut end = path.len();
    if end > 1 && path.last() == Some(&b'/') {
        end -= 1;
    }
    let end = end.min(155);
    path.get(..end).and_then(|start| start.iter().rposition(|byte| *byte == b'/')).unwrap_or(0)
}

/// `len key=value\n`, where the length counts itself.
fn extended(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let bare = key.len() + value.len() + 3;
    let mut length = bare + 1;
    while bare + length.to_string().len() != length {
        length = bare + length.to_string().len();
    }
    out.extend_from_slice(format!("{length} ").as_bytes());
    out.extend_from_slice(&[key, b"=", value, b"\n"].concat());
}

struct Header([u8; RECORD]);

impl Header {
    fn new(kind: u8, mode: u32, size: u64, time: i64) -> Self {
        let mut header = Self([0; RECORD]);
        header.put(100, format!("{mode:07o}").as_bytes());
        header.put(108, b"0000000\x000000000");
        header.put(124, format!("{size:011o}").as_bytes());
        header.put(136, format!("{time:011o}").as_bytes());
        header.put(156, &[kind]);
        header.put(257, b"ustar\x0000root");
        header.put(297, b"root");
        header.put(329, b"0000000\x000000000");
        header
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        for (place, byte) in self.0.iter_mut().skip(at).zip(bytes) {
            *place = *byte;
        }
    }

    fn sealed(mut self) -> [u8; RECORD] {
        self.put(148, b"        ");
        let sum: u32 = self.0.iter().map(|byte| u32::from(*byte)).sum();
        self.put(148, format!("{sum:07o}\0").as_bytes());
        self.0
    }
}
