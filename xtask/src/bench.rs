//! `cargo xtask bench git [PATH…]`: what serving a repository costs, ours and stock git's in turn, in one run.

pub(crate) mod bridge;
pub(crate) mod hosts;
mod operations;
mod page;
pub(crate) mod pages;
mod side;
mod table;
mod wire;

use std::path::Path;

use crate::git::Git;
use crate::host::{self, Result};
use crate::server::Server;
use crate::{build, git};

/// What to measure, and how often.
pub(crate) struct Options<'a> {
    paths: Vec<&'a str>,
    runs: usize,
    write: bool,
}

/// Measures every repository named, by default this one, and prints the tables.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let options = parse(words)?;
    let binary = build::under_test()?;
    let mut page = table::heading(options.runs)?;
    for path in &options.paths {
        let path = std::fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
        let section = repository(&binary, &path, options.runs)?;
        println!("{section}");
        page.push('\n');
        page.push_str(&section);
    }
    if options.write {
        page::write(page::Part::Git, &page)?;
    }
    Ok(())
}

fn parse<'a>(words: &[&'a str]) -> Result<Options<'a>> {
    let mut options = Options { paths: Vec::new(), runs: 3, write: false };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--write" => options.write = true,
            "--runs" => options.runs = words.next().ok_or("--runs wants a number")?.parse()?,
            path => options.paths.push(path),
        }
    }
    if options.paths.is_empty() {
        options.paths.push(".");
    }
    Ok(options)
}

fn repository(binary: &Path, path: &Path, runs: usize) -> Result<String> {
    let scratch = tempfile::Builder::new().prefix("gitflare-bench-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let stage = scratch.path().join("stage.git");
    stage_copy(&git, path, &stage)?;
    let objects = git.objects(&stage)?.split(|byte| *byte == b'\n').count();
    let refs = git.refs(&stage)?.lines().count();

    let mut server = Server::start(binary, &scratch.path().join("data"))?;
    server.set_up()?;
    let ours = Box::new(side::Ours::new(server)?);
    let stock = side::Stock::new(git::Git::new(scratch.path())?, &scratch.path().join("stock"))?;
    let mut results = table::Results::default();
    let mut bench = operations::Bench { git, folder: scratch.path().to_owned(), stage, ours, stock };
    for round in 0..runs {
        bench.round(round, &mut results)?;
    }
    Ok(table::section(path, objects, refs, &results))
}

/// A bare copy that shares the objects: the original is only read, and has remotes and stashes that nobody serves.
fn stage_copy(git: &Git, path: &Path, stage: &Path) -> Result<()> {
    let mut clone = git.command();
    clone.args(["clone", "--quiet", "--bare", "--shared"]).arg(path).arg(stage);
    host::output(&mut clone).map(drop)
}
