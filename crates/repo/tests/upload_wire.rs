//! Fetches written by hand: what stock git does not say, and what it is told.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![expect(clippy::unwrap_used, reason = "a failure here is a failed test")]

#[path = "support/bridge.rs"]
mod bridge;

use bridge::{Bridge, env, head, transfer};
use gitflare_git::{
    ObjectFormat,
    pack::{EntryHeader, EntryKind, Limits, PackReader, PackSink},
    pktline::{self, Packet},
};
use gitflare_port::Service;
use gitflare_repo::{Pull, files, replies};

/// Five commits, the third with an annotated tag.
fn five() -> Bridge {
    let bridge = Bridge::new();
    std::fs::create_dir(bridge.path("work")).unwrap();
    bridge.git("work", &["init", "-q"]);
    for n in 1..=5 {
        let text: String =
            (0..500).map(|line| format!("line {line} {}\n", if line == n { n } else { 0 })).collect();
        std::fs::write(bridge.path("work").join("file"), text).unwrap();
        bridge.git("work", &["add", "file"]);
        bridge.git("work", &["commit", "-q", "-m", &format!("commit {n}")]);
        if n == 3 {
            bridge.git("work", &["tag", "-a", "-m", "three", "three"]);
        }
    }
    bridge.git("work", &["gc", "-q"]);
    bridge.git("work", &["push", "-q", bridge.url(), "main", "three"]);
    bridge
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
    pack: Vec<u8>,
    told: String,
    failed: String,
}

fn parse(mut bytes: &[u8], bands_after: &str) -> Answer {
    let mut answer = Answer::default();
    let mut bands = false;
    while let Some((packet, used)) = pktline::parse(bytes).unwrap() {
        bytes = &bytes[used..];
        match packet {
            Packet::Data([1, data @ ..]) if bands => answer.pack.extend_from_slice(data),
            Packet::Data([2, data @ ..]) if bands => answer.told += &String::from_utf8_lossy(data),
            Packet::Data([3, data @ ..]) if bands => answer.failed += &String::from_utf8_lossy(data),
            Packet::Data(line) => {
                let line = String::from_utf8_lossy(line).trim_end().to_owned();
                bands |= line == bands_after;
                answer.lines.push(line);
            }
            Packet::Flush => answer.lines.push("0000".into()),
            Packet::Delim => answer.lines.push("0001".into()),
            Packet::ResponseEnd => answer.lines.push("0002".into()),
        }
    }
    answer
}

fn fetch(bridge: &Bridge, lines: &[&str]) -> Answer {
    parse(&ask(bridge, 2, &[&["command=fetch", "0001"], lines, &["0000"]].concat()), "packfile")
}

/// Indexes a pack no delta of which may stand on something else; answers how many objects it holds.
fn check(bridge: &Bridge, pack: &[u8]) -> u32 {
    let folder = tempfile::tempdir_in(bridge.path(".")).unwrap();
    let name = folder.path().file_name().unwrap().to_str().unwrap().to_owned();
    bridge.git(&name, &["init", "-q", "--bare"]);
    let output = bridge.git_with(&name, &["index-pack", "--stdin"], pack);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    u32::from_be_bytes(pack[8..12].try_into().unwrap())
}

#[test]
fn refs_are_listed_as_asked() {
    let bridge = five();
    let main = bridge.git("work", &["rev-parse", "main"]);
    let (tag, three) =
        (bridge.git("work", &["rev-parse", "three"]), bridge.git("work", &["rev-parse", "three^{}"]));
    let list = |args: &[&str]| {
        parse(&ask(&bridge, 2, &[&["command=ls-refs", "0001"], args, &["0000"]].concat()), "packfile").lines
    };
    assert_eq!(
        list(&["peel", "symrefs"]),
        [
            format!("{main} HEAD symref-target:refs/heads/main"),
            format!("{main} refs/heads/main"),
            format!("{tag} refs/tags/three peeled:{three}"),
            "0000".into()
        ]
    );
    let prefixes = ["ref-prefix refs/tags/", "ref-prefix refs/t", "ref-prefix refs/nothing"];
    assert_eq!(list(&prefixes), [format!("{tag} refs/tags/three"), "0000".into()]);
    let empty = Bridge::new();
    let lines = ["command=ls-refs", "0001", "symrefs", "unborn", "0000"];
    assert_eq!(
        parse(&ask(&empty, 2, &lines), "packfile").lines,
        ["unborn HEAD symref-target:refs/heads/main", "0000"]
    );
}

