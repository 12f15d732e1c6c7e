//! Diffs: which files changed, and the lines of some of them.
//!
//! The list of files is made once and kept for the answers that follow; lines are made for each answer, which ends when it
//! is large enough. Counting lines of many files takes time, too: what one answer has not counted the next one does.

mod about;
mod body;
mod plan;

use std::sync::Arc;

use gitflare_git::{Oid, object::Kind, refname};
use gitflare_port::{
    Bytes, Caller, Reply,
    diff::{Diff, DiffQuery, DiffRange, FileLines},
};

pub(crate) use self::plan::{Plan, Store, sizes, with_texts};
use super::{Scene, compare::VISITS, revision::Located, tree, walk};
use crate::{Error, Repository, Result, graph::Graph};

/// Lines of a file in one answer.
const LINES: u32 = 1_000;
/// Bytes of lines in one answer.
const LINES_BYTES: usize = 256 << 10;
/// The largest file lines are shown of.
const LINES_FILE: u64 = 8 << 20;

/// The two sides of a diff.
pub(crate) struct Sides {
    /// The commit or tree compared with, and its tree.
    pub(crate) base: Option<(Oid, Oid)>,
    /// The commit or tree compared, and its tree.
    pub(crate) head: (Oid, Oid),
}

/// A part of a diff.
pub(crate) fn diff(repository: &Repository, caller: &Caller, query: &DiffQuery) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let mut answer = Diff::default();
        if query.about && !about::fill(&scene, query, &mut answer)? {
            return Ok(Reply::Diff(answer));
        }
        let sides = sides(&scene, &query.range)?;
        let plan = Plan::of(&scene.view, sides.base.map(|(_, tree)| tree), sides.head.1, query.copies)?;
        let spaces = body::spaces(query.ignore_space);
        answer = Diff {
            base: sides.base.map(|(oid, _)| oid.to_hex()).unwrap_or_default(),
            head: sides.head.0.to_hex(),
            total: plan.changes.len() as u32,
            truncated: plan.is_truncated,
            renames_limited: plan.is_limited,
            ..answer
        };
        if query.lines > 0 {
            body::fill(&scene.view, &plan, query, &mut answer)?;
        }
        if query.list {
            plan.count(&scene.view, spaces)?;
            let counted = plan.counted(spaces);
            let file = |n: usize| body::change(&plan, n, counted.get(n).copied().flatten());
            answer.files = (0..plan.changes.len()).filter_map(file).collect();
            answer.counts = plan::total(&counted);
        }
        Ok(Reply::Diff(answer))
    })
}

/// Lines of a file.
pub(crate) fn lines(
    repository: &Repository,
    caller: &Caller,
    revision: Option<&str>,
    path: &str,
    (first, last): (u32, u32),
) -> Result<Reply> {
    repository.db().read(|sql| {
        let scene = Scene::new(repository, sql, caller)?;
        let shown = scene.must(revision)?;
        let path = shown.path(path)?;
        let root = shown.tree(&scene.view)?.ok_or_else(|| tree::no_such_path(&path))?;
        let tree::Place::File(leaf) = tree::walk(&scene.view, root, &path)? else {
            return Err(Error::NotFound("that is a folder".into()));
        };
        let found = scene.view.find(&leaf.oid)?.ok_or(Error::Missing(leaf.oid))?;
        if found.entry.size > LINES_FILE {
            return Err(Error::TooLarge(format!(
                "{} is too large to show lines of it",
                refname::encode(&path)
            )));
        }
        let object = scene.view.object_at(&found)?;
        let text = gitflare_git::diff::Lines::new(&object.data, gitflare_git::diff::Spaces::Count);
        let first = first.max(1);
        let last = last.min(text.len() as u32).min(first.saturating_add(LINES - 1));
        let mut answer = FileLines { first, lines: Vec::new(), total: text.len() as u32 };
        let mut bytes = 0;
        for n in first..=last {
            let line = text.get(n as usize - 1);
            bytes += line.len() + 16;
            if bytes > LINES_BYTES {
                break;
            }
            answer.lines.push(Bytes::from(line.strip_suffix(b"\n").unwrap_or(line)));
        }
        Ok(Reply::Lines(answer))
    })
}

/// Finds what is compared.
pub(crate) fn sides(scene: &Scene<'_>, range: &DiffRange) -> Result<Sides> {
    let tree = |shown: &Located| {
        let tree = shown.tree(&scene.view)?;
        Ok::<_, Error>((
            shown.object.0,
            tree.ok_or_else(|| Error::NotFound(format!("{} has no files", shown.name)))?,
        ))
    };
    match range {
        DiffRange::Commit { revision, parent } => {
            let shown = scene.exact(revision.as_deref())?;
            let oid = shown.must_commit()?;
            let graph = Graph::new(&scene.view)?;
            let parents = graph.parents(graph.number(&oid)?.ok_or(Error::Missing(oid))?)?;
            let base = match parents.iter().nth(parent.saturating_sub(1) as usize) {
                Some(cid) => Some(graph.ids(cid)?),
                None if *parent <= 1 => None,
                None => return Err(Error::NotFound(format!("{oid} has no parent {parent}"))),
            };
            Ok(Sides { base, head: tree(&shown)? })
        }
        DiffRange::Between { base, head } => {
            let base = tree(&scene.exact(base.as_deref())?)?;
            Ok(Sides { base: Some(base), head: tree(&scene.exact(Some(head))?)? })
        }
        DiffRange::Since { base, head } => {
            let (base, head) = (scene.exact(base.as_deref())?, scene.exact(Some(head))?);
            let graph = Graph::new(&scene.view)?;
            let number = |oid: Oid| graph.number(&oid)?.ok_or(Error::Missing(oid));
            let found =
                walk::difference(&graph, number(base.must_commit()?)?, number(head.must_commit()?)?, VISITS)?;
            let Some(cid) = found.merge_bases.first() else {
                return Err(Error::NotFound(format!(
                    "{} and {} have no commit in common",
                    base.name, head.name
                )));
            };
            Ok(Sides { base: Some(graph.ids(*cid)?), head: tree(&head)? })
        }
    }
}

/// Reads a blob, or nothing for a submodule.
pub(crate) fn blob(view: &crate::view::View<'_>, oid: &Oid) -> Result<Arc<crate::cache::Object>> {
    view.object_of(oid, Kind::Blob)
}
