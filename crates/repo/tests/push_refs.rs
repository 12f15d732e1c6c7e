//! Pushes by what they do to refs: create, move, delete, all or none, names, HEAD, and what the site is told.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use gitflare_git::{Kind, pktline};
use gitflare_port::{Event, Service};
use gitflare_repo::{Error, Pull, outbox, refs};
use support::{
    World, env, git, head,
    packs::{Made, blob, commit_of, pack_of, pack_whole, small, tag_of},
    pushing::{Push, USUAL, answer, finish, zero},
};

/// A world whose `main` is the commit of one small file.
fn with_main() -> (World, Made) {
    let world = World::new();
    let objects = small("one");
    let commit = objects[2].clone();
    let answer = Push::create("refs/heads/main", &commit, pack_whole(&objects)).to(&world.repository);
    assert_eq!(answer.report, ["unpack ok", "ok refs/heads/main"]);
    (world, commit)
}

fn hex(object: &Made) -> String {
    object.oid.to_hex()
}

fn events(world: &World) -> Vec<Event> {
    let events = world.repository.db().read(|sql| outbox::after(sql, 0, 100)).unwrap();
    events.into_iter().map(|(_, event)| event).collect()
}

fn has_unreachable(world: &World) -> bool {
    let read =
        |sql: &dyn gitflare_db::Sql| Ok::<_, Error>(world.repository.view(sql)?.live.has_unreachable());
    world.repository.db().read(read).unwrap()
}

#[test]
fn refs_are_created_moved_forced_and_deleted() {
    let world = World::new();
    let work = world.history(3);
    assert!(
        world
            .push(&work, &[("refs/heads/main", "main~1"), ("refs/heads/topic", "main")])
            .contains("unpack ok")
    );
    assert!(!has_unreachable(&world));
    assert!(world.push(&work, &[("refs/heads/main", "main")]).contains("ok refs/heads/main"));
    assert!(!has_unreachable(&world), "a step forward loses nothing");
    assert!(world.push(&work, &[("refs/heads/main", "main~2")]).contains("ok refs/heads/main"));
    assert!(has_unreachable(&world), "a rewind may lose something");
    assert!(world.push(&work, &[("refs/heads/topic", "")]).contains("ok refs/heads/topic"));
    assert_eq!(world.oid("refs/heads/topic"), None);
    let Some(Event::Pushed { updates, .. }) = events(&world).into_iter().nth(2) else { panic!() };
    assert!(updates[0].forced);
    world.exported();
}

#[test]
fn a_ref_can_be_created_with_an_empty_pack_and_deleted_without_one() {
    let (world, commit) = with_main();
    let made = Push::create("refs/heads/other", &commit, pack_of(&[])).to(&world.repository);
    assert_eq!(made.report, ["unpack ok", "ok refs/heads/other"]);
    let gone =
        Push::new(Vec::new()).command(&hex(&commit), &zero(), "refs/heads/other").to(&world.repository);
    assert_eq!(gone.report, ["unpack ok", "ok refs/heads/other"]);
    assert_eq!(world.stat().packs, 1);
    assert!(has_unreachable(&world));
    world.exported();
}

#[test]
fn deleting_what_is_not_there_changes_nothing() {
    let (world, commit) = with_main();
    let before = world.rows();
    for old in [zero(), hex(&commit)] {
        let answer = Push::new(Vec::new()).command(&old, &zero(), "refs/heads/gone").to(&world.repository);
        assert_eq!(answer.report, ["unpack ok", "ok refs/heads/gone"]);
        assert!(!answer.moved);
    }
    world.same_rows_as(&before);
}

#[test]
fn a_probe_and_an_empty_body_are_answered_with_nothing() {
    let world = World::new();
    for body in [&b"0000"[..], b""] {
        let mut session = world.repository.transfer(head(Service::ReceivePack, 0, false), &env());
        assert_eq!(finish(&mut session, &mut body.chunks(1)), b"");
    }
    world.nothing_stays();
}

#[test]
fn a_client_without_side_bands_gets_the_bare_report() {
    let world = World::new();
    let objects = small("one");
    let push = Push::create("refs/heads/main", &objects[2], pack_whole(&objects)).saying("report-status");
    let mut expected = Vec::new();
    pktline::text(&mut expected, "unpack ok");
    pktline::text(&mut expected, "ok refs/heads/main");
    pktline::flush(&mut expected);
    assert_eq!(push.to(&world.repository).raw, expected);
}

