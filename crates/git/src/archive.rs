//! Archives of a folder, written as they go: nothing is held but what is being written.

mod tar;
mod zip;

use crate::{Oid, zlib::Deflater};

pub use self::{
    tar::Tar,
    zip::{Zip, date},
};

/// Kinds of archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.tar`, as `git archive` writes it.
    Tar,
    /// `.tar.gz`.
    TarGz,
    /// `.zip`.
    Zip,
}

/// Something in an archive. Its content follows.
#[derive(Clone, Debug)]
pub struct Member<'a> {
    /// Its path; that of a folder ends with a slash.
    pub path: &'a [u8],
    /// Its mode, as git has it; a submodule is an empty folder.
    pub mode: u32,
    /// The object it is made from.
    pub oid: Oid,
    /// Bytes of its content.
    pub size: u64,
    /// Where a symbolic link leads.
    pub target: &'a [u8],
}

/// An archive being written.
pub enum Archive {
    /// Perhaps deflated on the way.
    Tar(Tar, Option<Gzip>),
    /// With its own compression.
    Zip(Box<Zip>),
}

impl Archive {
    /// Begins an archive of a commit made at `time`, or of a bare tree.
    pub fn begin(format: Format, commit: Option<&Oid>, time: i64, out: &mut Vec<u8>) -> Self {
        match format {
            Format::Tar => Self::Tar(Tar::begin(commit, time, out), None),
            Format::TarGz => {
                let mut plain = Vec::new();
                let tar = Tar::begin(commit, time, &mut plain);
                let mut gzip = Gzip::begin(out);
                gzip.feed(&plain, out);
                Self::Tar(tar, Some(gzip))
            }
            Format::Zip => Self::Zip(Box::new(Zip::begin(commit, time))),
        }
    }

    /// Begins a member.
    pub fn member(&mut self, member: &Member<'_>, out: &mut Vec<u8>) {
        match self {
            Self::Tar(tar, gzip) => through(gzip, out, |out| tar.member(member, out)),
            Self::Zip(zip) => zip.member(member, out),
        }
    }

    /// Adds content to the member.
    pub fn content(&mut self, data: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Tar(tar, gzip) => through(gzip, out, |out| tar.content(data, out)),
            Self::Zip(zip) => zip.content(data, out),
        }
    }

    /// Ends the member.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Tar(tar, gzip) => through(gzip, out, |out| tar.end(out)),
            Self::Zip(zip) => zip.end(out),
        }
    }

    /// Ends the archive.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Tar(tar, gzip) => {
                through(gzip, out, |out| tar.finish(out));
                if let Some(gzip) = gzip.take() {
                    gzip.finish(out);
                }
            }
            Self::Zip(zip) => zip.finish(out),
        }
    }
}

fn through(gzip: &mut Option<Gzip>, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let Some(gzip) = gzip else { return write(out) };
    let mut plain = Vec::new();
    write(&mut plain);
    gzip.feed(&plain, out);
}

/// A gzip stream.
pub struct Gzip {
    deflater: Deflater,
    checksum: crc32fast::Hasher,
    size: u32,
}

impl Gzip {
    fn begin(out: &mut Vec<u8>) -> Self {
        // Deflated, no name, no time, made on Unix: the same content gives the same bytes.
        out.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        Self { deflater: Deflater::raw(), checksum: crc32fast::Hasher::new(), size: 0 }
    }

    fn feed(&mut self, data: &[u8], out: &mut Vec<u8>) {
        if !data.is_empty() {
            self.checksum.update(data);
            self.size = self.size.wrapping_add(data.len() as u32);
            self.deflater.feed(data, out);
        }
    }

    fn finish(self, out: &mut Vec<u8>) {
        self.deflater.finish(out);
        out.extend_from_slice(&self.checksum.finalize().to_le_bytes());
        out.extend_from_slice(&self.size.to_le_bytes());
    }
}
