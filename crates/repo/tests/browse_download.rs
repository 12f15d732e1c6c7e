//! Raw files, archives and patches in pieces, beside what stock git gives.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::path::{Path, PathBuf};

use gitflare_port::{
    Caller, Command, Error, ErrorKind, Reply,
    command::{EntryKind, Folder, Paths},
    diff::DiffRange,
    download::{ArchiveFormat, Body, Download, DownloadHead, PatchFormat, Span, Wanted},
};
use support::{
    World, env, git, git_bytes, git_init, head,
    histories::{Shape, make},
};

fn caller() -> Caller {
    head(gitflare_port::Service::UploadPack, 2, false).caller
}

fn download(world: &World, what: Wanted) -> Result<(DownloadHead, Vec<u8>), Error> {
    send(world, &Download { caller: caller(), what, body: Body::Wanted })
}

fn send(world: &World, request: &Download) -> Result<(DownloadHead, Vec<u8>), Error> {
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<Download>(&text).unwrap(), *request);
    let mut download = world.repository.download(request)?;
    let head = download.head().clone();
    let mut bytes = Vec::new();
    while let Some(piece) = download.pull(env().now)? {
        assert!(piece.len() < 3 << 20, "{}", piece.len());
        bytes.extend_from_slice(&piece);
    }
    Ok((head, bytes))
}

fn raw(path: &str, from: u64, count: Option<u64>) -> Wanted {
    part(path, Span::From { from, count }, None)
}

fn part(path: &str, span: Span, part_of: Option<String>) -> Wanted {
    Wanted::Raw { revision: Some("main".into()), path: path.into(), span, part_of }
}

fn archive(format: ArchiveFormat, prefix: &str) -> Wanted {
    Wanted::Archive { revision: Some("main".into()), format, prefix: prefix.into() }
}

/// Files of many kinds and sizes.
fn varied(world: &World) -> PathBuf {
    let work = world.dir.path().join("work");
    git_init(&work);
    let long = "a-long-folder-name/".repeat(7);
    let longest = "b".repeat(150);
    std::fs::create_dir_all(work.join(&long)).unwrap();
    std::fs::write(work.join(&long).join("file.txt"), "deep\n").unwrap();
    std::fs::write(work.join(&long).join(&longest), "deeper\n").unwrap();
    std::fs::write(work.join("ünïcode ✓.txt"), "x\n").unwrap();
    std::fs::write(work.join("empty"), "").unwrap();
    let noise: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(work.join("large.bin"), noise).unwrap();
    std::fs::write(work.join("run.sh"), "#!/bin/sh\n").unwrap();
    std::os::unix::fs::symlink("run.sh", work.join("link")).unwrap();
    std::os::unix::fs::symlink(format!("{long}{longest}"), work.join("long-link")).unwrap();
    let modules = "[submodule \"m\"]\n\tpath = module\n\turl = https://example.org/m.git\n";
    std::fs::write(work.join(".gitmodules"), modules).unwrap();
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 12345\n");
    std::fs::write(work.join("video.mp4"), pointer).unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["update-index", "--chmod=+x", "run.sh"]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "1".repeat(40))]);
    git(&work, &["commit", "-q", "-m", "all kinds"]);
    let tag = git(&work, &["rev-parse", "HEAD:run.sh"]);
    git(&work, &["tag", "blob", tag.trim()]);
    world.push(&work, &[("refs/heads/main", "main"), ("refs/tags/blob", "blob")]);
    work
}

