//! Deltas that memory has no room for: they come out as they went in, by way of rows, and harm nobody.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::sync::Arc;

use gitflare_db::{
    fault::{Fault, Plan},
    sqlite::{Options, Sqlite},
};
use gitflare_git::{Oid, pack::EntryKind};
use gitflare_repo::{Budget, Repository, Shared, index::Form, limits};
use support::{
    World,
    check::{number, rows, sweep},
    env, git, open,
    packs::{Made, blob, commit_of, entry, noise, pack_of, pack_whole, small, tree},
    pushing::{Push, answer},
};

const MAIN: &str = "refs/heads/main";
/// Too large to be held.
const OVER: usize = limits::KEEP as usize + 5_000;

/// A large blob and versions of it, each with a few bytes changed from the one before.
fn versions(count: usize) -> Vec<Made> {
    let mut all = vec![blob(noise(7, OVER))];
    for n in 1..count {
        let mut data = all[n - 1].data.clone();
        for place in data.iter_mut().step_by(700_001) {
            *place ^= n as u8;
        }
        data.extend_from_slice(format!("version {n}").as_bytes());
        all.push(blob(data));
    }
    all
}

/// A commit of these files.
fn commit(files: &[&Made]) -> (Made, Made) {
    let names: Vec<String> = (0..files.len()).map(|n| format!("file{n:04}")).collect();
    let entries: Vec<_> =
        files.iter().zip(&names).map(|(file, name)| ("100644", name.as_str(), file.oid)).collect();
    let root = tree(&entries);
    let commit = commit_of(&root.oid, &[], "large");
    (root, commit)
}

/// How an object is stored, and on how many deltas.
fn stored(repository: &Repository, oid: &Oid) -> (Form, u16) {
    let found = repository.db().read(|sql| repository.view(sql)?.find(oid)).unwrap().unwrap();
    (found.entry.form, found.entry.depth)
}

/// What was spooled is gone: all files that live hold packs. What a rewritten pack was made of waits to be swept.
fn no_spool_is_left(repository: &Repository) {
    let count =
        |text: &str| repository.db().read(|sql| Ok::<_, gitflare_repo::Error>(number(sql, text))).unwrap();
    let packs = count("SELECT COUNT(*) FROM pack");
    assert_eq!(count("SELECT COUNT(*) FROM file WHERE state != 'dead'"), packs);
}

fn is_sound(world: &World) {
    assert_eq!(world.repository.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0]);
    world.exported();
}

#[test]
fn what_git_stores_as_deltas_on_large_files_is_kept_like_that() {
    let world = World::new();
    let work = world.dir.path().join("work");
    support::git_init(&work);
    let mut text: Vec<u8> = Vec::new();
    for n in 0_u64.. {
        text.extend_from_slice(
            format!("{n:08} words that repeat, and {:016x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                .as_bytes(),
        );
        if text.len() > 2 * OVER {
            break;
        }
    }
    for n in 0..5_usize {
        for place in text.iter_mut().skip(n * 1_000).step_by(1 << 20) {
            *place = b'!';
        }
        std::fs::write(work.join("text.txt"), &text).unwrap();
        git(&work, &["add", "-A"]);
        git(&work, &["commit", "-q", "-m", &format!("{n}")]);
    }
    git(&work, &["repack", "-adfq", "--window=5"]);
    // All but the last commit first, then a thin pack on top of that.
    assert!(world.push(&work, &[(MAIN, "main~1")]).contains("unpack ok"));
    let (before, tip) = (world.oid(MAIN).unwrap(), git(&work, &["rev-parse", "main"]).trim().to_owned());
    let thin = support::pack(&work, std::slice::from_ref(&tip), std::slice::from_ref(&before));
    assert!(thin.len() < 20_000, "{} bytes", thin.len());
    let said = world.send(&[(before, tip, MAIN.into())], &thin, "report-status side-band-64k");
    assert!(said.contains("unpack ok"), "{said}");

    let blobs: Vec<Oid> = (0..5)
        .map(|n| Oid::from_hex(git(&work, &["rev-parse", &format!("main~{n}:text.txt")]).trim()).unwrap())
        .collect();
    let whole = blobs.iter().filter(|oid| stored(&world.repository, oid).0 == Form::Whole).count();
    assert_eq!(whole, 1, "the others stand on each other");
    assert_eq!(stored(&world.repository, &blobs[0]).0, Form::Ref);
    no_spool_is_left(&world.repository);
    is_sound(&world);
}

#[test]
fn large_families_are_resolved_however_they_branch_and_whatever_their_order() {
    let all = versions(12);
    // A chain, with a sibling at every second link.
    let base_of = |n: usize| if n.is_multiple_of(2) { n - 2 } else { n - 1 };
    let (root, tip) = commit(&all.iter().collect::<Vec<_>>());
    let mut named: Vec<Vec<u8>> =
        (1..12).map(|n| all[n].on(&all[if n == 1 { 0 } else { base_of(n) }])).collect();
    named.insert(0, all[0].whole());
    let mut reversed = named.clone();
    reversed.reverse();
    let mut behind = vec![all[0].whole()];
    for n in 1..12 {
        let base = if n == 1 { 0 } else { base_of(n) };
        let distance: usize = behind[base..].iter().map(Vec::len).sum();
        behind.push(all[n].behind(&all[base], distance));
    }
    for mut entries in [named, reversed, behind] {
        entries.extend([root.whole(), tip.whole()]);
        let world = World::new();
        let answer = Push::create(MAIN, &tip, pack_of(&entries)).to(&world.repository);
        assert_eq!(answer.report, ["unpack ok".to_owned(), format!("ok {MAIN}")]);
        no_spool_is_left(&world.repository);
        assert_eq!(world.repository.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0]);
    }
}

