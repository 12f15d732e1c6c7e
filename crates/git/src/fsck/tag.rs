//! Checks of an annotated tag.

use super::header::{Lines, check_shape};
use super::ids::Message;
use super::report::{Reporter, Stop, quoting};
use crate::object::Kind;
use crate::{ObjectFormat, refname};

/// Checks a tag, up to the first thing that refuses it.
pub(super) fn check(data: &[u8], format: ObjectFormat, report: &mut Reporter<'_>) -> Result<(), Stop> {
    check_shape(data, report)?;
    let mut lines = Lines::new(data);
    if !lines.take_key(b"object ") {
        return report.report(Message::MissingObject, "invalid format - expected 'object' line");
    }
    if !lines.take_oid(format) {
        return report.report(Message::BadObjectSha1, "invalid 'object' line format - bad sha1");
    }
    if !lines.take_key(b"type ") {
        return report.report(Message::MissingTypeEntry, "invalid format - expected 'type' line");
    }
    let Some(kind) = lines.take_line() else {
        return report.report(Message::MissingType, "invalid format - unexpected end after 'type' line");
    };
    if Kind::from_name(kind).is_none() {
        return report.report(Message::BadType, "invalid 'type' value");
    }
    if !lines.take_key(b"tag ") {
        return report.report(Message::MissingTagEntry, "invalid format - expected 'tag' line");
    }
    let Some(name) = lines.take_line() else {
        return report.report(Message::MissingTag, "invalid format - unexpected end after 'type' line");
    };
    if !refname::check(&[b"refs/tags/", name].concat()) {
        report.report(Message::BadTagName, quoting("invalid 'tag' name", name))?;
    }
    if !lines.take_key(b"tagger ") {
        // The earliest tags have none.
        return report.report(Message::MissingTaggerEntry, "invalid format - expected 'tagger' line");
    }
    lines.take_person(report)
}
