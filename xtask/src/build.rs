//! Building the server.

use std::path::PathBuf;

use crate::host::{self, Result};

/// The binary that soak and bench run: `GITFLARE_BINARY`, for comparing builds, or else a fresh release build.
pub(crate) fn under_test() -> Result<PathBuf> {
    host::variable("GITFLARE_BINARY").map_or_else(release, |path| Ok(host::root().join(path)))
}

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
