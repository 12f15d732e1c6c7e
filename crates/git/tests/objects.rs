//! Ids, object heads, zlib, gzip and deltas: known values, hand-built and hostile input.

use gitflare_git::hash::{Checksum, ObjectHasher, hash_object};
use gitflare_git::object::{commit_head, tag_head, tree_entries};
use gitflare_git::zlib::{Deflater, Gunzip, Inflater, deflate, inflate_exact, inflate_into};
use gitflare_git::{Error, Kind, ObjectFormat, Oid, delta};
use proptest::prelude::*;

const SHA1: ObjectFormat = ObjectFormat::Sha1;
const SHA256: ObjectFormat = ObjectFormat::Sha256;

fn bad<T>(text: &str) -> Result<T, Error> {
    Err(Error::Bad(text.into()))
}

#[test]
fn known_ids() {
    let cases = [
        (SHA1, Kind::Tree, &b""[..], "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        (SHA1, Kind::Blob, b"", "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (SHA1, Kind::Blob, b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"),
        (SHA256, Kind::Tree, b"", "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"),
        (SHA256, Kind::Blob, b"", "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"),
    ];
    for (format, kind, data, id) in cases {
        assert_eq!(hash_object(format, kind, data).unwrap().to_hex(), id);
    }
    let mut pieces = ObjectHasher::new(SHA1, Kind::Blob, 6);
    for byte in b"hello\n" {
        pieces.update(&[*byte]);
    }
    assert_eq!(pieces.finish().unwrap().to_hex(), "ce013625030ba8dba906f756967f9e9ca394464a");
    assert_eq!(Checksum::new(SHA1).finish().to_hex(), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Checksum::new(SHA256).finish().to_hex(), empty);
}

#[test]
fn kinds_have_names_and_codes() {
    for (code, kind) in [(1, Kind::Commit), (2, Kind::Tree), (3, Kind::Blob), (4, Kind::Tag)] {
        assert_eq!((kind as u8, Kind::from_code(code)), (code, Some(kind)));
        assert_eq!(Kind::from_name(kind.name().as_bytes()), Some(kind));
    }
    assert_eq!((Kind::from_code(0), Kind::from_code(6), Kind::from_name(b"Blob")), (None, None, None));
}

#[test]
fn commits_tell_their_links_and_time() {
    let (one, two) = ("11".repeat(20), "22".repeat(20));
    let ident = "Ada > B <ada@example.org> 1700000000 +0100";
    let text =
        format!("tree {one}\nparent {two}\nparent {one}\nauthor {ident}\ncommitter {ident}\n\ncommitter x\n");
    let head = commit_head(text.as_bytes(), SHA1).unwrap();
    assert_eq!(head.tree.to_hex(), one);
    assert_eq!(head.parents.iter().map(Oid::to_hex).collect::<Vec<_>>(), [two.clone(), one.clone()]);
    assert_eq!(head.time, 1_700_000_000);
    let timeless = format!("tree {one}\nauthor x\n\ncommitter {ident}\n");
    assert_eq!(commit_head(timeless.as_bytes(), SHA1).unwrap().time, 0);
    for (text, message) in [
        (String::new(), "bogus commit object"),
        (format!("tree {one}"), "bogus commit object"),
        (format!("tree {}\n", "zz".repeat(20)), "bogus commit object"),
        (format!("tree {one}\nparent {two}x\n"), "bad parents in commit"),
    ] {
        assert_eq!(commit_head(text.as_bytes(), SHA1), bad(message), "{text}");
    }
    assert_eq!(commit_head(text.as_bytes(), SHA256), bad("bogus commit object"));
}

#[test]
fn tags_tell_their_target() {
    let id = "ab".repeat(32);
    let head = tag_head(format!("object {id}\ntype tree\ntag v1\ntagger x\n\n").as_bytes(), SHA256).unwrap();
    assert_eq!((head.target.to_hex(), head.kind, head.name.as_slice()), (id.clone(), Kind::Tree, &b"v1"[..]));
    for text in [String::new(), format!("object {id}\n"), format!("object {id}\ntype x\ntag v\n")] {
        assert_eq!(tag_head(text.as_bytes(), SHA256), bad("bogus tag object"));
    }
}

#[test]
fn trees_tell_their_entries() {
    let mut tree = Vec::new();
    for (mode, name) in [("100644", "a"), ("40000", "dir"), ("120000", "link"), ("160000", "sub")] {
        tree.extend(format!("{mode} {name}\0").bytes());
        tree.extend([name.len() as u8; 20]);
    }
    let entries: Vec<_> = tree_entries(&tree, SHA1).map(Result::unwrap).collect();
    assert_eq!(
        entries.iter().map(|entry| entry.name).collect::<Vec<_>>(),
        [&b"a"[..], b"dir", b"link", b"sub"]
    );
    assert_eq!(
        entries.iter().map(|entry| entry.mode).collect::<Vec<_>>(),
        [0o100_644, 0o40_000, 0o120_000, 0o160_000]
    );
    assert!(
        entries[1].is_tree() && entries[2].is_symlink() && entries[3].is_gitlink() && !entries[0].is_tree()
    );
    assert_eq!(entries[1].oid.as_bytes(), [3; 20]);
    for (data, message) in [
        (&tree[..tree.len() - 1], "too-short tree object"),
        (b"100644 a", "too-short tree object"),
        (b"100644", "malformed mode in tree entry"),
        (b" a\0", "malformed mode in tree entry"),
        (b"9 a\0", "malformed mode in tree entry"),
        (b"77777777777 a\0", "malformed mode in tree entry"),
        (b"1 \0", "empty filename in tree entry"),
    ] {
        let mut entries = tree_entries(data, SHA1).skip_while(Result::is_ok);
        assert_eq!(entries.next(), Some(bad(message)));
        assert_eq!(entries.next(), None);
    }
}

#[test]
fn streams_of_another_size_are_refused() {
    let stream = deflate(&vec![5; 100_000], 6);
    let (data, used) = inflate_exact(&[&stream[..], b"after"].concat(), 100_000).unwrap();
    assert_eq!((data, used), (vec![5; 100_000], stream.len()));
    for size in [0, 99_999, 100_001] {
        assert_eq!(inflate_exact(&stream, size), bad("inflate: wrong size"));
    }
    assert_eq!(inflate_exact(&stream[..stream.len() - 1], 100_000), bad("inflate: data stream is truncated"));
    assert_eq!(inflate_exact(b"", 0), bad("inflate: data stream is truncated"));
    assert_eq!(inflate_exact(b"no zlib", 0), bad("inflate: data stream error"));
    assert_eq!(inflate_exact(&deflate(b"", 9), 0).unwrap().0, b"");
    // A buffer with room for more than the stream may give changes nothing.
    let mut out = Vec::with_capacity(1 << 20);
    let mut inflater = Inflater::new();
    assert_eq!(inflate_into(&mut inflater, &stream, &mut out, 10), bad("inflate: wrong size"));
    assert_eq!(inflate_into(&mut inflater, &stream, &mut out, 100_000), Ok(stream.len()));
    assert_eq!(
        inflate_into(&mut inflater, &stream, &mut out, usize::MAX),
        Err(Error::TooLarge("object too large".into()))
    );
}

/// A gzip file around one deflated stream.
fn gzip(data: &[u8]) -> Vec<u8> {
    let zlib = deflate(data, 6);
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    out.extend(&zlib[2..zlib.len() - 4]);
    out.extend(crc32fast::hash(data).to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    out
}

fn gunzip(bytes: &[u8], limit: u64, piece: usize) -> Result<Vec<u8>, Error> {
    let mut gunzip = Gunzip::new(limit);
    let mut out = Vec::new();
    for piece in bytes.chunks(piece) {
        gunzip.feed(piece, &mut out)?;
        assert!(out.len() as u64 <= limit);
    }
    gunzip.finish().map(|()| out)
}

#[test]
fn gzip_is_bounded_and_checked() {
    let data: Vec<u8> = (0..200_000_u32).map(|number| (number.wrapping_mul(number) >> 9) as u8).collect();
    let bytes = gzip(&data);
    let with = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    for piece in [1, 1000, usize::MAX] {
        assert_eq!(gunzip(&bytes, 200_000, piece).unwrap(), data);
        assert_eq!(gunzip(&gzip(b""), 0, piece).unwrap(), b"");
        let over = gunzip(&bytes, 199_999, piece).unwrap_err();
        assert_eq!(over, Error::TooLarge("request inflates to more than 199999 bytes".into()));
        assert_eq!(gunzip(&bytes[..bytes.len() - 1], 1 << 20, piece), bad("gzip stream is truncated"));
        assert_eq!(gunzip(&with(bytes.len() - 1), 1 << 20, piece), bad("request was not valid gzip"));
        assert_eq!(gunzip(&with(bytes.len() - 5), 1 << 20, piece), bad("request was not valid gzip"));
        assert_eq!(gunzip(&with(0), 1 << 20, piece), bad("request was not valid gzip"));
        let after = [&bytes[..], b"x"].concat();
        assert_eq!(gunzip(&after, 1 << 20, piece), bad("bytes after the end of the gzip stream"));
    }
    assert_eq!(gunzip(b"", 10, 1), bad("gzip stream is truncated"));
    let bomb = gunzip(&gzip(&vec![0; 50_000_000]), 1 << 20, 500).unwrap_err();
    assert_eq!(bomb, Error::TooLarge("request inflates to more than 1048576 bytes".into()));
}

fn apply(base: &[u8], delta: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = b"old".to_vec();
    delta::apply(base, delta, &mut out).map(|()| out)
}

/// The same from a delta that comes in pieces of `cut` bytes.
fn stream(base: &[u8], delta: &[u8], cut: usize) -> Result<Vec<u8>, Error> {
    let mut instructions = delta::Instructions::new(base.len() as u64);
    let mut out = Vec::new();
    for mut piece in delta.chunks(cut) {
        while let Some(step) = instructions.next(&mut piece)? {
            match step {
                delta::Step::Insert(bytes) => out.extend_from_slice(bytes),
                delta::Step::Copy { offset, length } => {
                    out.extend_from_slice(&base[offset as usize..][..length as usize]);
                }
            }
        }
        assert!(piece.is_empty());
    }
    instructions.finish().map(|()| out)
}

#[test]
fn hand_built_deltas() {
    let base = b"0123456789";
    assert_eq!(delta::sizes(&[10, 7, 0x91]), Ok((10, 7, 2)));
    assert_eq!(delta::sizes(&[0x80, 0x01, 0xff, 0x7f]), Ok((128, 16_383, 4)));
    let insert_and_copy = [10, 8, 3, b'a', b'b', b'c', 0x91, 4, 3, 0x90, 2];
    assert_eq!(apply(base, &insert_and_copy).unwrap(), b"abc45601");
    assert_eq!(apply(b"", &[0, 0]).unwrap(), b"");
    // Each byte of offset and length may stand or be left out; a length of 0 means 64 KiB.
    let long: Vec<u8> = (0..0x3_0000_u32).map(|number| (number >> 8) as u8).collect();
    let sizes = [0x80, 0x80, 0x0c];
    let copy = |result: &[u8], ops: &[u8]| apply(&long, &[&sizes, result, ops].concat());
    assert!(copy(&[0x80, 0x80, 0x04], &[0x84, 1]).unwrap() == long[0x1_0000..0x2_0000]);
    assert!(copy(&[0x81, 0x80, 0x08], &[0xd2, 2, 1, 2]).unwrap() == long[0x200..0x2_0201]);
    assert!(copy(&[0x81, 0x80, 0x08], &[0xd4, 2, 1, 2]) == bad("delta copies beyond its base"));
    assert!(copy(&[0x80, 0x02], &[0xa2, 2, 1]).unwrap() == long[0x200..0x300]);
}

#[test]
fn hostile_deltas_are_refused() {
    let base = b"0123456789";
    let cases: [(&[u8], &str); 14] = [
        (&[], "delta is truncated"),
        (&[10], "delta is truncated"),
        (&[10, 0x80], "delta is truncated"),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0], "delta is truncated"),
        (&[9, 1, 0x90, 1], "delta base has another size"),
        (&[10, 1, 0x90, 11], "delta copies beyond its base"),
        (&[10, 1, 0x91, 10, 1], "delta copies beyond its base"),
        (&[10, 1, 0xff, 255, 255, 255, 255, 255, 255, 255], "delta copies beyond its base"),
        (&[10, 1, 0x91, 1], "delta is truncated"),
        (&[10, 3, 3, b'a', b'b'], "delta is truncated"),
        (&[10, 1, 0], "delta has a reserved instruction"),
        (&[10, 1, 2, b'a', b'b'], "delta result has wrong size"),
        (&[10, 3, 2, b'a', b'b'], "delta result has wrong size"),
        (&[10, 1], "delta result has wrong size"),
    ];
    for (delta, message) in cases {
        assert_eq!(apply(base, delta), bad(message), "{delta:?}");
        for cut in 1..5 {
            assert_eq!(stream(base, delta, cut), bad(message), "{delta:?}");
        }
    }
    let huge = [10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, b'a'];
    assert_eq!(apply(base, &huge), Err(Error::TooLarge("delta result too large".into())));
}

#[test]
fn found_deltas_are_small() {
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let base: Vec<u8> = noise.take(200_000).collect();
    let mut target = base.clone();
    target.splice(70_000..70_010, *b"other");
    target.drain(150_000..150_100);
    let found = delta::encode(&base, &target);
    assert!(found.len() < 60, "{} bytes", found.len());
    assert!(apply(&base, &found).unwrap() == target);
    assert_eq!(delta::encode(&base, b""), [0xc0, 0x9a, 0x0c, 0]);
    // One copy of exactly 64 KiB, which has its own encoding, and one that no single instruction can hold.
    assert_eq!(delta::encode(&base, &base[..0x1_0000]), [0xc0, 0x9a, 0x0c, 0x80, 0x80, 0x04, 0x80]);
    let zeros = vec![0; 0x100_0010];
    assert!(apply(&zeros, &delta::encode(&zeros, &zeros)).unwrap() == zeros);
}

proptest! {
    #[test]
    fn found_deltas_apply(
        base in prop::collection::vec(0..3_u8, 0..2000),
        edits in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..40), 0..40_usize), 0..6),
    ) {
        let mut target = base.clone();
        for (at, new, old) in edits {
            let at = at.index(target.len() + 1);
            let end = target.len().min(at + old);
            target.splice(at..end, new);
        }
        let found = delta::encode(&base, &target);
        for cut in [1, 2, 3, 7, 1_000] {
            prop_assert!(stream(&base, &found, cut).as_ref() == Ok(&target));
        }
        prop_assert!(apply(&base, &found) == Ok(target));
        prop_assert!(apply(&found, &delta::encode(&found, &base)) == Ok(base));
    }

    #[test]
    fn deflate_round_trips(data in prop::collection::vec(0..9_u8, 0..3000), level in 0..12_u32) {
        let stream = deflate(&data, level);
        prop_assert_eq!(inflate_exact(&stream, data.len()), Ok((data.clone(), stream.len())));
        for cut in [1, 50, 4_000] {
            let (mut deflater, mut pieces) = (Deflater::new(level), Vec::new());
            data.chunks(cut).for_each(|piece| deflater.feed(piece, &mut pieces));
            deflater.finish(&mut pieces);
            prop_assert_eq!(inflate_exact(&pieces, data.len()), Ok((data.clone(), pieces.len())));
        }
        prop_assert_eq!(gunzip(&gzip(&data), data.len() as u64, 7), Ok(data));
    }

    #[test]
    fn byte_soup_panics_nowhere(soup in prop::collection::vec(any::<u8>(), 0..200), base in prop::collection::vec(any::<u8>(), 0..50)) {
        let _ = gunzip(&soup, 1000, 3);
        let _ = gunzip(&[&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], &soup[..]].concat(), 1000, 3);
        let _ = inflate_exact(&soup, 1000);
        let _ = inflate_exact(&[&[0x78, 0x9c], &soup[..]].concat(), 1000);
        let _ = apply(&base, &soup);
        let _ = apply(&base, &[&[base.len() as u8, 100], &soup[..]].concat());
        for format in [SHA1, SHA256] {
            let _ = (commit_head(&soup, format), tag_head(&soup, format));
            prop_assert!(tree_entries(&soup, format).count() <= soup.len());
            prop_assert!(tree_entries(&[b"100644 a\0", &soup[..]].concat(), format).count() <= soup.len() + 1);
        }
    }
}
