//! What happens when there is too much to do, or when somebody takes too long.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use base64::Engine;

use crate::support::{Server, World, history, run_git, text};

/// A push whose body stops after its first bytes.
fn stalled_push(address: &str, token: &str, name: &str) -> TcpStream {
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("ada:{token}"));
    let head = format!(
        "POST /ada/{name}.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let commands = format!("{} {} refs/heads/main\0 report-status", "0".repeat(40), "1".repeat(40));
    stream.write_all(format!("{:04x}{commands}0000PACK", commands.len() + 4).as_bytes()).unwrap();
    stream
}

#[test]
fn pushes_queue_and_are_told_to_come_back() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    // More than any machine admits at once: two for each core, eight at most.
    let stalled: Vec<TcpStream> =
        (0..8).map(|_| stalled_push(world.address(), &world.token, "demo")).collect();
    std::thread::sleep(Duration::from_millis(500));
    let start = Instant::now();
    let mut late = stalled_push(world.address(), &world.token, "demo");
    // Whoever only reads is not held up.
    run_git(&work, ["ls-remote", &world.url("ada/demo")]);
    run_git(world.folder.path(), ["clone", "-q", &world.url("ada/demo"), "clone"]);
    assert!(start.elapsed() < Duration::from_secs(8));
    let mut head = [0; 300];
    let count = late.read(&mut head).unwrap();
    let head = text(&head[..count]).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 503") && head.contains("retry-after: "), "{head}");
    drop(stalled);
    std::fs::write(work.join("new"), "new\n").unwrap();
    crate::support::commit(&work, "new");
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
}

#[test]
fn a_stalled_push_does_not_keep_a_server_from_stopping() {
    let mut world = World::new();
    world.stop();
    let server = Server::start(&world.data(), &world.path("log"), &[]);
    let stalled = stalled_push(&server.address, &world.token, "stalled");
    std::thread::sleep(Duration::from_millis(500));
    assert!(world.data().join("repositories/1.sqlite").exists());
    let start = Instant::now();
    assert_eq!(server.stop().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    drop(stalled);
    // The repository that push began to make is as if it had never been.
    world.start();
    assert_eq!(world.run(&["repo", "list"]), "");
    assert_eq!(std::fs::read_dir(world.data().join("repositories")).unwrap().count(), 0);
}

#[test]
fn only_listed_proxies_are_believed() {
    let mut world = World::new();
    world.run(&["repo", "create", "ada/demo"]);
    world.stop();
    let page = |address: &str| {
        crate::support::exchange(
            address,
            &format!(
                "GET /ada/demo HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-Proto: https\r\n\
                 X-Forwarded-Host: git.example.org\r\nConnection: close\r\n\r\n"
            ),
        )
    };
    for (arguments, believed) in [(&[][..], false), (&["--trusted-proxy", "127.0.0.1"][..], true)] {
        let server = Server::start(&world.data(), &world.path("log"), arguments);
        let page = page(&server.address);
        assert_eq!(page.contains("https://git.example.org/ada/demo.git"), believed, "{page}");
        assert_eq!(page.contains(&format!("http://{}/ada/demo.git", server.address)), !believed, "{page}");
    }
    let server = Server::start(&world.data(), &world.path("log"), &["--url", "https://code.example.org/"]);
    assert!(page(&server.address).contains("https://code.example.org/ada/demo.git"));
}