#[test]
fn what_would_be_a_burden_to_read_is_stored_whole() {
    let large = versions(2);
    // A small file and a small tree on large ones, and a large tree on another one.
    let small_file = blob(large[0].data[..100_000].to_vec());
    let folder = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("{n:060}")).collect();
        tree(&names.iter().map(|name| ("100644", name.as_str(), small_file.oid)).collect::<Vec<_>>())
    };
    let trees = [folder(50_000), folder(50_010), folder(20)];
    assert!(trees[1].data.len() > OVER && trees[2].data.len() < 10_000);
    let on_top = blob([&small_file.data[..], b"and more"].concat());
    let root = tree(&[
        ("100644", "large", large[0].oid),
        ("100644", "larger", large[1].oid),
        ("100644", "on top", on_top.oid),
        ("100644", "small", small_file.oid),
        ("40000", "x0", trees[0].oid),
        ("40000", "x1", trees[1].oid),
        ("40000", "x2", trees[2].oid),
    ]);
    let tip = commit_of(&root.oid, &[], "burdens");
    let entries = [
        large[0].whole(),
        large[1].on(&large[0]),
        small_file.on(&large[1]),
        on_top.on(&small_file),
        trees[0].whole(),
        trees[1].on(&trees[0]),
        trees[2].on(&trees[1]),
        root.whole(),
        tip.whole(),
    ];
    let world = World::new();
    let answer = Push::create(MAIN, &tip, pack_of(&entries)).to(&world.repository);
    assert_eq!(answer.report[0], "unpack ok");
    let form = |made: &Made| stored(&world.repository, &made.oid);
    assert!(matches!(form(&large[1]), (Form::Ofs(_), 1)));
    for whole in [&small_file, &trees[1], &trees[2]] {
        assert_eq!(form(whole), (Form::Whole, 0));
    }
    no_spool_is_left(&world.repository);
    is_sound(&world);
}

#[test]
fn long_chains_of_large_files_are_cut() {
    let most = usize::from(limits::LARGE_CHAIN);
    let all = versions(2 * most + 5);
    let (root, tip) = commit(&all.iter().collect::<Vec<_>>());
    let mut entries = vec![all[0].whole()];
    for pair in all.windows(2) {
        let distance = entries.last().map_or(0, Vec::len);
        entries.push(pair[1].behind(&pair[0], distance));
    }
    entries.extend([root.whole(), tip.whole()]);
    let world = World::new();
    let answer = Push::create(MAIN, &tip, pack_of(&entries)).to(&world.repository);
    assert_eq!(answer.report[0], "unpack ok");
    let depths: Vec<u16> = all.iter().map(|one| stored(&world.repository, &one.oid).1).collect();
    let expected: Vec<u16> = (0..all.len()).map(|n| (n % (most + 1)) as u16).collect();
    assert_eq!(depths, expected);
    is_sound(&world);
}

