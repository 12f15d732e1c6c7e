//! Repositories made for what real ones seldom show: many refs, gitlinks, nested tags, an odd first branch, nothing at all.

use std::fmt::Write as _;
use std::path::Path;

use super::{Soak, scenario};
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::OWNER;

type Recipe = fn(&Git, &Path) -> Result<()>;

const RECIPES: [(&str, Recipe); 4] =
    [("made-refs", refs), ("made-submodules", submodules), ("made-tags", tags), ("made-trunk", trunk)];

/// Exercises all of them.
pub(crate) fn all(soak: &mut Soak) -> Result<()> {
    for (name, recipe) in RECIPES {
        let folder = soak.folder.join("originals").join(name);
        make(&soak.git, &folder, recipe)?;
        scenario::exercise(soak, name, &folder);
    }
    soak.check("made-trunk: the first branch is the default branch", |soak| {
        let listing =
            soak.git.run(&soak.folder, ["ls-remote", "--symref", &soak.server.url("made-trunk"), "HEAD"])?;
        if listing.starts_with("ref: refs/heads/trunk\t") { Ok(()) } else { Err(listing.into()) }
    });
    for version in ["0", "1", "2"] {
        soak.check(&format!("made-empty: clone, protocol {version}"), |soak| empty(soak, version));
    }
    Ok(())
}

fn make(git: &Git, folder: &Path, recipe: Recipe) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    git.run(folder, ["init", "--quiet", "--bare", "."])?;
    recipe(git, folder)
}

/// `count` commits on a branch, each changing one of a few files.
fn history(branch: &str, count: u32) -> String {
    let mut stream = String::new();
    for number in 0..count {
        let content = format!("line of commit {number}\n").repeat(20);
        let message = format!("commit {number}\n");
        let _ = write!(
            stream,
            "commit refs/heads/{branch}\nmark :{mark}\ncommitter Ada Lovelace <ada@example.com> {time} +0000\n\
             data {length}\n{message}M 100644 inline src/file-{file}.txt\ndata {size}\n{content}\n",
            mark = number + 1,
            time = 1_700_000_000 + number * 60,
            length = message.len(),
            file = number % 7,
            size = content.len(),
        );
    }
    stream
}

/// 5,000 refs over 100 commits, every tenth an annotated tag.
fn refs(git: &Git, folder: &Path) -> Result<()> {
    let mut stream = history("main", 100);
    for number in 0..5_000 {
        let mark = number % 100 + 1;
        let _ = if number % 10 == 0 {
            write!(
                stream,
                "tag v{number}\nfrom :{mark}\ntagger Ada Lovelace <ada@example.com> 1700000000 +0000\ndata 4\ntag\n\n"
            )
        } else {
            write!(stream, "reset refs/heads/topic/{number:04}\nfrom :{mark}\n\n")
        };
    }
    git.import(folder, &stream)
}

/// Gitlinks to commits that are nowhere here.
fn submodules(git: &Git, folder: &Path) -> Result<()> {
    let modules = "[submodule \"lib\"]\n\tpath = lib\n\turl = https://example.com/lib.git\n";
    let mut stream = history("main", 3);
    let _ = write!(
        stream,
        "commit refs/heads/main\ncommitter Ada Lovelace <ada@example.com> 1700001000 +0000\ndata 10\nsubmodules\
         \nM 100644 inline .gitmodules\ndata {}\n{modules}\nM 160000 {} lib\n\n\
         commit refs/heads/main\ncommitter Ada Lovelace <ada@example.com> 1700002000 +0000\ndata 5\nmove\n\
         M 160000 {} lib\n\n",
        modules.len(),
        "1234567890".repeat(4),
        "abcdef0123".repeat(4),
    );
    git.import(folder, &stream)
}

/// Tags of commits, of tags, of a tree and of a blob.
fn tags(git: &Git, folder: &Path) -> Result<()> {
    git.import(folder, &history("main", 10))?;
    let tag = |name: &str, target: &str| {
        git.run(folder, ["tag", "--annotate", "--message", name, name, target]).map(drop)
    };
    tag("inner", "main~3")?;
    tag("middle", "inner")?;
    tag("outer", "middle")?;
    tag("of-tree", "main^{tree}")?;
    tag("of-blob", "main:src/file-1.txt")?;
    git.run(folder, ["tag", "light", "main~5"])?;
    git.run(folder, ["tag", "light-tree", "main~5^{tree}"]).map(drop)
}

/// One branch, and it is called neither main nor master.
fn trunk(git: &Git, folder: &Path) -> Result<()> {
    git.run(folder, ["symbolic-ref", "HEAD", "refs/heads/trunk"])?;
    git.import(folder, &history("trunk", 5))
}

/// A repository without a commit clones, and takes its first push from that clone.
fn empty(soak: &Soak, version: &str) -> Result<()> {
    let name = format!("made-empty-{version}");
    host::output(&mut soak.server.cli(["repo", "create", &format!("{OWNER}/{name}"), "--private"]))?;
    let clone = soak.folder.join(&name);
    let url = soak.server.url(&name);
    let config = format!("protocol.version={version}");
    soak.git.run(&soak.folder, ["-c", &config, "clone", "--quiet", &url, &name])?;
    soak.git.run(&clone, ["commit", "--quiet", "--allow-empty", "--message", "first"])?;
    soak.git.run(&clone, ["-c", &config, "push", "--quiet", "origin", "HEAD"])?;
    let ours = soak.git.run(&clone, ["ls-remote", "origin", "HEAD"])?;
    let head = soak.git.run(&clone, ["rev-parse", "HEAD"])?;
    if ours.starts_with(head.trim()) { Ok(()) } else { Err(format!("HEAD is {ours}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_sound() {
        let scratch = tempfile::tempdir().unwrap();
        let git = Git::new(scratch.path()).unwrap();
        for (name, recipe) in RECIPES {
            let folder = scratch.path().join(name);
            make(&git, &folder, recipe).unwrap();
            git.run(&folder, ["fsck", "--strict", "--no-progress"]).unwrap();
        }
        let refs = git.refs(&scratch.path().join("made-refs")).unwrap();
        assert_eq!(refs.lines().count(), 5_001);
        let nested = git.run(&scratch.path().join("made-tags"), ["cat-file", "-p", "outer"]).unwrap();
        assert!(nested.contains("type tag"), "{nested}");
    }
}
