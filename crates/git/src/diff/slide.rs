//! Changes that could stand in several places are moved to where they read best.
//!
//! When the line after an added run equals its first line, the run can as well be said to begin one line later. git moves
//! each such run as far down as it goes, joins runs that meet, prefers a place where the other text changed too, and
//! else the place that fits the indentation around it.

use super::lines::is_space;

/// Places tried for one run.
const TRIED: usize = 100;
/// Deeper indentation counts as this.
const DEEPEST: i32 = 200;
/// Blank lines looked over.
const BLANKS: i32 = 20;

/// Gives the bytes of a line.
pub(super) type Text<'a> = &'a dyn Fn(usize) -> &'a [u8];

/// A run of changed lines, or the empty run between two unchanged ones. The nth run of one text belongs to the nth of the
/// other.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
}

impl Run {
    fn first(changed: &[bool]) -> Self {
        Self { start: 0, end: end_from(changed, 0) }
    }

    const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Goes to the next run; `false` at the end.
    fn forward(&mut self, changed: &[bool]) -> bool {
        if self.end >= changed.len() {
            return false;
        }
        self.start = self.end + 1;
        self.end = end_from(changed, self.start);
        true
    }

    fn back(&mut self, changed: &[bool]) -> bool {
        let Some(end) = self.start.checked_sub(1) else { return false };
        self.end = end;
        self.start = start_before(changed, end);
        true
    }

    /// Moves one line down and takes in the run it meets.
    fn slide_down(&mut self, lines: &[u32], changed: &mut [bool]) -> bool {
        if self.end >= lines.len() || lines.get(self.start) != lines.get(self.end) {
            return false;
        }
        set(changed, self.start, false);
        set(changed, self.end, true);
        self.start += 1;
        self.end = end_from(changed, self.end + 1);
        true
    }

    /// Moves one line up and takes in the run it meets.
    fn slide_up(&mut self, lines: &[u32], changed: &mut [bool]) -> bool {
        if self.start == 0 || lines.get(self.start - 1) != lines.get(self.end - 1) {
            return false;
        }
        set(changed, self.start - 1, true);
        set(changed, self.end - 1, false);
        self.end -= 1;
        self.start = start_before(changed, self.start - 1);
        true
    }
}

fn set(changed: &mut [bool], n: usize, value: bool) {
    if let Some(changed) = changed.get_mut(n) {
        *changed = value;
    }
}

fn end_from(changed: &[bool], start: usize) -> usize {
    start + changed.get(start..).unwrap_or_default().iter().take_while(|changed| **changed).count()
}

fn start_before(changed: &[bool], end: usize) -> usize {
    end - changed.get(..end).unwrap_or_default().iter().rev().take_while(|changed| **changed).count()
}

/// Moves the changes of one text. `other` are those of the other one.
pub(super) fn slide(lines: &[u32], changed: &mut [bool], other: &mut [bool], text: Text<'_>) {
    let (mut run, mut beside) = (Run::first(changed), Run::first(other));
    loop {
        if !run.is_empty() {
            settle(lines, changed, other, text, (&mut run, &mut beside));
        }
        if !run.forward(changed) || !beside.forward(other) {
            return;
        }
    }
}

fn settle(lines: &[u32], changed: &mut [bool], other: &[bool], text: Text<'_>, runs: (&mut Run, &mut Run)) {
    let (run, beside) = runs;
    let (mut size, mut highest, mut matching);
    // As far up and then down as possible. A run that took in another one may go further.
    loop {
        size = run.end - run.start;
        matching = false;
        while run.slide_up(lines, changed) {
            beside.back(other);
        }
        highest = run.end;
        matching |= !beside.is_empty();
        while run.slide_down(lines, changed) {
            beside.forward(other);
            matching |= !beside.is_empty();
        }
        if size == run.end - run.start {
            break;
        }
    }
    if run.end == highest {
        return;
    }
    if matching {
        // The last place where the other text changed, too.
        while beside.is_empty() && run.slide_up(lines, changed) {
            beside.back(other);
        }
        return;
    }
    let best = best_end(lines.len(), *run, highest, size, text);
    while run.end > best && run.slide_up(lines, changed) {
        beside.back(other);
    }
}

/// Where the run should end: of the places it can have, the last of those that read best.
fn best_end(count: usize, run: Run, highest: usize, size: usize, text: Text<'_>) -> usize {
    let first = highest.max(run.end.saturating_sub(size + 1)).max(run.end.saturating_sub(TRIED));
    let mut best: Option<(Score, usize)> = None;
    for end in first..=run.end {
        let mut score = Score::default();
        score.add(&Around::at(count, end, text));
        score.add(&Around::at(count, end.saturating_sub(size), text));
        if best.is_none_or(|(best, _)| score.is_as_good_as(best)) {
            best = Some((score, end));
        }
    }
    best.map_or(run.end, |(_, end)| end)
}

/// How a line is indented; `None` if it is blank.
fn indent(line: &[u8]) -> Option<i32> {
    let mut indent = 0;
    for byte in line {
        match byte {
            b' ' => indent += 1,
            b'\t' => indent += 8 - indent % 8,
            byte if !is_space(*byte) => return Some(indent),
            _ => {}
        }
        if indent >= DEEPEST {
            return Some(DEEPEST);
        }
    }
    None
}

/// What stands around the gap before a line.
struct Around {
    is_end: bool,
    /// Of the line itself.
    indent: Option<i32>,
    /// Of the nearest lines before and after it that are not blank, and the blank lines between.
    before: (Option<i32>, i32),
    after: (Option<i32>, i32),
}

impl Around {
    fn at(count: usize, gap: usize, text: Text<'_>) -> Self {
        let nearest = |lines: &mut dyn Iterator<Item = usize>| {
            let mut blanks = 0;
            for n in lines {
                if let Some(indent) = indent(text(n)) {
                    return (Some(indent), blanks);
                }
                blanks += 1;
                if blanks == BLANKS {
                    return (Some(0), blanks);
                }
            }
            (None, blanks)
        };
        Self {
            is_end: gap >= count,
            indent: if gap < count { indent(text(gap)) } else { None },
            before: nearest(&mut (0..gap).rev()),
            after: nearest(&mut (gap + 1..count)),
        }
    }
}

/// How well a place reads: less is better.
#[derive(Clone, Copy, Default)]
struct Score {
    indent: i32,
    penalty: i32,
}

impl Score {
    /// Adds the gap on one side of the run. The weights are git's, found by trying many on many histories.
    fn add(&mut self, around: &Around) {
        if around.before == (None, 0) {
            self.penalty += 1;
        }
        if around.is_end {
            self.penalty += 21;
        }
        let blanks_after = if around.indent.is_none() { 1 + around.after.1 } else { 0 };
        let blanks = around.before.1 + blanks_after;
        self.penalty += -30 * blanks + 6 * blanks_after;
        let indent = around.indent.or(around.after.0);
        self.indent += indent.unwrap_or(-1);
        let (Some(indent), Some(before)) = (indent, around.before.0) else { return };
        let has_blanks = blanks != 0;
        self.penalty += if indent > before {
            if has_blanks { 10 } else { -4 }
        } else if indent == before {
            0
        } else if around.after.0.is_some_and(|after| after > indent) {
            // Likely the first line of a block.
            if has_blanks { 17 } else { 24 }
        } else if has_blanks {
            17
        } else {
            // Likely the last one.
            23
        };
    }

    fn is_as_good_as(self, other: Self) -> bool {
        let deeper = i32::from(self.indent > other.indent) - i32::from(self.indent < other.indent);
        60 * deeper + (self.penalty - other.penalty) <= 0
    }
}
