//! `cargo xtask soak kill [N]`: pushes of stock git, and `kill -9` of the server at a random moment of each.
//!
//! After every crash the server starts anew on the same folder, and then: the refs are as before the push or as after
//! it, never between; what git was told had succeeded is there; `repo verify` finds nothing; the push, repeated, succeeds.

mod patch;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use self::patch::{Kind, Patch, Plan, Refs};
use super::options::Options;
use super::random::Random;
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::{OWNER, Server};

/// Rounds before a fresh repository: verifying a small one is quick, and creating one is a push worth killing, too.
const ROUNDS_EACH: u32 = 25;
/// Milliseconds a push takes before any has been timed.
const GUESS: f64 = 80.0;

/// What came of the rounds.
#[derive(Default)]
struct Tally {
    rounds: u32,
    before: u32,
    after: u32,
    acknowledged: u32,
    failures: Vec<String>,
}

/// The whole setting.
struct Soak {
    git: Git,
    server: Server,
    random: Random,
    /// Typical milliseconds of a push by kind.
    typical: BTreeMap<Kind, f64>,
    tally: Tally,
}

/// Crashes as often as asked.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let options = Options::parse(words, 1_000)?;
    let scratch = tempfile::Builder::new().prefix("gitflare-kill-").tempdir()?;
    let mut server = Server::start(&options.binary, &scratch.path().join("data"))?;
    server.set_up()?;
    let git = Git::new(scratch.path())?;
    let random = Random::new(options.seed);
    let mut soak = Soak { git, server, random, typical: BTreeMap::new(), tally: Tally::default() };
    println!("{} rounds, seed {}", options.rounds, options.seed);
    let start = host::now();
    while soak.tally.rounds < options.rounds {
        let rounds = ROUNDS_EACH.min(options.rounds - soak.tally.rounds);
        soak.repository(scratch.path(), rounds)?;
    }
    soak.check("at the end", |soak| soak.verify("--all"));
    let Tally { rounds, before, after, acknowledged, failures } = &soak.tally;
    println!(
        "{rounds} kills in {:.0} s: {before} left it as before, {after} as after ({acknowledged} of them \
         acknowledged), {} failures",
        start.elapsed().as_secs_f64(),
        failures.len()
    );
    if failures.is_empty() { Ok(()) } else { Err(format!("{} failures", failures.len()).into()) }
}

impl Soak {
    /// A repository from its first push to a clone at the end.
    fn repository(&mut self, folder: &Path, rounds: u32) -> Result<()> {
        let name = format!("kill-{}", self.tally.rounds);
        let mut patch = Patch::new(&self.git, folder, name, &mut self.random)?;
        for _ in 0..rounds {
            let plan = patch.plan(&self.git, &mut self.random)?;
            let title = format!("round {}, {:?}", self.tally.rounds, plan.kind);
            self.tally.rounds += 1;
            let outcome = self.round(&mut patch, &plan);
            if let Err(error) = outcome {
                self.fail(&title, &error.to_string());
                // What is there now is what the next round starts from.
                patch.refs = self.list(&patch.name)?;
            }
            if self.tally.rounds.is_multiple_of(100) {
                let Tally { rounds, before, after, failures, .. } = &self.tally;
                println!(
                    "{rounds:5} rounds: {before} as before, {after} as after, {} failures",
                    failures.len()
                );
            }
        }
        let clone = folder.join("clone.git");
        self.check(&patch.name, |soak| {
            let url = soak.server.url(&patch.name);
            soak.git.run(folder, ["clone", "--quiet", "--mirror", &url, "clone.git"])?;
            soak.git.run(&clone, ["fsck", "--strict", "--no-progress"])?;
            let listing = soak.git.run(&clone, ["for-each-ref", "--format=%(objectname)\t%(refname)"])?;
            expect("the clone's refs", &parse(&listing), &patch.refs)
        });
        let _ = std::fs::remove_dir_all(&clone);
        let _ = std::fs::remove_dir_all(&patch.stage);
        Ok(())
    }

    fn round(&mut self, patch: &mut Patch, plan: &Plan) -> Result<()> {
        let (before, after) = (patch.refs.clone(), plan.after(&patch.refs));
        let typical = self.typical.get(&plan.kind).copied().unwrap_or(GUESS);
        let moment = Duration::from_secs_f64(self.random.fraction() * typical * 1.1 / 1e3);
        let arguments = plan.arguments(&self.server.url(&patch.name));
        let mut push = self.git.command();
        push.arg("-C").arg(&patch.stage).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let push = push.spawn()?;
        std::thread::sleep(moment);
        self.server.crash()?;
        let told = push.wait_with_output()?;
        self.server.start_again()?;
        let found = self.list(&patch.name)?;
        let is_after = found == after;
        if !is_after {
            expect("neither as after, nor as before", &found, &before)?;
        }
        check_acknowledged(&told, plan, &found)?;
        self.tally.after += u32::from(is_after);
        self.tally.before += u32::from(!is_after);
        self.tally.acknowledged += u32::from(told.status.success());
        if !(found.is_empty() && before.is_empty()) {
            self.verify(&format!("{OWNER}/{}", patch.name))?;
        }
        self.again(patch, plan, is_after)?;
        patch.refs = after;
        Ok(())
    }

