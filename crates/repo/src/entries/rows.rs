//! How a row is written: numbers of seven bits a byte, and mostly only what differs from another row.

/// What says that everything in a folder is as the commit that last changed it made it.
pub(crate) const UNIFORM: u32 = u32::MAX;

/// An entry of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The commit that last changed it.
    pub(crate) last: u32,
    /// For a folder, the commit whose row says what is in it, or [`UNIFORM`]; 0 for a file, or where nothing is known.
    pub(crate) rows: u32,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// All entries.
    Whole(Vec<Entry>),
    /// A difference to the row of an older commit. `depth` is how many steps it is from a whole one in all, counting those
    /// that were skipped.
    Changed { base: u32, depth: u32, change: Change },
    /// Everything is as this commit made it.
    Uniform,
    /// The row of this commit holds.
    Same(u32),
    /// Nothing is known.
    Unknown,
}

/// Steps that make one list of entries from another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Change(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Take over this many.
    Copy(usize),
    /// Leave out this many, and put these.
    Replace(usize, Vec<Entry>),
}

/// How far a difference looks for the next equal entries.
const LOOK: usize = 8;

impl Row {
    /// Writes the row of commit `cid`.
    pub(super) fn encode(&self, cid: u32) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Whole(entries) => {
                out.push(0);
                number(&mut out, entries.len() as u64);
                entries.iter().for_each(|one| entry(&mut out, *one, cid));
            }
            Self::Changed { base, depth, change } => {
                out.push(1);
                number(&mut out, u64::from(cid.wrapping_sub(*base)));
                number(&mut out, u64::from(*depth));
                change.encode(&mut out, cid);
            }
            Self::Uniform => out.push(2),
            Self::Same(other) => {
                out.push(3);
                number(&mut out, u64::from(cid.wrapping_sub(*other)));
            }
            Self::Unknown => out.push(4),
        }
        out
    }

    /// Reads the row of commit `cid`.
    pub(super) fn decode(data: &[u8], cid: u32) -> Option<Self> {
        let (kind, mut rest) = data.split_first()?;
        let back = |rest: &mut &[u8]| cid.checked_sub(u32::try_from(take(rest)?).ok()?);
        Some(match kind {
            0 => {
                let count = take(&mut rest)?;
                Self::Whole(take_entries(&mut rest, count, cid)?)
            }
            1 => {
                let base = back(&mut rest)?;
                let depth = u32::try_from(take(&mut rest)?).ok()?;
                Self::Changed { base, depth, change: Change::decode(rest, cid)? }
            }
            2 => Self::Uniform,
            3 => Self::Same(back(&mut rest)?),
            4 => Self::Unknown,
            _ => return None,
        })
    }
}

impl Change {
    /// What makes `new` from `old`. Any answer is right; a short one is found where the two are much alike.
    pub(super) fn between(old: &[Entry], new: &[Entry]) -> Self {
        let mut change = Self::default();
        let (mut i, mut j) = (0, 0);
        while j < new.len() {
            if old.get(i) == new.get(j) {
                change.copy();
                (i, j) = (i + 1, j + 1);
                continue;
            }
            // The nearest place where both agree again.
            let near = (1..=2 * LOOK).find_map(|far| {
                (far.saturating_sub(LOOK)..=far.min(LOOK)).find_map(|skip| {
                    let (x, y) = (old.get(i + skip)?, new.get(j + far - skip)?);
                    (x == y).then_some((skip, far - skip))
                })
            });
            let (skip, put) = near.unwrap_or((usize::from(i < old.len()), 1));
            change.replace(skip, new.get(j..j + put).unwrap_or_default());
            (i, j) = (i + skip, j + put);
        }
        change
    }

    fn copy(&mut self) {
        match self.0.last_mut() {
            Some(Step::Copy(count)) => *count += 1,
            _ => self.0.push(Step::Copy(1)),
        }
    }

    fn replace(&mut self, skip: usize, put: &[Entry]) {
        match self.0.last_mut() {
            Some(Step::Replace(skipped, new)) => {
                *skipped += skip;
                new.extend_from_slice(put);
            }
            _ => self.0.push(Step::Replace(skip, put.to_vec())),
        }
    }

