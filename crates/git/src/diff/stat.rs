//! The overview above a patch: names with bars, totals, and what happened besides lines changing.

use super::{
    rename::{Change, From, SAME},
    text::quoted,
};

/// What is counted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Lines that came; bytes after, of a file that is not text.
    pub added: u64,
    /// Lines that went; bytes before.
    pub deleted: u64,
    /// Whether it is not text.
    pub is_binary: bool,
}

/// Columns an overview in a mail may take.
const WIDTH: usize = 72;

/// The name of a changed file on one line: what two names have in common only once.
pub fn display_name(change: &Change) -> Vec<u8> {
    match (&change.old, &change.new) {
        (Some((old, _)), Some((new, _))) if change.from != From::Place => renamed(old, new),
        _ => quoted(b"", change.path()),
    }
}

/// `lib/{old => new}/file`.
fn renamed(old: &[u8], new: &[u8]) -> Vec<u8> {
    let (quoted_old, quoted_new) = (quoted(b"", old), quoted(b"", new));
    if quoted_old != old || quoted_new != new {
        return [&quoted_old, &b" => "[..], &quoted_new].concat();
    }
    let common = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let prefix = old.iter().take(common).rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    // The end may share the slash that ends the beginning.
    let least = prefix.saturating_sub(1);
    let ends = old.iter().skip(least).rev().zip(new.iter().skip(least).rev());
    let mut suffix = 0;
    for (n, (a, b)) in ends.enumerate() {
        if a != b {
            break;
        }
        if *a == b'/' {
            suffix = n + 1;
        }
    }
    let middle =
        |name: &[u8]| name.get(prefix..name.len().saturating_sub(suffix)).unwrap_or_default().to_vec();
    let (a, b) = (middle(old), middle(new));
    if prefix + suffix == 0 {
        return [&a, &b" => "[..], &b].concat();
    }
    let (start, end) =
        (old.get(..prefix).unwrap_or_default(), old.get(old.len() - suffix..).unwrap_or_default());
    [start, b"{", &a, b" => ", &b, b"}", end].concat()
}

