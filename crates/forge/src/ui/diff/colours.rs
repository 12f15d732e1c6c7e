//! Colours of the lines of a diff. What lies between the changes of a file decides too whether a line is a comment: it is
//! read as far as it came along, and where it did not, or is too much to read, a hunk is taken for a beginning.

use std::fmt::Write as _;
use std::sync::Arc;

use gitflare_port::{
    Bytes,
    diff::{Diff, FileBody},
};

use crate::Forge;
use crate::ui::highlight::{self, Budget, Highlight, Hint, LONGEST_LINE, Lines, Piece, Span};
use crate::ui::text;

/// The pieces of the lines of each file, if its language is known.
#[derive(Default)]
pub(crate) struct Colours(Vec<Option<Lines>>);

impl Colours {
    /// Those of a diff, made where the host wants heavy work done.
    pub(crate) async fn of(forge: &Forge, diff: &Arc<Diff>) -> Self {
        if diff.bodies.iter().all(|body| body.hunks.is_empty()) {
            return Self::default();
        }
        highlight::prepare(forge).await;
        let (engine, diff) = (highlight::ready(), Arc::clone(diff));
        crate::secret::compute(forge, move || Self::make(&*engine, &diff)).await.unwrap_or_default()
    }

    /// Those of lines of a file, of which nobody knows what is above them.
    pub(crate) async fn of_lines(forge: &Forge, path: &str, lines: &[Bytes]) -> Vec<Vec<Span>> {
        highlight::prepare(forge).await;
        let engine = highlight::ready();
        let name = text::shown(path);
        let texts: Vec<String> = lines.iter().map(readable).collect();
        let work = move || {
            let pieces: Vec<Piece<'_>> = texts.iter().map(|line| Piece::Both(line)).collect();
            engine.forms(Hint::File(&name), "", &pieces, &mut Budget::default())
        };
        crate::secret::compute(forge, work).await.ok().flatten().unwrap_or_default()
    }

    fn make(engine: &dyn Highlight, diff: &Diff) -> Self {
        let mut budget = Budget::default();
        Self(diff.bodies.iter().map(|body| file(engine, body, &mut budget)).collect())
    }

    /// Those of a file of the answer, line by line.
    pub(super) fn file(&self, n: usize) -> &[Vec<Span>] {
        self.0.get(n).and_then(Option::as_ref).map_or(&[], |lines| lines.as_slice())
    }
}

fn file(engine: &dyn Highlight, body: &FileBody, budget: &mut Budget) -> Option<Lines> {
    if body.hunks.is_empty() {
        return None;
    }
    highlight::remembered((&body.change.path, &shape(body)), || forms(engine, body, budget))
}

/// What lines are shown of which file.
fn shape(body: &FileBody) -> String {
    let mut out = format!("diff {} {} ", body.change.old_oid, body.change.new_oid);
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", body.lead.as_ref().map_or(0, |lead| lead.0.len()));
    for hunk in &body.hunks {
        let _ = write!(out, " {}+{} ", hunk.old_start, hunk.new_start);
        out.extend(hunk.lines.iter().map(|line| match (line.old, line.new) {
            (0, _) => '+',
            (_, 0) => '-',
            _ => '=',
        }));
    }
    out
}

fn forms(engine: &dyn Highlight, body: &FileBody, budget: &mut Budget) -> Option<Vec<Vec<Span>>> {
    let lead = body.lead.as_ref().map(|Bytes(lead)| String::from_utf8_lossy(lead));
    // Where each line of what came along begins.
    let mut starts = vec![0];
    starts.extend(lead.iter().flat_map(|lead| lead.match_indices('\n')).map(|(at, _)| at + 1));
    let texts: Vec<Vec<String>> =
        body.hunks.iter().map(|hunk| hunk.lines.iter().map(|line| readable(&line.text)).collect()).collect();
    let mut pieces = Vec::new();
    let mut done = 0;
    for (hunk, texts) in body.hunks.iter().zip(&texts) {
        let first = hunk.new_start.saturating_sub(u32::from(hunk.new_count > 0)) as usize;
        let between = lead.as_ref().and_then(|lead| lead.get(*starts.get(done)?..*starts.get(first)?));
        pieces.push(if first == done {
            Piece::Between("")
        } else {
            between.map_or(Piece::Unknown, Piece::Between)
        });
        pieces.extend(hunk.lines.iter().zip(texts).map(|(line, text)| match (line.old, line.new) {
            (0, _) => Piece::New(text),
            (_, 0) => Piece::Old(text),
            _ => Piece::Both(text),
        }));
        done = first + hunk.new_count as usize;
    }
    let name = text::shown(&body.change.path);
    let first =
        lead.as_deref().filter(|lead| !lead.is_empty()).or(texts.first()?.first().map(String::as_str));
    engine.forms(Hint::File(&name), first.unwrap_or_default(), &pieces, budget)
}