#[test]
fn large_files_that_come_again_are_compared_and_stored_once() {
    let all = versions(3);
    let (root, tip) = commit(&[&all[0], &all[1]]);
    let world = World::new();
    let first = [all[0].whole(), all[1].on(&all[0]), root.whole(), tip.whole()];
    assert!(Push::create(MAIN, &tip, pack_of(&first)).to(&world.repository).moved);
    // The same again, the other way round, and one more on top of what is known.
    let (root, next) = commit(&[&all[0], &all[1], &all[2]]);
    let again = [all[1].whole(), all[0].on(&all[1]), all[2].on(&all[1]), root.whole(), next.whole()];
    let answer = Push::create("refs/heads/x", &next, pack_of(&again)).to(&world.repository);
    assert_eq!(answer.report[0], "unpack ok", "{answer:?}");
    assert_eq!(stored(&world.repository, &all[2].oid), (Form::Ref, 2));
    no_spool_is_left(&world.repository);
    is_sound(&world);
}

/// Changes the content of the large object in the first pack, which is stored as it is.
fn corrupt(world: &World) {
    let change =
        "UPDATE chunk SET data = CAST(substr(data, 1, 30000) || x'ff00ff' || substr(data, 30004) AS BLOB)
        WHERE id = (SELECT file << 20 FROM pack ORDER BY id LIMIT 1) + 2";
    world.repository.db().write("test: corrupt", |sql| sql.run(change, &[], &mut |_| Ok(()))).unwrap();
}

#[test]
fn other_bytes_of_a_large_file_are_noticed() {
    // Stored, so that a changed byte inflates all the same... as a stream that is damaged, or as another object.
    let all = versions(2);
    let (root, tip) = commit(&[&all[0]]);
    let world = World::new();
    assert!(
        Push::create(MAIN, &tip, pack_whole(&[all[0].clone(), root, tip.clone()]))
            .to(&world.repository)
            .moved
    );
    corrupt(&world);
    let repository = open(&world.dir.path().join("repository.sqlite"));
    let before = rows(&repository);
    let (root, next) = commit(&[&all[0], &all[1]]);
    let entries = [all[0].whole(), all[1].on(&all[0]), root.whole(), next.whole()];
    let answer = Push::create("refs/heads/x", &next, pack_of(&entries)).to(&repository);
    assert!(answer.report[0] != "unpack ok", "{answer:?}");
    sweep(&repository);
    assert_eq!(rows(&repository), before);
    assert!(!repository.verify(&env(), &mut |_, _| {}).unwrap().is_empty());
}

/// A delta by hand: sizes, then instructions.
fn by_hand(base: usize, result: usize, instructions: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for mut size in [base, result] {
        while size > 0x7f {
            out.push(size as u8 | 0x80);
            size >>= 7;
        }
        out.push(size as u8);
    }
    out.extend_from_slice(instructions);
    out
}

#[test]
fn hostile_deltas_on_large_files_are_refused_and_nothing_stays() {
    let base = blob(noise(1, OVER));
    let first = base.whole();
    let at = 12 + first.len();
    let copy_all = |from: u32, length: u32| {
        let mut out = vec![0xff];
        out.extend_from_slice(&from.to_le_bytes());
        out.extend_from_slice(&length.to_le_bytes()[..3]);
        out
    };
    let end = OVER as u32;
    let cases: [(Vec<u8>, String); 9] = [
        (by_hand(OVER + 1, 5, b"\x90\x05"), "delta base has another size".into()),
        (by_hand(5, OVER, b"\x90\x05"), "delta base has another size".into()),
        (by_hand(OVER, 6, b"\x90\x05"), "delta result has wrong size".into()),
        (by_hand(OVER, 4, b"\x90\x05"), "delta result has wrong size".into()),
        (by_hand(OVER, 2 * OVER, &copy_all(0, end)), "delta result has wrong size".into()),
        (by_hand(OVER, OVER, &copy_all(1, end)), "delta copies beyond its base".into()),
        (by_hand(OVER, 5, b"\x00"), "delta has a reserved instruction".into()),
        (by_hand(OVER, 5, b"\x05ab"), "delta is truncated".into()),
        (by_hand(OVER, 5, b"\x95"), "delta is truncated".into()),
    ];
    for (bytes, what) in cases {
        let pack = pack_of(&[first.clone(), entry(EntryKind::Ofs(first.len() as u64), &bytes)]);
        let world = World::new();
        let answer = Push::create(MAIN, &small("one")[2], pack).to(&world.repository);
        assert_eq!(
            answer.report,
            [format!("unpack bad pack: {what} at offset {at}"), format!("ng {MAIN} unpacker error")]
        );
        world.nothing_stays();
    }
    // Its size is over the limit: nothing of it is read.
    let huge = by_hand(OVER, 101 << 20, b"");
    let world = World::new();
    let pack = pack_of(&[first, entry(EntryKind::Ref(base.oid), &huge)]);
    let answer = Push::create(MAIN, &small("one")[2], pack).to(&world.repository);
    let text = format!("unpack bad pack: object at offset {at} is 106 MB; limit 104 MB. Use Git LFS");
    assert_eq!(answer.report[0], text);
    world.nothing_stays();
}

