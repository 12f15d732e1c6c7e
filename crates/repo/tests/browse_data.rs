//! Refs, trees, tags and contents as the API shows them, with stock git as the oracle.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::{fmt::Write as _, path::PathBuf};

use gitflare_port::{
    Caller, Command, Error, ErrorKind, Reply,
    command::EntryKind,
    data::{Contents, ContentsQuery, Item, Names, NamesQuery, Tree},
    diff::{Diff, DiffQuery, DiffRange, Part},
    log::{Log, LogQuery},
    refs::RefOrder,
};
use support::{
    World, env, git, git_init, head,
    histories::{Shape, make},
};

fn caller() -> Caller {
    head(gitflare_port::Service::UploadPack, 2, false).caller
}

fn run(world: &World, command: Command) -> Result<Reply, Error> {
    let reply = world.repository.command(command, &env())?;
    // What crosses the port is the same on the other side.
    let text = serde_json::to_string(&reply).unwrap();
    assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), reply);
    Ok(reply)
}

fn names(world: &World, query: NamesQuery) -> Names {
    match run(world, Command::Names { caller: caller(), query }).unwrap() {
        Reply::Names(names) => names,
        other => panic!("{other:?}"),
    }
}

fn contents(world: &World, path: &str, readme: bool) -> Contents {
    let query = ContentsQuery { path: path.into(), readme, limit: 100, ..ContentsQuery::default() };
    match run(world, Command::Contents { caller: caller(), query }).unwrap() {
        Reply::Contents(contents) => contents,
        other => panic!("{other:?}"),
    }
}

fn tree(world: &World, revision: &str, recursive: bool) -> Result<Tree, Error> {
    let command = Command::Tree { caller: caller(), revision: Some(revision.into()), recursive };
    run(world, command).map(|reply| match reply {
        Reply::Tree(tree) => tree,
        other => panic!("{other:?}"),
    })
}

/// Folders, links inside and out, a submodule, and branches and tags of every kind.
fn awkward() -> (World, PathBuf) {
    let world = World::new();
    let work = world.dir.path().join("work");
    std::fs::create_dir(&work).unwrap();
    git_init(&work);
    std::fs::create_dir_all(work.join("docs/deep")).unwrap();
    std::fs::write(work.join("README.md"), "# Hello\n").unwrap();
    std::fs::write(work.join("docs/readme.txt"), "in docs\n").unwrap();
    std::fs::write(work.join("docs/deep/large"), "x".repeat(500)).unwrap();
    for (target, name) in [("../README.md", "docs/up"), ("up", "docs/again"), ("/etc/passwd", "out")] {
        std::os::unix::fs::symlink(target, work.join(name)).unwrap();
    }
    std::os::unix::fs::symlink("loop", work.join("loop")).unwrap();
    std::fs::write(work.join(".gitmodules"), "[submodule \"m\"]\n\tpath = sub/m\n\turl = ../other.git\n")
        .unwrap();
    git(&work, &["add", "."]);
    let module = "0123456789012345678901234567890123456789";
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{module},sub/m")]);
    git(&work, &["commit", "-qm", "All of it"]);
    git(&work, &["tag", "-am", "The first\n\nof many", "v1.9"]);
    git(&work, &["tag", "v1.10"]);
    git(&work, &["tag", "tree", "HEAD^{tree}"]);
    for (name, revision) in [
        ("refs/heads/main", "HEAD"),
        ("refs/heads/feature/x", "HEAD"),
        ("refs/tags/v1.9", "v1.9"),
        ("refs/tags/v1.10", "v1.10"),
        ("refs/tags/tree", "tree"),
    ] {
        world.push(&work, &[(name, revision)]);
    }
    (world, work)
}

