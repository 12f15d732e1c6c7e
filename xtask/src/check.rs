//! `cargo xtask check`: everything that can be said about the sources without running them.

use crate::cloudflare::tools;
use crate::dependencies;
use crate::host::{self, Result};

/// The crates that also run in a Worker.
const WASM_CRATES: [&str; 5] =
    ["gitflare-git", "gitflare-db", "gitflare-port", "gitflare-repo", "gitflare-forge"];
/// The crate that runs in a Worker alone.
const WORKER: &str = "gitflare-cloudflare";

/// Whether to repair what can be repaired.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only say what is wrong.
    Report,
    /// Repair, then say what is still wrong.
    Fix,
}

type Step = fn(Mode) -> Result<()>;

const STEPS: [(&str, Step); 5] = [
    ("format", format),
    ("lints", lints),
    ("lints for wasm", wasm_lints),
    ("docs", docs),
    ("dependencies", |_| dependencies::check()),
];

/// Runs every check, and fails with the names of those that failed.
pub(crate) fn run(mode: Mode) -> Result<()> {
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        eprintln!("== {name}");
        if let Err(error) = step(mode) {
            eprintln!("xtask: {name}: {error}");
            failed.push(name);
        }
    }
    eprintln!("== advisories: skipped, their database is not reachable from here");
    if failed.is_empty() { Ok(()) } else { Err(format!("check failed: {}", failed.join(", ")).into()) }
}

fn format(mode: Mode) -> Result<()> {
    let arguments: &[&str] = match mode {
        Mode::Fix => &["fmt", "--all"],
        Mode::Report => &["fmt", "--all", "--check"],
    };
    host::run(&mut host::cargo(arguments))
        .map_err(|error| format!("{error}; `cargo xtask check --fix` formats").into())
}

fn lints(mode: Mode) -> Result<()> {
    if mode == Mode::Fix {
        let fix = ["clippy", "--fix", "--allow-dirty", "--allow-staged", "--workspace", "--all-targets"];
        host::run(host::cargo(fix).args(["--exclude", WORKER]))?;
    }
    let lints = ["clippy", "--workspace", "--exclude", WORKER, "--all-targets", "--", "-D", "warnings"];
    host::run(&mut host::cargo(lints))
}

/// The cheapest guard of the wall between the product and its hosts: what does not compile for wasm reached for one.
fn wasm_lints(_: Mode) -> Result<()> {
    tools::install_wasm_target()?;
    let clippy = ["clippy", "--target", tools::WASM, "--lib"];
    let mut product = host::cargo(clippy);
    product.args(WASM_CRATES.iter().flat_map(|name| ["--package", name]));
    host::run(product.args(["--", "-D", "warnings"]))?;
    // As deployed, and as tested.
    for features in [&[][..], &["--all-features"]] {
        let mut worker = host::cargo(clippy);
        worker.args(["--package", WORKER]).args(features);
        host::run(worker.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

fn docs(_: Mode) -> Result<()> {
    let product = ["doc", "--no-deps", "--workspace", "--exclude", WORKER];
    host::run(host::cargo(product).env("RUSTDOCFLAGS", "-D warnings"))?;
    let worker = ["doc", "--no-deps", "--package", WORKER, "--target", tools::WASM];
    host::run(host::cargo(worker).env("RUSTDOCFLAGS", "-D warnings"))
}
