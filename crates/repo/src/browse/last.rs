//! The last commit of each entry of a folder: from the index, or by a short walk where that has not come so far.

use std::collections::BTreeMap;

use gitflare_git::{
    Oid,
    object::{Kind, TreeEntry, tree_entries},
};

use super::tree;
use crate::{
    Result,
    entries::{self, Reader, Rows},
    graph::Graph,
};

/// Commits visited where the index has no answer.
const VISITS: usize = 200;

/// Finds last commits.
pub(super) struct Last<'a> {
    graph: &'a Graph<'a>,
    reader: Reader<'a>,
    /// Commits below this number are indexed.
    indexed: u32,
}

/// What is at a path as of a commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// Its mode, as git shows it.
    pub(super) mode: u32,
    /// The object.
    pub(super) oid: Oid,
    /// The commit that made it what it is, if the index knows.
    last: Option<u32>,
}

/// An entry of a folder, as far as it says whether something changed.
type Own = (Vec<u8>, u32, Oid);

impl<'a> Last<'a> {
    pub(super) fn new(graph: &'a Graph<'a>) -> Result<Self> {
        Ok(Self { graph, reader: Reader::new(graph.view.sql), indexed: entries::next(graph.view.sql)? })
    }

    /// The commits that last changed the entries of the folder at `path` as of a commit, in the order of its tree. What
    /// takes too long to find is `None`.
    pub(super) fn folder(&self, cid: u32, path: &[u8]) -> Result<Vec<Option<u32>>> {
        let Some(own) = self.list(cid, path)? else { return Ok(Vec::new()) };
        let mut found = vec![None; own.len()];
        // Commits with the entries they have in common with where the walk began. Highest number first, so that every
        // commit is seen after all of its children.
        let mut open = BTreeMap::from([(cid, (0..own.len()).collect::<Vec<_>>())]);
        for _ in 0..VISITS {
            let Some((at, entries)) = open.pop_last() else { break };
            if self.look_up(at, path, &own, &entries, &mut found)? {
                continue;
            }
            self.step(at, path, &own, entries, (&mut open, &mut found))?;
        }
        Ok(found)
    }

    /// What is at `path` as of a commit.
    pub(super) fn spot(&self, cid: u32, path: &[u8]) -> Result<Option<Spot>> {
        let view = self.graph.view;
        let mut rows = if cid < self.indexed { self.reader.root(cid)? } else { Rows::Unknown };
        let mut spot = Spot { mode: 0o040_000, oid: self.graph.ids(cid)?.1, last: None };
        let mut end = 0;
        for name in tree::names(path) {
            if spot.mode != 0o040_000 {
                return Ok(None);
            }
            let object = view.object_of(&spot.oid, Kind::Tree)?;
            let mut found = None;
            for (at, entry) in tree_entries(&object.data, view.format).enumerate() {
                let entry = entry?;
                if entry.name == name {
                    found = Some((at, entry.canonical_mode(), entry.oid));
                    break;
                }
            }
            let Some((at, mode, oid)) = found else { return Ok(None) };
            let so_far = path.get(..end).unwrap_or_default();
            let known = self.reader.entry(so_far, rows, at)?;
            rows = known.map_or(Rows::Unknown, Rows::below);
            spot = Spot { mode, oid, last: known.map(|known| known.last) };
            end += name.len() + usize::from(end > 0);
        }
        Ok(Some(spot))
    }

    /// The commit that made what is at `path` as of a commit what it is: along the first parents that have the same.
    /// `None` if that is far away and the index does not know it yet.
    pub(super) fn origin(&self, cid: u32, path: &[u8], spot: Spot) -> Result<Option<u32>> {
        let (mut at, mut spot) = (cid, spot);
        for _ in 0..VISITS {
            if spot.last.is_some() {
                return Ok(spot.last);
            }
            let mut next = None;
            for parent in self.graph.parents(at)?.iter() {
                let same =
                    self.spot(parent, path)?.filter(|other| (other.mode, other.oid) == (spot.mode, spot.oid));
                if let Some(same) = same {
                    next = Some((parent, same));
                    break;
                }
            }
            match next {
                Some(parent) => (at, spot) = parent,
                None => return Ok(Some(at)),
            }
        }
        Ok(None)
    }

    /// The commit that last changed what is at `path`, which exists as of the commit.
    pub(super) fn entry(&self, cid: u32, path: &[u8]) -> Result<Option<u32>> {
        match self.spot(cid, path)? {
            Some(spot) => self.origin(cid, path, spot),
            None => Ok(None),
        }
    }

