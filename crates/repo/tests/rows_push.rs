//! Pushes row by row of the list of promises: what stock git says by itself, what stays of it, and long answers.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/bridge.rs"]
mod bridge;
mod support;

use bridge::Bridge;
use gitflare_db::{Sql, ValueRef};
use gitflare_git::{
    Oid,
    pktline::{self, Packet},
};
use gitflare_port::{Event, Service};
use gitflare_repo::{Env, Pull, outbox};
use support::{
    NOW, World,
    packs::{commit_of, noise, pack_of, pack_whole, small},
    pushing::{Push, zero},
};

/// A served repository with a few commits on `main`, and the working copy they came from.
fn served(commits: usize) -> Bridge {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    bridge.git("work", &["init", "-q"]);
    for n in 0..commits {
        commit(&bridge, "work", n);
    }
    bridge.git("work", &["push", "-q", bridge.url(), "HEAD:refs/heads/main"]);
    bridge
}

fn commit(bridge: &Bridge, at: &str, n: usize) {
    std::fs::write(bridge.path(at).join(format!("file{n}")), format!("{n}\n")).unwrap();
    bridge.git(at, &["add", "-A"]);
    bridge.git(at, &["commit", "-q", "-m", &format!("commit {n}")]);
}

fn tip(bridge: &Bridge, at: &str) -> String {
    bridge.git(at, &["rev-parse", "HEAD"])
}

/// What the repository says of its refs.
fn remote(bridge: &Bridge, name: &str) -> String {
    bridge.git(".", &["ls-remote", bridge.url(), name]).split('\t').next().unwrap().to_owned()
}

/// A line of the reflog with everything in it.
fn reflog(sql: &dyn Sql) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let text = "SELECT CAST(name AS TEXT), lower(hex(old)), lower(hex(new)), CAST(actor AS TEXT), actor_name,
        coalesce(ip, ''), CAST(at AS TEXT), note, CAST(push AS TEXT) FROM reflog ORDER BY id";
    sql.run(text, &[], &mut |row| {
        let mut line = Vec::new();
        for column in 0..9 {
            let ValueRef::Text(text) = row.get(column)? else { panic!("not text") };
            line.push(text.to_owned());
        }
        found.push(line);
        Ok(())
    })
    .unwrap();
    found
}

#[test]
fn the_reflog_says_who_moved_what_when_and_from_where() {
    let world = World::new();
    let [file, tree, first] = small("one");
    let second = commit_of(&tree.oid, &[first.oid], "two");
    let (one, two) = (first.oid.to_hex(), second.oid.to_hex());
    let pack = pack_whole(&[file, tree, first.clone()]);
    let mut create = Push::create("refs/heads/main", &first, pack).command(&zero(), &one, "refs/heads/side");
    create.head.caller.identity.as_mut().unwrap().address = Some("2001:db8::7".into());
    create.to(&world.repository);
    let mut forward = Push::new(pack_whole(std::slice::from_ref(&second)))
        .command(&one, &two, "refs/heads/main")
        .command(&one, &zero(), "refs/heads/side")
        .command(&two, &one, "refs/heads/none");
    let identity = forward.head.caller.identity.as_mut().unwrap();
    (identity.account, identity.name, identity.address) = (7, "linus".into(), None);
    let later = Env { now: NOW + 60, seed: 1 };
    let mut session = world.repository.transfer(forward.head.clone(), &later);
    session.feed(&forward.body());
    session.eof();
    while !matches!(session.pull(&later), Pull::Done) {}

    let lines = world.repository.db().read(|sql| Ok::<_, gitflare_db::Error>(reflog(sql))).unwrap();
    let (ada, linus) =
        (["1", "ada", "2001:db8::7", "1780000000", "push"], ["7", "linus", "", "1780000060", "push"]);
    let expected = [
        ("refs/heads/main", zero(), one.clone(), ada),
        ("refs/heads/side", zero(), one.clone(), ada),
        ("refs/heads/side", one.clone(), zero(), linus),
        ("refs/heads/main", one, two, linus),
    ];
    assert_eq!(lines.len(), expected.len(), "a command that failed moved nothing: {lines:?}");
    for (line, (name, old, new, who)) in lines.iter().zip(expected) {
        assert_eq!(line[..8], [&[name, &old, &new], &who[..]].concat());
    }
    let pushes: Vec<&String> = lines.iter().map(|line| &line[8]).collect();
    assert!(pushes[0] == pushes[1] && pushes[1] != pushes[2] && pushes[2] == pushes[3], "{pushes:?}");
}

