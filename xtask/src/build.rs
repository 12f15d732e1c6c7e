//! Building the server.

use std::path::PathBuf;

use crate::host::{self, Result};

/// Builds the release binary and says where it is.
pub(crate) fn release() -> Result<PathBuf> {
    host::run(&mut host::cargo(["build", "--release", "--package", "gitflare-server"]))?;
    Ok(host::target().join("release/gitflare"))
}

/// Builds the debug binary and says where it is.
pub(crate) fn debug() -> Result<PathBuf> {
    host::run(&mut host::cargo(["build", "--package", "gitflare-server"]))?;
    Ok(host::target().join("debug/gitflare"))
}
