//! The protocol parsers against tables of requests, and against any bytes in any split.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

use gitflare_git::pktline;
use gitflare_git::protocol::receive::{
    PushReader, PushRequest, ReadState, RefStatus, Rewritten, write_report,
};
use gitflare_git::protocol::upload::{Filter, MultiAck, SideBand, v0, v2};
use gitflare_git::{Error, ObjectFormat, Oid, Result};
use proptest::prelude::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const ZERO: &str = "0000000000000000000000000000000000000000";
const SHA1: ObjectFormat = ObjectFormat::Sha1;

fn oid(hex: &str) -> Oid {
    Oid::from_hex(hex).unwrap()
}

/// Packets from lines; `0000` and `0001` stand for themselves, everything else gets a newline.
fn packets<T: AsRef<str>>(lines: &[T]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in lines {
        match line.as_ref() {
            "0000" => pktline::flush(&mut out),
            "0001" => pktline::delim(&mut out),
            line => pktline::text(&mut out, line),
        }
    }
    out
}

fn bad<T>(text: &str) -> Result<T> {
    Err(Error::Bad(text.to_owned()))
}

// --- push ---------------------------------------------------------------------------------------------------------

/// Feeds the pieces in turn: the request, and what follows it.
fn push(pieces: &[&[u8]], format: ObjectFormat) -> Result<(PushRequest, Vec<u8>)> {
    let mut reader = PushReader::new(format);
    for (nr, piece) in pieces.iter().enumerate() {
        if let ReadState::Complete { consumed, request } = reader.feed(piece)? {
            let mut pack = piece[consumed..].to_vec();
            pack.extend(pieces[nr + 1..].concat());
            return Ok((request, pack));
        }
    }
    reader.eof().map(|request| (request, Vec::new()))
}

fn push_lines<T: AsRef<str>>(lines: &[T]) -> Result<PushRequest> {
    push(&[&packets(lines)], SHA1).map(|(request, _)| request)
}

#[test]
fn a_push_is_read_up_to_its_pack() {
    let mut body = packets(&[
        format!("shallow {B}"),
        format!(
            "{ZERO} {A} refs/heads/main\0 report-status-v2 side-band-64k atomic push-options object-format=sha1 agent=git/2.47"
        ),
        format!("{A} {ZERO} refs/heads/caf\u{e9} x"),
        "0000".into(),
        "ci.skip".into(),
        "a=b c".into(),
        "0000".into(),
    ]);
    body.extend(b"PACK0003");
    let (request, pack) = push(&[&body], SHA1).unwrap();
    assert_eq!(pack, b"PACK0003");
    assert_eq!(request.shallow, [oid(B)]);
    assert_eq!(request.commands.len(), 2);
    assert_eq!(request.commands[1].name, "refs/heads/caf\u{e9} x".as_bytes());
    assert_eq!(request.options, [b"ci.skip".to_vec(), b"a=b c".to_vec()]);
    assert!(request.has_pack());
    let can = request.capabilities;
    assert!(can.report_status_v2 && can.side_band_64k && can.atomic && can.push_options);
    assert!(!can.report_status && !can.quiet && !can.ofs_delta && !can.delete_refs);
    assert_eq!((can.object_format, can.agent.as_deref()), (Some(SHA1), Some("git/2.47")));
}

#[test]
fn a_push_of_nothing_does_nothing() {
    assert_eq!(push_lines(&["0000"]), Ok(PushRequest::default()));
    assert_eq!(push(&[], SHA1).unwrap().0, PushRequest::default());
    assert_eq!(push(&[b""], SHA1).unwrap().0, PushRequest::default());
    let deletion = push_lines(&[format!("{A} {ZERO} refs/heads/x\0report-status"), "0000".into()]).unwrap();
    assert!(!deletion.has_pack());
}