#[test]
fn a_delta_that_jumps_about_in_its_base_is_carried_out() {
    // Copies of a few bytes from everywhere, backwards, then the rest, and one instruction for many megabytes.
    let base = blob(noise(5, 3 * OVER));
    let mut instructions = Vec::new();
    let mut data = Vec::new();
    for n in (0..200_000_u32).rev() {
        let from = (u64::from(n) * 7_919_993 % (base.data.len() as u64 - 9)) as u32;
        instructions.push(0x9f);
        instructions.extend_from_slice(&from.to_le_bytes());
        instructions.push(9);
        data.extend_from_slice(&base.data[from as usize..][..9]);
    }
    let length = 12_u32 << 20;
    instructions.push(0xf0);
    instructions.extend_from_slice(&length.to_le_bytes()[..3]);
    data.extend_from_slice(&base.data[..length as usize]);
    let result = blob(data);
    let delta = by_hand(base.data.len(), result.data.len(), &instructions);
    let (root, tip) = commit(&[&base, &result]);
    let entries = [base.whole(), entry(EntryKind::Ref(base.oid), &delta), root.whole(), tip.whole()];
    let world = World::new();
    let answer = Push::create(MAIN, &tip, pack_of(&entries)).to(&world.repository);
    assert_eq!(answer.report[0], "unpack ok");
    is_sound(&world);
}

#[test]
fn a_long_delta_between_small_objects_is_carried_out() {
    // Twice as long as what it makes, byte by byte.
    let base = blob(noise(3, 1_000));
    let data = noise(4, 3 << 20);
    let instructions: Vec<u8> = data.iter().flat_map(|byte| [1, *byte]).collect();
    let result = blob(data);
    let delta = by_hand(1_000, result.data.len(), &instructions);
    assert!(delta.len() as u64 > limits::KEEP);
    let (root, tip) = commit(&[&base, &result]);
    let entries = [base.whole(), entry(EntryKind::Ref(base.oid), &delta), root.whole(), tip.whole()];
    let world = World::new();
    assert_eq!(Push::create(MAIN, &tip, pack_of(&entries)).to(&world.repository).report[0], "unpack ok");
    assert_eq!(stored(&world.repository, &result.oid).0, Form::Whole);
    is_sound(&world);
}

#[test]
fn large_deltas_without_an_end_are_refused_and_nothing_stays() {
    let (a, b) = (blob(noise(1, OVER)), blob(noise(1, OVER + 1)));
    let world = World::new();
    let pack = pack_of(&[a.on(&b), b.on(&a)]);
    let answer = Push::create(MAIN, &small("one")[2], pack).to(&world.repository);
    assert_eq!(answer.report[0], "unpack bad pack: 2 unresolved deltas, the first at offset 12");
    world.nothing_stays();
}

#[test]
fn families_nested_beyond_all_measure_are_refused_and_nothing_stays() {
    // Two deltas on each base, and the one that goes on is taken up first, because bases named by id weigh nothing.
    let all = versions(limits::SPOOLS + 4);
    let mut entries = vec![all[0].whole()];
    for pair in all.windows(2) {
        let aside = blob([&pair[0].data[..], b"aside"].concat());
        entries.extend([aside.on(&pair[0]), pair[1].on(&pair[0])]);
    }
    let world = World::new();
    let answer = Push::create(MAIN, &small("one")[2], pack_of(&entries)).to(&world.repository);
    let text = "unpack bad pack: too many large deltas stand on each other at offset ";
    assert!(answer.report[0].starts_with(text), "{answer:?}");
    world.nothing_stays();
}

