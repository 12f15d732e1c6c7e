//! A site database that fails after it has let a push in.

use std::{
    io::{BufReader, Write as _},
    time::Duration,
};

use rusqlite::Connection;

use crate::support::{
    Reply, User, World, assert_same, eventually,
    history::noise,
    http::chunk,
    text,
    wire::{RECEIVE, exchange, push_body, report},
};

fn applied(world: &World) -> i64 {
    let site = Connection::open(world.its_host().site_database()).unwrap();
    site.query_row("SELECT count(*) FROM applied_event", [], |row| row.get(0)).unwrap()
}

fn size(world: &World, ada: &User) -> i64 {
    let site = Connection::open(world.its_host().site_database()).unwrap();
    let sql = "SELECT size FROM repository JOIN account ON account.id = owner_id WHERE account.name = ?";
    site.query_row(sql, [&ada.name], |row| row.get(0)).unwrap()
}

/// The next so many questions to the site fail.
fn fail_site(world: &World, count: u32) {
    world.site.get(&format!("/-/fail-site/{count}")).expect(200);
}

#[test]
fn a_push_let_in_before_the_site_failed_succeeds_and_is_told_once() {
    let mut world = World::own();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    eventually("the first push is told", Duration::from_secs(30), || applied(&world) == 1);
    let before = size(&world, &ada);
    let old = work.id("main");
    let tip = work.commit_bytes("main", &[("noise", &noise(300_000))]);
    let pack = work.pack(&[&tip, &format!("^{old}")], &[]);
    let head = push_body(&[(&old, &tip, "refs/heads/main")], "report-status", &[]);

    // The site lets the push in, and then fails while its pack is still being sent.
    let request = exchange(&ada.full("demo"), RECEIVE).token(&ada.token);
    let request = text(&request.encode(&world.site.authority()));
    let mut stream = world.site.connect();
    let coding = request.replace("Content-Length: 0", "Transfer-Encoding: chunked");
    stream.write_all(coding.as_bytes()).unwrap();
    stream.write_all(&chunk(&head)).unwrap();
    stream.write_all(&chunk(&pack[..100_000])).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    fail_site(&world, 1_000_000);
    stream.write_all(&chunk(&pack[100_000..])).unwrap();
    stream.write_all(b"0\r\n\r\n").unwrap();
    let reply = Reply::read(&mut BufReader::new(stream), false).unwrap().expect(200);
    assert_eq!(report(&reply), ["unpack ok", "ok refs/heads/main"]);
    assert_eq!(applied(&world), 1);
    world.site.get("/explore").expect(500);

    // It comes back, and hears of the push once, whoever tells it how often.
    fail_site(&world, 0);
    eventually("the second push is told", Duration::from_secs(90), || applied(&world) == 2);
    let after = size(&world, &ada);
    assert!(after >= before + 300_000, "{before} became {after}");
    world.host().stop();
    world.host().start();
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!((applied(&world), size(&world, &ada)), (2, after));
}
