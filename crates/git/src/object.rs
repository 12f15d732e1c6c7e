//! What the server reads from objects: the links between them and a few header fields.
//!
//! The parsers here accept what git itself can read; whether an object is well formed is `fsck`'s question.

use std::cmp::Ordering;

use crate::error::bad;
use crate::{ObjectFormat, Oid, Result};

/// The four types of object. The numbers are their codes in packs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A commit.
    Commit = 1,
    /// A directory.
    Tree = 2,
    /// The content of a file.
    Blob = 3,
    /// An annotated tag.
    Tag = 4,
}

impl Kind {
    /// The name git uses in object headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The type with this name, if there is one.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        match name {
            b"commit" => Some(Self::Commit),
            b"tree" => Some(Self::Tree),
            b"blob" => Some(Self::Blob),
            b"tag" => Some(Self::Tag),
            _ => None,
        }
    }

    /// The type with this code in a pack, if it is one of a whole object.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Commit),
            2 => Some(Self::Tree),
            3 => Some(Self::Blob),
            4 => Some(Self::Tag),
            _ => None,
        }
    }
}

/// What the graph needs of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitHead {
    /// The root directory.
    pub tree: Oid,
    /// The parents, in order.
    pub parents: Vec<Oid>,
    /// When it was committed, in seconds since 1970; 0 if that cannot be read.
    pub time: i64,
}

/// Reads the links and the commit time of a commit.
pub fn commit_head(data: &[u8], format: ObjectFormat) -> Result<CommitHead> {
    let (tree, mut rest) = link(data, b"tree ", format).ok_or_else(|| bad("bogus commit object"))?;
    let mut parents = Vec::new();
    while let Some((parent, after)) = link(rest, b"parent ", format) {
        parents.push(parent);
        rest = after;
    }
    if rest.starts_with(b"parent ") {
        return Err(bad("bad parents in commit"));
    }
    Ok(CommitHead { tree, parents, time: committer_time(rest) })
}

/// Reads a line of a keyword and an id; the rest starts behind its newline.
fn link<'a>(data: &'a [u8], keyword: &[u8], format: ObjectFormat) -> Option<(Oid, &'a [u8])> {
    let (hex, rest) = data.strip_prefix(keyword)?.split_at_checked(format.len() * 2)?;
    Some((Oid::from_hex(hex)?, rest.strip_prefix(b"\n")?))
}

/// The time in the `committer` header of what follows the parents, as git reads it: 0 where it cannot.
fn committer_time(data: &[u8]) -> i64 {
    headers(data).find_map(|line| line.strip_prefix(b"committer ")).map_or(0, ident_time)
}

/// The lines before the first empty one.
fn headers(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|&byte| byte == b'\n').take_while(|line| !line.is_empty())
}

/// The seconds behind the last `>` of `Name <mail> seconds zone`.
fn ident_time(ident: &[u8]) -> i64 {
    let Some(mail_end) = ident.iter().rposition(|&byte| byte == b'>') else { return 0 };
    let digits = ident.get(mail_end + 1..).unwrap_or_default().trim_ascii_start();
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let digits = digits.get(..end).unwrap_or_default();
    std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// What the graph needs of an annotated tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagHead {
    /// The object it names.
    pub target: Oid,
    /// The type of that object.
    pub kind: Kind,
    /// The name in the tag itself, which need not be the name of its ref.
    pub name: Vec<u8>,
}

/// Reads what a tag points at.
pub fn tag_head(data: &[u8], format: ObjectFormat) -> Result<TagHead> {
    tag_fields(data, format).ok_or_else(|| bad("bogus tag object"))
}

fn tag_fields(data: &[u8], format: ObjectFormat) -> Option<TagHead> {
    let (target, rest) = link(data, b"object ", format)?;
    let mut lines = rest.split(|&byte| byte == b'\n');
    let kind = Kind::from_name(lines.next()?.strip_prefix(b"type ")?)?;
    let name = lines.next()?.strip_prefix(b"tag ")?.to_vec();
    Some(TagHead { target, kind, name })
}

/// One entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// The file mode.
    pub mode: u32,
    /// The name, without a slash in well-formed trees.
    pub name: &'a [u8],
    /// The object, which for a submodule is a commit of another repository.
    pub oid: Oid,
}

