//! The repository: everything at once that other browsers of code stumble over.

use std::io::Write;
use std::path::Path;

use crate::git::Git;
use crate::host::Result;

/// Folders in folders.
pub(super) const DEPTH: usize = 200;
const FILES: u32 = 10_000;
const BRANCHES: u32 = 5_000;
const LARGE: usize = 50_000_000;
const LINE: usize = 5_000_000;

/// Commits that pages are asked for.
pub(super) struct Made {
    pub(super) many: String,
    pub(super) large: String,
    pub(super) line: String,
    pub(super) octopus: String,
}

/// Makes it.
pub(super) fn hostile(git: &Git, folder: &Path) -> Result<Made> {
    std::fs::create_dir_all(folder)?;
    git.run(folder, ["init", "--quiet", "--bare", "."])?;
    let [many, large, line, octopus] =
        git.import_written(folder, &["--depth=0"], |out| Story { out, mark: 0 }.tell())?;
    git.run(folder, ["tag", "of-blob", "main:line.txt"])?;
    git.run(folder, ["tag", "of-tree", &format!("main:{}", vec!["a"; DEPTH - 1].join("/"))])?;
    let id =
        |mark: u32| git.run(folder, ["rev-parse", &format!("marked/{mark}")]).map(|id| id.trim().to_owned());
    let made = Made { many: id(many)?, large: id(large)?, line: id(line)?, octopus: id(octopus)? };
    for mark in [many, large, line, octopus] {
        git.run(folder, ["branch", "--quiet", "-D", &format!("marked/{mark}")])?;
    }
    Ok(made)
}

struct Story<'a> {
    out: &'a mut dyn Write,
    mark: u32,
}

impl Story<'_> {
    /// All commits and branches; the marks of four of them.
    fn tell(&mut self) -> Result<[u32; 4]> {
        let many = self.commit("main", "many files", &[])?;
        for number in 0..FILES {
            self.file(&format!("many/{number:05}.txt"), format!("file {number}\n").as_bytes())?;
        }
        let deep = vec!["a"; DEPTH].join("/");
        self.file(&format!("{deep}/bottom.txt"), b"the bottom\n")?;
        self.commit("main", "odd names", &[])?;
        self.file("\"odd/caf\\351.txt\"", b"not UTF-8\n")?;
        self.file("\"odd/two\\nlines.txt\"", b"a name of two lines\n")?;
        let large = self.commit("main", "large file", &[])?;
        let mut text = Vec::with_capacity(LARGE + 100);
        while text.len() < LARGE {
            writeln!(text, "line {} of a text that nobody will read to its end", text.len())?;
        }
        self.file("large.txt", &text)?;
        self.commit("main", "long line", &[])?;
        self.file("line.txt", &b"one line without end ".repeat(LINE / 21))?;
        let line = self.commit("main", "long line changes", &[])?;
        self.file("line.txt", &b"one line without End ".repeat(LINE / 21))?;
        let mut sides = Vec::new();
        for side in 0..4 {
            sides.push(self.commit(&format!("side{side}"), "a side", &[line])?);
            self.file(&format!("side{side}.txt"), b"side\n")?;
        }
        let octopus = self.commit("main", "octopus", &sides)?;
        for side in 0..4 {
            self.file(&format!("side{side}.txt"), b"side\n")?;
        }
        self.commit("nothing", "nothing left", &[octopus])?;
        writeln!(self.out, "deleteall\n")?;
        for number in 0..BRANCHES {
            self.reset(&format!("topic/{number:04}"), many + number % 3)?;
        }
        for mark in [many, large, line, octopus] {
            self.reset(&format!("marked/{mark}"), mark)?;
        }
        for side in 0..4 {
            writeln!(self.out, "reset refs/heads/side{side}\nfrom {}\n", "0".repeat(40))?;
        }
        Ok([many, large, line, octopus])
    }

    /// A commit on a branch; the first of `with` is its parent where the branch is new, and else all are merged.
    fn commit(&mut self, branch: &str, message: &str, with: &[u32]) -> Result<u32> {
        self.mark += 1;
        write!(
            self.out,
            "commit refs/heads/{branch}\nmark :{}\ncommitter Ada Lovelace <ada@example.com> {} +0000\ndata {}\n{message}\n",
            self.mark,
            1_700_000_000 + self.mark * 60,
            message.len(),
        )?;
        let is_new = branch != "main";
        for (index, mark) in with.iter().enumerate() {
            writeln!(self.out, "{} :{mark}", if is_new && index == 0 { "from" } else { "merge" })?;
        }
        Ok(self.mark)
    }

    fn file(&mut self, path: &str, content: &[u8]) -> Result<()> {
        write!(self.out, "M 100644 inline {path}\ndata {}\n", content.len())?;
        self.out.write_all(content)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn reset(&mut self, branch: &str, mark: u32) -> Result<()> {
        Ok(write!(self.out, "reset refs/heads/{branch}\nfrom :{mark}\n\n")?)
    }
}
