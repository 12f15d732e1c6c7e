//! The history of files and of their lines, beside `git log` and `git blame`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::path::{Path, PathBuf};

use gitflare_port::{
    Caller, Command, ErrorKind, Reply,
    blame::{Blame, BlameQuery},
    log::{Log, LogQuery},
};
use support::{
    World, env, git, head,
    histories::{Dice, Shape, make},
};

const SHAPE: Shape = Shape { commits: 120, merges: 30, renames: true, skewed: false };

fn caller() -> Caller {
    head(gitflare_port::Service::UploadPack, 2, false).caller
}

fn log(world: &World, query: &LogQuery) -> Log {
    match world.repository.command(Command::Log { caller: caller(), query: query.clone() }, &env()) {
        Ok(Reply::Log(log)) => log,
        other => panic!("{other:?}"),
    }
}

fn pages(world: &World, query: LogQuery) -> Vec<String> {
    let mut query = query;
    let mut found = Vec::new();
    for _ in 0..10_000 {
        let page = log(world, &query);
        found.extend(page.commits.into_iter().map(|entry| entry.commit.oid));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
    panic!("the pages never end");
}

fn of(path: &str, limit: u32) -> LogQuery {
    LogQuery { revision: Some("main".into()), path: path.into(), limit, ..LogQuery::default() }
}

fn blame(world: &World, query: &BlameQuery) -> Blame {
    for _ in 0..1_000 {
        match world.repository.command(Command::Blame { caller: caller(), query: query.clone() }, &env()) {
            Ok(Reply::Blame(blame)) if blame.pending => {}
            Ok(Reply::Blame(blame)) => return blame,
            other => panic!("{other:?}"),
        }
    }
    panic!("the search never ends");
}

fn world(seed: u64, shape: Shape, fill: bool) -> (World, PathBuf) {
    let world = World::new();
    let work = world.dir.path().join("work");
    make(&work, seed, shape, false);
    world.push(&work, &[("refs/heads/main", "main")]);
    while fill && world.repository.maintain(&env()).unwrap() {}
    (world, work)
}

/// Paths of all times: files and folders.
fn paths(work: &Path) -> Vec<String> {
    let all = git(work, &["log", "--format=", "--name-only", "-m", "main"]);
    let mut paths: Vec<String> = all.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let folders: Vec<_> = paths.iter().filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned())).collect();
    paths.extend(folders);
    paths.sort();
    paths.dedup();
    paths
}

#[test]
fn the_history_of_a_path_is_what_git_lists() {
    for (seed, fill) in [(1, true), (2, true), (3, false)] {
        let (world, work) = world(seed, SHAPE, fill);
        for path in paths(&work) {
            let mut expected: Vec<String> =
                git(&work, &["log", "--format=%H", "main", "--", &path]).lines().map(str::to_owned).collect();
            for limit in [3, 1_000] {
                let found = pages(&world, of(&path, limit));
                let times: Vec<String> =
                    found.iter().map(|oid| git(&work, &["log", "-1", "--format=%ct", oid])).collect();
                assert!(limit < 1_000 || times.is_sorted_by(|a, b| a >= b), "{path}");
                let mut found = found;
                found.sort();
                expected.sort();
                assert_eq!(found, expected, "seed {seed}, {path}, {limit}");
            }
        }
    }
}

