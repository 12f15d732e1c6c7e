//! What the API answers, held against GitHub's description of it: `cargo xtask api`. Whatever a test sees of `/api/v3` is
//! recorded into a folder that the environment names, and checked by a script in `e2e/api`, whose npm packages hold the
//! description.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::host::{self, Result};
use crate::suites;

/// Names the folder to those who record.
pub(crate) const RECORD: &str = "GITFLARE_API_RECORD";

/// What is asked of a folder besides that every answer is as described.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Nothing.
    Seen,
    /// That each operation was answered with something in it.
    All,
}

/// Runs the site's own tests and checks what they saw, or checks a folder.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    if let [folder] = words {
        return check(Path::new(folder), Demand::Seen);
    }
    let folder = recording("forge")?;
    let mut tests = host::cargo(if suites::has_nextest() { &["nextest", "run"][..] } else { &["test"] });
    tests.args(suites::NATIVE).args(["--test", "forge"]).env(RECORD, &folder);
    host::run(tests.stdin(Stdio::null()))?;
    check(&folder, Demand::All)
}

/// An empty folder to record into.
pub(crate) fn recording(name: &str) -> Result<PathBuf> {
    let folder = host::target().join("api").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Whether the check can be made here. A build machine has to be able to.
pub(crate) fn is_possible() -> bool {
    host::is_ci() || host::is_installed("node") && host::is_installed("npm")
}

/// Checks what was recorded.
pub(crate) fn check(folder: &Path, demand: Demand) -> Result<()> {
    if !is_possible() {
        eprintln!("xtask: skipping the check of the API's answers: apt-get install -y nodejs npm");
        return Ok(());
    }
    let mut script = host::command("node");
    script.arg("check.mjs").arg(folder).arg(if demand == Demand::All { "all" } else { "seen" });
    host::run(script.current_dir(install()?).stdin(Stdio::null()))
        .map_err(|_| "the API does not answer as GitHub describes it".into())
}

/// What the lock file says, unless it is there already.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = host::root().join("e2e/api");
    host::install_packages(&folder)?;
    Ok(folder)
}
