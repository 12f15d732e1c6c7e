//! Files that came from others: renames, and copies of files that changed, as `git diff -M` and `-C` find them.
//!
//! First what is the same object is matched, then files that kept their name in another folder, then whatever is alike
//! enough, the most alike first. Which of several candidates wins is git's choice to the letter, since counts of changed
//! lines depend on it.

use std::{
    cmp::{Ordering, Reverse},
    collections::HashMap,
    rc::Rc,
};

use super::{similar::Pieces, tree::Side};
use crate::Oid;

/// Likeness of what is the same.
pub const SAME: u32 = 60_000;
/// The least likeness of a rename: half of it.
const LEAST: u32 = 30_000;
/// The least likeness of a file that kept its name: git wants three quarters of it.
const LEAST_NAMED: u32 = 45_000;
/// Candidates remembered for each file.
const CANDIDATES: usize = 4;
/// Identical files looked at for each file.
const IDENTICAL: usize = 100;

/// A changed file. Whoever made the list sorted it by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it was, with its path then.
    pub old: Option<(Vec<u8>, Side)>,
    /// What it is.
    pub new: Option<(Vec<u8>, Side)>,
    /// How the one came from the other.
    pub from: From,
}

/// How a file came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// It stands where it stood, or is new, or gone.
    Place,
    /// It was renamed; with the likeness, at most [`SAME`].
    Rename(u32),
    /// It was copied from a file that is still there.
    Copy(u32),
}

impl Change {
    /// Where it is, or was.
    pub fn path(&self) -> &[u8] {
        self.new.as_ref().or(self.old.as_ref()).map(|(path, _)| path.as_slice()).unwrap_or_default()
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// Whether a file that changed may also be copied from.
    pub copies: bool,
    /// The most pairs compared, as a number whose square it is; git's own is 1,000.
    pub limit: usize,
    /// The most bytes read to compare. Beyond that only what is the same is found.
    pub bytes: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { copies: false, limit: 1_000, bytes: 64 << 20 }
    }
}

/// Reads blobs.
pub trait Blobs {
    /// What may go wrong.
    type Error;
    /// The size of a blob.
    fn size(&mut self, oid: &Oid) -> Result<u64, Self::Error>;
    /// Shows a blob.
    fn show(&mut self, oid: &Oid, show: &mut dyn FnMut(&[u8])) -> Result<(), Self::Error>;
}

/// A file as a candidate.
struct File {
    path: Vec<u8>,
    side: Side,
    /// How often something was found to come from it, or that it is still there.
    used: u32,
    size: Option<u64>,
    pieces: Option<Rc<Pieces>>,
}

/// A new file.
struct Target {
    file: File,
    /// Where in the list.
    change: usize,
    found: Option<(usize, u32)>,
}

struct Search<'a, B: Blobs> {
    sources: Vec<File>,
    targets: Vec<Target>,
    blobs: &'a mut B,
    wanted: Wanted,
    left: u64,
}

/// Finds renames among `changes`. Answers the list with each rename where its new path stands, and whether some were not
/// looked for because there was too much to compare.
pub fn find<B: Blobs>(
    changes: Vec<Change>,
    wanted: Wanted,
    blobs: &mut B,
) -> Result<(Vec<Change>, bool), B::Error> {
    let file = |side: &Option<(Vec<u8>, Side)>, used: u32| {
        let (path, side) = side.clone()?;
        Some(File { path, side, used, size: None, pieces: None })
    };
    let (mut sources, mut targets, mut gone) = (Vec::new(), Vec::new(), HashMap::new());
    for (n, change) in changes.iter().enumerate() {
        match (&change.old, &change.new) {
            (None, Some(_)) => {
                targets.extend(file(&change.new, 0).map(|file| Target { file, change: n, found: None }));
            }
            (Some(_), None) => {
                gone.insert(sources.len(), n);
                sources.extend(file(&change.old, 0));
            }
            (Some(_), Some(_)) if wanted.copies => sources.extend(file(&change.old, 1)),
            _ => {}
        }
    }
    if sources.is_empty() || targets.is_empty() {
        return Ok((changes, false));
    }
    let mut search = Search { sources, targets, blobs, wanted, left: wanted.bytes };
    let is_limited = search.run()?;
    let Search { sources, targets, .. } = search;
    Ok((assemble(changes, &sources, targets, &gone), is_limited))
}

