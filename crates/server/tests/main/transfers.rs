//! Stock git over HTTP against the program.

use std::{
    io::{Read, Write},
    process::Stdio,
};

use base64::Engine;

use crate::support::{World, assert_same, fsck, git, history, run_git, text};

#[test]
fn a_push_creates_and_a_clone_equals() {
    let world = World::new();
    let work = history(world.folder.path());
    let said = run_git(&work, ["push", &world.url("ada/demo"), "--all"]);
    assert!(said.contains(&format!("remote: View it at http://{}/ada/demo", world.address())), "{said}");
    let said = run_git(&work, ["push", &world.url("ada/demo"), "--tags"]);
    assert!(!said.contains("View it at"), "{said}");
    for version in ["0", "1", "2"] {
        let name = format!("clone{version}");
        let protocol = format!("protocol.version={version}");
        let arguments = ["-c", &protocol, "clone", "-q", "--mirror", &world.url("ada/demo"), &name];
        run_git(world.folder.path(), arguments);
        fsck(&world.path(&name));
        assert_same(&world.path(&name), &work);
    }
    assert!(world.run(&["repo", "list"]).starts_with("ada/demo\tprivate\tmain\t"));
    world.run(&["repo", "verify", "ada/demo"]);
}

#[test]
fn the_first_branch_becomes_the_default() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main:trunk"]);
    assert!(world.run(&["repo", "list"]).contains("\ttrunk\t"));
    let line = world.fail(&["repo", "set", "ada/demo", "--default-branch", "nonexist"]);
    assert_eq!(line, "error: There is no branch 'nonexist'");
    run_git(world.folder.path(), ["clone", "-q", &world.url("ada/demo"), "clone"]);
    assert_eq!(run_git(&world.path("clone"), ["branch", "--show-current"]), "trunk\n");
}

#[test]
fn a_fetch_brings_what_another_clone_pushed() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    run_git(world.folder.path(), ["clone", "-q", &world.url("ada/demo"), "clone"]);
    std::fs::write(work.join("new"), "new\n").unwrap();
    crate::support::commit(&work, "new");
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    run_git(&world.path("clone"), ["pull", "-q"]);
    assert_eq!(run_git(&world.path("clone"), ["rev-parse", "HEAD"]), run_git(&work, ["rev-parse", "HEAD"]));
}

#[test]
fn a_restart_changes_nothing() {
    let mut world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "--all"]);
    world.stop();
    world.start();
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &world.url("ada/demo"), "clone"]);
    fsck(&world.path("clone"));
}

#[test]
fn a_push_that_breaks_off_leaves_nothing() {
    let world = World::new();
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("ada:{}", world.token));
    let head = format!(
        "POST /ada/broken.git/git-receive-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 100000\r\n\r\n"
    );
    let mut stream = std::net::TcpStream::connect(world.address()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let commands = format!("{} {} refs/heads/main\0 report-status", "0".repeat(40), "1".repeat(40));
    stream.write_all(format!("{:04x}{commands}0000PACK", commands.len() + 4).as_bytes()).unwrap();
    drop(stream);
    let gone = || {
        world.run(&["repo", "list"]).is_empty()
            && std::fs::read_dir(world.data().join("repositories")).unwrap().count() == 0
    };
    for _ in 0..100 {
        if gone() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{}", world.log());
}

#[test]
fn large_pushes_and_clones_stream() {
    let world = World::new();
    let work = history(world.folder.path());
    // What does not compress, in a file that takes many pieces.
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    })
    .take(12 << 20)
    .collect();
    std::fs::write(work.join("noise"), &noise).unwrap();
    crate::support::commit(&work, "noise");
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    run_git(world.folder.path(), ["clone", "-q", &world.url("ada/demo"), "clone"]);
    assert_eq!(std::fs::read(world.path("clone/noise")).unwrap(), noise);
}

#[test]
fn strangers_learn_nothing() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    for name in ["demo", "missing"] {
        let answer = world.get(&format!("/ada/{name}.git/info/refs?service=git-upload-pack"));
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("www-authenticate: basic"), "{answer}");
    }
    let bad = format!("http://ada:wrong@{}/ada/demo.git", world.address());
    let output = git(&work).args(["ls-remote", &bad]).output().unwrap();
    assert!(!output.status.success(), "{}", text(&output.stdout));
}

#[test]
fn a_body_may_wait_for_continue() {
    let world = World::new();
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("ada:{}", world.token));
    world.run(&["repo", "create", "ada/demo"]);
    let body = "0014command=ls-refs\n0000";
    let head = format!(
        "POST /ada/demo.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/x-git-upload-pack-request\r\nGit-Protocol: version=2\r\n\
         Expect: 100-continue\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(world.address()).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(text(&answer).starts_with("HTTP/1.1 200 OK"), "{}", text(&answer));
}

#[test]
fn no_answer_to_git_may_be_kept() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    let credentials = base64::engine::general_purpose::STANDARD.encode(format!("ada:{}", world.token));
    let (known, stranger) = (format!("Authorization: Basic {credentials}\r\n"), String::new());
    let get = |path: &str| format!("GET /ada/demo{path}");
    let post = |service: &str| {
        format!(
            "POST /ada/demo.git/{service}|Content-Type: application/x-{service}-request\r\nContent-Length: 4\r\n"
        )
    };
    for (line, who, status) in [
        (get("/info/refs?service=git-upload-pack"), &known, 200),
        (get(".git/info/refs?service=git-receive-pack"), &known, 200),
        (get("/info/refs"), &known, 403),
        (get("/info/refs?service=git-upload-pack"), &stranger, 401),
        (post("git-upload-pack"), &known, 200),
        (post("git-receive-pack"), &known, 200),
        (post("git-receive-pack"), &stranger, 401),
    ] {
        let (line, more) = line.split_once('|').unwrap_or((&line, ""));
        let body = if more.is_empty() { "" } else { "0000" };
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\n{who}{more}Connection: close\r\n\r\n{body}");
        let answer = crate::support::exchange(world.address(), &request).to_ascii_lowercase();
        let head = answer.split("\r\n\r\n").next().unwrap();
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{line}: {head}");
        for header in [
            "\r\ncache-control: no-cache, max-age=0, must-revalidate",
            "\r\npragma: no-cache",
            "\r\nexpires: fri, 01 jan 1980 00:00:00 gmt",
        ] {
            assert!(head.contains(header), "{line}: {head}");
        }
    }
}

#[test]
fn pushes_that_create_the_same_repository_take_turns() {
    let world = World::new();
    let work = history(world.folder.path());
    let pushes: Vec<_> = (0..5)
        .map(|n| {
            let mut push = git(&work);
            push.args(["push", &world.url("ada/demo"), &format!("main:refs/heads/branch{n}")]);
            push.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for push in pushes {
        let output = push.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let refs = run_git(&work, ["ls-remote", "--heads", &world.url("ada/demo")]);
    assert_eq!(refs.lines().count(), 5, "{refs}");
    world.run(&["repo", "verify", "ada/demo"]);
}

#[test]
fn a_name_that_cannot_be_is_told_with_the_rule() {
    let world = World::new();
    let work = history(world.folder.path());
    let output = git(&work).args(["push", &world.url("ada/my%20project"), "main"]).output().unwrap();
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains("A repository name may contain letters"), "{said}");
}
