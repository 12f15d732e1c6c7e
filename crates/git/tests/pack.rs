//! Reading packs: cut anywhere, written by hostile hands, and the same as git sees them.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![expect(clippy::unwrap_used, reason = "a helper that fails is a failed test")]

#[path = "support/packs.rs"]
mod packs;

#[path = "pack/real_git.rs"]
mod real_git;

use gitflare_git::pack::{EntryHeader, EntryKind, Limits, pack_header};
use gitflare_git::{Kind, ObjectFormat, Oid};
use packs::{Call, ROOMY, entry, pack, read, read_pieces, sealed};
use proptest::prelude::*;

const SHA1: ObjectFormat = ObjectFormat::Sha1;

fn blob(content: &[u8]) -> Vec<u8> {
    entry(EntryKind::Whole(Kind::Blob), content.len(), content)
}

#[test]
fn entries_arrive_in_order_with_body_offsets() {
    let base = Oid::from_hex("4b825dc642cb6eb9a060e54bf8d69288fbee4904").unwrap();
    let big = vec![7; 65_536 + 100];
    let entries = [blob(b"hello"), blob(b""), entry(EntryKind::Ref(base), 3, b"abc"), blob(&big)];
    let bytes = pack(SHA1, 4, &entries);
    let got = read(&bytes, SHA1, ROOMY, usize::MAX);
    let ends: Vec<u64> = entries
        .iter()
        .scan(0, |at, entry| {
            *at += entry.len() as u64;
            Some(*at)
        })
        .collect();
    let begin = |at, kind, size| Call::Begin(at, EntryHeader { kind, size });
    let whole = EntryKind::Whole(Kind::Blob);
    let want = vec![
        Call::Header(4),
        begin(0, whole, 5),
        Call::Data(b"hello".to_vec()),
        Call::End(ends[0]),
        begin(ends[0], whole, 0),
        Call::End(ends[1]),
        begin(ends[1], EntryKind::Ref(base), 3),
        Call::Data(b"abc".to_vec()),
        Call::End(ends[2]),
        begin(ends[2], whole, 65_636),
        Call::Data(vec![7; 65_536]),
        Call::Data(vec![7; 100]),
        Call::End(ends[3]),
    ];
    assert_eq!(got.calls, want);
    assert_eq!(got.body, bytes[12..bytes.len() - 20]);
    assert_eq!(got.trailer.unwrap().as_bytes(), &bytes[bytes.len() - 20..]);
}

#[test]
fn an_empty_pack_is_a_pack() {
    for format in [SHA1, ObjectFormat::Sha256] {
        let got = read(&pack(format, 0, &[]), format, ROOMY, 5);
        assert_eq!(got.calls, [Call::Header(0)]);
        assert!(got.trailer.is_ok() && got.body.is_empty());
    }
}

/// The message a pack is refused with: the same however it is cut.
fn refusal(bytes: &[u8], limits: Limits) -> String {
    let whole = read(bytes, SHA1, limits, usize::MAX).trailer.unwrap_err().to_string();
    for piece in [1, 7, 64] {
        let cut = read(bytes, SHA1, limits, piece).trailer.unwrap_err().to_string();
        assert_eq!(cut, whole, "cut into pieces of {piece}");
    }
    whole
}

#[test]
fn broken_frames_are_refused() {
    let good = pack(SHA1, 1, &[blob(b"hello")]);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let last = good.len() - 1;
    let cases: [(Vec<u8>, &str); 9] = [
        (with(0, b'p'), "bad pack: signature mismatch"),
        (with(7, 4), "bad pack: version 4 unsupported"),
        (with(7, 1), "bad pack: version 1 unsupported"),
        (with(last, good[last] ^ 1), "bad pack: checksum mismatch"),
        (good[..7].to_vec(), "bad pack: truncated in its header"),
        (good[..15].to_vec(), "bad pack: truncated after 0 of 1 objects"),
        (good[..last].to_vec(), "bad pack: truncated in its trailer"),
        ([good.as_slice(), b"x"].concat(), "bad pack: bytes after its trailer"),
        (Vec::new(), "bad pack: truncated in its header"),
    ];
    for (bytes, message) in cases {
        assert_eq!(refusal(&bytes, ROOMY), message);
    }
    // Version 3 differs in nothing but its number.
    let mut three = good[..last - 19].to_vec();
    three[7] = 3;
    assert!(read(&sealed(SHA1, three), SHA1, ROOMY, 9).trailer.is_ok());
}

