//! Fetches row by row of the list of promises: what the neighbours show only beside other things.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/bridge.rs"]
mod bridge;

use std::sync::Arc;

use bridge::{Bridge, env, head, transfer};
use gitflare_db::{
    fault::{Fault, Plan},
    sqlite::Sqlite,
};
use gitflare_git::pktline::{self, Packet};
use gitflare_port::Service;
use gitflare_repo::{Budget, Env, Pull, Repository, Shared, files};

/// Six commits, an annotated tag on the fourth and one on that tag; the last commit brings `noise` bytes that do not
/// become smaller.
fn served(noise: usize) -> Bridge {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    bridge.git("work", &["init", "-q"]);
    for n in 1..=6 {
        std::fs::write(bridge.path("work/file"), format!("{n}\n")).unwrap();
        if n == 6 {
            std::fs::write(bridge.path("work/noise"), random(noise)).unwrap();
        }
        bridge.git("work", &["add", "-A"]);
        bridge.git("work", &["commit", "-q", "-m", &format!("commit {n}")]);
        if n == 4 {
            bridge.git("work", &["tag", "-a", "-m", "four", "four"]);
            bridge.git("work", &["tag", "-a", "-m", "nested", "nested", "four"]);
        }
    }
    bridge.git("work", &["push", "-q", bridge.url(), "main", "four", "nested"]);
    bridge
}

fn random(len: usize) -> Vec<u8> {
    let mut state = 9_u64;
    let step = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..len).map(step).collect()
}

fn id(bridge: &Bridge, revision: &str) -> String {
    bridge.git("work", &["rev-parse", revision])
}

/// Lines of a request; `0000` and `0001` are what they are.
fn request(lines: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        match *line {
            "0000" => pktline::flush(&mut out),
            "0001" => pktline::delim(&mut out),
            line => pktline::text(&mut out, line),
        }
    }
    out
}

fn ask(bridge: &Bridge, version: u8, lines: &[&str]) -> Vec<u8> {
    transfer(&bridge.repository, head(Service::UploadPack, version, Vec::new()), &request(lines))
}

/// The lines of an answer before its pack, and what came on each band.
#[derive(Debug, Default)]
struct Answer {
    lines: Vec<String>,
    bands: [Vec<u8>; 4],
    empty: usize,
}

fn parse(mut bytes: &[u8]) -> Answer {
    let mut answer = Answer::default();
    while let Some((packet, used)) = pktline::parse(bytes).unwrap() {
        bytes = &bytes[used..];
        match packet {
            Packet::Data([1]) => answer.empty += 1,
            Packet::Data([band @ 1..=3, data @ ..]) => {
                answer.bands[usize::from(*band)].extend_from_slice(data);
            }
            Packet::Data(line) => answer.lines.push(String::from_utf8_lossy(line).trim_end().to_owned()),
            Packet::Flush => answer.lines.push("0000".into()),
            Packet::Delim => answer.lines.push("0001".into()),
            Packet::ResponseEnd => answer.lines.push("0002".into()),
        }
    }
    answer
}

/// Names and types of a pack's objects, by stock git; bases may be anything in `work`.
fn contents(bridge: &Bridge, pack: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir_in(bridge.path(".")).unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
    bridge.git(&name, &["init", "-q", "--bare"]);
    let output = bridge.git_with(&name, &["index-pack", "--stdin"], pack);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let format = "--batch-check=%(objecttype) %(objectname)";
    let all = bridge.git(&name, &["cat-file", "--batch-all-objects", format]);
    all.lines().map(str::to_owned).collect()
}

