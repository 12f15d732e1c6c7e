//! Records of one width in blocks: a list that grows is never copied, so it needs no room for both copies, and an
//! allocator that cannot give memory back is not left with holes.

/// Records in one block.
const BLOCK: usize = 4_096;

/// The list.
pub(super) struct Records {
    width: usize,
    len: usize,
    blocks: Vec<Vec<u8>>,
}

impl Records {
    /// No records of `width` bytes.
    pub(super) const fn new(width: usize) -> Self {
        Self { width, len: 0, blocks: Vec::new() }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Adds a record, which may come in parts.
    pub(super) fn push(&mut self, parts: [&[u8]; 2]) {
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK * self.width));
        }
        if let Some(block) = self.blocks.last_mut() {
            parts.iter().for_each(|part| block.extend_from_slice(part));
        }
        self.len += 1;
    }

    /// The record with this number; empty if there is none.
    pub(super) fn get(&self, n: usize) -> &[u8] {
        let at = n % BLOCK * self.width;
        let block = self.blocks.get(n / BLOCK).map_or(&[][..], Vec::as_slice);
        block.get(at..at + self.width).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Records;

    #[test]
    fn records_are_found_over_the_seams_of_blocks() {
        let mut records = Records::new(5);
        for n in 0..10_000_u32 {
            records.push([&n.to_be_bytes(), &[n as u8]]);
        }
        assert_eq!(records.len(), 10_000);
        for n in [0, 4_095, 4_096, 9_999_u32] {
            assert_eq!(records.get(n as usize), [&n.to_be_bytes()[..], &[n as u8]].concat());
        }
        assert_eq!(records.get(10_000), b"");
        assert_eq!(records.get(100_000), b"");
    }
}