#[test]
fn refs_are_listed_as_for_each_ref_does() {
    let (world, work) = awkward();
    let all = names(&world, NamesQuery { prefix: "refs/".into(), limit: 100, ..NamesQuery::default() });
    let told = |names: &Names| {
        let mut text = String::new();
        for one in &names.refs {
            writeln!(text, "{} {} {}", one.oid, one.kind, one.name).unwrap();
        }
        text
    };
    let id = |name: &str| git(&work, &["rev-parse", name]).trim().to_owned();
    assert_eq!(
        told(&all),
        format!(
            "{main} commit refs/heads/feature/x\n{main} commit refs/heads/main\n{} tree refs/tags/tree\n\
             {main} commit refs/tags/v1.10\n{} tag refs/tags/v1.9\n",
            id("HEAD^{tree}"),
            id("v1.9"),
            main = id("HEAD")
        )
    );
    assert_eq!((all.more, all.refs[4].target.as_str()), (false, id("HEAD").as_str()));
    let some = |order, skip| {
        let query =
            NamesQuery { prefix: "refs/tags/".into(), order, skip, limit: 2, ..NamesQuery::default() };
        let names = names(&world, query);
        (names.refs.iter().map(|one| one.name.clone()).collect::<Vec<_>>(), names.more)
    };
    assert_eq!(some(RefOrder::Name, 1), (vec!["refs/tags/v1.10".into(), "refs/tags/v1.9".into()], false));
    assert_eq!(
        some(RefOrder::NameDescending, 0),
        (vec!["refs/tags/v1.10".into(), "refs/tags/v1.9".into()], true)
    );
    let exact = |name: &str| {
        names(&world, NamesQuery { prefix: name.into(), exact: true, limit: 1, ..NamesQuery::default() })
    };
    assert_eq!(exact("refs/heads/main").refs.len(), 1);
    assert_eq!((exact("refs/heads/mai").refs.len(), exact("refs/heads/mai").empty), (0, false));
    let none = World::new();
    assert!(names(&none, NamesQuery { limit: 1, ..NamesQuery::default() }).empty);
}

#[test]
fn trees_are_listed_as_ls_tree_does() {
    let (world, work) = awkward();
    for recursive in [true, false] {
        let tree = tree(&world, "main", recursive).unwrap();
        let mut told = String::new();
        for entry in &tree.entries {
            let kind = match entry.mode {
                0o040_000 => "tree",
                0o160_000 => "commit",
                _ => "blob",
            };
            let size = entry.size.map_or("-".to_owned(), |size| size.to_string());
            writeln!(told, "{:06o} {kind} {} {size:>7}\t{}", entry.mode, entry.oid, entry.path).unwrap();
        }
        let flags: &[&str] = if recursive { &["-r", "-t"] } else { &[] };
        assert_eq!(told, git(&work, &[&["ls-tree", "-l"], flags, &["HEAD"]].concat()));
        assert!(!tree.truncated);
    }
    let oid = git(&work, &["rev-parse", "HEAD:docs"]);
    assert_eq!(tree(&world, oid.trim(), false).unwrap().entries.len(), 4);
    assert_eq!(tree(&world, "heads/main", false).unwrap().entries.len(), 6);
    for name in ["main/docs", "none"] {
        assert_eq!(tree(&world, name, false).unwrap_err().kind, ErrorKind::NotFound, "{name}");
    }
}

#[test]
fn what_is_at_a_path_is_told_in_one_question() {
    let (world, work) = awkward();
    let id = |name: &str| git(&work, &["rev-parse", name]).trim().to_owned();
    let hello = |contents: &Contents| match &contents.item {
        Some(Item::File { size: 8, content: Some(content) }) => content.0 == b"# Hello\n",
        _ => false,
    };
    for path in ["README.md", "docs/up", "docs/again"] {
        let found = contents(&world, path, false);
        assert!(hello(&found), "{path}: {found:?}");
        assert_eq!((found.path.as_str(), found.oid), (path, id("HEAD:README.md")));
    }
    assert!(hello(&contents(&world, "", true)));
    assert_eq!(contents(&world, "docs", true).path, "docs/readme.txt");
    assert_eq!(contents(&world, "docs/deep", true).item, None);
    let large = contents(&world, "docs/deep/large", false).item;
    assert_eq!(large, Some(Item::File { size: 500, content: None }));
    let out = contents(&world, "out", false);
    assert_eq!(out.item, Some(Item::Symlink { target: "/etc/passwd".into(), size: 11 }));
    assert!(matches!(contents(&world, "loop", false).item, Some(Item::Symlink { .. })));
    let module = contents(&world, "sub/m", false).item;
    assert_eq!(module, Some(Item::Submodule { url: Some("../other.git".into()) }));
    for path in ["none", "README.md/x", "sub/m/x"] {
        assert_eq!(contents(&world, path, false).item, None, "{path}");
    }
    let Some(Item::Folder { entries }) = contents(&world, "sub", false).item else { panic!("no folder") };
    assert_eq!((entries[0].kind, entries[0].target.as_deref()), (EntryKind::Submodule, Some("../other.git")));
    let Some(Item::Folder { entries }) = contents(&world, "", false).item else { panic!("no folder") };
    assert_eq!(entries.len(), 6);
}

