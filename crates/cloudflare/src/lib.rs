//! The wasm host: a Worker in front, one Durable Object per repository, D1 for the site.
//!
//! `front` answers every request in whatever data centre it arrives. Pages and the API are `forge`'s, run there against
//! D1. A git transfer is decided there on its head and then handed to the object of its repository, whose answer goes
//! out as it comes; `repository` is that object, and owns all git data of one repository.
//!
//! Nothing here outlives an instance of the program except what is stored: an instance may vanish at any await.

mod admission;
mod bookmark;
mod call;
mod clock;
mod database;
mod download;
mod edge;
mod front;
mod kept;
mod log;
mod objects;
mod place;
mod repository;
mod stream;
#[cfg(feature = "contract")]
mod testing;
mod transfer;

pub use repository::Repository;
