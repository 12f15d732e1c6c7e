//! Walks over commits by number. A parent's number is below its child's, so a heap that gives the highest number first
//! visits every commit after all of its children, and what is known of it then is final.

use std::collections::{BinaryHeap, HashMap, HashSet};

use gitflare_db::Sql;

use crate::{
    Result,
    commits::{self, Commit},
};

const WANTED: u8 = 1;
const KNOWN: u8 = 2;

/// The commits that some wanted commits reach and some known ones do not.
pub(super) struct Paint {
    /// By commit number.
    flags: Vec<u8>,
    heap: BinaryHeap<u32>,
    /// Commits in the heap that are wanted and not known.
    open: usize,
    /// Commits whose parents are not followed: where a client's history ends.
    pub(super) cut: HashSet<u32>,
    /// Commits before this time are as good as known.
    pub(super) since: Option<i64>,
    /// Commits below this number are of no interest.
    pub(super) floor: u32,
    /// The commits found, highest number first, unless only flags are of interest.
    pub(super) found: Vec<u32>,
    keep: bool,
}

impl Paint {
    /// A walk over a graph whose numbers are below `next_cid`.
    pub(super) fn new(next_cid: u32) -> Self {
        Self {
            flags: vec![0; next_cid as usize],
            heap: BinaryHeap::new(),
            open: 0,
            cut: HashSet::new(),
            since: None,
            floor: 0,
            found: Vec::new(),
            keep: true,
        }
    }

    /// The same without a list of what it found.
    pub(super) fn flags_only(next_cid: u32) -> Self {
        Self { keep: false, ..Self::new(next_cid) }
    }

    /// Adds a commit to start from.
    pub(super) fn want(&mut self, cid: u32) {
        self.mark(cid, WANTED);
    }

    /// Adds a commit whose ancestors are left out.
    pub(super) fn know(&mut self, cid: u32) {
        self.mark(cid, KNOWN);
    }

    fn mark(&mut self, cid: u32, flag: u8) {
        let Some(flags) = self.flags.get_mut(cid as usize).filter(|flags| **flags & flag == 0) else {
            return;
        };
        let before = *flags;
        *flags |= flag;
        if before == 0 {
            self.heap.push(cid);
        }
        match (before == WANTED, *flags == WANTED) {
            (true, false) => self.open -= 1,
            (false, true) => self.open += 1,
            _ => {}
        }
    }

    /// Whether the commit is among the ancestors of what is wanted, as far as the walk went, known or not.
    pub(super) fn is_wanted(&self, cid: u32) -> bool {
        self.flags.get(cid as usize).is_some_and(|flags| flags & WANTED != 0)
    }

    /// Whether the commit is known, as far as the walk went.
    pub(super) fn is_known(&self, cid: u32) -> bool {
        self.flags.get(cid as usize).is_some_and(|flags| flags & KNOWN != 0)
    }

    /// Whether the commit is wanted and not known.
    pub(super) fn is_found(&self, cid: u32) -> bool {
        self.flags.get(cid as usize) == Some(&WANTED)
    }

    /// Visits at most `budget` commits; whether all were visited.
    pub(super) fn step(&mut self, sql: &dyn Sql, budget: usize) -> Result<bool> {
        for _ in 0..budget {
            if self.open == 0 {
                return Ok(true);
            }
            let Some(cid) = self.heap.pop() else { return Ok(true) };
            if cid < self.floor {
                return Ok(true);
            }
            if self.is_found(cid) {
                self.open -= 1;
            }
            self.visit(&commits::get(sql, cid)?);
        }
        Ok(false)
    }

    fn visit(&mut self, commit: &Commit) {
        let cid = commit.cid;
        if self.since.is_some_and(|since| commit.time < since)
            && let Some(flags) = self.flags.get_mut(cid as usize)
        {
            *flags |= KNOWN;
        }
        let found = self.is_found(cid);
        if found && self.keep {
            self.found.push(cid);
        }
        if self.cut.contains(&cid) {
            return;
        }
        for parent in &commit.parents {
            self.mark(*parent, if found { WANTED } else { KNOWN });
        }
    }
}

/// Commits looked at to see whether a client has told enough. Beyond that it is asked for more, which it answers at once.
const LOOKS: usize = 2_000;

/// Whether each of `wants` is seen to reach one of `common`, looking no further than [`LOOKS`].
pub(super) fn all_reach(sql: &dyn Sql, wants: &[u32], common: &HashSet<u32>) -> Result<bool> {
    let Some(floor) = common.iter().min().copied() else { return Ok(false) };
    let mut known = HashMap::new();
    for want in wants {
        if !reaches(sql, *want, floor, common, &mut known)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn reaches(
    sql: &dyn Sql,
    start: u32,
    floor: u32,
    common: &HashSet<u32>,
    known: &mut HashMap<u32, bool>,
) -> Result<bool> {
    let mut path: Vec<(u32, Vec<u32>)> = Vec::new();
    let mut next = Some(start);
    loop {
        if let Some(cid) = next {
            let answer = if common.contains(&cid) { Some(true) } else { known.get(&cid).copied() };
            match answer {
                Some(true) => {
                    known.extend(path.iter().map(|(cid, _)| (*cid, true)));
                    known.insert(start, true);
                    return Ok(true);
                }
                None if cid >= floor => {
                    if known.len() + path.len() > LOOKS {
                        return Ok(false);
                    }
                    let mut parents = commits::get(sql, cid)?.parents;
                    parents.reverse();
                    path.push((cid, parents));
                }
                _ => {}
            }
        }
        let Some((cid, parents)) = path.last_mut() else { return Ok(false) };
        next = parents.pop();
        if next.is_none() {
            known.insert(*cid, false);
            path.pop();
        }
    }
}
