//! `cargo xtask dev`: serve, and serve anew whenever a source changes.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::build;
use crate::host::{self, Result};

/// How often the sources are looked at.
const EVERY: Duration = Duration::from_millis(300);

/// Serves until interrupted. A build that fails leaves the old server running.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let mut server: Option<Child> = None;
    loop {
        let seen = newest_change();
        match build::debug() {
            Ok(binary) => server = Some(restart(server, &binary, arguments)?),
            Err(error) => eprintln!("xtask: {error}; waiting for a change"),
        }
        while newest_change() == seen {
            std::thread::sleep(EVERY);
        }
        eprintln!("xtask: a source changed, rebuilding");
    }
}

fn restart(old: Option<Child>, binary: &Path, arguments: &[&str]) -> Result<Child> {
    if let Some(mut old) = old {
        stop(&mut old);
    }
    Ok(host::command(binary).args(arguments).current_dir(host::root()).spawn()?)
}

/// Asks a child to end, and waits for it.
pub(crate) fn stop(child: &mut Child) {
    // Of one that was waited for, the number may be another process's by now.
    if matches!(child.try_wait(), Ok(Some(_))) {
        return;
    }
    if let Ok(pid) = i32::try_from(child.id()) {
        // An error means that it has ended already, which is what we want.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    let _ = child.wait();
}

fn newest_change() -> Option<SystemTime> {
    let root = host::root();
    let mut folders = vec![root.join("crates")];
    let mut newest = changed(&root.join("Cargo.toml"));
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else {
                newest = newest.max(changed(&path));
            }
        }
    }
    newest
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect()
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
