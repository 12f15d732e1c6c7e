//! `cargo xtask e2e`: the end-to-end suite, the same scripts against each host.
//!
//! The suite gets a host that runs, by its environment: where it answers, the token of its setup link, and which it is.
//! What a host cannot run stands in `e2e/platform.toml` with the reason; nothing else may be left out.

mod count;
mod platform;
mod runner;
pub(crate) mod running;

use std::fmt;

use self::count::Counts;
use self::runner::Suite;
use self::running::Running;
use crate::api::{self, Demand};
use crate::cloudflare::build::Build;
use crate::host::{self, Result};
use crate::suites;

/// The feature of the Worker's test build.
const TEST_BUILD: &str = "contract";

/// What can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The scripts for a test build of the Worker, which panics and fails on request.
    Worker,
    /// The suite, on the server.
    Native,
    /// The suite, on the Worker in workerd.
    Cloudflare,
}

impl Turn {
    /// All, in the order of the summary.
    pub(crate) const ALL: [Self; 3] = [Self::Worker, Self::Native, Self::Cloudflare];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|turn| turn.to_string() == name)
    }

    /// What is served, where it is not the program itself.
    fn build(self) -> Option<Build> {
        match self {
            Self::Native => None,
            Self::Cloudflare => Some(Build::default()),
            Self::Worker => Some(Build { features: Some(TEST_BUILD.to_owned()), ..Build::default() }),
        }
    }

    fn suite(self) -> Suite {
        Suite(if self == Self::Worker { "worker" } else { "e2e" })
    }

    /// What the suite is told about where it runs.
    fn environment(self) -> Vec<(&'static str, &'static str)> {
        match self {
            Self::Native => vec![("GITFLARE_E2E_HOST", "native")],
            Self::Cloudflare => vec![("GITFLARE_E2E_HOST", "cloudflare")],
            Self::Worker => vec![("GITFLARE_E2E_HOST", "cloudflare"), ("GITFLARE_E2E_FEATURES", TEST_BUILD)],
        }
    }
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Worker => "worker",
            Self::Native => "native",
            Self::Cloudflare => "cloudflare",
        })
    }
}

/// What came of one turn.
pub(crate) struct Outcome {
    turn: Turn,
    counts: Result<Counts>,
}

impl Outcome {
    /// Whether everything passed that had to.
    pub(crate) fn is_good(&self) -> bool {
        self.counts.as_ref().is_ok_and(|counts| counts.failed == 0 && counts.passed > 0)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.counts {
            Ok(counts) => {
                let Counts { passed, failed, skipped } = counts;
                write!(f, "{}: {passed} passed, {failed} failed, {skipped} skipped", self.turn)
            }
            Err(error) => write!(f, "{}: the suite did not run: {error}", self.turn),
        }
    }
}

/// Takes the turns named, or all; only the tests whose names hold one of the other words, if there are any.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (turns, filters): (Vec<_>, Vec<_>) = words.iter().partition(|word| Turn::parse(word).is_some());
    let mut turns: Vec<Turn> = turns.into_iter().filter_map(Turn::parse).collect();
    if turns.is_empty() {
        turns.extend(Turn::ALL);
    }
    let outcomes: Vec<Outcome> = turns.into_iter().map(|turn| take(turn, &filters)).collect();
    for outcome in &outcomes {
        println!("{outcome}");
    }
    if outcomes.iter().all(Outcome::is_good) { Ok(()) } else { Err("the end-to-end suite failed".into()) }
}

/// Takes one turn.
pub(crate) fn take(turn: Turn, filters: &[&str]) -> Outcome {
    eprintln!("== end to end: {turn}");
    Outcome { turn, counts: counts(turn, filters) }
}

fn counts(turn: Turn, filters: &[&str]) -> Result<Counts> {
    let suite = turn.suite();
    let program = suite.build()?;
    let names = suite.names()?;
    let skipped = platform::skipped(turn, &names)?;
    let mut running = match turn.build() {
        None => Running::native(&program)?,
        Some(build) => {
            build.run()?;
            Running::cloudflare(build)?
        }
    };
    let mut command = suite.command(filters, &skipped);
    command.envs(running.environment()).envs(turn.environment());
    // For scripts that start a host of their own: the server, or this program to serve the Worker.
    // Not `current_exe`: building the suites may have put another file in the place of the one that runs.
    let tool = host::target().join("debug").join(env!("CARGO_PKG_NAME"));
    command.env("GITFLARE_E2E_PROGRAM", &program).env("GITFLARE_E2E_XTASK", tool);
    clients()?;
    let seen = api::recording(&turn.to_string())?;
    command.env(api::RECORD, &seen);
    let output = runner::shown(&mut command)?;
    let counts = Counts::read(&output).ok_or("the test runner gave no summary")?;
    if counts.failed > 0 {
        eprintln!("== the end of the host's log\n{}", running.log());
    }
    // Whoever asked for a part gets a part.
    if filters.is_empty() {
        complete(counts, names.len(), skipped.len())?;
        // Not what a test build leaves, which has objects of no repository.
        if turn != Turn::Worker {
            suite.read_disk(turn, &running.stop())?;
        }
    }
    if std::fs::read_dir(&seen)?.next().is_some() {
        let is_whole = filters.is_empty() && turn != Turn::Worker;
        api::check(&seen, if is_whole { Demand::All } else { Demand::Seen })?;
    }
    Ok(counts)
}

/// What was written for GitHub and is to find its way here: octokit.js, and `gh`. Without one its script says so.
fn clients() -> Result<()> {
    suites::provide("gh", "gh");
    if api::is_possible() {
        api::install()?;
    }
    Ok(())
}

/// Every test passed, failed, or is listed as one that this host cannot run.
fn complete(counts: Counts, all: usize, listed: usize) -> Result<()> {
    if counts.skipped != listed {
        return Err(format!(
            "{} tests were skipped and e2e/platform.toml lists {listed}: a test that a host cannot run is listed there \
             with the reason, and none is ignored",
            counts.skipped
        )
        .into());
    }
    if counts.passed + counts.failed + counts.skipped != all {
        return Err(format!("of {all} tests only these are accounted for: {counts:?}").into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_skipped_by_the_list_alone() {
        let counts = |passed, failed, skipped| Counts { passed, failed, skipped };
        assert!(complete(counts(7, 1, 2), 10, 2).is_ok());
        assert!(complete(counts(7, 1, 2), 10, 1).is_err(), "one skipped that is not listed");
        assert!(complete(counts(8, 1, 1), 10, 2).is_err(), "one listed that ran");
        assert!(complete(counts(6, 1, 2), 10, 2).is_err(), "one that never ran");
    }
}
