//! `cargo xtask soak race [N]`: N pairs of pushes for one ref at one moment. One wins, the other is told in git's words.
//!
//! Most pairs are requests made by hand whose last bytes leave together, because two git processes seldom meet; every
//! tenth pair is stock git all the same.

pub(crate) mod request;

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Barrier;

use self::request::{Command, ZERO};
use super::options::Options;
use super::random::Random;
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::{OWNER, Server};

/// Pairs before a fresh repository.
const PAIRS_EACH: u32 = 100;

/// What one of a pair is told when the other was first.
const LOST: &str = "failed to update ref";
/// The same for one that deletes.
const LOST_DELETE: &str = "failed to delete";

/// What the two want of the ref.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// Both move a branch that is there.
    Update,
    /// Both create it.
    Create,
    /// One moves it, the other deletes it.
    Delete,
    /// One moves it together with a second ref, all or nothing.
    Atomic,
    /// Both are stock git, with a lease.
    Git,
}

const KINDS: [Kind; 10] = [
    Kind::Update,
    Kind::Create,
    Kind::Update,
    Kind::Delete,
    Kind::Atomic,
    Kind::Update,
    Kind::Create,
    Kind::Atomic,
    Kind::Update,
    Kind::Git,
];

struct Soak {
    git: Git,
    server: Server,
    random: Random,
    pairs: u32,
    first: u32,
    failures: u32,
}

/// A repository, and two commits ready for each pair.
struct Track {
    name: String,
    stage: PathBuf,
    base: String,
    commits: Vec<String>,
}

/// Races as often as asked.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let options = Options::parse(words, 1_000)?;
    let scratch = tempfile::Builder::new().prefix("gitflare-race-").tempdir()?;
    let mut server = Server::start(&options.binary, &scratch.path().join("data"))?;
    server.set_up()?;
    let git = Git::new(scratch.path())?;
    let random = Random::new(options.seed);
    let mut soak = Soak { git, server, random, pairs: 0, first: 0, failures: 0 };
    println!("{} pairs, seed {}", options.rounds, options.seed);
    let start = host::now();
    while soak.pairs < options.rounds {
        let pairs = PAIRS_EACH.min(options.rounds - soak.pairs);
        soak.repository(scratch.path(), pairs)?;
        let Soak { pairs, first, failures, .. } = &soak;
        println!("{pairs:5} pairs: the first won {first}, the second {}, {failures} failures", pairs - first);
    }
    println!("{} pairs in {:.0} s, {} failures", soak.pairs, start.elapsed().as_secs_f64(), soak.failures);
    if soak.failures == 0 { Ok(()) } else { Err(format!("{} failures", soak.failures).into()) }
}

impl Soak {
    fn repository(&mut self, folder: &Path, pairs: u32) -> Result<()> {
        let name = format!("race-{}", self.pairs);
        let track = Track::prepare(&self.git, folder, name, pairs, &mut self.random)?;
        let url = self.server.url(&track.name);
        let start = format!("{}:refs/heads/start", track.base);
        let main = format!("{}:refs/heads/main", track.base);
        self.git.run(&track.stage, ["push", "--quiet", &url, &start, &main])?;
        let mut value = track.base.clone();
        for pair in track.commits.chunks_exact(2) {
            let [one, two] = pair else { continue };
            let kind = *KINDS.get(self.pairs as usize % KINDS.len()).unwrap_or(&Kind::Update);
            self.pairs += 1;
            match self.pair(&track, kind, &value, one, two) {
                Ok(now) => value = now,
                Err(error) => {
                    self.failures += 1;
                    println!("FAILED pair {}, {kind:?}: {error}", self.pairs - 1);
                    value = self.value(&track, "refs/heads/main")?;
                }
            }
        }
        if let Err(error) = self.intact(folder, &track) {
            self.failures += 1;
            println!("FAILED {}: {error}", track.name);
        }
        let _ = std::fs::remove_dir_all(&track.stage);
        Ok(())
    }