#[test]
fn refs_can_be_wanted_by_name() {
    let bridge = five();
    let main = bridge.git("work", &["rev-parse", "main"]);
    let answer = fetch(&bridge, &["want-ref refs/heads/main", "done"]);
    assert_eq!(answer.lines[..4], ["wanted-refs", &format!("{main} refs/heads/main"), "0001", "packfile"]);
    assert_eq!(check(&bridge, &answer.pack), 16, "whole packs bring the tag along");
    assert_eq!(
        fetch(&bridge, &["want-ref refs/heads/no", "done"]).lines,
        ["ERR upload-pack: unknown ref refs/heads/no"]
    );
}

#[test]
fn the_client_hears_what_is_common() {
    let bridge = five();
    let (main, old) =
        (bridge.git("work", &["rev-parse", "main"]), bridge.git("work", &["rev-parse", "main~2"]));
    let want = format!("want {main}");
    let have = format!("have {old}");
    let unknown = format!("have {}", "1".repeat(40));
    let lines = fetch(&bridge, &[&want, &unknown]).lines;
    assert_eq!(lines, ["acknowledgments", "NAK", "0000"]);
    let answer = fetch(&bridge, &[&want, &have, &unknown, "no-progress"]);
    let ack = format!("ACK {old}");
    assert_eq!(answer.lines, ["acknowledgments", &ack, "ready", "0001", "packfile", "0000"]);
    assert_eq!((check(&bridge, &answer.pack), answer.told.as_str()), (6, ""));
    let answer = fetch(&bridge, &[&want, &have, "wait-for-done"]);
    assert_eq!(answer.lines, ["acknowledgments", &ack, "0000"]);
}

#[test]
fn deltas_stand_on_what_the_client_has_or_sees() {
    let bridge = five();
    let (main, old) =
        (bridge.git("work", &["rev-parse", "main"]), bridge.git("work", &["rev-parse", "main~2"]));
    let (want, have) = (format!("want {main}"), format!("have {old}"));
    let whole = fetch(&bridge, &[&want, &have, "done", "ofs-delta"]).pack;
    check(&bridge, &whole);
    let named = fetch(&bridge, &[&want, "done", "deepen 4"]).pack;
    assert!(check(&bridge, &named) > 8);
    // The other direction: what was repacked last stands on nothing, and older versions on it.
    let older = fetch(&bridge, &[&format!("want {old}"), "done", "ofs-delta"]).pack;
    assert_eq!(check(&bridge, &older), 9);
    for n in 6..=9 {
        let path = bridge.path("work").join("file");
        let text = std::fs::read_to_string(&path).unwrap() + &format!("more {n}\n");
        std::fs::write(path, text).unwrap();
        bridge.git("work", &["commit", "-q", "-a", "-m", "more"]);
        bridge.git("work", &["push", "-q", bridge.url(), "main"]);
    }
    let (want, have) =
        (format!("want {}", bridge.git("work", &["rev-parse", "main"])), format!("have {main}"));
    let thin = fetch(&bridge, &[&want, &have, "done", "ofs-delta", "thin-pack"]).pack;
    let fat = fetch(&bridge, &[&want, &have, "done", "ofs-delta"]).pack;
    assert_eq!(check(&bridge, &fat), 12);
    assert!(thin.len() < fat.len(), "{} {}", thin.len(), fat.len());
    bridge.git(".", &["clone", "-q", "--bare", "-b", "main", "work", "has"]);
    let output = bridge.git_with("has", &["index-pack", "--stdin", "--fix-thin"], &thin);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Notes what kinds of deltas a pack has.
#[derive(Default)]
struct Deltas {
    by_distance: u32,
    by_name: u32,
}

impl PackSink for Deltas {
    fn header(&mut self, _: u32) -> gitflare_git::Result<()> {
        Ok(())
    }

    fn begin(&mut self, _: u64, header: &EntryHeader) -> gitflare_git::Result<()> {
        match header.kind {
            EntryKind::Whole(_) => {}
            EntryKind::Ofs(_) => self.by_distance += 1,
            EntryKind::Ref(_) => self.by_name += 1,
        }
        Ok(())
    }

    fn data(&mut self, _: &[u8]) -> gitflare_git::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: u64) -> gitflare_git::Result<()> {
        Ok(())
    }
}