#[test]
fn a_client_that_wants_no_report_gets_none() {
    let world = World::new();
    let objects = small("one");
    let push = Push::create("refs/heads/main", &objects[2], pack_whole(&objects)).saying("");
    assert_eq!(push.to(&world.repository).raw, b"");
    assert_eq!(world.oid("refs/heads/main"), Some(hex(&objects[2])));
}

#[test]
fn both_kinds_of_report_name_every_ref() {
    for kind in ["report-status", "report-status-v2"] {
        let (world, commit) = with_main();
        let push = Push::create("refs/heads/a", &commit, pack_of(&[]))
            .command(&zero(), &hex(&commit), "refs/heads/b..c")
            .saying(&format!("{kind} side-band-64k"));
        assert_eq!(
            push.to(&world.repository).report,
            ["unpack ok", "ok refs/heads/a", "ng refs/heads/b..c funny refname"]
        );
    }
}

#[test]
fn quiet_pushes_hear_no_progress() {
    let world = World::new();
    let [base, _, _] = small("one");
    let top = blob("one and more");
    let tree = support::packs::tree(&[("100644", "a", base.oid), ("100644", "b", top.oid)]);
    let commit = commit_of(&tree.oid, &[], "deltas");
    // The delta comes before its base, so that it has to wait.
    let pack = pack_of(&[top.on(&base), base.whole(), tree.whole(), commit.whole()]);
    let push = Push::create("refs/heads/main", &commit, pack);
    let quiet = push.clone().saying("report-status side-band-64k quiet").to(&world.repository);
    assert_eq!((quiet.told.as_str(), quiet.report.len()), ("", 2));
    let told = push.to(&World::new().repository).told;
    assert!(told.contains("Resolving deltas: 100% (1/1), done."), "{told}");
}

#[test]
fn an_atomic_push_moves_all_refs_or_none() {
    let (world, commit) = with_main();
    let before = world.rows();
    let objects = small("two");
    let atomic = Push::create("refs/heads/good", &objects[2], pack_whole(&objects))
        .command(&zero(), &hex(&objects[2]), "refs/heads/main")
        .saying("report-status side-band-64k atomic");
    let answer = atomic.to(&world.repository);
    assert_eq!(
        answer.report,
        ["unpack ok", "ng refs/heads/good atomic push failure", "ng refs/heads/main failed to update ref"]
    );
    assert!(answer.told.contains("error: cannot lock ref 'refs/heads/main': reference already exists"));
    world.same_rows_as(&before);
    assert_eq!(world.oid("refs/heads/main"), Some(hex(&commit)));
    let single = atomic.clone().saying(USUAL).to(&world.repository);
    assert_eq!(single.report, ["unpack ok", "ok refs/heads/good", "ng refs/heads/main failed to update ref"]);
}

#[test]
fn an_atomic_push_of_a_name_and_a_name_inside_it_moves_neither() {
    let (world, commit) = with_main();
    let before = world.rows();
    for names in [["refs/heads/a", "refs/heads/a/b"], ["refs/heads/a/b", "refs/heads/a"]] {
        let push = Push::create(names[0], &commit, pack_of(&[])).command(&zero(), &hex(&commit), names[1]);
        let answer = push.clone().saying("report-status atomic").to(&world.repository);
        assert_eq!(answer.report[1], format!("ng {} atomic push failure", names[0]));
        assert_eq!(answer.report[2], format!("ng {} failed to update ref", names[1]));
        world.same_rows_as(&before);
    }
}

#[test]
fn a_folder_of_refs_gives_way_only_when_all_of_it_goes() {
    let (world, commit) = with_main();
    let new = hex(&commit);
    let one = Push::create("refs/heads/a", &commit, pack_of(&[]));
    assert_eq!(one.to(&world.repository).report[1], "ok refs/heads/a");

    let inside = Push::create("refs/heads/a/b", &commit, pack_of(&[]));
    let answer = inside.to(&world.repository);
    assert_eq!(answer.report[1], "ng refs/heads/a/b failed to update ref");
    assert!(answer.told.contains("error: 'refs/heads/a' exists; cannot create 'refs/heads/a/b'"));

    let swap = inside
        .command(&zero(), &new, "refs/heads/a/c")
        .command(&new, &zero(), "refs/heads/a")
        .to(&world.repository);
    assert_eq!(swap.report[1..], ["ok refs/heads/a/b", "ok refs/heads/a/c", "ok refs/heads/a"]);

    let half = one.clone().command(&new, &zero(), "refs/heads/a/b").to(&world.repository);
    assert_eq!(half.report[1..], ["ng refs/heads/a failed to update ref", "ok refs/heads/a/b"]);
    let rest =
        one.command(&new, &zero(), "refs/heads/a/c").saying("report-status atomic").to(&world.repository);
    assert_eq!(rest.report[1..], ["ok refs/heads/a", "ok refs/heads/a/c"]);
}

