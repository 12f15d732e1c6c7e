//! Checks of a tree. This runs once for every entry of every tree of a history, so the common case is one
//! pass over the bytes without allocation.

use super::ids::Message;
use super::names::{CLASS, Meaning, SLASH, is_plain, meaning};
use super::report::Reporter;
use crate::{ObjectFormat, Oid};

/// Longest name of an entry.
const LONGEST_NAME: usize = 4096;

const BAD_TREE: &str = "cannot be parsed as a tree";

/// An entry that matters beyond its own tree.
pub(super) enum Named {
    /// A `.gitmodules`.
    Modules(Oid),
    /// A `.gitattributes`.
    Attributes(Oid),
}

/// What is remembered over the entries of one tree, since git reports each fault once.
#[derive(Default)]
struct Faults {
    null_oid: bool,
    full_path: bool,
    dot: bool,
    dot_dot: bool,
    dot_git: bool,
    zero_padded: bool,
    bad_mode: bool,
    duplicate: bool,
    unsorted: bool,
    large_name: bool,
}

/// Mode, name and the classes of the name's bytes.
struct Entry<'a> {
    mode: u32,
    name: &'a [u8],
    classes: u8,
}

/// Checks a tree; hands each entry's mode and id to `link`, and the special ones to `named`.
pub(super) fn check(
    data: &[u8],
    format: ObjectFormat,
    report: &mut Reporter<'_>,
    mut named: impl FnMut(Named),
    mut link: impl FnMut(u32, &Oid),
) {
    let mut faults = Faults::default();
    let mut order = Order::default();
    let mut rest = data;
    // The NUL before the last id also ends every search for a name's end.
    let ends_well = data.len().checked_sub(format.len() + 1).is_some_and(|at| data.get(at) == Some(&0));
    while !rest.is_empty() {
        let parsed = if ends_well { parse_entry(rest, format) } else { None };
        let Some((entry, oid, after)) = parsed else {
            report.note(Message::BadTree, BAD_TREE);
            if rest.len() == data.len() {
                return;
            }
            break;
        };
        faults.zero_padded |= rest.first() == Some(&b'0');
        faults.null_oid |= oid.is_zero();
        faults.full_path |= entry.classes & SLASH != 0;
        faults.large_name |= entry.name.len() > LONGEST_NAME;
        faults.bad_mode |= !matches!(entry.mode, 0o100_644 | 0o40_000 | 0o100_755 | 0o120_000 | 0o160_000);
        let first = entry.name.first().copied().unwrap_or_default();
        if !is_plain(first, entry.classes) {
            check_odd_name(&entry, &oid, &mut faults, report, &mut named);
        }
        match order.step(&entry) {
            Step::Sorted => {}
            Step::Unsorted => faults.unsorted = true,
            Step::Duplicate => faults.duplicate = true,
        }
        link(entry.mode, &oid);
        rest = after;
    }
    faults.tell(report);
}

/// Reads one entry; `None` where git cannot parse the tree.
#[inline]
fn parse_entry(bytes: &[u8], format: ObjectFormat) -> Option<(Entry<'_>, Oid, &[u8])> {
    let (mode, name) = split_mode(bytes)?;
    let (classes, len) = scan_name(name);
    let (name, tail) = name.split_at_checked(len).filter(|_| len > 0)?;
    let tail = tail.get(1..)?;
    // A length the compiler knows makes copying the id much cheaper.
    let (id, after) = match format {
        ObjectFormat::Sha1 => {
            tail.split_first_chunk::<20>().map(|(id, after)| (Oid::from_bytes(id), after))?
        }
        ObjectFormat::Sha256 => {
            tail.split_first_chunk::<32>().map(|(id, after)| (Oid::from_bytes(id), after))?
        }
    };
    Some((Entry { mode, name, classes }, id?, after))
}

/// The mode and what follows its blank.
#[inline]
fn split_mode(bytes: &[u8]) -> Option<(u32, &[u8])> {
    // Nearly every entry has one of these.
    if let Some(rest) = bytes.strip_prefix(b"100644 ") {
        return Some((0o100_644, rest));
    }
    if let Some(rest) = bytes.strip_prefix(b"40000 ") {
        return Some((0o40_000, rest));
    }
    let mut mode = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b' ' {
            return bytes.get(at + 1..).filter(|_| at > 0).map(|rest| (mode, rest));
        }
        let digit = byte.wrapping_sub(b'0');
        mode = mode << 3 | u32::from(digit);
        // git lets a mode over 16 bits wrap around into another one. Programs would disagree about what
        // such an entry is, so the tree counts as unreadable.
        if digit > 7 || mode > 0xffff {
            return None;
        }
    }
    None
}

/// The classes of a name's bytes, and its length up to the NUL.
#[inline]
fn scan_name(name: &[u8]) -> (u8, usize) {
    let mut classes = 0;
    for (len, &byte) in name.iter().enumerate() {
        if byte == 0 {
            return (classes, len);
        }
        classes |= CLASS[usize::from(byte)];
    }
    (classes, name.len())
}

