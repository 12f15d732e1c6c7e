//! What reading pages costs: `browse DATABASE [fill|-] [TIP] [BASE]`, CPU time of each command, cold once and then warm.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measuring tool for the terminal")]

use std::{env::args, sync::Arc};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_port::{
    Caller, Command, Reply,
    blame::BlameQuery,
    diff::{DiffQuery, DiffRange},
    download::{ArchiveFormat, PatchFormat, Wanted},
    log::LogQuery,
    refs::RefQuery,
};
use gitflare_repo::{Budget, Env, Repository, Shared};

const ENV: Env = Env { now: 1_780_000_000, seed: 7 };
const RUNS: usize = 400;

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
        let (cold, mut size) = run(&repository, &command);
        // The clock of a thread ticks in milliseconds: many runs are measured as one.
        let begun = cpu();
        let rounds = (0..RUNS)
            .take_while(|n| *n < 5 || cpu() - begun < 300.0)
            .map(|_| size = run(&repository, &command).1);
        let rounds = rounds.count();
        let warm = (cpu() - begun) / rounds as f64;
        println!("{name:34} cold {cold:8.2} ms  warm {warm:8.2} ms  {size:8} bytes");
    }
    for (name, what) in downloads() {
        let repository = open();
        let request = gitflare_port::download::Download { caller: caller(), what, body: Default::default() };
        let begun = cpu();
        let mut download = repository.download(&request).unwrap();
        let mut size = 0;
        while let Some(piece) = download.pull(0).unwrap() {
            size += piece.len();
        }
        println!("{name:34} cold {:8.2} ms  {size:26} bytes", cpu() - begun);
    }
    println!("{}", memory("VmHWM"));
}

fn run(repository: &Repository, command: &Command) -> (f64, usize) {
    let begun = cpu();
    let reply = repository.command(command.clone(), &ENV);
    let took = cpu() - begun;
    // Encoding is only for the other host, and not part of what is measured.
    let size = match &reply {
        Ok(reply) => serde_json::to_string::<Reply>(reply).unwrap().len(),
        Err(error) => {
            println!("{error:?}");
            0
        }
    };
    (took, size)
}

fn caller() -> Caller {
    Caller { identity: None, hidden: vec![], locked: vec![] }
}

fn downloads() -> Vec<(&'static str, Wanted)> {
    let file =
        Wanted::Raw { revision: None, path: "builtin/log.c".into(), span: Default::default(), part_of: None };
    let range = DiffRange::Between { base: args().nth(4), head: "HEAD".into() };
    vec![
        ("raw", file),
        ("tar", Wanted::Archive { revision: None, format: ArchiveFormat::Tar, prefix: "git".into() }),
        ("tar.gz", Wanted::Archive { revision: None, format: ArchiveFormat::TarGz, prefix: "git".into() }),
        ("diff of a range", Wanted::Patch { range, format: PatchFormat::Diff }),
    ]
}

fn commands() -> Vec<(&'static str, Command)> {
    let browse =
        |path: &str| Command::Browse { caller: caller(), revision: None, path: path.into(), after: None };
    let log = |query: LogQuery| Command::Log { caller: caller(), query: LogQuery { limit: 35, ..query } };
    let after = |n: u32| args().nth(3).map(|tip| format!("{tip}+{n}"));
    let blame = |path: &str| {
        let query = BlameQuery { path: path.into(), text: true, ..BlameQuery::default() };
        Command::Blame { caller: caller(), query }
    };
    let diff = |range: DiffRange| {
        let query = DiffQuery { texts: true, ..DiffQuery::new(range, 2_000) };
        Command::Diff { caller: caller(), query }
    };
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
        ("diff of a commit", diff(DiffRange::Commit { revision: None, parent: 1 })),
        ("diff of a range", diff(DiffRange::Between { base: args().nth(4), head: "HEAD".into() })),
        ("blame", blame("builtin/log.c")),
        ("blame of a large file", blame("sequencer.c")),
        ("paths", Command::Paths { caller: caller(), revision: None, after: None }),
        ("history across renames", log(LogQuery { follow: true, ..path("builtin/log.c") })),
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
