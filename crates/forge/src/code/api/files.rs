//! Changed files, with what changed in them.

use std::ops::Range;

use gitflare_port::diff::{Counts, Diff, DiffHunk, FileBody, FileChange, FileStatus};
use serde_json::{Value, json};

use crate::{
    api::json::{code::Links, extend},
    ui::text,
};

/// Lines that came and went in all files: as far as they were counted.
pub(super) fn counts(diff: &Diff) -> Counts {
    diff.counts.unwrap_or_else(|| {
        diff.files.iter().filter_map(|file| file.counts).fold(Counts::default(), |sum, one| Counts {
            added: sum.added + one.added,
            deleted: sum.deleted + one.deleted,
        })
    })
}

/// Some of the files.
pub(super) fn list(links: &Links, diff: &Diff, range: Range<usize>) -> Value {
    let file = |n: usize| {
        let change = diff.files.get(n)?;
        let body = diff.bodies.iter().find(|body| body.file as usize == n);
        Some(one(links, diff, change, body))
    };
    range.filter_map(file).collect()
}

fn one(links: &Links, diff: &Diff, change: &FileChange, body: Option<&FileBody>) -> Value {
    let gone = change.status == FileStatus::Deleted;
    let at = if gone { &diff.base } else { &diff.head };
    let path = text::path(&change.path);
    // What was not counted with the list may have been counted with the lines.
    let counts = change.counts.or_else(|| body?.change.counts).unwrap_or_default();
    let mut json = json!({
        "sha": if gone { &change.old_oid } else { &change.new_oid },
        "filename": text::decoded(&change.path),
        "status": status(change),
        "additions": counts.added,
        "deletions": counts.deleted,
        "changes": counts.added + counts.deleted,
        "blob_url": links.html(&format!("blob/{at}/{path}")),
        "raw_url": links.html(&format!("raw/{at}/{path}")),
        "contents_url": links.api(&format!("contents/{path}?ref={at}")),
    });
    if let Some(old) = &change.old_path {
        extend(&mut json, json!({ "previous_filename": text::decoded(old) }));
    }
    if let Some(body) = body.filter(|body| !body.hunks.is_empty()) {
        extend(&mut json, json!({ "patch": patch(&body.hunks) }));
    }
    json
}

fn status(change: &FileChange) -> &'static str {
    match change.status {
        FileStatus::Added => "added",
        FileStatus::Deleted => "removed",
        FileStatus::Modified if change.old_oid == change.new_oid => "changed",
        FileStatus::Modified => "modified",
        FileStatus::Renamed => "renamed",
        FileStatus::Copied => "copied",
        FileStatus::Retyped => "changed",
    }
}

/// Hunks as git writes them, without the end of the last line.
fn patch(hunks: &[DiffHunk]) -> String {
    let mut out = Vec::new();
    for hunk in hunks {
        let (old, new) = (range(hunk.old_start, hunk.old_count), range(hunk.new_start, hunk.new_count));
        out.extend(format!("@@ -{old} +{new} @@").bytes());
        if !hunk.heading.0.is_empty() {
            out.push(b' ');
            out.extend(&hunk.heading.0);
        }
        out.push(b'\n');
        for line in &hunk.lines {
            out.push(match (line.old, line.new) {
                (_, 0) => b'-',
                (0, _) => b'+',
                _ => b' ',
            });
            out.extend(&line.text.0);
            out.push(b'\n');
            if line.open {
                out.extend(b"\\ No newline at end of file\n");
            }
        }
    }
    out.pop();
    String::from_utf8_lossy(&out).into_owned()
}

fn range(start: u32, count: u32) -> String {
    if count == 1 { start.to_string() } else { format!("{start},{count}") }
}
