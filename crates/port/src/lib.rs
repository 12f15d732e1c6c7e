//! What the site and a repository say to each other.
//!
//! Plain data with one encoding (JSON through serde): the native host hands it over directly, the other one
//! sends it to a Durable Object. Nothing else crosses between site and repository. Ref names and paths cross as
//! percent-encoded text, because git allows bytes that are not UTF-8 in both. Object ids cross as hexadecimal text.
#![forbid(unsafe_code)]

pub mod blame;
pub mod bytes;
pub mod command;
pub mod data;
pub mod diff;
pub mod download;
pub mod event;
pub mod log;
pub mod moving;
pub mod refs;
pub mod transfer;

pub use bytes::Bytes;
pub use command::{Command, Error, ErrorKind, Reply};
pub use event::{Event, RefUpdate};
pub use transfer::{BodyLimit, Caller, Head, Identity, Service};
