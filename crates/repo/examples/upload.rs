//! Answers one fetch from a repository's database and says what it cost: `upload DATABASE OUT LINE…`, where lines are the
//! arguments of a version 2 fetch; `all` stands for a want of every ref, `HEAD` for one of it. The pack goes to OUT.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measuring tool for the terminal"
)]

use std::{env::args, fs::File, io::Write, sync::Arc, time::Instant};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_git::pktline::{self, Packet};
use gitflare_port::{Caller, Head, Service};
use gitflare_repo::{Budget, Env, Pull, Repository, Shared, refs, state};

fn main() {
    let (database, out) = (args().nth(1).unwrap(), args().nth(2).unwrap());
    let db = Db::new(Arc::new(Sqlite::open(database, Options::default()).unwrap()));
    let repository = Repository::open(db, Shared::new(Budget::native()), 1).unwrap();
    let mut body = Vec::new();
    pktline::text(&mut body, "command=fetch");
    pktline::delim(&mut body);
    for line in args().skip(3) {
        let all = repository.db().read(refs::all).unwrap();
        let head = repository.db().read(state::get).unwrap().head;
        for found in &all {
            if line == "all" || (line == "HEAD" && found.name == head) {
                pktline::text(&mut body, &format!("want {}", found.oid));
            }
        }
        if line != "all" && line != "HEAD" {
            pktline::text(&mut body, &line);
        }
    }
    pktline::flush(&mut body);
    let caller = Caller { identity: None, hidden: vec![], locked: vec![] };
    let head = Head {
        service: Service::UploadPack,
        version: 2,
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
    session.feed(&body);
    session.eof();
    let mut file = (out != "-").then(|| File::create(out).unwrap());
    let (begun, before, mut bytes, mut longest) = (Instant::now(), cpu(), 0, 0);
    loop {
        let slice = Instant::now();
        let pull = session.pull(&env);
        longest = longest.max(slice.elapsed().as_millis());
        match pull {
            Pull::Bytes(piece) => {
                bytes += piece.len();
                if let Some(file) = &mut file {
                    unpack(file, &piece);
                }
            }
            Pull::Busy => {}
            Pull::NeedInput | Pull::Done => break,
        }
    }
    println!(
        "{bytes} bytes, {:?}, longest slice {longest} ms, cpu {} ms, {}",
        begun.elapsed(),
        cpu() - before,
        memory()
    );
}

/// Writes what came on band 1; every piece is whole packets.
fn unpack(file: &mut File, mut piece: &[u8]) {
    while let Some((packet, used)) = pktline::parse(piece).unwrap() {
        match packet {
            Packet::Data([1, data @ ..]) => file.write_all(data).unwrap(),
            Packet::Data([band, text @ ..]) if *band != 2 => {
                println!("{}{}", char::from(*band), String::from_utf8_lossy(text).trim());
            }
            _ => {}
        }
        piece = &piece[used..];
    }
}

/// CPU time of this process, in milliseconds.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let times: Vec<u64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|n| n.parse().unwrap())
        .collect();
    times.iter().sum::<u64>() * 10
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned()
}
