//! Which lines of two texts changed: Eugene Myers, "An O(ND) Difference Algorithm and its Variations" (1986), the variant
//! that halves the problem in linear space.
//!
//! git looks for a shortest script only while that is cheap, and what it does otherwise shows in its output. To agree
//! with it this does the same: lines that occur on one side alone, and very common lines among them, are settled before
//! the search; and a search that has become long takes the best it has found so far.

use std::ops::Range;

/// A line that occurs this often in the other text, or the square root of this text's length, says little.
const COMMON: usize = 1_024;
/// Lines looked at on each side of a common one.
const WINDOW: usize = 100;
/// A common line goes with lines that have no match if among its neighbours those outnumber common ones by so much.
const OUTNUMBER: usize = 4;
/// Costs from which on a search may end before its time.
const PATIENCE: i32 = 256;
/// Equal lines in a row that make a promising place.
const RUN: i32 = 20;
/// How far a place must have come, in costs spent, to be promising.
const FAR: i32 = 4;

/// Which lines went and which came. Lines are given as classes below `count`.
pub(super) fn changed(old: &[u32], new: &[u32], count: usize) -> (Vec<bool>, Vec<bool>) {
    let (mut gone, mut come) = (vec![false; old.len()], vec![false; new.len()]);
    let (start, end) = trim(old, new);
    let counts = |lines: &[u32]| {
        let mut counts = vec![0_u32; count];
        for class in lines {
            if let Some(count) = counts.get_mut(*class as usize) {
                *count += 1;
            }
        }
        counts
    };
    let (in_old, in_new) = (counts(old), counts(new));
    let left = Side::settle(old, start..old.len() - end, &in_new, &mut gone);
    let right = Side::settle(new, start..new.len() - end, &in_old, &mut come);
    Search::new(&left, &right).run(&mut gone, &mut come);
    (gone, come)
}

/// How many lines both begin and, of the rest, end with.
fn trim(old: &[u32], new: &[u32]) -> (usize, usize) {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    (start, end)
}

/// What is left of one text for the search.
struct Side {
    lines: Vec<u32>,
    /// Where each stands in the text.
    places: Vec<u32>,
}

/// How often a line occurs in the other text.
#[derive(Clone, Copy, PartialEq)]
enum Occurs {
    Never,
    Sometimes,
    Often,
}

impl Side {
    /// Marks lines that cannot be in common as changed, and keeps the others.
    fn settle(lines: &[u32], within: Range<usize>, in_other: &[u32], changed: &mut [bool]) -> Self {
        let often = root(lines.len()).min(COMMON);
        let own = lines.get(within.clone()).unwrap_or_default();
        let occurs: Vec<Occurs> = own
            .iter()
            .map(|class| match in_other.get(*class as usize).copied().unwrap_or(0) as usize {
                0 => Occurs::Never,
                count if count >= often => Occurs::Often,
                _ => Occurs::Sometimes,
            })
            .collect();
        let mut side = Self { lines: Vec::with_capacity(own.len()), places: Vec::with_capacity(own.len()) };
        for (n, class) in own.iter().enumerate() {
            let place = within.start + n;
            let is_kept = match occurs.get(n) {
                Some(Occurs::Sometimes) => true,
                Some(Occurs::Often) => !is_lost(&occurs, n),
                _ => false,
            };
            if is_kept {
                side.lines.push(*class);
                side.places.push(place as u32);
            } else if let Some(changed) = changed.get_mut(place) {
                *changed = true;
            }
        }
        side
    }

    fn mark(&self, lines: Range<i32>, changed: &mut [bool]) {
        for place in self.places.get(lines.start as usize..lines.end as usize).unwrap_or_default() {
            if let Some(changed) = changed.get_mut(*place as usize) {
                *changed = true;
            }
        }
    }
}

/// Whether a common line stands among lines that have no match, on both sides of it.
fn is_lost(occurs: &[Occurs], n: usize) -> bool {
    // Counts of lines without a match and of common ones, up to the next line that matches.
    let tally = |lines: &mut dyn Iterator<Item = &Occurs>| {
        let run = lines.take(WINDOW).take_while(|occurs| **occurs != Occurs::Sometimes);
        run.fold((0, 1), |(never, often), occurs| match occurs {
            Occurs::Never => (never + 1, often),
            _ => (never, often + 1),
        })
    };
    let before = tally(&mut occurs.get(..n).unwrap_or_default().iter().rev());
    if before.0 == 0 {
        return false;
    }
    let after = tally(&mut occurs.get(n + 1..).unwrap_or_default().iter());
    if after.0 == 0 {
        return false;
    }
    let (never, often) = (before.0 + after.0, before.1 + after.1);
    often * OUTNUMBER < often + never
}

/// A power of two near the square root.
fn root(n: usize) -> usize {
    let mut root = 1;
    let mut rest = n;
    while rest > 0 {
        root <<= 1;
        rest >>= 2;
    }
    root
}

