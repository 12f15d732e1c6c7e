//! What clients and the host agree on before a pack comes. Stock git is asked the same, and is the measure.

use crate::support::{
    Local, User, World, assert_same,
    local::{git, succeed_with},
    text,
    wire::{UPLOAD, exchange, pkt},
};

/// A private repository on the site, and the one it was pushed from.
fn pushed() -> (World, User, Local) {
    let world = World::new();
    let (ada, work) = world.pushed();
    (world, ada, work)
}

/// An answer of upload-pack: the lines around the pack, and the pack.
#[derive(Debug, Default)]
struct Answer {
    lines: Vec<String>,
    pack: Vec<u8>,
    /// Of the packets of a side band.
    longest: usize,
}

impl Answer {
    fn read(mut rest: &[u8]) -> Self {
        let mut answer = Self::default();
        while let Some((head, more)) = rest.split_at_checked(4).filter(|_| !rest.starts_with(b"PACK")) {
            let length = usize::from_str_radix(&text(head), 16).unwrap_or_else(|_| panic!("{}", text(rest)));
            let (line, after) = more.split_at(length.saturating_sub(4));
            match line {
                [1, data @ ..] => answer.pack.extend(data),
                [2, ..] => {}
                _ if length < 4 => answer.lines.push(text(head)),
                _ => answer.lines.push(text(line).trim_end().to_owned()),
            }
            if matches!(line, [1 | 2, ..]) {
                answer.longest = answer.longest.max(length);
            }
            rest = after;
        }
        answer.pack.extend(rest);
        answer
    }

    /// What is in the pack, which has to be whole.
    fn objects(&self) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let bare = Local::init(&folder.path().join("bare"));
        succeed_with(git(&bare.path).args(["index-pack", "--stdin"]), &self.pack);
        let listed = bare.git(["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
        listed.lines().map(str::to_owned).collect()
    }
}

fn packets(lines: &[&str]) -> Vec<u8> {
    let special = |line: &str| matches!(line, "0000" | "0001");
    lines.iter().flat_map(|line| if special(line) { line.as_bytes().to_vec() } else { pkt(line) }).collect()
}

/// Asks the site and stock git the same.
fn both(world: &World, ada: &User, work: &Local, version: &str, lines: &[&str]) -> [Answer; 2] {
    let body = packets(lines);
    let protocol = format!("version={version}");
    let request =
        exchange(&ada.full("demo"), UPLOAD).token(&ada.token).header("Git-Protocol", protocol.as_str());
    let ours = world.site.send(&request.body(body.clone())).expect(200);
    let mut stock = git(&work.path);
    stock.args(["-c", "uploadpack.allowRefInWant=true", "upload-pack", "--stateless-rpc", "."]);
    let theirs = bytes_with(stock.env("GIT_PROTOCOL", protocol), &body);
    [Answer::read(&ours.body), Answer::read(&theirs)]
}

fn bytes_with(command: &mut std::process::Command, input: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("input"), input).unwrap();
    command.stdin(std::fs::File::open(folder.path().join("input")).unwrap());
    command.output().unwrap().stdout
}

#[test]
fn a_ref_is_wanted_by_its_name() {
    let (world, ada, work) = pushed();
    let want = ["command=fetch", "0001", "no-progress", "want-ref refs/heads/topic", "done", "0000"];
    let [ours, theirs] = both(&world, &ada, &work, "2", &want);
    assert_eq!(ours.lines, theirs.lines);
    assert!(ours.lines.contains(&format!("{} refs/heads/topic", work.id("topic"))), "{:?}", ours.lines);
    assert_eq!(ours.objects(), theirs.objects());
    let none = ["command=fetch", "0001", "want-ref refs/heads/none", "done", "0000"];
    let [ours, _] = both(&world, &ada, &work, "2", &none);
    assert!(
        ours.lines[0].starts_with("ERR ") && ours.lines[0].contains("refs/heads/none"),
        "{:?}",
        ours.lines
    );
}