fn deltas(pack: &[u8]) -> Deltas {
    let limits = Limits {
        max_bytes: 1 << 30,
        max_objects: 1_000,
        max_object: 1 << 30,
        max_ratio: 1_000,
        ratio_slack: 1 << 30,
    };
    let mut found = Deltas::default();
    let mut reader = PackReader::new(ObjectFormat::Sha1, limits);
    reader.feed(pack, &mut found).unwrap();
    reader.finish().unwrap();
    found
}

#[test]
fn clients_that_know_no_distances_get_names() {
    let bridge = five();
    let want = format!("want {}", bridge.git("work", &["rev-parse", "main"]));
    for lines in [&[want.as_str(), "done"][..], &[want.as_str(), "deepen 3", "done"]] {
        let named = fetch(&bridge, lines).pack;
        let spaced = fetch(&bridge, &[lines, &["ofs-delta"]].concat()).pack;
        assert_eq!(check(&bridge, &named), check(&bridge, &spaced));
        let (named, spaced) = (deltas(&named), deltas(&spaced));
        assert_eq!((named.by_distance, spaced.by_name), (0, 0));
        assert!(named.by_name > 0 && named.by_name == spaced.by_distance);
    }
}

#[test]
fn old_clients_get_their_bytes_in_their_way() {
    let bridge = five();
    let main = bridge.git("work", &["rev-parse", "main"]);
    for (band, begins) in
        [("", "0008NAK\nPACK"), (" side-band", "0008NAK\n"), (" side-band-64k", "0008NAK\n")]
    {
        let out = ask(&bridge, 0, &[&format!("want {main}{band}"), "0000", "done"]);
        assert!(out.starts_with(begins.as_bytes()));
        let pack = if band.is_empty() { out[8..].to_vec() } else { parse(&out, "NAK").pack };
        check(&bridge, &pack);
    }
    let out = ask(&bridge, 0, &[&format!("want {main} multi_ack"), "0000", &format!("have {main}"), "done"]);
    assert!(
        String::from_utf8_lossy(&out).starts_with(&format!("003aACK {main} continue\n0031ACK {main}\nPACK"))
    );
}

#[test]
fn a_conversation_runs_in_one_session() {
    let bridge = five();
    let main = bridge.git("work", &["rev-parse", "main"]);
    let old = bridge.git("work", &["rev-parse", "main~1"]);
    let mut told = head(Service::UploadPack, 0, Vec::new());
    told.stateless = false;
    let mut session = bridge.repository.transfer(told.clone(), &env());
    let say = |session: &mut gitflare_repo::Session, lines: &[&str]| {
        session.feed(&request(lines));
        let mut out = Vec::new();
        loop {
            match session.pull(&env()) {
                Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
                Pull::Busy => {}
                Pull::NeedInput | Pull::Done => return out,
            }
        }
    };
    assert!(String::from_utf8_lossy(&say(&mut session, &[])).contains(" HEAD\0multi_ack"));
    let wants = format!("want {main} multi_ack_detailed side-band-64k ofs-delta");
    assert_eq!(say(&mut session, &[&wants, "0000"]), b"");
    let out = say(&mut session, &[&format!("have {}", "2".repeat(40)), "0000"]);
    assert_eq!(String::from_utf8_lossy(&out), "0008NAK\n");
    let out = say(&mut session, &[&format!("have {old}"), "0000"]);
    let out = String::from_utf8_lossy(&out).into_owned();
    assert_eq!(out, format!("0038ACK {old} common\n0037ACK {old} ready\n0008NAK\n"));
    let out = say(&mut session, &["done"]);
    assert_eq!(check(&bridge, &parse(&out, &format!("ACK {old}")).pack), 3);

    told.version = 2;
    let mut session = bridge.repository.transfer(told, &env());
    assert!(say(&mut session, &[]).starts_with(b"000eversion 2\n"));
    for _ in 0..2 {
        let out = say(&mut session, &["command=ls-refs", "0001", "ref-prefix refs/heads/", "0000"]);
        assert_eq!(parse(&out, "").lines, [format!("{main} refs/heads/main"), "0000".into()]);
        let out = say(&mut session, &["command=fetch", "0001", &format!("want {main}"), "done", "0000"]);
        check(&bridge, &parse(&out, "packfile").pack);
    }
}

