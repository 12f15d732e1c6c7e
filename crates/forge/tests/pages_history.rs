//! History as pages: commits, a commit with its diff, branches, tags and comparisons.

use gitflare_port::{
    Command, Error, ErrorKind, RefUpdate, Reply,
    diff::{
        Counts, Diff, DiffHunk, DiffLine, DiffQuery, DiffRange, FileBody, FileChange, FileStatus, Omitted,
    },
    log::{CommitDetail, CommitSummary, Comparison, Log, LogEntry, LogQuery, Person},
    refs::{Branch, Branches, RefChange, RefOrder, RefQuery, Tag, Tags},
};
use http::StatusCode;

use crate::pages::{Browser, words};
use crate::support::World;

type Answer = Option<Result<Reply, Error>>;

pub(crate) const TIP: &str = "e83c5163316f89bfbde7d9ab23ca2e25604af290";
const DAY: i64 = 86_400;

fn refused(kind: ErrorKind, message: &str) -> Answer {
    Some(Err(Error { kind, message: message.into() }))
}

fn commit(n: i64, subject: &str) -> CommitSummary {
    CommitSummary {
        oid: format!("{n:040x}"),
        subject: subject.into(),
        author: "Ada Lovelace".into(),
        author_mail: "ada@example.org".into(),
        committer: "Ada Lovelace".into(),
        time: 1_799_990_000 - n * DAY / 2,
        parents: 1,
        ..CommitSummary::default()
    }
}

fn log(query: &LogQuery) -> Answer {
    let (revision, path) = match query.revision.as_deref().unwrap_or("main") {
        "refs/heads/main" | "refs/heads/old" | "main" | "feature%2Fx" => ("main", ""),
        "refs/heads/feature/x/src" => ("feature/x", "src"),
        "refs/heads/feature/%3Cb%3E%FF" => ("feature/%3Cb%3E%FF", ""),
        "feature/x" => ("feature/x", ""),
        "main/src/new.rs" => ("main", "src/new.rs"),
        "blob" => return refused(ErrorKind::Invalid, "blob is a file, not a commit"),
        "abcd" => return refused(ErrorKind::Invalid, "abcd is ambiguous: several objects begin with it"),
        _ => return refused(ErrorKind::NotFound, "there is no revision"),
    };
    let mut commits: Vec<LogEntry> = (1..=3)
        .map(|n| LogEntry { commit: commit(n, &format!("Step {n}")), ..LogEntry::default() })
        .collect();
    commits[0].commit.has_body = true;
    commits[0].body = "Because it was <b>wrong</b>.\n\nReally.\n".into();
    commits[2].commit.parents = 8;
    if !path.is_empty() {
        commits.iter_mut().for_each(|entry| entry.path = path.into());
        commits[1].renamed_from = Some("src/old%20name.rs".into());
        commits[2].path = "src/old%20name.rs".into();
    }
    let merged = query.base.is_some() && revision == "main";
    if merged || query.authors.iter().any(|author| author == "nobody") {
        commits.clear();
    }
    Some(Ok(Reply::Log(Log {
        revision: revision.into(),
        path: path.into(),
        tip: TIP.into(),
        commits,
        next: Some(format!("{TIP}+{}", 35 + place(query))),
        ..Log::default()
    })))
}

fn place(query: &LogQuery) -> u64 {
    query.after.as_deref().and_then(|after| after.rsplit('+').next()?.parse().ok()).unwrap_or(0)
}

fn line(old: u32, new: u32, text: &str) -> DiffLine {
    DiffLine { old, new, text: text.as_bytes().into(), ..DiffLine::default() }
}

fn changed(status: FileStatus, path: &str, modes: (u32, u32)) -> FileChange {
    let counts = Some(Counts { added: 1, deleted: 1 });
    FileChange {
        status,
        path: path.into(),
        old_mode: modes.0,
        new_mode: modes.1,
        counts,
        ..FileChange::default()
    }
}

