//! The protocol against real git: names, requests that stock clients send, and negotiations that stock servers hold.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use std::collections::HashSet;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use gitflare_git::advertise::{self, AdvertisedRef};
use gitflare_git::pktline::{self, Packet};
use gitflare_git::protocol::receive::{PushReader, PushRequest, ReadState};
use gitflare_git::protocol::upload::negotiation::{Answers, Negotiation, Outcome};
use gitflare_git::protocol::upload::{Filter, MultiAck, SideBand, v0, v2};
use gitflare_git::{ObjectFormat, Oid, refname};
use proptest::prelude::*;

const SHA1: ObjectFormat = ObjectFormat::Sha1;

fn git_command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for (key, value) in [("NAME", "ada"), ("EMAIL", "ada@example.org"), ("DATE", "1700000000 +0000")] {
        command.env(format!("GIT_AUTHOR_{key}"), value).env(format!("GIT_COMMITTER_{key}"), value);
    }
    command
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = git_command(dir).args(args).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

// --- names --------------------------------------------------------------------------------------------------------

fn git_accepts(name: &[u8]) -> bool {
    let status = Command::new("git").arg("check-ref-format").arg(OsStr::from_bytes(name)).status();
    status.unwrap().success()
}

#[test]
fn git_agrees_about_names() {
    for name in [
        &b"refs/heads/main"[..],
        b"main",
        b"HEAD",
        b"@",
        b"refs/@",
        b"refs/heads/@{x",
        b"refs/heads/x@",
        b"a/b",
        b"/a/b",
        b"a/b/",
        b"a//b",
        b"a/.b",
        b"a/b.",
        b"a./b",
        b"a/b.lock",
        b"a.lock/b",
        b"a/.lock",
        b"a/lock",
        b"a/b..c",
        b"a/b c",
        b"a/b~",
        b"a/b^",
        b"a/b:",
        b"a/b?",
        b"a/b*",
        b"a/b[",
        b"a/b]",
        b"a/b\\",
        b"a/b\x7f",
        b"a/b\x1f",
        b"a/b\n",
        b"a/\xff\xfe",
        b"a/caf\xc3\xa9",
        b"a/-b",
        b"a/{b}",
        b"a/@",
        b"",
        b"/",
        b"a/b.lockx",
        b"refs/heads/a.b.c",
        b"refs/heads/..",
        b"refs/heads/...",
        b"a/b@{",
        b"a@{/b",
        b"a@/{b",
    ] {
        assert_eq!(refname::check(name), git_accepts(name), "{}", name.escape_ascii());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn git_agrees_about_any_name(
        parts in prop::collection::vec(prop_oneof![
            5 => prop::sample::select(vec!["/", ".", "..", "@", "{", "@{", ".lock", "lock", "a", "-", "*", "~", ":", "refs/heads/"])
                .prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(1u8..=255, 1..3),
        ], 0..7),
    ) {
        let name = [b"r/".to_vec(), parts.concat()].concat();
        prop_assert_eq!(refname::check(&name), git_accepts(&name), "{}", name.escape_ascii());
    }
}

// --- what stock clients send --------------------------------------------------------------------------------------

/// A repository `origin` with a linear history, and the ids of its commits, oldest first.
fn origin(dir: &Path, commits: usize) -> Vec<Oid> {
    git(dir, &["init", "-q", "-b", "main", "origin"]);
    let origin = dir.join("origin");
    for (key, value) in [
        ("uploadpack.allowFilter", "true"),
        ("uploadpack.allowAnySHA1InWant", "true"),
        ("receive.advertisePushOptions", "true"),
        ("receive.denyCurrentBranch", "ignore"),
    ] {
        git(&origin, &["config", key, value]);
    }
    for nr in 0..commits {
        git(&origin, &["commit", "-q", "--allow-empty", "-m", &format!("commit {nr}")]);
    }
    git(&origin, &["tag", "-a", "-m", "one", "v1"]);
    let list = git(&origin, &["rev-list", "--reverse", "main"]);
    list.lines().map(|hex| Oid::from_hex(hex).unwrap()).collect()
}

/// What the client says when it runs this, with the service's side recorded.
fn recorded(dir: &Path, args: &[&str], service: &str) -> Vec<u8> {
    let record = dir.join("record");
    let through = format!("tee '{}' | git-{service}", record.display());
    let option = format!("--{service}={through}");
    let args: Vec<&str> =
        args.iter().map(|&arg| if arg == "SERVICE" { option.as_str() } else { arg }).collect();
    git(dir, &args);
    std::fs::read(record).unwrap()
}

fn origin_url(dir: &Path) -> String {
    format!("file://{}", dir.join("origin").display())
}

#[test]
fn stock_clients_are_understood_in_version_two() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let commits = origin(dir, 3);
    let url = origin_url(dir);
    let bytes = recorded(
        dir,
        &[
            "-c",
            "protocol.version=2",
            "clone",
            "-q",
            "--depth=2",
            "--filter=blob:limit=1k",
            "--server-option=a=b",
            "SERVICE",
            &url,
            "copy",
        ],
        "upload-pack",
    );
    let mut reader = v2::Reader::new(SHA1);
    reader.feed(&bytes);
    reader.eof();
    let Some(v2::Event::Request(list)) = reader.event().unwrap() else { panic!() };
    let v2::Command::LsRefs(refs) = &list.command else { panic!("{list:?}") };
    assert!(
        refs.peel && refs.symrefs && refs.unborn && refs.lists(b"HEAD") && refs.lists(b"refs/heads/main")
    );
    assert!(list.agent.as_deref().unwrap().starts_with("git/"));
    assert_eq!(list.server_options, [b"a=b".to_vec()]);
    let Some(v2::Event::Request(fetch)) = reader.event().unwrap() else { panic!() };
    let v2::Command::Fetch(fetch) = &fetch.command else { panic!("{fetch:?}") };
    assert!(fetch.wants.contains(&commits[2]) && fetch.done && fetch.ofs_delta && fetch.include_tag);
    assert_eq!(fetch.depth.deepen, Some(2));
    assert_eq!(fetch.filter, Some(Filter::BlobLimit(1024)));
    assert_eq!(reader.event(), Ok(Some(v2::Event::End)));
}

