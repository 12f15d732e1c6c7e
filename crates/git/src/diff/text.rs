//! Patches as text, which `git apply` and `git am` read.

use super::{
    Hunk, Lines, Spaces, binary, edits,
    hunks::{Line, heading, hunks},
    is_binary,
    rename::{Change, From, SAME},
    stat::Counts,
    tree::Side,
};
use crate::Oid;

/// How patches are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Lines around changes.
    pub context: u32,
    /// What counts as the same line.
    pub spaces: Spaces,
    /// Digits of ids.
    pub digits: usize,
    /// Whether files that are not text are written so that they can be applied, or only mentioned.
    pub binary: bool,
    /// Bytes of a file beyond which it is treated as one that is not text.
    pub largest: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { context: 3, spaces: Spaces::Count, digits: 7, binary: true, largest: 8 << 20 }
    }
}

/// What a side of a change holds: nothing where there is no file, a line for a submodule.
pub fn content<'a>(side: Option<&(Vec<u8>, Side)>, blob: &'a [u8], line: &'a mut Vec<u8>) -> &'a [u8] {
    match side {
        None => b"",
        Some((_, side)) if side.is_gitlink() => {
            *line = format!("Subproject commit {}\n", side.oid).into_bytes();
            line
        }
        Some(_) => blob,
    }
}

/// Counts what changed in a file, as `--numstat` does.
pub fn counts(old: &[u8], new: &[u8], style: Style) -> Counts {
    if is_opaque(old, new, style) {
        let same = old == new;
        let size = |data: &[u8]| if same { 0 } else { data.len() as u64 };
        return Counts { added: size(new), deleted: size(old), is_binary: true };
    }
    let (old, new) = (Lines::new(old, style.spaces), Lines::new(new, style.spaces));
    let mut counts = Counts::default();
    for edit in edits(&old, &new) {
        counts.added += u64::from(edit.new.end - edit.new.start);
        counts.deleted += u64::from(edit.old.end - edit.old.start);
    }
    counts
}

fn is_opaque(old: &[u8], new: &[u8], style: Style) -> bool {
    is_binary(old) || is_binary(new) || old.len().max(new.len()) > style.largest
}

/// Writes the patch of one file. `old` and `new` are what it held and holds.
pub fn write(out: &mut Vec<u8>, change: &Change, old: &[u8], new: &[u8], style: Style) {
    let kind = |side: &Option<(Vec<u8>, Side)>| side.as_ref().map(|(_, side)| side.mode & 0o170_000);
    let kinds = kind(&change.old).zip(kind(&change.new));
    if kinds.is_some_and(|(old, new)| old != new) {
        // A file that became a link is one file gone and another one made.
        let gone = Change { new: None, from: From::Place, ..change.clone() };
        let made = Change { old: None, from: From::Place, ..change.clone() };
        write(out, &gone, old, b"", style);
        write(out, &made, b"", new, style);
        return;
    }
    let start = out.len();
    header(out, change, old, new, style);
    let must_show = out.len();
    if is_opaque(old, new, style) {
        if old != new {
            opaque(out, change, old, new, style);
        }
    } else {
        let (old, new) = (Lines::new(old, style.spaces), Lines::new(new, style.spaces));
        let found = hunks(&edits(&old, &new), style.context, old.len(), new.len());
        if !found.is_empty() {
            names(out, change);
            found.iter().for_each(|hunk| write_hunk(out, hunk, &old, &new));
        }
    }
    let is_plain = match (&change.old, &change.new) {
        (Some((_, old)), Some((_, new))) => old.mode == new.mode && change.from == From::Place,
        _ => false,
    };
    if is_plain && out.len() == must_show {
        // Nothing but white space, which does not count.
        out.truncate(start);
    }
}

