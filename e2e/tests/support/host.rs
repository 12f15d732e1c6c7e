//! The two hosts, and what a script may do to one: stop it, kill it, start it again, look at its databases.

mod native;
mod workerd;

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{Site, eventually};

/// How long a host may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which host the scripts run against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The program `gitflare`.
    Native,
    /// The Worker, in workerd.
    Cloudflare,
}

impl Kind {
    /// What the runner says; by hand it is the native one.
    pub(crate) fn of_this_run() -> Self {
        match std::env::var("GITFLARE_E2E_HOST").as_deref() {
            Ok("cloudflare") => Self::Cloudflare,
            Ok("native") | Err(_) => Self::Native,
            Ok(other) => panic!("GITFLARE_E2E_HOST is {other}; it can be native or cloudflare"),
        }
    }
}

/// A host that a script has for itself, on a folder of its own.
pub(crate) trait Host {
    /// Starts it on what its folder holds. Its [`Site`] follows it to its new address.
    fn start(&mut self);
    /// Asks it to stop, and waits until it has.
    fn stop(&mut self);
    /// Ends it without a last word.
    fn kill(&mut self);
    /// Where it answers, while it runs.
    fn site(&self) -> Site;
    /// What it printed on its standard output since it started.
    fn lines(&self) -> Vec<String>;
    /// The file of the site's database.
    fn site_database(&self) -> PathBuf;
    /// The files of the repositories' databases, one each.
    fn repository_databases(&self) -> Vec<PathBuf>;
    /// Runs a command on the site, as its administrator would; it must succeed. Its output.
    fn command(&self, words: &[&str], input: &str) -> String;
}

/// A host of this run's kind on an empty folder, running.
/// `body_limit` is how many megabytes a request may have, where that is less than usual.
pub(crate) fn start(folder: &Path, setup_token: &str, body_limit: Option<u64>) -> Box<dyn Host> {
    let mut host: Box<dyn Host> = match Kind::of_this_run() {
        Kind::Native => Box::new(native::Native::new(folder, setup_token, body_limit)),
        Kind::Cloudflare => Box::new(workerd::Workerd::new(folder, setup_token, body_limit)),
    };
    host.start();
    host
}

/// The native host on a folder, whatever kind this run is about. It does not run yet.
pub(crate) fn native(folder: &Path, setup_token: &str) -> Box<dyn Host> {
    Box::new(native::Native::new(folder, setup_token, None))
}

/// The program, to be given other words than those of a site's administrator.
pub(crate) fn program() -> Command {
    native::program()
}

/// A server process, in a group with whatever it starts.
struct Process {
    child: Child,
    /// What it printed on its standard output so far.
    lines: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts a server and waits for its first line.
    fn start(command: &mut Command, site: &Site) -> Self {
        let command = command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let lines = Arc::new(Mutex::new(Vec::new()));
        let process = Self { child, lines: Arc::clone(&lines) };
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        eventually("it listens", PATIENCE, || !process.lines().is_empty());
        let first = process.lines().remove(0);
        let url =
            first.strip_prefix("listening on ").unwrap_or_else(|| panic!("its first line is {first:?}"));
        site.move_to(url);
        process
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn stop(mut self) {
        self.signal("TERM", &self.child.id().to_string());
        let mut status: Option<ExitStatus> = None;
        eventually("it stops", PATIENCE, || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.is_some_and(|status| status.success()), "it stopped with {status:?}");
    }

    /// To the server alone, or with a minus sign before its number to all it started.
    fn signal(&self, name: &str, to: &str) {
        // The process may be gone already.
        let _ = Command::new("kill").args(["-s", name, "--", to]).stderr(Stdio::null()).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("KILL", &format!("-{}", self.child.id()));
        let _ = self.child.wait();
    }
}
