//! Which objects a client needs: what its wants reach and what it has does not.
//!
//! Commits are found by number. Trees are compared with those of the commit's parents, which are either sent too or known
//! to the client, so that only what changed is read; objects are remembered as bits. Submodules are never followed.

use std::{cmp::Ordering, collections::HashMap, iter::Peekable};

use gitflare_git::{
    Kind, Oid,
    object::{TreeEntries, TreeEntry, order, tree_entries},
};

use super::{
    rules::Rules,
    set::{Set, Spot, chain, must, read, spot},
    walk::Paint,
};
use crate::{Result, bits::Bits, commits, refs::Ref, view::View};

/// Commits visited at once.
const COMMITS: usize = 500;

/// The search for objects.
pub(super) struct Enumerate {
    pub(super) paint: Paint,
    rules: Rules,
    /// Whether it is of use to know what the client has.
    thin: bool,
    /// What is sent.
    pub(super) set: Set,
    /// Some of what the client has: the old versions of what is sent.
    pub(super) known: Set,
    /// Trees that were entered.
    seen: Vec<Bits>,
    /// The least depth at which a tree was entered, if depth matters.
    shallowest: HashMap<(u32, u32), u64>,
    tasks: Vec<Task>,
    /// Commits the client has.
    haves: Vec<u32>,
    painted: bool,
    next: usize,
}

/// A tree to read.
struct Task {
    tree: Spot,
    depth: u64,
    bases: Vec<Base>,
}

/// A tree everything in which is taken care of.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Base {
    tree: Oid,
    /// Whether the client has it.
    client: bool,
}

impl Enumerate {
    pub(super) fn new(next_cid: u32, rules: Rules, thin: bool) -> Self {
        Self {
            paint: Paint::new(next_cid),
            rules,
            thin,
            set: Set::default(),
            known: Set::default(),
            seen: Vec::new(),
            shallowest: HashMap::new(),
            tasks: Vec::new(),
            haves: Vec::new(),
            painted: false,
            next: 0,
        }
    }

    /// Adds what the client asked for by id: sent whatever the filter says, and what a tag leads to with it.
    pub(super) fn want(&mut self, view: &View<'_>, oid: &Oid) -> Result<()> {
        for found in chain(view, oid)? {
            match found.entry.kind {
                Kind::Commit => self.paint.want(found.entry.cid),
                Kind::Tree => self.enter(found.clone(), 0, Vec::new()),
                Kind::Blob | Kind::Tag => {}
            }
            // A commit is sent when the walk comes by, unless the client has it.
            if found.entry.kind != Kind::Commit || !self.rules.commits {
                self.set.add(&found);
            }
        }
        Ok(())
    }

    /// Adds what the client has.
    pub(super) fn have(&mut self, view: &View<'_>, oid: &Oid) -> Result<()> {
        let Some(found) = spot(view, oid)? else { return Ok(()) };
        self.known.add(&found);
        if found.entry.kind == Kind::Tag {
            let (peeled, _) = view.peel(oid)?;
            return if peeled == *oid { Ok(()) } else { self.have(view, &peeled) };
        }
        if found.entry.kind == Kind::Commit {
            self.paint.know(found.entry.cid);
            self.haves.push(found.entry.cid);
        }
        Ok(())
    }

    /// Reads the trees of these commits before anything else: what is looked for is usually there.
    pub(super) fn look_first(&mut self, view: &View<'_>, cids: &[u32]) -> Result<()> {
        for cid in cids {
            let tree = commits::get(view.sql, *cid)?.tree;
            self.enter(must(view, &tree)?, 0, Vec::new());
        }
        Ok(())
    }

