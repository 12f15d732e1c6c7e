//! The end-to-end suite: stock git, HTTP by hand and a browser without eyes against a running Gitflare. Every script is
//! named after a promise, or after what once went wrong with the reference system, and runs unchanged on every host.

#![expect(
    clippy::disallowed_methods,
    reason = "stock git is the oracle, a host under test is a process, and the runner speaks through the environment"
)]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a script that cannot go on should fail")]

mod api;
mod api_code;
mod awkward;
mod browsing;
mod busy;
mod clone;
mod crash;
mod credentials;
mod disk;
mod downloads;
mod first_run;
mod forms;
mod hidden;
mod history;
mod hostile;
mod leaks;
mod limited;
mod moving;
mod negotiation;
mod office;
mod pages;
mod partial;
mod push;
mod push_to_create;
mod races;
mod rename;
mod roles;
mod support;
mod wire;