    /// Answers for `entries` from the index, if it knows the folder as of this commit.
    fn look_up(
        &self,
        cid: u32,
        path: &[u8],
        own: &[Own],
        entries: &[usize],
        found: &mut [Option<u32>],
    ) -> Result<bool> {
        if cid >= self.indexed {
            return Ok(false);
        }
        let mut rows = self.reader.root(cid)?;
        let mut tree = self.graph.ids(cid)?.1;
        let mut so_far: Vec<u8> = Vec::new();
        for name in tree::names(path) {
            if rows == Rows::Unknown {
                return Ok(false);
            }
            let object = self.graph.view.object_of(&tree, Kind::Tree)?;
            let all = parse(&object.data, self)?;
            let Some(at) = all.iter().position(|entry| entry.name == name && entry.is_tree()) else {
                return Ok(false);
            };
            let Some(listing) = self.reader.list(&so_far, rows, all.len())? else { return Ok(false) };
            let Some(entry) = listing.entry(at) else { return Ok(false) };
            rows = Rows::below(entry);
            tree = all[at].oid;
            if !so_far.is_empty() {
                so_far.push(b'/');
            }
            so_far.extend_from_slice(name);
        }
        let object = self.graph.view.object_of(&tree, Kind::Tree)?;
        let all = parse(&object.data, self)?;
        let Some(listing) = self.reader.list(&so_far, rows, all.len())? else { return Ok(false) };
        if all.len() == own.len() && entries.len() == own.len() {
            for (n, found) in found.iter_mut().enumerate() {
                *found = listing.entry(n).map(|entry| entry.last);
            }
            return Ok(true);
        }
        let places: std::collections::HashMap<_, _> =
            all.iter().enumerate().map(|(n, e)| (e.name, n)).collect();
        for n in entries {
            let at = own.get(*n).and_then(|(name, ..)| places.get(name.as_slice()));
            if let (Some(at), Some(found)) = (at, found.get_mut(*n)) {
                *found = listing.entry(*at).map(|entry| entry.last);
            }
        }
        Ok(true)
    }

    /// Hands each entry to the first parent that has it as it is; the others were changed here.
    fn step(
        &self,
        cid: u32,
        path: &[u8],
        own: &[Own],
        entries: Vec<usize>,
        (open, found): (&mut BTreeMap<u32, Vec<usize>>, &mut [Option<u32>]),
    ) -> Result<()> {
        let mut left = entries;
        for parent in self.graph.parents(cid)?.iter() {
            if left.is_empty() {
                break;
            }
            let Some(theirs) = self.list(parent, path)? else { continue };
            let places: std::collections::HashMap<_, _> =
                theirs.iter().map(|(name, mode, oid)| (name.as_slice(), (*mode, *oid))).collect();
            let is_same = |n: &usize| {
                own.get(*n)
                    .is_some_and(|(name, mode, oid)| places.get(name.as_slice()) == Some(&(*mode, *oid)))
            };
            let (same, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(is_same);
            if !same.is_empty() {
                open.entry(parent).or_default().extend(same);
            }
            left = rest;
        }
        for n in left {
            if let Some(found) = found.get_mut(n) {
                *found = Some(cid);
            }
        }
        Ok(())
    }

    /// The entries of the folder at `path` as of a commit; `None` if there is none.
    fn list(&self, cid: u32, path: &[u8]) -> Result<Option<Vec<Own>>> {
        let view = self.graph.view;
        let mut tree = self.graph.ids(cid)?.1;
        for name in tree::names(path) {
            match tree::entry(view, &tree, name)?.filter(tree::Leaf::is_folder) {
                Some(leaf) => tree = leaf.oid,
                None => return Ok(None),
            }
        }
        let object = view.object_of(&tree, Kind::Tree)?;
        let entries = parse(&object.data, self)?;
        Ok(Some(entries.iter().map(|entry| (entry.name.to_vec(), entry.mode, entry.oid)).collect()))
    }
}

fn parse<'t>(data: &'t [u8], last: &Last<'_>) -> Result<Vec<TreeEntry<'t>>> {
    let mut entries = Vec::with_capacity(data.len() / 36);
    for entry in tree_entries(data, last.graph.view.format) {
        let entry = entry?;
        entries.push(TreeEntry { mode: entry.canonical_mode(), ..entry });
    }
    Ok(entries)
}
