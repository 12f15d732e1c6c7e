//! What stands above a diff: the commit it is of, or how two commits stand to each other.

use gitflare_git::Oid;
use gitflare_port::{
    diff::{Diff, DiffQuery, DiffRange, Part},
    log::{CommitDetail, Comparison, Log, LogEntry, LogQuery},
};

use crate::{
    Result,
    browse::{Scene, compare, log, message},
    graph::Graph,
};

/// Commits listed of what the head has alone.
const COMMITS: u32 = 250;

/// Adds it to an answer. `false` if the two have nothing in common, so that there is nothing to compare since.
pub(super) fn fill(scene: &Scene<'_>, query: &DiffQuery, answer: &mut Diff) -> Result<bool> {
    let range = &query.range;
    let (base, head) = match range {
        DiffRange::Commit { revision, .. } => {
            let oid = scene.exact(revision.as_deref())?.must_commit()?;
            answer.commit = Some(log::detail(scene, oid)?);
            return Ok(true);
        }
        DiffRange::Between { base, head } | DiffRange::Since { base, head } => {
            (scene.exact(base.as_deref())?, scene.exact(Some(head))?)
        }
    };
    let (Some(base), Some(head)) = (base.commit(), head.commit()) else { return Ok(true) };
    let found = compare::between(scene, base, head)?;
    let is_related = !found.merge_bases.is_empty() || matches!(range, DiffRange::Between { .. });
    (answer.base, answer.head) = (base.to_hex(), head.to_hex());
    if let Some(part) = query.commits {
        answer.commits = Some(oldest_first(scene, base, head, part)?);
        answer.ends = ends(scene, base, &found)?;
    } else if found.ahead.is_some() {
        let query = LogQuery {
            revision: Some(head.to_hex()),
            base: Some(base.to_hex()),
            limit: COMMITS,
            ..LogQuery::default()
        };
        answer.commits = Some(log::list(scene, &query)?);
    }
    answer.comparison = Some(found);
    Ok(is_related)
}

/// A part of the commits only the head reaches, in all detail.
fn oldest_first(scene: &Scene<'_>, base: Oid, head: Oid, part: Part) -> Result<Log> {
    let graph = Graph::new(&scene.view)?;
    let mut cids = log::only_reached(&graph, Some(base), head)?;
    cids.reverse();
    let mut listed = Log { tip: head.to_hex(), ..Log::default() };
    let count = part.count.min(COMMITS) as usize;
    for cid in cids.into_iter().skip(part.from as usize).take(count) {
        let detail = message::whole(&scene.view, &graph.ids(cid)?.0)?;
        listed.commits.push(LogEntry { detail: Some(detail), ..LogEntry::default() });
    }
    Ok(listed)
}

/// The base, and what both have in common.
fn ends(scene: &Scene<'_>, base: Oid, found: &Comparison) -> Result<Option<(CommitDetail, CommitDetail)>> {
    let Some(common) = found.merge_bases.first().and_then(Oid::from_hex) else { return Ok(None) };
    Ok(Some((message::whole(&scene.view, &base)?, message::whole(&scene.view, &common)?)))
}
