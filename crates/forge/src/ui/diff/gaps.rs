//! What lies between the hunks of a file and is the same on both sides: shown on demand, some lines at a time.

use gitflare_port::diff::{DiffHunk, FileBody};

use crate::ui::text;

/// Lines shown at a time.
const STEP: u32 = 50;

/// Lines that are not shown, as they are numbered now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The first, from 1.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// What makes the old number of a new one.
    pub shift: i64,
    /// Whether it is behind the last hunk, and so grows downwards.
    pub down: bool,
}

impl Gap {
    /// What is above each hunk, and behind the last.
    pub(super) fn of(body: &FileBody) -> Vec<Option<Self>> {
        let mut gaps = Vec::new();
        let (mut done, mut shift) = (0, 0);
        for hunk in &body.hunks {
            let (old, new) = starts(hunk);
            gaps.push(Self::between(done, new, shift, false));
            done = new + hunk.new_count;
            shift = i64::from(old + hunk.old_count) - i64::from(done);
        }
        gaps.push(Self::between(done, body.new_lines, shift, true));
        gaps
    }

    fn between(done: u32, end: u32, shift: i64, down: bool) -> Option<Self> {
        (done < end).then_some(Self { first: done + 1, last: end, shift, down })
    }

    /// How many lines it has.
    pub(crate) fn count(self) -> u32 {
        (self.last + 1).saturating_sub(self.first)
    }

    /// The part that is shown next, and what is left.
    pub(crate) fn step(self) -> (Self, Option<Self>) {
        if self.count() <= STEP {
            (self, None)
        } else if self.down {
            let last = self.first + STEP - 1;
            (Self { last, ..self }, Some(Self { first: last + 1, ..self }))
        } else {
            let first = self.last + 1 - STEP;
            (Self { first, ..self }, Some(Self { last: first - 1, ..self }))
        }
    }

    /// How many lines around changes close it, or make it smaller.
    pub(super) fn closed_by(self, context: u32) -> u32 {
        let at_an_end = self.first == 1 || self.down;
        let more = if at_an_end { self.count() } else { self.count().div_ceil(2) };
        context + more.min(STEP)
    }

    /// The words of the way to more.
    pub(super) fn words(self) -> String {
        match self.count() {
            1 => "Show 1 unmodified line".to_owned(),
            count if count <= STEP => format!("Show {count} unmodified lines"),
            count => format!("Show {STEP} of {count} unmodified lines"),
        }
    }

    /// Where the next part of it is a page of its own.
    pub(crate) fn address(self, home: &str, revision: &str, path: &str, split: bool) -> String {
        let Self { first, last, shift, down } = self;
        let way = if down { "&way=down" } else { "" };
        let split = if split { "&diff=split" } else { "" };
        let (revision, path) = (text::path(revision), text::path(path));
        format!("{home}/blob_excerpt/{revision}/{path}?first={first}&last={last}&shift={shift}{way}{split}")
    }
}

/// Lines above a hunk, old and new. As in a patch, an empty range names the line before it.
fn starts(hunk: &DiffHunk) -> (u32, u32) {
    (
        hunk.old_start.saturating_sub(u32::from(hunk.old_count > 0)),
        hunk.new_start.saturating_sub(u32::from(hunk.new_count > 0)),
    )
}

#[cfg(test)]
mod tests {
    use gitflare_port::diff::{DiffHunk, FileBody};

    use super::Gap;

    fn hunk(old_start: u32, old_count: u32, new_start: u32, new_count: u32) -> DiffHunk {
        DiffHunk { old_start, old_count, new_start, new_count, ..DiffHunk::default() }
    }

    #[test]
    fn what_is_not_shown_is_counted_on_both_sides() {
        let body = FileBody {
            hunks: vec![hunk(1, 3, 1, 5), hunk(10, 2, 11, 0), hunk(100, 4, 99, 4)],
            new_lines: 110,
            ..FileBody::default()
        };
        let gap = |first, last, shift, down| Some(Gap { first, last, shift, down });
        let wanted = [None, gap(6, 11, -2, false), gap(12, 98, 0, false), gap(103, 110, 1, true)];
        assert_eq!(Gap::of(&body), wanted);
    }

    #[test]
    fn a_large_gap_is_shown_in_parts_next_to_what_changed() {
        let gap = Gap { first: 1, last: 120, shift: 3, down: false };
        let (part, rest) = gap.step();
        assert_eq!((part.first, part.last, rest.unwrap().last), (71, 120, 70));
        let (part, rest) = Gap { down: true, ..gap }.step();
        assert_eq!((part.first, part.last, rest.unwrap().first), (1, 50, 51));
        let small = Gap { first: 5, last: 5, shift: 0, down: false };
        assert_eq!((small.step(), small.words().as_str()), ((small, None), "Show 1 unmodified line"));
        assert_eq!((gap.words().as_str(), gap.closed_by(3)), ("Show 50 of 120 unmodified lines", 53));
        assert_eq!(Gap { first: 11, last: 20, ..small }.closed_by(3), 8);
    }
}
