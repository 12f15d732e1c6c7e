//! Walking the graph: by date as `git log` does, and by number where only sets matter.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use crate::{Result, cache::Memo, graph::Graph, view::View};

/// The most commits that are counted.
const COUNTED: u64 = 2_000_000;

/// A set of commit numbers, a bit each.
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Adds a number; whether it is new.
    pub(super) fn add(&mut self, n: u32) -> bool {
        let (word, bit) = (n as usize / 64, 1_u64 << (n % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        new
    }

    /// Whether the number is in the set.
    pub(super) fn has(&self, n: u32) -> bool {
        self.0.get(n as usize / 64).is_some_and(|word| word & 1 << (n % 64) != 0)
    }
}

/// How many commits one reaches, itself included, unless there are too many to count. Kept for the next who asks.
pub(super) fn count(graph: &Graph<'_>, tip: u32) -> Result<Option<u64>> {
    let View { shared, repository, .. } = *graph.view;
    let key = Memo::Of("commits", tip.to_string());
    if let Some(known) = shared.memo::<Option<u64>>(repository, &key) {
        return Ok(*known);
    }
    let mut seen = Bits::default();
    seen.add(tip);
    let mut open = vec![tip];
    let mut count = 0_u64;
    while let Some(cid) = open.pop() {
        count += 1;
        if count > COUNTED {
            break;
        }
        open.extend(graph.parents(cid)?.iter().filter(|parent| seen.add(*parent)));
    }
    let count = Some(count).filter(|count| *count <= COUNTED);
    shared.keep_memo(repository, key, Arc::new(count), 16);
    Ok(count)
}

/// Commits in the order of `git log`: by committer time, and of equal ones those first that were seen first.
#[derive(Debug, Clone, Default)]
pub(super) struct DateWalk {
    heap: BinaryHeap<(i64, Reverse<u32>, u32)>,
    seen: Bits,
    order: u32,
    /// Commits older than this end a line of history.
    since: Option<i64>,
}

impl DateWalk {
    pub(super) fn new(since: Option<i64>) -> Self {
        Self { since, ..Self::default() }
    }

    /// Adds a commit to start from, or found on the way.
    pub(super) fn add(&mut self, graph: &Graph<'_>, cid: u32) -> Result<()> {
        if self.seen.add(cid) {
            self.order += 1;
            self.heap.push((graph.node(cid)?.time, Reverse(self.order), cid));
        }
        Ok(())
    }

    /// The next commit. Its parents have not been added.
    pub(super) fn pop(&mut self) -> Option<(u32, i64)> {
        loop {
            let (time, _, cid) = self.heap.pop()?;
            if self.since.is_none_or(|since| time >= since) {
                return Some((cid, time));
            }
        }
    }
}

/// What one commit reaches and another does not, found by number: all children of a commit are seen before it.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// Commits only the head reaches.
    pub(super) ahead: Vec<u32>,
    /// How many only the base reaches.
    pub(super) behind: u32,
    /// Best common ancestors, newest first.
    pub(super) merge_bases: Vec<u32>,
    /// Whether the search was given up.
    pub(super) is_partial: bool,
}

const HEAD: u8 = 1;
const BASE: u8 = 2;
const STALE: u8 = 4;

/// Compares what two commits reach, visiting at most `most` commits.
pub(super) fn difference(graph: &Graph<'_>, base: u32, head: u32, most: usize) -> Result<Difference> {
    let mut flags: HashMap<u32, u8> = HashMap::new();
    let mut heap = BinaryHeap::new();
    let mut found = Difference::default();
    // Commits in the heap that are not known to lie below a common one.
    let mut open = 0_usize;
    for (cid, flag) in [(head, HEAD), (base, BASE)] {
        mark(&mut flags, &mut heap, &mut open, cid, flag);
    }
    let mut visited = 0;
    while open > 0 {
        let Some(cid) = heap.pop() else { break };
        let flag = flags.remove(&cid).unwrap_or(0);
        if flag & STALE == 0 {
            open -= 1;
        }
        visited += 1;
        if visited > most {
            found.is_partial = true;
            break;
        }
        let mut down = flag;
        match flag & (HEAD | BASE) {
            HEAD => found.ahead.push(cid),
            BASE => found.behind += 1,
            _ => {
                if flag & STALE == 0 {
                    found.merge_bases.push(cid);
                }
                down |= STALE;
            }
        }
        for parent in graph.parents(cid)?.iter() {
            mark(&mut flags, &mut heap, &mut open, parent, down);
        }
    }
    let mut dated = Vec::with_capacity(found.merge_bases.len());
    for cid in &found.merge_bases {
        dated.push((Reverse(graph.node(*cid)?.time), *cid));
    }
    dated.sort_by_key(|(time, _)| *time);
    found.merge_bases = dated.into_iter().map(|(_, cid)| cid).collect();
    Ok(found)
}

