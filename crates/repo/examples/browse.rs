//! What reading pages costs: `browse DATABASE [fill]`, CPU time of each command, cold once and then the median.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring tool for the terminal"
)]

use std::{env::args, sync::Arc};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_port::{Caller, Command, Reply, log::LogQuery, refs::RefQuery};
use gitflare_repo::{Budget, Env, Repository, Shared};

const ENV: Env = Env { now: 1_780_000_000, seed: 7 };
const RUNS: usize = 15;

fn main() {
    let database = args().nth(1).unwrap();
    let open = || {
        let db = Db::new(Arc::new(Sqlite::open(&database, Options::default()).unwrap()));
        Repository::open(db, Shared::new(Budget::native()), 1).unwrap()
    };
    if args().nth(2).as_deref() == Some("fill") {
        let (repository, begun) = (open(), cpu());
        let mut slices = 0;
        while repository.maintain(&ENV).unwrap() {
            slices += 1;
        }
        println!("maintenance: {slices} slices, {:.1} s", (cpu() - begun) / 1e3);
    }
    for (name, command) in commands() {
        let repository = open();
        let (cold, size) = run(&repository, &command);
        let mut times: Vec<f64> = (0..RUNS).map(|_| run(&repository, &command).0).collect();
        times.sort_by(f64::total_cmp);
        println!("{name:34} cold {cold:8.2} ms  warm {:8.2} ms  {size:8} bytes", times[RUNS / 2]);
    }
    println!("{}", memory("VmHWM"));
}

fn run(repository: &Repository, command: &Command) -> (f64, usize) {
    let begun = cpu();
    let reply = repository.command(command.clone(), &ENV);
    let took = cpu() - begun;
    let size = match &reply {
        Ok(reply) => serde_json::to_string::<Reply>(reply).unwrap().len(),
        Err(error) => {
            println!("{error:?}");
            0
        }
    };
    (took, size)
}

fn commands() -> Vec<(&'static str, Command)> {
    let caller = || Caller { identity: None, hidden: vec![], locked: vec![] };
    let browse = |path: &str| Command::Browse { caller: caller(), revision: None, path: path.into() };
    let log = |query: LogQuery| Command::Log { caller: caller(), query: LogQuery { limit: 35, ..query } };
    let after = |n: u32| args().nth(3).map(|tip| format!("{tip}+{n}"));
    let path = |path: &str| LogQuery { path: path.into(), ..LogQuery::default() };
    vec![
        ("root", browse("")),
        ("folder", browse("Documentation/RelNotes")),
        (
            "file",
            Command::ReadFile {
                caller: caller(),
                revision: None,
                path: "builtin/log.c".into(),
                limit: 1 << 20,
            },
        ),
        ("log", log(LogQuery::default())),
        ("log, 10,000 deep", log(LogQuery { after: after(10_000), ..LogQuery::default() })),
        ("log, 80,000 deep", log(LogQuery { after: after(80_000), ..LogQuery::default() })),
        ("log of an author", log(LogQuery { authors: vec!["gitster".into()], ..LogQuery::default() })),
        ("log of nobody", log(LogQuery { authors: vec!["nobody at all".into()], ..LogQuery::default() })),
        ("log of a file", log(path("builtin/log.c"))),
        ("log of a folder", log(path("Documentation"))),
        ("commit", Command::Commit { caller: caller(), revision: None }),
        (
            "branches",
            Command::Branches { caller: caller(), query: RefQuery { limit: 50, ..RefQuery::default() } },
        ),
        ("tags", Command::Tags { caller: caller(), query: RefQuery { limit: 50, ..RefQuery::default() } }),
    ]
}

/// CPU time of this thread in milliseconds.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e6
}

fn memory(what: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with(what)).unwrap().to_owned()
}
