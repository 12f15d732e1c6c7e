//! `cargo xtask bench hosts [PATH]`: the same operations on the native server and on the Worker in workerd, in one run.

mod isolate;
mod site;
mod story;
mod table;

use std::path::Path;

use self::isolate::Isolates;
use self::site::Site;
use self::story::Story;
use self::table::Figures;
use super::page::{self, Part};
use super::{Options, parse, stage_copy};
use crate::build;
use crate::cloudflare::build::Build;
use crate::git::Git;
use crate::host::Result;

/// Measures a repository, by default this one, and prints the table.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let Options { paths, runs, write } = parse(words)?;
    let binary = build::under_test()?;
    // The test build tells the size of its memory; it is the shipped one with a few routes more.
    let worker = Build { features: Some("contract".to_owned()), ..Build::default() };
    worker.run()?;
    let mut text = table::heading(runs)?;
    let scratch = tempfile::Builder::new().prefix("gitflare-isolates-").tempdir()?;
    let section = Isolates::measure(&worker, scratch.path(), runs.max(5))?.section();
    println!("{section}");
    text.push('\n');
    text.push_str(&section);
    for path in paths {
        let path = std::fs::canonicalize(path).map_err(|error| format!("{path}: {error}"))?;
        let section = repository(&binary, &worker, &path, runs)?;
        println!("{section}");
        text.push('\n');
        text.push_str(&section);
    }
    if write { page::write(Part::Hosts, &text) } else { Ok(()) }
}

fn repository(binary: &Path, worker: &Build, path: &Path, runs: usize) -> Result<String> {
    let scratch = tempfile::Builder::new().prefix("gitflare-hosts-").tempdir()?;
    let git = Git::new(scratch.path())?;
    let stage = scratch.path().join("stage.git");
    stage_copy(&git, path, &stage)?;
    let objects = git.objects(&stage)?.split(|byte| *byte == b'\n').count();
    let mut figures = Figures::default();
    for round in 0..runs {
        for native in [true, false] {
            let folder = scratch.path().join(format!("{}-{round}", if native { "native" } else { "worker" }));
            std::fs::create_dir_all(&folder)?;
            eprintln!("round {}, {}", round + 1, if native { "native" } else { "workerd" });
            let mut site =
                if native { Site::native(binary, &folder)? } else { Site::worker(worker, &folder)? };
            site.set_up()?;
            Story { git: &git, stage: &stage, folder: &folder, site }.tell(native, &mut figures)?;
            std::fs::remove_dir_all(&folder)?;
        }
    }
    Ok(table::section(path, objects, &figures))
}
