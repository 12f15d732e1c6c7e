//! The contract that every driver of a database has to meet, run where these drivers run.

use crate::support::World;

/// Asks for the report of a run: `{"passed": 7, "failed": ["case: what went wrong"]}`.
fn holds(on: &str) {
    let world = World::new();
    let report = world.site.get(&format!("/-/contract/{on}")).expect(200).json();
    assert_eq!(report["failed"], serde_json::json!([]));
    assert!(report["passed"].as_u64().unwrap() > 10, "{report}");
}

#[test]
fn durable_objects_meet_the_contract() {
    holds("object");
}

#[test]
fn d1_meets_the_contract() {
    holds("site");
}