#[test]
fn answers_are_kept_until_something_is_lost() {
    let bridge = five();
    let main = bridge.git("work", &["rev-parse", "main"]);
    let want = format!("want {main}");
    let kept = || {
        bridge
            .repository
            .db()
            .read(files::list)
            .unwrap()
            .iter()
            .filter(|file| file.kind == "reply" && file.state == "sealed" && file.deadline.is_none())
            .count()
    };
    let lines = [want.as_str(), "deepen 1", "ofs-delta", "done"];
    let first = fetch(&bridge, &lines);
    assert_eq!((check(&bridge, &first.pack), kept()), (3, 1));
    let again = fetch(&bridge, &lines);
    assert_eq!((again.pack == first.pack, kept()), (true, 1));
    assert_eq!(again.lines, first.lines);
    fetch(&bridge, &[&want, "deepen 2", "ofs-delta", "done"]);
    fetch(&bridge, &[&want, "filter blob:none", "done"]);
    assert_eq!(kept(), 3);
    // The checksum of whole packs takes a row and no file.
    let lines_of_all = [want.as_str(), "ofs-delta", "done"];
    let (whole, repeated) = (fetch(&bridge, &lines_of_all), fetch(&bridge, &lines_of_all));
    assert_eq!((whole.pack == repeated.pack, kept()), (true, 3));
    bridge.git("work", &["push", "-q", bridge.url(), ":three"]);
    assert_eq!(kept(), 0);
    assert_eq!(check(&bridge, &fetch(&bridge, &lines).pack), 3);
    let key = "packs 1";
    assert!(bridge.repository.db().read(|sql| replies::get(sql, key, 0)).unwrap().is_none());
}

#[test]
fn ever_other_answers_do_not_fill_the_disk() {
    let bridge = five();
    let want = format!("want {}", bridge.git("work", &["rev-parse", "main"]));
    let replies = || {
        let all = bridge.repository.db().read(files::list).unwrap();
        all.iter().filter(|file| file.kind == "reply" && file.state == "sealed").count()
    };
    fetch(&bridge, &[&want, "deepen 1", "done"]);
    assert_eq!(replies(), 1);
    // Answers that were driven out a moment ago, and still take their room.
    let add = "INSERT INTO file (kind, state, size, deadline, created_at)
        VALUES ('reply', 'sealed', 600 << 20, 9999999999, 0)";
    let db = bridge.repository.db();
    db.write("test: retired", |sql| sql.run(add, &[], &mut |_| Ok(()))).unwrap();
    let answer = fetch(&bridge, &[&want, "deepen 2", "done"]);
    check(&bridge, &answer.pack);
    assert_eq!(replies(), 2);
}

#[test]
fn nonsense_is_answered_in_words() {
    let bridge = five();
    let out = ask(&bridge, 2, &["command=fetch", "0001", "want nothing", "0000"]);
    assert!(
        String::from_utf8_lossy(&out).contains("ERR protocol error: "),
        "{}",
        String::from_utf8_lossy(&out)
    );
    let main = bridge.git("work", &["rev-parse", "main"]);
    let answer = fetch(&bridge, &[&format!("want {main}"), "filter sparse:oid=x", "done"]);
    assert_eq!(answer.lines, ["ERR upload-pack: filter 'sparse:oid' not supported"]);
    let out = transfer(&bridge.repository, head(Service::UploadPack, 2, Vec::new()), b"0003");
    assert!(String::from_utf8_lossy(&out).contains("ERR protocol error: bad line length 3"));
    let answer = fetch(&bridge, &[&format!("want {main}"), "deepen-not nowhere", "done"]);
    assert_eq!(answer.lines, ["ERR upload-pack: deepen-not is not a ref: nowhere"]);
}