    /// Makes the new list; `None` if this change is not one of `old`.
    pub(super) fn apply(&self, old: &[Entry]) -> Option<Vec<Entry>> {
        let mut new = Vec::with_capacity(old.len() + 8);
        let mut at = 0_usize;
        for step in &self.0 {
            match step {
                Step::Copy(count) => {
                    new.extend_from_slice(old.get(at..at.checked_add(*count)?)?);
                    at += count;
                }
                Step::Replace(skip, put) => {
                    new.extend_from_slice(put);
                    at = at.checked_add(*skip).filter(|at| *at <= old.len())?;
                }
            }
        }
        Some(new)
    }

    fn encode(&self, out: &mut Vec<u8>, cid: u32) {
        for step in &self.0 {
            match step {
                Step::Copy(count) => number(out, (*count as u64) << 1),
                Step::Replace(skip, new) => {
                    number(out, (new.len() as u64) << 1 | 1);
                    number(out, *skip as u64);
                    new.iter().for_each(|one| entry(out, *one, cid));
                }
            }
        }
    }

    fn decode(mut rest: &[u8], cid: u32) -> Option<Self> {
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let step = take(&mut rest)?;
            if step & 1 == 0 {
                steps.push(Step::Copy((step >> 1) as usize));
            } else {
                let skip = take(&mut rest)? as usize;
                steps.push(Step::Replace(skip, take_entries(&mut rest, step >> 1, cid)?));
            }
        }
        Some(Self(steps))
    }
}

fn number(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..42).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

/// An entry, as seen from commit `cid`: most changed not long before.
fn entry(out: &mut Vec<u8>, entry: Entry, cid: u32) {
    let back = u64::from(cid.wrapping_sub(entry.last)) << 2;
    match entry.rows {
        0 => number(out, back),
        UNIFORM => number(out, back | 2),
        rows if rows == entry.last => number(out, back | 1),
        rows => {
            number(out, back | 3);
            number(out, u64::from(cid.wrapping_sub(rows)));
        }
    }
}

fn take_entries(rest: &mut &[u8], count: u64, cid: u32) -> Option<Vec<Entry>> {
    // An entry takes a byte at least, so what is allocated is bounded by what is there.
    let mut entries = Vec::with_capacity((count as usize).min(rest.len()));
    for _ in 0..count {
        entries.push(take_entry(rest, cid)?);
    }
    Some(entries)
}

fn take_entry(rest: &mut &[u8], cid: u32) -> Option<Entry> {
    let coded = take(rest)?;
    let last = cid.checked_sub(u32::try_from(coded >> 2).ok()?).filter(|last| *last > 0)?;
    let rows = match coded & 3 {
        0 => 0,
        1 => last,
        2 => UNIFORM,
        _ => cid.checked_sub(u32::try_from(take(rest)?).ok()?)?,
    };
    Some(Entry { last, rows })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry = (1..40_u32, prop_oneof![Just(0), Just(UNIFORM), 1..40_u32]);
        proptest::collection::vec(entry.prop_map(|(last, rows)| Entry { last, rows }), 0..60)
    }

    proptest! {
        #[test]
        fn a_difference_makes_the_new_list(old in entries(), new in entries()) {
            let change = Change::between(&old, &new);
            prop_assert_eq!(change.apply(&old), Some(new.clone()));
            let row = Row::Changed { base: 3, depth: 5, change };
            prop_assert_eq!(Row::decode(&row.encode(40), 40), Some(row));
            let whole = Row::Whole(new);
            prop_assert_eq!(Row::decode(&whole.encode(40), 40), Some(whole));
        }

        #[test]
        fn any_bytes_are_a_row_or_none(data in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Row::decode(&data, 1_000);
        }
    }

    #[test]
    fn one_changed_entry_takes_few_bytes() {
        let old: Vec<Entry> = (0..500).map(|n| Entry { last: n + 1, rows: 0 }).collect();
        let mut new = old.clone();
        new[300] = Entry { last: 1_000, rows: 0 };
        new.insert(20, Entry { last: 1_000, rows: 1_000 });
        let row = Row::Changed { base: 990, depth: 1, change: Change::between(&old, &new) };
        assert!(row.encode(1_000).len() < 20);
        for row in [Row::Uniform, Row::Unknown, Row::Same(7)] {
            assert_eq!(Row::decode(&row.encode(9), 9), Some(row));
        }
    }
}