/// A part of the grid whose one axis is the old text and whose other is the new one.
#[derive(Clone, Copy)]
struct Area {
    x: (i32, i32),
    y: (i32, i32),
    /// Whether the shortest script is looked for at any cost.
    exact: bool,
}

/// Where a search divided its area, and whether each half still has to be searched exactly.
struct Split {
    x: i32,
    y: i32,
    exact: (bool, bool),
}

/// The furthest place reached on each diagonal, from one corner of an area.
struct Front {
    reached: Vec<i32>,
    /// What is added to a diagonal to get its index.
    zero: i32,
    low: i32,
    high: i32,
}

impl Front {
    fn at(&self, diagonal: i32) -> i32 {
        self.reached.get((diagonal + self.zero) as usize).copied().unwrap_or_default()
    }

    fn set(&mut self, diagonal: i32, x: i32) {
        if let Some(reached) = self.reached.get_mut((diagonal + self.zero) as usize) {
            *reached = x;
        }
    }

    fn begin(&mut self, diagonal: i32, x: i32) {
        (self.low, self.high) = (diagonal, diagonal);
        self.set(diagonal, x);
    }

    /// Takes in one more diagonal on each side, or one less where the area ends. `outside` is worse than any place.
    fn widen(&mut self, lowest: i32, highest: i32, outside: i32) {
        if self.low > lowest {
            self.low -= 1;
            self.set(self.low - 1, outside);
        } else {
            self.low += 1;
        }
        if self.high < highest {
            self.high += 1;
            self.set(self.high + 1, outside);
        } else {
            self.high -= 1;
        }
    }

    /// The diagonals in use, from the highest down.
    fn diagonals(&self) -> impl Iterator<Item = i32> + use<> {
        (self.low..=self.high).rev().step_by(2)
    }

    fn holds(&self, diagonal: i32) -> bool {
        (self.low..=self.high).contains(&diagonal)
    }
}

struct Search<'a> {
    old: &'a Side,
    new: &'a Side,
    forward: Front,
    backward: Front,
    /// The cost at which a search takes what it has.
    limit: i32,
}

impl<'a> Search<'a> {
    fn new(old: &'a Side, new: &'a Side) -> Self {
        let diagonals = old.lines.len() + new.lines.len() + 3;
        let front =
            || Front { reached: vec![0; diagonals], zero: new.lines.len() as i32 + 1, low: 0, high: 0 };
        let limit = (root(diagonals) as i32).max(PATIENCE);
        Self { old, new, forward: front(), backward: front(), limit }
    }

    fn run(&mut self, gone: &mut [bool], come: &mut [bool]) {
        let (width, height) = (self.old.lines.len() as i32, self.new.lines.len() as i32);
        let mut areas = vec![Area { x: (0, width), y: (0, height), exact: false }];
        while let Some(mut area) = areas.pop() {
            self.shrink(&mut area);
            if area.x.0 == area.x.1 {
                self.new.mark(area.y.0..area.y.1, come);
            } else if area.y.0 == area.y.1 {
                self.old.mark(area.x.0..area.x.1, gone);
            } else {
                let Split { x, y, exact } = self.split(area);
                areas.push(Area { x: (x, area.x.1), y: (y, area.y.1), exact: exact.1 });
                areas.push(Area { x: (area.x.0, x), y: (area.y.0, y), exact: exact.0 });
            }
        }
    }

    fn is_equal(&self, x: i32, y: i32) -> bool {
        self.old.lines.get(x as usize) == self.new.lines.get(y as usize)
    }

    /// Leaves out what both begin and end with.
    fn shrink(&self, area: &mut Area) {
        while area.x.0 < area.x.1 && area.y.0 < area.y.1 && self.is_equal(area.x.0, area.y.0) {
            (area.x.0, area.y.0) = (area.x.0 + 1, area.y.0 + 1);
        }
        while area.x.0 < area.x.1 && area.y.0 < area.y.1 && self.is_equal(area.x.1 - 1, area.y.1 - 1) {
            (area.x.1, area.y.1) = (area.x.1 - 1, area.y.1 - 1);
        }
    }

