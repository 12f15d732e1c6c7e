//! What the product may not touch and this tool may: processes, the clock, the environment.

#![expect(clippy::disallowed_methods, reason = "a workflow tool starts programs and measures time")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Any failure, as one sentence.
pub(crate) type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// A program to start.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// The cargo that runs us, in the root of the workspace.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = command(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs to the end; anything but success is an error that names the program.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| format!("{}: {error}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", name(command)).into()) }
}

/// Runs to the end and returns stdout; stderr becomes part of the error.
pub(crate) fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().map_err(|error| format!("{}: {error}", name(command)))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    // The last lines have the reason; some programs report what they found on stdout.
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    let lines: Vec<&str> = said.lines().rev().take(4).collect();
    let said: Vec<&str> = lines.into_iter().rev().collect();
    Err(format!("{} ({}): {}", name(command), output.status, said.join(" / ")).into())
}

/// The program and its arguments as one would type them.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    // Addresses hold tokens, and folders say little.
    let arguments: Vec<_> =
        arguments.filter(|word| !word.contains("://") && !word.starts_with('/')).take(8).collect();
    format!("{program} {}", arguments.join(" "))
}

/// An environment variable, if set and readable.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether this runs on a build machine (`CI=true`).
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// This moment, for durations.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Whether a program of this name is in the search path.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Installs what a folder's lock file says, unless that is there already.
pub(crate) fn install_packages(folder: &Path) -> Result<()> {
    let changed = |path: &str| folder.join(path).metadata().and_then(|metadata| metadata.modified());
    if let (Ok(lock), Ok(installed)) =
        (changed("package-lock.json"), changed("node_modules/.package-lock.json"))
        && lock <= installed
    {
        return Ok(());
    }
    run(command("npm").args(["ci", "--silent"]).current_dir(folder).stdin(Stdio::null()))
}
