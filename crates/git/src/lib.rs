//! git as pure functions over bytes.
//!
//! Nothing here knows SQL, HTTP, async, a clock or a file: a call can fail only for a reason that lies in
//! its input. The formats follow git's own documentation (`gitformat-pack`, `gitprotocol-common`,
//! `gitprotocol-v2`, `gitprotocol-pack`), and stock git is the oracle of the tests.
#![forbid(unsafe_code)]

pub mod advertise;
pub mod archive;
pub mod commit;
mod config;
pub mod delta;
pub mod diff;
pub mod error;
pub mod fsck;
pub mod hash;
pub mod lfs;
pub mod object;
pub mod oid;
pub mod pack;
pub mod pktline;
pub mod protocol;
pub mod refname;
pub mod submodules;
pub mod zlib;

pub use error::{Error, Result};
pub use object::Kind;
pub use oid::{ObjectFormat, Oid};
