//! Folders, files and READMEs at a revision, with stock git making the repositories.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::path::Path;

use gitflare_port::{
    Command, Error, ErrorKind, Reply,
    command::{EntryKind, File, Folder},
};
use gitflare_repo::Repository;
use support::{World, env, git, git_bytes, git_init, head};

fn browse(repository: &Repository, revision: Option<&str>, path: &str) -> Result<Folder, Error> {
    browse_as(repository, &[], revision, path)
}

fn browse_as(
    repository: &Repository,
    hidden: &[&str],
    revision: Option<&str>,
    path: &str,
) -> Result<Folder, Error> {
    let mut caller = head(gitflare_port::Service::UploadPack, 2, false).caller;
    caller.hidden = hidden.iter().map(|prefix| (*prefix).to_owned()).collect();
    let command =
        Command::Browse { caller, revision: revision.map(str::to_owned), path: path.to_owned(), after: None };
    repository.command(command, &env()).and_then(|reply| match reply {
        Reply::Folder(folder) => Ok(folder),
        Reply::NoFolder => Err(not_found("there is a file")),
        other => panic!("{other:?}"),
    })
}

fn read(repository: &Repository, revision: &str, path: &str, limit: u64) -> Result<File, Error> {
    let caller = head(gitflare_port::Service::UploadPack, 2, false).caller;
    let command =
        Command::ReadFile { caller, revision: Some(revision.to_owned()), path: path.to_owned(), limit };
    repository.command(command, &env()).and_then(|reply| match reply {
        Reply::File(file) => Ok(file),
        Reply::NoFile => Err(not_found("there is a folder")),
        other => panic!("{other:?}"),
    })
}

fn not_found(message: &str) -> Error {
    Error { kind: ErrorKind::NotFound, message: message.to_owned() }
}

/// One commit with every kind of entry.
fn varied(world: &World) -> std::path::PathBuf {
    let work = world.dir.path().join("work");
    git_init(&work);
    std::fs::create_dir_all(work.join("src/deep")).unwrap();
    for (name, text) in [
        ("README.md", "# Hello\n"),
        ("readme.txt", "other\n"),
        ("src/main.rs", "fn main() {}\n"),
        ("src/deep/x", ""),
        ("a b%.txt", "odd\n"),
    ] {
        std::fs::write(work.join(name), text).unwrap();
    }
    git(&work, &["add", "-A"]);
    let run = git(&work, &["hash-object", "-w", "src/main.rs"]);
    let link = git(&work, &["hash-object", "-w", "readme.txt"]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("100755,{},run.sh", run.trim())]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("120000,{},link", link.trim())]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "1".repeat(40))]);
    git(&work, &["commit", "-q", "-m", "First subject\n\nBody."]);
    work
}

fn hex(work: &Path, revision: &str) -> String {
    git(work, &["rev-parse", revision]).trim().to_owned()
}

