//! Texts as lines, and which of them two texts have in common.

use std::{collections::HashMap, ops::Range};

use super::{script, slide};

/// What counts as the same line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Spaces {
    /// The same bytes.
    #[default]
    Count,
    /// The same but for white space, as with `git diff -w`.
    Ignored,
}

/// A change: these lines became those. One of the two ranges may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Lines that went, from 0.
    pub old: Range<u32>,
    /// Lines that came.
    pub new: Range<u32>,
}

/// A text cut into lines, each with its line end.
pub struct Lines<'a> {
    text: &'a [u8],
    /// Where each line ends.
    ends: Vec<u32>,
    hashes: Vec<u64>,
    spaces: Spaces,
}

impl<'a> Lines<'a> {
    /// Cuts a text. What lies beyond 4 GiB is not looked at.
    pub fn new(text: &'a [u8], spaces: Spaces) -> Self {
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        let mut lines =
            Self { text, ends: Vec::with_capacity(text.len() / 32 + 1), hashes: Vec::new(), spaces };
        let mut start = 0;
        while start < text.len() {
            let rest = text.get(start..).unwrap_or_default();
            let end = newline(rest).map_or(text.len(), |at| start + at + 1);
            lines.ends.push(end as u32);
            start = end;
        }
        lines.hashes = (0..lines.len()).map(|n| hash(lines.get(n), spaces)).collect();
        lines
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The nth line, from 0, with its line end if it has one.
    pub fn get(&self, n: usize) -> &'a [u8] {
        let start = n.checked_sub(1).map_or(0, |before| self.end(before));
        self.text.get(start..self.end(n)).unwrap_or_default()
    }

    /// Where the nth line ends, from the beginning of the text.
    pub fn end(&self, n: usize) -> usize {
        self.ends.get(n).copied().unwrap_or_default() as usize
    }

    /// How many whole lines the first `bytes` bytes hold.
    fn lines_in(&self, bytes: usize) -> usize {
        self.ends.partition_point(|end| *end as usize <= bytes)
    }

    fn is_same(&self, n: usize, other: &Self, m: usize) -> bool {
        self.hashes.get(n) == other.hashes.get(m) && same(self.get(n), other.get(m), self.spaces)
    }
}

/// Where the first line end is.
fn newline(text: &[u8]) -> Option<usize> {
    // Eight bytes at a time: a byte of `x` is zero where there is a line end.
    let mut chunks = text.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut chunks {
        let word = chunk.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
        let x = word ^ 0x0a0a_0a0a_0a0a_0a0a;
        let found = x.wrapping_sub(0x0101_0101_0101_0101) & !x & 0x8080_8080_8080_8080;
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    chunks.remainder().iter().position(|byte| *byte == b'\n').map(|found| at + found)
}

/// White space as git's own `isspace` knows it.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn hash(line: &[u8], spaces: Spaces) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = MIX;
    match spaces {
        Spaces::Count => {
            let mut chunks = line.chunks_exact(8);
            for chunk in &mut chunks {
                let word = chunk.iter().rev().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
                hash = (hash ^ word).wrapping_mul(MIX);
                hash ^= hash >> 29;
            }
            let rest =
                chunks.remainder().iter().fold(line.len() as u64, |word, byte| word << 8 ^ u64::from(*byte));
            hash = (hash ^ rest).wrapping_mul(MIX);
        }
        Spaces::Ignored => {
            for byte in line.iter().filter(|byte| !is_space(**byte)) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(MIX);
                hash ^= hash >> 29;
            }
        }
    }
    hash ^ hash >> 32
}

fn same(one: &[u8], other: &[u8], spaces: Spaces) -> bool {
    match spaces {
        Spaces::Count => one == other,
        Spaces::Ignored => {
            let left = one.iter().filter(|byte| !is_space(**byte));
            left.eq(other.iter().filter(|byte| !is_space(**byte)))
        }
    }
}

/// Numbers for lines: equal lines have equal ones.
struct Classes {
    old: Vec<u32>,
    new: Vec<u32>,
    /// How many classes there are.
    count: usize,
}

impl Classes {
    fn of(old: &Lines<'_>, olds: usize, new: &Lines<'_>, news: usize) -> Self {
        Self::probed(old, olds, new, news).unwrap_or_else(|| Self::mapped(old, olds, new, news))
    }

    /// By open addressing on the hashes at hand. `None` if many lines meet in one place: somebody chose them to.
    fn probed(old: &Lines<'_>, olds: usize, new: &Lines<'_>, news: usize) -> Option<Self> {
        let size = ((olds + news) * 2).next_power_of_two().max(16);
        let mut table = vec![0_u32; size];
        // The line that stands for each class: those of the new text follow those of the old one.
        let mut heads: Vec<(bool, u32)> = Vec::new();
        let mut patience = 16 * (olds + news) + 1_024;
        let mut class = |is_new: bool, n: usize| -> Option<u32> {
            let lines = if is_new { new } else { old };
            let mut slot = lines.hashes.get(n).copied()? as usize & (size - 1);
            loop {
                patience = patience.checked_sub(1)?;
                match table.get(slot).copied()? {
                    0 => {
                        heads.push((is_new, n as u32));
                        *table.get_mut(slot)? = heads.len() as u32;
                        return Some(heads.len() as u32 - 1);
                    }
                    found => {
                        let (of_new, head) = heads.get(found as usize - 1).copied()?;
                        if lines.is_same(n, if of_new { new } else { old }, head as usize) {
                            return Some(found - 1);
                        }
                        slot = (slot + 1) & (size - 1);
                    }
                }
            }
        };
        let olds: Option<Vec<u32>> = (0..olds).map(|n| class(false, n)).collect();
        let news: Option<Vec<u32>> = (0..news).map(|n| class(true, n)).collect();
        let (old, new) = olds.zip(news)?;
        Some(Self { old, new, count: heads.len() })
    }

