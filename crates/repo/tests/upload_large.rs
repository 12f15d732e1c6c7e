//! Fetches of large files that are stored as deltas, with stock git at the other end.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/bridge.rs"]
mod bridge;

use bridge::{Bridge, env};
use gitflare_db::ValueRef;
use gitflare_git::Oid;
use gitflare_repo::{Error, index::Form, limits};

/// A text too large for memory, and three changes of it, each pushed on its own, so that each comes as a thin delta.
fn scenario() -> Bridge {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    bridge.git("work", &["init", "-q"]);
    let mut text: Vec<u8> = Vec::new();
    let mut state = 1_u64;
    while text.len() as u64 <= limits::KEEP + 100_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        text.extend_from_slice(format!("{:08} words that repeat, and {state:016x}\n", text.len()).as_bytes());
    }
    for n in 0..4_u8 {
        for place in text.iter_mut().skip(usize::from(n)).step_by(1 << 20) {
            *place = b'!';
        }
        std::fs::write(bridge.path("work/text.txt"), &text).unwrap();
        std::fs::write(bridge.path("work/small.txt"), format!("{n}\n")).unwrap();
        bridge.git("work", &["add", "-A"]);
        bridge.git("work", &["commit", "-q", "-m", &format!("change {n}")]);
        bridge.git("work", &["push", "-q", bridge.url(), "HEAD:refs/heads/main"]);
    }
    let tip = Oid::from_hex(bridge.git("work", &["rev-parse", "HEAD:text.txt"])).unwrap();
    let repository = &bridge.repository;
    let found = repository.db().read(|sql| repository.view(sql)?.find(&tip)).unwrap().unwrap();
    assert_eq!((found.entry.form, found.entry.depth), (Form::Ref, 3));
    bridge
}

fn same_text(bridge: &Bridge, at: &str, revision: &str) {
    let ours = bridge.git(at, &["rev-parse", &format!("{revision}:text.txt")]);
    assert_eq!(ours, bridge.git("work", &["rev-parse", &format!("{revision}:text.txt")]));
    // Reads and hashes it.
    bridge.git(at, &["cat-file", "blob", &ours]);
    bridge.git(at, &["fsck", "--strict", "--no-dangling"]);
}

fn no_spool_is_left(bridge: &Bridge) {
    let spools = bridge.repository.db().read(|sql| {
        let mut spools = 0;
        let text = "SELECT COUNT(*) FROM file WHERE state != 'sealed'";
        sql.run(text, &[], &mut |row| {
            if let ValueRef::Int(count) = row.get(0)? {
                spools = count;
            }
            Ok(())
        })?;
        Ok::<_, Error>(spools)
    });
    assert_eq!(spools.unwrap(), 0);
}

#[test]
fn a_shallow_clone_gets_the_file_without_what_it_stands_on() {
    let bridge = scenario();
    for (n, at) in ["first", "second"].into_iter().enumerate() {
        bridge.git(".", &["clone", "-q", "--depth=1", bridge.url(), at]);
        same_text(&bridge, at, "HEAD");
        assert_eq!(bridge.git(at, &["rev-list", "--count", "HEAD"]), "1", "clone {n}");
        no_spool_is_left(&bridge);
    }
    bridge.git("first", &["fetch", "-q", "--unshallow"]);
    same_text(&bridge, "first", "HEAD~3");
    assert_eq!(bridge.repository.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0]);
}

#[test]
fn a_partial_clone_gets_the_file_when_it_needs_it() {
    let bridge = scenario();
    bridge.git(".", &["clone", "-q", "--filter=blob:limit=1m", "--no-checkout", bridge.url(), "partial"]);
    bridge.git("partial", &["checkout", "-q", "main"]);
    same_text(&bridge, "partial", "HEAD");
    bridge.git("partial", &["checkout", "-q", "main~2"]);
    let oid = bridge.git("partial", &["rev-parse", "HEAD:text.txt"]);
    bridge.git("partial", &["cat-file", "blob", &oid]);
    no_spool_is_left(&bridge);
}

#[test]
fn a_fetch_on_top_of_what_the_client_has_stays_a_delta() {
    let bridge = scenario();
    bridge.git(".", &["clone", "-q", bridge.url(), "full"]);
    same_text(&bridge, "full", "HEAD");
    bridge.git("full", &["reset", "-q", "--hard", "HEAD~1"]);
    bridge.git(".", &["clone", "-q", "--mirror", bridge.url(), "mirror.git"]);
    bridge.git("mirror.git", &["fsck", "--strict"]);
    for version in ["protocol.version=0", "protocol.version=2"] {
        let at = format!("old-{version}");
        bridge.git(".", &["init", "-q", &at]);
        bridge.git(&at, &["fetch", "-q", "../full", "HEAD:refs/heads/old"]);
        bridge.git(&at, &["-c", version, "fetch", "-q", bridge.url(), "main:refs/remotes/main"]);
        same_text(&bridge, &at, "main");
    }
    no_spool_is_left(&bridge);
}

#[test]
fn a_client_that_leaves_in_the_middle_of_a_large_file_leaves_nothing() {
    let bridge = scenario();
    let tip = bridge.git("work", &["rev-parse", "HEAD"]);
    let mut request = Vec::new();
    for line in ["command=fetch", "", "ofs-delta", "deepen 1", &format!("want {tip}"), "done"] {
        match line {
            "" => gitflare_git::pktline::delim(&mut request),
            line => gitflare_git::pktline::text(&mut request, line),
        }
    }
    gitflare_git::pktline::flush(&mut request);
    for pulls in [1, 10, 14, 18, 22, 26] {
        let head = bridge::head(gitflare_port::Service::UploadPack, 2, Vec::new());
        let mut session = bridge.repository.transfer(head, &env());
        session.feed(&request);
        session.eof();
        for _ in 0..pulls {
            session.pull(&env());
        }
        drop(session);
        while bridge.repository.maintain(&env()).unwrap() {}
        no_spool_is_left(&bridge);
    }
}
