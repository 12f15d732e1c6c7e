//! How a request is answered: from what was kept, from whole packs, by type and size, or object by object.

use std::{collections::HashSet, fmt::Write};

use gitflare_git::{
    ObjectFormat, Oid,
    hash::Checksum,
    protocol::upload::{Depth, Filter, SideBand},
};

use super::{
    rules::Rules,
    scene::Scene,
    set::{Set, chain, must, spot},
    shallow::Boundary,
    walk::Paint,
};
use crate::{Result, view::View};

/// Index segments looked through in one slice.
const SEGMENTS: usize = 400;
/// Commits visited in one slice.
const COMMITS: usize = 4_000;

/// A fetch, whichever version asked for it.
#[derive(Debug, Default)]
pub(super) struct Ask {
    pub(super) wants: Vec<Oid>,
    /// What both sides have.
    pub(super) common: Vec<Oid>,
    pub(super) depth: Depth,
    pub(super) filter: Option<Filter>,
    pub(super) thin: bool,
    pub(super) ofs: bool,
    pub(super) no_progress: bool,
    pub(super) include_tag: bool,
    pub(super) band: SideBand,
}

impl Ask {
    /// Whether the answer depends on nothing but what is wanted.
    pub(super) fn is_fresh(&self) -> bool {
        self.common.is_empty() && self.depth.shallow.is_empty()
    }

    /// The name under which the answer is kept: a function of ids, and not of how they are called or carried. Wants
    /// that are no tips are not worth it.
    pub(super) fn key(&self, scene: &Scene, boundary: &Boundary, view: &View<'_>) -> Result<Option<String>> {
        if !self.is_fresh() || !self.wants.iter().all(|want| scene.tips.contains(want)) {
            return Ok(None);
        }
        let mut text = format!("1 {} ofs:{} hides:{}", view.format.name(), self.ofs, scene.hides);
        if let Some(filter) = &self.filter {
            let _ = write!(text, " filter:{filter}");
        }
        let _ = write!(text, " depth:{}", self.depth.is_asked());
        let mut cut = boundary.shallow.clone();
        cut.sort_unstable();
        for oid in &cut {
            let _ = write!(text, " cut:{oid}");
        }
        for oid in &self.wants {
            let _ = write!(text, " want:{oid}");
        }
        if self.include_tag {
            for found in &scene.refs {
                if let Some(peeled) = found.peeled {
                    let _ = write!(text, " tag:{}:{peeled}", found.oid);
                }
            }
        }
        let mut sum = Checksum::new(ObjectFormat::Sha256);
        sum.update(text.as_bytes());
        Ok(Some(sum.finish().to_hex()))
    }
}

/// The question whether the wants cover every ref, so that whole packs are the answer.
pub(super) struct Cover {
    paint: Paint,
    /// Commits that must be reached.
    tips: Vec<u32>,
}

impl Cover {
    /// Asks the question, unless the answer is plainly no.
    pub(super) fn ask(scene: &Scene, ask: &Ask, view: &View<'_>) -> Result<Option<Self>> {
        if scene.restricted || !ask.common.is_empty() || !ask.depth.shallow.is_empty() || ask.depth.is_asked()
        {
            return Ok(None);
        }
        let wants: HashSet<&Oid> = ask.wants.iter().collect();
        let mut tips = Vec::new();
        for tip in scene.refs.iter().filter(|tip| !wants.contains(&tip.oid)) {
            let peeled = tip.peeled.as_ref().unwrap_or(&tip.oid);
            let found = must(view, peeled)?;
            match found.entry.cid {
                0 => return Ok(None),
                _ if wants.contains(peeled) => {}
                cid => tips.push(cid),
            }
        }
        let mut paint = Paint::flags_only(scene.next_cid);
        if let Some(floor) = tips.iter().min() {
            paint.floor = *floor;
            want_commits(&mut paint, ask, view)?;
        }
        Ok(Some(Self { paint, tips }))
    }

    /// Looks on; the answer, once it is known.
    pub(super) fn step(&mut self, view: &View<'_>) -> Result<Option<bool>> {
        if self.tips.is_empty() {
            return Ok(Some(true));
        }
        let complete = self.paint.step(view.sql, COMMITS)?;
        self.tips.retain(|cid| !self.paint.is_wanted(*cid));
        Ok(if self.tips.is_empty() { Some(true) } else { complete.then_some(false) })
    }
}

fn want_commits(paint: &mut Paint, ask: &Ask, view: &View<'_>) -> Result<()> {
    for cid in wanted_commits(&ask.wants, view)? {
        paint.want(cid);
    }
    Ok(())
}

/// Numbers of the commits that are wanted, or that wanted tags lead to.
pub(super) fn wanted_commits(wants: &[Oid], view: &View<'_>) -> Result<Vec<u32>> {
    let mut cids = Vec::with_capacity(wants.len());
    for want in wants {
        let (peeled, _) = view.peel(want)?;
        if let Some(found) = spot(view, &peeled)?.filter(|found| found.entry.cid > 0) {
            cids.push(found.entry.cid);
        }
    }
    Ok(cids)
}

/// The choice of objects by type and size alone, out of everything there is.
pub(super) struct Choice {
    rules: Rules,
    pub(super) set: Set,
    age: usize,
    segment: usize,
}

impl Choice {
    pub(super) fn new(rules: Rules, ask: &Ask, view: &View<'_>) -> Result<Self> {
        let mut set = Set::default();
        for want in &ask.wants {
            chain(view, want)?.iter().for_each(|found| {
                set.add(found);
            });
        }
        Ok(Self { rules, set, age: 0, segment: 0 })
    }

    /// Looks on; whether all was looked at.
    pub(super) fn step(&mut self, view: &View<'_>) -> Result<bool> {
        let Some(pack) = view.live.packs.get(self.age) else { return Ok(true) };
        let (rules, set, age) = (&self.rules, &mut self.set, self.age as u32);
        let range = self.segment..self.segment + SEGMENTS;
        let more = view.index().scan(pack, range, &mut |rank, entry| {
            if rules.passes(entry.kind, entry.size) {
                set.add_at(age, rank, entry.offset);
            }
        })?;
        (self.age, self.segment) = if more { (self.age, self.segment + SEGMENTS) } else { (self.age + 1, 0) };
        Ok(false)
    }
}
