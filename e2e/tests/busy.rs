//! What is too much at a time: whoever asks for it is told to come back, and everybody else goes on.

use std::{
    io::{BufReader, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::support::{
    Reply, User, World, text,
    wire::{RECEIVE, ZERO, exchange, push_body},
};

/// A push whose pack does not come.
fn stalled(world: &World, ada: &User) -> TcpStream {
    let id = "1".repeat(40);
    let body = push_body(&[(ZERO, &id, "refs/heads/stalled")], "report-status", b"PACK");
    let request = exchange(&ada.full("demo"), RECEIVE).token(&ada.token);
    let head = text(&request.encode(&world.site.authority()));
    let mut stream = world.site.connect();
    stream.write_all(head.replace("Content-Length: 0", "Content-Length: 100000").as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    stream
}

#[test]
fn more_pushes_than_there_is_room_for_are_told_when_to_come_back() {
    let world = World::own();
    let (ada, work) = world.pushed();
    // More than any host takes at once: two for each core of a machine, eight at most; two for an isolate.
    let waiting: Vec<TcpStream> = (0..8).map(|_| stalled(&world, &ada)).collect();
    std::thread::sleep(Duration::from_millis(500));
    let late = stalled(&world, &ada);
    // Whoever only reads is not held up.
    world.clone(&["--mirror"], &ada.url("demo"), "meanwhile").fsck();
    late.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let reply = Reply::read(&mut BufReader::new(late), false).unwrap().expect(503);
    let seconds = reply.header("retry-after").expect("when to come back").parse::<u32>().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    drop(waiting);
    work.commit("main", &[("file", "after\n")]);
    crate::support::eventually("there is room again", Duration::from_secs(60), || {
        let mut push = crate::support::local::git(&work.path);
        push.args(["push", "-q", &ada.url("demo"), "main"]).output().unwrap().status.success()
    });
}