#[test]
fn files_are_read_from_any_byte_on() {
    let world = World::new();
    let work = varied(&world);
    let whole = std::fs::read(work.join("large.bin")).unwrap();
    let (head, bytes) = download(&world, raw("large.bin", 0, None)).unwrap();
    assert_eq!((head.size, head.count, &bytes), (Some(3_000_000), Some(3_000_000), &whole));
    assert_eq!(
        (head.oid.as_str(), head.start.as_slice()),
        (git(&work, &["rev-parse", "main:large.bin"]).trim(), &whole[..8_000])
    );
    for (from, count) in [(0, 1), (2_999_999, 100), (1_234_567, 300_000), (5_000_000, 5), (10, 0)] {
        let (head, bytes) = download(&world, raw("large.bin", from, Some(count))).unwrap();
        let start = from.min(3_000_000) as usize;
        let end = (from + count).min(3_000_000) as usize;
        assert_eq!(bytes, whole[start..end.max(start)], "{from} {count}");
        assert_eq!((head.from, head.count), (start as u64, Some((end.max(start) - start) as u64)));
    }
    let (_, bytes) = download(&world, raw("empty", 0, None)).unwrap();
    assert!(bytes.is_empty());
    for (count, size) in [(10, 10), (4_000_000, 3_000_000), (0, 0)] {
        let (head, bytes) = download(&world, part("large.bin", Span::Last { count }, None)).unwrap();
        assert_eq!((head.from, head.count), (3_000_000 - size, Some(size)));
        assert_eq!(bytes, whole[whole.len() - size as usize..]);
    }
    let oid = head.oid;
    let span = Span::From { from: 5, count: Some(5) };
    assert_eq!(download(&world, part("large.bin", span, Some(oid.clone()))).unwrap().1, whole[5..10]);
    let of_another = part("large.bin", span, Some("0".repeat(40)));
    assert_eq!(download(&world, of_another).unwrap().1.len(), whole.len(), "of another file all is sent");
    for (body, size) in [
        (Body::Unwanted, 0),
        (Body::Unless(vec!["0".repeat(40), oid.clone()]), 0),
        (Body::Unless(vec!["0".repeat(40)]), whole.len()),
    ] {
        let request = Download { caller: caller(), what: part("large.bin", Span::Whole, None), body };
        let (head, bytes) = send(&world, &request).unwrap();
        assert_eq!((head.oid.as_str(), head.count, bytes.len()), (oid.as_str(), Some(3_000_000), size));
    }
    let span = Span::From { from: 2, count: None };
    let named = Wanted::Raw { revision: Some("blob".into()), path: String::new(), span, part_of: None };
    assert_eq!(download(&world, named).unwrap().1, b"/bin/sh\n");
    for path in ["nothing", "module", "a-long-folder-name", ""] {
        assert_eq!(download(&world, raw(path, 0, None)).unwrap_err().kind, ErrorKind::NotFound, "{path}");
    }
}

#[test]
fn deltas_are_read_too() {
    let world = World::new();
    let work = world.history(30);
    world.push(&work, &[("refs/heads/main", "main")]);
    for n in [0, 7, 20] {
        let revision = git(&work, &["rev-parse", &format!("main~{n}")]).trim().to_owned();
        let wanted = Wanted::Raw {
            revision: Some(revision.clone()),
            path: "growing.txt".into(),
            span: Span::From { from: 5, count: Some(900) },
            part_of: None,
        };
        let whole = git_bytes(&work, &["show", &format!("{revision}:growing.txt")], b"");
        assert_eq!(download(&world, wanted).unwrap().1, whole[5..905]);
    }
}

