//! `cargo xtask soak git PATH…`: real repositories through the real server with stock git, a line per check.

pub(crate) mod diffs;
pub(crate) mod kill;
pub(crate) mod load;
mod made;
mod options;
pub(crate) mod pages;
pub(crate) mod proxy;
pub(crate) mod race;
mod random;
mod scenario;

use std::path::{Path, PathBuf};

use crate::build;
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::Server;

/// Where a soak works, and what it has seen fail.
pub(crate) struct Soak {
    /// Stock git.
    pub(crate) git: Git,
    /// The server under test.
    pub(crate) server: Server,
    /// A folder for clones.
    pub(crate) folder: PathBuf,
    failed: u32,
    passed: u32,
}

impl Soak {
    /// Runs one check and prints its line. A failed one does not end the rest.
    pub(crate) fn check(&mut self, name: &str, check: impl FnOnce(&Self) -> Result<()>) {
        let start = host::now();
        let outcome = check(self);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok     {seconds:7.1} s  {name}");
            }
            Err(error) => {
                self.failed += 1;
                println!("FAILED {seconds:7.1} s  {name}: {error}");
            }
        }
    }
}

/// Soaks every repository named, and the made ones.
pub(crate) fn run(paths: &[&str]) -> Result<()> {
    let binary = build::under_test()?;
    let scratch = tempfile::Builder::new().prefix("gitflare-soak-").tempdir()?;
    let mut server = Server::start(&binary, &scratch.path().join("data"))?;
    server.set_up()?;
    let git = Git::new(scratch.path())?;
    let mut soak = Soak { git, server, folder: scratch.path().to_owned(), failed: 0, passed: 0 };
    made::all(&mut soak)?;
    for path in paths {
        let path = std::fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
        scenario::exercise(&mut soak, &name_of(&path), &path);
    }
    println!("{} checks passed, {} failed", soak.passed, soak.failed);
    if soak.failed == 0 { Ok(()) } else { Err(format!("{} checks failed", soak.failed).into()) }
}

/// A repository name made from a path: its last component that is not a habit of git.
fn name_of(path: &Path) -> String {
    let parts: Vec<_> =
        path.iter().map(|part| part.to_string_lossy().trim_end_matches(".git").to_owned()).collect();
    let part = parts.iter().rev().find(|part| !matches!(part.as_str(), "" | "repo" | "." | "/"));
    let clean = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    part.map_or_else(|| "repository".to_owned(), |part| part.chars().map(clean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_after_its_folder() {
        assert_eq!(name_of(Path::new("/src/git.git")), "git");
        assert_eq!(name_of(Path::new("/src/linux/.git")), "linux");
        assert_eq!(name_of(Path::new("/mirror/a+b/repo")), "a-b");
    }
}
