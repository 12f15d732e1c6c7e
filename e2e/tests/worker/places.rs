//! Places for pushes, of which an isolate has few: one client does not get all of them.

use std::{
    io::{BufReader, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::support::{
    Reply, User, World, text,
    wire::{RECEIVE, ZERO, exchange, push_body},
};

/// A push from somewhere, whose pack does not come or is none.
fn push(world: &World, ada: &User, from: &str, length: usize) -> TcpStream {
    let body = push_body(&[(ZERO, &"1".repeat(40), "refs/heads/stalled")], "report-status", b"PACK");
    let request = exchange(&ada.full("demo"), RECEIVE).token(&ada.token).header("CF-Connecting-IP", from);
    let head = text(&request.encode(&world.site.authority()));
    let length = if length == 0 { body.len() } else { length };
    let mut stream = world.site.connect();
    let sized = head.replace("Content-Length: 0", &format!("Content-Length: {length}"));
    stream.write_all(sized.as_bytes()).unwrap();
    stream.write_all(&body).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream
}

#[test]
fn who_pushes_slowly_does_not_keep_others_out() {
    let world = World::own();
    let (ada, _) = world.pushed();
    let slow: Vec<TcpStream> = (0..3).map(|_| push(&world, &ada, "203.0.113.5", 100_000)).collect();
    std::thread::sleep(Duration::from_secs(1));
    // From elsewhere there is a place at once, even for nonsense.
    let begun = Instant::now();
    let other = push(&world, &ada, "203.0.113.77", 0);
    let reply = Reply::read(&mut BufReader::new(other), false).unwrap().expect(200);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(!reply.body.is_empty());
    // Of the slow ones one has a place, whichever came first; the others are told to come back.
    let told = slow.into_iter().filter_map(|slow| Reply::read(&mut BufReader::new(slow), false).ok());
    let told: Vec<u16> = told.map(|reply| reply.status).collect();
    assert_eq!(told, [503, 503]);
}
