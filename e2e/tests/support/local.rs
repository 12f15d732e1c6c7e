//! Repositories on this machine, and stock git, which is the oracle.

use std::{
    ffi::OsStr,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU64, Ordering},
};

/// A local repository.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    pub(crate) path: PathBuf,
}

/// Seconds since the epoch of the next commit: they go up, so that history can be cut at a date.
static CLOCK: AtomicU64 = AtomicU64::new(1_700_000_000);

impl Local {
    /// A new one. It is bare: commits are written into it without a work tree.
    pub(crate) fn init(path: &Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        succeed(git(path).args(["init", "-q", "--bare"]));
        Self { path: path.to_owned() }
    }

    /// A new one that stock git serves like a server of today: filters and any reachable object on demand.
    pub(crate) fn twin(path: &Path) -> Self {
        let twin = Self::init(path);
        twin.git(["config", "uploadpack.allowFilter", "true"]);
        twin.git(["config", "uploadpack.allowReachableSHA1InWant", "true"]);
        twin.git(["config", "receive.advertisePushOptions", "true"]);
        twin
    }

    /// A clone of what is at `url`.
    pub(crate) fn clone(folder: &Path, words: &[&str], url: &str, name: &str) -> Self {
        succeed(git(folder).args(["clone", "-q"]).args(words).args([url, name]));
        Self { path: folder.join(name) }
    }

    /// Runs git, which must succeed. Its output and then its errors.
    #[track_caller]
    pub(crate) fn git<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> String {
        succeed(git(&self.path).args(words))
    }

    /// Runs git, which must fail. Its output and then its errors.
    #[track_caller]
    pub(crate) fn fails<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> String {
        fail(git(&self.path).args(words))
    }

    /// What a revision resolves to.
    #[track_caller]
    pub(crate) fn id(&self, revision: &str) -> String {
        self.git(["rev-parse", "--verify", revision]).trim().to_owned()
    }

    /// Commits on top of a branch, or as its first; `files` are added or replaced. The commit's id.
    pub(crate) fn commit(&self, branch: &str, files: &[(&str, &str)]) -> String {
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        self.commit_bytes(branch, &files)
    }

    /// The same with any bytes.
    pub(crate) fn commit_bytes(&self, branch: &str, files: &[(&str, &[u8])]) -> String {
        let name = format!("refs/heads/{branch}");
        let is_born =
            git(&self.path).args(["rev-parse", "-q", "--verify", &name]).output().unwrap().status.success();
        let from = if is_born { vec![format!("{name}^0")] } else { Vec::new() };
        let mut stream = Vec::new();
        write_commit(&mut stream, &name, 1, "commit", &from);
        for (path, content) in files {
            write_file(&mut stream, "100644", path, content);
        }
        self.import(&stream);
        self.id(&name)
    }

    /// Feeds `git fast-import`.
    pub(crate) fn import(&self, stream: &[u8]) {
        succeed_with(
            git(&self.path).args(["fast-import", "--quiet", "--force", "--date-format=raw"]),
            stream,
        );
    }

    /// Feeds `git fast-import`, and returns the ids behind its marks, in their order.
    pub(crate) fn import_with_marks(&self, stream: &[u8]) -> Vec<String> {
        let marks = self.path.join("marks");
        let export = format!("--export-marks={}", marks.display());
        let words = ["fast-import", "--quiet", "--force", "--date-format=raw", &export];
        succeed_with(git(&self.path).args(words), stream);
        let marks = std::fs::read_to_string(marks).unwrap();
        let pair = |line: &str| {
            let (mark, id) = line.split_once(' ').unwrap();
            (mark.trim_start_matches(':').parse::<u32>().unwrap(), id.to_owned())
        };
        let mut pairs: Vec<_> = marks.lines().map(pair).collect();
        pairs.sort();
        pairs.into_iter().map(|(_, id)| id).collect()
    }

    /// Adds many refs at once, without a file for each. What was added.
    pub(crate) fn packed(&self, refs: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
        let refs: Vec<_> = refs.into_iter().collect();
        self.git(["pack-refs", "--all"]);
        let path = self.path.join("packed-refs");
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let kept = kept.lines().filter(|line| !line.starts_with('#')).map(str::to_owned);
        let mut lines: Vec<String> =
            kept.chain(refs.iter().map(|(name, id)| format!("{id} {name}"))).collect();
        // Those with a peeled id have it on the next line: nothing here adds to such a repository.
        assert!(!lines.iter().any(|line| line.starts_with('^')));
        lines.sort_by_key(|line| line.split_once(' ').map(|(_, name)| name.to_owned()));
        std::fs::write(path, format!("# pack-refs with: sorted \n{}\n", lines.join("\n"))).unwrap();
        refs
    }

