//! Starting, first run, stopping.

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::support::{Server, World, program, text};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_lines_are_for_scripts() {
    let mut world = World::without_server();
    world.start();
    let lines = world.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], format!("listening on http://{}", world.address()));
    assert!(lines[1].starts_with(&format!("setup: http://{}/setup?token=", world.address())), "{lines:?}");
    assert!(world.get("/healthz").starts_with("HTTP/1.1 200 OK"));
    assert_eq!(mode(&world.data()), 0o700);
    for name in ["site.sqlite", "lock", "control.sock"] {
        assert_eq!(mode(&world.data().join(name)), 0o600, "{name}");
    }
}

#[test]
fn setup_by_script_hands_out_a_token_once() {
    let world = World::new();
    assert!(world.token.starts_with("gitflare_"), "{}", world.token);
    let again =
        world.post("/setup", "application/json", "token=setup-token-of-the-tests&name=eve&password=x");
    assert!(again.starts_with("HTTP/1.1 404"), "{again}");
    let log = world.log();
    assert!(!log.contains(&world.token) && !log.contains("setup-token"), "{log}");
    assert!(log.contains("POST") && log.contains("/setup") && log.contains("status=200"), "{log}");
}

#[test]
fn a_set_up_site_prints_no_setup_link() {
    let mut world = World::new();
    world.stop();
    world.start();
    assert_eq!(world.lines().len(), 1);
    world.stop();
}

#[test]
fn a_warm_start_is_quick() {
    let mut world = World::new();
    world.stop();
    // The median, because other tests use the same cores.
    let mut times: Vec<Duration> = (0..7)
        .map(|_| {
            let start = Instant::now();
            let mut child = program()
                .arg("--data")
                .arg(world.data())
                .args(["--listen", "127.0.0.1:0"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut byte = [0];
            child.stdout.take().unwrap().read_exact(&mut byte).unwrap();
            let time = start.elapsed();
            child.kill().unwrap();
            child.wait().unwrap();
            time
        })
        .collect();
    times.sort();
    let limit = if cfg!(debug_assertions) { 1_000 } else { 100 };
    assert!(times[3] < Duration::from_millis(limit), "{times:?}");
}

#[test]
fn a_busy_port_is_one_line_that_names_listen() {
    let mut world = World::without_server();
    world.start();
    let output = program()
        .arg("--data")
        .arg(world.path("other"))
        .args(["--listen", world.address()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let line = text(&output.stderr);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.contains("--listen") && line.contains(world.address()), "{line}");
    assert!(output.stdout.is_empty());
    assert!(!world.path("other").exists(), "a folder was made for nothing");
}

#[test]
fn a_folder_has_one_owner() {
    let mut world = World::without_server();
    world.start();
    let output =
        program().arg("--data").arg(world.data()).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(!output.status.success());
    let line = text(&output.stderr);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
    assert!(line.contains("in use"), "{line}");
}

#[test]
fn signals_end_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let world = World::without_server();
        let server = Server::start(&world.data(), &world.path("log"), &[]);
        let address = server.address.clone();
        if signal == "INT" {
            server.signal(signal);
        }
        let status = server.stop();
        assert_eq!(status.code(), Some(0), "{signal}: {}", world.log());
        assert!(TcpStream::connect(address).is_err());
        for name in ["control.sock", "site.sqlite-wal", "site.sqlite-shm"] {
            assert!(!world.data().join(name).exists(), "{signal}: {name} stays");
        }
    }
}

#[test]
fn a_request_in_flight_finishes() {
    let world = World::without_server();
    let server = Server::start(&world.data(), &world.path("log"), &[]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    // Half a request: its head is read, its body is still to come.
    let body = "token=setup-token-of-the-tests&name=ada&password=correct+horse+battery+staple";
    let head = format!(
        "POST /setup HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        server.address,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"token\""), "{answer}");
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn help_fits_a_screen() {
    let output = program().arg("help").output().unwrap();
    let help = text(&output.stdout);
    assert!(output.status.success() && help.lines().count() <= 40, "{help}");
    for word in [
        "user",
        "token",
        "repo",
        "site",
        "backup",
        "restore",
        "--data",
        "--listen",
        "--url",
        "--trusted-proxy",
    ] {
        assert!(help.contains(word), "{word}");
    }
}

#[test]
fn unreadable_addresses_are_told() {
    let world = World::without_server();
    assert!(
        world
            .fail(&["serve", "--listen", "nowhere"])
            .contains("--listen wants an address and a port, such as 127.0.0.1:8420, not nowhere")
    );
    assert!(world.fail(&["serve", "--url", "https://example.org/git"]).contains("--url cannot have a path"));
    assert!(world.fail(&["serve", "--url", "git.example.org"]).contains("--url"));
}
