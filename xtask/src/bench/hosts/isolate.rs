//! What a new isolate costs: ours beside one whose Worker does nothing, under the same Miniflare, in the same run.

use std::fmt::Write as _;
use std::path::Path;

use super::site::Site;
use crate::cloudflare::build::Build;
use crate::host::Result;
use crate::measure;

/// Answers at once, after as many questions to D1 as ours has: one, and one more by the first request of an isolate, which
/// looks whether the database is up to date.
const EMPTY: &str = r#"import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

let isNew = true;

export default class extends WorkerEntrypoint {
  async fetch() {
    const ask = () => this.env.DB.batch([this.env.DB.prepare("SELECT 1")]);
    if (isNew) await ask();
    isNew = false;
    await ask();
    return new Response("ok\n");
  }
}

export class Repository extends DurableObject {}
"#;

/// What is asked, one after the other, of a process that has not been asked anything.
const ASKED: [(&str, &str); 4] = [
    ("the first request, `/healthz`", "/healthz"),
    ("the next", "/healthz"),
    ("the first page, `/explore`", "/explore"),
    ("the next page", "/explore"),
];

/// CPU seconds: of the thread that requests run on, and of all.
type Cpu = (f64, f64);

/// The starts of a process and what it was asked, a round each.
#[derive(Default)]
pub(super) struct Isolates {
    empty: Vec<Vec<Cpu>>,
    ours: Vec<Vec<Cpu>>,
}

impl Isolates {
    /// Measures both a number of times, on a database that is set up.
    pub(super) fn measure(worker: &Build, folder: &Path, rounds: usize) -> Result<Self> {
        let (script, site) = (folder.join("empty/index.js"), folder.join("site"));
        std::fs::create_dir_all(folder.join("empty"))?;
        std::fs::create_dir_all(&site)?;
        std::fs::write(&script, EMPTY)?;
        Site::worker(worker, &site)?.set_up()?;
        let mut isolates = Self::default();
        for round in 0..rounds {
            eprintln!("round {}, a new isolate", round + 1);
            isolates.empty.push(life(&Site::empty(&script, &site)?)?);
            isolates.ours.push(life(&Site::worker(worker, &site)?)?);
        }
        Ok(isolates)
    }

    /// The table.
    pub(super) fn section(&self) -> String {
        let mut text = "## A new isolate\n\n\
            Milliseconds of CPU of workerd, by a Worker that does nothing but ask D1 as often, and by ours, which is the same but for the\n\
            script: what Miniflare's own Workers and D1 take is in both, and not in the difference. First that of the thread that requests run on,\n\
            which is what the network bills and limits, then that of all threads, with those that compile beside it. The start is that\n\
            of the process until it rests: the difference is loading the module, before there is a request.\n\n\
            | | an empty Worker | with all threads | ours | with all threads | difference | with all threads |\n\
            | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
        let titles = std::iter::once("the start").chain(ASKED.iter().map(|(title, _)| *title));
        for (at, title) in titles.enumerate() {
            let (empty, ours) = (middle(&self.empty, at), middle(&self.ours, at));
            let _ = writeln!(
                text,
                "| {title} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                empty.0,
                empty.1,
                ours.0,
                ours.1,
                ours.0 - empty.0,
                ours.1 - empty.1
            );
        }
        text
    }
}

/// Medians in milliseconds.
fn middle(rounds: &[Vec<Cpu>], at: usize) -> Cpu {
    let of = |figure: fn(&Cpu) -> f64| {
        let mut all: Vec<f64> = rounds.iter().filter_map(|round| round.get(at)).map(figure).collect();
        all.sort_by(f64::total_cmp);
        1_000.0 * all.get(all.len() / 2).copied().unwrap_or_default()
    };
    (of(|cpu| cpu.0), of(|cpu| cpu.1))
}

fn life(site: &Site) -> Result<Vec<Cpu>> {
    let pid = site.pid()?;
    let so_far = || -> Result<Cpu> {
        measure::rest(pid)?;
        Ok((measure::main_thread_seconds(pid)?, measure::cpu_seconds(pid)?))
    };
    let mut before = so_far()?;
    let mut all = vec![before];
    for (_, path) in ASKED {
        site.ask(path)?;
        let now = so_far()?;
        all.push((now.0 - before.0, now.1 - before.1));
        before = now;
    }
    Ok(all)
}
