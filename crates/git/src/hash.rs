//! Object ids and pack checksums.
//!
//! Ids use a SHA-1 that notices collision attacks. Checksums over packs only tell whether bytes were
//! damaged, so they use the plain and faster one.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::error::bad;
use crate::{Error, Kind, ObjectFormat, Oid, Result};

/// Computes the id of an object whose content comes in pieces.
pub struct ObjectHasher(Ids);

enum Ids {
    Sha1(sha1dc::Hasher),
    Sha256(Sha256),
}

impl ObjectHasher {
    /// Starts with the header git puts before `size` bytes of content.
    pub fn new(format: ObjectFormat, kind: Kind, size: u64) -> Self {
        let mut hasher = Self(match format {
            ObjectFormat::Sha1 => Ids::Sha1(sha1dc::Hasher::new()),
            ObjectFormat::Sha256 => Ids::Sha256(Sha256::new()),
        });
        let mut header = [0; 32];
        let length = write_header(&mut header, kind, size);
        hasher.update(header.get(..length).unwrap_or_default());
        hasher
    }

    /// Adds the next piece of the content.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Ids::Sha1(hasher) => hasher.update(data),
            Ids::Sha256(hasher) => hasher.update(data),
        }
    }

    /// The id, or [`Error::Collision`] if the content carries the marks of a collision attack.
    pub fn finish(self) -> Result<Oid> {
        match self.0 {
            Ids::Sha1(hasher) => match hasher.finalize() {
                Ok(digest) => oid(digest.as_bytes()),
                Err(collision) => Err(Error::Collision(oid(collision.digest().as_bytes())?)),
            },
            Ids::Sha256(hasher) => oid(&hasher.finalize()),
        }
    }
}

/// Writes `blob 12\0` and returns its length. Without allocation: this runs once per object of a push.
fn write_header(out: &mut [u8; 32], kind: Kind, size: u64) -> usize {
    let mut digits = [0u8; 20];
    let mut first = digits.len();
    let mut rest = size;
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (rest % 10) as u8;
        first = place;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let digits = digits.get(first..).unwrap_or_default();
    let bytes = kind.name().bytes().chain([b' ']).chain(digits.iter().copied()).chain([0]);
    out.iter_mut().zip(bytes).map(|(place, byte)| *place = byte).count()
}

fn oid(digest: &[u8]) -> Result<Oid> {
    Oid::from_bytes(digest).ok_or_else(|| bad("object format mismatch"))
}

/// The id of an object.
pub fn hash_object(format: ObjectFormat, kind: Kind, data: &[u8]) -> Result<Oid> {
    let mut hasher = ObjectHasher::new(format, kind, data.len() as u64);
    hasher.update(data);
    hasher.finish()
}

/// The plain hash that ends packs.
#[derive(Clone)]
pub struct Checksum(Sums);

#[derive(Clone)]
enum Sums {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    /// Starts with no bytes.
    pub fn new(format: ObjectFormat) -> Self {
        Self(match format {
            ObjectFormat::Sha1 => Sums::Sha1(Sha1::new()),
            ObjectFormat::Sha256 => Sums::Sha256(Sha256::new()),
        })
    }

    /// Adds bytes.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Sums::Sha1(hasher) => hasher.update(data),
            Sums::Sha256(hasher) => hasher.update(data),
        }
    }

    /// The checksum of all bytes.
    pub fn finish(self) -> Oid {
        let (sum, format) = match self.0 {
            Sums::Sha1(hasher) => (Oid::from_bytes(&hasher.finalize()), ObjectFormat::Sha1),
            Sums::Sha256(hasher) => (Oid::from_bytes(&hasher.finalize()), ObjectFormat::Sha256),
        };
        sum.unwrap_or_else(|| Oid::zero(format))
    }
}
