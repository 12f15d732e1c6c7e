//! `cargo xtask soak load [PATH]`: 300 MB pushed and cloned, and what that costs the server and everybody else.
//!
//! PATH is a local repository of many objects (git's own history is the reference case); without it one is made. The
//! clients run at the lowest priority, because in life they have a machine of their own.

mod made;
mod probe;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Options;
use super::random::Random;
use crate::git::Git;
use crate::host::{self, Result};
use crate::measure;
use crate::server::{OWNER, Server};

/// Most resident memory at work, and at rest, in MB (of 1,000,000 bytes).
const PEAK: f64 = 160.0;
const REST: f64 = 40.0;
/// How many times slower others may find the server.
const SLOWER: f64 = 3.0;
/// Questions that tell what is usual.
const QUESTIONS: usize = 300;
/// Fewer questions, while something short went on, have no 95th percentile to speak of.
const ENOUGH: usize = 100;
/// The repository that is asked about.
const QUIET: &str = "quiet";

struct Soak {
    git: Git,
    server: Server,
    folder: PathBuf,
    /// The usual 95th percentile, in milliseconds.
    usual: f64,
    findings: Vec<String>,
}

/// Measures all of it, and fails over budget.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let options = Options::parse(words, 1)?;
    let scratch = tempfile::Builder::new().prefix("gitflare-load-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let mut random = Random::new(options.seed);
    let many = match options.path {
        Some(path) => {
            // Branches and tags, whatever else there is.
            let folder = scratch.path().join("many-objects.git");
            let clone = ["clone", "--quiet", "--bare", "--shared"];
            host::output(git.command().args(clone).arg(path).arg(&folder))?;
            folder
        }
        None => {
            let folder = scratch.path().join("many-objects.git");
            made::many(&git, &folder, &mut random)?;
            folder
        }
    };
    let large = scratch.path().join("large-blobs.git");
    made::large(&git, &large, &mut random)?;
    let mut server = Server::start(&options.binary, &scratch.path().join("data"))?;
    server.set_up()?;
    let folder = scratch.path().to_owned();
    let mut soak = Soak { git, server, folder, usual: 0.0, findings: Vec::new() };
    soak.rest()?;
    soak.quiet()?;
    soak.exercise("many objects", "many", &many)?;
    soak.exercise("large blobs", "large", &large)?;
    for finding in &soak.findings {
        println!("OVER: {finding}");
    }
    if soak.findings.is_empty() { Ok(()) } else { Err("over budget".into()) }
}

impl Soak {
    fn limit(&mut self, what: &str, found: f64, most: f64, unit: &str) {
        if found > most {
            self.findings.push(format!("{what}: {found:.1} {unit}, at most {most:.1}"));
        }
    }

    /// A server with an account and nothing to do.
    fn rest(&mut self) -> Result<()> {
        measure::settle(self.server.pid())?;
        let resident = megabytes(measure::resident(self.server.pid())?);
        println!("at rest: {resident:.1} MB resident");
        self.limit("memory at rest", resident, REST, "MB");
        Ok(())
    }

    /// The other repository, and what asking about it usually takes.
    fn quiet(&mut self) -> Result<()> {
        let stage = self.folder.join("quiet.git");
        made::small(&self.git, &stage)?;
        self.git.run(&stage, ["push", "--quiet", &self.server.url(QUIET), "main"])?;
        // The first ones open the database.
        probe::idle(&self.server, QUIET, 20)?;
        let times = probe::idle(&self.server, QUIET, QUESTIONS)?;
        self.usual = times.p95();
        println!(
            "ls-remote, nothing else going on: 95th percentile {:.2} ms of {}",
            self.usual,
            times.count()
        );
        Ok(())
    }

    /// Pushes everything and clones it.
    fn exercise(&mut self, title: &str, name: &str, path: &Path) -> Result<()> {
        let url = self.server.url(name);
        let mut push = self.client();
        push.arg("-C").arg(path).args(["push", "--quiet", &url, "+refs/heads/*:refs/heads/*"]);
        self.step(&format!("{title}, push"), push.arg("+refs/tags/*:refs/tags/*"))?;
        // What the push left in memory is not the clone's.
        self.server.restart()?;
        probe::idle(&self.server, QUIET, 20)?;
        let target = self.folder.join("clone.git");
        let url = self.server.url(name);
        for title in [format!("{title}, first clone"), format!("{title}, next clone")] {
            let mut clone = self.client();
            self.step(&title, clone.args(["clone", "--quiet", "--mirror", &url]).arg(&target))?;
            if self.git.objects(&target)? != self.git.objects(path)? {
                self.findings.push(format!("{title}: not the same objects"));
            }
            std::fs::remove_dir_all(&target)?;
        }
        let mut shallow = self.client();
        shallow.args(["clone", "--quiet", "--bare", "--depth=1", &url]).arg(&target);
        self.step(&format!("{title}, shallow clone"), &mut shallow)?;
        self.git.run(&target, ["fsck", "--strict", "--connectivity-only"])?;
        std::fs::remove_dir_all(&target)?;
        host::output(&mut self.server.cli(["repo", "verify", &format!("{OWNER}/{name}")]))?;
        Ok(())
    }

    /// Git at the lowest priority, on one core.
    fn client(&self) -> Command {
        let git = self.git.command();
        let mut command = host::command("nice");
        command.env_clear().args(["-n", "19", "git", "-c", "pack.threads=1"]);
        for (name, value) in git.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
    }

    fn step(&mut self, title: &str, client: &mut Command) -> Result<()> {
        let pid = self.server.pid();
        measure::settle(pid)?;
        measure::forget_peak(pid)?;
        let (start, cpu) = (host::now(), measure::cpu_seconds(pid)?);
        let said = File::create(self.folder.join("client.log"))?;
        let times = probe::during(&self.server, QUIET, &mut client.stderr(said).spawn()?)?;
        let seconds = start.elapsed().as_secs_f64();
        let cpu = measure::cpu_seconds(pid)? - cpu;
        let peak = megabytes(measure::peak_memory(pid)?);
        measure::settle(pid)?;
        let left = megabytes(measure::resident(pid)?);
        let slower = times.p95() / self.usual;
        println!(
            "{title:26} {seconds:6.1} s, server {cpu:5.1} s of CPU, peak {peak:6.1} MB, then {left:6.1} MB; ls-remote \
             95th percentile {:.2} ms of {}, {slower:.1} times the usual",
            times.p95(),
            times.count()
        );
        self.limit(&format!("{title}: peak memory"), peak, PEAK, "MB");
        if times.count() >= ENOUGH {
            self.limit(&format!("{title}: ls-remote"), slower, SLOWER, "times the usual");
        }
        Ok(())
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
