//! Finding a delta: blocks of the base are indexed by their hash and looked up at each place of the target.

/// Bytes per indexed block: shorter matches are not worth a copy.
const BLOCK: usize = 16;

/// How many blocks with the same hash are tried, so that bases full of one pattern cost no more than others.
const TRIES: usize = 16;

/// The longest copy one instruction can hold.
const MAX_COPY: usize = 0xff_ffff;

/// The longest insertion one instruction can hold.
const MAX_INSERT: usize = 0x7f;

/// Makes a delta that turns `base` into `target`. It always works; whether it is smaller than the target is
/// for the caller to see.
pub fn encode(base: &[u8], target: &[u8]) -> Vec<u8> {
    let index = Index::new(base);
    let mut out = Vec::with_capacity(target.len() / 16 + 32);
    write_size(base.len(), &mut out);
    write_size(target.len(), &mut out);
    let (mut at, mut copied) = (0, 0);
    while at + BLOCK <= target.len() {
        let Some(found) = index.longest(target, copied, at) else {
            at += 1;
            continue;
        };
        insert(target.get(copied..found.target).unwrap_or_default(), &mut out);
        copy(found.base, found.length, &mut out);
        at = found.target + found.length;
        copied = at;
    }
    insert(target.get(copied..).unwrap_or_default(), &mut out);
    out
}

/// Bytes that are the same in base and target.
struct Match {
    base: usize,
    target: usize,
    length: usize,
}

/// The blocks of a base by their hash.
struct Index<'a> {
    base: &'a [u8],
    /// First block of each hash, counted from 1; 0 for none.
    heads: Vec<u32>,
    /// The next block with the same hash, for each block.
    next: Vec<u32>,
    shift: u32,
}

impl<'a> Index<'a> {
    fn new(base: &'a [u8]) -> Self {
        // Copies reach no further than 4 GiB.
        let base = base.get(..u32::MAX as usize).unwrap_or(base);
        let blocks = base.len() / BLOCK;
        let bits = blocks.next_power_of_two().trailing_zeros().max(4);
        let mut index = Self { base, heads: vec![0; 1 << bits], next: vec![0; blocks], shift: 64 - bits };
        // From the end, so that the first of several equal blocks is tried first.
        for (number, block) in base.chunks_exact(BLOCK).enumerate().rev() {
            let slot = index.slot(block);
            if let (Some(head), Some(next)) = (index.heads.get_mut(slot), index.next.get_mut(number)) {
                *next = std::mem::replace(head, number as u32 + 1);
            }
        }
        index
    }

    fn slot(&self, block: &[u8]) -> usize {
        let hash =
            block.iter().fold(0_u64, |hash, &byte| hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    /// The longest match of the block at `at`, extended both ways, but not before `from` in the target.
    fn longest(&self, target: &[u8], from: usize, at: usize) -> Option<Match> {
        let slot = self.slot(target.get(at..at + BLOCK)?);
        let mut head = self.heads.get(slot).copied().unwrap_or(0);
        let mut best: Option<Match> = None;
        for _ in 0..TRIES {
            let Some(number) = (head as usize).checked_sub(1) else { break };
            head = self.next.get(number).copied().unwrap_or(0);
            let base = number * BLOCK;
            let after = same(self.base.get(base..)?.iter(), target.get(at..)?.iter());
            if after < BLOCK {
                continue;
            }
            let before = same(self.base.get(..base)?.iter().rev(), target.get(from..at)?.iter().rev());
            let length = before + after;
            if best.as_ref().is_none_or(|best| length > best.length) {
                best = Some(Match { base: base - before, target: at - before, length });
            }
        }
        best
    }
}

fn same<'a>(one: impl Iterator<Item = &'a u8>, two: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(two).take_while(|(one, two)| one == two).count()
}

fn write_size(size: usize, out: &mut Vec<u8>) {
    let mut rest = size;
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn insert(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(MAX_INSERT) {
        out.push(piece.len() as u8);
        out.extend_from_slice(piece);
    }
}

/// Writes copies, leaving out the bytes of offset and length that are zero.
fn copy(offset: usize, length: usize, out: &mut Vec<u8>) {
    let (mut offset, mut left) = (offset, length);
    while left > 0 {
        let length = left.min(MAX_COPY);
        let place = out.len();
        out.push(0);
        let mut op = 0x80;
        let fields = (offset as u32)
            .to_le_bytes()
            .into_iter()
            .chain((length as u32).to_le_bytes().into_iter().take(3));
        // A length of 64 KiB is written as none at all.
        let implied = length == 0x1_0000;
        for (bit, byte) in fields.enumerate() {
            if byte != 0 && !(implied && bit >= 4) {
                op |= 1 << bit;
                out.push(byte);
            }
        }
        if let Some(first) = out.get_mut(place) {
            *first = op;
        }
        offset += length;
        left -= length;
    }
}