/// A renamed file with marks in its lines, and one of each kind that has no lines.
fn bodies() -> Vec<FileBody> {
    let plain = (0o100_644, 0o100_644);
    let renamed = FileChange {
        old_path: Some("src/old%FFname.rs".into()),
        similarity: Some(91),
        ..changed(FileStatus::Renamed, "src/new.rs", plain)
    };
    let gone = DiffLine { marks: vec![(4, 7)], ..line(2, 0, "let one = <b>;") };
    let came = DiffLine { marks: vec![(4, 9)], ..line(0, 2, "let other = <b>;") };
    let hunk = DiffHunk {
        old_start: 1,
        old_count: 3,
        new_start: 1,
        new_count: 3,
        heading: b"fn main()".as_slice().into(),
        lines: vec![line(1, 1, "fn main() {"), gone, came, line(3, 3, "}")],
    };
    let lines = |count: u32| DiffHunk {
        lines: (1..=count).map(|n| line(0, n, "more")).collect(),
        ..DiffHunk::default()
    };
    let pointer = ["version https://git-lfs.github.com/spec/v1", "oid sha256:4d", "size 12345678"];
    let pointer = DiffHunk {
        lines: (1..).zip(pointer).map(|(n, text)| line(0, n, text)).collect(),
        ..DiffHunk::default()
    };
    let body = |change, hunks, omitted| FileBody { change, hunks, omitted, ..FileBody::default() };
    let mut all = vec![
        body(renamed, vec![hunk], None),
        body(changed(FileStatus::Modified, "Cargo.lock", plain), vec![lines(5)], None),
        body(changed(FileStatus::Added, "big.txt", (0, 0o100_644)), vec![lines(1_600)], None),
        body(changed(FileStatus::Added, "huge.txt", (0, 0o100_644)), vec![lines(6_100)], None),
        body(
            changed(FileStatus::Modified, "logo.png", plain),
            vec![],
            Some(Omitted::Binary { old: 10, new: 20 }),
        ),
        body(
            changed(FileStatus::Deleted, "data.bin", (0o100_644, 0)),
            vec![],
            Some(Omitted::Binary { old: 10, new: 0 }),
        ),
        body(
            changed(FileStatus::Modified, "dump.sql", plain),
            vec![],
            Some(Omitted::TooLarge { old: 9_000_000, new: 1 }),
        ),
        body(
            changed(FileStatus::Modified, "run.sh", (0o100_644, 0o100_755)),
            vec![],
            Some(Omitted::Unchanged),
        ),
        body(changed(FileStatus::Added, "movie.mp4", (0, 0o100_644)), vec![pointer], None),
        body(changed(FileStatus::Modified, "vendor/lib", (0o160_000, 0o160_000)), vec![], None),
    ];
    for (n, body) in (0..).zip(&mut all) {
        body.file = n;
    }
    all[0].new_lines = 60;
    all
}

fn diff(query: &DiffQuery) -> Answer {
    let mut answer = Diff { base: format!("{:040x}", 2), head: format!("{:040x}", 1), ..Diff::default() };
    match &query.range {
        DiffRange::Commit { revision, parent } => {
            let root = match revision.as_deref().unwrap_or("main") {
                "main" | "00000000000000" => false,
                oid if *oid == format!("{:040x}", 1) => false,
                oid if *oid == format!("{:040x}", 9) => true,
                "abcd" => {
                    return refused(ErrorKind::Invalid, "abcd is ambiguous: several objects begin with it");
                }
                _ => return refused(ErrorKind::NotFound, "there is no revision"),
            };
            if *parent > 3 {
                return refused(ErrorKind::NotFound, "no such parent");
            }
            let person = |name: &str| Person {
                name: name.into(),
                mail: "ada@example.org".into(),
                time: 1_799_990_000,
                zone: 60,
            };
            answer.commit = Some(CommitDetail {
                oid: format!("{:040x}", if root { 9 } else { 1 }),
                author: person("Ada <b>"),
                committer: person("Grace"),
                subject: "Teach it <script>".into(),
                message: "Teach it <script>\n\nBecause\n\nof reasons.\n".into(),
                parents: if root { vec![] } else { (2..=4).map(|n| commit(n, "Before")).collect() },
                ..CommitDetail::default()
            });
            if root {
                return Some(Ok(Reply::Diff(answer)));
            }
        }
        DiffRange::Between { head, .. } | DiffRange::Since { head, .. } => {
            if head == "none" {
                return refused(ErrorKind::NotFound, "there is no revision none");
            }
            let related = head != "lonely" || matches!(query.range, DiffRange::Between { .. });
            let merge_bases = if head == "lonely" { vec![] } else { vec![format!("{:040x}", 3)] };
            answer.comparison = Some(Comparison {
                base: answer.base.clone(),
                head: if head == "main" { answer.base.clone() } else { answer.head.clone() },
                merge_bases,
                ahead: Some(1),
                behind: Some(2),
            });
            answer.commits = Some(Log {
                commits: vec![LogEntry { commit: commit(1, "Only here"), ..LogEntry::default() }],
                ..Log::default()
            });
            if head == "main" {
                answer.head = answer.base.clone();
            }
            if !related || head == "main" {
                return Some(Ok(Reply::Diff(answer)));
            }
        }
    }
    answer.files = bodies().into_iter().map(|body| body.change).collect();
    answer.bodies = bodies();
    answer.total = 12;
    answer.next = Some(10);
    answer.counts = Some(Counts { added: 7, deleted: 8 });
    if let Some(path) = &query.path {
        answer.bodies.retain(|body| body.change.path == *path);
        answer.next = None;
    } else {
        assert_eq!(query.fold, 1_500);
        answer.bodies[2].hunks.clear();
        answer.bodies[2].omitted = Some(Omitted::Folded { lines: 1_600 });
    }
    Some(Ok(Reply::Diff(answer)))
}

