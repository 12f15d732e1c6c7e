//! A repository under test: what is pushed to it, and what should be there.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::git::Git;
use crate::host::Result;
use crate::soak::random::Random;

/// Every ref and what it names.
pub(crate) type Refs = BTreeMap<String, String>;

/// What a round pushes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    Create,
    Commit,
    Large,
    Thin,
    Several,
    Atomic,
    Delete,
    Force,
}

/// One push.
pub(crate) struct Plan {
    /// What sort.
    pub(crate) kind: Kind,
    /// Each ref, and what it shall name; nothing is a deletion.
    pub(crate) moves: Vec<(String, Option<String>)>,
}

impl Plan {
    /// The refs once it went through.
    pub(crate) fn after(&self, before: &Refs) -> Refs {
        let mut after = before.clone();
        for (name, value) in &self.moves {
            match value {
                Some(oid) => drop(after.insert(name.clone(), oid.clone())),
                None => drop(after.remove(name)),
            }
        }
        after
    }

    /// The arguments of `git push`.
    pub(crate) fn arguments(&self, url: &str) -> Vec<String> {
        let mut arguments: Vec<String> = ["push", "--porcelain"].map(str::to_owned).into();
        if self.kind == Kind::Atomic {
            arguments.push("--atomic".to_owned());
        }
        arguments.push(url.to_owned());
        arguments.extend(self.moves.iter().map(|(name, value)| match value {
            Some(oid) => format!("+{oid}:{name}"),
            None => format!(":{name}"),
        }));
        arguments
    }
}

/// A repository with what it should hold.
pub(crate) struct Patch {
    /// Its name on the server.
    pub(crate) name: String,
    /// Where its pushes come from.
    pub(crate) stage: PathBuf,
    /// What the server should list.
    pub(crate) refs: Refs,
    /// A text that changes a line at a time, so that its pushes are thin.
    lines: Vec<String>,
    serial: u64,
}

impl Patch {
    /// An empty one, on this side and not yet on the other.
    pub(crate) fn new(git: &Git, folder: &Path, name: String, random: &mut Random) -> Result<Self> {
        let stage = folder.join(format!("{name}.git"));
        git.run(folder, ["init", "--quiet", "--bare", &stage.to_string_lossy()])?;
        let lines = (0..600).map(|_| format!("{:016x} {:016x} words\n", random.next(), random.next()));
        Ok(Self { name, stage, refs: Refs::new(), lines: lines.collect(), serial: 0 })
    }

    /// Makes the objects of a push of some kind.
    pub(crate) fn plan(&mut self, git: &Git, random: &mut Random) -> Result<Plan> {
        let kind = self.choose(random);
        let main = "refs/heads/main".to_owned();
        let mut moves = Vec::new();
        match kind {
            Kind::Create => {
                let text = self.lines.concat();
                let [commit, tag] = self.commit(git, None, "notes.txt", text.as_bytes())?;
                moves = vec![(main, Some(commit)), ("refs/tags/start".to_owned(), Some(tag))];
            }
            Kind::Commit => moves.push((main, Some(self.change(git, "small.txt", &random.bytes(200))?))),
            Kind::Large => {
                let length = (1 << 20) + random.below(3 << 20);
                moves.push((main, Some(self.change(git, "large.bin", &random.bytes(length as usize))?)));
            }
            Kind::Thin => {
                let at = random.below(self.lines.len() as u64) as usize;
                if let Some(line) = self.lines.get_mut(at) {
                    *line = format!("changed {:016x}\n", random.next());
                }
                let text = self.lines.concat();
                moves.push((main, Some(self.change(git, "notes.txt", text.as_bytes())?)));
            }
            Kind::Several | Kind::Atomic => {
                let parent = self.refs.get(&main).cloned();
                let [commit, tag] = self.commit(git, parent.as_deref(), "several.txt", &random.bytes(500))?;
                let serial = self.serial;
                moves.extend(self.some_topic(random).map(|topic| (topic, None)));
                moves.push((format!("refs/heads/topic-{serial}"), Some(commit.clone())));
                moves.push((format!("refs/tags/v{serial}"), Some(tag)));
                moves.push((main, Some(commit)));
            }
            Kind::Delete => moves.extend(self.some_topic(random).map(|topic| (topic, None))),
            Kind::Force => {
                let start = self.refs.get("refs/tags/start").cloned();
                let start = start.map(|tag| format!("{tag}^{{commit}}"));
                let [commit, _] = self.commit(git, start.as_deref(), "forced.txt", &random.bytes(300))?;
                moves.push((main, Some(commit)));
            }
        }
        Ok(Plan { kind, moves })
    }

    fn choose(&self, random: &mut Random) -> Kind {
        if self.refs.is_empty() {
            return Kind::Create;
        }
        match random.below(12) {
            0..3 => Kind::Commit,
            3..5 => Kind::Large,
            5..7 => Kind::Thin,
            7 => Kind::Several,
            8..10 => Kind::Atomic,
            10 if self.refs.keys().any(|name| name.starts_with("refs/heads/topic-")) => Kind::Delete,
            _ => Kind::Force,
        }
    }

    fn some_topic(&self, random: &mut Random) -> Option<String> {
        let topics: Vec<&String> =
            self.refs.keys().filter(|name| name.starts_with("refs/heads/topic-")).collect();
        let at = random.below(topics.len().max(1) as u64) as usize;
        topics.get(at).map(|name| (*name).clone())
    }

    fn change(&mut self, git: &Git, path: &str, content: &[u8]) -> Result<String> {
        let parent = self.refs.get("refs/heads/main").cloned();
        let [commit, _] = self.commit(git, parent.as_deref(), path, content)?;
        Ok(commit)
    }

    /// A commit that changes one file, and an annotated tag of it.
    fn commit(&mut self, git: &Git, parent: Option<&str>, path: &str, content: &[u8]) -> Result<[String; 2]> {
        self.serial += 1;
        let (serial, time) = (self.serial, 1_700_000_000 + self.serial * 60);
        let mut stream = Vec::new();
        write!(stream, "commit refs/work/{serial}\nmark :1\ncommitter Ada <ada@example.com> {time} +0000\n")?;
        write!(stream, "data 6\nchange\n")?;
        if let Some(parent) = parent {
            writeln!(stream, "from {parent}")?;
        }
        write!(stream, "M 100644 inline {path}\ndata {}\n", content.len())?;
        stream.extend_from_slice(content);
        write!(stream, "\n\ntag work-{serial}\nmark :2\nfrom :1\n")?;
        write!(stream, "tagger Ada <ada@example.com> {time} +0000\ndata 4\ntag\n\n")?;
        write!(stream, "get-mark :1\nget-mark :2\n")?;
        let ids = import(git, &self.stage, &stream)?;
        let mut ids = ids.lines().map(str::to_owned);
        Ok([ids.next().ok_or("no commit")?, ids.next().ok_or("no tag")?])
    }
}

/// Feeds `git fast-import`, and returns what it was asked to say.
fn import(git: &Git, folder: &Path, stream: &[u8]) -> Result<String> {
    let mut command = git.command();
    command.arg("-C").arg(folder).args(["-c", "core.compression=0", "fast-import", "--quiet", "--force"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no stdin")?.write_all(stream)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("git fast-import failed".into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
