//! Objects and packs written by hand: what stock git would never send.

use gitflare_git::{
    Kind, ObjectFormat, Oid, delta,
    hash::{Checksum, hash_object},
    pack::{EntryHeader, EntryKind, pack_header},
    zlib,
};

pub const SHA1: ObjectFormat = ObjectFormat::Sha1;

/// An object and its id.
#[derive(Debug, Clone)]
pub struct Made {
    pub oid: Oid,
    pub kind: Kind,
    pub data: Vec<u8>,
}

impl Made {
    /// The entry that stores it whole.
    pub fn whole(&self) -> Vec<u8> {
        entry(EntryKind::Whole(self.kind), &self.data)
    }

    /// The entry that stores it as a delta on an object named by id.
    pub fn on(&self, base: &Made) -> Vec<u8> {
        entry(EntryKind::Ref(base.oid), &delta::encode(&base.data, &self.data))
    }

    /// The entry that stores it as a delta on the entry this far back.
    pub fn behind(&self, base: &Made, distance: usize) -> Vec<u8> {
        entry(EntryKind::Ofs(distance as u64), &delta::encode(&base.data, &self.data))
    }
}

/// An object of this type.
pub fn made(kind: Kind, data: impl Into<Vec<u8>>) -> Made {
    let data = data.into();
    Made { oid: hash_object(SHA1, kind, &data).unwrap(), kind, data }
}

pub fn blob(data: impl Into<Vec<u8>>) -> Made {
    made(Kind::Blob, data)
}

/// A tree of mode, name and id, in the order given.
pub fn tree(entries: &[(&str, &str, Oid)]) -> Made {
    let mut data = Vec::new();
    for (mode, name, oid) in entries {
        data.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        data.extend_from_slice(oid.as_bytes());
    }
    made(Kind::Tree, data)
}

pub fn commit_of(tree: &Oid, parents: &[Oid], message: &str) -> Made {
    let mut text = format!("tree {tree}\n");
    parents.iter().for_each(|parent| text.push_str(&format!("parent {parent}\n")));
    let who = "Ada <ada@example.org> 1780000000 +0200";
    text.push_str(&format!("author {who}\ncommitter {who}\n\n{message}\n"));
    made(Kind::Commit, text)
}

pub fn tag_of(target: &Oid, kind: Kind, name: &str) -> Made {
    let who = "Ada <ada@example.org> 1780000000 +0200";
    made(Kind::Tag, format!("object {target}\ntype {}\ntag {name}\ntagger {who}\n\n{name}\n", kind.name()))
}

/// Blob, tree and commit of one small file.
pub fn small(content: &str) -> [Made; 3] {
    let blob = blob(content);
    let tree = tree(&[("100644", "file", blob.oid)]);
    let commit = commit_of(&tree.oid, &[], content);
    [blob, tree, commit]
}

/// One entry as it stands in a pack.
pub fn entry(kind: EntryKind, content: &[u8]) -> Vec<u8> {
    sized(kind, content.len() as u64, content)
}

/// One entry that declares `size`.
pub fn sized(kind: EntryKind, size: u64, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    EntryHeader { kind, size }.encode(&mut out);
    out.extend_from_slice(&zlib::deflate(content, 6));
    out
}

/// A pack of these entries.
pub fn pack_of(entries: &[Vec<u8>]) -> Vec<u8> {
    counted(entries.len() as u32, entries)
}

/// A pack of whole objects.
pub fn pack_whole(objects: &[Made]) -> Vec<u8> {
    pack_of(&objects.iter().map(Made::whole).collect::<Vec<_>>())
}

/// A pack that claims to hold `objects` entries.
pub fn counted(objects: u32, entries: &[Vec<u8>]) -> Vec<u8> {
    let mut out = pack_header(objects).to_vec();
    out.extend(entries.iter().flatten());
    sealed(out)
}

/// Appends the right trailer.
pub fn sealed(mut pack: Vec<u8>) -> Vec<u8> {
    let mut sum = Checksum::new(SHA1);
    sum.update(&pack);
    pack.extend_from_slice(sum.finish().as_bytes());
    pack
}

/// Bytes nobody can compress, the same for the same seed.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}