/// A line as it is coloured: one that is too long says nothing.
fn readable(Bytes(bytes): &Bytes) -> String {
    if bytes.len() > LONGEST_LINE { String::new() } else { String::from_utf8_lossy(bytes).into_owned() }
}

#[cfg(test)]
mod tests {
    use gitflare_port::diff::{DiffHunk, DiffLine, FileBody, FileChange};

    use super::{Budget, forms};
    use crate::ui::highlight::tests::engine;

    fn body(lead: Option<&str>, start: u32, lines: &[&str]) -> FileBody {
        let (mut old, mut new) = (start, start);
        let lines: Vec<DiffLine> = lines
            .iter()
            .map(|line| {
                let (sign, text) = line.split_at(1);
                let numbers = match sign {
                    "+" => (0, new),
                    "-" => (old, 0),
                    _ => (old, new),
                };
                (old, new) = (old + u32::from(sign != "+"), new + u32::from(sign != "-"));
                DiffLine {
                    old: numbers.0,
                    new: numbers.1,
                    text: text.as_bytes().into(),
                    ..DiffLine::default()
                }
            })
            .collect();
        let hunk = DiffHunk {
            old_start: start,
            old_count: old - start,
            new_start: start,
            new_count: new - start,
            lines,
            ..DiffHunk::default()
        };
        FileBody {
            change: FileChange { path: "a.rs".into(), ..FileChange::default() },
            hunks: vec![hunk],
            lead: lead.map(|lead| lead.as_bytes().into()),
            ..FileBody::default()
        }
    }

    fn classes(body: &FileBody) -> Vec<String> {
        let lines = forms(&engine(), body, &mut Budget::default()).unwrap();
        let names = lines.iter().map(|spans| spans.iter().map(|span| span.class.name()).collect());
        names.collect()
    }

    #[test]
    fn what_is_above_a_hunk_decides_what_it_is() {
        let lines = [" let a = 1;", "-*/", "+let b = 2; */", " let c = 3;"];
        assert_eq!(classes(&body(Some("/* a comment\n"), 2, &lines)), ["c", "c", "c", "kn"]);
        // Without it a hunk is a beginning.
        assert_eq!(classes(&body(None, 2, &lines))[0], "kn");
    }

    #[test]
    fn each_side_is_read_by_itself() {
        let lines = ["-/* let a = 1;", "-let b = 2; */", "+let c = 3;", " let d = 4;"];
        assert_eq!(classes(&body(Some(""), 1, &lines)), ["c", "c", "kn", "kn"]);
        let lines = ["+/* now", "-let gone = 1;", " let d = 4;", "-let e = 5;", "+*/ let f = 6;"];
        assert_eq!(classes(&body(Some(""), 1, &lines)), ["c", "kn", "c", "kn", "ckn"]);
    }

    #[test]
    fn what_is_too_much_to_read_is_not_read() {
        let lead = format!("/*\n{}", "x\n".repeat(5_000));
        assert_eq!(classes(&body(Some(&lead), 5_002, &["+let a = 1;"])), ["kn"]);
        let long = format!("+let a = \"{}\";", "x".repeat(3_000));
        assert_eq!(classes(&body(None, 1, &[&long, "+let b = 1;"])), ["", "kn"]);
    }
}
