//! Changes with some lines around them.

use std::ops::Range;

use super::{Edit, Lines};

/// Changes that stand near each other, with the lines around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Lines of the old text, from 0, context included.
    pub old: Range<u32>,
    /// Lines of the new text.
    pub new: Range<u32>,
    /// The changes in it.
    pub edits: Vec<Edit>,
}

/// Groups changes that have no more than twice `context` lines between them.
pub fn hunks(edits: &[Edit], context: u32, olds: usize, news: usize) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    let mut from = 0;
    while let Some(first) = edits.get(from) {
        let rest = edits.get(from..).unwrap_or_default();
        let near =
            |pair: &&[Edit]| matches!(pair, [a, b] if b.old.start - a.old.end <= context.saturating_mul(2));
        let count = 1 + rest.windows(2).take_while(near).count();
        let group = rest.get(..count).unwrap_or_default();
        let Some(last) = group.last() else { break };
        let before = context.min(first.old.start).min(first.new.start);
        let after = context.min(olds as u32 - last.old.end).min(news as u32 - last.new.end);
        hunks.push(Hunk {
            old: first.old.start - before..last.old.end + after,
            new: first.new.start - before..last.new.end + after,
            edits: group.to_vec(),
        });
        from += count;
    }
    hunks
}

/// The line a hunk's heading shows: the nearest before `from` that begins like a name does, without what follows the first
/// 80 bytes.
pub fn heading<'a>(old: &Lines<'a>, from: u32) -> Option<&'a [u8]> {
    let begins =
        |line: &&[u8]| line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || b"_$".contains(byte));
    let line = (0..from as usize).rev().map(|n| old.get(n)).find(begins)?;
    let line = line.get(..80).unwrap_or(line);
    let end = line.iter().rposition(|byte| !super::lines::is_space(*byte)).map_or(0, |at| at + 1);
    let line = line.get(..end)?;
    // Not into the middle of a letter.
    let end = std::str::from_utf8(line).map_or_else(|error| error.valid_up_to(), str::len);
    line.get(..end)
}

/// A line of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// In both texts: its number in each.
    Context(u32, u32),
    /// Only in the old one.
    Removed(u32),
    /// Only in the new one.
    Added(u32),
}

impl Hunk {
    /// The lines as they are shown: of each change first what went.
    pub fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let (mut i, mut j) = (self.old.start, self.new.start);
        let edits = self.edits.iter().flat_map(move |edit| {
            let context = (i..edit.old.start).zip(j..edit.new.start).map(|(i, j)| Line::Context(i, j));
            (i, j) = (edit.old.end, edit.new.end);
            let removed = edit.old.clone().map(Line::Removed);
            context.chain(removed).chain(edit.new.clone().map(Line::Added))
        });
        let (i, j) =
            self.edits.last().map_or((self.old.start, self.new.start), |last| (last.old.end, last.new.end));
        edits.chain((i..self.old.end).zip(j..self.new.end).map(|(i, j)| Line::Context(i, j)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Spaces, edits};
    use super::*;

    #[test]
    fn near_changes_share_a_hunk() {
        let old: String = (0..30).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n5\n", "\nfive\n").replace("\n12\n", "\ntwelve\n").replace("\n25\n", "\n");
        let (old, new) =
            (Lines::new(old.as_bytes(), Spaces::Count), Lines::new(new.as_bytes(), Spaces::Count));
        let edits = edits(&old, &new);
        let found = hunks(&edits, 3, old.len(), new.len());
        let ranges: Vec<_> = found.iter().map(|hunk| (hunk.old.clone(), hunk.new.clone())).collect();
        assert_eq!(ranges, [(2..16, 2..16), (22..29, 22..28)]);
        assert_eq!(found[1].lines().count(), 7);
        assert_eq!(found[1].lines().nth(3), Some(Line::Removed(25)));
        assert_eq!(hunks(&edits, 0, old.len(), new.len()).len(), 3);
    }

    #[test]
    fn the_heading_is_the_nearest_line_that_begins_like_a_name() {
        let text = Lines::new(b"int main(void)\n{\n\tx;\n}\n", Spaces::Count);
        assert_eq!(heading(&text, 3), Some(&b"int main(void)"[..]));
        assert_eq!(heading(&text, 0), None);
    }
}
