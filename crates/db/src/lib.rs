//! The port to SQLite.
//!
//! SQL is the same on both hosts, so statements belong to the features that use them; what differs is how
//! they reach a database, and that is all this crate holds. [`Sql`] is a connection inside one transaction,
//! [`Db`] a database that runs transactions (a repository's), [`Site`] the site's, which takes whole batches.
//! It knows no table of the product.

pub mod check;
pub mod contract;
#[cfg(target_family = "wasm")]
pub mod d1;
pub mod dump;
#[cfg(target_family = "wasm")]
pub mod durable;
pub mod error;
pub mod fault;
#[cfg(target_family = "wasm")]
mod js;
pub mod migrate;
pub mod row;
pub mod site;
pub mod sql;
#[cfg(not(target_family = "wasm"))]
pub mod sqlite;
pub mod tables;
pub mod value;

pub use error::{Error, Result};
pub use row::{Columns, FromColumn, FromRow};
pub use site::{Answer, Bound, Site, SiteDriver};
pub use sql::{Checked, Db, Driver, Sql, Stmt};
pub use value::{Value, ValueRef};
