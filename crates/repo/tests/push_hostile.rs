//! Pushes that mean harm, or were harmed on their way: each is refused in clear words, and nothing of it stays.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod support;

use std::collections::BTreeMap;

use gitflare_db::{Sql, Value, ValueRef};
use gitflare_git::{Kind, Oid, delta, pack::EntryKind, zlib};
use gitflare_repo::{Error, index};
use support::{
    World, open,
    packs::{
        Made, blob, commit_of, counted, entry, made, noise, pack_of, pack_whole, sealed, sized, small, tree,
    },
    pushing::{Answer, Push, zero},
};

const MAIN: &str = "refs/heads/main";

/// A world with something in it, so that a refusal has something to leave alone.
fn lived_in() -> (World, BTreeMap<&'static str, i64>) {
    let world = World::new();
    let objects = small("lived in");
    let answer = Push::create("refs/heads/old", &objects[2], pack_whole(&objects)).to(&world.repository);
    assert_eq!(answer.report[0], "unpack ok");
    let rows = world.rows();
    (world, rows)
}

/// Pushes into an empty world and into one that is lived in; both refuse and keep nothing.
fn refused(push: &Push, unpack: &str) -> Answer {
    let empty = World::new();
    let answer = push.to(&empty.repository);
    assert_eq!(answer.report.first().map(String::as_str), Some(unpack), "{answer:?}");
    assert!(!answer.moved);
    empty.nothing_stays();
    let (world, before) = lived_in();
    let again = push.to(&world.repository);
    assert_eq!(again.report[0], unpack);
    world.same_rows_as(&before);
    answer
}

/// A push whose pack is bad: nothing is unpacked, the ref is not moved.
fn unpacks_to(pack: Vec<u8>, text: &str) {
    let answer = refused(&Push::create(MAIN, &small("one")[2], pack), &format!("unpack {text}"));
    assert_eq!(answer.report[1..], [format!("ng {MAIN} unpacker error")]);
}

/// The same where the text depends on bytes that look random.
fn refused_somehow(pack: Vec<u8>) -> String {
    let world = World::new();
    let answer = Push::create(MAIN, &small("one")[2], pack).to(&world.repository);
    assert_eq!(answer.report[1..], [format!("ng {MAIN} unpacker error")]);
    world.nothing_stays();
    answer.report[0].clone()
}

fn whole() -> Vec<u8> {
    pack_whole(&small("one"))
}

fn big_pack() -> Vec<u8> {
    let files: Vec<Made> = (0..40).map(|n| blob(noise(n, 90_000))).collect();
    pack_whole(&files)
}

#[test]
fn a_truncated_pack_is_refused_and_nothing_stays() {
    let pack = whole();
    unpacks_to(Vec::new(), "bad pack: truncated in its header");
    unpacks_to(pack[..7].to_vec(), "bad pack: truncated in its header");
    unpacks_to(pack[..40].to_vec(), "bad pack: truncated after 1 of 3 objects");
    unpacks_to(pack[..pack.len() - 20].to_vec(), "bad pack: truncated in its trailer");
    unpacks_to(pack[..pack.len() - 1].to_vec(), "bad pack: truncated in its trailer");
    let big = big_pack();
    unpacks_to(big[..big.len() - 30_000].to_vec(), "bad pack: truncated after 39 of 40 objects");
}

#[test]
fn a_wrong_trailer_is_refused_and_nothing_stays() {
    for mut pack in [whole(), big_pack()] {
        *pack.last_mut().unwrap() ^= 1;
        unpacks_to(pack, "bad pack: checksum mismatch");
    }
}

#[test]
fn a_pack_that_lies_about_its_count_is_refused_and_nothing_stays() {
    let entries: Vec<_> = small("one").iter().map(Made::whole).collect();
    // What should be the fourth entry is the trailer, which is none.
    let more = refused_somehow(counted(4, &entries));
    assert!(more.starts_with("unpack bad pack: "), "{more}");
    unpacks_to(counted(2, &entries), "bad pack: bytes after its trailer");
    unpacks_to(
        counted(20_000_000, &entries),
        "pack has 20000000 objects; limit 10000000. Push the history in parts",
    );
}

