//! The native driver, on rusqlite.