fn digits(n: u64) -> usize {
    n.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Columns a name takes on a terminal. Wide letters of East Asia count twice, as in git.
fn columns(name: &[u8]) -> usize {
    std::str::from_utf8(name).map_or(name.len(), |text| text.chars().map(width).sum())
}

fn width(letter: char) -> usize {
    match u32::from(letter) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// How the columns are shared out.
struct Layout {
    name: usize,
    number: usize,
    graph: usize,
    most: usize,
}

impl Layout {
    fn of(files: &[(Vec<u8>, Counts)]) -> Self {
        let longest = files.iter().map(|(name, _)| columns(name)).max().unwrap_or(0);
        let binary = files.iter().filter(|(_, counts)| counts.is_binary);
        let binary =
            binary.map(|(_, counts)| 14 + digits(counts.added) + digits(counts.deleted)).max().unwrap_or(0);
        let text = files.iter().filter(|(_, counts)| !counts.is_binary);
        let most = text.map(|(_, counts)| (counts.added + counts.deleted) as usize).max().unwrap_or(0);
        let number = digits(most as u64).max(if binary > 0 { 3 } else { 0 });
        let width = WIDTH.max(16 + 6 + number);
        let mut layout = Self { name: longest, number, graph: most.max(binary.saturating_sub(4)), most };
        if layout.name + number + 6 + layout.graph > width {
            layout.graph = layout.graph.min((width * 3 / 8).saturating_sub(number + 6).max(6));
            let room = width - number - 6;
            if layout.name > room - layout.graph {
                layout.name = room - layout.graph;
            } else {
                layout.graph = room - layout.name;
            }
        }
        layout
    }

    fn scale(&self, count: usize) -> usize {
        if count == 0 { 0 } else { 1 + count * (self.graph - 1) / self.most.max(1) }
    }

    /// Plus and minus signs for a file.
    fn bars(&self, counts: Counts) -> (usize, usize) {
        let (added, deleted) = (counts.added as usize, counts.deleted as usize);
        if self.graph > self.most {
            return (added, deleted);
        }
        let mut total = self.scale(added + deleted);
        if total < 2 && added > 0 && deleted > 0 {
            total = 2;
        }
        if added < deleted {
            let added = self.scale(added);
            (added, total - added)
        } else {
            let deleted = self.scale(deleted);
            (total - deleted, deleted)
        }
    }

    /// A name cut from the left to fit, at a slash if there is one, and the columns left behind it.
    fn fit(&self, name: &[u8]) -> (Vec<u8>, usize) {
        if columns(name) <= self.name {
            return (name.to_vec(), self.name - columns(name));
        }
        let room = self.name.saturating_sub(3);
        let mut rest = name;
        while columns(rest) > room {
            let next = (1..rest.len()).find(|n| rest.get(*n).is_some_and(|byte| byte & 0xc0 != 0x80));
            rest = rest.get(next.unwrap_or(rest.len())..).unwrap_or_default();
        }
        let rest = rest.iter().position(|byte| *byte == b'/').and_then(|at| rest.get(at..)).unwrap_or(rest);
        ([b"...", rest].concat(), room.saturating_sub(columns(rest)))
    }
}

/// Writes the overview of `git diff --stat`, in the width of a mail.
pub fn write(out: &mut Vec<u8>, files: &[(Vec<u8>, Counts)]) {
    let layout = Layout::of(files);
    let (mut added, mut deleted) = (0, 0);
    for (name, counts) in files {
        let (name, padding) = layout.fit(name);
        out.push(b' ');
        out.extend_from_slice(&name);
        out.extend(std::iter::repeat_n(b' ', padding));
        let number = layout.number;
        if counts.is_binary {
            out.extend_from_slice(format!(" | {:>number$}", "Bin").as_bytes());
            if counts.added > 0 || counts.deleted > 0 {
                out.extend_from_slice(format!(" {} -> {} bytes", counts.deleted, counts.added).as_bytes());
            }
        } else {
            let total = counts.added + counts.deleted;
            let (plus, minus) = layout.bars(*counts);
            let space = if total > 0 { " " } else { "" };
            let line = format!(" | {total:>number$}{space}{}{}", "+".repeat(plus), "-".repeat(minus));
            out.extend_from_slice(line.as_bytes());
            added += counts.added;
            deleted += counts.deleted;
        }
        out.push(b'\n');
    }
    out.extend_from_slice(totals(files.len(), added, deleted).as_bytes());
}

/// ` 2 files changed, 3 insertions(+), 1 deletion(-)`
fn totals(files: usize, added: u64, deleted: u64) -> String {
    if files == 0 {
        return " 0 files changed\n".into();
    }
    let plural = |n: u64| if n == 1 { "" } else { "s" };
    let mut line = format!(" {files} file{} changed", plural(files as u64));
    if added > 0 || deleted == 0 {
        line += &format!(", {added} insertion{}(+)", plural(added));
    }
    if deleted > 0 || added == 0 {
        line += &format!(", {deleted} deletion{}(-)", plural(deleted));
    }
    line + "\n"
}

/// Writes what happened to files besides lines changing: made, removed, renamed, made executable.
pub fn summary(out: &mut Vec<u8>, changes: &[Change]) {
    for change in changes {
        let name = quoted(b"", change.path());
        let mut line = |start: String, name: &[u8], end: &str| {
            out.extend_from_slice(start.as_bytes());
            out.extend_from_slice(name);
            out.extend_from_slice(end.as_bytes());
            out.push(b'\n');
        };
        match (&change.old, &change.new, change.from) {
            (None, Some((_, side)), _) => line(format!(" create mode {:06o} ", side.mode), &name, ""),
            (Some((_, side)), None, _) => line(format!(" delete mode {:06o} ", side.mode), &name, ""),
            (Some((_, old)), Some((_, new)), From::Place) if old.mode != new.mode => {
                line(format!(" mode change {:06o} => {:06o} ", old.mode, new.mode), &name, "");
            }
            (Some((_, old)), Some((_, new)), From::Rename(score) | From::Copy(score)) => {
                let verb = if matches!(change.from, From::Rename(_)) { "rename" } else { "copy" };
                let percent = u64::from(score) * 100 / u64::from(SAME);
                line(format!(" {verb} "), &display_name(change), &format!(" ({percent}%)"));
                if old.mode != new.mode {
                    line(format!(" mode change {:06o} => {:06o}", old.mode, new.mode), b"", "");
                }
            }
            _ => {}
        }
    }
}
