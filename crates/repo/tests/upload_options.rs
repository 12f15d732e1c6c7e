//! What clients may ask for besides objects, one by one: by stock git where it can be told to ask, and in raw requests.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "support/bridge.rs"]
mod bridge;

use bridge::{Bridge, env, head, transfer};
use gitflare_git::{
    ObjectFormat, Oid, Result,
    pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink},
    pktline::{self, Packet},
};
use gitflare_port::{Command, Service};
use gitflare_repo::{Env, Pull};

const VERSIONS: [&str; 3] = ["protocol.version=0", "protocol.version=1", "protocol.version=2"];

/// Twenty commits, a day apart, of files that make good deltas; pushed, and packed by stock git before.
fn history() -> Bridge {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    bridge.git("work", &["init", "-q"]);
    for n in 0..20 {
        let text: String = (0..400).map(|line| format!("line {line} of {}\n", line % 97)).collect();
        std::fs::write(bridge.path("work/large.txt"), format!("{n}\n{text}{n}\n")).unwrap();
        bridge.git("work", &["add", "-A"]);
        let date = format!("{} +0000", 1_600_000_000 + n * 86_400);
        let tree = bridge.git("work", &["write-tree"]);
        let parent = bridge.try_git("work", &["rev-parse", "-q", "--verify", "HEAD"]);
        let parent = String::from_utf8(parent.stdout).unwrap().trim().to_owned();
        let mut commit = format!("tree {tree}\n");
        if !parent.is_empty() {
            commit += &format!("parent {parent}\n");
        }
        commit += &format!("author A <a@b.c> {date}\ncommitter A <a@b.c> {date}\n\nday {n}\n");
        let made =
            bridge.git_with("work", &["hash-object", "-t", "commit", "-w", "--stdin"], commit.as_bytes());
        let id = String::from_utf8(made.stdout).unwrap();
        bridge.git("work", &["update-ref", "HEAD", id.trim()]);
    }
    bridge.git("work", &["push", "-q", bridge.url(), "HEAD:refs/heads/main"]);
    bridge
}

fn tip(bridge: &Bridge) -> String {
    bridge.git("work", &["rev-parse", "HEAD"])
}

#[test]
fn history_can_end_at_a_date() {
    let bridge = history();
    let twin = format!("file://{}", bridge.path("work").display());
    let option = format!("--shallow-since={}", 1_600_000_000 + 12 * 86_400 - 3_600);
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let (ours, theirs) = (format!("ours{n}"), format!("theirs{n}"));
        bridge.git(".", &["-c", version, "clone", "-q", &option, bridge.url(), &ours]);
        bridge.git(".", &["-c", version, "clone", "-q", &option, &twin, &theirs]);
        let log = ["log", "--format=%H"];
        assert_eq!(bridge.git(&ours, &log), bridge.git(&theirs, &log));
        assert_eq!(bridge.git(&ours, &["rev-list", "--count", "HEAD"]), "8");
        bridge.git(&ours, &["fsck", "--strict"]);
    }
}

#[test]
fn a_client_may_ask_what_is_common_and_no_more() {
    let bridge = history();
    bridge.git(".", &["clone", "-q", bridge.url(), "clone"]);
    bridge.git("clone", &["commit", "-q", "--allow-empty", "-m", "only here"]);
    let ask = ["-c", "protocol.version=2", "fetch", "--negotiate-only", "--negotiation-tip=HEAD", "origin"];
    let common = bridge.git("clone", &ask);
    assert!(common.lines().any(|line| line == tip(&bridge)), "{common}");
    assert!(!common.contains(&bridge.git("clone", &["rev-parse", "HEAD"])));
}

#[test]
fn the_branch_of_an_empty_repository_is_told() {
    let bridge = Bridge::new();
    let caller = head(Service::UploadPack, 2, Vec::new()).caller;
    let set = Command::SetHead { caller, name: "refs/heads/trunk".into() };
    bridge.repository.command(set, &env()).unwrap();
    bridge.git(".", &["-c", "protocol.version=2", "clone", "-q", bridge.url(), "clone"]);
    assert_eq!(bridge.git("clone", &["symbolic-ref", "HEAD"]), "refs/heads/trunk");
}

#[test]
fn the_default_branch_is_told_in_every_version() {
    let bridge = history();
    bridge.git("work", &["push", "-q", bridge.url(), "HEAD~1:refs/heads/trunk"]);
    let caller = head(Service::UploadPack, 2, Vec::new()).caller;
    let set = Command::SetHead { caller, name: "refs/heads/trunk".into() };
    bridge.repository.command(set, &env()).unwrap();
    for (n, version) in VERSIONS.into_iter().enumerate() {
        let listing = bridge.git(".", &["-c", version, "ls-remote", "--symref", bridge.url(), "HEAD"]);
        assert!(listing.starts_with("ref: refs/heads/trunk\tHEAD\n"), "{listing}");
        let clone = format!("clone{n}");
        bridge.git(".", &["-c", version, "clone", "-q", bridge.url(), &clone]);
        assert_eq!(bridge.git(&clone, &["symbolic-ref", "HEAD"]), "refs/heads/trunk");
    }
}