    /// The same push, undisturbed. It also tells how long such a push takes.
    fn again(&mut self, patch: &Patch, plan: &Plan, is_after: bool) -> Result<()> {
        // Deleting what is gone is an error of the caller in git, so it is not repeated.
        if is_after && plan.moves.iter().any(|(_, value)| value.is_none()) {
            return Ok(());
        }
        let start = host::now();
        let arguments = plan.arguments(&self.server.url(&patch.name));
        self.git.run(&patch.stage, arguments).map_err(|error| format!("repeated: {error}"))?;
        if !is_after {
            let taken = start.elapsed().as_secs_f64() * 1e3;
            let typical = self.typical.entry(plan.kind).or_insert(taken);
            *typical = 0.8 * *typical + 0.2 * taken;
        }
        let found = self.list(&patch.name)?;
        expect("after the repeated push", &found, &plan.after(&patch.refs))
    }

    /// What stock git sees. A repository that is not there has no refs.
    fn list(&self, name: &str) -> Result<Refs> {
        let mut command = self.git.command();
        let output = command.args(["ls-remote", &self.server.url(name)]).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() && !errors.contains("not found") {
            return Err(format!("ls-remote: {}", errors.trim()).into());
        }
        Ok(parse(&String::from_utf8(output.stdout)?))
    }

    fn verify(&self, target: &str) -> Result<()> {
        let output = self.server.cli(["repo", "verify", target]).output()?;
        if output.status.success() {
            return Ok(());
        }
        let text = [output.stdout, output.stderr].concat();
        Err(format!("verify: {}", String::from_utf8_lossy(&text).trim()).into())
    }

    fn check(&mut self, title: &str, check: impl FnOnce(&Self) -> Result<()>) {
        if let Err(error) = check(self) {
            self.fail(title, &error.to_string());
        }
    }

    fn fail(&mut self, title: &str, error: &str) {
        println!("FAILED {title}: {error}");
        self.tally.failures.push(title.to_owned());
    }
}

/// The lines of ls-remote, without `HEAD` and what tags point at.
fn parse(listing: &str) -> Refs {
    let lines = listing.lines().filter_map(|line| line.split_once('\t'));
    let refs = lines.filter(|(_, name)| name.starts_with("refs/") && !name.ends_with("^{}"));
    refs.map(|(oid, name)| (name.to_owned(), oid.to_owned())).collect()
}

/// What git was told had been done is done, also when it heard no end.
fn check_acknowledged(told: &Output, plan: &Plan, found: &Refs) -> Result<()> {
    let lines = String::from_utf8_lossy(&told.stdout);
    for (name, value) in &plan.moves {
        let says_so = |line: &str| {
            let mut fields = line.split('\t');
            let flag = fields.next().unwrap_or_default();
            let is_it = fields.next().is_some_and(|pair| pair.ends_with(&format!(":{name}")));
            is_it && matches!(flag, " " | "+" | "-" | "*" | "=")
        };
        if (told.status.success() || lines.lines().any(says_so)) && found.get(name) != value.as_ref() {
            return Err(format!("acknowledged and lost: {name}: {}", lines.trim()).into());
        }
    }
    Ok(())
}

fn expect(what: &str, found: &Refs, wanted: &Refs) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    let only = |one: &Refs, other: &Refs| -> Vec<String> {
        let differing = one.iter().filter(|(name, oid)| other.get(*name) != Some(oid));
        differing.map(|(name, oid)| format!("{name} {oid}")).collect()
    };
    Err(format!("{what}: found {:?}, wanted {:?}", only(found, wanted), only(wanted, found)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(stdout: &str, status: i32) -> Output {
        use std::os::unix::process::ExitStatusExt as _;
        let status = std::process::ExitStatus::from_raw(status << 8);
        Output { status, stdout: stdout.as_bytes().to_vec(), stderr: Vec::new() }
    }

    #[test]
    fn a_lost_acknowledgement_is_seen() {
        let plan = Plan { kind: Kind::Commit, moves: vec![("refs/heads/main".into(), Some("b".into()))] };
        let before = parse("a\tHEAD\na\trefs/heads/main\n");
        let after = plan.after(&before);
        assert_eq!(after, parse("b\trefs/heads/main\nc\trefs/tags/v^{}\n"));
        let line = "To http://x\n \tb:refs/heads/main\ta..b\nDone\n";
        assert!(check_acknowledged(&told(line, 0), &plan, &before).is_err());
        assert!(check_acknowledged(&told(line, 1), &plan, &before).is_err());
        assert!(check_acknowledged(&told(line, 0), &plan, &after).is_ok());
        assert!(check_acknowledged(&told("", 1), &plan, &before).is_ok());
        let refused = "!\tb:refs/heads/main\t[remote failure]\n";
        assert!(check_acknowledged(&told(refused, 1), &plan, &before).is_ok());
    }
}
