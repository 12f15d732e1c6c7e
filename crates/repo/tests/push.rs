//! Pushes by a session, with stock git making the packs.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]

mod support;

use gitflare_git::pktline;
use gitflare_port::Service;
use gitflare_repo::{Env, Pull};
use support::{World, git};

#[test]
fn a_first_push_is_stored_and_becomes_visible() {
    let world = World::new();
    let work = world.history(30);
    let report = world.push(&work, &[("refs/heads/main", "main")]);
    assert!(report.contains("unpack ok") && report.contains("ok refs/heads/main"), "{report}");
    assert_eq!(
        world.refs(),
        git(&work, &["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"])
    );
    assert_eq!(
        world.stat().objects,
        git(&work, &["rev-list", "--objects", "--all", "--count"]).trim().parse::<u64>().unwrap()
    );
}

#[test]
fn over_http_nothing_is_said_before_the_request_has_ended() {
    let world = World::new();
    let work = world.history(5);
    let tip = git(&work, &["rev-parse", "main"]).trim().to_owned();
    let mut body = Vec::new();
    let zero = "0".repeat(40);
    pktline::text(&mut body, &format!("{zero} {tip} refs/heads/main\0report-status side-band-64k"));
    pktline::flush(&mut body);
    body.extend_from_slice(&support::pack(&work, &[tip], &[]));
    let mut session =
        world.repository.transfer(support::head(Service::ReceivePack, 0, false), &support::env());
    // A minute between two pieces: keep-alives would be due, but a proxy that sees an answer stops sending the body.
    for (minute, piece) in body.chunks(500).enumerate() {
        let env = Env { now: support::NOW + 60 * minute as i64, seed: 1 };
        session.feed(piece);
        loop {
            match session.pull(&env) {
                Pull::NeedInput => break,
                Pull::Busy => {}
                said => panic!("{said:?}"),
            }
        }
    }
    session.eof();
    let answer = support::drive(&mut session, &[]);
    assert!(String::from_utf8_lossy(&answer).contains("ok refs/heads/main"));
}