fn header(out: &mut Vec<u8>, change: &Change, old: &[u8], new: &[u8], style: Style) {
    let of = change.old.as_ref().map_or(change.path(), |(path, _)| path);
    let line = |out: &mut Vec<u8>, parts: &[&[u8]]| {
        parts.iter().for_each(|part| out.extend_from_slice(part));
        out.push(b'\n');
    };
    line(out, &[b"diff --git ", &quoted(b"a/", of), b" ", &quoted(b"b/", change.path())]);
    match (&change.old, &change.new) {
        (None, Some((_, side))) => line(out, &[format!("new file mode {:06o}", side.mode).as_bytes()]),
        (Some((_, side)), None) => line(out, &[format!("deleted file mode {:06o}", side.mode).as_bytes()]),
        (Some((_, one)), Some((_, other))) if one.mode != other.mode => {
            line(out, &[format!("old mode {:06o}", one.mode).as_bytes()]);
            line(out, &[format!("new mode {:06o}", other.mode).as_bytes()]);
        }
        _ => {}
    }
    if let From::Rename(score) | From::Copy(score) = change.from {
        let verb: &[u8] = if matches!(change.from, From::Rename(_)) { b"rename" } else { b"copy" };
        let percent = u64::from(score) * 100 / u64::from(SAME);
        line(out, &[format!("similarity index {percent}%").as_bytes()]);
        line(out, &[verb, b" from ", &quoted(b"", of)]);
        line(out, &[verb, b" to ", &quoted(b"", change.path())]);
    }
    let oid = |side: &Option<(Vec<u8>, Side)>| side.as_ref().map(|(_, side)| side.oid);
    let (one, other) = (oid(&change.old), oid(&change.new));
    if one != other {
        let whole = style.binary && is_opaque(old, new, style);
        let format = one.or(other).map_or(crate::ObjectFormat::Sha1, |oid| oid.format());
        let zero = Oid::zero(format);
        let hex = |oid: Option<Oid>| {
            let mut hex = oid.unwrap_or(zero).to_hex();
            hex.truncate(if whole { hex.len() } else { style.digits });
            hex
        };
        let mode = match (&change.old, &change.new) {
            (Some((_, one)), Some((_, other))) if one.mode == other.mode => format!(" {:06o}", one.mode),
            _ => String::new(),
        };
        line(out, &[format!("index {}..{}{mode}", hex(one), hex(other)).as_bytes()]);
    }
}

/// The two lines before the first hunk.
fn names(out: &mut Vec<u8>, change: &Change) {
    let sides = [(&b"--- "[..], &b"a/"[..], &change.old), (b"+++ ", b"b/", &change.new)];
    for (mark, prefix, side) in sides {
        out.extend_from_slice(mark);
        match side {
            None => out.extend_from_slice(b"/dev/null"),
            Some((path, _)) => {
                out.extend_from_slice(&quoted(prefix, path));
                if path.contains(&b' ') {
                    out.push(b'\t');
                }
            }
        }
        out.push(b'\n');
    }
}

fn opaque(out: &mut Vec<u8>, change: &Change, old: &[u8], new: &[u8], style: Style) {
    if style.binary {
        binary::write(out, old, new);
        return;
    }
    let name = |prefix: &[u8], side: &Option<(Vec<u8>, Side)>| {
        side.as_ref().map_or(b"/dev/null".to_vec(), |(path, _)| quoted(prefix, path))
    };
    let (a, b) = (name(b"a/", &change.old), name(b"b/", &change.new));
    out.extend_from_slice(&[b"Binary files ", a.as_slice(), b" and ", &b, b" differ\n"].concat());
}

/// Writes a hunk with its heading.
pub fn write_hunk(out: &mut Vec<u8>, hunk: &Hunk, old: &Lines<'_>, new: &Lines<'_>) {
    out.extend_from_slice(b"@@ -");
    out.extend_from_slice(range(&hunk.old).as_bytes());
    out.extend_from_slice(b" +");
    out.extend_from_slice(range(&hunk.new).as_bytes());
    out.extend_from_slice(b" @@");
    if let Some(heading) = heading(old, hunk.old.start) {
        out.push(b' ');
        out.extend_from_slice(heading);
    }
    out.push(b'\n');
    for line in hunk.lines() {
        let (sign, text) = match line {
            // With white space ignored the two may differ: what is shown is what is there now.
            Line::Context(_, n) => (b' ', new.get(n as usize)),
            Line::Removed(n) => (b'-', old.get(n as usize)),
            Line::Added(n) => (b'+', new.get(n as usize)),
        };
        out.push(sign);
        out.extend_from_slice(text);
        if !text.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// `3,5`, counting from 1; an empty range names the line before it.
fn range(lines: &std::ops::Range<u32>) -> String {
    match lines.end - lines.start {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

/// A name as git prints it: in quotes, with escapes, where it holds anything unusual.
pub fn quoted(prefix: &[u8], name: &[u8]) -> Vec<u8> {
    let is_plain = |byte: &u8| (b' '..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\';
    if name.iter().all(is_plain) {
        return [prefix, name].concat();
    }
    let mut out = [b"\"", prefix].concat();
    for byte in name {
        match byte {
            0x07 => out.extend_from_slice(b"\\a"),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0b => out.extend_from_slice(b"\\v"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            byte if is_plain(byte) => out.push(*byte),
            byte => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
    out.push(b'"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusual_names_are_quoted() {
        assert_eq!(quoted(b"a/", b"plain name"), b"a/plain name");
        assert_eq!(quoted(b"a/", "ü\t\"".as_bytes()), br#""a/\303\274\t\"""#);
    }

    #[test]
    fn ranges_count_from_one() {
        assert_eq!([range(&(0..0)), range(&(4..5)), range(&(4..9))], ["0,0", "5", "5,5"]);
    }
}
