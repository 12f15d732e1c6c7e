//! Packs written by hand, and a sink that records what it sees.

use gitflare_git::hash::Checksum;
use gitflare_git::pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink, pack_header};
use gitflare_git::{ObjectFormat, Oid, Result, zlib};

pub(crate) const ROOMY: Limits = Limits {
    max_bytes: 1 << 32,
    max_objects: 1 << 24,
    max_object: 1 << 30,
    max_ratio: 200,
    ratio_slack: 1 << 30,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Header(u32),
    Begin(u64, EntryHeader),
    Data(Vec<u8>),
    End(u64),
}

#[derive(Default)]
pub(crate) struct Recorder(Vec<Call>);

impl PackSink for Recorder {
    fn header(&mut self, objects: u32) -> Result<()> {
        self.0.push(Call::Header(objects));
        Ok(())
    }

    fn begin(&mut self, offset: u64, header: &EntryHeader) -> Result<()> {
        self.0.push(Call::Begin(offset, *header));
        Ok(())
    }

    fn data(&mut self, inflated: &[u8]) -> Result<()> {
        assert!(!inflated.is_empty() && inflated.len() <= 65_536);
        self.0.push(Call::Data(inflated.to_vec()));
        Ok(())
    }

    fn end(&mut self, end_offset: u64) -> Result<()> {
        self.0.push(Call::End(end_offset));
        Ok(())
    }
}

/// What reading a pack gave.
pub(crate) struct Read {
    pub(crate) calls: Vec<Call>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailer: Result<Oid>,
}

/// Reads a pack cut at multiples of `piece`.
pub(crate) fn read(pack: &[u8], format: ObjectFormat, limits: Limits, piece: usize) -> Read {
    read_pieces(pack.chunks(piece.max(1)), format, limits)
}

/// Reads a pack that comes in these pieces.
pub(crate) fn read_pieces<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    format: ObjectFormat,
    limits: Limits,
) -> Read {
    let mut reader = PackReader::new(format, limits);
    let mut recorder = Recorder::default();
    let mut body = Vec::new();
    let mut fed = Ok(());
    for piece in pieces {
        match reader.feed(piece, &mut recorder) {
            Ok(range) => body.extend_from_slice(&piece[range]),
            Err(error) => {
                fed = Err(error);
                break;
            }
        }
    }
    let trailer = reader.finish();
    if let Err(error) = fed {
        assert_eq!(trailer, Err(error), "a failed reader stays failed");
    }
    assert!(trailer.is_err() || reader.is_complete());
    Read { calls: recorder.0, body, trailer }
}

/// One entry as it stands in a pack.
pub(crate) fn entry(kind: EntryKind, size: usize, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    EntryHeader { kind, size: size as u64 }.encode(&mut out);
    out.extend_from_slice(&zlib::deflate(content, 6));
    out
}

/// A pack of these entries that claims to have `objects`.
pub(crate) fn pack(format: ObjectFormat, objects: u32, entries: &[Vec<u8>]) -> Vec<u8> {
    let mut out = pack_header(objects).to_vec();
    out.extend(entries.iter().flatten());
    sealed(format, out)
}

/// Appends the right trailer.
pub(crate) fn sealed(format: ObjectFormat, mut pack: Vec<u8>) -> Vec<u8> {
    let mut sum = Checksum::new(format);
    sum.update(&pack);
    pack.extend_from_slice(sum.finish().as_bytes());
    pack
}
