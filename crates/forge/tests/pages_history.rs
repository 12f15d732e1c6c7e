//! History as pages: commits, a commit with its diff, branches, tags and comparisons.

use gitflare_port::{
    Command, Error, ErrorKind, Reply,
    log::{CommitSummary, Log, LogEntry, LogQuery},
};
use http::StatusCode;

use crate::pages::{Browser, words};
use crate::support::World;

type Answer = Option<Result<Reply, Error>>;

const TIP: &str = "e83c5163316f89bfbde7d9ab23ca2e25604af290";
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
        "main" | "feature%2Fx" => ("main", ""),
        "feature/x" => ("feature/x", ""),
        "main/src/new.rs" => ("main", "src/new.rs"),
        "blob" => return refused(ErrorKind::NotFound, "blob is no commit"),
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
    if query.authors.iter().any(|author| author == "nobody") {
        commits.clear();
    }
    Some(Ok(Reply::Log(Log {
        revision: revision.into(),
        path: path.into(),
        tip: TIP.into(),
        commits,
        next: Some(format!("{TIP}+{}", 35 + place(query))),
        searching: false,
    })))
}

fn place(query: &LogQuery) -> u64 {
    query.after.as_deref().and_then(|after| after.rsplit('+').next()?.parse().ok()).unwrap_or(0)
}

/// A repository with some history.
pub(crate) fn answer(command: &Command) -> Answer {
    match command {
        Command::Log { query, .. } => log(query),
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
        ("commits/blob", "There is no branch, tag or commit blob in this repository."),
        ("commits/no%3Cb%3Ene", "There is no branch, tag or commit no<b>ne in this repository."),
        ("commits/abcd", "abcd is ambiguous: several objects begin with it."),
    ] {
        let page = browser.get(&format!("/ada/demo/{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        let said = words(&page).replace('\n', " ");
        assert!(said.contains(sentence), "{said}");
    }
}
