//! A repository behind just enough HTTP for stock git: each request is one session.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of the support code")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failure here is a failed test")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use gitflare_db::{Db, sqlite::Sqlite};
use gitflare_port::{Caller, Head, Identity, Service};
use gitflare_repo::{Budget, Env, Pull, Repository, Shared};

/// A served repository, and a folder for clones.
pub struct Bridge {
    /// The repository.
    pub repository: Repository,
    /// Prefixes of refs that callers may not see.
    pub hidden: Arc<Mutex<Vec<String>>>,
    folder: tempfile::TempDir,
    url: String,
}

impl Bridge {
    /// Serves an empty repository.
    pub fn new() -> Self {
        let db = Db::new(Arc::new(Sqlite::memory().unwrap()));
        let repository = Repository::open(db, Shared::new(Budget::native()), 1).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/repo", listener.local_addr().unwrap());
        let hidden = Arc::new(Mutex::new(Vec::new()));
        let served = (repository.clone(), Arc::clone(&hidden));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (repository, hidden) = served.clone();
                std::thread::spawn(move || {
                    let hidden = hidden.lock().unwrap().clone();
                    // A client that went away is no concern of the test's.
                    let _ = answer(&repository, hidden, stream);
                });
            }
        });
        Self { repository, hidden, folder: tempfile::tempdir().unwrap(), url }
    }

    /// Where stock git finds it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A path in the folder of this test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs git in a folder of this test; it has to succeed.
    pub fn git(&self, at: &str, args: &[&str]) -> String {
        let output = self.try_git(at, args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?} in {at}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs git, however it ends.
    pub fn try_git(&self, at: &str, args: &[&str]) -> Output {
        command(&self.path(at), args).output().unwrap()
    }

    /// Runs git with input.
    pub fn git_with(&self, at: &str, args: &[&str], input: &[u8]) -> Output {
        let mut command = command(&self.path(at), args);
        let pipe = std::process::Stdio::piped;
        let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join();
        output
    }
}

fn command(at: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(at)
        .args(["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"])
        .args(args);
    for (key, value) in [
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@example.org"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@example.org"),
    ] {
        command.env(key, value);
    }
    command
}

/// What every call is given; time moves on its own.
pub fn env() -> Env {
    Env { now: 1_700_000_000, seed: 7 }
}

/// The head of a transfer by ada.
pub fn head(service: Service, version: u8, hidden: Vec<String>) -> Head {
    let identity = Identity { account: 1, name: "ada".into(), address: None };
    Head {
        service,
        version,
        advertise: false,
        stateless: true,
        gzip: false,
        caller: Caller { identity: Some(identity), hidden, locked: Vec::new() },
        notices: Vec::new(),
        propose: None,
        limit: None,
    }
}

/// Runs a whole transfer over bytes that are there already.
pub fn transfer(repository: &Repository, head: Head, input: &[u8]) -> Vec<u8> {
    let mut session = repository.transfer(head, &env());
    session.feed(input);
    session.eof();
    let mut out = Vec::new();
    loop {
        match session.pull(&env()) {
            Pull::Bytes(bytes) => out.extend_from_slice(&bytes),
            Pull::Busy => {}
            Pull::NeedInput | Pull::Done => return out,
        }
    }
}

/// One HTTP request and its answer.
fn answer(repository: &Repository, hidden: Vec<String>, mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let service =
        if request.contains("git-receive-pack") { Service::ReceivePack } else { Service::UploadPack };
    let version = match header("git-protocol") {
        Some(text) if text.contains("version=2") => 2,
        Some(text) if text.contains("version=1") => 1,
        _ => 0,
    };
    let mut head = head(service, version, hidden);
    head.advertise = request.contains("/info/refs");
    head.gzip = header("content-encoding").is_some_and(|coding| coding.contains("gzip"));
    let chunked = header("transfer-encoding").is_some();
    let mut left: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut session = repository.transfer(head, &env());
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {}\r\n\r\n",
        session.content_type()
    )?;
    loop {
        match session.pull(&env()) {
            Pull::Bytes(bytes) => stream.write_all(&bytes)?,
            Pull::Busy => {}
            Pull::Done => return stream.shutdown(std::net::Shutdown::Write),
            Pull::NeedInput if chunked => {
                let mut size = String::new();
                reader.read_line(&mut size)?;
                let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
                let mut bytes = vec![0; size + 2];
                reader.read_exact(&mut bytes)?;
                session.feed(&bytes[..size]);
                if size == 0 {
                    session.eof();
                }
            }
            Pull::NeedInput => {
                let mut bytes = vec![0; left.min(100_000)];
                let read = reader.read(&mut bytes)?;
                session.feed(&bytes[..read]);
                left -= read;
                if read == 0 || left == 0 {
                    session.eof();
                }
            }
        }
    }
}
