//! `cargo xtask bench pages [PATH]`: pages of a repository by us, cgit and gitweb, in turn, in one run.
//!
//! Ours are asked for over HTTP. The peers are CGI programs: their time is that from the start of the program to the last
//! byte of the page, which is what a web server in front of them waits for. Their caches are off, as installed.

mod peer;
mod table;

use std::path::Path;

use self::peer::{Cgit, Gitweb};
use super::page::{self, Part};
use super::{Options, parse, stage_copy};
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::{OWNER, Server};
use crate::{build, http};

/// How often each page is asked for in a run.
const ASKED: usize = 5;
/// The page of history that lies this deep.
const DEEP: usize = 10_000;
/// The repository's name everywhere.
const NAME: &str = "bench";
/// What cgit calls it where its filter highlights files.
const COLOURED: &str = "coloured";

/// A page: where we have it, and where the peers do.
pub(super) struct Row {
    title: String,
    ours: String,
    /// Path and query.
    cgit: (String, String),
    gitweb: String,
}

/// What one page took.
#[derive(Default)]
pub(super) struct Figures {
    title: String,
    /// Seconds.
    ours: Vec<f64>,
    cgit: Vec<f64>,
    gitweb: Vec<f64>,
    /// Bytes of ours as they are sent to a browser, compressed.
    bytes: usize,
}

/// Measures a repository, by default this one, and prints the table.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let mut file = None;
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--file" => file = Some(*words.next().ok_or("--file wants a path in the repository")?),
            word => rest.push(word),
        }
    }
    let Options { paths, runs, write } = parse(&rest)?;
    let binary = build::under_test()?;
    let mut text = table::heading(runs * ASKED)?;
    for path in paths {
        let path = std::fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
        let section = repository(&binary, &path, file.unwrap_or("README.md"), runs * ASKED)?;
        println!("{section}");
        text.push('\n');
        text.push_str(&section);
    }
    if write { page::write(Part::Pages, &text) } else { Ok(()) }
}

fn repository(binary: &Path, path: &Path, file: &str, times: usize) -> Result<String> {
    let scratch = tempfile::Builder::new().prefix("gitflare-pages-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let stage = scratch.path().join("projects").join(format!("{NAME}.git"));
    std::fs::create_dir_all(scratch.path().join("projects"))?;
    stage_copy(&git, path, &stage)?;
    git.run(&stage, ["commit-graph", "write", "--reachable"])?;
    let objects = git.objects(&stage)?.split(|byte| *byte == b'\n').count();
    let mut server = Server::start(binary, &scratch.path().join("data"))?;
    server.set_up()?;
    let branch = git.run(&stage, ["symbolic-ref", "--short", "HEAD"])?.trim().to_owned();
    // Alone at first, which makes it the default branch.
    git.run(&stage, ["push", "--quiet", &server.url(NAME), &format!("{branch}:{branch}")])?;
    server.publish(&git, &stage, NAME)?;
    let peers = Peers { cgit: Cgit::new(scratch.path(), &stage)?, gitweb: Gitweb::new(scratch.path())? };
    let mut figures = Vec::new();
    for row in rows(&git, &stage, &branch, file)? {
        eprintln!("{}", row.title);
        figures.push(peers.measure(&server, row, times)?);
    }
    Ok(table::section(path, objects, &figures))
}

/// The pages, and where each is.
fn rows(git: &Git, stage: &Path, branch: &str, file: &str) -> Result<Vec<Row>> {
    let one = |arguments: &[&str]| git.run(stage, arguments).map(|text| text.trim().to_owned());
    let tip = one(&["rev-parse", "HEAD"])?;
    // Not a merge: those show nothing by themselves in the peers.
    let commit = one(&["rev-list", "--no-merges", "--max-count=1", "HEAD"])?;
    let ours = |path: String| format!("/{OWNER}/{NAME}{path}");
    let cgit = |path: &str, query: String| (format!("/{NAME}/{path}"), query);
    let gitweb = |query: String| format!("p={NAME}.git;{query}");
    let row = |title: &str, ours: String, cgit, gitweb| Row { title: title.to_owned(), ours, cgit, gitweb };
    Ok(vec![
        row("home", ours(String::new()), cgit("", String::new()), gitweb("a=summary".into())),
        row(
            "root folder",
            ours(format!("/tree/{branch}")),
            cgit("tree/", String::new()),
            gitweb("a=tree".into()),
        ),
        row(
            &format!("file `{file}`"),
            ours(format!("/blob/{branch}/{file}")),
            cgit(&format!("tree/{file}"), String::new()),
            gitweb(format!("a=blob;f={file};hb={tip}")),
        ),
        row(
            "the same, cgit's filter highlighting it",
            ours(format!("/blob/{branch}/{file}")),
            (format!("/{COLOURED}/tree/{file}"), String::new()),
            gitweb(format!("a=blob;f={file};hb={tip}")),
        ),
        row("log", ours(format!("/commits/{branch}")), cgit("log/", String::new()), gitweb("a=log".into())),
        row(
            "log, 10,000 commits deep",
            ours(format!("/commits/{branch}?after={tip}+{DEEP}")),
            cgit("log/", format!("ofs={DEEP}")),
            gitweb(format!("a=log;pg={}", DEEP / 100)),
        ),
        row(
            "commit",
            ours(format!("/commit/{commit}")),
            cgit("commit/", format!("id={commit}")),
            gitweb(format!("a=commitdiff;h={commit}")),
        ),
        row(
            &format!("blame of `{file}`"),
            ours(format!("/blame/{branch}/{file}")),
            cgit(&format!("blame/{file}"), String::new()),
            gitweb(format!("a=blame;f={file};hb={tip}")),
        ),
    ])
}

struct Peers {
    cgit: Cgit,
    gitweb: Gitweb,
}

impl Peers {
    /// Asks for a page everywhere, once to warm up and then in turn.
    fn measure(&self, server: &Server, row: Row, times: usize) -> Result<Figures> {
        let mut figures = Figures { title: row.title, ..Figures::default() };
        for round in 0..=times {
            let start = host::now();
            let page = http::get_compressed(&server.address, &row.ours)?;
            let ours = start.elapsed().as_secs_f64();
            if page.status != 200 {
                return Err(format!("{} answered {}", row.ours, page.status).into());
            }
            let start = host::now();
            self.cgit.page(&row.cgit.0, &row.cgit.1)?;
            let cgit = start.elapsed().as_secs_f64();
            let start = host::now();
            self.gitweb.page(&row.gitweb)?;
            let gitweb = start.elapsed().as_secs_f64();
            if round > 0 {
                figures.bytes = page.body.len();
                figures.ours.push(ours);
                figures.cgit.push(cgit);
                figures.gitweb.push(gitweb);
            }
        }
        Ok(figures)
    }
}