#[test]
fn an_empty_repository_is_shown_as_one() {
    let world = World::new();
    let folder = browse(&world.repository, None, "").unwrap();
    assert!(folder.empty && folder.commit.is_none() && folder.entries.is_empty());
    assert_eq!((folder.head.as_str(), folder.revision.as_str()), ("refs/heads/main", "main"));
    assert_eq!(browse(&world.repository, Some("main"), "").unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(browse(&world.repository, None, "src").unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn folders_come_first_with_their_readme_and_commit() {
    let world = World::new();
    let work = varied(&world);
    world.push(&work, &[("refs/heads/main", "main")]);
    let folder = browse(&world.repository, None, "").unwrap();
    let shown: Vec<_> =
        folder.entries.iter().map(|entry| (entry.name.as_str(), entry.kind, entry.size)).collect();
    assert_eq!(
        shown,
        [
            ("module", EntryKind::Submodule, None),
            ("src", EntryKind::Folder, None),
            ("README.md", EntryKind::File, Some(8)),
            ("a%20b%25.txt", EntryKind::File, Some(4)),
            ("link", EntryKind::Symlink, Some(6)),
            ("readme.txt", EntryKind::File, Some(6)),
            ("run.sh", EntryKind::Executable, Some(13)),
        ]
    );
    let readme = folder.readme.unwrap();
    assert_eq!((readme.name.as_str(), readme.content.as_deref()), ("README.md", Some(&b"# Hello\n"[..])));
    let commit = folder.commit.unwrap();
    assert_eq!(
        (commit.subject.as_str(), commit.author.as_str(), commit.time),
        ("First subject", "Ada", 1_780_000_000)
    );
    assert_eq!(commit.oid, hex(&work, "main"));
    assert_eq!(folder.branches, ["main"]);

    let deeper = browse(&world.repository, Some("main"), "src/").unwrap();
    assert_eq!(
        deeper.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(),
        ["deep", "main.rs"]
    );
    assert!(deeper.readme.is_none());
    for path in ["src/nothing", "README.md", "module", "README.md/x", "%zz"] {
        assert_eq!(
            browse(&world.repository, Some("main"), path).unwrap_err().kind,
            ErrorKind::NotFound,
            "{path}"
        );
    }
}

#[test]
fn a_large_folder_comes_in_pages() {
    let world = World::new();
    let work = world.dir.path().join("work");
    git_init(&work);
    let blob = String::from_utf8(git_bytes(&work, &["hash-object", "-w", "--stdin"], b"x\n")).unwrap();
    let blob = blob.trim();
    let files: String = (0..10_000).map(|n| format!("100644 blob {blob}\tfile {n:05}%\n")).collect();
    let inner = String::from_utf8(git_bytes(&work, &["mktree"], b"")).unwrap();
    let lines = format!("{files}040000 tree {}\tzoo\n100644 blob {blob}\tREADME\n", inner.trim());
    let tree = String::from_utf8(git_bytes(&work, &["mktree"], lines.as_bytes())).unwrap();
    let commit = git(&work, &["commit-tree", tree.trim(), "-m", "many"]);
    git(&work, &["update-ref", "refs/heads/main", commit.trim()]);
    world.push(&work, &[("refs/heads/main", "main")]);
    let page = |after: Option<String>| {
        let caller = head(gitflare_port::Service::UploadPack, 2, false).caller;
        let command = Command::Browse { caller, revision: None, path: String::new(), after };
        match world.repository.command(command, &env()) {
            Ok(Reply::Folder(folder)) => folder,
            other => panic!("{other:?}"),
        }
    };
    let (mut names, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let folder = page(after);
        assert_eq!((folder.total, folder.readme.is_some()), (10_002, pages == 0));
        assert!(folder.entries.len() <= 1_000 && folder.last.len() == 1, "one commit made all of it");
        assert!(folder.entries.iter().all(|entry| entry.last == Some(0)));
        names.extend(folder.entries.into_iter().map(|entry| entry.name));
        pages += 1;
        match folder.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!((pages, names.len()), (11, 10_002));
    assert_eq!(
        (names[0].as_str(), names[1].as_str(), names[2].as_str()),
        ("zoo", "README", "file%2000000%25")
    );
    assert!(names[1..].is_sorted(), "and nothing comes twice");
    // The entry a page began after may be gone by now.
    assert_eq!(page(Some("file%2000500".into())).entries[0].name, "file%2000500%25");
    assert!(page(Some("zz".into())).entries.is_empty());
}

#[test]
fn files_are_read_up_to_a_limit() {
    let world = World::new();
    let work = varied(&world);
    world.push(&work, &[("refs/heads/main", "main")]);
    let file = read(&world.repository, "main", "a%20b%25.txt", 100).unwrap();
    assert_eq!(
        (file.name.as_str(), file.size, file.content.as_deref()),
        ("a%20b%25.txt", 4, Some(&b"odd\n"[..]))
    );
    assert_eq!(file.oid, hex(&work, "main:a b%.txt"));
    let cut = read(&world.repository, "main", "src/main.rs", 5).unwrap();
    assert_eq!((cut.size, cut.content), (13, None));
    assert_eq!(read(&world.repository, "main", "src/deep/x", 0).unwrap().content.as_deref(), Some(&[][..]));
    for path in ["", "src", "module", "gone"] {
        assert_eq!(
            read(&world.repository, "main", path, 100).unwrap_err().kind,
            ErrorKind::NotFound,
            "{path}"
        );
    }
}

#[test]
fn a_revision_is_a_branch_a_tag_a_full_name_or_an_id() {
    let world = World::new();
    let work = varied(&world);
    git(&work, &["tag", "-a", "-m", "one", "v1"]);
    git(&work, &["tag", "-a", "-m", "two", "v2", "v1"]);
    git(&work, &["commit", "-q", "--allow-empty", "-m", "second"]);
    world.push(
        &work,
        &[
            ("refs/heads/main", "main"),
            ("refs/heads/feature/x y", "main~1"),
            ("refs/heads/v1", "main"),
            ("refs/tags/v1", "v1"),
            ("refs/tags/v2", "v2"),
            ("refs/notes/n", "main"),
        ],
    );
    let (main, first) = (hex(&work, "main"), hex(&work, "main~1"));
    let commit = |revision: &str| {
        let folder = browse(&world.repository, Some(revision), "").unwrap();
        (folder.revision, folder.commit.unwrap().oid)
    };
    assert_eq!(commit("HEAD"), ("main".into(), main.clone()));
    assert_eq!(commit("main"), ("main".into(), main.clone()));
    assert_eq!(commit("v1"), ("v1".into(), main.clone()));
    assert_eq!(commit("refs/tags/v1"), ("refs/tags/v1".into(), first.clone()));
    assert_eq!(commit("refs/heads/v1"), ("v1".into(), main.clone()));
    assert_eq!(commit("v2"), ("v2".into(), first.clone()));
    assert_eq!(commit("refs/notes/n"), ("refs/notes/n".into(), main.clone()));
    assert_eq!(commit(&first), (first.clone(), first.clone()));
    assert_eq!(commit(&first[..12].to_uppercase()), (first.clone(), first.clone()));
    assert_eq!(commit(&hex(&work, "v2")).1, first);
    let tree = browse(&world.repository, Some(&hex(&work, "main^{tree}")), "src").unwrap();
    assert!(tree.commit.is_none() && tree.entries.len() == 2);
    for revision in [
        "nope",
        "abc",
        &"0".repeat(40),
        "refs/heads/",
        "feature",
        "%zz",
        "v1^",
        &hex(&work, "main:README.md"),
    ] {
        assert_eq!(
            browse(&world.repository, Some(revision), "").unwrap_err().kind,
            ErrorKind::NotFound,
            "{revision}"
        );
    }
}

#[test]
fn a_short_id_that_several_objects_share_is_refused() {
    let world = World::new();
    let work = world.dir.path().join("work");
    git_init(&work);
    // With enough blobs, four digits are shared by some.
    for n in 0..800 {
        std::fs::write(work.join(format!("{n}.txt")), format!("{n}\n")).unwrap();
    }
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "many"]);
    world.push(&work, &[("refs/heads/main", "main")]);
    let mut ids: Vec<String> =
        git(&work, &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"])
            .lines()
            .map(str::to_owned)
            .collect();
    ids.sort();
    let shared = ids.windows(2).find(|pair| pair[0][..4] == pair[1][..4]).expect("a pair");
    assert_eq!(browse(&world.repository, Some(&shared[0][..4]), "").unwrap_err().kind, ErrorKind::Invalid);
    let main = hex(&work, "main");
    assert!(browse(&world.repository, Some(&main[..10]), "").is_ok());
}

#[test]
fn what_is_hidden_or_out_of_reach_is_not_shown_by_its_id() {
    let world = World::new();
    let work = varied(&world);
    git(&work, &["checkout", "-q", "-b", "side"]);
    git(&work, &["commit", "-q", "--allow-empty", "-m", "aside"]);
    world.push(&work, &[("refs/heads/main", "main"), ("refs/heads/side", "side")]);
    let (main, side) = (hex(&work, "main"), hex(&work, "side"));
    let hidden = ["refs/heads/side"];
    assert!(browse_as(&world.repository, &hidden, Some(&main), "").is_ok());
    let not_found =
        |outcome: Result<Folder, Error>| assert_eq!(outcome.unwrap_err().kind, ErrorKind::NotFound);
    not_found(browse_as(&world.repository, &hidden, Some(&side), ""));
    not_found(browse_as(&world.repository, &hidden, Some("side"), ""));
    not_found(browse_as(&world.repository, &hidden, Some("refs/heads/side"), ""));
    assert_eq!(browse_as(&world.repository, &hidden, None, "").unwrap().branches, ["main"]);
    assert!(browse(&world.repository, Some(&side), "").is_ok());
    world.push(&work, &[("refs/heads/side", "")]);
    not_found(browse(&world.repository, Some(&side), ""));
    assert!(browse(&world.repository, Some(&main), "").is_ok());
}

#[test]
fn names_that_are_not_unicode_travel_as_percent_encoded_bytes() {
    let world = World::new();
    let work = varied(&world);
    let blob = git(&work, &["rev-parse", "main:README.md"]);
    let mut listing = format!("100644 blob {}\t", blob.trim()).into_bytes();
    listing.extend_from_slice(b"caf\xe9\0");
    let tree = String::from_utf8(support::git_bytes(&work, &["mktree", "-z"], &listing)).unwrap();
    let commit = git(&work, &["commit-tree", "-m", "latin", tree.trim()]);
    git(&work, &["update-ref", "refs/heads/latin", commit.trim()]);
    world.push(&work, &[("refs/heads/main", "main"), ("refs/heads/latin", "latin")]);
    let folder = browse(&world.repository, Some("latin"), "").unwrap();
    assert_eq!(folder.entries[0].name, "caf%E9");
    assert_eq!(read(&world.repository, "latin", "caf%e9", 100).unwrap().size, 8);
}