#[test]
fn a_pack_of_another_kind_is_refused_and_nothing_stays() {
    let mut other = whole();
    other[7] = 4;
    unpacks_to(other.clone(), "bad pack: version 4 unsupported");
    other[0] = b'X';
    unpacks_to(other, "bad pack: signature mismatch");
    unpacks_to([whole(), vec![0]].concat(), "bad pack: bytes after its trailer");
    unpacks_to([whole(), whole()].concat(), "bad pack: bytes after its trailer");
}

#[test]
fn links_that_lead_nowhere_are_refused_and_nothing_stays() {
    let [file, root, first] = small("one");
    let second = commit_of(&root.oid, &[first.oid], "second");
    let not_a_tree = commit_of(&file.oid, &[], "a blob as tree");
    let not_a_parent = commit_of(&root.oid, &[root.oid], "a tree as parent");
    let cases: [(&[&Made], &Made, String); 5] = [
        (&[&root, &first], &first, format!("blob {}", file.oid)),
        (&[&file, &first], &first, format!("tree {}", root.oid)),
        (&[&file, &root, &second], &second, format!("commit {}", first.oid)),
        (&[&file, &not_a_tree], &not_a_tree, format!("tree {}", file.oid)),
        (&[&file, &root, &not_a_parent], &not_a_parent, format!("commit {}", root.oid)),
    ];
    for (objects, tip, missing) in cases {
        let objects: Vec<Made> = objects.iter().copied().cloned().collect();
        let push =
            Push::create(MAIN, tip, pack_whole(&objects)).command(&zero(), &tip.oid.to_hex(), "refs/tags/x");
        let answer = refused(&push, "unpack ok");
        assert_eq!(
            answer.report[1..],
            [
                format!("ng {MAIN} missing necessary objects"),
                "ng refs/tags/x missing necessary objects".into()
            ]
        );
        assert!(answer.told.contains(&format!("error: {missing} is missing")), "{}", answer.told);
    }
    let nowhere = refused(&Push::create(MAIN, &first, pack_of(&[])), "unpack ok");
    assert_eq!(nowhere.report[1], format!("ng {MAIN} missing necessary objects"));
}

#[test]
fn corrupt_deltas_are_refused_and_nothing_stays() {
    let base = blob("some words that a delta can copy from\n".repeat(3));
    let first = base.whole();
    let cases: [(&[u8], &str); 8] = [
        (b"\x75\x05\x90\x05", "delta base has another size"),
        (b"\x72\x05\x90\x06", "delta result has wrong size"),
        (b"\x72\x06\x90\x05", "delta result has wrong size"),
        (b"\x72\x05\x00", "delta has a reserved instruction"),
        (b"\x72\x05\x05ab", "delta is truncated"),
        (b"\x72\x85\x01\xb0\x05\x01", "delta copies beyond its base"),
        (b"\x72\x05\xb1\xff", "delta is truncated"),
        (b"\x72\x03\x91\x74\x03", "delta copies beyond its base"),
    ];
    for (bytes, what) in cases {
        for kind in [EntryKind::Ofs(first.len() as u64), EntryKind::Ref(base.oid)] {
            let pack = pack_of(&[first.clone(), entry(kind, bytes)]);
            unpacks_to(pack, &format!("bad pack: {what} at offset {}", 12 + first.len()));
        }
    }
    let empty = pack_of(&[first.clone(), entry(EntryKind::Ref(base.oid), b"")]);
    unpacks_to(empty, &format!("bad pack: delta is truncated at offset {}", 12 + first.len()));
}