/// Puts the list together: a source that went away is part of the rename. Of several that came from one, the last to be
/// listed is the rename and the others are copies.
fn assemble(
    mut changes: Vec<Change>,
    sources: &[File],
    targets: Vec<Target>,
    gone: &HashMap<usize, usize>,
) -> Vec<Change> {
    let mut left: HashMap<usize, u32> = HashMap::new();
    for (source, _) in targets.iter().filter_map(|target| target.found) {
        *left.entry(source).or_insert(0) += 1;
    }
    let mut removed = vec![false; changes.len()];
    for target in targets {
        let Some((source, score)) = target.found else { continue };
        let more = left.entry(source).or_insert(1);
        *more -= 1;
        let is_last = *more == 0;
        let from = match gone.get(&source) {
            Some(change) => {
                if let Some(removed) = removed.get_mut(*change) {
                    *removed = true;
                }
                if is_last { From::Rename(score) } else { From::Copy(score) }
            }
            None => From::Copy(score),
        };
        if let (Some(change), Some(file)) = (changes.get_mut(target.change), sources.get(source)) {
            change.old = Some((file.path.clone(), file.side));
            change.from = from;
        }
    }
    let mut removed = removed.into_iter();
    changes.retain(|_| !removed.next().unwrap_or(false));
    changes
}

impl<B: Blobs> Search<'_, B> {
    fn run(&mut self) -> Result<bool, B::Error> {
        self.identical();
        let mut open: Vec<usize> = (0..self.sources.len()).collect();
        if !self.wanted.copies {
            open.retain(|n| self.sources.get(*n).is_some_and(|file| file.used == 0));
            self.named(&open)?;
            open.retain(|n| self.sources.get(*n).is_some_and(|file| file.used == 0));
        }
        let targets = self.targets.iter().filter(|target| target.found.is_none()).count();
        if targets == 0 || open.is_empty() {
            return Ok(false);
        }
        if targets.saturating_mul(open.len()) > self.wanted.limit.saturating_mul(self.wanted.limit) {
            return Ok(true);
        }
        self.alike(&open)?;
        Ok(self.left == 0)
    }

    /// Matches what is the same object.
    fn identical(&mut self) {
        let mut known: HashMap<Oid, Vec<usize>> = HashMap::new();
        for (n, source) in self.sources.iter().enumerate() {
            known.entry(source.side.oid).or_default().push(n);
        }
        for n in 0..self.targets.len() {
            let Some(target) = self.targets.get(n) else { continue };
            let mut best: Option<(usize, u32)> = None;
            let mut looked = 0;
            for source in known.get(&target.file.side.oid).into_iter().flatten() {
                let Some(file) = self.sources.get(*source) else { continue };
                let is_odd = !file.side.is_file() || !target.file.side.is_file();
                if is_odd && file.side.mode != target.file.side.mode || file.used > 0 && !self.wanted.copies {
                    continue;
                }
                let score =
                    u32::from(file.used == 0) + u32::from(has_same_name(&file.path, &target.file.path));
                if best.is_none_or(|(_, best)| score > best) {
                    best = Some((*source, score));
                    if score == 2 {
                        break;
                    }
                }
                looked += 1;
                if looked == IDENTICAL {
                    break;
                }
            }
            if let Some((source, _)) = best {
                self.record(n, source, SAME);
            }
        }
    }

    /// Matches files that have a name of their own, and the same in both lists.
    fn named(&mut self, open: &[usize]) -> Result<(), B::Error> {
        let mut olds: HashMap<Vec<u8>, Option<usize>> = HashMap::new();
        let mut news: HashMap<Vec<u8>, Option<usize>> = HashMap::new();
        for n in open {
            if let Some(file) = self.sources.get(*n) {
                olds.entry(name(&file.path).to_vec()).and_modify(|one| *one = None).or_insert(Some(*n));
            }
        }
        for (n, target) in self.targets.iter().enumerate().filter(|(_, target)| target.found.is_none()) {
            news.entry(name(&target.file.path).to_vec()).and_modify(|one| *one = None).or_insert(Some(n));
        }
        for source in open {
            let Some(file) = self.sources.get(*source) else { continue };
            let key = name(&file.path);
            let unique = olds.get(key).copied().flatten().and(news.get(key).copied().flatten());
            let Some(target) =
                unique.filter(|n| self.targets.get(*n).is_some_and(|target| target.found.is_none()))
            else {
                continue;
            };
            let score = self.score(*source, target, LEAST_NAMED)?;
            if score >= LEAST_NAMED {
                self.record(target, *source, score);
            }
        }
        Ok(())
    }

    /// Matches whatever is alike enough.
    fn alike(&mut self, open: &[usize]) -> Result<(), B::Error> {
        let mut candidates = Vec::new();
        for target in 0..self.targets.len() {
            if self.targets.get(target).is_none_or(|target| target.found.is_some()) {
                continue;
            }
            let mut best: [Option<Candidate>; CANDIDATES] = [None; CANDIDATES];
            for source in open {
                let score = self.score(*source, target, LEAST)?;
                let same_name = match (self.sources.get(*source), self.targets.get(target)) {
                    (Some(file), Some(target)) => has_same_name(&file.path, &target.file.path),
                    _ => false,
                };
                let candidate = Candidate { score, same_name, source: *source, target };
                // The first of the worst makes room for whatever is better than it.
                let mut worst = 0;
                for n in 1..CANDIDATES {
                    if by_rank(best.get(n), best.get(worst)).is_gt() {
                        worst = n;
                    }
                }
                if by_rank(best.get(worst), Some(&Some(candidate))).is_gt()
                    && let Some(place) = best.get_mut(worst)
                {
                    *place = Some(candidate);
                }
            }
            candidates.extend(best);
        }
        candidates.sort_by(|a, b| by_rank(Some(a), Some(b)));
        let rounds = if self.wanted.copies { 2 } else { 1 };
        for round in 0..rounds {
            for candidate in candidates.iter().flatten().take_while(|candidate| candidate.score >= LEAST) {
                let is_free = self.sources.get(candidate.source).is_some_and(|file| file.used == 0);
                let is_open = self.targets.get(candidate.target).is_some_and(|target| target.found.is_none());
                if is_open && (is_free || round == 1) {
                    self.record(candidate.target, candidate.source, candidate.score);
                }
            }
        }
        Ok(())
    }

    fn record(&mut self, target: usize, source: usize, score: u32) {
        if let (Some(target), Some(source_file)) =
            (self.targets.get_mut(target), self.sources.get_mut(source))
        {
            target.found = Some((source, score));
            source_file.used += 1;
        }
    }

    /// How much of the larger of two files is in both; 0 if that cannot reach `least`.
    fn score(&mut self, source: usize, target: usize, least: u32) -> Result<u32, B::Error> {
        let (Some(source), Some(target)) = (self.sources.get_mut(source), self.targets.get_mut(target))
        else {
            return Ok(0);
        };
        if !source.side.is_file() || !target.file.side.is_file() {
            return Ok(0);
        }
        let old = size(source, self.blobs)?;
        let new = size(&mut target.file, self.blobs)?;
        let (most, delta) = (old.max(new), old.abs_diff(new));
        if most * u64::from(SAME - least) < delta * u64::from(SAME) || new == 0 {
            return Ok(0);
        }
        let (Some(a), Some(b)) = (
            pieces(source, self.blobs, &mut self.left)?,
            pieces(&mut target.file, self.blobs, &mut self.left)?,
        ) else {
            return Ok(0);
        };
        // Comparing costs, too: pairs of large files are few.
        self.left = self.left.saturating_sub((a.weight() + b.weight()) as u64);
        Ok((a.common(&b) as f64 * f64::from(SAME) / most as f64) as u32)
    }
}

