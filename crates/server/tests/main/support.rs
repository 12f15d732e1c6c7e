//! A throw-away world: a folder, a server on it, one account with its token, and stock git.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const SETUP: &str = "setup-token-of-the-tests";

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gitflare"));
    command.env_remove("GITFLARE_DATA").env_remove("GITFLARE_SETUP_TOKEN").env_remove("RUST_LOG");
    command.env_remove("GITFLARE_TOKEN");
    command.env_remove("GIT_PROTOCOL").stdin(Stdio::null());
    command
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    server: Option<Server>,
    pub(crate) token: String,
}

pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) lines: Vec<String>,
}

impl World {
    /// A server with the account `ada`, who administers it.
    pub(crate) fn new() -> Self {
        let mut world = Self::without_server();
        world.start();
        let form = format!("token={SETUP}&name=ada&password={}", PASSWORD.replace(' ', "+"));
        let answer = world.post("/setup", "application/json", &form);
        let token = answer.split("{\"token\":\"").nth(1).expect(&answer).split('"').next().unwrap();
        world.token = token.to_owned();
        world
    }

    pub(crate) fn without_server() -> Self {
        let folder = tempfile::Builder::new().prefix("gitflare-").tempdir().unwrap();
        Self { folder, server: None, token: String::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub(crate) fn start(&mut self) {
        self.server = Some(Server::start(&self.data(), &self.path("log"), &[]));
    }

    pub(crate) fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            assert!(server.stop().success());
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    pub(crate) fn address(&self) -> &str {
        &self.server.as_ref().unwrap().address
    }

    pub(crate) fn lines(&self) -> &[String] {
        &self.server.as_ref().unwrap().lines
    }

    /// Where git finds a repository, with ada's token.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://ada:{}@{}/{name}.git", self.token, self.address())
    }

    /// A command that must succeed; its output.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> String {
        let output = self.try_run(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    pub(crate) fn try_run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = program();
        command.arg("--data").arg(self.data()).args(arguments);
        finish(command, input)
    }

    /// The same over HTTP, with ada's token.
    pub(crate) fn try_there(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = program();
        command.args(["--url", &format!("http://{}", self.address())]).args(arguments);
        command.env("GITFLARE_TOKEN", &self.token);
        finish(command, input)
    }

    /// A command that must fail; its one line.
    pub(crate) fn fail(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments, "");
        assert!(!output.status.success(), "{arguments:?} succeeded");
        let line = text(&output.stderr).trim_end().to_owned();
        assert!(!line.contains('\n') && line.starts_with("error: "), "{line}");
        line
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let address = self.address();
        exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn post(&self, path: &str, accept: &str, form: &str) -> String {
        let (address, length) = (self.address(), form.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAccept: {accept}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
        );
        exchange(address, &request)
    }
}

impl Server {
    pub(crate) fn start(data: &Path, log: &Path, arguments: &[&str]) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let mut child = program()
            .arg("--data")
            .arg(data)
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("GITFLARE_SETUP_TOKEN", SETUP)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = vec![stdout.next().expect("a first line").unwrap()];
        let address = lines[0].strip_prefix("listening on http://").expect(&lines[0]).to_owned();
        if !data.join("restored").exists() && is_set_up(&address) {
            return Self { child, address, lines };
        }
        lines.extend(stdout.next().map(Result::unwrap));
        Self { child, address, lines }
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn stop(mut self) -> std::process::ExitStatus {
        self.signal("TERM");
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "the server does not stop");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

/// Runs a command that is given this input.
pub(crate) fn finish(mut command: Command, input: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// Once there is an account, there is no second line to wait for.
fn is_set_up(address: &str) -> bool {
    let request =
        format!("GET /setup?token={SETUP} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange(address, &request).starts_with("HTTP/1.1 404")
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    text(&answer)
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Stock git, without the configuration of whoever runs the tests.
pub(crate) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"])
        .args(["-c", "protocol.ext.allow=always", "-c", "advice.detachedHead=false", "-c", "gc.auto=0"]);
    command
}

/// Runs git, which must succeed; its output and then its errors.
pub(crate) fn run_git<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> String {
    let output = git(folder).args(arguments).output().unwrap();
    let both = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{both}");
    both
}

/// A repository with a little of everything: branches, a merge, annotated and nested tags, folders, a symbolic link,
/// a submodule, files that changed often enough to be deltas.
pub(crate) fn history(folder: &Path) -> PathBuf {
    let work = folder.join("work");
    std::fs::create_dir_all(work.join("src/deep")).unwrap();
    run_git(&work, ["init", "-q"]);
    let mut lines: Vec<String> =
        (0..400).map(|n| format!("line {n} of a file that changes a little\n")).collect();
    for round in 0..12 {
        lines[round * 30] = format!("round {round}\n");
        std::fs::write(work.join("README.md"), lines.concat()).unwrap();
        std::fs::write(work.join("src/deep/file.txt"), format!("{round}\n")).unwrap();
        commit(&work, &format!("round {round}"));
    }
    std::os::unix::fs::symlink("README.md", work.join("link")).unwrap();
    let gitlink = "160000,0123456789012345678901234567890123456789,module";
    run_git(&work, ["update-index", "--add", "--cacheinfo", gitlink]);
    run_git(&work, ["add", "link"]);
    run_git(&work, ["commit", "-q", "-m", "a link and a submodule"]);
    run_git(&work, ["checkout", "-q", "-b", "topic", "HEAD~3"]);
    std::fs::write(work.join("topic"), "topic\n").unwrap();
    run_git(&work, ["add", "topic"]);
    run_git(&work, ["commit", "-q", "-m", "topic"]);
    run_git(&work, ["checkout", "-q", "-f", "main"]);
    run_git(&work, ["merge", "-q", "--no-ff", "-m", "merge", "topic"]);
    run_git(&work, ["tag", "-a", "v1", "-m", "one"]);
    run_git(&work, ["tag", "-a", "nested", "-m", "a tag of a tag", "v1"]);
    run_git(&work, ["tag", "light", "HEAD~2"]);
    work
}

pub(crate) fn commit(work: &Path, message: &str) {
    run_git(work, ["add", "-A", "."]);
    run_git(work, ["commit", "-q", "-m", message]);
}

/// Both have the same branches, tags and objects. Says the first difference only: there may be many.
pub(crate) fn assert_same(one: &Path, other: &Path) {
    let (ours, theirs) = (content(one), content(other));
    let differs = |(a, b): &(&str, &str)| a != b;
    assert_eq!(ours.0.lines().zip(theirs.0.lines()).find(differs), None);
    assert_eq!(ours.0.lines().count(), theirs.0.lines().count(), "refs");
    assert_eq!(ours.1.len(), theirs.1.len(), "objects");
    assert!(ours.1 == theirs.1, "the same number of other objects");
}

fn content(repository: &Path) -> (String, Vec<String>) {
    let refs =
        run_git(repository, ["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"]);
    let objects = run_git(repository, ["rev-list", "--objects", "--all", "--no-object-names"]);
    let mut objects: Vec<String> = objects.lines().map(str::to_owned).collect();
    objects.sort();
    (refs, objects)
}

pub(crate) fn fsck(repository: &Path) {
    run_git(repository, ["fsck", "--strict", "--no-progress"]);
}