#[test]
fn server_options_are_accepted() {
    let bridge = history();
    let list = ["-c", "protocol.version=2", "ls-remote", "--server-option=a=b", bridge.url(), "HEAD"];
    assert!(bridge.git(".", &list).starts_with(&tip(&bridge)));
    let clone = ["-c", "protocol.version=2", "clone", "-q", "--server-option=a", bridge.url(), "clone"];
    bridge.git(".", &clone);
    assert_eq!(bridge.git("clone", &["rev-parse", "HEAD"]), tip(&bridge));
}

#[test]
fn a_trace_id_is_accepted() {
    let bridge = history();
    let answer = fetch_v2(&bridge, &["session-id=abc-123"], &[]);
    assert_eq!(pack(&answer.data).objects, 60);
}

#[test]
fn without_ofs_delta_no_base_is_named_by_distance() {
    let bridge = history();
    let with = pack(&fetch_v2(&bridge, &[], &["ofs-delta"]).data);
    let without = pack(&fetch_v2(&bridge, &[], &[]).data);
    assert!(with.by_distance > 0, "the history makes deltas");
    assert_eq!((without.by_distance, without.objects), (0, 60));
    let tip = tip(&bridge);
    let old = pack(&fetch_v0(&bridge, &tip, "").data);
    assert_eq!((old.by_distance, old.objects), (0, 60));
    assert!(pack(&fetch_v0(&bridge, &tip, "ofs-delta").data).by_distance > 0);
}

#[test]
fn every_kind_of_side_band_carries_the_same_pack() {
    let bridge = history();
    let tip = tip(&bridge);
    let bare = fetch_v0(&bridge, &tip, "ofs-delta");
    let small = fetch_v0(&bridge, &tip, "ofs-delta side-band");
    let large = fetch_v0(&bridge, &tip, "ofs-delta side-band-64k");
    assert!(small.longest <= 1_000, "{}", small.longest);
    assert_eq!(pack(&bare.data).objects, 60);
    assert!(bare.data == small.data && bare.data == large.data);
}

#[test]
fn progress_is_not_sent_to_those_who_do_not_want_it() {
    let bridge = history();
    let tip = tip(&bridge);
    assert_eq!(fetch_v2(&bridge, &[], &["no-progress"]).progress, "");
    assert_eq!(fetch_v0(&bridge, &tip, "side-band-64k no-progress").progress, "");
    assert_ne!(fetch_v2(&bridge, &[], &[]).progress, "");
}

#[test]
fn thin_packs_are_sent_to_those_who_want_them() {
    let bridge = history();
    let have = bridge.git("work", &["rev-parse", "HEAD~1"]);
    let have = format!("have {have}");
    let whole = pack(&fetch_v2(&bridge, &[], &["ofs-delta", &have]).data);
    let thin = pack(&fetch_v2(&bridge, &[], &["ofs-delta", "thin-pack", &have]).data);
    assert_eq!((whole.objects, thin.objects), (3, 3));
    assert_eq!(whole.by_id, 0, "every base is in the pack");
}

#[test]
fn agent_and_object_format_are_told_and_checked() {
    let bridge = history();
    for (version, service) in [(0, Service::UploadPack), (2, Service::UploadPack), (0, Service::ReceivePack)]
    {
        let mut head = head(service, version, Vec::new());
        head.advertise = true;
        let told = transfer(&bridge.repository, head, b"");
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.contains("agent=gitflare/") && told.contains("object-format=sha1"), "{told}");
    }
    let mut request = Vec::new();
    pktline::text(&mut request, "command=ls-refs");
    pktline::text(&mut request, "object-format=sha256");
    pktline::flush(&mut request);
    let answer = transfer(&bridge.repository, head(Service::UploadPack, 2, Vec::new()), &request);
    assert!(String::from_utf8_lossy(&answer).contains("ERR "), "another format is refused");
}

#[test]
fn the_reflog_knows_every_movement() {
    let bridge = history();
    bridge.git("work", &["push", "-q", "-f", bridge.url(), "HEAD~2:refs/heads/main", "HEAD:refs/heads/side"]);
    bridge.git("work", &["push", "-q", bridge.url(), ":refs/heads/side"]);
    let lines = bridge.repository.db().read(|sql| gitflare_repo::reflog::since(sql, 0)).unwrap();
    let told: Vec<_> =
        lines.iter().map(|line| (String::from_utf8_lossy(&line.name).into_owned(), line.actor)).collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().all(|(_, actor)| *actor == 1));
    let gone = lines.last().unwrap();
    assert!(gone.name == b"refs/heads/side" && gone.new.iter().all(|byte| *byte == 0));
}

