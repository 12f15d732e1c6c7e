//! Checks of a commit.

use super::header::{Lines, check_shape};
use super::ids::Message;
use super::report::{Reporter, Stop};
use crate::ObjectFormat;

/// Checks a commit, up to the first thing that refuses it.
pub(super) fn check(data: &[u8], format: ObjectFormat, report: &mut Reporter<'_>) -> Result<(), Stop> {
    check_shape(data, report)?;
    let mut lines = Lines::new(data);
    if !lines.take_key(b"tree ") {
        return report.report(Message::MissingTree, "invalid format - expected 'tree' line");
    }
    if !lines.take_oid(format) {
        return report.report(Message::BadTreeSha1, "invalid 'tree' line format - bad sha1");
    }
    while lines.take_key(b"parent ") {
        if !lines.take_oid(format) {
            return report.report(Message::BadParentSha1, "invalid 'parent' line format - bad sha1");
        }
    }
    let mut authors = 0;
    while lines.take_key(b"author ") {
        authors += 1;
        lines.take_person(report)?;
    }
    if authors == 0 {
        return report.report(Message::MissingAuthor, "invalid format - expected 'author' line");
    }
    if authors > 1 {
        return report.report(Message::MultipleAuthors, "invalid format - multiple 'author' lines");
    }
    if !lines.take_key(b"committer ") {
        return report.report(Message::MissingCommitter, "invalid format - expected 'committer' line");
    }
    lines.take_person(report)?;
    if data.contains(&0) {
        return report.report(Message::NulInCommit, "NUL byte in the commit object body");
    }
    Ok(())
}
