//! `cargo xtask test`: the check and every suite. Its output closes with the summary of the test runner.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::host::{self, Result};
use crate::{assets, check};

/// A program that some tests need and that only root can install. Tests that need it have its name in theirs.
struct Need {
    program: &'static str,
    package: &'static str,
}

const NEEDS: [Need; 3] = [
    Need { program: "nginx", package: "nginx-light" },
    Need { program: "openssl", package: "openssl" }, // makes its certificate, and speaks TLS to it
    Need { program: "strace", package: "strace" },   // sees what is synced to disk
];

/// Fails when a check, a suite or a needed program is missing or fails.
pub(crate) fn run() -> Result<()> {
    let checked = check::run(check::Mode::Report);
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| is_used(need) && !is_provided(need)).collect();
    for need in &missing {
        eprintln!("xtask: skipping tests named *{0}*: apt-get install -y {1}", need.program, need.package);
    }
    let made = assets();
    let tested = suites(&missing);
    checked?;
    made?;
    tested?;
    match missing.first() {
        Some(need) if host::is_ci() => Err(format!("{} is missing, and this is CI", need.program).into()),
        _ => Ok(()),
    }
}

/// Whether the script that is committed is what its sources give.
fn assets() -> Result<()> {
    if !assets::is_possible() && !host::is_ci() {
        eprintln!("xtask: skipping the check of crates/forge/assets: it needs node and npm");
        return Ok(());
    }
    eprintln!("== assets");
    assets::run(true)
}

fn suites(missing: &[&Need]) -> Result<()> {
    // Built by both, run by both: the examples in doc comments first, so that the summary comes last.
    let everything = ["--workspace", "--exclude", "gitflare-cloudflare"];
    if has_nextest() {
        host::run(host::cargo(["test", "--quiet", "--doc"]).args(everything).stdin(Stdio::null()))?;
        let mut suites = host::cargo(["nextest", "run"]);
        suites.args(everything).env("GITFLARE_E2E_PROGRAM", program());
        if !missing.is_empty() {
            let named: Vec<_> = missing.iter().map(|need| format!("test({})", need.program)).collect();
            suites.arg("--filterset").arg(format!("not ({})", named.join(" or ")));
        }
        return host::run(suites.stdin(Stdio::null()));
    }
    let mut suites = host::cargo(["test", "--no-fail-fast"]);
    suites.args(everything).env("GITFLARE_E2E_PROGRAM", program()).arg("--");
    for need in missing {
        suites.args(["--skip", need.program]);
    }
    host::run(suites.stdin(Stdio::null()))
}

/// What the end-to-end suite starts. Left to build it itself, it would build it anew: for one package alone cargo
/// chooses other features than for all.
fn program() -> PathBuf {
    host::target().join("debug").join("gitflare")
}

fn has_nextest() -> bool {
    host::output(&mut host::cargo(["nextest", "--version"])).is_ok()
}

/// Whether any test has the program in its name.
fn is_used(need: &Need) -> bool {
    let crates = host::root().join("crates");
    let Ok(crates) = std::fs::read_dir(crates) else { return false };
    crates.flatten().any(|entry| mentions(&entry.path().join("tests"), need.program))
}

fn mentions(folder: &Path, program: &str) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return mentions(&path, program);
        }
        let source = std::fs::read_to_string(&path).unwrap_or_default();
        source.lines().any(|line| line.trim_start().starts_with("fn ") && line.contains(program))
    })
}

/// Whether the program is there; a build machine that is ours to change gets it installed.
fn is_provided(need: &Need) -> bool {
    if host::is_installed(need.program) {
        return true;
    }
    if !host::is_ci() || !nix::unistd::geteuid().is_root() {
        return false;
    }
    let install = |arguments: &[&str]| {
        let mut command = host::command("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        // A failure shows below: the program is still missing.
        let _ = host::run(&mut command);
    };
    install(&["update", "--quiet"]);
    install(&["install", "--yes", "--quiet", "--no-install-recommends", need.package]);
    host::is_installed(need.program)
}