#[test]
fn push_options_reach_the_site_with_the_push() {
    let world = World::new();
    let objects = small("one");
    let mut push = Push::create("refs/heads/main", &objects[2], pack_whole(&objects))
        .saying("report-status push-options");
    push.options = vec!["ci.skip".into(), "topic=x y".into()];
    assert_eq!(push.to(&world.repository).report[0], "unpack ok");
    let [Event::Pushed { actor, options, updates, head, .. }] = &events(&world)[..] else { panic!() };
    assert_eq!((*actor, options), (1, &push.options));
    assert_eq!((updates[0].name.as_str(), head.as_str()), ("refs/heads/main", "refs/heads/main"));
}

#[test]
fn the_first_branch_becomes_the_default() {
    let cases: [(&[&str], &str); 6] = [
        (&["refs/heads/trunk"], "refs/heads/trunk"),
        (&["refs/heads/zebra", "refs/heads/apple"], "refs/heads/apple"),
        (&["refs/heads/apple", "refs/heads/master"], "refs/heads/master"),
        (&["refs/heads/apple", "refs/heads/master", "refs/heads/main"], "refs/heads/main"),
        (&["refs/tags/v1"], "refs/heads/main"),
        (&["refs/heads/bad..name", "refs/heads/good"], "refs/heads/good"),
    ];
    for (names, expected) in cases {
        let world = World::new();
        let objects = small("one");
        let mut push = Push::new(pack_whole(&objects));
        for name in names {
            push = push.command(&zero(), &hex(&objects[2]), name);
        }
        push.to(&world.repository);
        assert_eq!(world.stat().head, expected, "{names:?}");
        let later = Push::create("refs/heads/aaa", &objects[2], pack_of(&[])).to(&world.repository);
        assert_eq!(later.report[1], "ok refs/heads/aaa");
        let born = names.contains(&expected);
        assert_eq!(world.stat().head, if born { expected } else { "refs/heads/aaa" });
    }
}

#[test]
fn the_default_branch_cannot_be_deleted() {
    let (world, commit) = with_main();
    let answer =
        Push::new(Vec::new()).command(&hex(&commit), &zero(), "refs/heads/main").to(&world.repository);
    assert_eq!(answer.report, ["unpack ok", "ng refs/heads/main deletion of the current branch prohibited"]);
}

#[test]
fn nested_tags_are_stored_with_what_they_tag_in_the_end() {
    let (world, commit) = with_main();
    let inner = tag_of(&commit.oid, Kind::Commit, "inner");
    let outer = tag_of(&inner.oid, Kind::Tag, "outer");
    let push = Push::create("refs/tags/outer", &outer, pack_whole(&[inner.clone(), outer.clone()])).command(
        &zero(),
        &hex(&commit),
        "refs/tags/light",
    );
    assert_eq!(push.to(&world.repository).report[0], "unpack ok");
    let get =
        |name: &str| world.repository.db().read(|sql| refs::get(sql, name.as_bytes())).unwrap().unwrap();
    assert_eq!(get("refs/tags/outer").peeled, Some(commit.oid));
    assert_eq!(get("refs/tags/light").peeled, None);
    // Later, without the objects in the push.
    let again = Push::create("refs/tags/again", &inner, pack_of(&[])).to(&world.repository);
    assert_eq!(again.report[1], "ok refs/tags/again");
    assert_eq!(get("refs/tags/again").peeled, Some(commit.oid));
    assert!(!has_unreachable(&world));
    let bare = world.exported();
    assert_eq!(git(&bare, &["rev-parse", "outer^{}"]).trim(), hex(&commit));
}

#[test]
fn a_branch_must_be_a_commit_and_other_refs_need_not() {
    let (world, commit) = with_main();
    let tag = tag_of(&commit.oid, Kind::Commit, "v1");
    let file = blob("loose");
    let push = Push::create("refs/heads/tag", &tag, pack_whole(&[tag.clone(), file.clone()]))
        .command(&zero(), &hex(&file), "refs/heads/blob")
        .command(&zero(), &hex(&file), "refs/keep/blob")
        .command(&zero(), &hex(&tag), "refs/tags/v1");
    let answer = push.to(&world.repository);
    assert_eq!(
        answer.report[1..],
        [
            "ng refs/heads/tag failed to update ref",
            "ng refs/heads/blob failed to update ref",
            "ok refs/keep/blob",
            "ok refs/tags/v1"
        ]
    );
    assert!(answer.told.contains(&format!(
        "cannot update ref 'refs/heads/blob': trying to write non-commit object {} to branch 'refs/heads/blob'",
        file.oid
    )));
}