fn branches() -> Branches {
    let branch = |name: &str, n| Branch {
        name: name.into(),
        commit: commit(n, "Its last"),
        ahead: Some(3),
        behind: (n > 1).then_some(40),
    };
    Branches {
        total: 5_000,
        default: "main".into(),
        branches: vec![branch("main", 1), branch("feature/%3Cb%3E%FF", 2)],
        next: Some("feature/%3Cb%3E%FF".into()),
    }
}

fn tags() -> Tags {
    let tag = |name: &str, kind: &str| Tag {
        name: name.into(),
        target: format!("{:040x}", 1),
        kind: kind.into(),
        commit: (kind == "commit").then(|| commit(1, "Released")),
        ..Tag::default()
    };
    let said = Tag {
        tagger: Some(Person { name: "Ada <b>".into(), time: 1_799_990_000, ..Person::default() }),
        message: Some("The first <i>\n\nWith notes\n".into()),
        ..tag("v1.0", "commit")
    };
    Tags { total: 2, tags: vec![said, tag("a-blob", "blob")], next: None }
}

/// Branches go if they were seen at the tip.
fn moved(changes: &[RefChange]) -> Result<Reply, Error> {
    let moved = changes.iter().map(|change| {
        if change.old != TIP {
            return Err(Error {
                kind: ErrorKind::Conflict,
                message: format!("{} moved meanwhile", change.name),
            });
        }
        let RefChange { name, old, new, .. } = change.clone();
        Ok(RefUpdate { name, old, new, forced: false })
    });
    moved.collect::<Result<_, _>>().map(|updates| Reply::Moved { updates })
}

/// A repository with some history.
pub(crate) fn answer(command: &Command) -> Answer {
    match command {
        Command::Log { query, .. } => log(query),
        Command::Diff { query, .. } => diff(query),
        Command::Branches { .. } => Some(Ok(Reply::Branches(branches()))),
        Command::Tags { .. } => Some(Ok(Reply::Tags(tags()))),
        Command::MoveRefs { changes, .. } => Some(moved(changes)),
        _ => None,
    }
}

async fn world() -> World {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    world
}

