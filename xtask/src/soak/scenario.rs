//! What every repository goes through: push, clone in every way, push again, fetch, export, verify.

use std::path::{Path, PathBuf};

use super::Soak;
use crate::host::{self, Result};
use crate::server::OWNER;

/// Ways to clone, and the arguments that ask for them.
const CLONES: [(&str, &[&str]); 4] = [
    ("full", &[]),
    ("depth 1", &["--depth", "1"]),
    ("blob:none", &["--filter=blob:none"]),
    ("mirror", &["--mirror"]),
];

/// Takes one local repository, of which branches and tags count, through all of it. It is only read.
pub(crate) fn exercise(soak: &mut Soak, name: &str, path: &Path) {
    let folder = soak.folder.join(name);
    let stage = folder.join("stage.git");
    let url = soak.server.url(name);
    let mut prepared = false;
    soak.check(&format!("{name}: read the original"), |soak| {
        std::fs::create_dir_all(&folder)?;
        let clone = ["clone", "--quiet", "--bare", "--shared"];
        host::output(soak.git.command().args(clone).arg(path).arg(&stage))?;
        prepared = true;
        Ok(())
    });
    if !prepared {
        return;
    }
    soak.check(&format!("{name}: push everything"), |soak| {
        soak.git.run(&stage, ["push", "--quiet", "--mirror", &url]).map(drop)
    });
    soak.check(&format!("{name}: the same refs"), |soak| same_listing(soak, &stage, &url));
    for version in ["0", "1", "2"] {
        for (way, arguments) in CLONES {
            let title = format!("{name}: clone {way}, protocol {version}");
            soak.check(&title, |soak| clone(soak, &folder, &stage, &url, version, way, arguments));
        }
        let title = format!("{name}: push from a clone and fetch, protocol {version}");
        soak.check(&title, |soak| push_and_fetch(soak, &folder, &stage, &url, version));
        let _ = std::fs::remove_dir_all(folder.join(format!("v{version}")));
    }
    soak.check(&format!("{name}: export"), |soak| {
        let target = folder.join("export.git");
        let repository = format!("{OWNER}/{name}");
        host::output(soak.server.cli(["repo", "export", &repository]).arg(&target))?;
        fsck(soak, &target, &stage)?;
        same_content(soak, &stage, &target)
    });
    soak.check(&format!("{name}: verify"), |soak| {
        host::output(&mut soak.server.cli(["repo", "verify", &format!("{OWNER}/{name}")])).map(drop)
    });
    let _ = std::fs::remove_dir_all(&folder);
}

/// Where a clone of this version and way lies.
fn place(folder: &Path, version: &str, way: &str) -> PathBuf {
    folder.join(format!("v{version}")).join(way.replace([' ', ':'], "-"))
}

fn clone(
    soak: &Soak,
    folder: &Path,
    stage: &Path,
    url: &str,
    version: &str,
    way: &str,
    arguments: &[&str],
) -> Result<()> {
    let target = place(folder, version, way);
    let mut command = soak.git.command();
    command.arg("-c").arg(format!("protocol.version={version}")).args(["clone", "--quiet"]).args(arguments);
    host::output(command.arg(url).arg(&target))?;
    fsck(soak, &target, stage)?;
    if way == "mirror" { same_content(soak, stage, &target) } else { same_head(soak, stage, &target) }
}

/// A clean `fsck --strict`, or no finding that the original does not have as well.
fn fsck(soak: &Soak, folder: &Path, original: &Path) -> Result<()> {
    let findings = |folder: &Path| -> Result<(bool, Vec<String>)> {
        let mut command = soak.git.command();
        let output = command
            .arg("-C")
            .arg(folder)
            .args(["fsck", "--strict", "--no-dangling", "--no-progress"])
            .output()?;
        let text = [output.stdout, output.stderr].concat();
        let lines = String::from_utf8_lossy(&text).lines().map(str::to_owned).collect();
        Ok((output.status.success(), lines))
    };
    let (clean, found) = findings(folder)?;
    if clean {
        return Ok(());
    }
    let (_, known) = findings(original)?;
    let new: Vec<_> = found.iter().filter(|line| !known.contains(line)).take(5).collect();
    if new.is_empty() { Ok(()) } else { Err(format!("fsck: {new:?}").into()) }
}

