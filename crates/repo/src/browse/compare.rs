//! How two commits stand to each other.

use gitflare_git::Oid;
use gitflare_port::{Caller, Reply, log::Comparison};

use super::{Scene, walk};
use crate::{Error, Repository, Result, graph::Graph};

/// Commits visited to compare two of them.
pub(super) const VISITS: usize = 1_000_000;
/// Common ancestors in one answer.
const BASES: usize = 16;

/// Compares two revisions.
pub(crate) fn compare(
    repository: &Repository,
    caller: &Caller,
    base: Option<&str>,
    head: &str,
) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let base = scene.exact(base)?.must_commit()?;
        let head = scene.exact(Some(head))?.must_commit()?;
        Ok(Reply::Comparison(between(&scene, base, head)?))
    })
}

/// How two commits stand to each other.
pub(super) fn between(scene: &Scene<'_>, base: Oid, head: Oid) -> Result<Comparison> {
    let graph = Graph::new(&scene.view)?;
    let number = |oid| graph.number(&oid)?.ok_or(Error::Missing(oid));
    let found = walk::difference(&graph, number(base)?, number(head)?, VISITS)?;
    let mut merge_bases = Vec::new();
    for cid in found.merge_bases.iter().take(BASES) {
        merge_bases.push(graph.ids(*cid)?.0.to_hex());
    }
    Ok(Comparison {
        base: base.to_hex(),
        head: head.to_hex(),
        merge_bases,
        ahead: (!found.is_partial).then_some(found.ahead.len() as u32),
        behind: (!found.is_partial).then_some(found.behind),
    })
}
