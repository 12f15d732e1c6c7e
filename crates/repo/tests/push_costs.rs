//! What a push costs: statements and transactions counted, and inputs made to be slow that are not.
#![expect(clippy::disallowed_methods, reason = "tests that measure time")]

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gitflare_db::{
    fault::{Fault, Plan},
    sqlite::{Options, Sqlite},
};
use gitflare_git::{Kind, Oid, pack::EntryKind};
use gitflare_port::Event;
use gitflare_repo::{Budget, Repository, Shared, outbox};
use support::{
    World,
    packs::{Made, blob, commit_of, entry, made, noise, pack_of, pack_whole, small, tree},
    pushing::{Answer, Push, zero},
};

fn timed(push: &Push, world: &World) -> (Answer, Duration) {
    let begun = Instant::now();
    (push.to(&world.repository), begun.elapsed())
}

/// Files with a number in them, their tree and its commit.
fn files(count: usize, make: impl Fn(usize) -> Made) -> (Vec<Made>, Made, Made) {
    let blobs: Vec<Made> = (0..count).map(make).collect();
    let names: Vec<String> = (0..count).map(|n| format!("f{n:06}")).collect();
    let entries: Vec<_> =
        blobs.iter().zip(&names).map(|(blob, name)| ("100644", name.as_str(), blob.oid)).collect();
    let root = tree(&entries);
    let commit = commit_of(&root.oid, &[], "files");
    (blobs, root, commit)
}

#[test]
fn one_commit_costs_one_transaction_and_few_statements() {
    let dir = tempfile::tempdir().unwrap();
    let driver = Arc::new(Sqlite::open(dir.path().join("r.sqlite"), Options::default()).unwrap());
    let fault = Fault::new(driver, Plan::Never);
    let repository = Repository::open(fault.db(), Shared::new(Budget::native()), 1).unwrap();
    let (blobs, root, first) = files(4_998, |n| blob(format!("{n}")));
    let all = [blobs, vec![root, first.clone()]].concat();
    assert!(Push::create("refs/heads/main", &first, pack_whole(&all)).to(&repository).moved);
    let mut tip = first;
    for n in 0..3 {
        let [file, root, _] = small(&format!("step {n}"));
        let next = commit_of(&root.oid, &[tip.oid], "one more");
        let pack = pack_whole(&[file, root, next.clone()]);
        let push = Push::new(pack).command(&tip.oid.to_hex(), &next.oid.to_hex(), "refs/heads/main");
        fault.counters().reset();
        assert!(push.to(&repository).moved);
        let counts = fault.counters().reset();
        assert_eq!(counts.writes, 1, "{counts:?}");
        // Nine statements, and the tree of the parent, are for the index of last commits.
        assert!(counts.statements <= 45, "{counts:?}");
        assert!(counts.rows <= 90, "{counts:?}");
        assert!(counts.bytes <= 220_000, "{counts:?}");
        tip = next;
    }
}

#[test]
fn five_thousand_refs_move_in_a_moment() {
    let world = World::new();
    let objects = small("one");
    let mut push = Push::new(pack_whole(&objects));
    for n in 0..5_000 {
        push = push.command(&zero(), &objects[2].oid.to_hex(), &format!("refs/heads/topic/{n}"));
    }
    let (answer, took) = timed(&push, &world);
    assert!(answer.report.len() == 5_001 && answer.report[1..].iter().all(|line| line.starts_with("ok ")));
    assert!(took < Duration::from_secs(5), "{took:?} in a build that is not optimised");
    println!("5,000 refs: {took:?}");
}

#[test]
fn as_many_commands_as_fit_with_as_many_tips_are_handled() {
    let world = World::new();
    let tips: Vec<Made> = (0..20_000).map(|n| blob(format!("loose {n}"))).collect();
    let mut push = Push::new(pack_whole(&tips));
    for (n, tip) in tips.iter().enumerate() {
        push = push.command(&zero(), &tip.oid.to_hex(), &format!("refs/x/{n}"));
    }
    let (answer, took) = timed(&push, &world);
    let refused = answer.report.iter().find(|line| line.starts_with("ng "));
    assert_eq!((refused, answer.report.len()), (None, 20_001), "{}", answer.report[0]);
    assert!(took < Duration::from_secs(30), "{took:?}");
    println!("20,000 refs and tips: {took:?}");
    let events = world.repository.db().read(|sql| outbox::after(sql, 0, 1_000)).unwrap();
    let told: usize = events.iter().map(|(_, Event::Pushed { updates, .. })| updates.len()).sum();
    assert_eq!(told, 20_000, "the site hears of each, in rows of a bounded size");
}

