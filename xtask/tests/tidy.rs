//! The rules of ARCHITECTURE.md and STYLE.md that a program can check. Each failure says what to do.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the sources should fail")]

#[path = "tidy/crates.rs"]
mod crates;
#[path = "tidy/e2e.rs"]
mod e2e;
#[path = "tidy/limits.rs"]
mod limits;
#[path = "tidy/npm.rs"]
mod npm;
#[path = "tidy/parity.rs"]
mod parity;
#[path = "tidy/sources.rs"]
mod sources;
#[path = "tidy/sql.rs"]
mod sql;
#[path = "tidy/text.rs"]
mod text;
