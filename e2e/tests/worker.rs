//! Scripts for a test build of the Worker, which runs the contract of the databases, panics on request and counts what a
//! request costs: what no user can ask for. `cargo xtask e2e worker` builds it and runs them.

#![expect(
    clippy::disallowed_methods,
    reason = "stock git is the oracle, a host under test is a process, and the runner speaks through the environment"
)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a script that cannot go on should fail")]

#[allow(dead_code, unused_imports, reason = "the scripts for every host use the rest")]
mod support;

#[path = "worker/clock.rs"]
mod clock;
#[path = "worker/contract.rs"]
mod contract;
#[path = "worker/costs.rs"]
mod costs;
#[path = "worker/crash.rs"]
mod crash;
#[path = "worker/memory.rs"]
mod memory;
#[path = "worker/near.rs"]
mod near;
#[path = "worker/panics.rs"]
mod panics;
#[path = "worker/places.rs"]
mod places;