#[test]
fn deltas_in_reverse_order_are_resolved_once_each() {
    let world = World::new();
    // Chains of 100, each link named by id and sent before its base: every one of them has to wait.
    let (blobs, root, commit) = files(30_000, |n| blob(format!("{:08}{}", n, "x".repeat(8))));
    let mut entries: Vec<Vec<u8>> = Vec::new();
    for chain in blobs.chunks(100) {
        entries.push(chain[0].whole());
        entries.extend(chain.windows(2).map(|pair| pair[1].on(&pair[0])));
    }
    entries.reverse();
    entries.extend([root.whole(), commit.whole()]);
    let (answer, took) = timed(&Push::create("refs/heads/main", &commit, pack_of(&entries)), &world);
    assert!(answer.moved, "{answer:?}");
    assert!(took < Duration::from_secs(40), "{took:?}");
    println!("29,700 waiting deltas: {took:?}");
}

#[test]
fn a_chain_of_large_files_is_not_rebuilt_for_each_link() {
    let world = World::new();
    // Too large for the cache, so only the last one is at hand.
    let mut files = vec![blob(noise(1, 12 << 20))];
    for n in 0..60_u8 {
        let mut data = files[usize::from(n)].data.clone();
        data[usize::from(n)] ^= 1;
        files.push(blob(data));
    }
    let mut entries = vec![files[0].whole()];
    for (n, pair) in files.windows(2).enumerate() {
        let mut delta = Vec::new();
        for _ in 0..2 {
            delta.extend_from_slice(&[0x80, 0x80, 0x80, 0x06]);
        }
        if n > 0 {
            delta.extend_from_slice(&[0x90 | 0x20, n as u8, 0]);
            delta[8] = 0x80 | 0x10;
            delta.truncate(8);
            delta.extend_from_slice(&[0x80 | 0x10, n as u8]);
        }
        delta.extend_from_slice(&[1, pair[1].data[n]]);
        copy_rest(&mut delta, n as u32 + 1, 12 << 20);
        entries.push(entry(EntryKind::Ref(pair[0].oid), &delta));
    }
    let tip = files.last().unwrap();
    let root = tree(&[("100644", "f", tip.oid)]);
    let commit = commit_of(&root.oid, &[], "large");
    entries.extend([root.whole(), commit.whole()]);
    let (answer, took) = timed(&Push::create("refs/heads/main", &commit, pack_of(&entries)), &world);
    assert!(answer.moved, "{answer:?}");
    assert!(took < Duration::from_secs(60), "{took:?}");
    println!("61 files of 12 MB: {took:?}");
}

/// Copies the base from `from` to its end, in pieces.
fn copy_rest(delta: &mut Vec<u8>, mut from: u32, end: u32) {
    while from < end {
        let take = (end - from).min(0xff_ff00);
        delta.push(0xff);
        delta.extend_from_slice(&from.to_le_bytes());
        delta.extend_from_slice(&take.to_le_bytes()[..3]);
        from += take;
    }
}

#[test]
fn links_chosen_to_meet_in_one_place_do_not() {
    let world = World::new();
    let file = blob("x");
    let names: Vec<String> = (0..100_000).map(|n| format!("{n:06}")).collect();
    for shape in [0, 12] {
        let id = |n: usize| {
            let mut bytes = [7; 20];
            bytes[shape..shape + 8].copy_from_slice(&((n as u64) << 40).to_be_bytes());
            Oid::from_bytes(&bytes).unwrap()
        };
        let entries: Vec<_> =
            names.iter().enumerate().map(|(n, name)| ("100644", name.as_str(), id(n))).collect();
        let root = tree(&entries);
        let commit = commit_of(&root.oid, &[], "adversary");
        let push =
            Push::create("refs/heads/main", &commit, pack_whole(&[file.clone(), root, commit.clone()]));
        let (answer, took) = timed(&push, &world);
        assert_eq!(answer.report[1], "ng refs/heads/main missing necessary objects");
        assert!(took < Duration::from_secs(20), "{took:?}");
        println!("100,000 links: {took:?}");
    }
    world.nothing_stays();
    assert_eq!(made(Kind::Blob, "x").oid, file.oid);
}