fn asked(world: &World) -> LogQuery {
    let commands = world.host.commands.lock().unwrap();
    match commands.last() {
        Some((_, Command::Log { query, .. })) => query.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn commits_are_listed_by_day_with_a_way_on() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/commits/feature/x").await;
    insta::assert_snapshot!(words(&page));
    for part in [
        format!("href=\"/ada/demo/commit/{:040x}\"", 1),
        format!("href=\"/ada/demo/tree/{:040x}\"", 1),
        format!("data-copy=\"{:040x}\"", 1),
        format!("rel=\"next\" href=\"/ada/demo/commits/feature/x?after={TIP}%2B35\""),
        "Because it was &lt;b&gt;wrong&lt;/b&gt;.".to_owned(),
    ] {
        assert!(page.body.contains(&part), "{part} is missing in {}", page.body);
    }
    let deep = browser.get(&format!("/ada/demo/commits?after={TIP}%2B10000")).await;
    assert!(deep.body.contains(&format!("rel=\"prev\" href=\"/ada/demo/commits/main?after={TIP}%2B9965\"")));
    assert_eq!(asked(&world).after, Some(format!("{TIP}+10000")));
    assert_eq!(world.host.commands.lock().unwrap().len(), 2, "a page costs one command");
}

#[tokio::test]
async fn the_history_of_a_file_goes_on_before_its_rename() {
    let world = world().await;
    let page = Browser::new(&world).get("/ada/demo/commits/main/src/new.rs").await;
    insta::assert_snapshot!(words(&page));
    assert!(asked(&world).follow);
    for part in [
        format!("href=\"/ada/demo/blob/{:040x}/src/new.rs\"", 1),
        format!("href=\"/ada/demo/blob/{:040x}/src/old%20name.rs\"", 3),
        "value=\"src/new.rs\"".to_owned(),
    ] {
        assert!(page.body.contains(&part), "{part} is missing in {}", page.body);
    }
}

#[tokio::test]
async fn commits_are_filtered_by_a_form() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let reply =
        browser.get("/ada/demo/commits/main?author=ada&path=%2Fsrc%2Fa+b.rs&since=2026-05-03&until=").await;
    assert_eq!(reply.header("location"), "/ada/demo/commits/main/src/a%20b.rs?author=ada&since=2026-05-03");
    let page = browser.get("/ada/demo/commits/main?author=nobody&since=2026-05-03&until=2026-05-03").await;
    let query = asked(&world);
    assert_eq!(query.authors, ["nobody"]);
    assert_eq!((query.since, query.until), (Some(1_777_766_400), Some(1_777_766_400 + DAY - 1)));
    assert!(words(&page).contains("No commit matches."), "{}", words(&page));
    assert!(page.body.contains("value=\"2026-05-03\""));
}

