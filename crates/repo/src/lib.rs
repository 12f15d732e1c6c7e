//! One repository in one SQLite database with one owner: exactly what lives in a Durable Object.
//!
//! [`Repository`] answers commands and opens transfers; a [`Session`] is a transfer as a machine that is fed bytes
//! and pulled for bytes, a bounded slice of work at a time. Nothing here knows HTTP, accounts or a host: a test
//! can run it with nothing but a SQLite connection.
#![forbid(unsafe_code)]

mod advertisement;
mod bits;
mod body;
mod browse;
pub mod cache;
mod command;
pub mod commits;
pub mod download;
mod entries;
pub mod error;
pub mod files;
mod graph;
pub mod index;
mod large;
pub mod limits;
mod maintenance;
mod moving;
pub mod objects;
pub mod outbox;
pub mod packs;
mod receive;
pub mod reflog;
pub mod refs;
pub mod replies;
pub mod repository;
mod room;
pub mod schema;
pub mod session;
pub mod state;
mod turn;
mod upload;
mod verify;
pub mod view;
mod workshop;

pub use cache::Shared;
pub use download::Download;
pub use error::{Error, Result};
pub use limits::Budget;
pub use repository::{Env, Repository};
pub use session::{Pull, Session};