#[test]
fn a_long_report_comes_in_packets_of_the_band() {
    let world = World::new();
    let objects = small("one");
    let mut push = Push::new(pack_whole(&objects)).saying("report-status side-band-64k");
    let name = |n: usize| format!("refs/heads/{}/{n}", "long".repeat(40));
    for n in 0..1_000 {
        push = push.command(&zero(), &objects[2].oid.to_hex(), &name(n));
    }
    let answer = push.to(&world.repository);
    assert_eq!(answer.report.len(), 1_001);
    assert!(answer.report[1..].iter().enumerate().all(|(n, line)| *line == format!("ok {}", name(n))));
    let (mut rest, mut longest, mut last) = (&answer.raw[..], 0, "");
    while let Some((packet, used)) = pktline::parse(rest).unwrap() {
        longest = longest.max(used);
        last = if matches!(packet, Packet::Flush) { "flush" } else { "data" };
        rest = &rest[used..];
    }
    assert!((60_000..=65_520).contains(&longest), "{longest}");
    assert_eq!((rest.len(), last), (0, "flush"));
}

#[test]
fn stock_git_shows_what_became_of_each_ref() {
    let bridge = served(3);
    let push = ["push", "--porcelain", bridge.url(), "HEAD:refs/heads/new", ":refs/heads/main"];
    let push = bridge.try_git("work", &push);
    let told = String::from_utf8(push.stdout).unwrap();
    assert!(told.contains("*\tHEAD:refs/heads/new\t[new branch]\n"), "{told}");
    let refused = "!\t:refs/heads/main\t[remote rejected] (deletion of the current branch prohibited)\n";
    assert!(told.contains(refused), "{told}");
    assert!(!push.status.success());
    assert_eq!(remote(&bridge, "refs/heads/new"), tip(&bridge, "work"));
    assert_eq!(remote(&bridge, "refs/heads/main"), tip(&bridge, "work"));

    // All or none, by the client's wish.
    let atomic = ["push", "--atomic", bridge.url(), ":refs/heads/main", "HEAD:refs/heads/other"];
    assert!(!bridge.try_git("work", &atomic).status.success());
    assert_eq!(remote(&bridge, "refs/heads/other"), "");
    bridge.git("work", &["push", "-q", "--delete", bridge.url(), "refs/heads/new"]);
    assert_eq!(remote(&bridge, "refs/heads/new"), "");
}

#[test]
fn a_push_with_a_lease_moves_only_what_the_client_saw() {
    let bridge = served(2);
    bridge.git(".", &["clone", "-q", bridge.url(), "clone"]);
    commit(&bridge, "work", 7);
    bridge.git("work", &["push", "-q", bridge.url(), "HEAD:refs/heads/main"]);
    bridge.git("clone", &["commit", "-q", "--amend", "-m", "rewritten"]);
    let lease = ["push", "-q", "--force-with-lease", "origin", "HEAD:refs/heads/main"];
    assert!(!bridge.try_git("clone", &lease).status.success());
    assert_eq!(remote(&bridge, "refs/heads/main"), tip(&bridge, "work"));
    bridge.git("clone", &["fetch", "-q"]);
    bridge.git("clone", &lease);
    assert_eq!(remote(&bridge, "refs/heads/main"), tip(&bridge, "clone"));
}

