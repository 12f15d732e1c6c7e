//! Which file names some file system takes for one of git's own.
//!
//! HFS+ folds case and skips certain code points; NTFS folds case, drops trailing dots and spaces, knows
//! streams (`.git::$INDEX_ALLOCATION`) and short names (`git~1`), and separates with backslashes. A clone
//! can happen on either, so every name is tried as both.

/// What a tree entry's name stands for on some file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) dot_git: bool,
    pub(super) modules: bool,
    pub(super) attributes: bool,
    pub(super) ignore: bool,
    pub(super) mailmap: bool,
}

/// A dot file, without its dot, and the stem NTFS falls back to when the plain short names are taken.
struct DotFile {
    name: &'static [u8],
    fallback: &'static [u8; 6],
}

const MODULES: DotFile = DotFile { name: b"gitmodules", fallback: b"gi7eba" };
const ATTRIBUTES: DotFile = DotFile { name: b"gitattributes", fallback: b"gi7d29" };
const IGNORE: DotFile = DotFile { name: b"gitignore", fallback: b"gi250a" };
const MAILMAP: DotFile = DotFile { name: b"mailmap", fallback: b"maba30" };

/// The slow look at a name; [`is_plain`] says when it is not needed.
pub(super) fn meaning(name: &[u8]) -> Meaning {
    let hfs = hfs_dot_name(name);
    let is = |file: &DotFile| hfs.is(file.name) || ntfs_dot_file(name, file);
    let mut meaning = Meaning {
        dot_git: hfs.is(b"git") || ntfs_dot_git(name),
        modules: is(&MODULES),
        attributes: is(&ATTRIBUTES),
        ignore: is(&IGNORE),
        mailmap: is(&MAILMAP),
    };
    // Windows takes what follows a backslash for a name of its own. git looks for these two there.
    for (at, _) in name.iter().enumerate().filter(|(_, byte)| **byte == b'\\') {
        let part = name.get(at + 1..).unwrap_or_default();
        meaning.dot_git |= ntfs_dot_git(part);
        meaning.modules |= ntfs_dot_file(part, &MODULES);
    }
    meaning
}

/// A byte anywhere in a name that calls for [`meaning`]: a short name's tilde, a backslash.
pub(super) const ODD: u8 = 1;
/// A slash.
pub(super) const SLASH: u8 = 2;

/// Class of each byte of a name, to be or-ed together.
pub(super) static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    table[b'~' as usize] = ODD;
    table[b'\\' as usize] = ODD;
    table[b'/' as usize] = SLASH;
    table
};

/// Whether a name with these first byte and byte classes can mean nothing but itself: without a dot (or a
/// code point that HFS+ skips, all of which begin with one of two bytes), a tilde or a backslash.
pub(super) const fn is_plain(first: u8, classes: u8) -> bool {
    classes & ODD == 0 && !matches!(first, b'.' | 0xe2 | 0xef)
}

/// A name as HFS+ compares it: lower case, skipped code points gone, cut at the first slash or bad UTF-8.
struct HfsName {
    bytes: [u8; 16],
    len: usize,
    /// False if it has other characters than ASCII, or more than any name of interest.
    comparable: bool,
}

impl HfsName {
    fn is(&self, name: &[u8]) -> bool {
        self.comparable && self.bytes.get(..self.len).and_then(|own| own.strip_prefix(b".")) == Some(name)
    }
}

fn hfs_dot_name(name: &[u8]) -> HfsName {
    let mut folded = HfsName { bytes: [0; 16], len: 0, comparable: true };
    // Bad UTF-8 ends the name for git: what precedes it is compared.
    let text = match std::str::from_utf8(name) {
        Ok(text) => text,
        Err(error) => {
            name.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or("")
        }
    };
    for c in text.chars() {
        match c {
            '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}' => {
                continue;
            }
            // Not characters; git's decoder calls them malformed.
            '/' | '\u{fffe}' | '\u{ffff}' => break,
            _ => {}
        }
        match folded.bytes.get_mut(folded.len) {
            Some(slot) if c.is_ascii() => *slot = (c as u8).to_ascii_lowercase(),
            _ => {
                folded.comparable = false;
                break;
            }
        }
        folded.len += 1;
        if folded.bytes[0] != b'.' {
            folded.comparable = false;
            break;
        }
    }
    folded
}

/// Whether NTFS could take this, or what precedes a separator in it, for `.git`.
fn ntfs_dot_git(name: &[u8]) -> bool {
    let Some(rest) = strip_ignoring_case(name, b".git").or_else(|| strip_ignoring_case(name, b"git~1"))
    else {
        return false;
    };
    let end = rest.iter().position(|byte| !matches!(byte, b'.' | b' '));
    end.and_then(|at| rest.get(at)).is_none_or(|byte| matches!(byte, b'/' | b'\\' | b':'))
}

/// Whether NTFS could take this for one of git's dot files.
fn ntfs_dot_file(name: &[u8], file: &DotFile) -> bool {
    let dotted = name.strip_prefix(b".").and_then(|rest| strip_ignoring_case(rest, file.name));
    if let Some(rest) = dotted {
        return only_padding(rest);
    }
    short_name(name, file).or_else(|| fallback_name(name, file)).is_some_and(only_padding)
}

/// After `gitmod~1` to `gitmod~4`.
fn short_name<'a>(name: &'a [u8], file: &DotFile) -> Option<&'a [u8]> {
    let stem = file.name.get(..6).unwrap_or(file.name);
    match strip_ignoring_case(name, stem)? {
        [b'~', b'1'..=b'4', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// After `gi7eba~1`, `gi7eb~12` and so on: eight bytes, of which any number of the stem, a tilde, and digits.
fn fallback_name<'a>(name: &'a [u8], file: &DotFile) -> Option<&'a [u8]> {
    let (short, rest) = name.split_at_checked(8)?;
    let tilde = short.iter().position(|byte| *byte == b'~')?;
    let (stem, number) = (short.get(..tilde)?, short.get(tilde + 1..)?);
    let good_stem = file.fallback.get(..tilde).is_some_and(|own| own.eq_ignore_ascii_case(stem));
    let good_number =
        number.first().is_some_and(|byte| *byte != b'0') && number.iter().all(u8::is_ascii_digit);
    (good_stem && good_number).then_some(rest)
}

/// Whether only what NTFS drops follows: dots, spaces, a stream.
fn only_padding(rest: &[u8]) -> bool {
    rest.iter().find(|byte| !matches!(byte, b' ' | b'.')).is_none_or(|byte| *byte == b':')
}

fn strip_ignoring_case<'a>(name: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = name.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}
