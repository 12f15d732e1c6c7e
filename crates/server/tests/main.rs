//! The built program, driven as its users drive it: its command line, stock git, and HTTP.

#![expect(
    clippy::disallowed_methods,
    reason = "real git is the oracle, and the program under test is a process"
)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should fail")]

#[path = "main/archive.rs"]
mod archive;
#[path = "main/commands.rs"]
mod commands;
#[path = "main/damage.rs"]
mod damage;
#[path = "main/exchange.rs"]
mod exchange;
#[path = "main/limits.rs"]
mod limits;
#[path = "main/moving.rs"]
mod moving;
#[path = "main/remote.rs"]
mod remote;
#[path = "main/serving.rs"]
mod serving;
#[path = "main/stdio.rs"]
mod stdio;
#[path = "main/support.rs"]
mod support;
#[path = "main/transfers.rs"]
mod transfers;