    /// Runs a pair, and returns what `main` names now.
    fn pair(&mut self, track: &Track, kind: Kind, main: &str, one: &str, two: &str) -> Result<String> {
        let fresh = format!("refs/heads/new-{}", self.pairs);
        let (name, old) = match kind {
            Kind::Create => (fresh.as_str(), ZERO),
            _ => ("refs/heads/main", main),
        };
        // What is deleted is made first; it is not the branch HEAD names, which may not go.
        let (name, old) = match kind {
            Kind::Delete => {
                let spec = format!("{}:{fresh}", track.base);
                self.git.run(&track.stage, ["push", "--quiet", &self.server.url(&track.name), &spec])?;
                (fresh.as_str(), track.base.as_str())
            }
            _ => (name, old),
        };
        let two = if matches!(kind, Kind::Delete) { ZERO } else { two };
        let results = match kind {
            Kind::Git => self.with_git(track, name, old, [one, two])?,
            _ => self.by_hand(track, kind, name, old, [one, two])?,
        };
        let winner = match (&results[0], &results[1]) {
            (None, Some(why)) if why == LOST => one,
            (Some(why), None) if why == LOST => two,
            (None, Some(why)) if why == LOST_DELETE && two == ZERO => one,
            other => return Err(format!("one should win and one be told {LOST:?}: {other:?}").into()),
        };
        self.first += u32::from(winner == one);
        let found = self.value(track, name)?;
        if found != winner && !(winner == ZERO && found.is_empty()) {
            return Err(format!("{winner} won, and {name} is {found:?}").into());
        }
        if matches!(kind, Kind::Atomic) {
            let beside = self.value(track, &beside(&fresh))?;
            if (beside == one) != (winner == one) {
                return Err(format!("atomic, and its other ref is {beside:?}").into());
            }
        }
        Ok(if name == "refs/heads/main" { found } else { main.to_owned() })
    }

    /// Two requests at once; for each why it was refused, if it was.
    fn by_hand(
        &self,
        track: &Track,
        kind: Kind,
        name: &str,
        old: &str,
        new: [&str; 2],
    ) -> Result<[Option<String>; 2]> {
        let start = Barrier::new(2);
        let path = format!("/{OWNER}/{}.git/git-receive-pack", track.name);
        let login = format!("{OWNER}:{}", self.server.token);
        let push = |number: usize, new: &str| -> Result<Vec<u8>> {
            let command = |name: String, old: &str| Command { name, old: old.into(), new: new.into() };
            let mut commands = vec![command(name.to_owned(), old)];
            let mut capabilities = "report-status";
            if matches!(kind, Kind::Atomic) && number == 0 {
                let fresh = format!("refs/heads/new-{}", self.pairs);
                commands.insert(0, command(beside(&fresh), ZERO));
                capabilities = "report-status atomic";
            }
            let pack = if new == ZERO { Vec::new() } else { track.pack(&self.git, new)? };
            Ok(request::body(&commands, capabilities, &pack))
        };
        let bodies = [push(0, new[0])?, push(1, new[1])?];
        let post = |body: &[u8]| request::post(&self.server.address, &path, &login, body, &start);
        let [one, two] = std::thread::scope(|scope| {
            let other = scope.spawn(|| post(&bodies[1]));
            let one = post(&bodies[0]);
            [one, other.join().unwrap_or_else(|_| Err("a thread panicked".into()))]
        });
        Ok([outcome(&one?, name)?, outcome(&two?, name)?])
    }

