//! The lines of changed files.

use gitflare_git::{
    diff::{
        Hunk, Lines, Spaces, edits,
        hunks::{self, Line},
        is_binary,
        rename::{From, SAME},
        stat, text, words,
    },
    refname,
};
use gitflare_port::{
    Bytes,
    diff::{Counts, Diff, DiffHunk, DiffLine, DiffQuery, FileBody, FileChange, FileStatus, Omitted},
};

use super::plan::{LARGEST, Plan, sizes, with_texts};
use crate::{Result, view::View};

/// Lines in one answer, whatever is asked for.
const LINES: u32 = 20_000;
/// Bytes of lines in one answer, but for the last file.
const BYTES: usize = 512 << 10;
/// Lines of one file, and bytes of them, that are shown.
const FILE_LINES: usize = 20_000;
const FILE_BYTES: usize = 512 << 10;
/// Bytes of a text that comes along for its colours, and of all of them.
const TEXT: usize = 128 << 10;
const TEXTS: usize = 512 << 10;
/// Lines around changes.
const CONTEXT: u32 = 1_000;
/// Files in one answer.
const FILES: usize = 300;

pub(super) const fn spaces(ignored: bool) -> Spaces {
    if ignored { Spaces::Ignored } else { Spaces::Count }
}

/// Adds the lines of files to an answer until it is large enough.
pub(super) fn fill(view: &View<'_>, plan: &Plan, query: &DiffQuery, answer: &mut Diff) -> Result<()> {
    let wanted = query.path.as_deref().map(|path| refname::decode(path).unwrap_or_default());
    let (mut lines, mut bytes, mut texts) = (0, 0, 0);
    for n in query.from as usize..plan.changes.len() {
        let Some(change) = plan.changes.get(n) else { break };
        if let Some(path) = &wanted {
            let is_old = change.old.as_ref().is_some_and(|(old, _)| old == path);
            if change.path() != path && !is_old {
                continue;
            }
        } else if lines >= query.lines.min(LINES) as usize || bytes >= BYTES || answer.bodies.len() >= FILES {
            answer.next = Some(n as u32);
            break;
        }
        let mut body = body(view, plan, n, query)?;
        lines += body.hunks.iter().map(|hunk| hunk.lines.len()).sum::<usize>() + 1;
        bytes +=
            body.hunks.iter().flat_map(|hunk| &hunk.lines).map(|line| line.text.0.len() + 16).sum::<usize>();
        let size = body.lead.as_ref().map_or(0, |lead| lead.0.len());
        texts += size;
        if texts > TEXTS {
            body.lead = None;
            texts -= size;
        }
        answer.bodies.push(body);
    }
    Ok(())
}

/// A file of the list.
pub(super) fn change(plan: &Plan, n: usize, counts: Option<stat::Counts>) -> Option<FileChange> {
    let change = plan.changes.get(n)?;
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    let retyped = old.zip(new).is_some_and(|((_, a), (_, b))| (a.mode ^ b.mode) & 0o170_000 != 0);
    let status = match (old, new, change.from) {
        (None, ..) => FileStatus::Added,
        (_, None, _) => FileStatus::Deleted,
        (.., From::Rename(_)) => FileStatus::Renamed,
        (.., From::Copy(_)) => FileStatus::Copied,
        _ if retyped => FileStatus::Retyped,
        _ => FileStatus::Modified,
    };
    let similarity = match change.from {
        From::Rename(score) | From::Copy(score) => Some((u64::from(score) * 100 / u64::from(SAME)) as u32),
        From::Place => None,
    };
    let binary = counts.is_some_and(|counts| counts.is_binary);
    Some(FileChange {
        status,
        path: refname::encode(change.path()),
        old_path: old.filter(|_| similarity.is_some()).map(|(path, _)| refname::encode(path)),
        old_mode: old.map_or(0, |(_, side)| side.mode),
        new_mode: new.map_or(0, |(_, side)| side.mode),
        old_oid: old.map(|(_, side)| side.oid.to_hex()).unwrap_or_default(),
        new_oid: new.map(|(_, side)| side.oid.to_hex()).unwrap_or_default(),
        similarity,
        counts: counts
            .filter(|_| !binary)
            .map(|counts| Counts { added: counts.added, deleted: counts.deleted }),
        binary,
    })
}

/// The lines of one file.
fn body(view: &View<'_>, plan: &Plan, n: usize, query: &DiffQuery) -> Result<FileBody> {
    let Some(file) = plan.changes.get(n) else { return Ok(FileBody::default()) };
    let spaces = spaces(query.ignore_space);
    let (old_size, new_size) = sizes(view, file)?;
    let mut body = FileBody { file: n as u32, ..FileBody::default() };
    if old_size.max(new_size) > LARGEST as u64 {
        body.omitted = Some(Omitted::TooLarge { old: old_size, new: new_size });
        plan.note(spaces, n, stat::Counts { added: new_size, deleted: old_size, is_binary: true });
    } else {
        let counts = with_texts(view, file, |old, new| compare(&mut body, old, new, query))?;
        plan.note(spaces, n, counts);
    }
    body.change = change(plan, n, plan.counted(spaces).get(n).copied().flatten()).unwrap_or_default();
    Ok(body)
}

