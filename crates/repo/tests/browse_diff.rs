//! Diffs as pages get them, beside `git diff`.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::path::Path;

use gitflare_port::{
    Caller, Command, Error, ErrorKind, Reply,
    diff::{Counts, Diff, DiffHunk, DiffQuery, DiffRange, FileBody, FileLines, FileStatus, Omitted},
};
use support::{
    World, env, git, git_init, head,
    histories::{Shape, make},
};

fn caller() -> Caller {
    head(gitflare_port::Service::UploadPack, 2, false).caller
}

fn query(range: DiffRange) -> DiffQuery {
    DiffQuery::new(range, 20_000)
}

fn of(revision: &str) -> DiffQuery {
    query(DiffRange::Commit { revision: Some(revision.into()), parent: 1 })
}

fn diff(world: &World, query: &DiffQuery) -> Result<Diff, Error> {
    let reply = world.repository.command(Command::Diff { caller: caller(), query: query.clone() }, &env())?;
    let text = serde_json::to_string(&reply).unwrap();
    assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), reply);
    match reply {
        Reply::Diff(diff) => Ok(diff),
        other => panic!("{other:?}"),
    }
}

/// All bodies, an answer at a time.
fn bodies(world: &World, query: &DiffQuery) -> Vec<FileBody> {
    let mut query = query.clone();
    let mut found = Vec::new();
    loop {
        let part = diff(world, &query).unwrap();
        found.extend(part.bodies);
        match part.next {
            Some(next) => query.from = next,
            None => return found,
        }
    }
}

/// Hunks as a patch has them.
fn text(hunks: &[DiffHunk]) -> String {
    let mut out = Vec::new();
    for hunk in hunks {
        let range =
            |start: u32, count: u32| if count == 1 { start.to_string() } else { format!("{start},{count}") };
        let (old, new) = (range(hunk.old_start, hunk.old_count), range(hunk.new_start, hunk.new_count));
        out.extend_from_slice(format!("@@ -{old} +{new} @@").as_bytes());
        if !hunk.heading.0.is_empty() {
            out.push(b' ');
            out.extend_from_slice(&hunk.heading.0);
        }
        out.push(b'\n');
        for line in &hunk.lines {
            out.push(match (line.old, line.new) {
                (0, _) => b'+',
                (_, 0) => b'-',
                _ => b' ',
            });
            out.extend_from_slice(&line.text.0);
            out.push(b'\n');
            if line.open {
                out.extend_from_slice(b"\\ No newline at end of file\n");
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What git prints from the first hunk of a file on.
fn git_text(work: &Path, args: &[&str]) -> String {
    let all = git(work, &[&["diff"], args].concat());
    all.find("\n@@").map(|at| all[at + 1..].to_owned()).unwrap_or_default()
}

#[test]
fn every_commit_differs_as_git_says() {
    let world = World::new();
    let work = world.dir.path().join("work");
    make(&work, 3, Shape { commits: 60, merges: 20, renames: true, skewed: false }, false);
    world.push(&work, &[("refs/heads/main", "main")]);
    for commit in git(&work, &["rev-list", "main"]).lines() {
        let base = match git(&work, &["rev-list", "--parents", "-n1", commit]).split_whitespace().nth(1) {
            Some(parent) => parent.to_owned(),
            None => git(&work, &["hash-object", "-t", "tree", "/dev/null"]).trim().to_owned(),
        };
        let found = diff(&world, &of(commit)).unwrap();
        let numstat: String = found
            .files
            .iter()
            .map(|file| {
                let Counts { added, deleted } = file.counts.unwrap();
                let from = file.old_path.as_ref().map(|old| format!("{old} => ")).unwrap_or_default();
                format!("{added}\t{deleted}\t{from}{}\n", file.path)
            })
            .collect();
        let expected = git(&work, &["diff", "--numstat", "-M", "--no-compact-summary", &base, commit]);
        // git writes what two names have in common once.
        let plain: String = expected.lines().map(|line| unfold(line) + "\n").collect();
        assert_eq!(numstat, plain, "{commit}");
        let totals = found
            .files
            .iter()
            .filter_map(|file| file.counts)
            .fold((0, 0), |sum, counts| (sum.0 + counts.added, sum.1 + counts.deleted));
        let counts = found.counts.unwrap();
        assert_eq!((counts.added, counts.deleted), totals);
        for body in bodies(&world, &DiffQuery { lines: 10, ..of(commit) }) {
            let old = body.change.old_path.clone().unwrap_or_else(|| body.change.path.clone());
            let args = ["-M", &base, commit, "--", &old, &body.change.path];
            assert_eq!(text(&body.hunks), git_text(&work, &args), "{commit} {}", body.change.path);
        }
    }
}

/// `a/{b => c}/d` as `a/b/d => a/c/d`.
fn unfold(line: &str) -> String {
    let Some((start, rest)) = line.split_once('{') else { return line.to_owned() };
    let (middle, end) = rest.split_once('}').unwrap();
    let (old, new) = middle.split_once(" => ").unwrap();
    let (counts, start) = start.rsplit_once('\t').unwrap();
    let path = |middle: &str| format!("{start}{middle}{end}").replace("//", "/");
    format!("{counts}\t{} => {}", path(old), path(new))
}

/// A repository with one commit of many kinds of change.
fn varied(world: &World) -> std::path::PathBuf {
    let work = world.dir.path().join("varied");
    git_init(&work);
    let lines = |n: usize| (0..n).map(|n| format!("line {n}\n")).collect::<String>();
    std::fs::write(work.join("moved.txt"), lines(40)).unwrap();
    std::fs::write(work.join("kept.txt"), lines(60)).unwrap();
    std::fs::write(work.join("run.sh"), "echo\n").unwrap();
    std::fs::write(work.join("becomes-link"), "file\n").unwrap();
    std::fs::write(work.join("image.png"), b"\x89PNG\0\0one").unwrap();
    std::fs::write(work.join("spaces.c"), "if (x) {\n  y();\n}\n").unwrap();
    std::fs::write(work.join("open"), "no end").unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "1".repeat(40))]);
    git(&work, &["commit", "-q", "-m", "before"]);
    std::fs::create_dir_all(work.join("d")).unwrap();
    std::fs::rename(work.join("moved.txt"), work.join("d/moved.txt")).unwrap();
    std::fs::write(work.join("d/moved.txt"), lines(42)).unwrap();
    std::fs::write(work.join("kept.txt"), lines(60).replace("line 30\n", "line thirty\n") + "more\n")
        .unwrap();
    std::fs::write(work.join("copied.txt"), lines(60)).unwrap();
    std::fs::remove_file(work.join("becomes-link")).unwrap();
    std::os::unix::fs::symlink("kept.txt", work.join("becomes-link")).unwrap();
    std::fs::write(work.join("image.png"), b"\x89PNG\0\0another").unwrap();
    std::fs::write(work.join("spaces.c"), "if (x) {\n    y();\n}\n").unwrap();
    std::fs::write(work.join("open"), "no end\nbut more").unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["update-index", "--chmod=+x", "run.sh"]);
    git(&work, &["update-index", "--add", "--cacheinfo", &format!("160000,{},module", "2".repeat(40))]);
    git(&work, &["commit", "-q", "-m", "after"]);
    world.push(&work, &[("refs/heads/main", "main")]);
    work
}