    /// Two git processes. One that comes too late altogether is stopped by its own lease, in its own words.
    fn with_git(&self, track: &Track, name: &str, old: &str, new: [&str; 2]) -> Result<[Option<String>; 2]> {
        let url = self.server.url(&track.name);
        let start = |new: &str| -> Process {
            let mut command = self.git.command();
            command.arg("-C").arg(&track.stage).args(["push", "--porcelain"]);
            command.arg(format!("--force-with-lease={name}:{old}")).arg(&url).arg(format!("{new}:{name}"));
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command
        };
        let children = [start(new[0]).spawn()?, start(new[1]).spawn()?];
        let mut outcomes = [None, None];
        for (child, outcome) in children.into_iter().zip(&mut outcomes) {
            let output = child.wait_with_output()?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                let is_told = [LOST, "stale info"].iter().any(|words| said.contains(words));
                *outcome = Some(if is_told { LOST.to_owned() } else { said });
            }
        }
        Ok(outcomes)
    }

    fn value(&self, track: &Track, name: &str) -> Result<String> {
        let url = self.server.url(&track.name);
        let listing = self.git.run(&track.stage, ["ls-remote", &url, name])?;
        Ok(listing.split('\t').next().unwrap_or_default().to_owned())
    }

    /// Everything the repository holds is sound.
    fn intact(&self, folder: &Path, track: &Track) -> Result<()> {
        host::output(&mut self.server.cli(["repo", "verify", &format!("{OWNER}/{}", track.name)]))?;
        let clone = folder.join("clone.git");
        self.git.run(folder, ["clone", "--quiet", "--mirror", &self.server.url(&track.name), "clone.git"])?;
        self.git.run(&clone, ["fsck", "--strict", "--no-progress"])?;
        Ok(std::fs::remove_dir_all(&clone)?)
    }
}

/// The second ref of an atomic push.
fn beside(fresh: &str) -> String {
    format!("{fresh}-beside")
}

/// Why a ref was refused; nothing when it was not.
fn outcome(report: &[String], name: &str) -> Result<Option<String>> {
    if report.first().is_none_or(|line| line != "unpack ok") {
        return Err(format!("reported {report:?}").into());
    }
    for line in report {
        if line == &format!("ok {name}") {
            return Ok(None);
        }
        if let Some(why) = line.strip_prefix(&format!("ng {name} ")) {
            return Ok(Some(why.to_owned()));
        }
    }
    Err(format!("no word on {name}: {report:?}").into())
}

impl Track {
    /// Makes a first commit, and two on top of it for each pair.
    fn prepare(git: &Git, folder: &Path, name: String, pairs: u32, random: &mut Random) -> Result<Self> {
        let stage = folder.join(format!("{name}.git"));
        git.run(folder, ["init", "--quiet", "--bare", &stage.to_string_lossy()])?;
        let mut stream = String::new();
        for mark in 1..=pairs * 2 + 1 {
            let from = if mark == 1 { "" } else { "from :1\n" };
            let text = format!("{:016x}\n", random.next());
            stream.push_str(&format!(
                "commit refs/work/{mark}\nmark :{mark}\ncommitter Ada <ada@example.com> {} +0000\n\
                 data 5\nrace\n{from}M 100644 inline file-{}.txt\ndata {}\n{text}\n",
                1_700_000_000 + mark,
                mark % 5,
                text.len()
            ));
        }
        git.import(&stage, &stream)?;
        let listing = git.run(&stage, ["for-each-ref", "--sort=committerdate", "--format=%(objectname)"])?;
        let mut commits: Vec<String> = listing.lines().map(str::to_owned).collect();
        let base = commits.remove(0);
        Ok(Self { name, stage, base, commits })
    }

    /// What a client that knows the base would send.
    fn pack(&self, git: &Git, tip: &str) -> Result<Vec<u8>> {
        let mut command = git.command();
        command.arg("-C").arg(&self.stage).args(["pack-objects", "--revs", "--stdout", "--thin", "--quiet"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let wanted = format!("{tip}\n^{}\n", self.base);
        std::io::Write::write_all(&mut child.stdin.take().ok_or("no stdin")?, wanted.as_bytes())?;
        let output = child.wait_with_output()?;
        if output.status.success() { Ok(output.stdout) } else { Err("git pack-objects failed".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_who_lost() {
        let report = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(outcome(&report(&["unpack ok", "ok a"]), "a").unwrap(), None);
        let lost = outcome(&report(&["unpack ok", "ng a failed to update ref"]), "a").unwrap();
        assert_eq!(lost.as_deref(), Some(LOST));
        assert!(outcome(&report(&["unpack ok"]), "a").is_err());
        assert!(outcome(&report(&["unpack bad pack"]), "a").is_err());
    }
}
