//! Object ids. Their width is data: nothing outside this file may assume 20 bytes.

use std::fmt;

/// The hash a repository names its objects with, fixed when it is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ObjectFormat {
    /// 20 bytes, git's default.
    #[default]
    Sha1,
    /// 32 bytes.
    Sha256,
}

impl ObjectFormat {
    /// Bytes in an id of this format.
    #[expect(clippy::len_without_is_empty, reason = "the length of an id is never zero")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The name git uses in `object-format=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The format with this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            _ => None,
        }
    }
}

/// An object id of either format. Ordered and compared by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; 32],
    len: u8,
}

impl Oid {
    /// The all-zero id, which stands for "no object" in commands and reflogs.
    pub const fn zero(format: ObjectFormat) -> Self {
        Self { bytes: [0; 32], len: format.len() as u8 }
    }

    /// Reads a binary id; `None` unless it is 20 or 32 bytes long.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 20 && bytes.len() != 32 {
            return None;
        }
        let mut own = [0; 32];
        own[..bytes.len()].copy_from_slice(bytes);
        Some(Self { bytes: own, len: bytes.len() as u8 })
    }

    /// Reads a hexadecimal id in either case; `None` unless it is 40 or 64 digits.
    pub fn from_hex(hex: impl AsRef<[u8]>) -> Option<Self> {
        let hex = hex.as_ref();
        if hex.len() != 40 && hex.len() != 64 {
            return None;
        }
        let mut own = [0; 32];
        for (byte, pair) in own.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self { bytes: own, len: (hex.len() / 2) as u8 })
    }

    /// The binary id.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// The format this id belongs to.
    pub const fn format(&self) -> ObjectFormat {
        if self.len == 20 { ObjectFormat::Sha1 } else { ObjectFormat::Sha256 }
    }

    /// Whether this is the id that stands for "no object".
    pub fn is_zero(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// Lower-case hexadecimal.
    pub fn to_hex(&self) -> String {
        self.to_string()
    }
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = [0u8; 64];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(self.as_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        let hex = &hex[..self.as_bytes().len() * 2];
        f.write_str(std::str::from_utf8(hex).unwrap_or_default())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_in_both_formats() {
        for hex in ["4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned(), "ab".repeat(32)] {
            let oid = Oid::from_hex(&hex).unwrap();
            assert_eq!(oid.to_hex(), hex);
            assert_eq!(Oid::from_bytes(oid.as_bytes()), Some(oid));
        }
        assert_eq!(Oid::from_hex("4b82"), None);
        assert_eq!(Oid::from_hex("zz825dc642cb6eb9a060e54bf8d69288fbee4904"), None);
    }

    #[test]
    fn zero_means_no_object() {
        assert!(Oid::zero(ObjectFormat::Sha1).is_zero());
        assert_eq!(Oid::zero(ObjectFormat::Sha256).to_hex().len(), 64);
    }
}