#[test]
fn wrong_pushes_are_refused_in_words() {
    let long = "c".repeat(64);
    for (lines, text) in [
        (
            vec![format!("{A} refs/heads/x"), "0000".into()],
            format!("protocol error: expected old/new/ref, got '{A} refs/heads/x'"),
        ),
        (vec!["hello".into()], "protocol error: expected old/new/ref, got 'hello'".into()),
        (vec!["shallow x".into()], "protocol error: expected shallow sha, got 'x'".into()),
        (vec![format!("shallow {long}")], format!("protocol error: expected shallow sha, got '{long}'")),
        (vec!["push-cert\0report-status".into()], "push certificates are not supported".into()),
        (
            vec![format!("{long} {long} refs/heads/x\0object-format=sha256")],
            "object format mismatch: unsupported object format 'sha256'".into(),
        ),
        (vec![format!("{A} {B} refs/heads/x")], "protocol error: the remote end hung up unexpectedly".into()),
        (vec!["0001".into()], "protocol error: expected flush".into()),
    ] {
        assert_eq!(push_lines(&lines), bad(&text));
    }
    let line = packets(&[format!("{A} {B} refs/heads/x\0object-format=sha1")]);
    let sha256 = push(&[&line], ObjectFormat::Sha256);
    assert_eq!(sha256, bad("object format mismatch: unsupported object format 'sha1'"));
    let line = packets(&[format!("{long} {long} refs/heads/x\0object-format=sha256"), "0000".into()]);
    assert!(push(&[&line], ObjectFormat::Sha256).is_ok());
    assert_eq!(push(&[b"000"], SHA1), bad("protocol error: the remote end hung up unexpectedly"));
}

#[test]
fn commands_are_bounded() {
    let line = packets(&[format!("{A} {B} refs/heads/{}", "x".repeat(60_000))]);
    let many: Vec<&[u8]> = std::iter::repeat_n(&line[..], 60).collect();
    assert_eq!(push(&many, SHA1), Err(Error::TooLarge("commands and push options exceed 3 MiB".into())));
}

#[test]
fn reports_are_written_line_by_line() {
    let rewritten = Rewritten {
        refname: Some(b"refs/pull/1".to_vec()),
        old_oid: Some(oid(A)),
        new_oid: Some(oid(B)),
        forced_update: true,
    };
    let statuses = [
        RefStatus { name: b"refs/heads/a", result: Ok(None) },
        RefStatus { name: b"refs/heads/b", result: Ok(Some(rewritten)) },
        RefStatus { name: b"refs/heads/c", result: Err("hook\ndeclined") },
    ];
    let mut out = Vec::new();
    write_report(&mut out, Ok(()), &statuses, true);
    let options = [
        "option refname refs/pull/1".to_owned(),
        format!("option old-oid {A}"),
        format!("option new-oid {B}"),
        "option forced-update".to_owned(),
    ];
    let mut lines = vec!["unpack ok".to_owned(), "ok refs/heads/a".into(), "ok refs/heads/b".into()];
    lines.extend(options);
    lines.extend(["ng refs/heads/c hook declined".into(), "0000".into()]);
    assert_eq!(out, packets(&lines));

    out.clear();
    write_report(&mut out, Err("bad pack"), &statuses[1..2], false);
    assert_eq!(out, packets(&["unpack bad pack", "ok refs/heads/b", "0000"]));
}

// --- fetch, versions 0 and 1 --------------------------------------------------------------------------------------

fn v0_events(pieces: &[&[u8]], stateless: bool) -> Result<Vec<v0::Event>> {
    let mut reader = v0::Reader::new(SHA1, stateless);
    let mut events = Vec::new();
    let mut rest = pieces.iter();
    loop {
        match reader.event()? {
            Some(event) => {
                let is_end = event == v0::Event::End;
                events.push(event);
                if is_end {
                    return Ok(events);
                }
            }
            None => match rest.next() {
                Some(piece) => reader.feed(piece),
                None => reader.eof(),
            },
        }
    }
}

fn v0_lines<T: AsRef<str>>(lines: &[T]) -> Result<Vec<v0::Event>> {
    v0_events(&[&packets(lines)], true)
}

