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

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of the first of the two PDFs of <https://shattered.io>, where the collision is.
    const SHATTERED: &str = concat!(
        "255044462d312e330a25e2e3cfd30a0a0a312030206f626a0a3c3c2f57696474682032203020522f4865696768742033",
        "203020522f547970652034203020522f537562747970652035203020522f46696c7465722036203020522f436f6c6f72",
        "53706163652037203020522f4c656e6774682038203020522f42697473506572436f6d706f6e656e7420383e3e0a7374",
        "7265616d0affd8fffe00245348412d3120697320646561642121212121852fec092339759c39b1a1c63c4c97e1fffe01",
        "7346dc9166b67e118f029ab621b2560ff9ca67cca8c7f85ba84c79030c2b3de218f86db3a90901d5df45c14f26fedfb3",
        "dc38e96ac22fe7bd728f0e45bce046d23c570feb141398bb552ef5a0a82be331fea48037b8b5d71f0e332edf93ac3500",
        "eb4ddc0decc1a864790c782c76215660dd309791d06bd0af3f98cda4bc4629b1",
    );

    #[test]
    fn a_collision_attack_is_noticed() {
        let digits: Vec<u8> = SHATTERED.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
        // The collision is one of bare files, so the object header that would break it is left out.
        let mut hasher = ObjectHasher(Ids::Sha1(sha1dc::Hasher::new()));
        hasher.update(&bytes);
        let error = hasher.finish().unwrap_err();
        let oid = Oid::from_hex("f92d74e3874587aaf443d1db961d4e26dde13e9c").unwrap();
        assert_eq!(error, Error::Collision(oid));
        assert_eq!(error.to_string(), format!("SHA1 COLLISION FOUND WITH {oid}"));
        assert!(hash_object(ObjectFormat::Sha1, Kind::Blob, &bytes).is_ok());
    }

    #[test]
    fn headers_hold_any_size() {
        for size in [0, 9, 10, 65_536, u64::MAX] {
            let mut out = [0; 32];
            let length = write_header(&mut out, Kind::Commit, size);
            assert_eq!(out[..length], *format!("commit {size}\0").as_bytes());
        }
    }
}