#[test]
fn names_that_differ_only_in_case_are_accepted_with_a_warning() {
    let (world, commit) = with_main();
    let first = Push::create("refs/heads/Topic", &commit, pack_of(&[])).to(&world.repository);
    assert_eq!(first.told, "");
    let twin = Push::create("refs/heads/topic", &commit, pack_of(&[])).to(&world.repository);
    assert_eq!(twin.report[1], "ok refs/heads/topic");
    assert!(twin.told.contains("warning: 'refs/heads/topic' and 'refs/heads/Topic' differ only in case"));
}

#[test]
fn hidden_and_locked_refs_are_denied() {
    let (world, commit) = with_main();
    let mut push = Push::create("refs/pull/1/head", &commit, pack_of(&[]))
        .command(&zero(), &hex(&commit), "refs/secret/x")
        .command(&hex(&commit), &zero(), "refs/secret/y");
    push.head.caller.hidden = vec!["refs/secret/".into()];
    assert_eq!(
        push.to(&world.repository).report[1..],
        [
            "ng refs/pull/1/head deny updating a hidden ref",
            "ng refs/secret/x deny updating a hidden ref",
            "ng refs/secret/y deny deleting a hidden ref"
        ]
    );
}

#[test]
fn one_ref_named_twice_moves_once_at_most() {
    let (world, commit) = with_main();
    let push =
        Push::create("refs/heads/x", &commit, pack_of(&[])).command(&zero(), &hex(&commit), "refs/heads/x");
    assert_eq!(
        push.to(&world.repository).report[1..],
        ["ok refs/heads/x", "ng refs/heads/x multiple updates for one ref not allowed"]
    );
}

#[test]
fn a_ref_that_is_elsewhere_is_not_moved_and_the_client_is_told_where() {
    let (world, commit) = with_main();
    let other = commit_of(&small("one")[1].oid, &[commit.oid], "next");
    let cases = [
        (
            zero(),
            hex(&other),
            "refs/heads/main",
            "failed to update ref",
            "reference already exists".to_owned(),
        ),
        (
            hex(&other),
            hex(&other),
            "refs/heads/main",
            "failed to update ref",
            format!("is at {} but expected {}", commit.oid, other.oid),
        ),
        (
            hex(&commit),
            hex(&other),
            "refs/heads/new",
            "failed to update ref",
            "unable to resolve reference 'refs/heads/new'".to_owned(),
        ),
    ];
    let before = world.rows();
    for (old, new, name, status, told) in cases {
        let answer = Push::new(pack_whole(std::slice::from_ref(&other)))
            .command(&old, &new, name)
            .to(&world.repository);
        assert_eq!(answer.report, ["unpack ok", &format!("ng {name} {status}")]);
        assert!(answer.told.contains(&format!("error: cannot lock ref '{name}': {told}")), "{}", answer.told);
        world.same_rows_as(&before);
    }
    let side = Push::create("refs/heads/side", &commit, pack_of(&[])).to(&world.repository);
    assert_eq!(side.report[1], "ok refs/heads/side");
    let wrong = Push::new(Vec::new()).command(&hex(&other), &zero(), "refs/heads/side").to(&world.repository);
    assert_eq!(wrong.report[1], "ng refs/heads/side failed to delete");
}

#[test]
fn bad_names_are_funny() {
    let (world, commit) = with_main();
    let before = world.rows();
    let long = format!("refs/heads/{}", "x".repeat(1_100));
    let mut bad = vec![
        "refs/heads/a..b",
        "refs/heads/a@{1}",
        "refs/heads/a\u{1}",
        "refs/heads/a b",
        "refs/heads/a~1",
        "refs/heads/a^",
        "refs/heads/a:b",
        "refs/heads/a?",
        "refs/heads/a*",
        "refs/heads/a[",
        "refs/heads/a\\b",
        "refs/heads/.a",
        "refs/heads/a.lock",
        "refs/heads//a",
        "refs/heads/a.",
        "refs/heads/a/",
        "refs/heads/",
        "refs/heads",
        "refs/stash",
        "HEAD",
        "heads/a",
        "main",
        "../refs/heads/a",
        "refs/heads/HEAD",
        "refs/heads/-f",
        "refs/heads/0123456789abcdef0123456789abcdef01234567",
        "refs/heads/a.lock/b",
    ];
    bad.push(&long);
    for name in bad {
        let answer = Push::create(name, &commit, pack_of(&[])).to(&world.repository);
        assert_eq!(answer.report, ["unpack ok", &format!("ng {name} funny refname")]);
    }
    world.same_rows_as(&before);
}