#[test]
fn wants_and_rounds_of_haves_come_one_by_one() {
    use gitflare_git::protocol::upload::negotiation::RoundEnd;
    let lines = [
        format!(
            "want {B} multi_ack_detailed multi_ack no-done side-band-64k side-band thin-pack ofs-delta no-progress include-tag deepen-relative filter agent=git/2.47 unheard-of"
        ),
        format!("want {A}"),
        format!("want {B}"),
        format!("shallow {A}"),
        "deepen 3".into(),
        "filter tree:1".into(),
        "0000".into(),
        format!("have {A}"),
        "0000".into(),
        format!("have {B}"),
        "done".into(),
    ];
    let events = v0_lines(&lines).unwrap();
    let [v0::Event::Wants(request), rest @ ..] = &events[..] else { panic!("{events:?}") };
    assert_eq!(request.wants, [oid(A), oid(B)]);
    assert_eq!((request.multi_ack, request.side_band), (MultiAck::Detailed, SideBand::Large));
    assert!(request.no_done && request.thin_pack && request.ofs_delta);
    assert!(request.no_progress && request.include_tag && request.depth.deepen_relative);
    assert_eq!(request.depth.deepen, Some(3));
    assert_eq!(request.depth.shallow, [oid(A)]);
    assert_eq!(request.filter, Some(Filter::Tree(1)));
    assert_eq!(request.agent.as_deref(), Some("git/2.47"));
    let expected = [
        v0::Event::Haves(vec![oid(A)], RoundEnd::Flush),
        v0::Event::Haves(vec![oid(B)], RoundEnd::Done),
        v0::Event::End,
    ];
    assert_eq!(rest, expected);
}

#[test]
fn a_fetch_of_nothing_ends() {
    assert_eq!(v0_lines(&["0000"]), Ok(vec![v0::Event::End]));
    assert_eq!(v0_events(&[], true), Ok(vec![v0::Event::End]));
    let only_wants = v0_lines(&[format!("want {A}"), "0000".into()]).unwrap();
    assert!(matches!(only_wants[..], [v0::Event::Wants(_), v0::Event::End]));
}

#[test]
fn wrong_fetches_are_refused_in_words() {
    let want = format!("want {A}");
    let long = format!("want {A}{A}");
    let hung_up = "protocol error: the remote end hung up unexpectedly";
    for (lines, text) in [
        (vec!["want x"], "protocol error: expected to get object ID, not 'want x'"),
        (vec![&long], &format!("protocol error: expected to get object ID, not '{long}'")),
        (vec![&want, "deepen 0"], "protocol error: Invalid deepen: deepen 0"),
        (vec![&want, "deepen -1"], "protocol error: Invalid deepen: deepen -1"),
        (vec![&want, "deepen-since x"], "protocol error: Invalid deepen-since: deepen-since x"),
        (vec![&want, "shallow x"], "protocol error: invalid shallow line: shallow x"),
        (
            vec![&want, "deepen 1", "deepen-not main", "0000"],
            "deepen and deepen-since (or deepen-not) cannot be used together",
        ),
        (vec![&want, "filter blob:none"], "filtering capability not negotiated"),
        (vec![&want], hung_up),
        (vec![&want, "0000", "have x"], "protocol error: expected SHA1 object, got 'x'"),
        (vec![&want, "0000", "haves"], "protocol error: expected SHA1 list, got 'haves'"),
        (vec![&want, "0000", &format!("have {A}")], hung_up),
        (vec![&want, "0001"], "protocol error: expected flush"),
        (
            vec![&format!("{want} object-format=sha256")],
            "mismatched object format: server sha1; client sha256",
        ),
    ] {
        assert_eq!(v0_lines(&lines), bad(text), "{lines:?}");
    }
}