#[test]
fn a_long_search_keeps_the_connection_alive() {
    let bridge = history();
    let mut request = Vec::new();
    pktline::text(&mut request, "command=fetch");
    pktline::delim(&mut request);
    for argument in ["no-progress", "deepen 5", "filter tree:2", &format!("want {}", tip(&bridge)), "done"] {
        pktline::text(&mut request, argument);
    }
    pktline::flush(&mut request);
    let mut session = bridge.repository.transfer(head(Service::UploadPack, 2, Vec::new()), &env());
    session.feed(&request);
    session.eof();
    let mut answer = Vec::new();
    // A slow machine: ten seconds for each slice of work.
    for now in (env().now..).step_by(10) {
        match session.pull(&Env { now, ..env() }) {
            Pull::Bytes(bytes) => answer.extend_from_slice(&bytes),
            Pull::Busy => {}
            Pull::NeedInput | Pull::Done => break,
        }
    }
    let start = answer.windows(9).position(|window| window == b"packfile\n").unwrap() + 9;
    assert!(
        answer[start..].windows(5).any(|window| window == b"0005\x01"),
        "no empty packet on the side-band"
    );
    assert!(pack(&banded(&answer[start..]).data).objects > 0);
}

#[test]
fn a_request_that_inflates_beyond_its_bound_is_refused() {
    let bridge = history();
    let mut request = Vec::new();
    pktline::text(&mut request, "command=fetch");
    pktline::delim(&mut request);
    while request.len() < 11 << 20 {
        pktline::text(&mut request, "have 1234567890123456789012345678901234567890");
    }
    let mut head = head(Service::UploadPack, 2, Vec::new());
    head.gzip = true;
    let answer = transfer(&bridge.repository, head, &gzip(&request));
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("ERR "), "{answer}");
}

/// In the coat of gzip. What comes after the bound is not looked at, so the checksum need not be true.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let zlib = gitflare_git::zlib::deflate(bytes, 1);
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    [&head, &zlib[2..zlib.len() - 4], &[0; 4], &(bytes.len() as u32).to_le_bytes()].concat()
}

/// The answer to a fetch, taken apart.
#[derive(Default)]
struct Answer {
    data: Vec<u8>,
    progress: String,
    /// Length of the longest packet on a side-band.
    longest: usize,
}

/// A fetch of the tip in version 2.
fn fetch_v2(bridge: &Bridge, capabilities: &[&str], arguments: &[&str]) -> Answer {
    let mut request = Vec::new();
    pktline::text(&mut request, "command=fetch");
    for capability in capabilities {
        pktline::text(&mut request, capability);
    }
    pktline::delim(&mut request);
    for argument in arguments {
        pktline::text(&mut request, argument);
    }
    pktline::text(&mut request, &format!("want {}", tip(bridge)));
    pktline::text(&mut request, "done");
    pktline::flush(&mut request);
    let bytes = transfer(&bridge.repository, head(Service::UploadPack, 2, Vec::new()), &request);
    let start = bytes.windows(9).position(|window| window == b"packfile\n").unwrap() + 9;
    banded(&bytes[start..])
}

/// A clone of `tip` in version 0.
fn fetch_v0(bridge: &Bridge, tip: &str, capabilities: &str) -> Answer {
    let mut request = Vec::new();
    pktline::text(&mut request, format!("want {tip} {capabilities}").trim_end());
    pktline::flush(&mut request);
    pktline::text(&mut request, "done");
    let bytes = transfer(&bridge.repository, head(Service::UploadPack, 0, Vec::new()), &request);
    let rest = bytes.strip_prefix(b"0008NAK\n").unwrap();
    if capabilities.contains("side-band") {
        banded(rest)
    } else {
        Answer { data: rest.to_vec(), ..Answer::default() }
    }
}

fn banded(mut bytes: &[u8]) -> Answer {
    let mut answer = Answer::default();
    while let Some((packet, length)) = pktline::parse(bytes).unwrap() {
        if let Packet::Data([band, data @ ..]) = packet {
            answer.longest = answer.longest.max(length);
            match band {
                1 => answer.data.extend_from_slice(data),
                2 => answer.progress.push_str(&String::from_utf8_lossy(data)),
                _ => panic!("{}", String::from_utf8_lossy(data)),
            }
        }
        bytes = &bytes[length..];
    }
    answer
}

/// What a pack is made of.
#[derive(Default)]
struct Census {
    objects: u32,
    by_distance: u32,
    by_id: u32,
}

impl PackSink for Census {
    fn header(&mut self, objects: u32) -> Result<()> {
        self.objects = objects;
        Ok(())
    }

    fn begin(&mut self, _: u64, header: &EntryHeader) -> Result<()> {
        match header.kind {
            EntryKind::Ofs(_) => self.by_distance += 1,
            EntryKind::Ref(_) => self.by_id += 1,
            EntryKind::Whole(_) => {}
        }
        Ok(())
    }

    fn data(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn end(&mut self, _: u64) -> Result<()> {
        Ok(())
    }
}

/// Reads a whole pack, trailer and all.
fn pack(bytes: &[u8]) -> Census {
    let limits = Limits {
        max_bytes: 1 << 30,
        max_objects: 1_000,
        max_object: 1 << 30,
        max_ratio: 1_000,
        ratio_slack: 1 << 30,
    };
    let mut reader = PackReader::new(ObjectFormat::Sha1, limits);
    let mut census = Census::default();
    reader.feed(bytes, &mut census).unwrap();
    let _: Oid = reader.finish().unwrap();
    census
}