#[test]
fn what_no_pushed_ref_reaches_is_remembered_as_unreachable() {
    let world = World::new();
    let mut objects = small("one").to_vec();
    let commit = objects[2].clone();
    Push::create("refs/heads/main", &commit, pack_whole(&objects)).to(&world.repository);
    assert!(!has_unreachable(&world));
    objects = small("two").to_vec();
    objects.push(blob("nobody names me"));
    Push::create("refs/heads/two", &objects[2], pack_whole(&objects)).to(&world.repository);
    assert!(has_unreachable(&world));

    let world = World::new();
    let objects = [small("one"), small("two")].concat();
    let push = Push::create("refs/heads/one", &objects[2], pack_whole(&objects)).command(
        &hex(&objects[2]),
        &hex(&objects[5]),
        "refs/heads/two",
    );
    assert_eq!(push.to(&world.repository).report[2], "ng refs/heads/two failed to update ref");
    assert!(has_unreachable(&world), "the loser's objects came along");
    world.exported();
}

#[test]
fn new_branches_come_with_the_address_of_a_pull_request_and_notices_come_last() {
    let (world, commit) = with_main();
    let mut push = Push::create("refs/heads/fix/ä", &commit, pack_of(&[]));
    push.head.propose = Some("https://forge.example/ada/x/compare/{branch}".into());
    push.head.notices = vec!["https://forge.example/ada/x".into()];
    let told = push.to(&world.repository).told;
    assert_eq!(
        told,
        "Create a pull request for 'fix/ä':\n  https://forge.example/ada/x/compare/fix/%C3%A4\nhttps://forge.example/ada/x\n"
    );
}

#[test]
fn a_conversation_begins_with_the_refs_and_needs_no_end_of_input() {
    let (world, commit) = with_main();
    let mut head = head(Service::ReceivePack, 0, false);
    head.stateless = false;
    let objects = small("two");
    let created = Push::create("refs/heads/two", &objects[2], pack_whole(&objects));
    let deleted = Push::new(Vec::new()).command(&hex(&objects[2]), &zero(), "refs/heads/two");
    for push in [created, deleted] {
        let mut session = world.repository.transfer(head.clone(), &env());
        session.feed(&push.body());
        let mut out = Vec::new();
        loop {
            match session.pull(&env()) {
                Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
                Pull::Busy => {}
                Pull::Done => break,
                Pull::NeedInput => panic!("everything was said"),
            }
        }
        let text = String::from_utf8_lossy(&out);
        assert!(text[4..].starts_with(&format!("{} refs/heads/main\0", hex(&commit))), "{text}");
        assert!(text.contains("ok refs/heads/two"), "{text}");
    }
}

#[test]
fn keep_alives_are_sent_to_a_push_that_waits_for_its_turn() {
    let (world, _) = with_main();
    let (one, two) = (small("two"), small("three"));
    let first = Push::create("refs/heads/two", &one[2], pack_whole(&one));
    let second = Push::create("refs/heads/three", &two[2], pack_whole(&two));
    let mut holder = first.session(&world.repository);
    holder.feed(&first.body());
    holder.eof();
    // Commands, pack, its end, resolving, and the turn is taken.
    (0..5).for_each(|_| drop(holder.pull(&env())));
    let mut waiting = second.session(&world.repository);
    waiting.feed(&second.body());
    waiting.eof();
    let mut heard = Vec::new();
    for minute in 0..50 {
        let later = gitflare_repo::Env { now: env().now + minute, ..env() };
        if let Pull::Bytes(bytes) = waiting.pull(&later) {
            heard.extend_from_slice(&bytes);
        }
    }
    assert!(heard.starts_with(b"0005") && heard.len() >= 40, "{heard:?}");
    drop(holder);
    let rest = finish(&mut waiting, &mut std::iter::empty());
    assert!(answer(rest, true, true).report.contains(&"ok refs/heads/three".to_owned()));
}