/// A text too large for memory in versions that stand on each other.
fn versions(work: &Path) {
    let line =
        |n: u64| format!("{n:08} words that repeat, and {:016x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut text: Vec<u8> = (0..200_000).flat_map(|n| line(n).into_bytes()).collect();
    assert!(text.len() as u64 > 2 * gitflare_repo::limits::KEEP);
    for n in 0..3_usize {
        for place in text.iter_mut().skip(n * 1_000).step_by(1 << 20) {
            *place = b'!';
        }
        std::fs::write(work.join("text.txt"), &text).unwrap();
        git(work, &["add", "-A"]);
        git(work, &["commit", "-q", "-m", &format!("{n}")]);
    }
    git(work, &["repack", "-adfq", "--window=5"]);
}

#[test]
fn what_memory_has_no_room_for_is_handed_out_too() {
    let world = World::new();
    let work = varied(&world);
    versions(&work);
    world.push(&work, &[("refs/heads/main", "main")]);
    let mut made = 0;
    for n in 0..3 {
        let revision = git(&work, &["rev-parse", &format!("main~{n}")]).trim().to_owned();
        let whole = git_bytes(&work, &["show", &format!("{revision}:text.txt")], b"");
        for (from, count) in [(0, None), (whole.len() as u64 - 4_000_000, Some(3_500_000))] {
            let wanted = Wanted::Raw {
                revision: Some(revision.clone()),
                path: "text.txt".into(),
                span: Span::From { from, count },
                part_of: None,
            };
            let (head, bytes) = download(&world, wanted).unwrap();
            let end = count.map_or(whole.len(), |count| (from + count) as usize);
            assert!(bytes == whole[from as usize..end], "{n} {from}");
            made += usize::from(head.start.is_empty());
        }
        let expected = git_bytes(&work, &["archive", "--format=tar", &revision], b"");
        let wanted =
            Wanted::Archive { revision: Some(revision), format: ArchiveFormat::Tar, prefix: String::new() };
        assert!(download(&world, wanted).unwrap().1 == expected, "{n}");
    }
    assert_eq!(made, 4, "two versions of three stand on another one");
}

#[test]
fn a_tar_is_that_of_git_archive() {
    let world = World::new();
    let work = varied(&world);
    for prefix in ["", "demo-main"] {
        let flag =
            format!("--prefix={}", if prefix.is_empty() { String::new() } else { format!("{prefix}/") });
        let expected = git_bytes(&work, &["archive", "--format=tar", &flag, "main"], b"");
        let (head, tar) = download(&world, archive(ArchiveFormat::Tar, prefix)).unwrap();
        assert_eq!(head.commit, git(&work, &["rev-parse", "main"]).trim());
        assert!(tar == expected, "{prefix}: {} and {} bytes", tar.len(), expected.len());
        let (_, packed) = download(&world, archive(ArchiveFormat::TarGz, prefix)).unwrap();
        let path = world.dir.path().join("a.tar.gz");
        std::fs::write(&path, &packed).unwrap();
        let plain = run("gzip", &["-dc", path.to_str().unwrap()], world.dir.path());
        assert!(plain == expected);
    }
    let bad = archive(ArchiveFormat::Tar, "../up");
    assert_eq!(download(&world, bad).unwrap_err().kind, ErrorKind::Invalid);
}

fn run(program: &str, args: &[&str], folder: &Path) -> Vec<u8> {
    let output = std::process::Command::new(program).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_zip_holds_what_a_checkout_does() {
    let world = World::new();
    let work = varied(&world);
    let (_, zip) = download(&world, archive(ArchiveFormat::Zip, "demo")).unwrap();
    let path = world.dir.path().join("a.zip");
    std::fs::write(&path, &zip).unwrap();
    let script = "\
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
for i in z.infolist():
    print(oct(i.external_attr >> 16), i.file_size, i.filename)
open(sys.argv[2], 'wb').write(z.read('demo/large.bin'))
";
    let out = world.dir.path().join("large");
    let args = ["-c", script, path.to_str().unwrap(), out.to_str().unwrap()];
    let listed = String::from_utf8(run("python3", &args, world.dir.path())).unwrap();
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(work.join("large.bin")).unwrap());
    for line in [
        "0o40755 0 demo/",
        "0o100755 10 demo/run.sh",
        "0o120777 6 demo/link",
        "0o40755 0 demo/module/",
        "0o100644 2 demo/ünïcode ✓.txt",
        "0o100644 0 demo/empty",
    ] {
        assert!(listed.lines().any(|found| found == line), "{line} is not in\n{listed}");
    }
}

#[test]
fn folders_say_where_links_and_submodules_lead() {
    let world = World::new();
    varied(&world);
    let command =
        Command::Browse { caller: caller(), revision: Some("main".into()), path: String::new(), after: None };
    let Ok(Reply::Folder(Folder { entries, .. })) = world.repository.command(command, &env()) else {
        panic!()
    };
    let target = |name: &str| entries.iter().find(|entry| entry.name == name).unwrap().target.clone();
    assert_eq!(target("link").as_deref(), Some("run.sh"));
    assert_eq!(target("module").as_deref(), Some("https%3A//example.org/m.git"));
    let command = |path: &str, limit| Command::ReadFile {
        caller: caller(),
        revision: Some("main".into()),
        path: path.into(),
        limit,
    };
    for limit in [0, 1_000] {
        let Ok(Reply::File(file)) = world.repository.command(command("video.mp4", limit), &env()) else {
            panic!()
        };
        assert_eq!(file.lfs.unwrap().size, 12_345);
    }
    let Ok(Reply::File(file)) = world.repository.command(command("link", 100), &env()) else { panic!() };
    assert_eq!((file.kind, file.content.as_deref()), (EntryKind::Symlink, Some(&b"run.sh"[..])));
}

#[test]
fn the_paths_of_all_files_are_listed() {
    let world = World::new();
    let work = world.dir.path().join("work");
    git_init(&work);
    for n in 0..4_000 {
        let folder =
            work.join(format!("folder-{}/with a long name, so that answers fill up {}", n % 7, n % 60));
        std::fs::create_dir_all(&folder).unwrap();
        let name = format!("{n}-{}", "x".repeat(150));
        std::fs::write(folder.join(name), "x").unwrap();
    }
    std::fs::write(work.join("folder-3.txt"), "x").unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "many"]);
    world.push(&work, &[("refs/heads/main", "main")]);
    let (mut after, mut all, mut answers) = (None, String::new(), 0);
    loop {
        let command = Command::Paths { caller: caller(), revision: None, after };
        let Ok(Reply::Paths(Paths { paths, next, .. })) = world.repository.command(command, &env()) else {
            panic!()
        };
        assert!(paths.len() < 600_000);
        all += &paths;
        answers += 1;
        match next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let expected = git(&work, &["ls-files"]);
    let expected: Vec<String> =
        expected.lines().map(|path| gitflare_git::refname::encode(path.as_bytes())).collect();
    assert!(answers > 1 && all.lines().collect::<Vec<_>>() == expected);
}