fn compare(body: &mut FileBody, old: &[u8], new: &[u8], query: &DiffQuery) -> stat::Counts {
    let style =
        text::Style { spaces: spaces(query.ignore_space), largest: LARGEST, ..text::Style::default() };
    if is_binary(old) || is_binary(new) {
        let (old_size, new_size) = (old.len() as u64, new.len() as u64);
        body.omitted = Some(if old == new {
            Omitted::Unchanged
        } else {
            Omitted::Binary { old: old_size, new: new_size }
        });
        return text::counts(old, new, style);
    }
    let (olds, news) = (Lines::new(old, style.spaces), Lines::new(new, style.spaces));
    (body.old_lines, body.new_lines) = (olds.len() as u32, news.len() as u32);
    let edits = edits(&olds, &news);
    let mut counts = stat::Counts::default();
    for edit in &edits {
        counts.added += u64::from(edit.new.end - edit.new.start);
        counts.deleted += u64::from(edit.old.end - edit.old.start);
    }
    let found = hunks::hunks(&edits, query.context.min(CONTEXT), olds.len(), news.len());
    if found.is_empty() {
        body.omitted = Some(Omitted::Unchanged);
    } else if is_too_much(&found, &olds, &news) {
        body.omitted = Some(Omitted::TooLarge { old: old.len() as u64, new: new.len() as u64 });
    } else if let Some(lines) = folded(&found, query) {
        body.omitted = Some(Omitted::Folded { lines });
    } else {
        body.hunks = found.iter().map(|hunk| show(hunk, &olds, &news)).collect();
        if query.texts
            && let Some(last) = found.last()
        {
            let bytes = (0..last.new.start).map(|n| news.get(n as usize).len()).sum::<usize>();
            body.lead = new.get(..bytes).filter(|lead| lead.len() <= TEXT).map(Bytes::from);
        }
    }
    counts
}

/// How many lines a file shows, if those are more than are wanted of one among others.
fn folded(hunks: &[Hunk], query: &DiffQuery) -> Option<u32> {
    let lines = hunks.iter().flat_map(Hunk::lines).count() as u32;
    (query.path.is_none() && query.fold > 0 && lines > query.fold).then_some(lines)
}

fn is_too_much(hunks: &[Hunk], old: &Lines<'_>, new: &Lines<'_>) -> bool {
    let (mut lines, mut bytes) = (0, 0);
    for line in hunks.iter().flat_map(Hunk::lines) {
        lines += 1;
        bytes += text_of(line, old, new).len();
        if lines > FILE_LINES || bytes > FILE_BYTES {
            return true;
        }
    }
    false
}

fn text_of<'a>(line: Line, old: &Lines<'a>, new: &Lines<'a>) -> &'a [u8] {
    match line {
        Line::Removed(n) => old.get(n as usize),
        Line::Context(_, n) | Line::Added(n) => new.get(n as usize),
    }
}

fn show(hunk: &Hunk, old: &Lines<'_>, new: &Lines<'_>) -> DiffHunk {
    let mut lines: Vec<DiffLine> = hunk
        .lines()
        .map(|line| {
            let text = text_of(line, old, new);
            let (old, new) = match line {
                Line::Context(old, new) => (old + 1, new + 1),
                Line::Removed(old) => (old + 1, 0),
                Line::Added(new) => (0, new + 1),
            };
            let cut = text.strip_suffix(b"\n").unwrap_or(text);
            DiffLine { old, new, text: Bytes::from(cut), open: cut.len() == text.len(), marks: Vec::new() }
        })
        .collect();
    let mut at = 0;
    let mut before = hunk.old.start;
    for edit in &hunk.edits {
        at += (edit.old.start - before) as usize;
        before = edit.old.end;
        let (removed, added) =
            ((edit.old.end - edit.old.start) as usize, (edit.new.end - edit.new.start) as usize);
        mark(&mut lines, at, removed, added);
        at += removed + added;
    }
    let count = |range: &std::ops::Range<u32>| range.end - range.start;
    // As in a patch, an empty range names the line before it.
    let start = |range: &std::ops::Range<u32>| range.start + u32::from(!range.is_empty());
    DiffHunk {
        old_start: start(&hunk.old),
        old_count: count(&hunk.old),
        new_start: start(&hunk.new),
        new_count: count(&hunk.new),
        heading: Bytes::from(hunks::heading(old, hunk.old.start).unwrap_or_default()),
        lines,
    }
}

/// Marks the words that changed in lines that became others.
fn mark(lines: &mut [DiffLine], at: usize, removed: usize, added: usize) {
    let texts = |from: usize, count: usize| -> Vec<&[u8]> {
        lines.iter().skip(from).take(count).map(|line| line.text.0.as_slice()).collect()
    };
    let pairs = words::pairs(&texts(at, removed), &texts(at + removed, added));
    for pair in pairs {
        let sides = [(at + pair.old, pair.old_marks), (at + removed + pair.new, pair.new_marks)];
        for (n, marks) in sides {
            if let Some(line) = lines.get_mut(n) {
                line.marks = marks.into_iter().map(|mark| (mark.start, mark.end)).collect();
            }
        }
    }
}