fn size<B: Blobs>(file: &mut File, blobs: &mut B) -> Result<u64, B::Error> {
    if file.size.is_none() {
        file.size = Some(blobs.size(&file.side.oid)?);
    }
    Ok(file.size.unwrap_or(0))
}

/// The pieces of a file, unless too much was read already.
fn pieces<B: Blobs>(file: &mut File, blobs: &mut B, left: &mut u64) -> Result<Option<Rc<Pieces>>, B::Error> {
    if file.pieces.is_none() {
        let Some(rest) = left.checked_sub(file.size.unwrap_or(0)) else {
            *left = 0;
            return Ok(None);
        };
        *left = rest;
        blobs.show(&file.side.oid, &mut |data| file.pieces = Some(Rc::new(Pieces::of(data))))?;
    }
    Ok(file.pieces.clone())
}

#[derive(Clone, Copy)]
struct Candidate {
    score: u32,
    same_name: bool,
    source: usize,
    target: usize,
}

/// The better one first; places without a candidate last.
fn by_rank(one: Option<&Option<Candidate>>, other: Option<&Option<Candidate>>) -> Ordering {
    let rank = |candidate: Option<&Option<Candidate>>| {
        candidate.copied().flatten().map(|candidate| (candidate.score, candidate.same_name))
    };
    Reverse(rank(one)).cmp(&Reverse(rank(other)))
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

fn has_same_name(one: &[u8], other: &[u8]) -> bool {
    name(one) == name(other)
}