    /// Does about `budget` objects' worth of work; whether all was found.
    pub(super) fn step(&mut self, view: &View<'_>, budget: usize) -> Result<bool> {
        let mut left = budget;
        while left > 0 {
            left -= 1;
            if let Some(task) = self.tasks.pop() {
                left = left.saturating_sub(self.visit(view, &task)? / 16);
            } else if !self.painted {
                self.painted = self.paint.step(view.sql, COMMITS)?;
                left = left.saturating_sub(COMMITS / 4);
            } else if let Some(cid) = self.paint.found.iter().rev().nth(self.next).copied() {
                // Parents first: what a tree shares with its parents' may be left out only once those are complete. A
                // revert makes two trees each other's base, and the other way round neither would be.
                self.next += 1;
                self.commit(view, cid)?;
            } else {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn commit(&mut self, view: &View<'_>, cid: u32) -> Result<()> {
        let commit = commits::get(view.sql, cid)?;
        if self.rules.commits {
            self.set.add(&must(view, &commit.oid)?);
        }
        if !self.rules.walks_trees() {
            return Ok(());
        }
        let mut bases = Vec::new();
        if !self.paint.cut.contains(&cid) {
            for parent in &commit.parents {
                let tree = commits::get(view.sql, *parent)?.tree;
                bases.push(Base { tree, client: self.paint.is_known(*parent) });
            }
        }
        if bases.is_empty()
            && let Some(near) = self.haves.iter().min_by_key(|have| have.abs_diff(cid))
        {
            bases.push(Base { tree: commits::get(view.sql, *near)?.tree, client: true });
        }
        if !bases.iter().any(|base| base.tree == commit.tree) {
            self.enter(must(view, &commit.tree)?, 0, bases);
        }
        Ok(())
    }

    /// Notes a tree that is sent, and that it has to be read.
    fn enter(&mut self, tree: Spot, depth: u64, bases: Vec<Base>) {
        if self.known.holds(&tree) {
            return;
        }
        let place = (tree.age, tree.rank);
        if self.rules.depth == u64::MAX {
            if self.seen.len() <= tree.age as usize {
                self.seen.resize_with(tree.age as usize + 1, Bits::default);
            }
            if !self.seen[tree.age as usize].add(tree.rank) {
                return;
            }
        } else if self.shallowest.get(&place).is_some_and(|least| *least <= depth) {
            return;
        } else {
            self.shallowest.insert(place, depth);
        }
        if self.rules.trees && depth < self.rules.depth {
            self.set.add(&tree);
        }
        if depth + 1 < self.rules.depth {
            self.tasks.push(Task { tree, depth, bases });
        }
    }

    /// Reads a tree beside its bases; answers how many entries it has.
    fn visit(&mut self, view: &View<'_>, task: &Task) -> Result<usize> {
        let tree = read(view, &task.tree)?;
        let mut held = Vec::with_capacity(task.bases.len());
        for base in &task.bases {
            let found = must(view, &base.tree)?;
            if base.client && self.thin {
                self.known.add(&found);
            }
            if found.entry.kind == Kind::Tree {
                held.push((read(view, &found)?, base.client));
            }
        }
        let mut bases: Vec<_> = held
            .iter()
            .map(|(object, client)| (tree_entries(&object.data, view.format).peekable(), *client))
            .collect();
        let mut count = 0;
        for entry in tree_entries(&tree.data, view.format) {
            let entry = entry?;
            count += 1;
            if entry.is_gitlink() || (!entry.is_tree() && !self.rules.blobs) {
                continue;
            }
            let mut under = Vec::new();
            let mut same = false;
            for (base, client) in &mut bases {
                let Some(twin) = twin(base, &entry) else { continue };
                same |= twin == entry.oid;
                under.push(Base { tree: twin, client: *client });
            }
            if !same {
                self.entry(view, &entry, task.depth + 1, under)?;
            }
        }
        Ok(count)
    }

    /// Adds what an entry of a tree names. `under` is what its name stood for before.
    fn entry(&mut self, view: &View<'_>, entry: &TreeEntry<'_>, depth: u64, under: Vec<Base>) -> Result<()> {
        let found = must(view, &entry.oid)?;
        if entry.is_tree() {
            self.enter(found, depth, under);
            return Ok(());
        }
        if depth < self.rules.depth
            && self.rules.passes(Kind::Blob, found.entry.size)
            && !self.known.holds(&found)
        {
            self.set.add(&found);
            for base in under.iter().filter(|base| base.client && self.thin) {
                self.known.add(&must(view, &base.tree)?);
            }
        }
        Ok(())
    }

    /// Adds the annotated tags of objects that are sent.
    pub(super) fn include_tags(&mut self, view: &View<'_>, refs: &[Ref]) -> Result<()> {
        for tag in refs {
            let Some(peeled) = tag.peeled else { continue };
            if !spot(view, &peeled)?.is_some_and(|found| self.set.holds(&found)) {
                continue;
            }
            for found in chain(view, &tag.oid)?.iter().filter(|found| found.entry.kind == Kind::Tag) {
                self.set.add(found);
            }
        }
        Ok(())
    }
}

/// What the entry's name stands for in another tree, if it has one of that name that is a folder too, or neither is.
fn twin(base: &mut Peekable<TreeEntries<'_>>, entry: &TreeEntry<'_>) -> Option<Oid> {
    loop {
        let other = base.peek()?.as_ref().ok()?;
        match order(other, entry) {
            Ordering::Less => {
                base.next();
            }
            Ordering::Equal => return Some(other.oid),
            Ordering::Greater => return None,
        }
    }
}
