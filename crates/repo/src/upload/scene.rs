//! What one request sees, whatever happens meanwhile: refs, live packs, and which of their objects this caller may have.

use std::{collections::HashSet, sync::Arc};

use gitflare_git::{Kind, Oid};

use super::{enumerate::Enumerate, rules::Rules, set::spot, walk::Paint};
use crate::{
    Error, Repository, Result,
    packs::Live,
    refs::{self, Ref},
    state,
    view::View,
};

/// Commits or objects looked at in one slice.
const SLICE: usize = 4_000;

/// A moment of the repository, as one caller sees it.
pub(super) struct Scene {
    pub(super) live: Arc<Live>,
    /// The visible refs, by name.
    pub(super) refs: Vec<Ref>,
    /// What they name.
    pub(super) tips: HashSet<Oid>,
    /// Whether refs are hidden from this caller.
    pub(super) hides: bool,
    /// Whether there may be objects that no visible ref reaches.
    pub(super) restricted: bool,
    pub(super) next_cid: u32,
    /// The ref that HEAD names.
    head: Vec<u8>,
    /// What the visible refs reach, looked for only if it matters.
    reach: Option<Paint>,
    reached: bool,
}

impl Scene {
    pub(super) fn load(repository: &Repository, hidden: &[Vec<u8>]) -> Result<Self> {
        repository.db().read(|sql| {
            let live = repository.view(sql)?.live;
            let mut refs = refs::all(sql)?;
            let all = refs.len();
            refs.retain(|found| !hidden.iter().any(|prefix| found.name.starts_with(prefix)));
            let hides = refs.len() < all;
            let state = state::get(sql)?;
            let next_cid =
                u32::try_from(state.next_cid).map_err(|_| Error::TooLarge("too many commits".into()))?;
            Ok(Self {
                tips: refs.iter().flat_map(|found| [Some(found.oid), found.peeled]).flatten().collect(),
                hides,
                restricted: hides || live.has_unreachable(),
                live,
                refs,
                next_cid,
                head: state.head,
                reach: None,
                reached: false,
            })
        })
    }

    /// What a ref of this full name, or HEAD, points at.
    pub(super) fn resolve(&self, name: &[u8]) -> Option<Oid> {
        let name = if name == b"HEAD" { self.head.as_slice() } else { name };
        let at = self.refs.binary_search_by(|found| found.name.as_slice().cmp(name)).ok()?;
        self.refs.get(at).map(|found| found.oid)
    }

    /// Walks on towards knowing what visible refs reach; whether it is known.
    pub(super) fn explore(&mut self, view: &View<'_>) -> Result<bool> {
        if !self.restricted || self.reached {
            return Ok(true);
        }
        if self.reach.is_none() {
            let mut paint = Paint::flags_only(self.next_cid);
            self.tip_commits(view)?.into_iter().for_each(|cid| paint.want(cid));
            self.reach = Some(paint);
        }
        if let Some(paint) = &mut self.reach {
            self.reached = paint.step(view.sql, SLICE)?;
        }
        Ok(self.reached)
    }

    /// Numbers of the commits that visible refs name.
    pub(super) fn tip_commits(&self, view: &View<'_>) -> Result<Vec<u32>> {
        let mut cids = Vec::with_capacity(self.refs.len());
        for tip in &self.refs {
            if let Some(found) =
                spot(view, &tip.peeled.unwrap_or(tip.oid))?.filter(|found| found.entry.cid > 0)
            {
                cids.push(found.entry.cid);
            }
        }
        cids.sort_unstable();
        cids.dedup();
        Ok(cids)
    }

    /// Whether something the client says it has is here, and may be known to be.
    pub(super) fn is_common(&self, view: &View<'_>, oid: &Oid) -> Result<bool> {
        let Some(found) = spot(view, oid)? else { return Ok(false) };
        if !self.restricted || self.tips.contains(oid) {
            return Ok(true);
        }
        Ok(found.entry.kind == Kind::Commit && self.reaches(found.entry.cid))
    }

    fn reaches(&self, cid: u32) -> bool {
        self.reach.as_ref().is_some_and(|paint| paint.is_wanted(cid))
    }
}

/// The check that everything wanted may be had.
pub(super) struct Check {
    wants: Vec<Oid>,
    /// Wants that are no commits, looked for in everything visible refs reach.
    search: Option<(Box<Enumerate>, Vec<Oid>)>,
}

impl Check {
    pub(super) fn new(wants: Vec<Oid>) -> Self {
        Self { wants, search: None }
    }

    /// Checks on; whether everything was found. An error names what was not.
    pub(super) fn step(&mut self, scene: &mut Scene, view: &View<'_>) -> Result<bool> {
        if let Some((search, objects)) = &mut self.search {
            let complete = search.step(view, SLICE)?;
            let mut missing = Vec::new();
            for oid in objects.iter() {
                if !spot(view, oid)?.is_some_and(|found| search.set.holds(&found)) {
                    missing.push(*oid);
                }
            }
            return match missing.first() {
                None => Ok(true),
                Some(oid) if complete => Err(not_ours(oid)),
                Some(_) => {
                    *objects = missing;
                    Ok(false)
                }
            };
        }
        self.wants.retain(|want| !scene.tips.contains(want));
        if !self.wants.is_empty() && !scene.explore(view)? {
            return Ok(false);
        }
        let mut objects = Vec::new();
        for oid in &self.wants {
            let found = spot(view, oid)?.ok_or_else(|| not_ours(oid))?;
            match found.entry.kind {
                _ if !scene.restricted => {}
                Kind::Commit if scene.reaches(found.entry.cid) => {}
                Kind::Commit => return Err(not_ours(oid)),
                _ => objects.push(*oid),
            }
        }
        if objects.is_empty() {
            return Ok(true);
        }
        let mut search = Enumerate::new(scene.next_cid, Rules::of(None), false);
        for tip in &scene.refs {
            search.want(view, &tip.oid)?;
        }
        search.look_first(view, &scene.tip_commits(view)?)?;
        self.search = Some((Box::new(search), objects));
        Ok(false)
    }
}

fn not_ours(oid: &Oid) -> Error {
    Error::Refused(format!("not our ref {oid}"))
}
