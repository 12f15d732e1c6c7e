//! Checking everything a repository stores: every object's hash, every link, every index, every row.
//!
//! One read transaction sees one state throughout. Memory is bounded: packs are read in the order of their bodies
//! through the object cache, and what has to be remembered of an object is a few bits. Large blobs that are stored as
//! deltas come last, outside that transaction: they are spooled through rows. Damage is a sentence in the
//! answer, never an error: an error means that the database itself could not be read.

mod bodies;
mod graph;
mod indexes;
mod large;
mod rows;
mod slices;

use std::fmt::Display;

use gitflare_db::Sql;
use gitflare_git::object::Kind;

use crate::{Env, Error, Repository, Result, refs, state, view::View};

pub(crate) use slices::slice;

/// Sentences kept; a badly damaged repository has no use for more.
const MOST: usize = 1_000;

/// What was found.
#[derive(Default)]
struct Report {
    findings: Vec<String>,
}

impl Report {
    fn add(&mut self, finding: impl Into<String>) {
        if self.findings.len() < MOST {
            self.findings.push(finding.into());
        }
    }

    /// Turns what cannot be read into a finding. Only a failing database ends the check.
    fn keep<T>(&mut self, what: impl Display, outcome: Result<T>) -> Result<Option<T>> {
        match outcome {
            Ok(value) => Ok(Some(value)),
            Err(Error::Db(error @ gitflare_db::Error::Driver(_))) => Err(error.into()),
            Err(error) => {
                self.add(format!("{what}: {error}"));
                Ok(None)
            }
        }
    }
}

/// Checks everything. `progress` is told how many objects of how many are done.
pub(crate) fn verify(
    repository: &Repository,
    env: &Env,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Vec<String>> {
    // What is in memory may be sound where the disk is not.
    repository.0.shared.shrink();
    let outcome = repository.db().read(|sql| {
        let mut report = Report::default();
        let view = repository.view(sql)?;
        rows::check(sql, &mut report)?;
        indexes::check(&view, &mut report)?;
        let deferred = bodies::check(&view, &mut report, progress)?;
        check_refs(sql, &view, &mut report)?;
        Ok((report, deferred, view.live))
    });
    let outcome = outcome.and_then(|(mut report, deferred, live)| {
        large::check(repository, &live, &deferred, &mut report, env)?;
        Ok(report.findings)
    });
    repository.0.shared.shrink();
    outcome
}

/// Refs name live objects, branches commits, and the peeled ids beside them are right.
fn check_refs(sql: &dyn Sql, view: &View<'_>, report: &mut Report) -> Result<()> {
    let state = state::get(sql)?;
    if !state.head.starts_with(b"refs/heads/") {
        report.add(format!("HEAD names {}, which is no branch", String::from_utf8_lossy(&state.head)));
    }
    for found in refs::all(sql)? {
        let name = String::from_utf8_lossy(&found.name).into_owned();
        let Some((peeled, kind)) =
            report.keep(format_args!("{name} at {}", found.oid), view.peel(&found.oid))?
        else {
            continue;
        };
        let expected = (peeled != found.oid).then_some(peeled);
        if found.peeled != expected {
            report.add(format!("{name} is recorded with another peeled id than that of {}", found.oid));
        }
        if name.starts_with("refs/heads/") && (kind != Kind::Commit || expected.is_some()) {
            report.add(format!("{name} names {}, which is no commit", found.oid));
        }
    }
    Ok(())
}