#[test]
fn a_client_may_ask_what_is_common_and_no_more() {
    let (world, ada, work) = pushed();
    let clone = world.clone(&[], &ada.url("demo"), "clone");
    clone.git(["commit", "-q", "--allow-empty", "-m", "only here"]);
    let ask = ["-c", "protocol.version=2", "fetch", "--negotiate-only", "--negotiation-tip=HEAD", "origin"];
    let common = clone.git(ask);
    assert!(common.lines().any(|line| line == work.id("main")), "{common}");
    assert!(!common.contains(&clone.id("HEAD")), "{common}");
}

#[test]
fn options_for_the_server_are_taken() {
    let (world, ada, work) = pushed();
    let list = ["-c", "protocol.version=2", "ls-remote", "--server-option=a=b", &ada.url("demo"), "HEAD"];
    assert!(world.git(list).starts_with(&work.id("main")));
    let words = ["--mirror", "--server-option=a", "-c", "protocol.version=2"];
    assert_same(&world.clone(&words, &ada.url("demo"), "clone"), &work);
}

#[test]
fn a_trace_id_changes_nothing() {
    let (world, ada, work) = pushed();
    for version in ["0", "1", "2"] {
        let (session, protocol) = ("transfer.advertiseSID=true", format!("protocol.version={version}"));
        let words = ["--mirror", "-c", session, "-c", &protocol];
        assert_same(&world.clone(&words, &ada.url("demo"), &format!("clone-{version}")), &work);
        let push = work.commit("main", &[("traced", version)]);
        work.git(["-c", session, "-c", &protocol, "push", "-q", &ada.url("demo"), "main"]);
        assert!(world.git(["ls-remote", &ada.url("demo"), "main"]).starts_with(&push));
    }
    // Whether or not it was offered.
    let (tip, id) = (work.id("main"), "session-id=0a1b-2c3d");
    let fetch = packets(&["command=fetch", id, "0001", &format!("want {tip}"), "done", "0000"]);
    let request = exchange(&ada.full("demo"), UPLOAD).token(&ada.token).header("Git-Protocol", "version=2");
    let answer = Answer::read(&world.site.send(&request.body(fetch)).expect(200).body);
    assert!(answer.objects().contains(&tip));
}

#[test]
fn a_pack_follows_ready_without_done() {
    let (world, ada, work) = pushed();
    let (want, have) = (format!("want {}", work.id("main")), format!("have {}", work.id("main~2")));
    for capabilities in ["multi_ack_detailed no-done", "multi_ack_detailed"] {
        let first = format!("{want} {capabilities} no-progress side-band-64k ofs-delta");
        let [ours, theirs] = both(&world, &ada, &work, "0", &[&first, "0000", &have, "0000"]);
        assert_eq!(ours.lines, theirs.lines, "{capabilities}");
        // Who did not ask for that has to say `done` first.
        assert_eq!(ours.pack.is_empty(), !capabilities.contains("no-done"), "{capabilities}");
        if !ours.pack.is_empty() {
            assert_eq!(ours.objects(), theirs.objects());
        }
    }
}

#[test]
fn every_kind_of_side_band_carries_the_same_pack() {
    let (world, ada, work) = pushed();
    let want = format!("want {}", work.id("main"));
    let fetch = |band: &str| {
        let first = format!("{want} no-progress ofs-delta {band}");
        both(&world, &ada, &work, "0", &[first.trim_end(), "0000", "done"])
    };
    let [bare, stock] = fetch("");
    // A whole pack of ours brings tags along, asked for or not.
    let (ours, theirs) = (bare.objects(), stock.objects());
    assert!(theirs.iter().all(|id| ours.contains(id)), "{} and {}", ours.len(), theirs.len());
    for (band, most) in [("side-band", 1_000), ("side-band-64k", 65_520)] {
        let [ours, theirs] = fetch(band);
        assert_eq!(ours.lines, theirs.lines, "{band}");
        assert!(ours.pack == bare.pack, "{band}");
        assert!(ours.longest <= most, "{band}: {}", ours.longest);
    }
}
