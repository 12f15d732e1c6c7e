//! `repo verify`: says what is damaged, and exits with 1.

use crate::support::{World, commit, history, run_git, text};

#[test]
fn damage_is_a_finding_and_exit_1() {
    let mut world = World::new();
    let work = history(world.folder.path());
    // What does not compress lies in a pack as it is, so the test can find it in the file.
    let mut state = 7u64;
    let mut noise = Vec::new();
    while noise.len() < 200_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.push((state >> 33) as u8);
    }
    std::fs::write(work.join("noise"), &noise).unwrap();
    commit(&work, "noise");
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    run_git(&work, ["push", "-q", &world.url("ada/other"), "v1"]);
    let sound = world.try_run(&["repo", "verify", "--all"], "");
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound.stderr));
    assert_eq!(text(&sound.stdout), "");
    world.stop();

    let path = world.data().join("repositories/1.sqlite");
    let mut bytes = std::fs::read(&path).unwrap();
    let part = &noise[100_000..100_016];
    let at = bytes.windows(part.len()).position(|window| window == part).expect("noise is stored as it is");
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();

    let check = |world: &World| {
        let output = world.try_run(&["repo", "verify", "ada/demo"], "");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert!(text(&output.stdout).starts_with("ada/demo: "), "{}", text(&output.stdout));
        let output = world.try_run(&["repo", "verify", "--all"], "");
        assert_eq!(output.status.code(), Some(1));
        assert!(!text(&output.stdout).contains("ada/other"), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains("ada/other: sound"), "{}", text(&output.stderr));
    };
    check(&world);
    world.start();
    check(&world);
}

#[test]
fn a_lost_database_is_damage_and_stays_lost() {
    let mut world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    run_git(&work, ["push", "-q", &world.url("ada/other"), "main"]);
    world.stop();
    let path = world.data().join("repositories/1.sqlite");
    let check = |world: &World, whole: bool| {
        for arguments in [["repo", "verify", "--all"], ["repo", "verify", "ada/demo"]] {
            let output = world.try_run(&arguments, "");
            assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
            assert_eq!(text(&output.stdout), "ada/demo: the database of repository 1 is missing\n");
        }
        let archive = world.path("archive");
        let line = world.fail(&["backup", archive.to_str().unwrap()]);
        assert!(!whole || line.contains("the database of ada/demo is missing"), "{line}");
        assert!(!archive.exists());
    };
    std::fs::write(&path, b"").unwrap();
    check(&world, false);
    std::fs::remove_file(&path).unwrap();
    check(&world, true);
    world.start();
    check(&world, true);
    let output = crate::support::git(&work).args(["push", &world.url("ada/demo"), "main"]).output().unwrap();
    assert!(!output.status.success(), "{}", text(&output.stderr));
    assert!(!path.exists(), "an empty repository took its place");
    world.run(&["repo", "delete", "ada/demo", "--yes"]);
    world.run(&["repo", "verify", "--all"]);
    world.run(&["backup", world.path("archive").to_str().unwrap()]);
}
