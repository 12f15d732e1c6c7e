//! `cargo xtask test`: the check and every suite. Its output closes with a line for each host.

use std::path::Path;
use std::process::{ExitCode, Stdio};

use crate::api::{self, Demand};
use crate::assets;
use crate::check;
use crate::cloudflare;
use crate::e2e::{self, Outcome};
use crate::host::{self, Result};

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

/// Runs everything. The last lines say how the end-to-end suite went on each host.
pub(crate) fn run() -> ExitCode {
    let mut failures = Vec::new();
    let mut note = |outcome: Result<()>| failures.extend(outcome.err());
    note(check::run(check::Mode::Report));
    let missing: Vec<&Need> =
        NEEDS.iter().filter(|need| is_used(need) && !provide(need.program, need.package)).collect();
    for need in &missing {
        eprintln!("xtask: skipping tests named *{0}*: apt-get install -y {1}", need.program, need.package);
    }
    note(assets());
    eprintln!("== the Worker");
    // Before the suites: what does not build should be said soon.
    note(cloudflare::run(&["deploy", "--dry-run"]));
    note(suites(&missing));
    if let Some(need) = missing.first().filter(|_| host::is_ci()) {
        note(Err(format!("{} is missing, and this is CI", need.program).into()));
    }
    let outcomes: Vec<Outcome> = e2e::Turn::ALL.into_iter().map(|turn| e2e::take(turn, &[])).collect();
    for failure in &failures {
        eprintln!("xtask: {failure}");
    }
    for outcome in &outcomes {
        println!("{outcome}");
    }
    let is_good = failures.is_empty() && outcomes.iter().all(Outcome::is_good);
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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

/// What can be compiled for this machine.
pub(crate) const NATIVE: [&str; 3] = ["--workspace", "--exclude", "gitflare-cloudflare"];
/// The suite that needs a host has its own turn.
const END_TO_END: &str = "gitflare-e2e";

/// The suites; what they see of the API is held against its description.
fn suites(missing: &[&Need]) -> Result<()> {
    let seen = api::recording("forge")?;
    run_suites(missing, &seen)?;
    eprintln!("== what the API answers");
    api::check(&seen, Demand::All)
}

fn run_suites(missing: &[&Need], seen: &Path) -> Result<()> {
    // Built by both, run by both: the examples in doc comments first, so that the summary comes last.
    if has_nextest() {
        host::run(host::cargo(["test", "--quiet", "--doc"]).args(NATIVE).stdin(Stdio::null()))?;
        let mut left_out = vec![format!("package({END_TO_END})")];
        left_out.extend(missing.iter().map(|need| format!("test({})", need.program)));
        let mut suites = host::cargo(["nextest", "run"]);
        suites.args(NATIVE).arg("--filterset").arg(format!("not ({})", left_out.join(" or ")));
        return host::run(suites.env(api::RECORD, seen).stdin(Stdio::null()));
    }
    let mut suites = host::cargo(["test", "--no-fail-fast"]);
    suites.args(NATIVE).args(["--exclude", END_TO_END]).arg("--");
    for need in missing {
        suites.args(["--skip", need.program]);
    }
    host::run(suites.env(api::RECORD, seen).stdin(Stdio::null()))
}

/// Whether cargo-nextest is installed.
pub(crate) fn has_nextest() -> bool {
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
pub(crate) fn provide(program: &str, package: &str) -> bool {
    if host::is_installed(program) {
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
    install(&["install", "--yes", "--quiet", "--no-install-recommends", package]);
    host::is_installed(program)
}
