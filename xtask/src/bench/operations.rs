//! The operations measured, in the order of a repository's life.

use std::path::{Path, PathBuf};

use super::side::{Cost, Side, Stock};
use super::table::Results;
use crate::git::Git;
use crate::host::Result;

/// Operations too short for one measurement are done this often, and the cost divided.
const TIMES: u32 = 20;

/// One repository, two servers.
pub(crate) struct Bench {
    pub(crate) git: Git,
    pub(crate) folder: PathBuf,
    /// A bare copy of what is measured.
    pub(crate) stage: PathBuf,
    pub(crate) ours: Box<dyn Side>,
    pub(crate) stock: Stock,
}

impl Bench {
    /// All operations once, each on ours and then on stock git.
    pub(crate) fn round(&mut self, round: usize, results: &mut Results) -> Result<()> {
        eprintln!("round {}", round + 1);
        let name = format!("bench-{round}");
        let checked = format!("bench-{round}-checked");
        self.ours.create(&name)?;
        self.stock.create(&name)?;
        self.stock.create(&checked)?;
        self.stock.check_objects(&checked)?;
        let folder = self.folder.join(&name);
        std::fs::create_dir_all(&folder)?;

        let pushed = self.push_everything(&name, results)?;
        let repository = checked.clone();
        let stock = push(&self.git, &self.stage, &self.stock.url(&repository), &mut self.stock)?;
        results.add("push everything, stock git checking objects too", pushed, stock);

        let head = self.git.run(&self.stage, ["symbolic-ref", "HEAD"])?;
        self.ours.prepare(&name, head.trim())?;
        self.stock.prepare(&name, head.trim())?;
        let clones: [(&str, &str, &[&str], u32); 5] = [
            ("full clone, first", "full", &[], 1),
            ("full clone, repeated", "full-again", &[], 1),
            ("depth-1 clone, first", "depth", &["--depth=1"], 1),
            ("depth-1 clone, repeated", "depth-again", &["--depth=1"], 5),
            ("blob:none clone", "blobless", &["--filter=blob:none"], 1),
        ];
        for (title, target, arguments, times) in clones {
            let clone = |git: &Git, side: &Path, url: &str, number: u32| {
                let target = if times == 1 { target.to_owned() } else { format!("{target}-{number}") };
                let start = ["clone", "--quiet", "--bare"].iter().chain(arguments);
                git.run(side, start.copied().chain([url, &target])).map(drop)
            };
            self.both(title, &name, &folder, times, results, &clone)?;
        }
        self.short_operations(&name, &folder, results)?;
        Ok(std::fs::remove_dir_all(&folder)?)
    }

    fn push_everything(&mut self, name: &str, results: &mut Results) -> Result<Cost> {
        let ours = push(&self.git, &self.stage, &self.ours.url(name), &mut *self.ours)?;
        let stock = push(&self.git, &self.stage, &self.stock.url(name), &mut self.stock)?;
        results.add("push everything", ours, stock);
        Ok(ours)
    }

    /// What a developer does all day. Clients share the objects of the full clone, so that each begins at the same state.
    fn short_operations(&mut self, name: &str, folder: &Path, results: &mut Results) -> Result<()> {
        let branch = self.git.run(&self.stage, ["symbolic-ref", "HEAD"])?.trim().to_owned();
        self.both("fetch of nothing", name, folder, TIMES, results, &|git, side, url, _| {
            git.run(&side.join("full"), ["fetch", "--quiet", url, "+refs/heads/*:refs/heads/*"]).map(drop)
        })?;
        for (side, url) in [("ours", self.ours.url(name)), ("stock", self.stock.url(name))] {
            let full = folder.join(side).join("full");
            // The new commit is made beside the clone whose objects the clients share: they must not have it already.
            let author = folder.join(side).join("author");
            let clients = (0..TIMES).map(|number| folder.join(side).join(format!("client-{number}")));
            for client in clients.chain([author.clone()]) {
                let mut clone = self.git.command();
                clone.args(["clone", "--quiet", "--bare", "--shared"]).arg(&full).arg(&client);
                crate::host::output(&mut clone)?;
            }
            commit(&self.git, &author, &branch, "to be fetched")?;
            // The bridge runs only while it is measured.
            let push = |git: &Git| git.run(&author, ["push", "--quiet", &url, &branch]).map(drop);
            let pusher = &self.git;
            match side {
                "ours" => self.ours.measure(&mut || push(pusher))?,
                _ => self.stock.measure(&mut || push(pusher))?,
            };
        }
        let fetched = format!("+{branch}:{branch}");
        self.both("fetch of one commit", name, folder, TIMES, results, &|git, side, url, number| {
            git.run(&side.join(format!("client-{number}")), ["fetch", "--quiet", url, &fetched]).map(drop)
        })?;
        for side in ["ours", "stock"] {
            for number in 0..TIMES {
                let client = folder.join(side).join(format!("client-{number}"));
                for next in 0..=number {
                    commit(&self.git, &client, &branch, &format!("push {next}"))?;
                }
            }
        }
        self.both("push of one commit", name, folder, TIMES, results, &|git, side, url, number| {
            git.run(&side.join(format!("client-{number}")), ["push", "--quiet", url, &branch]).map(drop)
        })
    }

    /// Measures an operation on either server, `times` in a row, and notes the cost of one.
    fn both(
        &mut self,
        title: &str,
        name: &str,
        folder: &Path,
        times: u32,
        results: &mut Results,
        operation: &dyn Fn(&Git, &Path, &str, u32) -> Result<()>,
    ) -> Result<()> {
        eprintln!("  {title}");
        let git = &self.git;
        let sides: [(&str, &mut dyn Side); 2] = [("ours", &mut *self.ours), ("stock", &mut self.stock)];
        let mut costs = Vec::new();
        for (side, server) in sides {
            let clients = folder.join(side);
            std::fs::create_dir_all(&clients)?;
            let url = server.url(name);
            let cost = server
                .measure(&mut || (0..times).try_for_each(|number| operation(git, &clients, &url, number)))?;
            costs.push(Cost {
                cpu: cost.cpu / f64::from(times),
                bytes: cost.bytes / u64::from(times),
                ..cost
            });
        }
        if let [ours, stock] = costs[..] {
            results.add(title, ours, stock);
        }
        Ok(())
    }
}

fn push(git: &Git, stage: &Path, url: &str, side: &mut dyn Side) -> Result<Cost> {
    eprintln!("  push everything");
    side.measure(&mut || git.run(stage, ["push", "--quiet", "--mirror", url]).map(drop))
}

/// Adds a commit that changes one file, with a date of its own so that all clients make the same ones.
pub(crate) fn commit(git: &Git, folder: &Path, branch: &str, message: &str) -> Result<()> {
    let stream = format!(
        "commit {branch}\ncommitter Ada Lovelace <ada@example.com> 1900000000 +0000\ndata {}\n{message}\n\
         from {branch}^0\nM 100644 inline bench/changed.txt\ndata {}\n{message}\n\n",
        message.len(),
        message.len(),
    );
    git.import(folder, &stream)
}
