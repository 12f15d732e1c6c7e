//! `cargo xtask soak diffs PATH…`: what we say differs in each of many commits, beside what stock git says.
//!
//! Three things are compared with the first parent: files, renames and counts of lines (`--numstat -M`), the whole text of
//! the patch, and, of some commits, whether our patch makes the child's tree of the parent's.

mod objects;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use gitflare_git::diff::{
    rename::{self, Change, From, Wanted},
    text::{self, Style},
    tree,
};
use gitflare_git::{ObjectFormat, Oid};

use self::objects::Objects;
use super::name_of;
use crate::git::Git;
use crate::host::{self, Result};

/// Commits of each repository, unless said otherwise.
const COMMITS: usize = 2_500;
/// Of how many of them the patch is applied.
const APPLIED: usize = 200;

/// What was seen.
#[derive(Default)]
struct Seen {
    commits: usize,
    files: usize,
    renames: usize,
    counts_differ: usize,
    texts_differ: usize,
    applied: usize,
    not_applied: usize,
}

/// Compares each repository named.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (mut commits, mut apply, mut paths) = (COMMITS, APPLIED, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--commits" => commits = words.next().ok_or("--commits needs a number")?.parse()?,
            "--apply" => apply = words.next().ok_or("--apply needs a number")?.parse()?,
            path => paths.push(std::fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?),
        }
    }
    let scratch = tempfile::Builder::new().prefix("gitflare-diffs-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let mut failed = false;
    for path in &paths {
        let mut soak = Soak::begin(&git, path, scratch.path())?;
        let list = git.run(path, ["rev-list", "HEAD"])?;
        // Some from all of the history.
        let stride = (list.lines().count() / commits.max(1)).max(1);
        let list: Vec<_> = list.lines().step_by(stride).take(commits).collect();
        let every = (list.len() / apply.max(1)).max(1);
        for (n, commit) in list.into_iter().enumerate() {
            soak.commit(commit, apply > 0 && n % every == 0)?;
        }
        let Seen { commits, files, renames, counts_differ, texts_differ, applied, not_applied } = soak.seen;
        println!(
            "{}: {commits} commits, {files} files, {renames} renames: {counts_differ} with other counts, {texts_differ} \
             with another text; {applied} patches applied, {not_applied} not",
            name_of(path)
        );
        failed |= counts_differ + texts_differ + not_applied > 0;
    }
    if failed { Err("some diffs are not stock git's".into()) } else { Ok(()) }
}

struct Soak<'a> {
    git: &'a Git,
    path: &'a Path,
    /// Objects and an index of our own, so that nothing is written into the repository.
    scratch: PathBuf,
    objects: Objects,
    seen: Seen,
}

impl<'a> Soak<'a> {
    fn begin(git: &'a Git, path: &'a Path, folder: &Path) -> Result<Self> {
        let scratch = folder.join(name_of(path));
        std::fs::create_dir_all(scratch.join("objects"))?;
        let objects = Objects::open(git, path)?;
        Ok(Self { git, path, scratch, objects, seen: Seen::default() })
    }

