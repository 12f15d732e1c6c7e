//! Running a suite with cargo-nextest where it is installed, and with `cargo test` elsewhere.

use std::io::{BufRead, BufReader, pipe};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Turn;
use crate::host::{self, Result};
use crate::suites;

/// A test program, by its name.
pub(super) struct Suite(pub(super) &'static str);

impl Suite {
    /// Builds it and the server, and says where the latter is.
    pub(super) fn build(&self) -> Result<PathBuf> {
        host::run(self.cargo(&["build"]).args(["--bin", "gitflare"]))?;
        Ok(host::target().join("debug/gitflare"))
    }

    /// Looks at what a host has kept of a whole run, which has to be what was promised; says what it is.
    pub(super) fn read_disk(&self, turn: Turn, folder: &Path) -> Result<()> {
        let mut build = host::cargo(["build"]);
        host::run(build.args(suites::NATIVE).args(["--example", "disk"]).stdin(Stdio::null()))?;
        let mut disk = host::command(host::target().join("debug/examples/disk"));
        let line = host::output(disk.arg(turn.to_string()).arg(folder))?;
        eprint!("== {}", String::from_utf8_lossy(&line));
        Ok(())
    }

    /// The names of all its tests.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let mut list = self.cargo(&["test"]);
        let listing = host::output(list.args(["--quiet", "--", "--list", "--format", "terse"]))?;
        let listing = String::from_utf8_lossy(&listing);
        let names = listing.lines().filter_map(|line| line.strip_suffix(": test"));
        Ok(names.map(str::to_owned).collect())
    }

    /// What runs it, without the tests named.
    pub(super) fn command(&self, filters: &[&str], without: &[String]) -> Command {
        if suites::has_nextest() { self.nextest(filters, without) } else { self.libtest(filters, without) }
    }

    fn nextest(&self, filters: &[&str], without: &[String]) -> Command {
        let mut command = self.cargo(&["nextest", "run"]);
        command.args(["--no-fail-fast", "--no-tests", "warn"]);
        if !without.is_empty() {
            let named: Vec<_> = without.iter().map(|name| format!("test(={name})")).collect();
            command.arg("--filterset").arg(format!("not ({})", named.join(" or ")));
        }
        command.args(filters);
        command
    }

    fn libtest(&self, filters: &[&str], without: &[String]) -> Command {
        let mut command = self.cargo(&["test", "--no-fail-fast"]);
        command.arg("--").args(filters);
        command.args(without.iter().flat_map(|name| ["--skip", name]));
        if filters.is_empty() {
            // Otherwise a name within a longer one leaves that out too; with it, filters would have to be whole names.
            command.arg("--exact");
        }
        command
    }

    fn cargo(&self, words: &[&str]) -> Command {
        let mut cargo = host::cargo(words);
        // With the whole workspace in view: for some packages alone cargo chooses other features, and compiles anew.
        cargo.args(suites::NATIVE).args(["--test", self.0]).stdin(Stdio::null());
        cargo
    }
}

/// Runs to the end, passing on what is said to stderr; its text. The status says no more than the text does.
pub(super) fn shown(command: &mut Command) -> Result<String> {
    let (reader, writer) = pipe()?;
    let mut child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
    // What remains open here would keep the pipe from ending.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut text = String::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        eprintln!("{line}");
        text.push_str(&line);
        text.push('\n');
    }
    child.wait()?;
    Ok(text)
}