#[test]
fn requests_are_bounded_and_conversations_are_not() {
    let mut lines = vec![format!("want {A}"), "0000".into()];
    for _ in 0..2 {
        lines.extend(std::iter::repeat_n(format!("have {A}"), 150_000));
        lines.push("0000".into());
    }
    let body = packets(&lines);
    assert_eq!(v0_events(&[&body], true), Err(Error::TooLarge("request exceeds 10 MiB".into())));
    assert_eq!(v0_events(&[&body], false).map(|events| events.len()), Ok(4));
}

// --- fetch, version 2 ---------------------------------------------------------------------------------------------

fn v2_events(pieces: &[&[u8]]) -> Result<Vec<v2::Event>> {
    let mut reader = v2::Reader::new(SHA1);
    let mut events = Vec::new();
    let mut rest = pieces.iter();
    loop {
        match reader.event()? {
            Some(event) => {
                let is_end = event == v2::Event::End;
                events.push(event);
                if is_end {
                    assert_eq!(reader.event(), Ok(Some(v2::Event::End)));
                    return Ok(events);
                }
            }
            None => match rest.next() {
                Some(piece) => reader.feed(piece),
                None => reader.eof(),
            },
        }
    }
}

fn v2_lines<T: AsRef<str>>(lines: &[T]) -> Result<Vec<v2::Event>> {
    v2_events(&[&packets(lines)])
}

#[test]
fn a_connection_carries_several_commands() {
    let lines = [
        "command=ls-refs".to_owned(),
        "agent=git/2.47".into(),
        "object-format=sha1".into(),
        "server-option=x=y".into(),
        "0001".into(),
        "peel".into(),
        "symrefs".into(),
        "unborn".into(),
        "ref-prefix refs/heads/".into(),
        "ref-prefix HEAD".into(),
        "0000".into(),
        "command=fetch".into(),
        "0001".into(),
        format!("want {B}"),
        format!("want {A}"),
        format!("want {A}"),
        "want-ref refs/heads/main".into(),
        format!("have {B}"),
        format!("have {A}"),
        format!("have {B}"),
        "thin-pack".into(),
        "ofs-delta".into(),
        "wait-for-done".into(),
        "packfile-uris https".into(),
        "deepen-since 1700000000".into(),
        "deepen-not v1".into(),
        "deepen-not refs/heads/x".into(),
        "filter combine:tree:2+blob:none".into(),
        "done".into(),
        "0000".into(),
        "command=ls-refs".into(),
        "0000".into(),
        "0000".into(),
    ];
    let events = v2_lines(&lines).unwrap();
    let [v2::Event::Request(list), v2::Event::Request(fetch), v2::Event::Request(bare), v2::Event::End] =
        &events[..]
    else {
        panic!("{events:?}")
    };
    let v2::Command::LsRefs(refs) = &list.command else { panic!("{list:?}") };
    assert!(refs.peel && refs.symrefs && refs.unborn);
    assert!(refs.lists(b"HEAD") && refs.lists(b"refs/heads/x") && !refs.lists(b"refs/tags/x"));
    assert_eq!(list.agent.as_deref(), Some("git/2.47"));
    assert_eq!(list.server_options, [b"x=y".to_vec()]);

    let v2::Command::Fetch(fetch) = &fetch.command else { panic!("{fetch:?}") };
    assert_eq!(fetch.wants, [oid(A), oid(B)]);
    assert_eq!(fetch.haves, [oid(B), oid(A)]);
    assert_eq!(fetch.want_refs, [b"refs/heads/main".to_vec()]);
    assert!(fetch.done && fetch.thin_pack && fetch.ofs_delta && fetch.wait_for_done && !fetch.include_tag);
    assert_eq!(fetch.depth.deepen_since, Some(1_700_000_000));
    assert_eq!(fetch.depth.deepen_not, [b"v1".to_vec(), b"refs/heads/x".to_vec()]);
    assert_eq!(fetch.filter.as_ref().map(ToString::to_string).as_deref(), Some("combine:blob:none+tree:2"));
    assert_eq!(fetch.step(), v2::FetchStep::Pack);

    assert_eq!(bare.command, v2::Command::LsRefs(v2::LsRefs::default()));
}