#[test]
fn tags_of_what_is_sent_come_along_only_when_asked_for() {
    let bridge = served(0);
    let (want, have) = (format!("want {}", id(&bridge, "main")), format!("have {}", id(&bridge, "main~4")));
    let (early, four) = (format!("have {}", id(&bridge, "four^{}")), id(&bridge, "four"));
    let tags = |pack: &[u8]| -> Vec<String> {
        let all = contents(&bridge, pack);
        all.iter().filter_map(|line| Some(line.strip_prefix("tag ")?.to_owned())).collect()
    };
    let v2 = |lines: &[&str]| {
        let bytes = ask(&bridge, 2, &[&["command=fetch", "0001", &want], lines, &["done", "0000"]].concat());
        tags(&parse(&bytes).bands[1])
    };
    let v0 = |have: &str, option: &str| {
        let first = format!("{want} side-band-64k ofs-delta{option}");
        tags(&parse(&ask(&bridge, 0, &[&first, "0000", have, "done"])).bands[1])
    };
    assert_eq!((v2(&[&have]), v0(&have, "")), (vec![], vec![]));
    for tags in [v2(&[&have, "include-tag"]), v0(&have, " include-tag")] {
        assert!(tags.contains(&four), "{tags:?}");
    }
    // What it points to is not sent, so the tag is not either.
    assert_eq!((v2(&[&early, "include-tag"]), v0(&early, " include-tag")), (vec![], vec![]));
}

#[test]
fn a_failure_in_the_middle_of_a_pack_is_told_on_the_third_band() {
    // A row in the middle of the noise is gone or shorter, as no fault of a disk would have it.
    for damage in ["DELETE FROM chunk", "UPDATE chunk SET data = x'00'"] {
        let bridge = served(400_000);
        let damage = format!("{damage} WHERE id = (SELECT id + 3 FROM chunk ORDER BY id LIMIT 1)");
        bridge.repository.db().write("test: damage", |sql| sql.run(&damage, &[], &mut |_| Ok(()))).unwrap();
        let want = format!("want {}", id(&bridge, "main"));
        // Whole files as they are stored, and objects one by one.
        for option in ["ofs-delta", "no-progress"] {
            let first = format!("{want} side-band-64k {option}");
            for (version, lines) in [
                (2, &["command=fetch", "0001", &want, option, "done", "0000"][..]),
                (0, &[&first, "0000", "done"][..]),
            ] {
                let answer = parse(&ask(&bridge, version, lines));
                let told = String::from_utf8_lossy(&answer.bands[3]).into_owned();
                assert!(answer.bands[1].starts_with(b"PACK"), "{:?}", answer.lines);
                assert!(told.starts_with("error: "), "{option} {version}: {told:?}");
            }
        }
        // Stock git says it to whoever runs it.
        for version in ["protocol.version=0", "protocol.version=2"] {
            let clone = bridge.try_git(".", &["-c", version, "clone", "-q", bridge.url(), "clone"]);
            let errors = String::from_utf8_lossy(&clone.stderr).into_owned();
            assert!(!clone.status.success() && errors.contains("remote: error: "), "{errors}");
        }
    }
}

#[test]
fn old_clients_that_wait_hear_signs_of_life_too() {
    let bridge = served(0);
    let main = id(&bridge, "main");
    for (band, sign) in [("side-band-64k", true), ("side-band", true), ("", false)] {
        let first = format!("want {main} {band} no-progress ofs-delta");
        let body = request(&[first.trim_end(), "deepen 5", "0000", "done"]);
        let mut session = bridge.repository.transfer(head(Service::UploadPack, 0, Vec::new()), &env());
        session.feed(&body);
        session.eof();
        let (mut now, mut out) = (env().now, Vec::new());
        loop {
            // Each slice of work takes a while.
            now += 6;
            match session.pull(&Env { now, ..env() }) {
                Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
                Pull::Busy => {}
                Pull::NeedInput | Pull::Done => break,
            }
        }
        let heard = out.windows(5).filter(|bytes| bytes == b"0005\x01").count();
        assert_eq!(heard > 0, sign, "{band:?}: {heard}");
        if sign {
            let answer = parse(&out);
            assert!(answer.empty > 0 && contents(&bridge, &answer.bands[1]).len() > 10);
        }
    }
}