    /// Searches from both corners until the two meet, or it has cost too much.
    fn split(&mut self, area: Area) -> Split {
        let (lowest, highest) = (area.x.0 - area.y.1, area.x.1 - area.y.0);
        let (from, to) = (area.x.0 - area.y.0, area.x.1 - area.y.1);
        let is_odd = (from - to) & 1 != 0;
        self.forward.begin(from, area.x.0);
        self.backward.begin(to, area.x.1);
        let mut cost = 0;
        loop {
            cost += 1;
            let mut has_run = false;
            self.forward.widen(lowest, highest, -1);
            for diagonal in self.forward.diagonals() {
                let (x, run) = self.advance(area, diagonal);
                has_run |= run > RUN;
                self.forward.set(diagonal, x);
                if is_odd && self.backward.holds(diagonal) && self.backward.at(diagonal) <= x {
                    return Split { x, y: x - diagonal, exact: (true, true) };
                }
            }
            self.backward.widen(lowest, highest, i32::MAX);
            for diagonal in self.backward.diagonals() {
                let (x, run) = self.retreat(area, diagonal);
                has_run |= run > RUN;
                self.backward.set(diagonal, x);
                if !is_odd && self.forward.holds(diagonal) && x <= self.forward.at(diagonal) {
                    return Split { x, y: x - diagonal, exact: (true, true) };
                }
            }
            if area.exact {
                continue;
            }
            if has_run && cost > PATIENCE {
                if let Some((x, y)) = self.promising_ahead(area, from, cost) {
                    return Split { x, y, exact: (true, false) };
                }
                if let Some((x, y)) = self.promising_behind(area, to, cost) {
                    return Split { x, y, exact: (false, true) };
                }
            }
            if cost >= self.limit {
                return self.furthest(area);
            }
        }
    }

    /// One step on from the better neighbour, and along equal lines. Answers how many of those there were, too.
    fn advance(&self, area: Area, diagonal: i32) -> (i32, i32) {
        let (below, above) = (self.forward.at(diagonal - 1), self.forward.at(diagonal + 1));
        let start = if below >= above { below + 1 } else { above };
        let mut x = start;
        while x < area.x.1 && x - diagonal < area.y.1 && self.is_equal(x, x - diagonal) {
            x += 1;
        }
        (x, x - start)
    }

    fn retreat(&self, area: Area, diagonal: i32) -> (i32, i32) {
        let (below, above) = (self.backward.at(diagonal - 1), self.backward.at(diagonal + 1));
        let start = if below < above { below } else { above - 1 };
        let mut x = start;
        while x > area.x.0 && x - diagonal > area.y.0 && self.is_equal(x - 1, x - diagonal - 1) {
            x -= 1;
        }
        (x, start - x)
    }

    /// The best place far from the first corner that a run of equal lines led to.
    fn promising_ahead(&self, area: Area, middle: i32, cost: i32) -> Option<(i32, i32)> {
        let mut best = 0;
        let mut place = None;
        for diagonal in self.forward.diagonals() {
            let x = self.forward.at(diagonal);
            let y = x - diagonal;
            let score = (x - area.x.0) + (y - area.y.0) - (diagonal - middle).abs();
            let fits = (area.x.0 + RUN..area.x.1).contains(&x) && (area.y.0 + RUN..area.y.1).contains(&y);
            if score > FAR * cost && score > best && fits && (1..=RUN).all(|k| self.is_equal(x - k, y - k)) {
                best = score;
                place = Some((x, y));
            }
        }
        place
    }

    /// The same from the other corner.
    fn promising_behind(&self, area: Area, middle: i32, cost: i32) -> Option<(i32, i32)> {
        let mut best = 0;
        let mut place = None;
        for diagonal in self.backward.diagonals() {
            let x = self.backward.at(diagonal);
            let y = x.saturating_sub(diagonal);
            let score = (area.x.1.saturating_sub(x)).saturating_add(area.y.1.saturating_sub(y))
                - (diagonal - middle).abs();
            let fits =
                (area.x.0 + 1..=area.x.1 - RUN).contains(&x) && (area.y.0 + 1..=area.y.1 - RUN).contains(&y);
            if score > FAR * cost && score > best && fits && (0..RUN).all(|k| self.is_equal(x + k, y + k)) {
                best = score;
                place = Some((x, y));
            }
        }
        place
    }

    /// Of both fronts the place that has come furthest.
    fn furthest(&self, area: Area) -> Split {
        let mut ahead = (-1, -1);
        for diagonal in self.forward.diagonals() {
            let x = self.forward.at(diagonal).min(area.x.1);
            let x = if area.y.1 < x - diagonal { area.y.1 + diagonal } else { x };
            let sum = x + (x - diagonal);
            if ahead.0 < sum {
                ahead = (sum, x);
            }
        }
        let mut behind = (i32::MAX, i32::MAX);
        for diagonal in self.backward.diagonals() {
            let x = self.backward.at(diagonal).max(area.x.0);
            let x = if x - diagonal < area.y.0 { area.y.0 + diagonal } else { x };
            let sum = x + (x - diagonal);
            if sum < behind.0 {
                behind = (sum, x);
            }
        }
        if (area.x.1 + area.y.1) - behind.0 < ahead.0 - (area.x.0 + area.y.0) {
            Split { x: ahead.1, y: ahead.0 - ahead.1, exact: (true, false) }
        } else {
            Split { x: behind.1, y: behind.0 - behind.1, exact: (false, true) }
        }
    }
}