#[tokio::test]
async fn what_is_no_commit_is_said_to_be_none() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    for (path, sentence) in [
        ("commits/blob", "blob is a file, not a commit."),
        ("commits/no%3Cb%3Ene", "There is no branch, tag or commit no<b>ne in this repository."),
        ("commits/abcd", "abcd is ambiguous: several objects begin with it."),
    ] {
        let page = browser.get(&format!("/ada/demo/{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        let said = words(&page).replace('\n', " ");
        assert!(said.contains(sentence), "{said}");
    }
}

#[tokio::test]
async fn a_commit_says_what_it_is_and_what_it_changed() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let oid = format!("{:040x}", 1);
    for short in ["main", "00000000000000"] {
        let reply = browser.get(&format!("/ada/demo/commit/{short}?w=1")).await;
        assert_eq!(reply.header("location"), format!("/ada/demo/commit/{oid}?w=1"));
    }
    let page = browser.get(&format!("/ada/demo/commit/{oid}")).await;
    insta::assert_snapshot!(words(&page));
    for part in [
        format!("href=\"/ada/demo/commit/{:040x}\"", 4),
        format!("href=\"/ada/demo/commit/{oid}?parent=3\""),
        format!("href=\"/ada/demo/commit/{oid}?file=big.txt#"),
        format!("href=\"/ada/demo/commit/{oid}?from=10\""),
        format!("href=\"/ada/demo/commit/{oid}.patch\""),
        format!("src=\"/ada/demo/raw/{oid}/logo.png\""),
        format!("href=\"/ada/demo/blob/{:040x}/data.bin\"", 2),
        "<span class=k>let</span> <del>one</del> = &lt;b&gt;;".to_owned(),
        "<span class=k>let</span> <ins>other</ins> = &lt;b&gt;;".to_owned(),
    ] {
        assert!(page.body.contains(&part), "{part} is missing in {}", page.body);
    }
    assert!(page.body.len() < 60_000, "what is folded is not sent: {}", page.body.len());
    let asked = world.host.commands.lock().unwrap().len();
    assert_eq!(asked, 3, "a page costs one command");
    let root = browser.get(&format!("/ada/demo/commit/{:040x}", 9)).await;
    assert!(words(&root).contains("none: history begins here"), "{}", words(&root));
    for (path, sentence) in [
        ("none", "There is no commit none in this repository."),
        ("abcd", "abcd is ambiguous: several objects begin with it."),
    ] {
        let page = browser.get(&format!("/ada/demo/commit/{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(words(&page).replace('\n', " ").contains(sentence), "{}", words(&page));
    }
}

#[tokio::test]
async fn a_diff_is_read_side_by_side_and_file_by_file() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = format!("/ada/demo/commit/{:040x}", 1);
    let split = browser.get(&format!("{page}?diff=split")).await;
    assert!(
        split.body.contains("<td class=\"t del\"><span class=k>let</span> <del>one</del>"),
        "{}",
        split.body
    );
    assert!(
        split.body.contains("class=\"lines split\"") && split.body.contains("?diff=split&amp;file=big.txt#")
    );
    let folded = browser.get(&format!("{page}?file=big.txt")).await;
    assert!(folded.body.contains("data-n=\"1600\""), "a page of its own shows what is folded");
    assert!(words(&folded).contains("All files"));
    let more = browser.get(&format!("{page}?file=src/new.rs&context=20")).await;
    assert!(more.body.contains("context=70#diff-"), "{}", more.body);
    let excerpt =
        format!("data-excerpt=\"/ada/demo/blob_excerpt/{:040x}/src/new.rs?first=4&amp;last=60&amp;", 1);
    assert!(more.body.contains(&excerpt), "{}", more.body);
    assert!(words(&more).contains("Show 50 of 57 unmodified lines"));
    let blind = browser.get(&format!("{page}?w=1&parent=2")).await;
    assert!(words(&blind).contains("Show white space changes"));
    let commands = world.host.commands.lock().unwrap();
    let queries: Vec<&DiffQuery> = commands
        .iter()
        .filter_map(|(_, command)| match command {
            Command::Diff { query, .. } => Some(query),
            _ => None,
        })
        .collect();
    assert_eq!((queries[1].path.as_deref(), queries[2].context), (Some("big.txt"), 20));
    assert!(queries[3].ignore_space && matches!(queries[3].range, DiffRange::Commit { parent: 2, .. }));
}

#[tokio::test]
async fn two_revisions_are_compared() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/compare/v1.0...feature/x").await;
    let text = words(&page);
    assert!(text.contains("1 commit") && text.contains("2 commits") && text.contains("Only here"), "{text}");
    assert!(page.body.contains("href=\"/ada/demo/compare/feature/x...v1.0\""), "{}", page.body);
    let lonely = browser.get("/ada/demo/compare/v1.0...lonely").await;
    assert!(words(&lonely).contains("their histories are unrelated"), "{}", words(&lonely));
    assert!(lonely.body.contains("href=\"/ada/demo/compare/v1.0..lonely\""));
    let same = browser.get("/ada/demo/compare/v1.0...main").await;
    assert!(words(&same).contains("Both are the same commit"));
    let none = browser.get("/ada/demo/compare/v1.0..none").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert!(words(&none).contains("v1.0 or none"), "{}", words(&none));
    let typed = browser.get("/ada/demo/compare?base=a+b&head=feature%2Fx&dots=2").await;
    assert_eq!(typed.header("location"), "/ada/demo/compare/a%20b..feature/x");
    assert_eq!(browser.get("/ada/demo/compare/topic").await.header("location"), "/ada/demo/compare/...topic");
    let alone = browser.get("/ada/demo/compare").await;
    assert!(alone.body.contains("<option value=\"feature/&lt;b&gt;\u{FFFD}\">"), "{}", alone.body);
}