#[test]
fn a_pack_follows_ready_without_done() {
    let bridge = served(0);
    let (main, old) = (id(&bridge, "main"), id(&bridge, "main~2"));
    let lines = |capabilities: &str| {
        let first = format!("want {main} {capabilities} side-band-64k ofs-delta");
        let have = format!("have {old}");
        let body = request(&[&first, "0000", &have, "0000"]);
        let told = head(Service::UploadPack, 0, Vec::new());
        let ours = parse(&transfer(&bridge.repository, told, &body));
        let theirs = bridge.git_with(".", &["upload-pack", "--stateless-rpc", "work"], &body);
        (ours, parse(&theirs.stdout))
    };
    let (ours, theirs) = lines("multi_ack_detailed no-done");
    assert_eq!(ours.lines, theirs.lines);
    assert_eq!(ours.lines.last().unwrap(), "0000", "the end of the pack");
    assert_eq!(contents(&bridge, &ours.bands[1]), contents(&bridge, &theirs.bands[1]));
    // Who did not ask for that has to say `done` first.
    let (ours, theirs) = lines("multi_ack_detailed");
    assert_eq!(ours.lines, theirs.lines);
    assert!(ours.bands[1].is_empty());
}

#[test]
fn requests_in_a_gzip_coat_are_taken_up_to_ten_mebibytes() {
    let bridge = served(0);
    let want = format!("want {}", id(&bridge, "main"));
    let have = format!("have {}", "1".repeat(40));
    let fetch = |bytes: usize| {
        let mut body = request(&["command=fetch", "0001", &want]);
        while body.len() < bytes {
            pktline::text(&mut body, &have);
        }
        body.extend_from_slice(&request(&["done", "0000"]));
        std::fs::write(bridge.path("body"), &body).unwrap();
        let output = std::process::Command::new("gzip").arg("-1c").arg(bridge.path("body")).output().unwrap();
        let mut head = head(Service::UploadPack, 2, Vec::new());
        head.gzip = true;
        (body.len(), parse(&transfer(&bridge.repository, head, &output.stdout)))
    };
    let (_, small) = fetch(2_000);
    let (within, large) = fetch((10 << 20) - 200);
    assert!(within <= 10 << 20 && !contents(&bridge, &large.bands[1]).is_empty());
    assert_eq!(large.bands[1], small.bands[1]);
    let (beyond, refused) = fetch(10 << 20);
    assert!(beyond > 10 << 20 && refused.bands[1].is_empty());
    assert_eq!(refused.lines, ["ERR upload-pack: request inflates to more than 10485760 bytes"]);
}

#[test]
fn many_rounds_find_what_is_common() {
    let bridge = served(0);
    for (n, version) in
        ["protocol.version=0", "protocol.version=1", "protocol.version=2"].into_iter().enumerate()
    {
        let name = format!("clone{n}");
        bridge.git(".", &["clone", "-q", bridge.url(), &name]);
        // More commits of its own than the client tells in its first rounds.
        let tree = bridge.git(&name, &["rev-parse", "HEAD^{tree}"]);
        let parent = bridge.git(&name, &["rev-parse", "HEAD"]);
        let mut stream = String::new();
        for k in 0..150 {
            let from = if k == 0 { format!("from {parent}\n") } else { String::new() };
            stream += &format!(
                "commit refs/heads/own\ncommitter A <a@b.c> {} +0000\ndata 1\n{}\n{from}\n",
                1_900_000_000 + k,
                k % 10
            );
        }
        assert!(bridge.git_with(&name, &["fast-import", "--quiet"], stream.as_bytes()).status.success());
        assert_eq!(bridge.git(&name, &["rev-parse", "own^{tree}"]), tree);
        bridge.git("work", &["commit", "-q", "--allow-empty", "-m", &format!("later {n}")]);
        bridge.git("work", &["push", "-q", bridge.url(), "main"]);
        let before = bridge.git(&name, &["count-objects"]);
        bridge.git(&name, &["-c", version, "fetch", "-q"]);
        assert_eq!(bridge.git(&name, &["rev-parse", "origin/main"]), id(&bridge, "main"));
        let loose = |text: &str| text.split(' ').next().unwrap().parse::<u32>().unwrap();
        let after = loose(&bridge.git(&name, &["count-objects"]));
        assert_eq!(after - loose(&before), 1, "one commit was new, and one came");
    }
}