#[test]
fn deltas_without_an_end_are_refused_and_nothing_stays() {
    let (a, b) = (blob("a".repeat(90)), blob("a".repeat(91)));
    unpacks_to(pack_of(&[a.on(&b), b.on(&a)]), "bad pack: 2 unresolved deltas, the first at offset 12");
    unpacks_to(pack_of(&[a.on(&a)]), "bad pack: 1 unresolved deltas, the first at offset 12");
    let nowhere = entry(EntryKind::Ref(Oid::from_hex("1".repeat(40)).unwrap()), &delta::encode(b"a", b"b"));
    unpacks_to(
        pack_of(&[a.whole(), nowhere.clone()]),
        &format!("bad pack: 1 unresolved deltas, the first at offset {}", 12 + a.whole().len()),
    );
    let chained = entry(EntryKind::Ofs(nowhere.len() as u64), &delta::encode(b"b", b"c"));
    unpacks_to(pack_of(&[nowhere, chained]), "bad pack: 2 unresolved deltas, the first at offset 12");
}

#[test]
fn bases_outside_the_pack_are_refused_and_nothing_stays() {
    let (a, b) = (blob("a".repeat(90)), blob("a".repeat(91)));
    let at = 12 + a.whole().len();
    for distance in [0, 1, a.whole().len() - 1, a.whole().len() + 1, 1 << 40] {
        let pack = pack_of(&[a.whole(), b.behind(&a, distance)]);
        unpacks_to(pack, &format!("bad pack: delta base offset is out of bound at offset {at}"));
    }
    let mut huge = vec![0x61];
    huge.extend_from_slice(&[0xff; 12]);
    let pack = sealed([counted(2, &[a.whole()])[..at].to_vec(), huge].concat());
    unpacks_to(pack, &format!("bad pack: delta base offset out of range at offset {at}"));
}

#[test]
fn a_chain_that_is_too_long_is_refused_and_nothing_stays() {
    let files: Vec<Made> = (0..4_100).map(|n| blob(format!("{n:08}"))).collect();
    let mut entries = vec![files[0].whole()];
    for pair in files.windows(2) {
        let distance = entries.last().map_or(0, Vec::len);
        entries.push(pair[1].behind(&pair[0], distance));
    }
    let offset: usize = entries[..4_096].iter().map(Vec::len).sum();
    unpacks_to(
        pack_of(&entries),
        &format!("bad pack: delta chain is longer than 4095 at offset {}", offset + 12),
    );
}

#[test]
fn an_object_twice_in_one_pack_is_refused_and_nothing_stays() {
    let [file, root, commit] = small("one");
    let text = format!("object {} appears twice in the pack", file.oid);
    unpacks_to(pack_whole(&[file.clone(), root, commit, file.clone()]), &text);
    let other = blob("other");
    unpacks_to(pack_of(&[file.whole(), other.whole(), file.on(&other)]), &text);
}

#[test]
fn sizes_that_are_lies_are_refused_and_nothing_stays() {
    for (size, content) in [(9, &b"ten bytes!"[..]), (11, b"ten bytes!"), (0, b"x"), (1, b"")] {
        let pack = pack_of(&[sized(EntryKind::Whole(Kind::Blob), size, content)]);
        unpacks_to(pack, "bad pack: object at offset 12 has wrong size");
    }
    let lie = pack_of(&[sized(EntryKind::Whole(Kind::Blob), 100 << 20, b"ten bytes!")]);
    unpacks_to(lie, "bad pack: object at offset 12 has wrong size");
    let mut broken = entry(EntryKind::Whole(Kind::Blob), &noise(1, 500));
    broken[200] ^= 0xff;
    let answer = Push::create(MAIN, &small("one")[2], pack_of(&[broken])).to(&World::new().repository);
    assert!(answer.report[0].starts_with("unpack bad pack: "), "{answer:?}");
    let mut trailing = entry(EntryKind::Whole(Kind::Blob), b"x");
    trailing.push(0);
    unpacks_to(pack_of(&[trailing]), "bad pack: bytes after its trailer");
}

