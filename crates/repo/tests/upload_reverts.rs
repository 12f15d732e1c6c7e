//! A revert makes two trees each other's predecessor: what both share must still be sent.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/bridge.rs"]
mod bridge;

use bridge::Bridge;

#[test]
fn a_revert_does_not_hide_what_its_trees_share() {
    let bridge = Bridge::new();
    let work = bridge.path("work");
    std::fs::create_dir_all(work.join("src/deep")).unwrap();
    let git = |args: &[&str]| bridge.git("work", args);
    git(&["init", "-q"]);
    std::fs::write(work.join("src/deep/shared.txt"), "the same all the time\n").unwrap();
    for content in ["one\n", "two\n", "one\n", "two\n"] {
        std::fs::write(work.join("src/changing.txt"), content).unwrap();
        git(&["add", "-A"]);
        git(&["commit", "-q", "--allow-empty", "-m", content]);
    }
    git(&["checkout", "-q", "-b", "aside"]);
    std::fs::write(work.join("aside.txt"), "not asked for\n").unwrap();
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "aside"]);
    git(&["push", "-q", "--mirror", bridge.url()]);
    bridge.git(".", &["clone", "-q", "--single-branch", "--branch", "main", bridge.url(), "clone"]);
    bridge.git("clone", &["fsck", "--strict"]);
    assert!(bridge.path("clone").join("src/deep/shared.txt").exists());
}
