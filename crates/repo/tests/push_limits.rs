//! Pushes that are too large: each is read to its end, refused with what there is to do, and leaves nothing.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod support;

use std::sync::Arc;

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_git::Oid;
use gitflare_port::BodyLimit;
use gitflare_repo::{Budget, Env, Pull, Repository, Shared};
use support::{
    NOW, World, env,
    packs::{Made, blob, commit_of, noise, pack_whole, small, tree},
    pushing::{Push, answer, finish},
};

const MAIN: &str = "refs/heads/main";

/// A world whose repository has this budget.
fn within(budget: Budget) -> World {
    let mut world = World::new();
    let path = world.dir.path().join("bounded.sqlite");
    let db = Db::new(Arc::new(Sqlite::open(&path, Options::default()).unwrap()));
    world.repository = Repository::open(db, Shared::new(budget), 1).unwrap();
    world
}

/// Some hundred kilobytes.
fn pack() -> (Vec<u8>, Made) {
    let mut objects: Vec<Made> = (0..40).map(|n| blob(noise(n, 9_000))).collect();
    let [file, root, commit] = small("one");
    objects.extend([file, root, commit.clone()]);
    (pack_whole(&objects), commit)
}

#[test]
fn a_body_over_the_limit_of_the_host_is_read_to_its_end_and_answered_with_the_way_on() {
    let (pack, tip) = pack();
    let mut push = Push::create(MAIN, &tip, pack);
    let size = push.body().len() as u64;
    let text = "the plan allows 100 MB in one push\npush the history in parts:\n  git push URL <commit>:main";
    push.head.limit = Some(BodyLimit { bytes: size - 1, text: text.into() });
    let world = World::new();
    let body = push.body();
    let mut pieces = body.chunks(8_192);
    let mut session = push.session(&world.repository);
    let raw = finish(&mut session, &mut pieces);
    assert!(pieces.next().is_none(), "a client that is still writing would not read the answer");
    let refused = answer(raw, session.moved(), true);
    assert_eq!(
        refused.report,
        ["unpack the plan allows 100 MB in one push".into(), format!("ng {MAIN} unpacker error")]
    );
    assert_eq!(
        refused.told,
        "error: the plan allows 100 MB in one push\npush the history in parts:\n  git push URL <commit>:main\n"
    );
    assert!(!refused.moved);
    drop(session);
    world.nothing_stays();

    push.head.limit = Some(BodyLimit { bytes: size, text: text.into() });
    assert_eq!(push.to(&world.repository).report, ["unpack ok".into(), format!("ok {MAIN}")]);
}

#[test]
fn more_objects_than_memory_has_room_for_are_refused_before_they_come() {
    let world = within(Budget { entries: 42, ..Budget::durable() });
    let (pack, tip) = pack();
    let refused = Push::create(MAIN, &tip, pack.clone()).to(&world.repository);
    assert_eq!(
        refused.report,
        [
            "unpack pack has 43 objects; limit 42. Push the history in parts".into(),
            format!("ng {MAIN} unpacker error")
        ]
    );
    world.nothing_stays();
    let roomy = within(Budget { entries: 43, ..Budget::durable() });
    assert_eq!(Push::create(MAIN, &tip, pack).to(&roomy.repository).report[0], "unpack ok");
}

#[test]
fn a_push_that_names_ever_more_objects_is_refused() {
    let names: Vec<String> = (0..500).map(|n| format!("file{n:03}")).collect();
    let oid = |n: usize| Oid::from_hex(format!("{n:040x}")).unwrap();
    let entries: Vec<_> =
        names.iter().enumerate().map(|(n, name)| ("100644", name.as_str(), oid(n + 1))).collect();
    let root = tree(&entries);
    let commit = commit_of(&root.oid, &[], "many names");
    let push = Push::create(MAIN, &commit, pack_whole(&[root, commit.clone()]));
    let world = within(Budget { links: 400, ..Budget::durable() });
    let refused = push.to(&world.repository);
    assert_eq!(
        refused.report[0],
        "unpack the push names more than 400 objects beyond those it carries. Push the history in parts"
    );
    world.nothing_stays();
    // With room for them, they are looked for.
    let roomy = within(Budget { links: 500, ..Budget::durable() });
    assert_eq!(push.to(&roomy.repository).report[1], format!("ng {MAIN} missing necessary objects"));
}

#[test]
fn a_push_waits_for_memory_that_another_has_and_goes_on_when_it_is_there() {
    // Each of these two takes the room of the other: 40,000 objects, and room for fewer than twice as many.
    let world = within(Budget { tables: 8 << 20, ..Budget::durable() });
    let push = |name: &str, seed: u64| {
        let objects: Vec<Made> = (0..40_000).map(|n| blob((seed << 32 | n).to_le_bytes().to_vec())).collect();
        let tip = objects[0].clone();
        (Push::create(name, &tip, pack_whole(&objects)), objects)
    };
    let (first, _) = push("refs/keep/first", 1);
    let (second, _) = push("refs/keep/second", 2);
    let (one, two) = (first.body(), second.body());
    let (mut first, mut second) = (first.session(&world.repository), second.session(&world.repository));
    first.feed(&one[..one.len() / 2]);
    while !matches!(first.pull(&env()), Pull::NeedInput) {}
    second.feed(&two[..two.len() / 2]);
    for _ in 0..20 {
        assert!(matches!(second.pull(&env()), Pull::Busy), "it waits, and reads nothing more");
    }
    assert!(second.is_waiting());
    // A small one is not kept waiting.
    let (small, tip) = pack();
    let done = Push::create(MAIN, &tip, small).to(&world.repository);
    assert_eq!(done.report, ["unpack ok".into(), format!("ok {MAIN}")]);
    drop(first);
    second.feed(&two[two.len() / 2..]);
    second.eof();
    let raw = finish(&mut second, &mut [].chunks(1));
    assert_eq!(answer(raw, second.moved(), true).report, ["unpack ok", "ok refs/keep/second"]);
}

#[test]
fn a_push_that_waited_too_long_is_told_to_try_again() {
    let world = within(Budget { tables: 1 << 20, ..Budget::durable() });
    let many = |seed: u64| -> Vec<Made> {
        (0..6_000).map(|n| blob((seed << 32 | n).to_le_bytes().to_vec())).collect()
    };
    let [one, two] = [many(1), many(2)].map(|objects| {
        let tip = objects[0].clone();
        Push::create("refs/keep/it", &tip, pack_whole(&objects))
    });
    let body = one.body();
    let mut first = one.session(&world.repository);
    first.feed(&body[..body.len() / 2]);
    while !matches!(first.pull(&env()), Pull::NeedInput) {}
    let mut second = two.session(&world.repository);
    second.feed(&two.body());
    second.eof();
    let mut raw = Vec::new();
    // The first gives a sign of life all the while.
    for later in 0..100 {
        let env = Env { now: NOW + later, ..env() };
        let _ = first.pull(&env);
        match second.pull(&env) {
            Pull::Bytes(bytes) => raw.extend(bytes),
            Pull::Done => break,
            Pull::Busy | Pull::NeedInput => {}
        }
    }
    let refused = answer(raw, second.moved(), true);
    assert!(refused.told.contains("busy with other large pushes; please try again"), "{}", refused.told);
    assert!(!refused.moved);
}
