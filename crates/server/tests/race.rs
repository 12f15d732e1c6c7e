//! Pushes that race for one ref: the short form of `cargo xtask soak race`.

#![expect(clippy::disallowed_methods, reason = "real git makes the packs")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should fail")]

#[path = "main/support.rs"]
#[expect(dead_code, reason = "shared with the other suites of the program")]
mod support;

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Stdio,
    sync::Barrier,
};

use base64::Engine;
use support::{World, commit, fsck, git, history, run_git, text};

const PAIRS: usize = 20;

/// A push of `new` onto `old`, ready to be sent.
fn body(work: &std::path::Path, old: &str, new: &str) -> Vec<u8> {
    let mut child = git(work)
        .args(["pack-objects", "--revs", "--stdout", "--thin", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{new}\n^{old}\n").as_bytes()).unwrap();
    let command = format!("{old} {new} refs/heads/main\0report-status");
    let mut body = format!("{:04x}{command}0000", command.len() + 4).into_bytes();
    body.extend(child.wait_with_output().unwrap().stdout);
    body
}

/// Sends a push, its last byte when the other is as far, and returns the report.
fn send(world: &World, body: &[u8], together: &Barrier) -> String {
    let login = base64::engine::general_purpose::STANDARD.encode(format!("ada:{}", world.token));
    let mut stream = TcpStream::connect(world.address()).unwrap();
    let (begin, last) = body.split_at(body.len() - 1);
    write!(
        stream,
        "POST /ada/demo.git/git-receive-pack HTTP/1.0\r\nHost: x\r\nAuthorization: Basic {login}\r\n\
         Content-Type: application/x-git-receive-pack-request\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(begin).unwrap();
    together.wait();
    stream.write_all(last).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    text(&answer)
}

#[test]
fn of_two_pushes_for_a_ref_one_wins_and_the_other_is_told() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    let mut old = run_git(&work, ["rev-parse", "main"]).trim().to_owned();
    for pair in 0..PAIRS {
        let tips = ["one", "two"].map(|name| {
            run_git(&work, ["checkout", "-q", "--detach", &old]);
            std::fs::write(work.join("file"), format!("{pair} {name}\n")).unwrap();
            commit(&work, name);
            run_git(&work, ["rev-parse", "HEAD"]).trim().to_owned()
        });
        let bodies = [0, 1].map(|side| body(&work, &old, &tips[side]));
        let together = Barrier::new(2);
        let reports = std::thread::scope(|scope| {
            let sending = [0, 1].map(|side| {
                let (world, body, together) = (&world, &bodies[side], &together);
                scope.spawn(move || send(world, body, together))
            });
            sending.map(|thread| thread.join().unwrap())
        });
        let won = [0, 1].map(|side| reports[side].contains("ok refs/heads/main"));
        let told = [0, 1].map(|side| reports[side].contains("ng refs/heads/main failed to update ref"));
        assert!(won[0] != won[1] && told[0] != told[1] && won[0] != told[0], "pair {pair}: {reports:?}");
        old = tips[usize::from(won[1])].clone();
        let listed = run_git(&work, ["ls-remote", &world.url("ada/demo"), "main"]);
        assert!(listed.starts_with(&old), "pair {pair}: {listed}");
    }
    world.run(&["repo", "verify", "ada/demo"]);
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &world.url("ada/demo"), "clone"]);
    fsck(&world.path("clone"));
}