const TYPE_MASK: u32 = 0o170_000;

impl TreeEntry<'_> {
    /// Whether this is a directory.
    pub const fn is_tree(&self) -> bool {
        self.mode & TYPE_MASK == 0o040_000
    }

    /// Whether this is a submodule: its object is not in this repository.
    pub const fn is_gitlink(&self) -> bool {
        self.mode & TYPE_MASK == 0o160_000
    }

    /// Whether this is a symbolic link.
    pub const fn is_symlink(&self) -> bool {
        self.mode & TYPE_MASK == 0o120_000
    }

    /// The mode as git compares and shows it: of the permissions of a file only whether its owner may run it counts.
    pub const fn canonical_mode(&self) -> u32 {
        match self.mode & TYPE_MASK {
            0o100_000 if self.mode & 0o100 != 0 => 0o100_755,
            0o100_000 => 0o100_644,
            0o120_000 => 0o120_000,
            0o040_000 => 0o040_000,
            _ => 0o160_000,
        }
    }
}

/// The order of entries in trees: folders sort as if their name ended with a slash.
pub fn order(one: &TreeEntry<'_>, other: &TreeEntry<'_>) -> Ordering {
    let common = one.name.len().min(other.name.len());
    let byte = |entry: &TreeEntry<'_>| entry.name.get(common).copied().or(entry.is_tree().then_some(b'/'));
    let (start, other_start) = (one.name.iter().take(common), other.name.iter().take(common));
    start
        .cmp(other_start)
        .then_with(|| byte(one).cmp(&byte(other)))
        .then_with(|| (one.name.len(), one.is_tree()).cmp(&(other.name.len(), other.is_tree())))
}

/// Reads the entries of a tree, in their order. After an error it yields nothing more.
pub fn tree_entries(data: &[u8], format: ObjectFormat) -> TreeEntries<'_> {
    TreeEntries { rest: data, format }
}

/// The entries of a tree: see [`tree_entries`].
#[derive(Clone, Debug)]
pub struct TreeEntries<'a> {
    rest: &'a [u8],
    format: ObjectFormat,
}

impl<'a> TreeEntries<'a> {
    fn entry(&self) -> Result<(TreeEntry<'a>, &'a [u8])> {
        let (mode, rest) = octal(self.rest).ok_or_else(|| bad("malformed mode in tree entry"))?;
        let end = rest.iter().position(|&byte| byte == 0).ok_or_else(|| bad("too-short tree object"))?;
        let (name, rest) = rest.split_at(end);
        if name.is_empty() {
            return Err(bad("empty filename in tree entry"));
        }
        let split = rest.get(1..).and_then(|rest| rest.split_at_checked(self.format.len()));
        let (oid, rest) = split.ok_or_else(|| bad("too-short tree object"))?;
        let oid = Oid::from_bytes(oid).ok_or_else(|| bad("too-short tree object"))?;
        Ok((TreeEntry { mode, name, oid }, rest))
    }
}

impl<'a> Iterator for TreeEntries<'a> {
    type Item = Result<TreeEntry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match self.entry() {
            Ok((entry, rest)) => {
                self.rest = rest;
                Some(Ok(entry))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

/// Reads octal digits up to a space.
fn octal(data: &[u8]) -> Option<(u32, &[u8])> {
    let end = data.iter().take(12).position(|&byte| byte == b' ').filter(|&end| end > 0)?;
    let (digits, rest) = data.split_at_checked(end)?;
    let mut mode: u32 = 0;
    for &digit in digits {
        if !(b'0'..=b'7').contains(&digit) {
            return None;
        }
        mode = mode.checked_mul(8)? + u32::from(digit - b'0');
    }
    Some((mode, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_sort_with_a_slash() {
        let oid = Oid::from_bytes(&[1; 20]).unwrap();
        let file = |name| TreeEntry { mode: 0o100_644, name, oid };
        let folder = |name| TreeEntry { mode: 0o040_000, name, oid };
        let sorted = [file(b"a"), file(b"a-b"), folder(b"a"), file(b"a0"), file(b"ab")];
        for (at, one) in sorted.iter().enumerate() {
            for (there, other) in sorted.iter().enumerate() {
                assert_eq!(order(one, other), at.cmp(&there), "{at} {there}");
            }
        }
    }
}