#[test]
fn how_an_answer_begins() {
    for (lines, step) in [
        (vec![], v2::FetchStep::Nothing),
        (vec![format!("have {A}")], v2::FetchStep::Nothing),
        (vec![format!("want {A}")], v2::FetchStep::Pack),
        (vec!["want-ref refs/heads/x".into()], v2::FetchStep::Pack),
        (vec![format!("want {A}"), format!("have {B}")], v2::FetchStep::Acknowledge),
        (vec![format!("want {A}"), format!("have {B}"), "done".into()], v2::FetchStep::Pack),
        (vec![format!("have {B}"), "wait-for-done".into()], v2::FetchStep::Acknowledge),
    ] {
        let mut all = vec!["command=fetch".to_owned(), "0001".into()];
        all.extend(lines);
        all.push("0000".into());
        let events = v2_lines(&all).unwrap();
        let v2::Event::Request(request) = &events[0] else { panic!("{events:?}") };
        let v2::Command::Fetch(fetch) = &request.command else { panic!("{request:?}") };
        assert_eq!(fetch.step(), step, "{all:?}");
    }
}

#[test]
fn wrong_commands_are_refused_in_words() {
    let hung_up = "protocol error: the remote end hung up unexpectedly";
    for (lines, text) in [
        (vec!["command=fetch", "0001", "wibble"], "protocol error: unexpected line: 'wibble'"),
        (vec!["command=fetch", "0001", "sideband-all"], "protocol error: unexpected line: 'sideband-all'"),
        (vec!["command=ls-refs", "0001", "a\tb\u{7f}"], "protocol error: unexpected line: 'a?b?'"),
        (vec!["command=fetch", "0001", "want x"], "protocol error: expected to get oid, not 'want x'"),
        (
            vec!["command=fetch", "0001", "deepen 1", "deepen-since 5", "0000"],
            "deepen and deepen-since (or deepen-not) cannot be used together",
        ),
        (
            vec!["command=fetch", "0001", "filter blob:none", "filter tree:0"],
            "multiple filter-specs cannot be combined",
        ),
        (vec!["command=fetch", "0001", "filter sparse:oid=x"], "filter 'sparse:oid' not supported"),
        (vec!["command=fetch", "0001", "want-ref a", "want-ref a", "0000"], "duplicate want-ref a"),
        (vec!["command=fetch", "0001", "0001"], "protocol error: expected flush after arguments"),
        (vec!["command=object-info", "0000"], "protocol error: invalid command 'object-info'"),
        (
            vec!["command=fetch", "command=fetch"],
            "protocol error: command 'fetch' requested after already requesting another command",
        ),
        (vec!["agent=x", "0000"], "protocol error: no command requested"),
        (vec!["wibble=x"], "protocol error: unknown capability 'wibble=x'"),
        (
            vec!["command=fetch", "object-format=sha256", "0001"],
            "mismatched object format: server sha1; client sha256",
        ),
        (vec!["command=fetch"], hung_up),
        (vec!["command=fetch", "0001", "done"], hung_up),
    ] {
        assert_eq!(v2_lines(&lines), bad(text), "{lines:?}");
    }
    assert_eq!(v2_events(&[b"0003"]), bad("protocol error: bad line length 3"));
    let end = Ok(vec![v2::Event::End]);
    assert_eq!(v2_events(&[]), end);
    assert_eq!(v2_events(&[b"0000"]), end);
}