#[test]
fn objects_over_their_limits_are_refused_before_they_are_read() {
    let lie = |kind, size| pack_of(&[sized(EntryKind::Whole(kind), size, b"")]);
    let mib = 1 << 20;
    unpacks_to(lie(Kind::Commit, mib + 1), "object too large: commit");
    unpacks_to(lie(Kind::Tag, mib + 1), "object too large: tag");
    unpacks_to(lie(Kind::Tree, 32 * mib + 1), "object too large: tree");
    let blob_text = "bad pack: object at offset 12 is 105 MB; limit 104 MB. Use Git LFS";
    unpacks_to(lie(Kind::Blob, 100 * mib + 1), blob_text);
    unpacks_to(
        lie(Kind::Blob, 1 << 62),
        "bad pack: object at offset 12 is 4611686018428 MB; limit 104 MB. Use Git LFS",
    );
    // By way of a delta, whose header says so.
    let base = made(Kind::Commit, small("one")[2].data.clone());
    let mut big = vec![base.data.len() as u8 | 0x80, (base.data.len() >> 7) as u8];
    big.extend_from_slice(&[0x80, 0x80, 0x80, 0x40, 0x01]);
    let pack = pack_of(&[base.whole(), entry(EntryKind::Ref(base.oid), &big)]);
    let offset = 12 + base.whole().len();
    let text = format!("bad pack: object at offset {offset} is 135 MB; limit 104 MB. Use Git LFS");
    unpacks_to(pack, &text);
    let long = commit_of(&small("one")[1].oid, &[], &"x".repeat(1 << 20));
    unpacks_to(pack_of(&[base.whole(), long.on(&base)]), "object too large: commit");
}