#[test]
fn kinds_of_change_are_told_apart() {
    let world = World::new();
    let work = varied(&world);
    let found = diff(&world, &DiffQuery { copies: true, ..of("main") }).unwrap();
    assert_eq!(found.base, git(&work, &["rev-parse", "main~1"]).trim());
    let shown: Vec<_> = found.files.iter().map(|file| (file.path.as_str(), file.status)).collect();
    assert_eq!(
        shown,
        [
            ("becomes-link", FileStatus::Retyped),
            ("copied.txt", FileStatus::Copied),
            ("d/moved.txt", FileStatus::Renamed),
            ("image.png", FileStatus::Modified),
            ("kept.txt", FileStatus::Modified),
            ("module", FileStatus::Modified),
            ("open", FileStatus::Modified),
            ("run.sh", FileStatus::Modified),
            ("spaces.c", FileStatus::Modified),
        ]
    );
    let of = |path: &str| found.bodies.iter().find(|body| body.change.path == path).unwrap();
    assert_eq!(of("image.png").omitted, Some(Omitted::Binary { old: 9, new: 13 }));
    assert!(of("image.png").change.binary && of("image.png").change.counts.is_none());
    assert_eq!((of("run.sh").omitted, of("run.sh").change.new_mode), (Some(Omitted::Unchanged), 0o100_755));
    assert_eq!(of("module").change.new_oid, "2".repeat(40));
    assert_eq!(
        of("module").hunks[0].lines[1].text.0,
        format!("Subproject commit {}", "2".repeat(40)).into_bytes()
    );
    let marked = &of("kept.txt").hunks[0].lines[4];
    assert_eq!((marked.text.0.as_slice(), marked.marks.as_slice()), (&b"line thirty"[..], &[(5, 11)][..]));
    assert!(of("open").hunks[0].lines.iter().filter(|line| line.open).count() == 2);
    assert_eq!(of("copied.txt").change.old_path.as_deref(), Some("kept.txt"));
    assert_eq!(of("d/moved.txt").change.similarity, Some(95));

    let blind = diff(&world, &DiffQuery { ignore_space: true, ..self::of("main") }).unwrap();
    let spaces = blind.bodies.iter().find(|body| body.change.path == "spaces.c").unwrap();
    assert_eq!((spaces.omitted, spaces.change.counts), (Some(Omitted::Unchanged), Some(Counts::default())));

    let one = DiffQuery { path: Some("moved.txt".into()), list: false, texts: true, ..self::of("main") };
    let one = diff(&world, &one).unwrap();
    assert!(one.files.is_empty() && one.next.is_none() && one.bodies.len() == 1);
    let (lead, last) = (&one.bodies[0].lead.as_ref().unwrap().0, one.bodies[0].hunks.last().unwrap());
    assert_eq!(lead.iter().filter(|byte| **byte == b'\n').count() as u32, last.new_start - 1);
    assert!(lead.starts_with(b"line 0\n") && lead.ends_with(b"line 36\n"), "{lead:?}");
}

