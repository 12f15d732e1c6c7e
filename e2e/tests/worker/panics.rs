//! A panic ends the program that an isolate's requests share. It may cost those in flight, and nothing else.

use std::{
    io::{BufReader, Write as _},
    time::{Duration, Instant},
};

use crate::support::{Reply, World};

/// How long a request that a crash ended may be without its answer.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_panic_is_answered_and_the_next_request_works() {
    let world = World::own();
    for place in ["", "/somewhere"] {
        for _ in 0..3 {
            let begun = Instant::now();
            let reply = world.site.get(&format!("/-/panic{place}")).expect(500);
            assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
            assert!(reply.text().contains("try again"), "{}", reply.text());
            assert!(!reply.text().contains("on purpose"), "the reason is for the log");
            world.site.get("/healthz").expect(200);
        }
    }
}

#[test]
fn requests_in_flight_at_a_panic_end_soon() {
    let world = World::own();
    // A form whose end does not come.
    let mut waiting = world.site.connect();
    let authority = world.site.authority();
    let head = format!(
        "POST /setup HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 100\r\nConnection: close\r\n\r\ntoken="
    );
    waiting.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let begun = Instant::now();
    world.site.get("/-/panic").expect(500);
    let reply = Reply::read(&mut BufReader::new(waiting), false).unwrap();
    assert_eq!(reply.status, 500);
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    world.site.get("/healthz").expect(200);
}

#[test]
fn what_was_acknowledged_before_a_panic_is_there_after_it() {
    let world = World::own();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    for place in ["", "/somewhere"] {
        world.site.get(&format!("/-/panic{place}")).expect(500);
        crate::support::assert_same(
            &world.clone(&["--mirror"], &ada.url("demo"), &format!("clone{place}").replace('/', "-")),
            &work,
        );
    }
}