#[test]
fn patches_are_those_of_git() {
    let world = World::new();
    let work = world.dir.path().join("work");
    make(&work, 7, Shape { commits: 60, merges: 15, renames: true, skewed: false }, false);
    std::fs::write(work.join(".git/info/attributes"), "").unwrap();
    git(&work, &["checkout", "-q", "main"]);
    for (n, message) in [
        "Ünï: a subject that is not ASCII and so long that it has to be broken into several encoded words",
        "A subject so long that it has to be folded, for a line of a mail has at most 78 columns, they say\n\nBody.\n\n---\nmore",
        "short",
    ]
    .iter()
    .enumerate()
    {
        let long = "a/long/way/down/the/tree/of/folders/to/a/file/with/a/very/long/name/indeed";
        std::fs::create_dir_all(work.join(long)).unwrap();
        std::fs::write(work.join(long).join("file"), format!("{n}\n").repeat(n * 150 + 1)).unwrap();
        std::fs::write(work.join("bin"), [0, n as u8, 200]).unwrap();
        std::fs::write(work.join("with space"), format!("{n}")).unwrap();
        git(&work, &["add", "-A"]);
        git(&work, &["commit", "-q", "-m", message]);
    }
    world.push(&work, &[("refs/heads/main", "main")]);
    let patch = |range: DiffRange, format| {
        String::from_utf8_lossy(&download(&world, Wanted::Patch { range, format }).unwrap().1).into_owned()
    };
    for commit in git(&work, &["rev-list", "--no-merges", "-n", "40", "main"]).lines() {
        let range = DiffRange::Commit { revision: Some(commit.into()), parent: 1 };
        let mail = patch(range.clone(), PatchFormat::Mail);
        let expected = git(&work, &["format-patch", "-1", "--stdout", "--signature=x", commit]);
        assert_eq!(settled(&mail), settled(&expected), "{commit}");
        let bare = patch(range, PatchFormat::Diff);
        let expected = git(&work, &["show", "--format=", "--binary", commit]);
        assert_eq!(settled(&bare), settled(&expected), "{commit}");
    }
    let base = git(&work, &["rev-parse", "main~4"]).trim().to_owned();
    let range = DiffRange::Since { base: Some(base.clone()), head: "main".into() };
    let series = patch(range, PatchFormat::Mail);
    let expected = git(&work, &["format-patch", "--stdout", "--signature=x", &format!("{base}..main")]);
    assert_eq!(settled(&series), settled(&expected));
    // And it can be applied.
    git(&work, &["checkout", "-q", "-b", "again", &base]);
    git_bytes(&work, &["am", "-q"], series.as_bytes());
    let tree = |revision: &str| git(&work, &["rev-parse", &format!("{revision}^{{tree}}")]);
    assert_eq!(tree("again"), tree("main"));
}

/// Without what depends on versions: ids cut short, the signature, and how bytes are deflated.
fn settled(patch: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut skip = 0;
    for line in patch.lines() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        if line == "-- " {
            skip = 1;
        }
        let is_packed =
            lines.last().is_some_and(|last| last.starts_with("literal ") || last.starts_with("delta "));
        match line {
            _ if is_packed => {}
            line if line.starts_with("index ") => {
                lines.push(line.rsplit_once(' ').unwrap().1.get(..6).unwrap().into());
            }
            line => lines.push(line.into()),
        }
    }
    lines
}
