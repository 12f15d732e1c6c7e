//! What stands above a diff: the commit it is of, or how two commits stand to each other.

use gitflare_port::{
    diff::{Diff, DiffRange},
    log::LogQuery,
};

use crate::{
    Result,
    browse::{Scene, compare, log},
};

/// Commits listed of what the head has alone.
const COMMITS: u32 = 250;

/// Adds it to an answer. `false` if the two have nothing in common, so that there is nothing to compare since.
pub(super) fn fill(scene: &Scene<'_>, range: &DiffRange, answer: &mut Diff) -> Result<bool> {
    let (base, head) = match range {
        DiffRange::Commit { revision, .. } => {
            let oid = scene.must(revision.as_deref())?.must_commit()?;
            answer.commit = Some(log::detail(scene, oid)?);
            return Ok(true);
        }
        DiffRange::Between { base, head } | DiffRange::Since { base, head } => {
            (scene.must(base.as_deref())?, scene.must(Some(head))?)
        }
    };
    let (Some(base), Some(head)) = (base.commit(), head.commit()) else { return Ok(true) };
    let found = compare::between(scene, base, head)?;
    let is_related = !found.merge_bases.is_empty() || matches!(range, DiffRange::Between { .. });
    (answer.base, answer.head) = (base.to_hex(), head.to_hex());
    if found.ahead.is_some() {
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
