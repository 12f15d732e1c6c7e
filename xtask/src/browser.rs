//! Pages in a real browser: `cargo xtask browser` checks them, `cargo xtask screenshots` draws them. The scripts are in
//! `e2e/browser`; Chromium is the system's.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::build;
use crate::host::{self, Result};

/// The suites, each a script: markup, behaviour, accessibility, and attacks that must come to nothing.
const SUITES: [&str; 4] = ["html.mjs", "behaviour.mjs", "axe.mjs", "injection.mjs"];

/// What is missing to look at pages, as one line with the command; nothing where all is there.
pub(crate) fn missing() -> Option<&'static str> {
    let has_chromium = ["chromium", "chromium-browser"].into_iter().any(host::is_installed);
    if !has_chromium && host::variable("CHROMIUM").is_none() {
        return Some("no chromium: apt-get install -y chromium, or name one in CHROMIUM");
    }
    (!host::is_installed("node") || !host::is_installed("npm"))
        .then_some("no node and npm: apt-get install -y nodejs npm")
}

/// Runs every suite, and fails with the names of those that failed.
pub(crate) fn run() -> Result<()> {
    let binary = build::debug()?;
    let mut failed = Vec::new();
    for suite in SUITES {
        eprintln!("== {suite}");
        if script(suite, &binary, &[]).is_err() {
            failed.push(suite);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed in the browser: {}", failed.join(", ")).into())
    }
}

/// How Lighthouse judges pages of a repository of yours, given as a local path.
pub(crate) fn lighthouse(path: &str) -> Result<()> {
    script("lighthouse.mjs", &build::under_test()?, &[path.to_owned()])
}

/// Draws the pages, or those of these names, into a folder; `small` draws the few small ones that are committed.
pub(crate) fn screenshots(names: &[&str]) -> Result<()> {
    let binary = build::debug()?;
    let folder = match names {
        ["small"] => host::root().join("docs/screenshots"),
        _ => host::target().join("screenshots"),
    };
    let mut arguments = vec![folder.display().to_string()];
    arguments.extend(names.iter().map(|name| (*name).to_owned()));
    script("screenshots.mjs", &binary, &arguments)?;
    println!("{}", folder.display());
    Ok(())
}

fn script(name: &str, binary: &Path, arguments: &[String]) -> Result<()> {
    let folder = install()?;
    let mut command = host::command("node");
    command.arg(name).arg(binary).args(arguments).current_dir(folder).stdin(Stdio::null());
    host::run(&mut command)
}

/// What the lock file says, unless it is there already.
fn install() -> Result<PathBuf> {
    let folder = host::root().join("e2e/browser");
    if let Some(words) = missing() {
        return Err(words.into());
    }
    host::install_packages(&folder)?;
    Ok(folder)
}