#[test]
fn stock_clients_are_understood_in_version_zero() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let commits = origin(dir, 3);
    let url = origin_url(dir);
    let args = [
        "-c",
        "protocol.version=0",
        "clone",
        "-q",
        "--depth=1",
        "--no-single-branch",
        "--filter=tree:0",
        "SERVICE",
        &url,
        "copy",
    ];
    let bytes = recorded(dir, &args, "upload-pack");
    let mut reader = v0::Reader::new(SHA1, false);
    reader.feed(&bytes);
    reader.eof();
    let Some(v0::Event::Wants(request)) = reader.event().unwrap() else { panic!() };
    assert!(request.wants.contains(&commits[2]));
    assert_eq!((request.multi_ack, request.side_band), (MultiAck::Detailed, SideBand::Large));
    assert_eq!(request.depth.deepen, Some(1));
    assert_eq!(request.filter, Some(Filter::Tree(0)));
    let Some(v0::Event::Haves(haves, _)) = reader.event().unwrap() else { panic!() };
    assert!(haves.is_empty());
    assert_eq!(reader.event(), Ok(Some(v0::Event::End)));
}

#[test]
fn stock_pushes_are_understood() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let commits = origin(dir, 2);
    git(dir, &["clone", "-q", &origin_url(dir), "copy"]);
    let copy = dir.join("copy");
    git(&copy, &["commit", "-q", "--allow-empty", "-m", "new"]);
    let new = Oid::from_hex(git(&copy, &["rev-parse", "HEAD"])).unwrap();
    let args = ["push", "-q", "--atomic", "-o", "ci.skip", "SERVICE", "origin", "main", ":refs/tags/v1"];
    let bytes = recorded(&copy, &args, "receive-pack");
    let (request, pack) = read_push(&bytes);
    assert!(pack.starts_with(b"PACK"));
    let main = request.commands.iter().find(|command| command.name == b"refs/heads/main").unwrap();
    assert_eq!((main.old, main.new), (commits[1], new));
    assert!(request.commands.iter().any(|command| command.name == b"refs/tags/v1" && command.new.is_zero()));
    assert_eq!(request.options, [b"ci.skip".to_vec()]);
    let can = &request.capabilities;
    assert!(can.report_status_v2 && can.side_band_64k && can.atomic && can.push_options);
    assert_eq!(can.object_format, Some(SHA1));
}

fn read_push(bytes: &[u8]) -> (PushRequest, &[u8]) {
    match PushReader::new(SHA1).feed(bytes).unwrap() {
        ReadState::Complete { consumed, request } => (request, &bytes[consumed..]),
        ReadState::NeedMore => panic!("the request is not complete"),
    }
}

// --- what stock servers answer ------------------------------------------------------------------------------------

/// The server's side of a linear history of which only the first commits are wanted.
struct Linear<'a> {
    /// Commits of the server, oldest first.
    commits: &'a [Oid],
    common: HashSet<Oid>,
}

impl Answers for Linear<'_> {
    type Error = Infallible;

    fn common(&mut self, oid: &Oid) -> Result<bool, Infallible> {
        let is_here = self.commits.contains(oid);
        if is_here {
            self.common.insert(*oid);
        }
        Ok(is_here)
    }

    /// The only want is the newest commit, and every other one is its ancestor.
    fn ready(&mut self) -> Result<bool, Infallible> {
        Ok(!self.common.is_empty())
    }
}

/// Our answer up to the pack.
fn our_answer(commits: &[Oid], request: &[u8], stateless: bool) -> Vec<u8> {
    let mut reader = v0::Reader::new(SHA1, stateless);
    reader.feed(request);
    reader.eof();
    let mut out = Vec::new();
    let Some(v0::Event::Wants(wants)) = reader.event().unwrap() else { panic!() };
    let mut negotiation = Negotiation::new(wants.multi_ack, wants.no_done, stateless);
    let mut answers = Linear { commits, common: HashSet::new() };
    while let Some(v0::Event::Haves(haves, end)) = reader.event().unwrap() {
        let Ok(outcome) = negotiation.round(&haves, end, &mut answers, &mut out);
        if outcome != Outcome::Continue {
            break;
        }
    }
    out
}

