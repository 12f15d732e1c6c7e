//! Random histories made with `git fast-import`: merges, octopuses, renames, modes, deletions, dates out of order.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use super::{git, git_bytes, git_init};

/// A small generator, so that a seed is a history.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// What a history is made of.
#[derive(Clone, Copy)]
pub struct Shape {
    pub commits: usize,
    pub merges: u64,
    pub renames: bool,
    /// Whether some commits are older than their parents.
    pub skewed: bool,
}

type Files = BTreeMap<String, (String, String)>;

const AUTHORS: [&str; 3] = ["Ada <ada@example.org>", "Grace H. <grace@navy.example>", "Söl <s@example.org>"];

/// Makes a history in `work` whose last commit is `main`; every commit is kept by a branch of its own if `all`.
pub fn make(work: &Path, seed: u64, shape: Shape, all: bool) {
    git_init(work);
    let mut dice = Dice(seed);
    let mut stream = String::new();
    let mut trees: Vec<Files> = Vec::new();
    let mut time = 1_700_000_000_i64;
    for n in 0..shape.commits {
        let parents = parents(&mut dice, n, shape);
        let mut files = parents.first().map(|p| trees[*p].clone()).unwrap_or_default();
        for other in parents.iter().skip(1) {
            // A merge takes some from each side, and now and then something of its own.
            for (path, file) in trees[*other].clone() {
                if dice.roll(3) > 0 {
                    files.insert(path, file);
                }
            }
        }
        if parents.len() < 2 || dice.roll(4) == 0 {
            change(&mut dice, n, &mut files, shape);
        }
        time += if shape.skewed && dice.roll(5) == 0 { -300 } else { dice.roll(3) as i64 * 60 };
        let author = AUTHORS[dice.roll(3) as usize];
        let message = format!("change {n}\n\nBecause of {}.\n", dice.roll(100));
        let branch = if all { format!("refs/heads/c{n}") } else { "refs/heads/main".into() };
        write!(stream, "commit {branch}\nmark :{}\nauthor {author} {time} +0100\n", n + 1).unwrap();
        write!(stream, "committer {author} {time} +0100\ndata {}\n{message}", message.len()).unwrap();
        for (nth, parent) in parents.iter().enumerate() {
            writeln!(stream, "{} :{}", if nth == 0 { "from" } else { "merge" }, parent + 1).unwrap();
        }
        if parents.is_empty() && n > 0 {
            // Another root.
        }
        stream.push_str("deleteall\n");
        for (path, (mode, content)) in &files {
            writeln!(stream, "M {mode} inline {path}\ndata {}\n{content}", content.len()).unwrap();
        }
        stream.push('\n');
        trees.push(files);
    }
    writeln!(stream, "reset refs/heads/main\nfrom :{}\n", shape.commits).unwrap();
    git_bytes(work, &["fast-import", "--quiet", "--force"], stream.as_bytes());
    git(work, &["rev-parse", "main"]);
}

fn parents(dice: &mut Dice, n: usize, shape: Shape) -> Vec<usize> {
    if n == 0 || (n > 5 && shape.merges > 0 && dice.roll(60) == 0) {
        return Vec::new();
    }
    let mut parents =
        vec![if dice.roll(4) == 0 { n - 1 - dice.roll(n.min(8) as u64) as usize } else { n - 1 }];
    if shape.merges > 0 && n > 2 && dice.roll(100) < shape.merges {
        for _ in 0..1 + dice.roll(4) / 3 {
            let other = n - 1 - dice.roll(n.min(12) as u64) as usize;
            if !parents.contains(&other) {
                parents.push(other);
            }
        }
    }
    parents
}

fn change(dice: &mut Dice, n: usize, files: &mut Files, shape: Shape) {
    for _ in 0..1 + dice.roll(3) {
        let known: Vec<String> = files.keys().cloned().collect();
        let pick = |dice: &mut Dice| known.get(dice.roll(known.len().max(1) as u64) as usize).cloned();
        match (dice.roll(12), pick(dice)) {
            (0, Some(path)) => {
                files.remove(&path);
            }
            (1, Some(path)) => {
                if let Some((mode, _)) = files.get_mut(&path) {
                    *mode = if mode == "100644" { "100755".into() } else { "100644".into() };
                }
            }
            (2, Some(path)) if shape.renames => {
                if let Some(file) = files.remove(&path) {
                    place(files, format!("moved{n}/{}", path.replace('/', "-")), file);
                }
            }
            (3 | 4, _) | (_, None) => {
                let path = format!("d{}/e{}/f{}", dice.roll(3), dice.roll(3), dice.roll(6));
                let lines: String = (0..20 + dice.roll(30)).map(|line| format!("{n} {line}\n")).collect();
                place(files, path, ("100644".into(), lines));
            }
            (5, _) => {
                let path = format!("top{}", dice.roll(5));
                place(files, path, ("100644".into(), format!("{n}\n")));
            }
            (_, Some(path)) => {
                if let Some((_, content)) = files.get_mut(&path) {
                    let mut lines: Vec<&str> = content.lines().collect();
                    let at = dice.roll(lines.len().max(1) as u64) as usize;
                    let new = format!("edited {n} {}", dice.roll(3));
                    if dice.roll(3) == 0 && at < lines.len() {
                        lines.remove(at);
                    } else {
                        lines.insert(at.min(lines.len()), &new);
                    }
                    *content = lines.join("\n") + "\n";
                }
            }
        }
    }
}

/// Puts a file where neither a file is a folder of it nor it one of theirs.
fn place(files: &mut Files, path: String, file: (String, String)) {
    let clash = files
        .keys()
        .any(|other| path.starts_with(&format!("{other}/")) || other.starts_with(&format!("{path}/")));
    if !clash {
        files.insert(path, file);
    }
}
