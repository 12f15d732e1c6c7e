//! The commit graph on integers: walks read one small row per commit and inflate nothing.

use std::collections::{BinaryHeap, HashSet};

use gitflare_db::{Sql, Value, row, statements};
use gitflare_git::Oid;

use crate::{Error, Result};

row! {
    /// A commit without its message.
    #[derive(Debug, Clone)]
    pub struct CommitRow {
        /// Its id.
        pub oid: Vec<u8>,
        /// Its tree.
        pub tree: Vec<u8>,
        /// Number of the first parent, 0 if it has none.
        pub p1: u32,
        /// Number of the second parent, 0 if it has none.
        pub p2: u32,
        /// 1 + the highest of its parents'.
        pub generation: u32,
        /// Committer time, Unix seconds.
        pub ctime: i64,
    }
}

/// A commit with all its parents.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its number: above those of its parents.
    pub cid: u32,
    /// Its id.
    pub oid: Oid,
    /// Its tree.
    pub tree: Oid,
    /// Numbers of its parents, in order.
    pub parents: Vec<u32>,
    /// 1 + the highest of its parents'.
    pub generation: u32,
    /// Committer time, Unix seconds.
    pub time: i64,
}

statements! {
    GET: CommitRow = "SELECT oid, tree, p1, p2, generation, ctime FROM commits WHERE cid = ?";
    PARENTS: (u32,) = "SELECT parent FROM commit_parent WHERE cid = ? ORDER BY n";
    INSERT: () = "INSERT INTO commits (cid, oid, tree, p1, p2, generation, ctime) VALUES (?, ?, ?, ?, ?, ?, ?)";
    INSERT_PARENT: () = "INSERT INTO commit_parent (id, cid, n, parent) VALUES (?, ?, ?, ?)";
    COUNT_BELOW: (i64,) = "SELECT COUNT(*) FROM commits WHERE cid < ?";
    STRAY_PARENTS: (i64,) = "SELECT DISTINCT cid FROM commit_parent WHERE cid < ? AND cid NOT IN (SELECT cid FROM commits)";
    FIRST_FROM: (i64,) = "SELECT cid FROM commits WHERE cid >= ? LIMIT 1";
    DROP_FROM: () = "DELETE FROM commits WHERE cid >= ?";
    DROP_PARENTS_FROM: () = "DELETE FROM commit_parent WHERE cid >= ?";
}

/// Reads a commit by number.
pub fn get(sql: &dyn Sql, cid: u32) -> Result<Commit> {
    let row =
        sql.first(&GET, &[cid.into()])?.ok_or_else(|| Error::Damage(format!("commit {cid} has no row")))?;
    let oid = |bytes: &[u8]| {
        Oid::from_bytes(bytes).ok_or_else(|| Error::Damage(format!("commit {cid} is malformed")))
    };
    let mut parents = Vec::with_capacity(2);
    parents.extend([row.p1, row.p2].into_iter().filter(|parent| *parent > 0));
    if row.p2 > 0 {
        parents.extend(sql.all(&PARENTS, &[cid.into()])?.into_iter().map(|(parent,)| parent));
    }
    Ok(Commit {
        cid,
        oid: oid(&row.oid)?,
        tree: oid(&row.tree)?,
        parents,
        generation: row.generation,
        time: row.ctime,
    })
}

/// Adds a commit. Its number is invisible until the counter has passed it.
pub fn insert(sql: &dyn Sql, commit: &Commit) -> Result<()> {
    let parent = |n: usize| commit.parents.get(n).copied().unwrap_or(0);
    let args: [Value<'_>; 7] = [
        commit.cid.into(),
        commit.oid.as_bytes().into(),
        commit.tree.as_bytes().into(),
        parent(0).into(),
        parent(1).into(),
        commit.generation.into(),
        commit.time.into(),
    ];
    sql.execute(&INSERT, &args)?;
    for (n, parent) in commit.parents.iter().enumerate().skip(2) {
        let id = i64::from(commit.cid) << 16 | n as i64;
        sql.execute(&INSERT_PARENT, &[id.into(), commit.cid.into(), (n as i64).into(), (*parent).into()])?;
    }
    Ok(())
}

/// How many commits have a number below `next_cid`.
pub fn count_below(sql: &dyn Sql, next_cid: i64) -> Result<i64> {
    let (count,) = sql.one(&COUNT_BELOW, &[next_cid.into()])?;
    Ok(count)
}

/// Numbers below `next_cid` that have further parents but no row.
pub fn stray_parents(sql: &dyn Sql, next_cid: i64) -> Result<Vec<i64>> {
    Ok(sql.all(&STRAY_PARENTS, &[next_cid.into()])?.into_iter().map(|(cid,)| cid).collect())
}

/// Whether there are rows from `next_cid` on.
pub fn has_from(sql: &dyn Sql, next_cid: i64) -> Result<bool> {
    Ok(sql.first(&FIRST_FROM, &[next_cid.into()])?.is_some())
}

/// Removes rows that a push left above the counter when it was cut off.
pub fn drop_from(sql: &dyn Sql, next_cid: i64) -> Result<()> {
    sql.execute(&DROP_FROM, &[next_cid.into()])?;
    sql.execute(&DROP_PARENTS_FROM, &[next_cid.into()])?;
    Ok(())
}

/// Whether `old` is `new` or one of its ancestors.
pub fn is_ancestor(sql: &dyn Sql, old: u32, new: u32) -> Result<bool> {
    is_reached(sql, old, &[new])
}

/// Whether `old` is one of `tips` or an ancestor of one. Numbers bound the walk: a parent's is lower than its child's.
pub fn is_reached(sql: &dyn Sql, old: u32, tips: &[u32]) -> Result<bool> {
    let target = get(sql, old)?;
    let mut seen: HashSet<u32> = tips.iter().copied().collect();
    let mut heap: BinaryHeap<u32> = seen.iter().copied().collect();
    while let Some(cid) = heap.pop() {
        if cid <= old {
            // The highest number left: either the target itself, or nothing can lead up to it any more.
            return Ok(cid == old);
        }
        let commit = get(sql, cid)?;
        if commit.generation <= target.generation {
            continue;
        }
        heap.extend(commit.parents.into_iter().filter(|parent| *parent >= old && seen.insert(*parent)));
    }
    Ok(false)
}