#[test]
fn options_of_stock_git_reach_the_site() {
    let bridge = served(1);
    commit(&bridge, "work", 1);
    let push = ["push", "-q", "-o", "ci.skip", "-o", "topic=a b", bridge.url(), "HEAD:refs/heads/main"];
    bridge.git("work", &push);
    let events = bridge.repository.db().read(|sql| outbox::after(sql, 0, 100)).unwrap();
    let Some((_, Event::Pushed { options, .. })) = events.last() else { panic!("{events:?}") };
    assert_eq!(options[..], ["ci.skip", "topic=a b"]);
}

#[test]
fn a_shallow_clone_pushes_what_it_made() {
    let bridge = served(4);
    bridge.git(".", &["clone", "-q", "--depth", "1", bridge.url(), "cut"]);
    commit(&bridge, "cut", 9);
    bridge.git("cut", &["push", "-q", "origin", "HEAD:refs/heads/main"]);
    assert_eq!(remote(&bridge, "refs/heads/main"), tip(&bridge, "cut"));
    bridge.git(".", &["clone", "-q", bridge.url(), "whole"]);
    assert_eq!(bridge.git("whole", &["rev-list", "--count", "HEAD"]), "5");
    bridge.git("whole", &["fsck", "--strict"]);

    // A history that begins nowhere here would need a root of its own.
    std::fs::create_dir(bridge.path("other")).unwrap();
    bridge.git("other", &["init", "-q"]);
    (20..23).for_each(|n| commit(&bridge, "other", n));
    let url = format!("file://{}", bridge.path("other").display());
    bridge.git(".", &["clone", "-q", "--depth", "1", &url, "stranger"]);
    let push = bridge.try_git("stranger", &["push", bridge.url(), "HEAD:refs/heads/strange"]);
    let told = String::from_utf8_lossy(&push.stderr).into_owned();
    assert!(told.contains("(shallow update not allowed)"), "{told}");
    assert_eq!(remote(&bridge, "refs/heads/strange"), "");
}

#[test]
fn a_large_push_begins_with_a_probe() {
    let bridge = served(1);
    std::fs::write(bridge.path("work").join("noise"), noise(3, 200_000)).unwrap();
    bridge.git("work", &["add", "-A"]);
    bridge.git("work", &["commit", "-q", "-m", "noise"]);
    // Beyond the buffer git asks with `0000` whether it may, and sends the rest in chunks.
    let push = bridge
        .try_git("work", &["-c", "http.postBuffer=65536", "push", bridge.url(), "HEAD:refs/heads/main"]);
    assert!(push.status.success(), "{}", String::from_utf8_lossy(&push.stderr));
    assert_eq!(remote(&bridge, "refs/heads/main"), tip(&bridge, "work"));
}

#[test]
fn what_the_server_can_do_is_told_before_a_push() {
    let world = World::new();
    let mut head = support::head(Service::ReceivePack, 0, true);
    head.stateless = true;
    let mut session = world.repository.transfer(head, &support::env());
    let told = support::drive(&mut session, b"");
    let told = String::from_utf8_lossy(&told).into_owned();
    let capabilities: Vec<&str> =
        told.split('\0').nth(1).unwrap().split('\n').next().unwrap().split(' ').collect();
    for name in [
        "report-status",
        "report-status-v2",
        "delete-refs",
        "side-band-64k",
        "quiet",
        "atomic",
        "ofs-delta",
        "push-options",
        "object-format=sha1",
    ] {
        assert!(capabilities.contains(&name), "{name}: {told}");
    }
    assert!(capabilities.iter().any(|name| name.starts_with("agent=gitflare/")), "{told}");
    assert!(told.contains(&format!("{} capabilities^{{}}\0", Oid::from_hex(zero()).unwrap())), "{told}");
    // Nothing is needed but one command: no capability at all is a client too.
    let objects = small("one");
    let push = Push::create("refs/heads/main", &objects[2], pack_whole(&objects)).saying("");
    assert_eq!(push.to(&world.repository).raw, b"");
    let twin = Push::create("refs/heads/twin", &objects[2], pack_of(&[])).saying("agent=git/1.0");
    assert!(twin.to(&world.repository).moved);
}