#[test]
fn wrong_counts_are_refused() {
    let entries = [blob(b"hello"), blob(b"world")];
    assert_eq!(refusal(&pack(SHA1, 1, &entries), ROOMY), "bad pack: bytes after its trailer");
    // What follows the last entry is read as one more: here a trailer cannot be that.
    let mut body = pack_header(3).to_vec();
    body.extend(entries.concat());
    assert_eq!(refusal(&body, ROOMY), "bad pack: truncated after 2 of 3 objects");
    assert!(refusal(&pack(SHA1, 3, &entries), ROOMY).starts_with("bad pack: "));
    let few = Limits { max_objects: 1, ..ROOMY };
    assert_eq!(refusal(&pack(SHA1, 2, &entries), few), "pack has 2 objects; limit 1");
}

#[test]
fn lies_about_sizes_are_refused() {
    let whole = EntryKind::Whole(Kind::Blob);
    let first = blob(b"hello");
    let at = 12 + first.len();
    let message = format!("bad pack: object at offset {at} has wrong size");
    for (declared, content) in [(4, &b"world"[..]), (6, b"world"), (0, b"world"), (5, b""), (70_000, b"x")] {
        let bytes = pack(SHA1, 2, &[first.clone(), entry(whole, declared, content)]);
        assert_eq!(refusal(&bytes, ROOMY), message, "{declared} declared for {}", content.len());
    }
    let long = pack(SHA1, 2, &[first.clone(), entry(whole, 65_536, &vec![1; 65_537])]);
    assert_eq!(refusal(&long, ROOMY), message);
    let mut corrupt = blob(&[9; 1000]);
    let adler = corrupt.len() - 1;
    corrupt[adler] ^= 1;
    let bytes = pack(SHA1, 2, &[first, corrupt]);
    assert_eq!(refusal(&bytes, ROOMY), format!("bad pack: inflate: data stream error at offset {at}"));
}

#[test]
fn limits_hold() {
    let bytes = pack(SHA1, 1, &[blob(&vec![0; 3_000_000])]);
    let exact = Limits { max_bytes: bytes.len() as u64, max_object: 3_000_000, ..ROOMY };
    assert!(read(&bytes, SHA1, exact, 1000).trailer.is_ok());
    let short = Limits { max_bytes: bytes.len() as u64 - 1, ..ROOMY };
    assert_eq!(refusal(&bytes, short), "pack exceeds maximum allowed size (1 MiB)");
    let small = Limits { max_object: 2_999_999, ..ROOMY };
    assert_eq!(refusal(&bytes, small), "bad pack: object at offset 12 is 3 MB; limit 2 MB. Use Git LFS");
    let dense = Limits { max_ratio: 200, ratio_slack: 1000, ..ROOMY };
    assert_eq!(refusal(&bytes, dense), "bad pack: expands to more than 1 GiB");
    let slack = Limits { ratio_slack: 3_000_000, ..dense };
    assert!(read(&bytes, SHA1, slack, 1000).trailer.is_ok());
}

#[test]
fn bases_outside_the_pack_and_odd_headers_are_refused() {
    let first = blob(b"hello");
    let (at, length) = (12 + first.len(), first.len() as u64);
    let delta = |distance| pack(SHA1, 2, &[first.clone(), entry(EntryKind::Ofs(distance), 3, b"abc")]);
    assert!(read(&delta(length), SHA1, ROOMY, 3).trailer.is_ok());
    for distance in [0, length + 1, u64::MAX] {
        let message = format!("bad pack: delta base offset is out of bound at offset {at}");
        assert_eq!(refusal(&delta(distance), ROOMY), message);
    }
    let odd: [(&[u8], &str); 4] = [
        (&[0x05], "bad object type"),
        (&[0x55], "bad object type"),
        (&[0xb0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1], "object size out of range"),
        (
            &[0x61, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            "delta base offset out of range",
        ),
    ];
    for (header, message) in odd {
        let bytes = pack(SHA1, 2, &[first.clone(), header.to_vec()]);
        assert_eq!(refusal(&bytes, ROOMY), format!("bad pack: {message} at offset {at}"));
    }
}

fn kinds() -> impl Strategy<Value = EntryKind> {
    prop_oneof![
        prop_oneof![Just(Kind::Commit), Just(Kind::Tree), Just(Kind::Blob), Just(Kind::Tag)]
            .prop_map(EntryKind::Whole),
        any::<u64>().prop_map(EntryKind::Ofs),
        any::<[u8; 20]>().prop_map(|id| EntryKind::Ref(Oid::from_bytes(&id).unwrap())),
    ]
}

/// Contents of a few bytes, and now and then some around the size of the window.
fn contents() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..300),
        1 => (65_530_usize..65_545, any::<u8>()).prop_map(|(size, byte)| vec![byte; size]),
        1 => (any::<[u8; 16]>(), 1_usize..9000).prop_map(|(seed, times)| seed.repeat(times)),
    ]
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..20)
}

