//! Backup while serving, and restore.

use std::fs;

use crate::support::{Server, World, assert_same, history, program, run_git, text};

fn restore(world: &World, data: &str, archive: &str) -> std::process::Output {
    program().arg("--data").arg(world.path(data)).arg("restore").arg(world.path(archive)).output().unwrap()
}

#[test]
fn a_restored_site_is_the_same_site() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "--all"]);
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "--tags"]);
    world.run(&["repo", "create", "ada/empty"]);
    world.run(&["repo", "create", "ada/gone"]);
    world.run(&["repo", "delete", "ada/gone", "--yes"]);
    let archive = world.path("archive");
    world.run(&["backup", archive.to_str().unwrap()]);
    let output = restore(&world, "other", "archive");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(world.path("other")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o700, "others can look into the folder");
    let server = Server::start(&world.path("other"), &world.path("log2"), &[]);
    let url = format!("http://ada:{}@{}/ada/demo.git", world.token, server.address);
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &url, "clone"]);
    assert_same(&world.path("clone"), &work);
    let list = |data: &str| {
        let output = program().arg("--data").arg(world.path(data)).args(["repo", "list"]).output().unwrap();
        text(&output.stdout)
    };
    assert_eq!(list("other"), list("data"));
    // An id that was given up is not given out again.
    let new = program()
        .arg("--data")
        .arg(world.path("other"))
        .args(["repo", "create", "ada/new"])
        .status()
        .unwrap();
    assert!(new.success());
    assert!(world.path("other/repositories/4.sqlite").exists());
}

#[test]
fn a_backup_without_a_server() {
    let mut world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    world.stop();
    let archive = world.path("archive");
    world.run(&["backup", archive.to_str().unwrap()]);
    let output = restore(&world, "other", "archive");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(world.fail(&["backup", archive.to_str().unwrap()]).contains("exists already"));
}

#[test]
fn a_backup_is_consistent_while_pushes_come_in() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    std::thread::scope(|scope| {
        let pushing = scope.spawn(|| {
            for n in 0..8 {
                fs::write(work.join("count"), format!("{n}\n")).unwrap();
                crate::support::commit(&work, &format!("count {n}"));
                run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
            }
        });
        for n in 0..3 {
            let archive = world.path(&format!("archive{n}"));
            world.run(&["backup", archive.to_str().unwrap()]);
        }
        pushing.join().unwrap();
    });
    for n in 0..3 {
        let output = restore(&world, &format!("other{n}"), &format!("archive{n}"));
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

#[test]
fn restore_refuses_what_it_must() {
    let world = World::new();
    let archive = world.path("archive");
    world.run(&["repo", "create", "ada/demo"]);
    world.run(&["backup", archive.to_str().unwrap()]);
    let output = restore(&world, "data", "archive");
    assert!(
        !output.status.success() && text(&output.stderr).contains("not empty"),
        "{}",
        text(&output.stderr)
    );

    let whole = fs::read(&archive).unwrap();
    fs::write(world.path("short"), &whole[..whole.len() / 2]).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(world.path("flipped"), &flipped).unwrap();
    fs::write(world.path("other.zip"), b"PK\x03\x04 and more of the like").unwrap();
    for name in ["short", "flipped", "other.zip"] {
        let output = restore(&world, "fresh", name);
        assert!(!output.status.success(), "{name}");
        assert!(text(&output.stderr).starts_with("error: "), "{name}: {}", text(&output.stderr));
        assert!(!world.path("fresh").exists(), "{name} left something");
    }
    assert!(restore(&world, "fresh", "archive").status.success());
}
