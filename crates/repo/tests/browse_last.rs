//! The last commit of each entry, with `git log -1` as the oracle.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::{collections::BTreeMap, path::Path};

use gitflare_port::{
    Command, Reply,
    command::{EntryKind, File, Folder},
};
use gitflare_repo::Repository;
use support::{
    World, env, git, head,
    histories::{Shape, make},
};

const SHAPE: Shape = Shape { commits: 120, merges: 35, renames: true, skewed: true };

fn folder(repository: &Repository, revision: &str, path: &str) -> Folder {
    let caller = head(gitflare_port::Service::UploadPack, 2, false).caller;
    let command = Command::Browse { caller, revision: Some(revision.into()), path: path.into(), after: None };
    match repository.command(command, &env()) {
        Ok(Reply::Folder(folder)) => folder,
        other => panic!("{revision} {path}: {other:?}"),
    }
}

fn file(repository: &Repository, revision: &str, path: &str) -> File {
    let caller = head(gitflare_port::Service::UploadPack, 2, false).caller;
    let command = Command::ReadFile { caller, revision: Some(revision.into()), path: path.into(), limit: 0 };
    match repository.command(command, &env()) {
        Ok(Reply::File(file)) => file,
        other => panic!("{revision} {path}: {other:?}"),
    }
}

/// Last commits of everything at a revision, by path, as the pages say.
fn ours(repository: &Repository, revision: &str) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(path) = open.pop() {
        let shown = folder(repository, revision, &path);
        assert_eq!(shown.last_pending, shown.entries.iter().any(|entry| entry.last.is_none()));
        for entry in shown.entries {
            let below = if path.is_empty() { entry.name.clone() } else { format!("{path}/{}", entry.name) };
            let last = entry.last.map(|n| shown.last[n as usize].oid.clone());
            if entry.kind == EntryKind::Folder {
                open.push(below.clone());
            } else {
                let alone = file(repository, revision, &below);
                assert!(last.is_none() || alone.last.map(|last| last.oid) == last, "{revision} {below}");
            }
            found.insert(below, last);
        }
    }
    found
}

/// The same as git says it.
fn theirs(work: &Path, revision: &str) -> BTreeMap<String, Option<String>> {
    let paths = git(work, &["ls-tree", "-r", "-t", "--name-only", revision]);
    let last = |path: &str| git(work, &["log", "-1", "--format=%H", revision, "--", path]).trim().to_owned();
    paths.lines().map(|path| (path.to_owned(), Some(last(path)))).collect()
}

fn fill(repository: &Repository) {
    while repository.maintain(&env()).unwrap() {}
}

#[test]
fn every_entry_has_the_last_commit_git_finds() {
    for seed in 1..5 {
        let world = World::new();
        let work = world.dir.path().join("work");
        make(&work, seed, SHAPE, true);
        let names = git(&work, &["for-each-ref", "--format=%(refname)"]);
        let refs: Vec<_> = names.lines().map(|name| (name, name)).collect();
        world.push(&work, &refs);
        // Before anything is indexed a short walk answers, or nothing does.
        let early = ours(&world.repository, "main");
        fill(&world.repository);
        for revision in ["main", "c119", "c80", "c41", "c3"] {
            let expected = theirs(&work, revision);
            assert_eq!(ours(&world.repository, revision), expected, "seed {seed}, {revision}");
            if revision == "main" {
                let wrong: Vec<_> =
                    early.iter().filter(|(path, last)| last.is_some() && expected[*path] != **last).collect();
                assert!(wrong.is_empty(), "{wrong:?}");
            }
        }
    }
}

#[test]
fn pushes_keep_the_index_themselves() {
    let world = World::new();
    let work = world.dir.path().join("work");
    make(&work, 9, Shape { merges: 20, ..SHAPE }, true);
    // One commit a push, as they were made.
    for n in 0..SHAPE.commits {
        let name = format!("refs/heads/c{n}");
        let answer = world.push(&work, &[(&name, &name)]);
        assert!(answer.contains(&format!("ok {name}")), "{answer}");
        if n % 10 == 9 {
            let shown = folder(&world.repository, &format!("c{n}"), "");
            assert!(!shown.last_pending);
        }
    }
    for revision in ["c119", "c77"] {
        assert_eq!(ours(&world.repository, revision), theirs(&work, revision), "{revision}");
    }
}

#[test]
fn a_moved_branch_changes_nothing_about_commits() {
    let world = World::new();
    let work = world.history(30);
    world.push(&work, &[("refs/heads/main", "main")]);
    fill(&world.repository);
    git(&work, &["checkout", "-q", "-b", "other", "HEAD~12"]);
    std::fs::write(work.join("growing.txt"), "rewritten\n").unwrap();
    git(&work, &["commit", "-qam", "another way"]);
    world.push(&work, &[("refs/heads/main", "other")]);
    assert_eq!(ours(&world.repository, "main"), theirs(&work, "other"));
    fill(&world.repository);
    assert_eq!(ours(&world.repository, "main"), theirs(&work, "other"));
}

#[test]
fn folders_that_expand_without_end_cost_what_is_stored() {
    let world = World::new();
    let work = world.dir.path().join("work");
    support::git_init(&work);
    let mut heads = Vec::new();
    for n in 0..2 {
        // Ten folders in each of ten levels: as many paths as no index can hold.
        let blob = git_object(&work, "blob", &format!("{n}\n"));
        let mut tree = mktree(&work, &format!("100644 blob {blob}\tf\n"));
        for _ in 0..10 {
            let lines: String = (0..10).map(|n| format!("040000 tree {tree}\td{n}\n")).collect();
            tree = mktree(&work, &lines);
        }
        let mut args = vec!["commit-tree".to_owned(), tree, "-m".into(), format!("bomb {n}")];
        if let Some(parent) = heads.last() {
            args.extend(["-p".to_owned(), String::clone(parent)]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        heads.push(git(&work, &args).trim().to_owned());
    }
    git(&work, &["update-ref", "refs/heads/main", &heads[1]]);
    world.push(&work, &[("refs/heads/main", "main")]);
    let begun = std::time::Instant::now();
    fill(&world.repository);
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
    let shown = folder(&world.repository, "main", "");
    assert!(shown.last.len() == 1 && shown.last[0].oid == heads[1]);
    let deep = folder(&world.repository, "main", "d3/d1/d4/d1/d5/d9/d2/d6/d5/d3");
    assert_eq!(deep.last[deep.entries[0].last.unwrap() as usize].oid, heads[1]);
}

fn git_object(work: &Path, kind: &str, content: &str) -> String {
    let out = support::git_bytes(work, &["hash-object", "-t", kind, "-w", "--stdin"], content.as_bytes());
    String::from_utf8(out).unwrap().trim().to_owned()
}

fn mktree(work: &Path, lines: &str) -> String {
    let out = support::git_bytes(work, &["mktree"], lines.as_bytes());
    String::from_utf8(out).unwrap().trim().to_owned()
}