#[test]
fn two_and_three_dots_are_different_questions() {
    let world = World::new();
    let work = world.history(5);
    git(&work, &["checkout", "-q", "-b", "side", "HEAD~2"]);
    std::fs::write(work.join("side.txt"), "side\n").unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "side"]);
    git(&work, &["checkout", "-q", "--orphan", "alone"]);
    git(&work, &["commit", "-q", "-m", "alone"]);
    world.push(
        &work,
        &[("refs/heads/main", "main"), ("refs/heads/side", "side"), ("refs/heads/alone", "alone")],
    );
    let paths = |range: DiffRange| -> Vec<String> {
        diff(&world, &query(range)).unwrap().files.into_iter().map(|file| file.path).collect()
    };
    let (base, head) = (Some("main".to_owned()), "side".to_owned());
    assert_eq!(paths(DiffRange::Since { base: base.clone(), head: head.clone() }), ["side.txt"]);
    let expected = git(&work, &["diff", "--name-only", "main..side"]);
    assert_eq!(paths(DiffRange::Between { base: base.clone(), head }), expected.lines().collect::<Vec<_>>());
    let error = diff(&world, &query(DiffRange::Since { base, head: "alone".into() })).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let error = diff(&world, &query(DiffRange::Commit { revision: None, parent: 2 })).unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[test]
fn large_changes_come_in_bounded_answers() {
    let world = World::new();
    let work = world.dir.path().join("work");
    git_init(&work);
    std::fs::write(work.join("start"), "start\n").unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "start"]);
    for n in 0..3_200 {
        std::fs::write(work.join(format!("f{n:05}")), format!("{n}\n").repeat(20)).unwrap();
    }
    std::fs::write(work.join("a-huge-one"), "x\n".repeat(2_000_000)).unwrap();
    std::fs::write(work.join("a-long-one"), "y\n".repeat(30_000)).unwrap();
    std::fs::write(work.join("a-wide-one"), "z".repeat(1_500_000)).unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "many"]);
    world.push(&work, &[("refs/heads/main", "main")]);
    let mut asked = DiffQuery { lines: 2_000, ..of("main") };
    let (mut bodies, mut answers) = (0, 0);
    loop {
        let part = diff(&world, &asked).unwrap();
        let size = serde_json::to_string(&part).unwrap().len();
        assert!(size < 3_000_000, "{size}");
        if answers == 0 {
            assert!(part.truncated && part.total == 3_000 && part.files.len() == 3_000);
            let omitted: Vec<_> = part.bodies[..3].iter().map(|body| body.omitted).collect();
            assert!(omitted.iter().all(|why| matches!(why, Some(Omitted::TooLarge { .. }))), "{omitted:?}");
        }
        bodies += part.bodies.len();
        answers += 1;
        match part.next {
            Some(next) => asked = DiffQuery { list: false, from: next, ..asked },
            None => break,
        }
    }
    assert_eq!(bodies, 3_000);
    assert!(answers > 20);
    let counted = diff(&world, &DiffQuery { lines: 0, ..of("main") }).unwrap();
    assert!(counted.counts.is_some() && counted.bodies.is_empty());
}

#[test]
fn more_lines_around_a_change_can_be_asked_for() {
    let world = World::new();
    varied(&world);
    let lines = |first: u32, last: u32| -> FileLines {
        let command = Command::Lines {
            caller: caller(),
            revision: Some("main/kept.txt".into()),
            path: String::new(),
            first,
            last,
        };
        match world.repository.command(command, &env()) {
            Ok(Reply::Lines(lines)) => lines,
            other => panic!("{other:?}"),
        }
    };
    let some = lines(30, 32);
    let shown: Vec<_> = some.lines.iter().map(|line| String::from_utf8(line.0.clone()).unwrap()).collect();
    assert_eq!((some.total, shown), (61, vec!["line 29".to_owned(), "line thirty".into(), "line 31".into()]));
    assert_eq!(lines(0, u32::MAX).lines.len(), 61);
    assert!(lines(100, 200).lines.is_empty());
}