#[test]
fn histories_can_be_narrowed() {
    let (world, work) = world(4, SHAPE, true);
    let path = "d1";
    let mut query = of(path, 4);
    query.authors = vec!["ada".into()];
    query.base = Some(git(&work, &["rev-parse", "main~15"]).trim().to_owned());
    let mut found = pages(&world, query);
    let expected = git(&work, &["log", "--format=%H", "--author=Ada", "main~15..main", "--", path]);
    let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_file_is_followed_across_renames() {
    let linear = Shape { commits: 150, merges: 0, renames: true, skewed: false };
    let mut renames = 0;
    for seed in 10..16 {
        let (world, work) = world(seed, linear, true);
        for path in git(&work, &["ls-tree", "-r", "--name-only", "main"]).lines() {
            let query = LogQuery { follow: true, ..of(path, 1_000) };
            let found = log(&world, &query);
            renames += found.commits.iter().filter(|entry| entry.renamed_from.is_some()).count();
            let shown: Vec<_> = found.commits.iter().map(|entry| entry.commit.oid.clone()).collect();
            let expected = git(&work, &["log", "--follow", "-M", "--format=%H", "main", "--", path]);
            let mut expected: Vec<_> = expected.lines().collect();
            // git goes on looking for the path of an earlier file after the one that is followed began.
            expected.truncate(shown.len());
            assert_eq!(shown, expected, "seed {seed}, {path}");
        }
    }
    assert!(renames > 5, "{renames}");
}

/// Lines as `git blame -p` tells of them: commit, line then, and path then.
fn theirs(work: &Path, path: &str) -> Vec<(String, u32, String)> {
    let mut lines = Vec::new();
    let (mut names, mut current) = (std::collections::HashMap::new(), (String::new(), 0));
    for line in git(work, &["blame", "-p", "main", "--", path]).lines() {
        let mut words = line.split(' ');
        let first = words.next().unwrap_or_default();
        if first.len() == 40 && first.bytes().all(|byte| byte.is_ascii_hexdigit()) && !line.starts_with('\t')
        {
            current = (first.to_owned(), words.next().unwrap().parse().unwrap());
        } else if let Some(name) = line.strip_prefix("filename ") {
            names.insert(current.0.clone(), name.to_owned());
        } else if line.starts_with('\t') {
            lines.push((current.0.clone(), current.1, names[&current.0].clone()));
        }
    }
    lines
}

fn ours(blame: &Blame) -> Vec<(String, u32, String)> {
    let run = |run: &gitflare_port::blame::BlameRun| {
        let (oid, path, origin) =
            (blame.commits[run.commit as usize].oid.clone(), run.path.clone(), run.origin);
        (0..run.count).map(move |n| (oid.clone(), origin + n, path.clone())).collect::<Vec<_>>()
    };
    blame.runs.iter().flat_map(run).collect()
}

#[test]
fn every_line_has_the_commit_git_blames() {
    for (seed, fill) in [(20, true), (21, true), (22, false)] {
        let (world, work) = world(seed, SHAPE, fill);
        for path in git(&work, &["ls-tree", "-r", "--name-only", "main"]).lines() {
            let query = BlameQuery {
                revision: Some("main".into()),
                path: path.into(),
                text: true,
                ..Default::default()
            };
            let found = blame(&world, &query);
            assert_eq!(ours(&found), theirs(&work, path), "seed {seed}, {path}");
            let text: String =
                found.lines.iter().map(|line| String::from_utf8(line.0.clone()).unwrap() + "\n").collect();
            assert_eq!(text, git(&work, &["show", &format!("main:{path}")]));
            let text = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<Blame>(&text).unwrap(), found);
        }
    }
}

#[test]
fn some_lines_can_be_blamed_alone() {
    let (world, work) = world(23, SHAPE, true);
    let mut dice = Dice(1);
    for path in git(&work, &["ls-tree", "-r", "--name-only", "main"]).lines() {
        let expected = theirs(&work, path);
        let first = 1 + dice.roll(expected.len() as u64) as u32;
        let last = first + dice.roll(10) as u32;
        let query = BlameQuery { revision: Some("main".into()), path: path.into(), first, last, text: true };
        let found = blame(&world, &query);
        let last = (last as usize).min(expected.len());
        assert_eq!(ours(&found), expected[first as usize - 1..last], "{path} {first}");
        assert_eq!((found.total as usize, found.lines.len()), (expected.len(), last + 1 - first as usize));
    }
    let query = BlameQuery { path: "d1".into(), ..BlameQuery::default() };
    let error = world.repository.command(Command::Blame { caller: caller(), query }, &env()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}