#[test]
fn sections_are_written_as_git_writes_them() {
    let (a, b) = (oid(A), oid(B));
    let mut out = Vec::new();
    v2::write_ref(&mut out, None, b"HEAD", Some(b"refs/heads/main"), None);
    v2::write_ref(&mut out, Some(&a), b"refs/tags/v1", None, Some(&b));
    v2::write_acknowledgments(&mut out, &[], false);
    v2::write_acknowledgments(&mut out, &[a, b], true);
    v2::write_wanted_refs(&mut out, &[(b"refs/heads/main".to_vec(), a)]);
    v2::write_wanted_refs(&mut out, &[]);
    v2::write_packfile(&mut out);
    let lines = [
        "unborn HEAD symref-target:refs/heads/main".to_owned(),
        format!("{A} refs/tags/v1 peeled:{B}"),
        "acknowledgments".into(),
        "NAK".into(),
        "0000".into(),
        "acknowledgments".into(),
        format!("ACK {A}"),
        format!("ACK {B}"),
        "ready".into(),
        "0001".into(),
        "wanted-refs".into(),
        format!("{A} refs/heads/main"),
        "0001".into(),
        "packfile".into(),
    ];
    assert_eq!(out, packets(&lines));
    out.clear();
    v2::write_shallow_info(&mut out, &[a], &[b]);
    assert_eq!(out, format!("0011shallow-info\n0034shallow {A}0036unshallow {B}0001").into_bytes());
}

// --- any bytes ----------------------------------------------------------------------------------------------------

/// A line such as clients send, or nearly.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        "0000",
        "0001",
        "0002",
        "0003",
        "done",
        "command=fetch",
        "command=ls-refs",
        "peel",
        "deepen 2",
        "deepen-since 9",
        "deepen-not main",
        "ref-prefix x",
        "filter tree:1",
        "filter combine:blob:none+tree:0",
        "agent=x",
        "object-format=sha1",
        "want-ref refs/heads/main",
        "PACK",
        "push-cert",
    ]);
    let with_oid = prop::sample::select(vec![
        "want {}",
        "have {}",
        "shallow {}",
        "want {} multi_ack filter",
        "{} {} refs/heads/x",
        "{} {} refs/heads/x\0push-options",
    ]);
    prop_oneof![
        6 => known.prop_map(|text| match text.len() {
            4 if text.starts_with("000") => text.as_bytes().to_vec(),
            _ => packets(&[text]),
        }),
        6 => with_oid.prop_map(|text| packets(&[text.replace("{}", A)])),
        1 => prop::collection::vec(any::<u8>(), 0..30).prop_map(|bytes| {
            let mut out = Vec::new();
            pktline::write(&mut out, &bytes);
            out
        }),
        1 => prop::collection::vec(any::<u8>(), 0..9),
    ]
}

fn split<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.sort_unstable();
    let mut start = 0;
    let mut pieces: Vec<&[u8]> = Vec::new();
    for end in at.into_iter().chain([bytes.len()]) {
        pieces.push(&bytes[start..end]);
        start = end;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_split_reads_the_same(
        head in prop::sample::select(vec!["", "command=fetch|0001", "command=ls-refs|0001", "want {}|0000", "{} {} refs/heads/x\0push-options|0000"]),
        lines in prop::collection::vec(line(), 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut bytes = match head {
            "" => Vec::new(),
            head => packets(&head.replace("{}", A).split('|').collect::<Vec<_>>()),
        };
        bytes.extend(lines.concat());
        let pieces = split(&bytes, &cuts);
        prop_assert_eq!(v2_events(&pieces), v2_events(&[&bytes]));
        for stateless in [false, true] {
            prop_assert_eq!(v0_events(&pieces, stateless), v0_events(&[&bytes], stateless));
        }
        prop_assert_eq!(push(&pieces, SHA1), push(&[&bytes], SHA1));
        let one_by_one: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(v2_events(&one_by_one), v2_events(&[&bytes]));
        prop_assert_eq!(push(&one_by_one, SHA1), push(&[&bytes], SHA1));
    }

    #[test]
    fn no_filter_panics(spec in "(combine:|blob:|tree:|limit=|none|object:type=|%2[bB5]|\\+|[0-9kg]|\\PC){0,12}") {
        if let Ok(filter) = Filter::parse(spec.as_bytes()) {
            prop_assert_eq!(Filter::parse(filter.to_string().as_bytes()), Ok(filter));
        }
    }
}