#[test]
fn a_client_that_vanishes_while_large_deltas_are_made_leaves_nothing() {
    let all = versions(4);
    let (root, tip) = commit(&all.iter().collect::<Vec<_>>());
    let mut entries = vec![all[0].whole()];
    entries.extend(all.windows(2).map(|pair| pair[1].on(&pair[0])));
    entries.extend([root.whole(), tip.whole()]);
    let push = Push::create(MAIN, &tip, pack_of(&entries));
    for pulls in [1, 4, 9, 16, 25] {
        let world = World::new();
        let mut session = push.session(&world.repository);
        session.feed(&push.body());
        session.eof();
        // The pack is worked on a mebibyte at a time; then come the deltas.
        for _ in 0..6 + pulls {
            session.pull(&env());
        }
        drop(session);
        world.nothing_stays();
    }
}

#[test]
fn a_push_of_large_deltas_survives_a_fault_at_every_commit() {
    let all = versions(3);
    let small_file = blob(all[0].data[..1_000].to_vec());
    let (root, tip) = commit(&[&all[0], &all[1], &all[2], &small_file]);
    let mut entries = vec![all[0].whole(), all[1].on(&all[0]), all[2].on(&all[1]), small_file.on(&all[2])];
    entries.extend([root.whole(), tip.whole()]);
    let push = Push::create(MAIN, &tip, pack_of(&entries));
    let run = |plan: Plan| {
        let world = World::new();
        let driver = Sqlite::open(world.dir.path().join("faulty.sqlite"), Options::default()).unwrap();
        let fault = Fault::new(Arc::new(driver), plan);
        let repository = Repository::open(fault.db(), Shared::new(Budget::native()), 1).unwrap();
        let answer = push.to(&repository);
        drop(repository);
        let left = open(&world.dir.path().join("faulty.sqlite"));
        left.recover(&env()).unwrap();
        sweep(&left);
        (answer, fault, left, world)
    };
    let (answer, counted, left, _world) = run(Plan::Never);
    assert!(answer.moved);
    let (counts, after) = (counted.counters().counts(), rows(&left));
    // Opening the database writes, too.
    for n in 2..=counts.writes {
        let (answer, _, left, _world) = run(Plan::FailCommit(n));
        assert_eq!(left.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0], "commit {n}");
        if answer.moved {
            assert_eq!(rows(&left), after, "commit {n}");
        } else {
            assert!(
                rows(&left).iter().all(|(table, count)| *count == i64::from(*table == "cid")),
                "commit {n}"
            );
        }
    }
    for n in (1..24).map(|part| counts.statements * part / 24) {
        let (answer, _, left, _world) = run(Plan::Fail(n));
        assert_eq!(left.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0], "statement {n}");
        assert!(answer.moved || rows(&left)["ref"] == 0, "statement {n}");
    }
}

#[test]
fn two_pushes_of_large_deltas_take_turns() {
    let all = versions(3);
    let (root, tip) = commit(&all.iter().collect::<Vec<_>>());
    let entries = [all[0].whole(), all[1].on(&all[0]), all[2].on(&all[0]), root.whole(), tip.whole()];
    let world = World::new();
    let pushes: Vec<Push> =
        ["refs/heads/a", "refs/heads/b"].map(|name| Push::create(name, &tip, pack_of(&entries))).into();
    let mut sessions: Vec<_> =
        pushes.iter().map(|push| (push.session(&world.repository), Vec::new())).collect();
    for ((session, _), push) in sessions.iter_mut().zip(&pushes) {
        session.feed(&push.body());
        session.eof();
    }
    let mut open = 2;
    while open > 0 {
        for (session, out) in &mut sessions {
            match session.pull(&env()) {
                gitflare_repo::Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
                gitflare_repo::Pull::Done if !session.moved() => panic!("refused"),
                gitflare_repo::Pull::Done if !out.is_empty() => {
                    let answer = answer(std::mem::take(out), true, true);
                    assert_eq!(answer.report[0], "unpack ok");
                    open -= 1;
                }
                _ => {}
            }
        }
    }
    no_spool_is_left(&world.repository);
    is_sound(&world);
}

#[test]
fn a_special_file_made_of_a_large_one_is_checked() {
    let large = blob([b"[submodule \"../../x\"]\n\tpath = x\n\turl = ./x\n", &noise(1, OVER)[..]].concat());
    let bad = blob(large.data[..43].to_vec());
    let root = tree(&[("100644", ".gitmodules", bad.oid)]);
    let tip = commit_of(&root.oid, &[], "hidden");
    let entries = [large.whole(), bad.on(&large), root.whole(), tip.whole()];
    let world = World::new();
    let answer = Push::create(MAIN, &tip, pack_of(&entries)).to(&world.repository);
    assert!(answer.report[0].contains(": gitmodulesName: "), "{answer:?}");
    world.nothing_stays();
}