#[test]
fn a_zip_bomb_is_refused_and_nothing_stays() {
    // Each delta of a few bytes doubles what it stands on.
    let zeros = vec![0; 8 << 20];
    let base = blob(zeros);
    let mut entries = vec![base.whole()];
    let mut size = 8_u64 << 20;
    for n in 0..400_u32 {
        let mut bytes = Vec::new();
        number(&mut bytes, 8 << 20);
        size += 1;
        number(&mut bytes, (8 << 20) + 4);
        bytes.push(4);
        bytes.extend_from_slice(&n.to_be_bytes());
        // One byte less than 16 MiB is the most a copy can do; half of that is enough.
        bytes.extend_from_slice(&[0x80 | 0x70, 0, 0, 0x80]);
        entries.push(entry(EntryKind::Ref(base.oid), &bytes));
    }
    assert!(size > 8 << 20);
    let pack = pack_of(&entries);
    assert!(pack.len() < 60_000);
    unpacks_to(pack, "bad pack: expands to more than 1 GiB");
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[test]
fn broken_gzip_is_refused_and_nothing_stays() {
    let gz = |body: &[u8]| {
        // A gzip stream is a raw deflate stream in another coat.
        let deflated = zlib::deflate(body, 6);
        let mut out = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
        out.extend_from_slice(&deflated[2..deflated.len() - 4]);
        out.extend_from_slice(&crc32(body).to_le_bytes());
        out.extend_from_slice(&(body.len() as u32).to_le_bytes());
        out
    };
    let push = Push::create(MAIN, &small("one")[2], big_pack());
    let body = gz(&push.body());
    let coated = |body: Vec<u8>| {
        let mut push = push.clone();
        push.head.gzip = true;
        push.gzip = Some(body);
        push
    };
    let mut wrong = body.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    for (body, unpack) in [
        (body[..body.len() / 2].to_vec(), "unpack gzip stream is truncated"),
        (body[..body.len() - 3].to_vec(), "unpack gzip stream is truncated"),
        (wrong, "unpack request was not valid gzip"),
        ([body.clone(), vec![0]].concat(), "unpack bytes after the end of the gzip stream"),
    ] {
        refused(&coated(body), unpack);
    }
    let bomb = Push::create(MAIN, &small("one")[2], vec![0; 64 << 20]);
    let bomb = coated(gz(&bomb.body()));
    refused(&bomb, "unpack bad pack: signature mismatch");
    let nonsense = coated(b"not gzip at all".to_vec()).to(&World::new().repository);
    assert!(nonsense.fatal().contains("ERR request was not valid gzip"));
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    let table: Vec<u32> = (0..256).map(|n| (0..8).fold(n, |crc, _| step(crc))).collect();
    !bytes.iter().fold(!0, |crc: u32, byte| table[((crc ^ u32::from(*byte)) & 255) as usize] ^ crc >> 8)
}

/// A push of a commit with this tree.
fn with_tree(file: &Made, entries: &[(&str, &str, Oid)]) -> Vec<u8> {
    let root = tree(entries);
    let commit = commit_of(&root.oid, &[], "hostile");
    pack_whole(&[file.clone(), root, commit])
}

#[test]
fn names_that_would_be_dot_git_somewhere_are_refused_and_nothing_stays() {
    let file = blob("x");
    let names = [
        ".git",
        ".GIT",
        ".Git",
        "git~1",
        "GIT~1",
        ".git ",
        ".git.",
        ".git...",
        ".git::$INDEX_ALLOCATION",
        ".gi\u{200c}t",
        ".g\u{feff}it",
        "\u{200d}.git",
        "a\\.git",
    ];
    for name in names {
        for mode in ["100644", "120000"] {
            let root = tree(&[(mode, name, file.oid)]);
            unpacks_to(
                with_tree(&file, &[(mode, name, file.oid)]),
                &format!("object {}: hasDotgit: contains '.git'", root.oid),
            );
        }
    }
}

#[test]
fn malformed_trees_are_refused_and_nothing_stays() {
    let file = blob("x");
    let null = Oid::from_hex(zero()).unwrap();
    type Entries<'a> = &'a [(&'a str, &'a str, Oid)];
    let cases: [(Entries<'_>, &str); 8] = [
        (&[("100644", ".", file.oid)], "hasDot: "),
        (&[("100644", "..", file.oid)], "hasDotdot: "),
        (&[("100644", "a/b", file.oid)], "fullPathname: "),
        (&[("100644", "", file.oid)], ""),
        (&[("100644", "a", null)], "nullSha1: "),
        (&[("100644", "a", file.oid), ("100644", "a", file.oid)], "duplicateEntries: "),
        (&[("100644", "b", file.oid), ("100644", "a", file.oid)], "treeNotSorted: "),
        (&[("100644", &"n".repeat(4_097), file.oid)], "largePathname: "),
    ];
    for (entries, id) in cases {
        let root = tree(entries);
        let push = Push::create(MAIN, &small("one")[2], with_tree(&file, entries));
        let world = World::new();
        let unpack = push.to(&world.repository).report[0].clone();
        assert!(unpack.starts_with(&format!("unpack object {}: {id}", root.oid)), "{unpack}");
        world.nothing_stays();
    }
}

#[test]
fn submodules_that_attack_those_who_clone_are_refused_and_nothing_stays() {
    let cases = [
        ("[submodule \"../../x\"]\n\tpath = x\n\turl = ./x\n", "gitmodulesName"),
        ("[submodule \"x\"]\n\tpath = -u./payload\n\turl = ./x\n", "gitmodulesPath"),
        ("[submodule \"x\"]\n\tpath = x\n\turl = -u./payload\n", "gitmodulesUrl"),
        ("[submodule \"x\"]\n\tpath = x\n\turl = ./x\n\tupdate = !payload\n", "gitmodulesUpdate"),
        ("[submodule \"x\"]\n\tpath = x\n\turl = \"https://host/a%0ahost=evil\"\n", "gitmodulesUrl"),
        ("[submodule \"x\"]\n\tpath = x\n\turl = \"../../../../:host/x\"\n", "gitmodulesUrl"),
    ];
    for (content, id) in cases {
        let file = blob(content);
        let root = tree(&[("100644", ".gitmodules", file.oid)]);
        let commit = commit_of(&root.oid, &[], "hostile");
        // In either order, and as a delta that waits.
        let bland = blob(format!("# nothing\n{content}"));
        for entries in [
            vec![file.whole(), root.whole(), commit.whole()],
            vec![commit.whole(), root.whole(), file.whole()],
            vec![file.on(&bland), root.whole(), commit.whole(), bland.whole()],
        ] {
            let world = World::new();
            let answer = Push::create(MAIN, &commit, pack_of(&entries)).to(&world.repository);
            let expected = format!("unpack object {}: {id}: ", file.oid);
            assert!(answer.report[0].starts_with(&expected), "{answer:?}");
            world.nothing_stays();
        }
    }
    let file = blob("somewhere else");
    let link = tree(&[("120000", ".gitmodules", file.oid)]);
    let push = Push::create(MAIN, &small("one")[2], with_tree(&file, &[("120000", ".gitmodules", file.oid)]));
    let unpack = push.to(&World::new().repository).report[0].clone();
    assert!(unpack.starts_with(&format!("unpack object {}: gitmodulesSymlink: ", link.oid)), "{unpack}");
}

#[test]
fn a_special_file_that_was_harmless_under_another_name_is_checked_when_a_tree_renames_it() {
    let world = World::new();
    let file = blob("[submodule \"../../x\"]\n\tpath = x\n\turl = ./x\n");
    let root = tree(&[("100644", "notes", file.oid)]);
    let first = commit_of(&root.oid, &[], "harmless");
    let pack = pack_whole(&[file.clone(), root, first.clone()]);
    assert_eq!(Push::create(MAIN, &first, pack).to(&world.repository).report[0], "unpack ok");
    let before = world.rows();
    let root = tree(&[("100644", ".gitmodules", file.oid)]);
    let second = commit_of(&root.oid, &[first.oid], "renamed");
    let push = Push::create("refs/heads/x", &second, pack_whole(&[root, second.clone()]));
    let unpack = push.to(&world.repository).report[0].clone();
    assert!(unpack.starts_with(&format!("unpack object {}: gitmodulesName: ", file.oid)), "{unpack}");
    world.same_rows_as(&before);
}

#[test]
fn special_files_too_large_to_look_at_are_refused() {
    let large = blob(noise(3, 9 << 20));
    let base = blob(large.data[..8 << 20].to_vec());
    for name in [".gitmodules", ".gitattributes"] {
        let root = tree(&[("100644", name, large.oid)]);
        let commit = commit_of(&root.oid, &[], "large");
        for entries in [
            vec![large.whole(), root.whole(), commit.whole()],
            vec![root.whole(), commit.whole(), large.whole()],
            vec![base.whole(), large.on(&base), root.whole(), commit.whole()],
        ] {
            let world = World::new();
            let answer = Push::create(MAIN, &commit, pack_of(&entries)).to(&world.repository);
            assert!(answer.report[0].contains("Large: "), "{answer:?}");
            world.nothing_stays();
        }
    }
}

#[test]
fn too_many_commands_are_refused_and_the_rest_is_read() {
    let mut push = Push::new(whole());
    for n in 0..40_000 {
        push = push.command(&zero(), &"1".repeat(40), &format!("refs/heads/b{n}"));
    }
    let world = World::new();
    let mut session = push.session(&world.repository);
    let body = push.body();
    assert!(body.len() > 3 << 20);
    let mut pieces = body.chunks(60_000);
    let text = support::pushing::finish(&mut session, &mut pieces);
    assert!(String::from_utf8_lossy(&text).contains("ERR commands and push options exceed 3 MiB"));
    assert!(pieces.next().is_none(), "a client that is still writing would not read the answer");
    world.nothing_stays();
}

#[test]
fn too_many_push_options_are_refused_and_nothing_stays() {
    let mut push =
        Push::create(MAIN, &small("one")[2], whole()).saying("report-status side-band-64k push-options");
    push.options = vec!["x".repeat(60_000); 2];
    refused(&push, "unpack push options exceed 65536 bytes");
}

#[test]
fn broken_commands_are_refused() {
    let cases: [(&[u8], &str); 5] = [
        (b"0003", "protocol error: bad line length 3"),
        (b"ffff", "protocol error: bad line length 65535"),
        (b"0008none0000", "protocol error: expected old/new/ref, got 'none'"),
        (b"0010shallow 12340000", "protocol error: expected shallow sha, got '1234'"),
        (b"0010shallow", "protocol error: the remote end hung up unexpectedly"),
    ];
    for (body, text) in cases {
        let world = World::new();
        let mut session = Push::new(Vec::new()).session(&world.repository);
        let out = support::pushing::finish(&mut session, &mut body.chunks(3));
        let out = String::from_utf8_lossy(&out);
        assert!(out.ends_with(&format!("ERR {text}")), "{out}");
        world.nothing_stays();
    }
}

#[test]
fn other_bytes_under_a_known_id_are_a_collision() {
    let world = World::new();
    let (one, two) = (blob("the one"), blob("the two"));
    let root = tree(&[("100644", "one", one.oid), ("100644", "two", two.oid)]);
    let commit = commit_of(&root.oid, &[], "both");
    let objects = [one.clone(), two.clone(), root, commit.clone()];
    Push::create(MAIN, &commit, pack_whole(&objects)).to(&world.repository);
    // No one can make two objects of one id, so the index is made to lie about where the first one is.
    world.repository.db().write("test: forge", |sql| forge(sql, &one.oid, &two.oid)).unwrap();
    let repository = open(&world.dir.path().join("repository.sqlite"));
    let root = tree(&[("100644", "again", one.oid)]);
    let commit = commit_of(&root.oid, &[], "again");
    let push = Push::create("refs/heads/x", &commit, pack_whole(&[one.clone(), root, commit.clone()]));
    let before = support::check::rows(&repository);
    let answer = push.to(&repository);
    assert_eq!(answer.report[0], format!("unpack SHA1 COLLISION FOUND WITH {} !", one.oid));
    support::check::sweep(&repository);
    assert_eq!(support::check::rows(&repository), before);
}

/// Makes the index entry of `lied` point at the bytes of `other`.
fn forge(sql: &dyn Sql, lied: &Oid, other: &Oid) -> Result<(), Error> {
    let mut data = Vec::new();
    sql.run("SELECT data FROM pidx", &[], &mut |row| {
        if let ValueRef::Blob(bytes) = row.get(0)? {
            data = bytes.to_vec();
        }
        Ok(())
    })?;
    let width = data.len() / 4;
    assert_eq!(width, 4_060 / index::per_segment(gitflare_git::ObjectFormat::Sha1));
    let place =
        |oid: &Oid| data.chunks(width).position(|row| row.starts_with(oid.as_bytes())).unwrap() * width;
    let (to, from) = (place(lied), place(other));
    let facts = data[from + 20..from + width].to_vec();
    data[to + 20..to + width].copy_from_slice(&facts);
    sql.run("UPDATE pidx SET data = ?", &[Value::Blob(data.into())], &mut |_| Ok(()))?;
    Ok(())
}

#[test]
fn a_client_that_vanishes_leaves_nothing() {
    let push = Push::create(MAIN, &small("one")[2], big_pack());
    let body = push.body();
    for share in [1, 3, 7, 9] {
        let world = World::new();
        let mut session = push.session(&world.repository);
        for piece in body[..body.len() * share / 10].chunks(8_192) {
            session.feed(piece);
            while matches!(session.pull(&support::env()), gitflare_repo::Pull::Busy) {}
        }
        drop(session);
        world.nothing_stays();
    }
}
