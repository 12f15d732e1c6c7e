//! A small world: a repository in a temporary folder, and stock git beside it.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of the support code")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

pub mod check;
pub mod histories;
pub mod packs;
pub mod pushing;

use std::{
    path::{Path, PathBuf},
    process::{Command as Process, Stdio},
    sync::Arc,
};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_git::pktline;
use gitflare_port::{Caller, Command, Head, Identity, Reply, Service, command::Stat};
use gitflare_repo::{Budget, Env, Pull, Repository, Session, Shared, refs};
use tempfile::TempDir;

/// Monday morning in this world.
pub const NOW: i64 = 1_780_000_000;

/// One repository and a folder for clones.
pub struct World {
    pub dir: TempDir,
    pub repository: Repository,
}

/// What the host hands in.
pub fn env() -> Env {
    Env { now: NOW, seed: 42 }
}

/// A transfer's head, as ada sends it.
pub fn head(service: Service, version: u8, advertise: bool) -> Head {
    let identity = Identity { account: 1, name: "ada".into(), address: Some("127.0.0.1".into()) };
    let caller = Caller { identity: Some(identity), hidden: Vec::new(), locked: vec!["refs/pull/".into()] };
    Head {
        service,
        version,
        advertise,
        stateless: true,
        gzip: false,
        caller,
        notices: Vec::new(),
        propose: None,
        limit: None,
    }
}

impl World {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let repository = open(&dir.path().join("repository.sqlite"));
        Self { dir, repository }
    }

    /// A working copy with `commits` commits on `main`, whose files make git write deltas.
    pub fn history(&self, commits: usize) -> PathBuf {
        let work = self.dir.path().join("work");
        git_init(&work);
        for n in 0..commits {
            commit(&work, n);
        }
        work
    }

    /// Pushes what `refs` say (name on the server, revision here) without asking what the server has.
    pub fn push(&self, work: &Path, refs: &[(&str, &str)]) -> String {
        let commands: Vec<_> = refs
            .iter()
            .map(|(name, revision)| {
                let old = self.oid(name).unwrap_or_else(|| "0".repeat(40));
                let new = if revision.is_empty() {
                    "0".repeat(40)
                } else {
                    git(work, &["rev-parse", revision]).trim().to_owned()
                };
                (old, new, (*name).to_owned())
            })
            .collect();
        let wanted: Vec<_> =
            commands.iter().filter(|(_, new, _)| !new.starts_with("0000000")).map(|c| c.1.clone()).collect();
        let pack = if wanted.is_empty() { Vec::new() } else { pack(work, &wanted, &[]) };
        self.send(&commands, &pack, "report-status side-band-64k ofs-delta")
    }

    /// Sends commands and a pack; answers report and progress as text.
    pub fn send(&self, commands: &[(String, String, String)], pack: &[u8], capabilities: &str) -> String {
        let mut body = Vec::new();
        for (n, (old, new, name)) in commands.iter().enumerate() {
            let capabilities = if n == 0 { format!("\0{capabilities}") } else { String::new() };
            pktline::text(&mut body, &format!("{old} {new} {name}{capabilities}"));
        }
        pktline::flush(&mut body);
        body.extend_from_slice(pack);
        let mut session = self.repository.transfer(head(Service::ReceivePack, 0, false), &env());
        String::from_utf8_lossy(&drive(&mut session, &body)).into_owned()
    }

    pub fn oid(&self, name: &str) -> Option<String> {
        self.repository
            .db()
            .read(|sql| refs::get(sql, name.as_bytes()))
            .unwrap()
            .map(|found| found.oid.to_hex())
    }

    /// All refs, as `for-each-ref --format='%(objectname) %(refname)'` shows them.
    pub fn refs(&self) -> String {
        let refs = self.repository.db().read(refs::all).unwrap();
        refs.iter().map(|found| format!("{} {}\n", found.oid, String::from_utf8_lossy(&found.name))).collect()
    }

    pub fn stat(&self) -> Stat {
        match self.repository.command(Command::Stat, &env()) {
            Ok(Reply::Stat(stat)) => stat,
            other => panic!("{other:?}"),
        }
    }
}

/// Opens a repository's database.
pub fn open(path: &Path) -> Repository {
    let db = Db::new(Arc::new(Sqlite::open(path, Options::default()).unwrap()));
    Repository::open(db, Shared::new(Budget::native()), 1).unwrap()
}

/// Feeds a whole body and collects the whole answer.
pub fn drive(session: &mut Session, body: &[u8]) -> Vec<u8> {
    let mut pieces = body.chunks(8_192);
    let mut out = Vec::new();
    loop {
        match session.pull(&env()) {
            Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
            Pull::Busy => {}
            Pull::Done => return out,
            Pull::NeedInput => match pieces.next() {
                Some(piece) => session.feed(piece),
                None => session.eof(),
            },
        }
    }
}

/// A fresh working copy.
pub fn git_init(work: &Path) {
    std::fs::create_dir_all(work).unwrap();
    git(work, &["init", "-q", "-b", "main"]);
}

/// One commit that changes a growing file, one of many small ones, and one deep in folders.
pub fn commit(work: &Path, n: usize) {
    let lines: String = (0..200)
        .map(|line| format!("line {line} as of {}\n", if line % 50 == n % 50 { n } else { 0 }))
        .collect();
    std::fs::create_dir_all(work.join(format!("src/part{}/inner", n % 7))).unwrap();
    std::fs::write(work.join("growing.txt"), lines).unwrap();
    std::fs::write(
        work.join(format!("src/part{}/inner/file{}.txt", n % 7, n % 13)),
        format!("{n}\n").repeat(40),
    )
    .unwrap();
    git(work, &["add", "-A"]);
    git(work, &["commit", "-q", "-m", &format!("change {n}")]);
}

/// Runs stock git and answers what it printed.
pub fn git(work: &Path, args: &[&str]) -> String {
    String::from_utf8_lossy(&git_bytes(work, args, &[])).into_owned()
}

/// Runs stock git with `input`, in an environment of its own, and answers what it printed.
pub fn git_bytes(work: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut child = Process::new("git")
        .current_dir(work)
        .args(args)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@example.org")
        .env("GIT_AUTHOR_DATE", "1780000000 +0200")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.org")
        .env("GIT_COMMITTER_DATE", "1780000000 +0200")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// A pack of what `wanted` reaches and `had` does not; thin if anything is had.
pub fn pack(work: &Path, wanted: &[String], had: &[String]) -> Vec<u8> {
    let mut revisions: String = wanted.iter().map(|oid| format!("{oid}\n")).collect();
    revisions.extend(had.iter().map(|oid| format!("^{oid}\n")));
    git_bytes(
        work,
        &["pack-objects", "--revs", "--stdout", "--thin", "--delta-base-offset", "-q"],
        revisions.as_bytes(),
    )
}
