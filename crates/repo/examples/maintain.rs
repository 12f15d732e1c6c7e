//! Verifies and maintains a repository's database and says what it cost: `maintain DATABASE [flag]`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring tool for the terminal"
)]

use std::{env::args, sync::Arc, time::Instant};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_repo::{Budget, Env, Repository, Shared, packs};

fn main() {
    let db = Db::new(Arc::new(Sqlite::open(args().nth(1).unwrap(), Options::default()).unwrap()));
    let repository = Repository::open(db, Shared::new(Budget::native()), 1).unwrap();
    let begun = Instant::now();
    let findings = repository.verify(&Env { now: 0, seed: 1 }, &mut |_, _| {}).unwrap();
    println!("{findings:#?} after {:?}, {}", begun.elapsed(), memory());
    if args().nth(2).is_some() {
        repository.db().write("flag", packs::flag_all).unwrap();
    }
    let (begun, mut steps) = (Instant::now(), 0);
    let mut longest = std::time::Duration::ZERO;
    loop {
        let step = Instant::now();
        if !repository.maintain(&Env { now: 1_780_000_000, seed: 7 }).unwrap() {
            break;
        }
        steps += 1;
        longest = longest.max(step.elapsed());
    }
    println!("{steps} steps in {:?}, the longest {longest:?}, {}", begun.elapsed(), memory());
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap().to_owned()
}