#[test]
fn a_clone_reads_each_row_once_and_writes_next_to_nothing() {
    let source = served(2_000_000);
    // The same repository again, in a database that counts.
    let fault = Fault::new(Arc::new(Sqlite::memory().unwrap()), Plan::Never);
    let repository = Repository::open(fault.db(), Shared::new(Budget::native()), 1).unwrap();
    let main = id(&source, "main");
    let revisions = format!("{main}\n");
    let arguments = ["pack-objects", "--revs", "--stdout", "-q"];
    let pack = source.git_with("work", &arguments, revisions.as_bytes()).stdout;
    let mut push = Vec::new();
    let line = format!("{} {main} refs/heads/main\0report-status", "0".repeat(40));
    pktline::write(&mut push, line.as_bytes());
    pktline::flush(&mut push);
    push.extend_from_slice(&pack);
    let report = transfer(&repository, head(Service::ReceivePack, 0, Vec::new()), &push);
    assert!(String::from_utf8_lossy(&report).contains("ok refs/heads/main"));

    let rows = pack.len().div_ceil(files::ROW) as u64;
    let body = request(&["command=fetch", "0001", &format!("want {main}"), "ofs-delta", "done", "0000"]);
    let clone = || transfer(&repository, head(Service::UploadPack, 2, Vec::new()), &body);
    let first = clone();
    fault.counters().reset();
    assert!(clone() == first);
    let counts = fault.counters().reset();
    assert_eq!(counts.writes, 0, "{counts:?}");
    assert!(counts.statements <= rows + 40, "{counts:?}");
    assert!(counts.bytes <= pack.len() as u64 + 20_000, "{counts:?}");

    // And whoever is up to date costs next to nothing.
    let list = request(&["command=ls-refs", "0001", "peel", "symrefs", "0000"]);
    transfer(&repository, head(Service::UploadPack, 2, Vec::new()), &list);
    let counts = fault.counters().reset();
    assert!(counts.statements <= 12 && counts.writes == 0 && counts.bytes < 2_000, "{counts:?}");
}

#[test]
fn what_the_server_can_do_is_told_before_a_fetch() {
    let bridge = served(0);
    let mut told = head(Service::UploadPack, 2, Vec::new());
    told.advertise = true;
    let lines = parse(&transfer(&bridge.repository, told, b"")).lines;
    assert_eq!(lines[0], "version 2", "and no line about a service before it: {lines:?}");
    let fetch = lines.iter().find_map(|line| line.strip_prefix("fetch=")).unwrap();
    let features: Vec<&str> = fetch.split(' ').collect();
    for name in ["shallow", "filter", "ref-in-want", "wait-for-done"] {
        assert!(features.contains(&name), "{name}: {fetch}");
    }
    let has = |start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(has("agent=gitflare/") && has("ls-refs=unborn") && has("server-option"), "{lines:?}");
    assert!(has("object-format=sha1"), "{lines:?}");
    let mut old = head(Service::UploadPack, 0, Vec::new());
    old.advertise = true;
    let text = String::from_utf8_lossy(&transfer(&bridge.repository, old, b"")).into_owned();
    let said: Vec<&str> = text.split('\0').nth(1).unwrap().lines().next().unwrap().split(' ').collect();
    for name in [
        "multi_ack",
        "multi_ack_detailed",
        "no-done",
        "thin-pack",
        "side-band",
        "side-band-64k",
        "ofs-delta",
        "shallow",
        "deepen-since",
        "deepen-not",
        "deepen-relative",
        "no-progress",
        "include-tag",
        "allow-tip-sha1-in-want",
        "allow-reachable-sha1-in-want",
        "filter",
        "symref=HEAD:refs/heads/main",
        "object-format=sha1",
    ] {
        assert!(said.contains(&name), "{name}: {said:?}");
    }
}