fn mark(flags: &mut HashMap<u32, u8>, heap: &mut BinaryHeap<u32>, open: &mut usize, cid: u32, flag: u8) {
    let held = flags.entry(cid).or_insert(0);
    let before = *held;
    *held |= flag;
    if before == 0 {
        heap.push(cid);
        *open += usize::from(flag & STALE == 0);
    } else if before & STALE == 0 && flag & STALE != 0 {
        *open -= 1;
    }
}

/// How far each of `tips` is from `base`: commits only the tip reaches, and commits only the base reaches. At most 63
/// tips; `None` where more than `most` commits would have to be visited.
pub(super) fn distances(
    graph: &Graph<'_>,
    base: u32,
    tips: &[u32],
    most: usize,
) -> Result<Option<Vec<(u32, u32)>>> {
    let all = u64::MAX >> (63 - tips.len().min(63));
    let mut reached: HashMap<u32, u64> = HashMap::new();
    let mut heap = BinaryHeap::new();
    // Commits in the heap that not all of them reach.
    let mut open = 0_usize;
    for (bit, cid) in std::iter::once(&base).chain(tips).enumerate() {
        reach(&mut reached, &mut heap, &mut open, *cid, (1 << bit, all));
    }
    let mut counts = vec![(0, 0); tips.len()];
    let mut visited = 0;
    while open > 0 {
        let Some(cid) = heap.pop() else { break };
        let by = reached.remove(&cid).unwrap_or(all);
        open -= usize::from(by != all);
        visited += 1;
        if visited > most {
            return Ok(None);
        }
        tally(&mut counts, by, all);
        for parent in graph.parents(cid)?.iter() {
            reach(&mut reached, &mut heap, &mut open, parent, (by, all));
        }
    }
    Ok(Some(counts))
}

fn reach(
    reached: &mut HashMap<u32, u64>,
    heap: &mut BinaryHeap<u32>,
    open: &mut usize,
    cid: u32,
    (by, all): (u64, u64),
) {
    let held = reached.entry(cid).or_insert(0);
    let before = *held;
    *held |= by;
    if before == 0 {
        heap.push(cid);
        *open += usize::from(*held != all);
    } else if before != all && *held == all {
        *open -= 1;
    }
}

/// Whether one of `tips` reaches `target`. Numbers bound the walk: a parent's is lower than its child's.
pub(super) fn is_reached(graph: &Graph<'_>, target: u32, tips: &[u32]) -> Result<bool> {
    let generation = graph.node(target)?.generation;
    let mut seen = Bits::default();
    let mut heap: BinaryHeap<u32> = tips.iter().copied().filter(|tip| seen.add(*tip)).collect();
    while let Some(cid) = heap.pop() {
        if cid <= target {
            // The highest number left: either the target itself, or nothing can lead up to it any more.
            return Ok(cid == target);
        }
        if graph.node(cid)?.generation > generation {
            heap.extend(graph.parents(cid)?.iter().filter(|parent| *parent >= target && seen.add(*parent)));
        }
    }
    Ok(false)
}

/// Counts a commit for the tips that reach it while the base does not, or the other way round.
fn tally(counts: &mut [(u32, u32)], by: u64, all: u64) {
    if by == all {
        return;
    }
    for (n, (ahead, behind)) in counts.iter_mut().enumerate() {
        match (by & 1 != 0, by & 2 << n != 0) {
            (false, true) => *ahead += 1,
            (true, false) => *behind += 1,
            _ => {}
        }
    }
}