/// Git's answer, without the advertisement before it and the pack behind it.
fn git_answer(dir: &Path, request: &[u8], stateless: bool) -> Vec<u8> {
    let mut command = git_command(dir);
    command.arg("upload-pack").args(stateless.then_some("--stateless-rpc")).arg("origin");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // A stateless server may leave before it has read all.
    let _ = child.stdin.take().unwrap().write_all(request);
    let output = child.wait_with_output().unwrap().stdout;
    let rest = if stateless { &output[..] } else { behind_flush(&output) };
    let mut length = 0;
    while !rest[length..].starts_with(b"PACK")
        && let Some((_, used)) = pktline::parse(&rest[length..]).unwrap()
    {
        length += used;
    }
    rest[..length].to_vec()
}

/// What follows the first flush.
fn behind_flush(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((packet, used)) = pktline::parse(rest).unwrap() {
        rest = &rest[used..];
        if packet == Packet::Flush {
            break;
        }
    }
    rest
}

/// Lines of a request from a short form: `k` a known commit, `u` an unknown one, `.` a flush, `!` done.
fn request(commits: &[Oid], capabilities: &str, rounds: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let newest = commits.last().unwrap();
    pktline::text(&mut out, &format!("want {newest} {capabilities}"));
    pktline::flush(&mut out);
    for (nr, step) in rounds.chars().enumerate() {
        match step {
            'k' => pktline::text(&mut out, &format!("have {}", commits[nr % (commits.len() - 1)])),
            'u' => pktline::text(&mut out, &format!("have {nr:040x}")),
            '.' => pktline::flush(&mut out),
            _ => pktline::text(&mut out, "done"),
        }
    }
    out
}

#[test]
fn negotiations_run_as_with_git() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let commits = origin(dir, 12);
    let list = [
        "!",
        ".!",
        "u!",
        "k!",
        "kk!",
        "u.!",
        "u.u.k.!",
        "uk!",
        "ku!",
        "uk.!",
        "ku.!",
        "k.!",
        "k.u.!",
        "uu.kk.u.uu!",
        "k",
        "u.",
        "k.",
    ];
    for rounds in list {
        for capabilities in
            ["", "multi_ack", "multi_ack_detailed", "multi_ack_detailed no-done", "multi_ack no-done"]
        {
            for stateless in [true, false] {
                // Without `done` a conversation does not end, and no request does without a flush.
                if !rounds.ends_with('!') && (!stateless || rounds == "k") {
                    continue;
                }
                let body = request(&commits, capabilities, rounds);
                let ours = our_answer(&commits, &body, stateless);
                let theirs = git_answer(dir, &body, stateless);
                let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                assert_eq!(shown(&ours), shown(&theirs), "{rounds} {capabilities:?} stateless: {stateless}");
            }
        }
    }
}

/// The lines of an advertisement without what the server can do.
fn advertised(bytes: &[u8]) -> Vec<String> {
    let mut rest = bytes;
    let mut lines = Vec::new();
    while let Some((packet, used)) = pktline::parse(rest).unwrap() {
        rest = &rest[used..];
        let Packet::Data(line) = packet else { continue };
        let name = line.split(|&byte| byte == 0).next().unwrap();
        lines.push(String::from_utf8_lossy(pktline::chomp(name)).into_owned());
    }
    lines
}

#[test]
fn refs_are_advertised_as_by_git() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let commits = origin(dir, 1);
    let origin = dir.join("origin");
    git(&origin, &["tag", "plain"]);
    let listed = git(&origin, &["for-each-ref", "--format=%(objectname) %(*objectname) %(refname)"]);
    let refs = listed.lines().map(|line| {
        let fields: Vec<&str> = line.split(' ').collect();
        let (oid, peeled) = (Oid::from_hex(fields[0]).unwrap(), Oid::from_hex(fields[1]));
        AdvertisedRef { name: fields[2].as_bytes().to_vec(), oid, peeled }
    });
    let refs: Vec<_> = refs.collect();
    let head = Some((commits[0], &b"refs/heads/main"[..]));
    let capabilities = advertise::upload_capabilities(advertise::AGENT, SHA1);
    for version in ["0", "1"] {
        let mut ours = Vec::new();
        let number = version.parse().unwrap();
        let mut refs = refs.clone().into_iter();
        advertise::advertise(&mut ours, None, number, head, &mut refs, &capabilities, SHA1);
        let protocol = format!("version={version}");
        let args = ["upload-pack", "--http-backend-info-refs", "origin"];
        let theirs = git_command(dir).env("GIT_PROTOCOL", protocol).args(args).output().unwrap().stdout;
        assert_eq!(advertised(&ours), advertised(&theirs), "version {version}");
    }
}
