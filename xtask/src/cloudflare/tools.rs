//! What building and running the Worker needs besides cargo: a target, Node, and packages from npm.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::host::{self, Result};

/// The target the Worker is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

const OLDEST_NODE: u32 = 20;

/// The crate's folder, which npm's packages live in too.
pub(crate) fn folder() -> PathBuf {
    host::root().join("crates/cloudflare")
}

/// Installs the target when it is missing.
pub(crate) fn install_wasm_target() -> Result<()> {
    let Ok(installed) = host::output(host::command("rustup").args(["target", "list", "--installed"])) else {
        // Without rustup the toolchain comes from elsewhere; cargo will say whether the target is there.
        return Ok(());
    };
    if String::from_utf8_lossy(&installed).lines().any(|line| line == WASM) {
        return Ok(());
    }
    host::run(host::command("rustup").args(["target", "add", WASM]).stdin(Stdio::null()))
}

/// Installs the packages of `package-lock.json`, exactly, unless they are there already.
pub(crate) fn install_packages() -> Result<()> {
    check_node()?;
    let wanted = std::fs::read_to_string(folder().join("package-lock.json"))?;
    // Beside the packages, so that whoever deletes them deletes what says that they are there.
    let stamp = folder().join("node_modules/.installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("xtask: installing the npm packages of crates/cloudflare");
    let mut npm = host::command("npm");
    npm.args(["ci", "--no-progress", "--loglevel=error"]).current_dir(folder()).stdin(Stdio::null());
    host::run(quiet(&mut npm))?;
    Ok(std::fs::write(stamp, wanted)?)
}

fn check_node() -> Result<()> {
    let version = host::output(host::command("node").arg("--version"))
        .map_err(|error| format!("Node {OLDEST_NODE} or newer is needed, with npm: {error}"))?;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
    if major.parse().is_ok_and(|major: u32| major >= OLDEST_NODE) {
        return Ok(());
    }
    Err(format!("Node {OLDEST_NODE} or newer is needed, this one is {version}").into())
}

/// Node with a script of a package or of our own, named from the crate's folder.
pub(crate) fn node(script: &str) -> Command {
    let mut command = host::command("node");
    command.arg(folder().join(script)).current_dir(folder());
    command
}

/// Wrangler, which talks to Cloudflare.
pub(crate) fn wrangler() -> Command {
    let mut command = node("node_modules/wrangler/bin/wrangler.js");
    command.env("WRANGLER_SEND_METRICS", "false");
    command
}

/// Sends what a program prints to stderr: stdout belongs to the lines that scripts read.
pub(crate) fn quiet(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::from(io::stderr()))
}
