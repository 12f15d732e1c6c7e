//! Which words of changed lines changed.

use std::{collections::HashMap, ops::Range};

use super::lines::edits_of_classes;

/// Lines on either side of a change that are compared with each other.
const LINES: usize = 64;
/// Bytes of a line that is looked into.
const BYTES: usize = 2_000;
/// Marks this near to each other become one.
const NEAR: u32 = 2;

/// A removed line and the added line it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Which removed line, from 0.
    pub old: usize,
    /// Which added line.
    pub new: usize,
    /// Bytes that changed in the removed one, in order.
    pub old_marks: Vec<Range<u32>>,
    /// Bytes that changed in the added one.
    pub new_marks: Vec<Range<u32>>,
}

/// Finds which removed line became which added one, and what changed in it. Lines less than half alike are not paired,
/// and pairs that hardly agree have no marks worth showing.
pub fn pairs(old: &[&[u8]], new: &[&[u8]]) -> Vec<Pair> {
    if old.is_empty() || new.is_empty() || old.len() > LINES || new.len() > LINES {
        return Vec::new();
    }
    let mut classes = HashMap::new();
    let olds: Vec<_> = old.iter().map(|line| Tokens::of(line, &mut classes)).collect();
    let news: Vec<_> = new.iter().map(|line| Tokens::of(line, &mut classes)).collect();
    let count = classes.len();
    let mut pairs = Vec::new();
    for (i, j) in matched(&olds, &news) {
        let (Some(a), Some(b)) = (olds.get(i), news.get(j)) else { continue };
        let edits = edits_of_classes(&a.classes, &b.classes, count);
        let old_marks = a.marks(edits.iter().map(|edit| edit.old.clone()));
        let new_marks = b.marks(edits.iter().map(|edit| edit.new.clone()));
        if a.is_legible(&old_marks) && b.is_legible(&new_marks) {
            pairs.push(Pair { old: i, new: j, old_marks, new_marks });
        }
    }
    pairs
}

/// A line as words, runs of white space, and single other characters.
struct Tokens {
    classes: Vec<u32>,
    ends: Vec<u32>,
    /// The classes of all tokens but white space, sorted.
    bag: Vec<u32>,
    weight: u32,
}

impl Tokens {
    fn of<'a>(line: &'a [u8], known: &mut HashMap<&'a [u8], u32>) -> Self {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut tokens = Self { classes: Vec::new(), ends: Vec::new(), bag: Vec::new(), weight: 0 };
        let mut rest = if line.len() > BYTES { &[][..] } else { line };
        let mut end = 0;
        while let Some(first) = rest.first() {
            let kind = kind(*first);
            let length = if kind == Kind::Other {
                1
            } else {
                rest.iter().take_while(|byte| self::kind(**byte) == kind).count()
            };
            let (token, after) = rest.split_at(length);
            let next = known.len() as u32;
            let class = *known.entry(token).or_insert(next);
            end += length as u32;
            tokens.classes.push(class);
            tokens.ends.push(end);
            if kind != Kind::Space {
                tokens.bag.push(class);
                tokens.weight += 1;
            }
            rest = after;
        }
        tokens.bag.sort_unstable();
        tokens
    }

    /// How many tokens of two lines agree, in thousandths of the longer one.
    fn likeness(&self, other: &Self) -> u32 {
        let (mut i, mut j, mut common) = (0, 0, 0);
        while let (Some(a), Some(b)) = (self.bag.get(i), other.bag.get(j)) {
            match a.cmp(b) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    common += 1;
                    (i, j) = (i + 1, j + 1);
                }
            }
        }
        common * 1_000 / self.weight.max(other.weight).max(1)
    }

    /// Ranges of tokens as ranges of bytes; those near each other joined.
    fn marks(&self, tokens: impl Iterator<Item = Range<u32>>) -> Vec<Range<u32>> {
        let start = |n: u32| n.checked_sub(1).and_then(|n| self.ends.get(n as usize)).copied().unwrap_or(0);
        let mut marks: Vec<Range<u32>> = Vec::new();
        for range in tokens.filter(|range| !range.is_empty()) {
            let (from, to) = (start(range.start), start(range.end));
            match marks.last_mut() {
                Some(last) if from - last.end <= NEAR => last.end = to,
                _ => marks.push(from..to),
            }
        }
        marks
    }

    /// Whether not nearly all of the line is marked.
    fn is_legible(&self, marks: &[Range<u32>]) -> bool {
        let marked: u32 = marks.iter().map(|mark| mark.end - mark.start).sum();
        marked * 10 <= self.ends.last().copied().unwrap_or(0) * 7
    }
}

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Word,
    Space,
    Other,
}

const fn kind(byte: u8) -> Kind {
    match byte {
        b' ' | b'\t' => Kind::Space,
        // Letters beyond ASCII stay whole: their bytes are all above.
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => Kind::Word,
        _ => Kind::Other,
    }
}

/// The pairs, in order, that are alike most in all.
fn matched(old: &[Tokens], new: &[Tokens]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut best = vec![0_u32; (old.len() + 1) * width];
    let mut likeness = vec![0_u32; old.len() * new.len()];
    let at = |best: &[u32], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let like = a.likeness(b);
            let like = if like >= 500 { like } else { 0 };
            let paired = if like > 0 { like + at(&best, i + 1, j + 1) } else { 0 };
            let most = paired.max(at(&best, i + 1, j)).max(at(&best, i, j + 1));
            if let Some(likeness) = likeness.get_mut(i * new.len() + j) {
                *likeness = like;
            }
            if let Some(best) = best.get_mut(i * width + j) {
                *best = most;
            }
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        let like = likeness.get(i * new.len() + j).copied().unwrap_or(0);
        let here = at(&best, i, j);
        if like > 0 && here == like + at(&best, i + 1, j + 1) {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here == at(&best, i + 1, j) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_in_a_line_is_marked() {
        let found = pairs(&[b"let total = sum(items);\n"], &[b"let total = sum(&items, 3);\n"]);
        assert_eq!(found.len(), 1);
        let marked = |line: &str, marks: &[Range<u32>]| -> Vec<String> {
            marks.iter().map(|mark| line[mark.start as usize..mark.end as usize].to_owned()).collect()
        };
        assert!(found[0].old_marks.is_empty());
        assert_eq!(marked("let total = sum(&items, 3);", &found[0].new_marks), ["&", ", 3"]);
    }

    #[test]
    fn lines_that_are_not_alike_are_not_paired() {
        assert!(pairs(&[b"one thing\n"], &[b"something else entirely\n"]).is_empty());
        let found = pairs(&[b"drop this line\n", b"keep = 1;\n"], &[b"keep = 2;\n", b"a new end\n"]);
        assert_eq!(found.iter().map(|pair| (pair.old, pair.new)).collect::<Vec<_>>(), [(1, 0)]);
        assert!(pairs(&[], &[b"x\n"]).is_empty());
    }

    #[test]
    fn marks_never_cut_a_character() {
        let (old, new) = ("größe = müller(a)\n", "größe = möller(a)\n");
        let found = pairs(&[old.as_bytes()], &[new.as_bytes()]);
        for mark in &found[0].new_marks {
            assert!(new.is_char_boundary(mark.start as usize) && new.is_char_boundary(mark.end as usize));
        }
    }
}
