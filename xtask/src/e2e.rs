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
use self::running::Running;
use crate::cloudflare::build::Build;
use crate::host::Result;

/// Where the suite can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The server, as a process.
    Native,
    /// The Worker, in workerd.
    Cloudflare,
}

impl Host {
    /// Both, in the order of the summary.
    pub(crate) const ALL: [Self; 2] = [Self::Native, Self::Cloudflare];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|host| host.to_string() == name)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Cloudflare => "cloudflare",
        })
    }
}

/// What came of the suite on one host.
pub(crate) struct Outcome {
    host: Host,
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
                write!(f, "{}: {passed} passed, {failed} failed, {skipped} skipped", self.host)
            }
            Err(error) => write!(f, "{}: the suite did not run: {error}", self.host),
        }
    }
}

/// Runs the suite, or the part of it whose names hold a word, on the hosts named, or on all.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (hosts, filters): (Vec<_>, Vec<_>) = words.iter().partition(|word| Host::parse(word).is_some());
    let mut hosts: Vec<Host> = hosts.into_iter().filter_map(Host::parse).collect();
    if hosts.is_empty() {
        hosts.extend(Host::ALL);
    }
    let outcomes: Vec<Outcome> = hosts.into_iter().map(|host| on(host, &filters)).collect();
    for outcome in &outcomes {
        println!("{outcome}");
    }
    if outcomes.iter().all(Outcome::is_good) { Ok(()) } else { Err("the end-to-end suite failed".into()) }
}

/// Runs it on one host.
pub(crate) fn on(host: Host, filters: &[&str]) -> Outcome {
    eprintln!("== end to end: {host}");
    Outcome { host, counts: suite(host, filters) }
}

fn suite(host: Host, filters: &[&str]) -> Result<Counts> {
    let suite = runner::Suite("e2e");
    let program = suite.build()?;
    let names = suite.names()?;
    let skipped = platform::skipped(host, &names)?;
    let running = match host {
        Host::Native => Running::native(&program)?,
        Host::Cloudflare => {
            let build = Build::default();
            build.run()?;
            Running::cloudflare(build)?
        }
    };
    let counts = suite.run(&running, &program, host, filters, &skipped)?;
    // Part of the suite leaves out what was not asked for.
    if filters.is_empty() && counts.skipped != skipped.len() {
        return Err(format!(
            "{} tests were skipped, e2e/platform.toml lists {} for {host}: a test that a host cannot run is listed \
             there with the reason, and none is ignored",
            counts.skipped,
            skipped.len()
        )
        .into());
    }
    if filters.is_empty() && counts.passed + counts.failed + counts.skipped != names.len() {
        return Err(format!("of {} tests only {counts:?} are accounted for", names.len()).into());
    }
    Ok(counts)
}
