//! Git over HTTP by hand: the shapes in which requests come, and what every answer carries.

use std::io::{BufReader, Write as _};

use flate2::{Compression, write::GzEncoder};

use crate::support::{
    Local, Reply, Request, User, World, assert_same,
    http::read_until,
    wire::{RECEIVE, UPLOAD, ZERO, advertisement, exchange, ls_refs, ls_refs_body, push_body, report},
};

fn pushed() -> (World, User, Local) {
    let world = World::new();
    let (ada, work) = world.pushed();
    (world, ada, work)
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_probe_of_four_bytes_is_answered_with_nothing() {
    let (world, ada, work) = pushed();
    let before = world.git(["ls-remote", &ada.url("demo")]);
    for service in [UPLOAD, RECEIVE] {
        let reply =
            world.site.send(&exchange(&ada.full("demo"), service).token(&ada.token).body("0000")).expect(200);
        assert_eq!(reply.header("content-type"), Some(format!("application/x-{service}-result").as_str()));
        assert!(reply.body.is_empty(), "{service}: {}", reply.text());
        let chunked = exchange(&ada.full("demo"), service).token(&ada.token).chunks(["00", "00"]);
        assert!(world.site.send(&chunked).expect(200).body.is_empty(), "{service}");
        let probe = exchange(&ada.full("demo"), service).body("0000");
        assert!(world.site.send(&probe).expect(401).header("www-authenticate").unwrap().starts_with("Basic"));
    }
    assert_eq!(world.git(["ls-remote", &ada.url("demo")]), before);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

#[test]
fn a_body_may_come_in_chunks() {
    let (world, ada, work) = pushed();
    let body = ls_refs_body();
    let whole = world.site.send(&ls_refs(&ada.full("demo")).token(&ada.token)).expect(200);
    let one_by_one =
        exchange(&ada.full("demo"), UPLOAD).token(&ada.token).header("Git-Protocol", "version=2");
    let pieces = world.site.send(&one_by_one.chunks(body.iter().map(|byte| vec![*byte]))).expect(200);
    assert_eq!(report(&pieces), report(&whole));
    assert!(report(&whole).len() >= 8, "{:?}", report(&whole));
    // A push, cut where nothing ends.
    let tip = work.commit("chunks", &[("file", &"chunks\n".repeat(5_000))]);
    let push =
        push_body(&[(ZERO, &tip, "refs/heads/chunks")], "report-status", &work.pack(&[&tip, "^main"], &[]));
    let request = exchange(&ada.full("demo"), RECEIVE).token(&ada.token);
    let reply = world.site.send(&request.chunks(push.chunks(37).map(<[u8]>::to_vec))).expect(200);
    assert_eq!(report(&reply), ["unpack ok", "ok refs/heads/chunks"]);
}

#[test]
fn a_body_may_be_compressed() {
    let (world, ada, work) = pushed();
    let whole = world.site.send(&ls_refs(&ada.full("demo")).token(&ada.token)).expect(200);
    for coding in ["gzip", "x-gzip"] {
        let request = || {
            let request = exchange(&ada.full("demo"), UPLOAD).token(&ada.token);
            request.header("Git-Protocol", "version=2").header("Content-Encoding", coding)
        };
        let reply = world.site.send(&request().body(gzipped(&ls_refs_body()))).expect(200);
        assert_eq!(report(&reply), report(&whole), "{coding}");
        let cut = gzipped(&ls_refs_body())[..20].to_vec();
        let reply = world.site.send(&request().body(cut));
        assert!(!reply.text().contains("refs/heads/main"), "{coding}: {}", reply.text());
    }
    let tip = work.commit("gzip", &[("file", "gzip\n")]);
    let push =
        push_body(&[(ZERO, &tip, "refs/heads/gzip")], "report-status", &work.pack(&[&tip, "^main"], &[]));
    let request = exchange(&ada.full("demo"), RECEIVE).token(&ada.token).header("Content-Encoding", "gzip");
    let reply = world.site.send(&request.body(gzipped(&push))).expect(200);
    assert_eq!(report(&reply), ["unpack ok", "ok refs/heads/gzip"]);
    let unknown = exchange(&ada.full("demo"), UPLOAD).token(&ada.token).header("Content-Encoding", "br");
    world.site.send(&unknown.body("0000")).expect(415);
}

#[test]
fn a_body_may_wait_for_continue() {
    let (world, ada, _work) = pushed();
    let request = exchange(&ada.full("demo"), UPLOAD).token(&ada.token).header("Git-Protocol", "version=2");
    let request = request.header("Expect", "100-continue").body(ls_refs_body());
    let bytes = request.encode(&world.site.authority());
    let (head, body) = bytes.split_at(bytes.len() - ls_refs_body().len());
    let mut stream = world.site.connect();
    stream.write_all(head).unwrap();
    let said = read_until(&mut stream, b"\r\n\r\n");
    assert!(said.starts_with(b"HTTP/1.1 100"), "{}", crate::support::text(&said));
    stream.write_all(body).unwrap();
    let reply = Reply::read(&mut BufReader::new(stream), false).unwrap().expect(200);
    assert!(reply.text().contains("refs/heads/main"));
}

#[test]
fn no_answer_to_git_may_be_kept() {
    let (world, ada, _work) = pushed();
    let name = ada.full("demo");
    let requests = [
        (200, advertisement(&name, UPLOAD).token(&ada.token)),
        (200, advertisement(&name, UPLOAD).token(&ada.token).header("Git-Protocol", "version=2")),
        (200, advertisement(&name, RECEIVE).token(&ada.token)),
        (200, exchange(&name, UPLOAD).token(&ada.token).body("0000")),
        (200, exchange(&name, RECEIVE).token(&ada.token).body("0000")),
        (200, ls_refs(&name).token(&ada.token)),
        (401, advertisement(&name, UPLOAD)),
        (401, exchange(&name, RECEIVE).body("0000")),
        (403, Request::get(format!("/{name}.git/info/refs")).token(&ada.token)),
    ];
    for (status, request) in requests {
        let reply = world.site.send(&request).expect(status);
        let path = &request.path;
        assert_eq!(reply.header("cache-control"), Some("no-cache, max-age=0, must-revalidate"), "{path}");
        assert_eq!(reply.header("pragma"), Some("no-cache"), "{path}");
        assert_eq!(reply.header("expires"), Some("Fri, 01 Jan 1980 00:00:00 GMT"), "{path}");
        assert_eq!(reply.header("etag"), None, "{path}");
    }
}

#[test]
fn answers_are_typed_as_git_expects() {
    let (world, ada, _work) = pushed();
    let name = ada.full("demo");
    for service in [UPLOAD, RECEIVE] {
        let reply = world.site.send(&advertisement(&name, service).token(&ada.token)).expect(200);
        assert_eq!(
            reply.header("content-type"),
            Some(format!("application/x-{service}-advertisement").as_str())
        );
        let announced = format!("# service={service}");
        assert_eq!(report(&reply)[0], announced);
        let wrong = Request::post(format!("/{name}.git/{service}")).token(&ada.token);
        world.site.send(&wrong.header("Content-Type", "text/plain").body("0000")).expect(415);
        world.site.send(&Request::get(format!("/{name}.git/{service}")).token(&ada.token)).expect(405);
    }
    // Version 2 says no service, and lists what it can do.
    let v2 = advertisement(&name, UPLOAD).token(&ada.token).header("Git-Protocol", "version=2");
    let lines = report(&world.site.send(&v2).expect(200));
    assert_eq!(lines[0], "version 2");
    for capability in ["ls-refs=unborn", "fetch=", "object-format=sha1", "agent="] {
        assert!(lines.iter().any(|line| line.starts_with(capability)), "{capability}: {lines:?}");
    }
    let fetch = lines.iter().find(|line| line.starts_with("fetch=")).unwrap();
    for feature in ["shallow", "filter", "wait-for-done", "ref-in-want"] {
        assert!(fetch.contains(feature), "{feature}: {fetch}");
    }
}

#[test]
fn the_dumb_protocol_is_refused_with_advice() {
    let (world, ada, _work) = pushed();
    let name = ada.full("demo");
    for path in ["info/refs", "HEAD", "objects/info/packs", "objects/00/0123456789"] {
        for token in [None, Some(&ada.token)] {
            let request = Request::get(format!("/{name}.git/{path}"));
            let reply =
                world.site.send(&token.map_or(request.clone(), |token| request.token(token))).expect(403);
            assert!(reply.text().contains("smart protocol only"), "{path}: {}", reply.text());
        }
    }
    let unknown =
        world.site.send(&Request::get(format!("/{name}.git/info/refs?service=git-shell")).token(&ada.token));
    unknown.expect(403);
}

#[test]
fn nonsense_is_answered_in_words() {
    let (world, ada, work) = pushed();
    let name = ada.full("demo");
    for (service, body) in [
        (UPLOAD, &b"zzzz"[..]),
        (UPLOAD, b"0001"),
        (UPLOAD, b"0003"),
        (UPLOAD, b"ffffff"),
        (UPLOAD, b"000cnonsense0000"),
        (RECEIVE, b"zzzz"),
        (RECEIVE, b"000cnonsense0000"),
    ] {
        for protocol in ["version=0", "version=2"] {
            let request = exchange(&name, service).token(&ada.token).header("Git-Protocol", protocol);
            let reply = world.site.send(&request.body(body));
            assert!(reply.status < 500, "{service} {body:?}: {}", reply.status);
            assert!(!reply.body.is_empty(), "{service} {}: no word", crate::support::text(body));
        }
    }
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

/// What is refused on its head alone has still sent a body: a client that gets no answer to it says "broken pipe".
#[test]
fn a_refused_body_is_read_to_its_end() {
    let (world, ada, _work) = pushed();
    let eve = world.user("eve");
    let body = vec![b'x'; 3 << 20];
    for (token, status) in [(None, 401), (Some(&eve.token), 404)] {
        let request = exchange(&ada.full("demo"), RECEIVE);
        let request = token.map_or(request.clone(), |token| request.token(token)).body(body.clone());
        let bytes = request.encode(&world.site.authority());
        let mut stream = world.site.connect();
        stream.write_all(&bytes).unwrap();
        Reply::read(&mut BufReader::new(stream), false).unwrap().expect(status);
    }
}

#[test]
fn a_connection_serves_one_request_after_another() {
    let (world, ada, _work) = pushed();
    let name = ada.full("demo");
    let mut stream = BufReader::new(world.site.connect());
    let requests = [
        (200, ls_refs(&name).token(&ada.token)),
        (401, ls_refs(&name)),
        (200, Request::get("/healthz")),
        (404, Request::get("/no/such/page")),
        (200, exchange(&name, RECEIVE).token(&ada.token).body("0000")),
        (200, ls_refs(&name).token(&ada.token)),
    ];
    for (status, request) in requests {
        let bytes = crate::support::text(&request.encode(&world.site.authority()));
        stream
            .get_mut()
            .write_all(bytes.replace("Connection: close", "Connection: keep-alive").as_bytes())
            .unwrap();
        Reply::read(&mut stream, false).unwrap().expect(status);
    }
}
