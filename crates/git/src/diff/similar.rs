//! How much of one file is in another, as git estimates it for renames: pieces of at most 64 bytes, each ending at a line
//! end if there is one, are counted by a small hash.

/// The number of different hashes.
const HASHES: u32 = 107_927;
/// The longest piece.
const PIECE: u32 = 64;

/// A file as hashes of its pieces with the bytes each stands for, sorted.
#[derive(Debug)]
pub(super) struct Pieces(Vec<(u32, u32)>);

impl Pieces {
    pub(super) fn of(data: &[u8]) -> Self {
        let is_text = !super::is_binary(data);
        let mut pieces: Vec<(u32, u32)> = Vec::with_capacity(data.len() / 24 + 1);
        let (mut low, mut high, mut length) = (0_u32, 0_u32, 0);
        let mut bytes = data.iter().peekable();
        while let Some(byte) = bytes.next() {
            // Line ends of both kinds count as the same.
            if is_text && *byte == b'\r' && bytes.peek() == Some(&&b'\n') {
                continue;
            }
            let before = low;
            low = low << 7 ^ high >> 25;
            high = high << 7 ^ before >> 25;
            low = low.wrapping_add(u32::from(*byte));
            length += 1;
            if length < PIECE && *byte != b'\n' {
                continue;
            }
            pieces.push((hash(low, high), length));
            (low, high, length) = (0, 0, 0);
        }
        if length > 0 {
            pieces.push((hash(low, high), length));
        }
        pieces.sort_unstable_by_key(|(hash, _)| *hash);
        pieces.dedup_by(|again, kept| {
            let same = again.0 == kept.0;
            if same {
                kept.1 += again.1;
            }
            same
        });
        Self(pieces)
    }

    /// Bytes that are in both.
    pub(super) fn common(&self, other: &Self) -> u64 {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut common = 0;
        while let (Some(one), Some(two)) = (a.peek(), b.peek()) {
            match one.0.cmp(&two.0) {
                std::cmp::Ordering::Less => {
                    a.next();
                }
                std::cmp::Ordering::Greater => {
                    b.next();
                }
                std::cmp::Ordering::Equal => {
                    common += u64::from(one.1.min(two.1));
                    a.next();
                    b.next();
                }
            }
        }
        common
    }

    pub(super) fn weight(&self) -> usize {
        self.0.len()
    }
}

fn hash(low: u32, high: u32) -> u32 {
    low.wrapping_add(high.wrapping_mul(0x61)) % HASHES
}