#[test]
fn annotated_tags_say_what_they_say() {
    let (world, work) = awkward();
    let oid = git(&work, &["rev-parse", "v1.9"]).trim().to_owned();
    let ask = |oid: &str| run(&world, Command::TagObject { caller: caller(), oid: oid.into() });
    let Ok(Reply::TagObject(tag)) = ask(&oid) else { panic!("no tag") };
    let head = git(&work, &["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!((tag.name.as_str(), tag.kind.as_str(), tag.target), ("v1.9", "commit", head.clone()));
    assert_eq!(tag.message, "The first\n\nof many\n");
    for other in [head.as_str(), "v1.9", &oid[..12], "0000000000000000000000000000000000000000"] {
        assert_eq!(ask(other).unwrap_err().kind, ErrorKind::NotFound, "{other}");
    }
}

#[test]
fn commits_come_in_all_detail_a_counted_page_at_a_time() {
    let world = World::new();
    let work = world.dir.path().join("work");
    make(&work, 7, Shape { commits: 60, merges: 30, renames: false, skewed: false }, false);
    world.push(&work, &[("refs/heads/main", "main")]);
    let log = |query: LogQuery| match run(&world, Command::Log { caller: caller(), query }).unwrap() {
        Reply::Log(log) => log,
        other => panic!("{other:?}"),
    };
    let told = |log: &Log| {
        let line = |entry: &gitflare_port::log::LogEntry| {
            let detail = entry.detail.as_ref().unwrap();
            let parents: Vec<&str> = detail.parents.iter().map(|parent| parent.oid.as_str()).collect();
            format!("{} {} {}\n", detail.oid, detail.tree, parents.join(" "))
        };
        log.commits.iter().map(line).collect::<String>()
    };
    for path in ["", "d0"] {
        let query = LogQuery { skip: 2, limit: 3, details: true, path: path.into(), ..LogQuery::default() };
        let found = log(query);
        assert_eq!(found.skipped, 2, "{path}");
        let words = ["log", "--format=%H %T %P", "--skip=2", "-3", "main", "--", path];
        let words = if path.is_empty() { &words[..5] } else { &words };
        assert_eq!(told(&found), git(&work, words));
    }
    let range = DiffRange::Since { base: Some("main~5".into()), head: "main".into() };
    let query =
        DiffQuery { about: true, commits: Some(Part { from: 1, count: 3 }), ..DiffQuery::new(range, 0) };
    let base = git(&work, &["rev-parse", "main~5"]).trim().to_owned();
    let head = git(&work, &["rev-parse", "main"]).trim().to_owned();
    let range = DiffRange::Since { base: Some(base.clone()), head: head.clone() };
    let query = DiffQuery { range, ..query };
    let diff: Diff = match run(&world, Command::Diff { caller: caller(), query }).unwrap() {
        Reply::Diff(diff) => diff,
        other => panic!("{other:?}"),
    };
    let ids: Vec<String> = git(&work, &["log", "--format=%H", &format!("{base}..{head}")])
        .lines()
        .map(str::to_owned)
        .rev()
        .skip(1)
        .take(3)
        .collect();
    let listed = diff.commits.unwrap().commits;
    assert_eq!(
        listed.iter().map(|entry| entry.detail.as_ref().unwrap().oid.clone()).collect::<Vec<_>>(),
        ids
    );
    let ends = diff.ends.unwrap();
    assert_eq!((ends.0.oid, ends.1.oid), (base.clone(), base));
}
