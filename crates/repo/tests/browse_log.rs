//! Commits in pages, compared, and on branches and tags, with stock git as the oracle.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::path::{Path, PathBuf};

use gitflare_port::{
    Caller, Command, Error, ErrorKind, Reply,
    log::{CommitDetail, Comparison, Log, LogQuery},
    refs::{Branches, RefOrder, RefQuery, Tags},
};
use support::{
    World, env, git, git_bytes, head,
    histories::{Dice, Shape, make},
};

const SHAPE: Shape = Shape { commits: 150, merges: 30, renames: false, skewed: false };

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

fn log(world: &World, query: LogQuery) -> Result<Log, Error> {
    run(world, Command::Log { caller: caller(), query }).map(|reply| match reply {
        Reply::Log(log) => log,
        other => panic!("{other:?}"),
    })
}

/// All pages, as ids.
fn pages(world: &World, query: &LogQuery) -> Vec<String> {
    let mut query = query.clone();
    let mut found = Vec::new();
    loop {
        let page = log(world, query.clone()).unwrap();
        assert!(page.commits.len() <= query.limit as usize);
        found.extend(page.commits.into_iter().map(|entry| entry.commit.oid));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

fn query(revision: &str, limit: u32) -> LogQuery {
    LogQuery { revision: Some(revision.into()), limit, ..LogQuery::default() }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// A world with a random history whose every commit is a branch.
fn world(seed: u64, shape: Shape) -> (World, PathBuf) {
    let world = World::new();
    let work = world.dir.path().join("work");
    make(&work, seed, shape, true);
    let names = lines(&git(&work, &["for-each-ref", "--format=%(refname)"]));
    let refs: Vec<_> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
    world.push(&work, &refs);
    (world, work)
}

fn oid(work: &Path, revision: &str) -> String {
    git(work, &["rev-parse", revision]).trim().to_owned()
}

#[test]
fn pages_follow_each_other_as_git_lists_them() {
    for (seed, skewed) in [(1, false), (2, true), (3, true)] {
        let (world, work) = world(seed, Shape { skewed, ..SHAPE });
        let expected = lines(&git(&work, &["log", "--format=%H", "main"]));
        for limit in [1, 7, 1_000] {
            assert_eq!(pages(&world, &query("main", limit)), expected, "seed {seed}, limit {limit}");
        }
    }
}

#[test]
fn pages_stay_while_the_branch_moves() {
    let (world, work) = world(4, SHAPE);
    let expected = lines(&git(&work, &["log", "--format=%H", "c100"]));
    let first = log(&world, query("c100", 10)).unwrap();
    world.push(&work, &[("refs/heads/c100", "c120")]);
    let rest = LogQuery { after: first.next.clone(), ..query("c100", 1_000) };
    let second = log(&world, rest).unwrap();
    let all: Vec<_> =
        first.commits.iter().chain(&second.commits).map(|entry| entry.commit.oid.clone()).collect();
    assert_eq!(all, expected);
    assert_eq!(second.tip, first.tip);
    for bad in ["", "x", "+1", "main+3", &format!("{}+x", first.tip), &format!("{}+1", "0".repeat(40))] {
        let asked = LogQuery { after: Some(bad.into()), ..query("main", 10) };
        let error = log(&world, asked).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Invalid | ErrorKind::NotFound), "{bad}: {error:?}");
    }
}

#[test]
fn filters_find_what_git_finds() {
    let (world, work) = world(5, Shape { skewed: true, ..SHAPE });
    let times = lines(&git(&work, &["log", "--format=%ct", "main"]));
    let (since, until) = (times[100.min(times.len() - 1)].clone(), times[20].clone());
    for limit in [5, 1_000] {
        let by = LogQuery { authors: vec!["GRACE@".into()], ..query("main", limit) };
        assert_eq!(
            pages(&world, &by),
            lines(&git(&work, &["log", "--format=%H", "--author=grace@", "main"]))
        );
        let mut times = query("main", limit);
        times.since = Some(since.parse().unwrap());
        times.until = Some(until.parse().unwrap());
        let expected = git(
            &work,
            &["log", "--format=%H", &format!("--since={since}"), &format!("--until={until}"), "main"],
        );
        assert_eq!(pages(&world, &times), lines(&expected));
        let between = LogQuery { base: Some("c40".into()), ..query("main", limit) };
        assert_eq!(pages(&world, &between), lines(&git(&work, &["log", "--format=%H", "c40..main"])));
    }
    let nobody = LogQuery { authors: vec!["nobody".into()], ..query("main", 10) };
    assert_eq!(pages(&world, &nobody), Vec::<String>::new());
}

#[test]
fn a_commit_is_shown_with_all_it_says() {
    let world = World::new();
    let work = world.history(3);
    git(&work, &["checkout", "-q", "-b", "side", "HEAD~1"]);
    git(&work, &["commit", "-q", "--allow-empty", "-m", "Side"]);
    git(
        &work,
        &["merge", "-q", "--no-ff", "-m", "Merge  it\nall\n\nWith a body.\n\nSigned-off-by: A <a@b>", "main"],
    );
    world.push(&work, &[("refs/heads/side", "side"), ("refs/heads/main", "main")]);
    let show = |revision: &str| -> Result<CommitDetail, Error> {
        let command = Command::Commit { caller: caller(), revision: Some(revision.into()) };
        run(&world, command).map(|reply| match reply {
            Reply::Commit(commit) => commit,
            other => panic!("{other:?}"),
        })
    };
    let detail = show("side").unwrap();
    assert_eq!(detail.oid, oid(&work, "side"));
    assert_eq!(detail.tree, oid(&work, "side^{tree}"));
    assert_eq!(detail.subject, "Merge  it all");
    assert_eq!(
        detail.message,
        git(&work, &["log", "-1", "--format=%B", "side"]).trim_end().to_owned() + "\n"
    );
    let parents: Vec<_> = detail.parents.iter().map(|parent| parent.oid.clone()).collect();
    assert_eq!(parents, [oid(&work, "side^1"), oid(&work, "side^2")]);
    assert_eq!((detail.author.name.as_str(), detail.author.zone), ("Ada", 120));
    for digits in 7..40 {
        assert_eq!(show(&detail.oid[..digits]).unwrap(), detail);
    }
    assert_eq!(show("nothing").unwrap_err().kind, ErrorKind::NotFound);
    let error = show(&detail.tree).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(error.message, format!("{} is a folder, not a commit", detail.tree));
}

#[test]
fn revisions_are_compared_as_git_compares_them() {
    for seed in 6..10 {
        let (world, work) = world(seed, Shape { skewed: true, ..SHAPE });
        let mut dice = Dice(seed);
        for _ in 0..25 {
            let (base, head) = (format!("c{}", dice.roll(150)), format!("c{}", dice.roll(150)));
            let command = Command::Compare { caller: caller(), base: Some(base.clone()), head: head.clone() };
            let Ok(Reply::Comparison(Comparison { ahead, behind, mut merge_bases, .. })) =
                run(&world, command)
            else {
                panic!("{base} {head}");
            };
            let counts = git(&work, &["rev-list", "--left-right", "--count", &format!("{base}...{head}")]);
            assert_eq!(format!("{}\t{}\n", behind.unwrap(), ahead.unwrap()), counts, "{base} {head}");
            let found = git_all(&work, &["merge-base", "--all", &base, &head]);
            let mut expected = lines(&found);
            if expected.len() == 1 {
                assert_eq!(merge_bases, expected);
            }
            expected.sort();
            merge_bases.sort();
            assert_eq!(merge_bases, expected, "{base} {head}");
        }
    }
}

/// `git merge-base` fails when there is none.
fn git_all(work: &Path, args: &[&str]) -> String {
    let script = format!("git {} || true", args.join(" "));
    git(work, &["-c", &format!("alias.x=!{script}"), "x"])
}

fn branches(world: &World, query: RefQuery) -> Branches {
    match run(world, Command::Branches { caller: caller(), query }) {
        Ok(Reply::Branches(branches)) => branches,
        other => panic!("{other:?}"),
    }
}

#[test]
fn branches_come_in_pages_with_their_distance() {
    let (world, work) = world(11, SHAPE);
    let mut query = RefQuery { limit: 20, ..RefQuery::default() };
    let mut names = Vec::new();
    loop {
        let page = branches(&world, query.clone());
        assert_eq!((page.total, page.default.as_str()), (151, "main"));
        for branch in &page.branches {
            let counts =
                git(&work, &["rev-list", "--left-right", "--count", &format!("main...{}", branch.name)]);
            assert_eq!(format!("{}\t{}\n", branch.behind.unwrap(), branch.ahead.unwrap()), counts);
            assert_eq!(branch.commit.oid, oid(&work, &branch.name));
            names.push(branch.name.clone());
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    assert_eq!(names, lines(&git(&work, &["for-each-ref", "--format=%(refname:short)"])));
    let found = branches(&world, RefQuery { search: "C14".into(), limit: 50, ..RefQuery::default() });
    assert_eq!(found.branches.len(), 11);
    let recent = RefQuery { order: RefOrder::Recent, limit: 50, ..RefQuery::default() };
    let page = branches(&world, recent.clone());
    let second = branches(&world, RefQuery { after: page.next.clone(), ..recent });
    let times: Vec<_> =
        page.branches.iter().chain(&second.branches).map(|branch| branch.commit.time).collect();
    assert!(times.len() == 100 && times.is_sorted_by(|a, b| a >= b));
}

#[test]
fn tags_say_who_tagged_what() {
    let world = World::new();
    let work = world.history(2);
    git(&work, &["tag", "light", "HEAD~1"]);
    git(&work, &["tag", "-a", "-m", "Version 1\n\nNotes.", "v1.2", "HEAD"]);
    git(&work, &["tag", "-a", "-m", "of a tag", "v1.10", "v1.2"]);
    git(&work, &["tag", "tree", "HEAD^{tree}"]);
    git(&work, &["tag", "blob", "HEAD:growing.txt"]);
    let tags = ["light", "v1.2", "v1.10", "tree", "blob"].map(|name| format!("refs/tags/{name}"));
    let mut refs: Vec<_> = tags.iter().map(|tag| (tag.as_str(), tag.as_str())).collect();
    refs.push(("refs/heads/main", "main"));
    world.push(&work, &refs);
    let query = RefQuery { order: RefOrder::NameDescending, limit: 100, ..RefQuery::default() };
    let Ok(Reply::Tags(Tags { total: 5, tags, next: None })) =
        run(&world, Command::Tags { caller: caller(), query })
    else {
        panic!();
    };
    let shown: Vec<_> = tags.iter().map(|tag| (tag.name.as_str(), tag.kind.as_str())).collect();
    assert_eq!(
        shown,
        [("v1.10", "commit"), ("v1.2", "commit"), ("tree", "tree"), ("light", "commit"), ("blob", "blob")]
    );
    assert_eq!(tags[0].target, oid(&work, "HEAD"));
    assert_eq!(tags[0].oid, oid(&work, "v1.10"));
    assert_eq!(tags[1].message.as_deref(), Some("Version 1\n\nNotes.\n"));
    assert_eq!(tags[1].tagger.as_ref().unwrap().mail, "ada@example.org");
    assert!(tags[3].tagger.is_none() && tags[3].message.is_none());
    assert_eq!(tags[3].commit.as_ref().unwrap().oid, oid(&work, "HEAD~1"));
    assert!(tags[4].commit.is_none());
}

#[test]
fn what_a_hidden_ref_holds_is_not_listed() {
    let (world, work) = world(12, SHAPE);
    let tip = oid(&work, "main");
    let mut hiding = caller();
    hiding.hidden = vec!["refs/heads/".into()];
    for revision in ["main", &tip, &tip[..12]] {
        let query = query(revision, 10);
        let error =
            world.repository.command(Command::Log { caller: hiding.clone(), query }, &env()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{revision}");
    }
    let after = LogQuery { after: Some(format!("{tip}+1")), ..LogQuery::default() };
    let reply = world.repository.command(Command::Log { caller: hiding.clone(), query: after }, &env());
    assert!(matches!(reply, Ok(Reply::Log(Log { commits, .. })) if commits.is_empty()));
    hiding.hidden = vec!["refs/heads/c".into()];
    let below = oid(&work, "main~3");
    let reply =
        world.repository.command(Command::Log { caller: hiding, query: query(&below[..9], 3) }, &env());
    assert!(matches!(reply, Ok(Reply::Log(Log { tip, .. })) if tip == below));
}

#[test]
fn a_message_that_is_not_utf8_is_shown_as_well_as_possible() {
    let world = World::new();
    let work = world.history(1);
    let tree = oid(&work, "HEAD^{tree}");
    let raw = format!(
        "tree {tree}\nauthor \u{1}x <a> 5 +0000\ncommitter \u{1}x <a> 5 +0000\nencoding ISO-8859-1\n\nGr\u{2}\n"
    );
    let raw: Vec<u8> = raw
        .bytes()
        .map(|b| match b {
            1 => 0xd6,
            2 => 0xfc,
            b => b,
        })
        .collect();
    let commit = git_bytes(&work, &["hash-object", "-t", "commit", "-w", "--stdin"], &raw);
    let commit = String::from_utf8(commit).unwrap().trim().to_owned();
    git(&work, &["update-ref", "refs/heads/latin", &commit]);
    world.push(&work, &[("refs/heads/latin", "latin")]);
    let page = log(&world, query("latin", 1)).unwrap();
    let shown = &page.commits[0].commit;
    assert_eq!((shown.subject.as_str(), shown.author.as_str(), shown.time), ("Grü", "Öx", 5));
}