/// The pieces between these places.
fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn any_split_gives_the_same_calls(
        objects in prop::collection::vec((contents(), kinds()), 0..6),
        cuts in cuts(),
        sha256 in any::<bool>(),
    ) {
        let format = if sha256 { ObjectFormat::Sha256 } else { SHA1 };
        let mut at = 0;
        let entries: Vec<Vec<u8>> = objects.iter().map(|(content, kind)| {
            let kind = match kind {
                EntryKind::Ofs(distance) if at > 0 => EntryKind::Ofs(distance % at + 1),
                EntryKind::Ofs(_) => EntryKind::Whole(Kind::Blob),
                EntryKind::Ref(_) if sha256 => EntryKind::Ref(Oid::zero(format)),
                kind => *kind,
            };
            let entry = entry(kind, content.len(), content);
            at += entry.len() as u64;
            entry
        }).collect();
        let bytes = pack(format, entries.len() as u32, &entries);
        let whole = read(&bytes, format, ROOMY, usize::MAX);
        prop_assert!(whole.trailer.is_ok());
        let inflated: Vec<u8> = whole.calls.iter()
            .flat_map(|call| match call { Call::Data(data) => data.clone(), _ => Vec::new() }).collect();
        let contents: Vec<u8> = objects.iter().flat_map(|(content, _)| content.clone()).collect();
        prop_assert_eq!(inflated, contents);
        let bytewise = read(&bytes, format, ROOMY, 1);
        let cut = read_pieces(pieces(&bytes, &cuts).into_iter(), format, ROOMY);
        for other in [bytewise, cut] {
            prop_assert_eq!(&other.calls, &whole.calls);
            prop_assert_eq!(&other.body, &whole.body);
            prop_assert_eq!(&other.trailer, &whole.trailer);
        }
    }

    #[test]
    fn headers_round_trip(kind in kinds(), size in any::<u64>(), after in prop::collection::vec(any::<u8>(), 0..4)) {
        let header = EntryHeader { kind, size };
        let mut bytes = Vec::new();
        header.encode(&mut bytes);
        let length = bytes.len();
        for end in 0..length {
            prop_assert_eq!(EntryHeader::parse(&bytes[..end], SHA1), Ok(None));
        }
        bytes.extend(after);
        prop_assert_eq!(EntryHeader::parse(&bytes, SHA1), Ok(Some((header, length))));
    }

    #[test]
    fn byte_soup_is_refused_quietly(soup in prop::collection::vec(any::<u8>(), 0..400), cuts in cuts(), framed in any::<bool>()) {
        let mut bytes = if framed { pack_header(3).to_vec() } else { Vec::new() };
        bytes.extend(soup);
        let got = read_pieces(pieces(&bytes, &cuts).into_iter(), SHA1, ROOMY);
        prop_assert!(got.trailer.is_err());
        let _ = EntryHeader::parse(&bytes, ObjectFormat::Sha256);
    }

    #[test]
    fn a_changed_byte_is_noticed(content in contents(), at in any::<prop::sample::Index>(), bit in 0..8_u32, cuts in cuts()) {
        let mut bytes = pack(SHA1, 2, &[blob(&content), blob(b"second")]);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(read(&bytes, SHA1, ROOMY, usize::MAX).trailer.is_err() || bytes[7] == 3);
        prop_assert!(read_pieces(pieces(&bytes, &cuts).into_iter(), SHA1, ROOMY).trailer.is_err() || bytes[7] == 3);
    }
}
