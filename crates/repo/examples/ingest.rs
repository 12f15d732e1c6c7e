//! Pushes one packfile into a fresh repository and says what it cost: `ingest PACK DATABASE`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring tool for the terminal"
)]

use std::{env::args, fs::File, io::Read, sync::Arc, time::Instant};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_git::pktline;
use gitflare_port::{Caller, Head, Service};
use gitflare_repo::{Budget, Env, Pull, Repository, Shared};

fn main() {
    let (pack, database, tip) = (args().nth(1).unwrap(), args().nth(2).unwrap(), args().nth(3).unwrap());
    let db = Db::new(Arc::new(Sqlite::open(database, Options::default()).unwrap()));
    let repository = Repository::open(
        db,
        Shared::new(Budget {
            objects: args().nth(4).map_or(40, |n| n.parse().unwrap()) << 20,
            ..Budget::native()
        }),
        1,
    )
    .unwrap();
    let caller = Caller { identity: None, hidden: vec![], locked: vec![] };
    let head = Head {
        service: Service::ReceivePack,
        version: 0,
        advertise: false,
        stateless: true,
        gzip: false,
        caller,
        notices: vec![],
        propose: None,
        limit: None,
    };
    let env = Env { now: 1_780_000_000, seed: 7 };
    let mut session = repository.transfer(head, &env);
    let mut body = Vec::new();
    pktline::text(&mut body, &format!("{} {tip} refs/heads/main\0report-status", "0".repeat(40)));
    pktline::flush(&mut body);
    session.feed(&body);
    let mut file = File::open(pack).unwrap();
    let mut piece = vec![0; 1 << 20];
    let begun = Instant::now();
    loop {
        match session.pull(&env) {
            Pull::Bytes(bytes) => println!("{}", String::from_utf8_lossy(&bytes)),
            Pull::Busy => {}
            Pull::Done => break,
            Pull::NeedInput => match file.read(&mut piece).unwrap() {
                0 => {
                    println!("read after {:?}, {}", begun.elapsed(), memory("VmHWM"));
                    session.eof();
                }
                n => session.feed(&piece[..n]),
            },
        }
    }
    println!("done after {:?}", begun.elapsed());
    println!("{}", memory("VmHWM"));
}

fn memory(what: &str) -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with(what)).unwrap().to_owned()
}
