//! Sets of small numbers: commits by number, entries of a pack by rank. A set of all objects of a large repository
//! takes a bit each, where a set of ids would take tens of bytes.

/// A set of numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Adds a number; whether it is new.
    pub(crate) fn add(&mut self, n: u32) -> bool {
        let (word, bit) = (n as usize / 64, 1 << (n % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    /// Whether the number is in the set.
    pub(crate) fn has(&self, n: u32) -> bool {
        self.0.get(n as usize / 64).is_some_and(|word| word & 1 << (n % 64) != 0)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn numbers_are_in_once() {
        let mut bits = Bits::default();
        assert!(bits.add(0) && bits.add(64) && bits.add(1_000) && !bits.add(64));
        assert!(bits.has(1_000) && !bits.has(1_001) && !bits.has(1 << 30));
        assert_eq!(bits.count(), 3);
    }
}
