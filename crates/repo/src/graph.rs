//! The commit graph in memory, a chunk of consecutive numbers at a time.
//!
//! Reading a row per commit costs microseconds, which walks of ten thousand commits add up. A chunk is read by one range
//! scan and kept in the shared cache; what a number below the counter means never changes.

use std::{cell::RefCell, sync::Arc};

use gitflare_db::{FromRow, row, statements};
use gitflare_git::Oid;

use crate::{Error, Result, state, view::View};

/// Commits in a chunk.
const CHUNK: u32 = 1_024;

row! {
    /// A commit's place in the graph.
    struct NodeRow {
        cid: u32,
        p1: u32,
        p2: u32,
        generation: u32,
        ctime: i64,
    }
}

statements! {
    NODES: NodeRow = "SELECT cid, p1, p2, generation, ctime FROM commits WHERE cid >= ? AND cid < ?";
    MORE: (u32, u32) = "SELECT cid, parent FROM commit_parent WHERE cid >= ? AND cid < ? ORDER BY cid, n";
    IDS: (Vec<u8>, Vec<u8>) = "SELECT oid, tree FROM commits WHERE cid = ?";
}

/// A commit's place in the graph.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Node {
    p1: u32,
    p2: u32,
    /// 1 + the highest of its parents'; 0 where there is no commit.
    pub(crate) generation: u32,
    /// Committer time, Unix seconds.
    pub(crate) time: i64,
}

/// Consecutive commits.
#[derive(Debug)]
pub(crate) struct Chunk {
    nodes: Vec<Node>,
    /// Third and further parents, by child.
    more: Vec<(u32, u32)>,
}

impl Chunk {
    pub(crate) fn weight(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.more.capacity() * 8
    }
}

/// The parents of a commit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parents {
    first: [u32; 2],
    more: Vec<u32>,
}

impl Parents {
    /// In order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.first.iter().copied().filter(|cid| *cid > 0).chain(self.more.iter().copied())
    }
}

/// The graph as of one transaction. Only for transactions that have not numbered commits themselves: what they read is
/// kept for others.
pub(crate) struct Graph<'a> {
    pub(crate) view: &'a View<'a>,
    /// Numbers below this one exist.
    pub(crate) next: u32,
    held: RefCell<Vec<Option<Arc<Chunk>>>>,
}

impl<'a> Graph<'a> {
    pub(crate) fn new(view: &'a View<'a>) -> Result<Self> {
        let next = state::get(view.sql)?.next_cid;
        let next = u32::try_from(next).map_err(|_| Error::TooLarge("too many commits".into()))?;
        Ok(Self { view, next, held: RefCell::new(Vec::new()) })
    }

    /// The number of a commit, if the object is one.
    pub(crate) fn number(&self, oid: &Oid) -> Result<Option<u32>> {
        Ok(self.view.find(oid)?.map(|found| found.entry.cid).filter(|cid| *cid > 0))
    }

    /// A commit's place.
    pub(crate) fn node(&self, cid: u32) -> Result<Node> {
        let chunk = self.chunk(cid)?;
        let node = chunk.nodes.get((cid % CHUNK) as usize).copied();
        node.filter(|node| node.generation > 0).ok_or_else(|| damaged(cid))
    }

    /// A commit's parents.
    pub(crate) fn parents(&self, cid: u32) -> Result<Parents> {
        let chunk = self.chunk(cid)?;
        let node = chunk.nodes.get((cid % CHUNK) as usize).copied().unwrap_or_default();
        if node.generation == 0 {
            return Err(damaged(cid));
        }
        let first = [node.p1, node.p2];
        if node.p2 == 0 || chunk.more.is_empty() {
            return Ok(Parents { first, more: Vec::new() });
        }
        let from = chunk.more.partition_point(|(child, _)| *child < cid);
        let own = chunk.more.get(from..).unwrap_or_default().iter().take_while(|(child, _)| *child == cid);
        Ok(Parents { first, more: own.map(|(_, parent)| *parent).collect() })
    }

    /// A commit's id and tree.
    pub(crate) fn ids(&self, cid: u32) -> Result<(Oid, Oid)> {
        let (oid, tree) = self.view.sql.first(&IDS, &[cid.into()])?.ok_or_else(|| damaged(cid))?;
        let both = Oid::from_bytes(&oid).zip(Oid::from_bytes(&tree));
        both.ok_or_else(|| damaged(cid))
    }

    fn chunk(&self, cid: u32) -> Result<Arc<Chunk>> {
        let n = cid / CHUNK;
        let holds = |chunk: &Arc<Chunk>| chunk.nodes.len() > (cid % CHUNK) as usize;
        if let Some(chunk) =
            self.held.borrow().get(n as usize).and_then(Option::as_ref).filter(|chunk| holds(chunk))
        {
            return Ok(Arc::clone(chunk));
        }
        let View { shared, repository, .. } = *self.view;
        let chunk = match shared.chunk(repository, n).filter(holds) {
            Some(chunk) => chunk,
            None => {
                let chunk = Arc::new(self.load(n)?);
                shared.keep_chunk(repository, n, Arc::clone(&chunk));
                chunk
            }
        };
        let mut held = self.held.borrow_mut();
        if held.len() <= n as usize {
            held.resize(n as usize + 1, None);
        }
        held[n as usize] = Some(Arc::clone(&chunk));
        Ok(chunk)
    }

    fn load(&self, n: u32) -> Result<Chunk> {
        let (from, until) =
            (n.saturating_mul(CHUNK), n.saturating_add(1).saturating_mul(CHUNK).min(self.next));
        let mut nodes = vec![Node::default(); until.saturating_sub(from) as usize];
        self.view.sql.each(&NODES, &[from.into(), until.into()], &mut |columns| {
            let row = NodeRow::from_row(columns)?;
            if let Some(node) = nodes.get_mut(row.cid.wrapping_sub(from) as usize) {
                *node = Node { p1: row.p1, p2: row.p2, generation: row.generation, time: row.ctime };
            }
            Ok(())
        })?;
        let more = self.view.sql.all(&MORE, &[from.into(), until.into()])?;
        Ok(Chunk { nodes, more })
    }
}

fn damaged(cid: u32) -> Error {
    Error::Damage(format!("commit {cid} has no row"))
}
