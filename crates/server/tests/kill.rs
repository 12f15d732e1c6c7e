//! `kill -9` at random moments of pushes: the short form of `cargo xtask soak kill`.

#![expect(clippy::disallowed_methods, reason = "real git is the oracle, and what is killed is a process")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should fail")]

#[path = "main/support.rs"]
#[expect(dead_code, reason = "shared with the other suites of the program")]
mod support;

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use support::{Server, World, fsck, git, history, run_git};

const ROUNDS: u32 = 20;
const REFS: [&str; 3] = ["refs/heads/main", "refs/heads/topic", "refs/tags/latest"];

/// Where git finds the repository.
fn url(world: &World, server: &Server) -> String {
    format!("http://ada:{}@{}/ada/demo.git", world.token, server.address)
}

/// What the server lists, in the order of `REFS`.
fn listed(world: &World, server: &Server) -> Vec<String> {
    let listing = run_git(world.folder.path(), ["ls-remote", &url(world, server)]);
    let value = |name: &&str| {
        let line = listing.lines().find(|line| line.ends_with(&format!("\t{name}")));
        line.map(|line| line[..40].to_owned()).unwrap_or_default()
    };
    REFS.iter().map(value).collect()
}

#[test]
fn a_crash_leaves_a_repository_as_before_or_as_after() {
    let mut world = World::new();
    let work = history(world.folder.path());
    world.stop();
    let start = || Server::start(&world.data(), &world.path("log"), &[]);
    let mut server = start();
    run_git(&work, ["push", "-q", &url(&world, &server), "main"]);
    // The fractions of a push at which the server dies: spread evenly, in no order.
    let fractions = (0..ROUNDS).map(|round| f64::from(round * 7 % ROUNDS) / f64::from(ROUNDS));
    let mut typical = Duration::from_millis(150);
    for (round, fraction) in fractions.enumerate() {
        let before = listed(&world, &server);
        std::fs::write(work.join("file"), format!("{round}\n").repeat(1 + round * 1000)).unwrap();
        support::commit(&work, &format!("round {round}"));
        let tip = run_git(&work, ["rev-parse", "HEAD"]).trim().to_owned();
        let specs = REFS.map(|name| format!("+{tip}:{name}"));
        let push = |server: &Server| {
            let mut push = git(&work);
            push.args(["push", "-q", "--atomic", &url(&world, server)]).args(&specs).stderr(Stdio::null());
            push
        };
        let mut child = push(&server).spawn().unwrap();
        std::thread::sleep(typical.mul_f64(fraction * 1.1));
        // `kill -9`: nothing of it gets a last word.
        drop(server);
        let is_acknowledged = child.wait().unwrap().success();
        server = start();

        let found = listed(&world, &server);
        let after = REFS.map(|_| tip.clone());
        assert!(found == before || found == after, "round {round}: {before:?} became {found:?}");
        assert!(!is_acknowledged || found == after, "round {round}: an acknowledged push is lost");
        world.run(&["repo", "verify", "ada/demo"]);
        let begun = Instant::now();
        assert!(push(&server).status().unwrap().success(), "round {round}, repeated");
        if found == before {
            typical = (typical + begun.elapsed()) / 2;
        }
        assert_eq!(listed(&world, &server), after, "round {round}, repeated");
    }
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &url(&world, &server), "clone"]);
    fsck(&world.path("clone"));
}