    /// A pack, as `git push` would send it: `revisions` are tips, and with `^` before them what the other side has.
    pub(crate) fn pack(&self, revisions: &[&str], words: &[&str]) -> Vec<u8> {
        let input = revisions.join("\n") + "\n";
        let mut command = git(&self.path);
        command.args(["pack-objects", "--revs", "--stdout", "-q"]).args(words);
        let output = run_with(&mut command, input.as_bytes());
        assert!(output.status.success(), "{}", text(&output.stderr));
        output.stdout
    }

    /// Refs with what they name, `HEAD` among them.
    pub(crate) fn refs(&self) -> String {
        self.git([
            "for-each-ref",
            "--format=%(refname) %(objectname) %(*objectname)",
            "refs/heads",
            "refs/tags",
        ])
    }

    /// The ids of all objects that refs reach, in order.
    pub(crate) fn objects(&self) -> Vec<String> {
        let listed = self.git(["rev-list", "--objects", "--all", "--no-object-names"]);
        let mut ids: Vec<String> = listed.lines().map(str::to_owned).collect();
        ids.sort();
        ids
    }

    /// As strict as git can be about what it holds.
    #[track_caller]
    pub(crate) fn fsck(&self) {
        self.git(["fsck", "--strict", "--no-progress"]);
    }

    /// Text of a file in the work tree of a clone.
    pub(crate) fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.path.join(name)).unwrap()
    }
}

/// Both have the same branches, tags and objects, and git finds nothing wrong in the first.
#[track_caller]
pub(crate) fn assert_same(one: &Local, other: &Local) {
    one.fsck();
    assert_eq!(one.refs(), other.refs());
    let (ours, theirs) = (one.objects(), other.objects());
    assert_eq!(ours.len(), theirs.len(), "objects");
    assert!(ours == theirs, "the same number of other objects");
}

/// The head of a commit in the stream of `git fast-import`. `from` are its parents, the first before those merged.
pub(crate) fn write_commit(stream: &mut Vec<u8>, name: &str, mark: usize, message: &str, from: &[String]) {
    let time = CLOCK.fetch_add(60, Ordering::Relaxed);
    write!(stream, "commit {name}\nmark :{mark}\ncommitter Ada <ada@example.org> {time} +0000\n").unwrap();
    write!(stream, "data {}\n{message}\n", message.len()).unwrap();
    for (n, parent) in from.iter().enumerate() {
        writeln!(stream, "{} {parent}", if n == 0 { "from" } else { "merge" }).unwrap();
    }
}

/// A file of a commit.
pub(crate) fn write_file(stream: &mut Vec<u8>, mode: &str, path: &str, content: &[u8]) {
    write!(stream, "M {mode} inline {path}\ndata {}\n", content.len()).unwrap();
    stream.extend(content);
    stream.push(b'\n');
}

/// The second of the next commit.
pub(crate) fn now() -> u64 {
    CLOCK.load(Ordering::Relaxed)
}

/// Stock git, without the configuration of whoever runs the suite.
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
        .stdin(Stdio::null())
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"])
        .args(["-c", "advice.detachedHead=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        // Nothing here has to survive the machine.
        .args(["-c", "core.fsync=none"]);
    command
}

/// Runs a command, which must succeed. Its output and then its errors.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let both = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{both}");
    both
}

/// Runs a command, which must fail. Its output and then its errors.
#[track_caller]
pub(crate) fn fail(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let both = text(&output.stdout) + &text(&output.stderr);
    assert!(!output.status.success(), "it succeeded: {command:?}\n{both}");
    both
}

/// Runs a command with this input, which must succeed.
#[track_caller]
pub(crate) fn succeed_with(command: &mut Command, input: &[u8]) -> String {
    let output = run_with(command, input);
    assert!(output.status.success(), "{command:?}\n{}", text(&output.stderr));
    text(&output.stdout)
}

fn run_with(command: &mut Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that reads nothing may be gone already.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
