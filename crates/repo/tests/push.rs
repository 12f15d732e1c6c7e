//! Pushes by a session, with stock git making the packs.
#![expect(clippy::disallowed_methods, reason = "real git is the oracle")]

mod support;

use support::{World, git};

#[test]
fn a_first_push_is_stored_and_becomes_visible() {
    let world = World::new();
    let work = world.history(30);
    let report = world.push(&work, &[("refs/heads/main", "main")]);
    assert!(report.contains("unpack ok") && report.contains("ok refs/heads/main"), "{report}");
    assert_eq!(
        world.refs(),
        git(&work, &["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads"])
    );
    assert_eq!(
        world.stat().objects,
        git(&work, &["rev-list", "--objects", "--all", "--count"]).trim().parse::<u64>().unwrap()
    );
}