/// Looks closer at a name that some file system could read differently.
#[cold]
fn check_odd_name(
    entry: &Entry<'_>,
    oid: &Oid,
    faults: &mut Faults,
    report: &mut Reporter<'_>,
    named: &mut impl FnMut(Named),
) {
    faults.dot |= entry.name == b".";
    faults.dot_dot |= entry.name == b"..";
    let Meaning { dot_git, modules, attributes, ignore, mailmap } = meaning(entry.name);
    faults.dot_git |= dot_git;
    if entry.mode & 0o170_000 != 0o120_000 {
        if modules {
            named(Named::Modules(*oid));
        }
        if attributes {
            named(Named::Attributes(*oid));
        }
        return;
    }
    for (is, message, text) in [
        (modules, Message::GitmodulesSymlink, ".gitmodules is a symbolic link"),
        (attributes, Message::GitattributesSymlink, ".gitattributes is a symlink"),
        (ignore, Message::GitignoreSymlink, ".gitignore is a symlink"),
        (mailmap, Message::MailmapSymlink, ".mailmap is a symlink"),
    ] {
        if is {
            report.note(message, text);
        }
    }
}

impl Faults {
    fn tell(&self, report: &mut Reporter<'_>) {
        for (is, message, text) in [
            (self.null_oid, Message::NullSha1, "contains entries pointing to null sha1"),
            (self.full_path, Message::FullPathname, "contains full pathnames"),
            (self.dot, Message::HasDot, "contains '.'"),
            (self.dot_dot, Message::HasDotdot, "contains '..'"),
            (self.dot_git, Message::HasDotgit, "contains '.git'"),
            (self.zero_padded, Message::ZeroPaddedFilemode, "contains zero-padded file modes"),
            (self.bad_mode, Message::BadFilemode, "contains bad file modes"),
            (self.duplicate, Message::DuplicateEntries, "contains duplicate file entries"),
            (self.unsorted, Message::TreeNotSorted, "not properly sorted"),
            (self.large_name, Message::LargePathname, "contains excessively large pathname"),
        ] {
            if is {
                report.note(message, text);
            }
        }
    }
}

enum Step {
    Sorted,
    Unsorted,
    Duplicate,
}

/// Compares each name with the one before, as paths: a directory's name ends with a slash.
///
/// That slash lets names between a file and the directory of the same name (`a`, `a.b`, `a/`), so files
/// that a directory may still collide with wait on a stack.
#[derive(Default)]
struct Order<'a> {
    previous: &'a [u8],
    previous_is_dir: bool,
    waiting: Vec<&'a [u8]>,
}

impl<'a> Order<'a> {
    #[inline]
    fn step(&mut self, entry: &Entry<'a>) -> Step {
        let is_dir = entry.mode & 0o170_000 == 0o40_000;
        let before = std::mem::replace(&mut self.previous, entry.name);
        let before_is_dir = std::mem::replace(&mut self.previous_is_dir, is_dir);
        // Names are not empty, so only the first entry has no name before it.
        let (Some(a), Some(b)) = (before.first(), entry.name.first()) else { return Step::Sorted };
        if a < b {
            return Step::Sorted;
        }
        let common = before.len().min(entry.name.len());
        match before[..common].cmp(&entry.name[..common]) {
            std::cmp::Ordering::Less => Step::Sorted,
            std::cmp::Ordering::Greater => Step::Unsorted,
            std::cmp::Ordering::Equal => {
                let last = byte_after(before, common, before_is_dir);
                let this = byte_after(entry.name, common, is_dir);
                self.step_from_prefix(before, last, entry.name, this)
            }
        }
    }

    /// One of the names begins with the other; `last` and `this` are the bytes that follow the shorter's end.
    fn step_from_prefix(&mut self, before: &'a [u8], last: Next, name: &'a [u8], this: Next) -> Step {
        if last.end && this.end {
            return Step::Duplicate;
        }
        if last.byte == 0 && below_slash(this.byte) {
            self.waiting.push(before);
        } else if this.byte == b'/' && below_slash(last.byte) && self.collides(name) {
            return Step::Duplicate;
        }
        if last.byte < this.byte { Step::Sorted } else { Step::Unsorted }
    }

    /// Whether a waiting file has the name of this directory.
    fn collides(&mut self, name: &[u8]) -> bool {
        while let Some(file) = self.waiting.pop() {
            let Some(more) = name.strip_prefix(file) else { continue };
            match more.first() {
                None => return true,
                Some(byte) if below_slash(*byte) => {
                    self.waiting.push(file);
                    return false;
                }
                Some(_) => {}
            }
        }
        false
    }
}

/// What follows a prefix of a path.
#[derive(Clone, Copy)]
struct Next {
    /// The name itself ends here.
    end: bool,
    /// The next byte; a slash after a directory's name, 0 after a file's.
    byte: u8,
}

fn byte_after(name: &[u8], at: usize, is_dir: bool) -> Next {
    match name.get(at) {
        Some(byte) => Next { end: false, byte: *byte },
        None => Next { end: true, byte: if is_dir { b'/' } else { 0 } },
    }
}

fn below_slash(byte: u8) -> bool {
    0 < byte && byte < b'/'
}