    /// By a map whose hash nobody can foresee.
    fn mapped(old: &Lines<'_>, olds: usize, new: &Lines<'_>, news: usize) -> Self {
        let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut class = |lines: &Lines<'_>, n: usize| {
            let line = lines.get(n).iter().copied();
            let key = match lines.spaces {
                Spaces::Count => line.collect(),
                Spaces::Ignored => line.filter(|byte| !is_space(*byte)).collect(),
            };
            let next = known.len() as u32;
            *known.entry(key).or_insert(next)
        };
        let old = (0..olds).map(|n| class(old, n)).collect();
        let new = (0..news).map(|n| class(new, n)).collect();
        Self { old, new, count: known.len() }
    }
}

/// The changes from `old` to `new`, in order.
pub fn edits(old: &Lines<'_>, new: &Lines<'_>) -> Vec<Edit> {
    edits_between(old, old.len(), new, new.len())
}

/// The same as far as git looks when it shows no context, as for blame: not into what both texts end with.
pub fn edits_of_heads(old: &Lines<'_>, new: &Lines<'_>) -> Vec<Edit> {
    const BLOCK: usize = 1_024;
    let common = old.text.rchunks_exact(BLOCK).zip(new.text.rchunks_exact(BLOCK)).take_while(|(a, b)| a == b);
    let trimmed = common.count() * BLOCK;
    let tail = old.text.get(old.text.len() - trimmed..).unwrap_or_default();
    let kept = newline(tail).map_or(trimmed, |at| at + 1);
    let cut = trimmed - kept;
    let (olds, news) = (old.lines_in(old.text.len() - cut), new.lines_in(new.text.len() - cut));
    edits_between(old, olds, new, news)
}

fn edits_between(old: &Lines<'_>, olds: usize, new: &Lines<'_>, news: usize) -> Vec<Edit> {
    let classes = Classes::of(old, olds, new, news);
    let (mut gone, mut come) = script::changed(&classes.old, &classes.new, classes.count);
    slide::slide(&classes.old, &mut gone, &mut come, &|n| old.get(n));
    slide::slide(&classes.new, &mut come, &mut gone, &|n| new.get(n));
    collect(&gone, &come)
}

/// Edits without moving them about, for anything that is not lines: `old` and `new` hold the class of each token.
pub(super) fn edits_of_classes(old: &[u32], new: &[u32], count: usize) -> Vec<Edit> {
    let (gone, come) = script::changed(old, new, count);
    collect(&gone, &come)
}

/// Runs of changed lines, side by side.
fn collect(gone: &[bool], come: &[bool]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < gone.len() || j < come.len() {
        let olds = gone.get(i..).unwrap_or_default().iter().take_while(|changed| **changed).count();
        let news = come.get(j..).unwrap_or_default().iter().take_while(|changed| **changed).count();
        if olds + news > 0 {
            let (old, new) = (i as u32..(i + olds) as u32, j as u32..(j + news) as u32);
            edits.push(Edit { old, new });
        }
        (i, j) = (i + olds + 1, j + news + 1);
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str, spaces: Spaces) -> Vec<(Range<u32>, Range<u32>)> {
        let (old, new) = (Lines::new(old.as_bytes(), spaces), Lines::new(new.as_bytes(), spaces));
        edits(&old, &new).into_iter().map(|edit| (edit.old, edit.new)).collect()
    }

    #[test]
    fn lines_keep_their_ends() {
        let text = b"a long first line\n\nlast";
        let lines = Lines::new(text, Spaces::Count);
        let all: Vec<&[u8]> = (0..lines.len()).map(|n| lines.get(n)).collect();
        assert_eq!(all, [&b"a long first line\n"[..], b"\n", b"last"]);
        assert!(Lines::new(b"", Spaces::Count).is_empty());
    }

    #[test]
    fn changes_are_found() {
        assert_eq!(shown("a\nb\nc\n", "a\nx\nc\n", Spaces::Count), [(1..2, 1..2)]);
        assert_eq!(shown("", "a\n", Spaces::Count), [(0..0, 0..1)]);
        assert_eq!(shown("a\n", "a", Spaces::Count), [(0..1, 0..1)]);
        assert!(shown("a\n", "a", Spaces::Ignored).is_empty());
        assert!(shown("if (a)\n", "\tif  ( a )\n", Spaces::Ignored).is_empty());
    }

    #[test]
    fn lines_chosen_to_meet_in_one_place_are_told_apart_all_the_same() {
        let text: Vec<u8> = (0..200).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        let lines = Lines::new(&text, Spaces::Count);
        let probed = Classes::probed(&lines, 200, &lines, 200).unwrap();
        let mapped = Classes::mapped(&lines, 200, &lines, 200);
        assert_eq!((probed.old, probed.new, probed.count), (mapped.old, mapped.new, mapped.count));
        let met = Lines { hashes: vec![7; 200], ..Lines::new(&text, Spaces::Count) };
        assert!(Classes::probed(&met, 200, &met, 200).is_none());
        assert_eq!(Classes::of(&met, 200, &met, 200).count, 200);
    }
}
