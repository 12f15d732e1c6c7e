//! What a push says of its progress: the lines stock git's server has, and only what is true.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/bridge.rs"]
mod bridge;
mod support;

use bridge::Bridge;
use gitflare_repo::{Env, Pull, limits};
use support::{
    NOW, World,
    packs::{Made, blob, commit_of, noise, pack_of, pack_whole, small, tree},
    pushing::{Push, answer},
};

const MAIN: &str = "refs/heads/main";

/// What is said when a second passes with each slice of work, line by line, each once; and what of it before the body
/// had ended.
fn lines(world: &World, push: &Push, piece: usize) -> (Vec<String>, bool) {
    let body = push.body();
    let mut pieces = body.chunks(piece);
    let mut session = push.session(&world.repository);
    let (mut raw, mut early, mut ended) = (Vec::new(), false, false);
    for second in 0.. {
        match session.pull(&Env { now: NOW + second, seed: 42 }) {
            Pull::Bytes(bytes) => {
                early |= !ended;
                raw.extend_from_slice(&bytes);
            }
            Pull::Busy => {}
            Pull::Done => break,
            Pull::NeedInput => match pieces.next() {
                Some(piece) => session.feed(piece),
                None => {
                    ended = true;
                    session.eof();
                }
            },
        }
    }
    assert!(session.moved());
    let told = answer(raw, true, true).told;
    let mut lines: Vec<String> = told.split_inclusive(['\r', '\n']).map(str::to_owned).collect();
    lines.dedup();
    (lines, early)
}

/// Many files, their folder and its commit: enough for several slices of each step.
fn many() -> (Vec<Made>, Made) {
    let files: Vec<Made> = (0..90_000).map(|n| blob(format!("file {n}"))).collect();
    let names: Vec<String> = (0..files.len()).map(|n| format!("{n:05}")).collect();
    let entries: Vec<_> =
        files.iter().zip(&names).map(|(file, name)| ("100644", name.as_str(), file.oid)).collect();
    let root = tree(&entries);
    let tip = commit_of(&root.oid, &[], "many");
    ([files, vec![root, tip.clone()]].concat(), tip)
}

/// A file memory has no room for, and deltas on it: each takes a few slices.
fn large() -> Push {
    let base = blob(noise(1, limits::KEEP as usize + 1));
    let files: Vec<Made> = (0..3_u8).map(|n| blob([&base.data[..], &[n]].concat())).collect();
    let root =
        tree(&[("100644", "0", files[0].oid), ("100644", "1", files[1].oid), ("100644", "2", files[2].oid)]);
    let tip = commit_of(&root.oid, &[], "large");
    let mut entries = vec![base.whole()];
    entries.extend(files.iter().map(|file| file.on(&base)));
    entries.extend([root.whole(), tip.whole()]);
    Push::create(MAIN, &tip, pack_of(&entries))
}

#[test]
fn over_http_the_steps_after_the_body_are_told() {
    let (objects, tip) = many();
    let push = Push::create(MAIN, &tip, pack_whole(&objects));
    let (told, early) = lines(&World::new(), &push, 1 << 20);
    assert_eq!(
        told,
        [
            "Checking connectivity:  44% (40000/90001)\r",
            "Checking connectivity:  66% (60000/90001)\r",
            "Checking connectivity:  88% (80000/90001)\r",
            "Checking connectivity: 100% (90001/90001), done.\n",
            "Indexing objects:  97% (88000/90002)\r",
            "Indexing objects: 100% (90002/90002), done.\n",
        ]
    );
    assert!(!early, "nginx stops passing the body on once the answer begins");
}

#[test]
fn deltas_are_counted_down_as_they_are_resolved() {
    let (told, early) = lines(&World::new(), &large(), 1 << 20);
    assert_eq!(
        told,
        [
            "Resolving deltas:   0% (0/3)\r",
            "Resolving deltas:  33% (1/3)\r",
            "Resolving deltas:  66% (2/3)\r",
            "Resolving deltas: 100% (3/3)\r",
            "Resolving deltas: 100% (3/3), done.\n",
        ]
    );
    assert!(!early);
}

#[test]
fn in_a_conversation_what_arrives_is_told_while_it_does() {
    let objects: Vec<Made> = (0..10).map(|n| blob(noise(n, 100_000))).chain(small("one")).collect();
    let mut push = Push::create(MAIN, &objects[12], pack_whole(&objects));
    push.head.stateless = false;
    let (told, early) = lines(&World::new(), &push, 300_000);
    let told: Vec<&str> = told.iter().map(String::as_str).filter(|line| line.contains("objects")).collect();
    assert_eq!(
        told,
        [
            "Receiving objects:  46% (6/13)\r",
            "Receiving objects:  69% (9/13)\r",
            "Receiving objects: 100% (13/13)\r",
            "Receiving objects: 100% (13/13), done.\n",
        ]
    );
    assert!(early);
}

#[test]
fn what_takes_no_time_is_not_worth_a_word_but_deltas_are() {
    let world = World::new();
    let [file, root, tip] = small("one");
    let first =
        Push::create(MAIN, &tip, pack_whole(&[file.clone(), root, tip.clone()])).to(&world.repository);
    assert_eq!(first.told, "");
    let (one, two) = (blob(b"one and more".repeat(9)), blob(b"two and more".repeat(9)));
    let root = tree(&[("100644", "file", one.oid), ("100644", "x", two.oid)]);
    let next = commit_of(&root.oid, &[tip.oid], "more");
    let thin = pack_of(&[one.on(&file), two.on(&one), root.whole(), next.whole()]);
    let push = Push::new(thin).command(&tip.oid.to_hex(), &next.oid.to_hex(), MAIN);
    let quiet = push.clone().saying("report-status side-band-64k quiet");
    assert_eq!(
        push.to(&world.repository).told,
        "Resolving deltas: 100% (2/2), completed with 1 local object.\n"
    );
    let world = World::new();
    Push::create(MAIN, &tip, pack_whole(&small("one"))).to(&world.repository);
    assert_eq!(quiet.to(&world.repository).told, "");
}

#[test]
fn stock_git_shows_the_lines_it_shows_of_its_own_server() {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    bridge.git("work", &["init", "-q"]);
    let text =
        |n: u32| (0..300).map(|line| format!("line {line} of {}\n", line * n / 299)).collect::<String>();
    for n in 0..5 {
        std::fs::write(bridge.path("work/text.txt"), text(n)).unwrap();
        bridge.git("work", &["add", "-A"]);
        bridge.git("work", &["commit", "-q", "-m", &format!("{n}")]);
    }
    bridge.git("work", &["repack", "-adfq"]);
    bridge.git(".", &["init", "-q", "--bare", "twin.git"]);
    // Its own server unpacks few objects one by one.
    bridge.git("twin.git", &["config", "receive.unpackLimit", "1"]);
    let said = |url: &str| {
        let output = bridge.try_git("work", &["push", "--progress", url, "HEAD:refs/heads/main"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{text}");
        let remote = text.split(['\r', '\n']).filter_map(|line| line.strip_prefix("remote: "));
        // Git fills lines up to clear what was there before.
        let last: Vec<String> = remote.map(|line| line.trim_end().to_owned()).collect();
        last.into_iter().filter(|line| line.contains("100%")).collect::<Vec<_>>()
    };
    let (ours, theirs) = (said(bridge.url()), said("../twin.git"));
    assert!(ours.last().unwrap().starts_with("Resolving deltas: 100% ("), "{ours:?}");
    assert_eq!(ours.last(), theirs.last(), "{theirs:?}");
}