fn wanted(world: &World) -> RefQuery {
    let commands = world.host.commands.lock().unwrap();
    match commands.last() {
        Some((_, Command::Branches { query, .. } | Command::Tags { query, .. })) => query.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn branches_are_listed_with_their_distance() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/branches").await;
    insta::assert_snapshot!(words(&page));
    let name = "feature/%3Cb%3E%FF";
    for part in [
        format!("href=\"/ada/demo/tree/{name}\""),
        format!("href=\"/ada/demo/compare/main...{name}\""),
        format!("href=\"/ada/demo/compare/{name}...main\""),
        format!("href=\"/ada/demo/commit/{:040x}\"", 2),
        "rel=\"next\" href=\"/ada/demo/branches?after=feature/%253Cb%253E%25FF\"".to_owned(),
    ] {
        assert!(page.body.contains(&part), "{part} is missing in {}", page.body);
    }
    assert_eq!(wanted(&world).order, RefOrder::Recent);
    let more = browser.get("/ada/demo/branches?q=Feat%26&after=feature/%253Cb%253E%25FF").await;
    let query = wanted(&world);
    assert_eq!((query.search.as_str(), query.after.as_deref()), ("Feat&", Some("feature/%3Cb%3E%FF")));
    assert!(more.body.contains("href=\"/ada/demo/branches?q=Feat%26\""), "{}", more.body);
    assert_eq!(world.host.commands.lock().unwrap().len(), 2, "a page costs one command");
}

#[tokio::test]
async fn tags_are_listed_with_what_they_say_and_their_archives() {
    let world = world().await;
    let page = Browser::new(&world).get("/ada/demo/tags").await;
    insta::assert_snapshot!(words(&page));
    for part in [
        "href=\"/ada/demo/tree/v1.0\"",
        "href=\"/ada/demo/archive/refs/tags/v1.0.zip\"",
        "href=\"/ada/demo/archive/refs/tags/v1.0.tar.gz\"",
        "The first &lt;i&gt;",
    ] {
        assert!(page.body.contains(part), "{part} is missing in {}", page.body);
    }
    assert!(!page.body.contains("archive/refs/tags/a-blob"), "a file is no archive");
    assert_eq!(wanted(&world).order, RefOrder::NameDescending);
}

#[tokio::test]
async fn a_repository_without_branches_or_tags_says_how_to_make_one() {
    let world = world().await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Branches { query, .. } if query.after.is_some() => {
            refused(ErrorKind::Invalid, "that is no place in a list of refs")
        }
        Command::Branches { query, .. } => {
            Some(Ok(Reply::Branches(Branches { total: query.search.len() as u64, ..Branches::default() })))
        }
        Command::Tags { query, .. } => {
            Some(Ok(Reply::Tags(Tags { total: query.search.len() as u64, ..Tags::default() })))
        }
        _ => None,
    }));
    let mut browser = Browser::signed_in(&world, "ada").await;
    let said = async |browser: &mut Browser, path: &str| {
        let page = browser.get(&format!("/ada/demo/{path}")).await;
        (words(&page).replace('\n', " "), page)
    };
    assert!(said(&mut browser, "branches").await.0.contains("The first push makes one"));
    assert!(said(&mut browser, "tags").await.0.contains("git push origin v1.0"));
    assert!(
        !said(&mut Browser::new(&world), "tags").await.0.contains("git push"),
        "who may not push is told less"
    );
    let (text, page) = said(&mut browser, "branches?q=%3Ci%3E").await;
    assert!(text.contains("No branch has <i> in its name."), "{text}");
    assert!(page.body.contains("href=\"/ada/demo/tags?q=%3Ci%3E\""), "{}", page.body);
    assert!(said(&mut browser, "tags?q=x").await.0.contains("Look among the branches"));
    let (text, page) = said(&mut browser, "branches?after=x").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(text.contains("that is no place in a list of refs."), "{text}");
}

#[tokio::test]
async fn five_thousand_refs_with_much_to_say_stay_a_light_page() {
    let world = world().await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Branches { query, .. } => {
            let branch = |n: u32| Branch {
                name: format!("{n}/{}", "%FF".repeat(150)),
                commit: commit(i64::from(n), &"s".repeat(200)),
                ahead: Some(n),
                behind: Some(n),
            };
            let branches = (1..=query.limit).map(branch).collect();
            Some(Ok(Reply::Branches(Branches { branches, next: Some("50".into()), ..branches_of_many() })))
        }
        Command::Tags { query, .. } => {
            let tag = |n: u32| Tag {
                name: format!("v{n}"),
                kind: "commit".into(),
                message: Some(format!("{}\n\n{}", "é".repeat(80), "line\n".repeat(10_000))),
                ..Tag::default()
            };
            let tags = (1..=query.limit).map(tag).collect();
            Some(Ok(Reply::Tags(Tags { total: 5_000, tags, next: Some("50".into()) })))
        }
        _ => None,
    }));
    let mut browser = Browser::new(&world);
    for path in ["/ada/demo/branches", "/ada/demo/tags"] {
        let page = browser.get(path).await;
        assert!(page.body.len() < 200_000, "{path}: {}", page.body.len());
        assert!(words(&page).contains("5,000"), "{path} says how many there are");
    }
    let tags = browser.get("/ada/demo/tags").await;
    assert!(words(&tags).contains("The message goes on"));
}

fn branches_of_many() -> Branches {
    Branches { total: 5_000, default: "main".into(), ..Branches::default() }
}