/// The same refs and the same objects.
fn same_content(soak: &Soak, one: &Path, other: &Path) -> Result<()> {
    same("refs", &soak.git.refs(one)?, &soak.git.refs(other)?)?;
    let (one, other) = (soak.git.objects(one)?, soak.git.objects(other)?);
    if one == other {
        Ok(())
    } else {
        Err(format!("{} bytes of object ids, and {}", one.len(), other.len()).into())
    }
}

/// What the server advertises is what the repository has, tags peeled.
fn same_listing(soak: &Soak, folder: &Path, url: &str) -> Result<()> {
    let ours = soak.git.run(folder, ["ls-remote", url])?;
    let ours: Vec<&str> = ours.lines().filter(|line| !line.ends_with("\tHEAD")).collect();
    let stock = soak.git.run(folder, ["ls-remote", "."])?;
    let stock: Vec<&str> = stock.lines().filter(|line| !line.ends_with("\tHEAD")).collect();
    same("ls-remote", &ours.join("\n"), &stock.join("\n"))
}

/// A checked-out clone stands on the tip of its branch, with nothing changed.
fn same_head(soak: &Soak, original: &Path, clone: &Path) -> Result<()> {
    let branch = soak.git.run(clone, ["symbolic-ref", "HEAD"])?;
    let ours = soak.git.run(clone, ["rev-parse", "HEAD"])?;
    let theirs = soak.git.run(original, ["rev-parse", branch.trim()])?;
    same("HEAD", &ours, &theirs)?;
    same("status", &soak.git.run(clone, ["status", "--porcelain"])?, "")
}

fn same(what: &str, one: &str, other: &str) -> Result<()> {
    if one == other {
        return Ok(());
    }
    let missing = other.lines().find(|line| !one.lines().any(|found| found == *line));
    let surplus = one.lines().find(|line| !other.lines().any(|found| found == *line));
    Err(format!("{what} differ: missing {missing:?}, surplus {surplus:?}").into())
}

/// New commits, a branch, a tag, a forced update and a deletion from one clone reach all the others.
fn push_and_fetch(soak: &Soak, folder: &Path, stage: &Path, url: &str, version: &str) -> Result<()> {
    let git = &soak.git;
    let config = format!("protocol.version={version}");
    let pusher = place(folder, version, "full");
    let branch = git.run(&pusher, ["symbolic-ref", "--short", "HEAD"])?.trim().to_owned();
    for (number, text) in ["first", "second"].iter().enumerate() {
        std::fs::write(pusher.join("soaked.txt"), format!("{text} of protocol {version}\n"))?;
        git.run(&pusher, ["add", "--force", "soaked.txt"])?;
        git.run(&pusher, ["commit", "--quiet", "--no-verify", "--message", text])?;
        if number == 0 {
            git.run(&pusher, ["branch", "soak-rewound"])?;
        }
    }
    let tag = format!("soak-{version}");
    git.run(&pusher, ["tag", "--annotate", "--message", "a tag", &tag])?;
    let push = |refspecs: &[&str]| {
        let all = ["-c", &config, "push", "--quiet", "--atomic", "--force", "origin"]
            .into_iter()
            .chain(refspecs.iter().copied());
        git.run(&pusher, all).map(drop)
    };
    push(&[&branch, &tag, "HEAD:refs/heads/soak-rewound", "HEAD:refs/heads/soak-gone"])?;
    push(&["+soak-rewound:refs/heads/soak-rewound", ":refs/heads/soak-gone"])?;

    // The original follows, so that later comparisons are with what the server should have.
    git.run(stage, ["-c", &config, "fetch", "--quiet", "--prune", url, "+refs/*:refs/*"])?;
    same(
        "the pushed tip",
        &git.run(stage, ["rev-parse", &branch])?,
        &git.run(&pusher, ["rev-parse", "HEAD"])?,
    )?;
    let mirror = place(folder, version, "mirror");
    git.run(&mirror, ["-c", &config, "fetch", "--quiet", "--prune"])?;
    fsck(soak, &mirror, stage)?;
    same_content(soak, stage, &mirror)?;
    for way in ["depth 1", "blob:none"] {
        let clone = place(folder, version, way);
        git.run(&clone, ["-c", &config, "pull", "--quiet", "--ff-only"])?;
        same_head(soak, stage, &clone)?;
    }
    git.run(&place(folder, version, "depth 1"), ["-c", &config, "fetch", "--quiet", "--deepen=1"])?;
    fsck(soak, &place(folder, version, "depth 1"), stage)
}
