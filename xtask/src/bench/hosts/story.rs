//! The life of a repository on one host: everything pushed, cloned, changed, and something large beside it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::site::{Cost, Site};
use super::table::Figures;
use crate::git::Git;
use crate::host::Result;
use crate::measure;

/// What follows a push has begun by then. An object's alarm rings five seconds after it, or some later.
const FOLLOW_UP: Duration = Duration::from_secs(12);
/// The file that makes a push a large one.
const LARGE: usize = 100_000_000;

/// Where it happens.
pub(super) struct Story<'a> {
    pub(super) git: &'a Git,
    /// A bare copy of what is pushed.
    pub(super) stage: &'a Path,
    /// For clones.
    pub(super) folder: &'a Path,
    pub(super) site: Site,
}

impl Story<'_> {
    /// All operations once.
    pub(super) fn tell(mut self, native: bool, figures: &mut Figures) -> Result<()> {
        let mut note = |title: &str, cost: Cost| figures.add(title, native, cost);
        self.site.restart()?;
        note("first request of a process, or isolate", self.site.measure(&mut || self.site.ask("/healthz"))?);
        note("a page of the site, the first", self.site.measure(&mut || self.site.ask("/explore"))?);
        note("a page of the site, the next", self.site.measure(&mut || self.site.ask("/explore"))?);
        note(
            "push everything",
            self.run(self.stage, &["push", "--quiet", "--mirror", &self.site.url("one")])?,
        );
        note("what follows a push", self.follow_up()?);
        self.clones("", "one", &mut note)?;
        self.changes(&mut note)?;
        let large = self.large()?;
        note("push of 100 MB", self.run(&large, &["push", "--quiet", &self.site.url("two"), "main"])?);
        self.follow_up()?;
        self.clones(" of 100 MB", "two", &mut note)
    }

    fn clones(&self, of: &str, name: &str, note: &mut dyn FnMut(&str, Cost)) -> Result<()> {
        let kinds: [(&str, &[&str]); 4] = [
            ("full clone{}, first", &[]),
            ("full clone{}, repeated", &[]),
            ("depth-1 clone{}, first", &["--depth=1"]),
            ("depth-1 clone{}, repeated", &["--depth=1"]),
        ];
        for (number, (title, words)) in kinds.into_iter().enumerate() {
            let target = format!("{name}-{number}");
            let url = self.site.url(name);
            let words = ["clone", "--quiet", "--bare"].iter().chain(words).copied().chain([&*url, &*target]);
            note(&title.replace("{}", of), self.run(self.folder, &words.collect::<Vec<_>>())?);
        }
        Ok(())
    }

    /// A commit more, its fetch, a step back by force, and a branch deleted.
    fn changes(&self, note: &mut dyn FnMut(&str, Cost)) -> Result<()> {
        let full = self.folder.join("one-0");
        let author = self.folder.join("author");
        let share = ["clone", "--quiet", "--bare", "--shared", "one-0", "author"];
        self.git.run(self.folder, share)?;
        let branch = self.git.run(&author, ["symbolic-ref", "HEAD"])?.trim().to_owned();
        let before = self.git.run(&author, ["rev-parse", "HEAD"])?.trim().to_owned();
        crate::bench::operations::commit(self.git, &author, &branch, "to be fetched")?;
        let url = self.site.url("one");
        let both = [&*format!("{branch}:{branch}"), &*format!("{branch}:refs/heads/bench-topic")];
        note("push of one commit", self.run(&author, &["push", "--quiet", &url, both[0], both[1]])?);
        note("fetch of one commit", self.run(&full, &["fetch", "--quiet", &url, &branch])?);
        let back = format!("+{before}:{branch}");
        note("force-push", self.run(&author, &["push", "--quiet", &url, &back])?);
        note("delete of a branch", self.run(&author, &["push", "--quiet", &url, ":refs/heads/bench-topic"])?);
        Ok(())
    }

    fn follow_up(&self) -> Result<Cost> {
        self.site.measure(&mut || {
            std::thread::sleep(FOLLOW_UP);
            measure::rest(self.site.pid()?)
        })
    }

    fn run(&self, folder: &Path, words: &[&str]) -> Result<Cost> {
        self.site.measure(&mut || self.git.run(folder, words).map(drop))
    }

    /// A repository of one commit with files that do not deflate.
    fn large(&self) -> Result<PathBuf> {
        let folder = self.folder.join("large");
        std::fs::create_dir_all(&folder)?;
        self.git.run(&folder, ["init", "--quiet", "--initial-branch=main", "."])?;
        let mut state = 1_u64;
        let mut noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        });
        let mut left = LARGE;
        for (number, size) in
            [20 << 20, 9 << 20, 5 << 20].into_iter().chain((1..).map(|n| n * 7_919 % 240_000 + 1)).enumerate()
        {
            let size = size.min(left);
            left -= size;
            std::fs::write(
                folder.join(format!("noise-{number}")),
                noise.by_ref().take(size).collect::<Vec<u8>>(),
            )?;
            if left == 0 {
                break;
            }
        }
        self.git.run(&folder, ["add", "."])?;
        self.git.run(
            &folder,
            ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", "large"],
        )?;
        Ok(folder)
    }
}