    fn commit(&mut self, commit: &str, apply: bool) -> Result<()> {
        let id = |hex: &str| Oid::from_hex(hex).ok_or("not an object id");
        let head = self.objects.read(&id(commit)?)?;
        let head = gitflare_git::object::commit_head(&head, ObjectFormat::Sha1)?;
        let parent = head.parents.first().copied();
        let before = match parent {
            Some(parent) => {
                let parent = self.objects.read(&parent)?;
                Some(gitflare_git::object::commit_head(&parent, ObjectFormat::Sha1)?.tree)
            }
            None => None,
        };
        let changes = self.changes(before, head.tree)?;
        let (numstat, patch) = self.ours(&changes)?;
        let base =
            parent.map_or_else(|| "4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned(), |oid| oid.to_hex());
        self.seen.commits += 1;
        self.seen.files += changes.len();
        self.seen.renames += changes.iter().filter(|change| change.from != From::Place).count();
        let theirs = self.theirs(&["--numstat", "-z"], &base, commit)?;
        if numstat != theirs {
            self.seen.counts_differ += 1;
            self.tell(commit, "counts", &numstat, &theirs);
        }
        let theirs = self.theirs(&["-p", "--full-index", "--binary"], &base, commit)?;
        if without_binary(&patch) != without_binary(&theirs) {
            self.seen.texts_differ += 1;
            self.tell(commit, "text", &patch, &theirs);
        }
        if apply && !patch.is_empty() {
            match self.applies(&base, &patch, &head.tree.to_hex()) {
                Ok(()) => self.seen.applied += 1,
                Err(error) => {
                    self.seen.not_applied += 1;
                    println!("{commit}: {error}");
                }
            }
        }
        Ok(())
    }

    fn changes(&mut self, old: Option<Oid>, new: Oid) -> Result<Vec<Change>> {
        let objects = &mut self.objects;
        let mut read = |oid: &Oid| objects.read(oid);
        let (changes, _) = tree::changes(old, Some(new), ObjectFormat::Sha1, usize::MAX, &mut read)?;
        let wanted = Wanted { bytes: u64::MAX, ..Wanted::default() };
        Ok(rename::find(changes, wanted, objects)?.0)
    }

    /// Our numstat and patch.
    fn ours(&mut self, changes: &[Change]) -> Result<(Vec<u8>, Vec<u8>)> {
        let style = Style { digits: 40, largest: usize::MAX, ..Style::default() };
        let (mut numstat, mut patch) = (Vec::new(), Vec::new());
        for change in changes {
            let mut blob = |side: &Option<(Vec<u8>, tree::Side)>| match side {
                Some((_, side)) if !side.is_gitlink() => self.objects.read(&side.oid),
                _ => Ok(std::rc::Rc::default()),
            };
            let (old, new) = (blob(&change.old)?, blob(&change.new)?);
            let (mut line, mut other) = (Vec::new(), Vec::new());
            let old = text::content(change.old.as_ref(), &old, &mut line);
            let new = text::content(change.new.as_ref(), &new, &mut other);
            let counts = text::counts(old, new, style);
            let counted = if counts.is_binary {
                "-\t-\t".to_owned()
            } else {
                format!("{}\t{}\t", counts.added, counts.deleted)
            };
            numstat.extend_from_slice(counted.as_bytes());
            if let (true, Some((old, _))) = (change.from != From::Place, &change.old) {
                numstat.extend_from_slice(&[b"\0", old.as_slice(), b"\0"].concat());
            }
            numstat.extend_from_slice(&[change.path(), b"\0"].concat());
            text::write(&mut patch, change, old, new, style);
        }
        Ok((numstat, patch))
    }

    fn theirs(&self, options: &[&str], base: &str, commit: &str) -> Result<Vec<u8>> {
        let mut command = self.git.command();
        command.arg("-C").arg(self.path).args(["diff-tree", "-r", "-M"]).args(options).args([base, commit]);
        host::output(&mut command)
    }

    /// Whether our patch makes the child's tree of the parent's.
    fn applies(&self, base: &str, patch: &[u8], tree: &str) -> Result<()> {
        let index = self.scratch.join("index");
        let run = |arguments: &[&str], input: &[u8]| -> Result<Vec<u8>> {
            let mut command = self.git.command();
            command.arg("-C").arg(self.path).args(arguments).env("GIT_INDEX_FILE", &index);
            command.env("GIT_OBJECT_DIRECTORY", self.scratch.join("objects"));
            command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.path.join("objects"));
            let mut child =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
            child.stdin.take().ok_or("no stdin")?.write_all(input)?;
            let output = child.wait_with_output()?;
            if output.status.success() {
                Ok(output.stdout)
            } else {
                Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
            }
        };
        run(&["read-tree", base], b"")?;
        run(&["apply", "--cached", "--whitespace=nowarn"], patch)?;
        let made = String::from_utf8_lossy(&run(&["write-tree"], b"")?).trim().to_owned();
        if made == tree { Ok(()) } else { Err("the patch makes another tree".into()) }
    }

    /// Shows the first lines that differ.
    fn tell(&self, commit: &str, what: &str, ours: &[u8], theirs: &[u8]) {
        if self.seen.counts_differ + self.seen.texts_differ > 20 {
            return;
        }
        let split = |text: &[u8]| -> Vec<String> {
            let lines = text.split(|byte| matches!(byte, b'\n' | 0));
            lines.map(|line| String::from_utf8_lossy(line).into_owned()).collect()
        };
        let (ours, theirs) = (split(ours), split(theirs));
        let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        println!("{commit}: other {what} at line {at}");
        for (name, lines) in [("ours", ours), ("git", theirs)] {
            for line in lines.iter().skip(at).take(4) {
                println!("  {name:4} {}", line.chars().take(120).collect::<String>());
            }
        }
    }
}

/// A patch without the bytes of files that are not text: those may be deflated in another way.
fn without_binary(patch: &[u8]) -> Vec<&[u8]> {
    let mut kept = Vec::new();
    let mut inside = false;
    for line in patch.split(|byte| *byte == b'\n') {
        if line.starts_with(b"diff --git ") {
            inside = false;
        }
        inside |= line == b"GIT binary patch";
        if !inside {
            kept.push(line);
        }
    }
    kept
}
