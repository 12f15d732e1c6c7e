//! The groups code and git data, over a repository whose answers are known. What a real one answers is compared with git
//! in `e2e/tests/api_code.rs`.

use gitflare_port::{
    Bytes, Command, Error, ErrorKind, Reply,
    command::{Entry, EntryKind},
    data::{Contents, Item, Name, Names, TagObject, Tree, TreeEntry},
    diff::{Counts, Diff, DiffHunk, DiffLine, FileBody, FileChange, FileStatus},
    log::{CommitDetail, CommitSummary, Comparison, Log, LogEntry, Person},
};
use http::header;
use serde_json::json;

use super::{Client, every, with_email};
use crate::{
    pages_history::TIP,
    support::{Reply as Got, World},
};

type Answer = Option<Result<Reply, Error>>;

const REPO: &str = "/api/v3/repos/ada/demo";
const HOST: &str = "http://git.example.org";

fn person(name: &str) -> Person {
    let mail = format!("{}@Example.org", name.to_lowercase());
    Person { name: name.into(), mail, time: 1_799_990_000, zone: 120 }
}

fn detail() -> CommitDetail {
    CommitDetail {
        oid: TIP.into(),
        tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904".into(),
        author: person("Ada"),
        committer: person("Nobody"),
        subject: "Step".into(),
        message: "Step\n\nBecause\n".into(),
        signed: true,
        parents: vec![CommitSummary { oid: format!("{:040x}", 7), ..CommitSummary::default() }],
    }
}

fn named(name: &str, kind: &str) -> Name {
    Name { name: name.into(), oid: TIP.into(), kind: kind.into(), target: TIP.into() }
}

fn diff() -> Diff {
    let line =
        |old, new, text: &str| DiffLine { old, new, text: text.as_bytes().into(), ..DiffLine::default() };
    let hunk = DiffHunk {
        old_start: 1,
        old_count: 1,
        new_start: 1,
        new_count: 2,
        heading: b"fn main()".as_slice().into(),
        lines: vec![line(1, 0, "old"), line(0, 1, "new"), DiffLine { open: true, ..line(0, 2, "caf\u{e9}") }],
    };
    let change = FileChange {
        status: FileStatus::Renamed,
        path: "new%FF.rs".into(),
        old_path: Some("old.rs".into()),
        old_mode: 0o100_644,
        new_mode: 0o100_644,
        old_oid: format!("{:040x}", 1),
        new_oid: format!("{:040x}", 2),
        counts: Some(Counts { added: 2, deleted: 1 }),
        ..FileChange::default()
    };
    let gone = FileChange {
        status: FileStatus::Deleted,
        path: "gone".into(),
        old_oid: format!("{:040x}", 3),
        counts: Some(Counts { added: 0, deleted: 4 }),
        ..FileChange::default()
    };
    let entry = LogEntry { detail: Some(detail()), ..LogEntry::default() };
    Diff {
        base: format!("{:040x}", 9),
        head: TIP.into(),
        total: 2,
        counts: Some(Counts { added: 2, deleted: 5 }),
        bodies: vec![FileBody { change: change.clone(), hunks: vec![hunk], ..FileBody::default() }],
        files: vec![change, gone],
        commit: Some(detail()),
        comparison: Some(Comparison {
            base: format!("{:040x}", 9),
            head: TIP.into(),
            merge_bases: vec![TIP.into()],
            ahead: Some(1),
            behind: Some(0),
        }),
        commits: Some(Log { commits: vec![entry], ..Log::default() }),
        ends: Some((detail(), detail())),
        ..Diff::default()
    }
}

fn contents(path: &str, readme: bool) -> Contents {
    let entry = |name: &str, kind, size, target: Option<&str>| Entry {
        name: name.into(),
        kind,
        oid: TIP.into(),
        size,
        target: target.map(str::to_owned),
        ..Entry::default()
    };
    let file =
        |content: &[u8]| Item::File { size: content.len() as u64, content: Some(Bytes::from(content)) };
    let item = match (path, readme) {
        (_, true) => Some(file(b"# Hello\n")),
        ("" | "docs", _) => Some(Item::Folder {
            entries: vec![
                entry("src%FF", EntryKind::Folder, None, None),
                entry("module", EntryKind::Submodule, None, Some("../engine.git")),
                entry("link", EntryKind::Symlink, Some(4), Some("none")),
                entry("README.md", EntryKind::File, Some(8), None),
            ],
        }),
        ("link", _) => Some(Item::Symlink { target: "none".into(), size: 4 }),
        ("module", _) => Some(Item::Submodule { url: Some("../engine.git".into()) }),
        ("large", _) => Some(Item::File { size: 2 << 20, content: None }),
        ("missing", _) => None,
        _ => Some(file("0123456789".repeat(6).as_bytes())),
    };
    let path = if readme { "README.md" } else { path };
    Contents { revision: "main".into(), path: path.into(), oid: TIP.into(), item }
}

/// What a repository answers to the commands of these groups.
pub(crate) fn answer(command: &Command) -> Answer {
    let is_none = |revision: Option<&str>| revision.is_some_and(|name| name.ends_with("none"));
    let missing = || Some(Err(Error { kind: ErrorKind::NotFound, message: String::new() }));
    Some(Ok(match command {
        Command::Names { query, .. } if query.exact && query.prefix.ends_with("none") => {
            Reply::Names(Names::default())
        }
        Command::Names { query, .. } => {
            let kind = if query.prefix.starts_with("refs/tags/") { "tag" } else { "commit" };
            let names = ["topic/a%FF", "main"].map(|name| named(&format!("{}{name}", query.prefix), kind));
            Reply::Names(Names { refs: names.into(), more: true, empty: false })
        }
        Command::Log { query, .. } if query.details => {
            if is_none(query.revision.as_deref()) {
                return missing();
            }
            let entry = LogEntry { detail: Some(detail()), ..LogEntry::default() };
            let (tip, path) = (TIP.to_owned(), query.path.clone());
            let next = query.after.is_none().then(|| format!("{TIP}+5"));
            // The first answer ends early.
            let searching = next.is_some() && !query.authors.is_empty();
            Reply::Log(Log { tip, path, commits: vec![entry], next, searching, ..Log::default() })
        }
        Command::Commit { revision, .. } if is_none(revision.as_deref()) => return missing(),
        Command::Commit { .. } => Reply::Commit(detail()),
        Command::Diff { query, .. } if query.lines == 20_000 => match &query.range {
            gitflare_port::diff::DiffRange::Commit { revision, .. } if is_none(revision.as_deref()) => {
                return missing();
            }
            _ => Reply::Diff(diff()),
        },
        Command::Contents { query, .. } if is_none(query.revision.as_deref()) => return missing(),
        Command::Contents { query, .. } => Reply::Contents(contents(&query.path, query.readme)),
        Command::Tree { .. } => {
            let entry = |path: &str, mode, size| TreeEntry { path: path.into(), mode, oid: TIP.into(), size };
            let entries = vec![
                entry("src", 0o40_000, None),
                entry("a%FF", 0o100_755, Some(3)),
                entry("m", 0o160_000, None),
            ];
            Reply::Tree(Tree { oid: TIP.into(), entries, truncated: false })
        }
        Command::TagObject { .. } => Reply::TagObject(TagObject {
            oid: TIP.into(),
            name: "v1".into(),
            target: TIP.into(),
            kind: "commit".into(),
            tagger: Some(person("Ada")),
            message: "One\n".into(),
            signed: false,
        }),
        _ => return None,
    }))
}

async fn world() -> World {
    let world = World::new().await;
    with_email(&world, "ada", "ada@example.org").await;
    *world.host.script.lock().unwrap() = Some(Box::new(answer));
    world
}

async fn ask(world: &World, path: &str, form: &str) -> Got {
    let ada = Client::of(world, "ada").await;
    let accept = format!("application/vnd.github.{form}+json");
    let request = ada.request("GET", &format!("{REPO}/{path}")).header(header::ACCEPT, accept);
    ada.send(request, axum::body::Body::empty()).await
}

#[tokio::test]
async fn branches_tags_and_refs() {
    let world = world().await;
    let get = async |path: &str| ask(&world, path, "v3").await;
    let branches = get("branches?per_page=2").await.expect(200);
    assert_eq!(every(&branches.json(), "name"), ["topic/a\u{fffd}", "main"]);
    assert!(branches.header("link").contains("page=2>; rel=\"next\""));
    let url = &branches.json()[0]["protection_url"];
    assert_eq!(url, &format!("{HOST}{REPO}/branches/topic/a%FF/protection"));
    assert_eq!(get("branches?protected=true").await.expect(200).json(), json!([]));
    let branch = get("branches/topic/a%FF").await.expect(200).json();
    assert_eq!(branch["commit"]["author"]["login"], "ada", "by the address, in any case");
    assert_eq!(branch["commit"]["committer"], json!(null));
    assert_eq!(branch["commit"]["commit"]["message"], "Step\n\nBecause");
    assert_eq!(branch["commit"]["commit"]["verification"]["reason"], "unknown_key");
    assert_eq!(get("branches/none").await.expect(404).json()["message"], "Branch not found");
    let tags = get("tags").await.expect(200).json();
    assert_eq!(tags[0]["tarball_url"], format!("{HOST}{REPO}/tarball/refs/tags/topic/a%FF"));
    let one = get("git/ref/heads/x%FF").await.expect(200).json();
    assert_eq!(one["object"]["url"], format!("{HOST}{REPO}/git/commits/{TIP}"));
    get("git/ref/heads/none").await.expect(404);
    let matching = get("git/matching-refs/tags/v").await.expect(200).json();
    assert_eq!(matching[1]["ref"], "refs/tags/vmain");
    let tag = get(&format!("git/tags/{TIP}")).await.expect(200).json();
    assert_eq!((&tag["tag"], &tag["object"]["type"]), (&json!("v1"), &json!("commit")));
    get("git/tags/v1").await.expect(404);
}

#[tokio::test]
async fn commits_and_what_they_changed() {
    let world = world().await;
    let get = async |path: &str| ask(&world, path, "v3").await;
    let list = get("commits?path=/src//x&sha=main&since=2026-01-01T00:00:00Z").await.expect(200).json();
    assert_eq!(list[0]["commit"]["author"]["date"], "2027-01-15T05:13:20Z");
    assert_eq!(list[0]["parents"][0]["sha"], format!("{:040x}", 7));
    let by = get("commits?author=ada&per_page=5&page=3").await.expect(200).json();
    assert_eq!(by.as_array().unwrap().len(), 2, "who searched on found more");
    let asked = world.host.commands.lock().unwrap().clone();
    let queries = asked.iter().filter_map(|(_, command)| match command {
        Command::Log { query, .. } => Some(query),
        _ => None,
    });
    let queries: Vec<_> = queries.collect();
    assert_eq!((queries[0].path.as_str(), queries[0].since), ("src/x", Some(1_767_225_600)));
    assert_eq!(
        (queries[1].authors[0].as_str(), queries[1].skip, queries[1].limit),
        ("<ada@example.org>", 10, 5)
    );
    assert_eq!((queries[2].after.is_some(), queries[2].limit), (true, 4));
    get("commits?sha=none").await.expect(404);
    get("commits?since=yesterday").await.expect(422);
    let one = get(&format!("commits/{TIP}")).await.expect(200).json();
    assert_eq!(one["stats"], json!({ "total": 7, "additions": 2, "deletions": 5 }));
    assert_eq!(every(&one["files"], "status"), ["renamed", "removed"]);
    let file = &one["files"][0];
    assert_eq!((&file["filename"], &file["previous_filename"]), (&json!("new\u{fffd}.rs"), &json!("old.rs")));
    assert_eq!(file["raw_url"], format!("{HOST}/ada/demo/raw/{TIP}/new%FF.rs"));
    assert_eq!(
        file["patch"],
        "@@ -1 +1,2 @@ fn main()\n-old\n+new\n+caf\u{e9}\n\\ No newline at end of file"
    );
    let second = get(&format!("commits/{TIP}?per_page=1&page=2")).await.expect(200);
    assert_eq!(every(&second.json()["files"], "filename"), ["gone"]);
    let none = get("commits/none").await.expect(422).json();
    assert_eq!(none["message"], "No commit found for SHA: none");
    assert_eq!(ask(&world, "commits/main", "sha").await.expect(200).body, TIP);
    for (form, path) in [("diff", "commits/main"), ("patch", "compare/v1...main")] {
        let reply = ask(&world, path, form).await.expect(200);
        assert_eq!(reply.header("content-type"), format!("application/vnd.github.{form}; charset=utf-8"));
    }
    let commit = get(&format!("git/commits/{TIP}")).await.expect(200).json();
    assert_eq!(commit["committer"]["name"], "Nobody");
    get("git/commits/main").await.expect(404);
}

#[tokio::test]
async fn comparisons() {
    let world = world().await;
    let found = ask(&world, "compare/ada:v1...ada:topic/a%FF", "v3").await.expect(200).json();
    assert_eq!(
        (&found["status"], &found["ahead_by"], &found["total_commits"]),
        (&json!("ahead"), &json!(1), &json!(1))
    );
    assert_eq!(found["diff_url"], format!("{HOST}/ada/demo/compare/v1...topic/a%FF.diff"));
    assert_eq!(found["files"].as_array().unwrap().len(), 2);
    let second = ask(&world, "compare/v1...main?page=2", "v3").await.expect(200).json();
    assert_eq!(second["files"], json!([]), "told on the first page");
    ask(&world, "compare/main", "v3").await.expect(404);
}

#[tokio::test]
async fn contents_and_blobs() {
    let world = world().await;
    let get = async |path: &str| ask(&world, path, "v3").await;
    let file = get("contents/a%FF/b?ref=topic/x").await.expect(200).json();
    let lines = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0\nNTY3ODkwMTIzNDU2Nzg5\n";
    assert_eq!((&file["content"], &file["encoding"]), (&json!(lines), &json!("base64")));
    assert_eq!(file["url"], format!("{HOST}{REPO}/contents/a%FF/b?ref=topic%2Fx"));
    assert_eq!(file["download_url"], format!("{HOST}/ada/demo/raw/topic/x/a%FF/b"));
    assert_eq!(get("contents/large").await.expect(200).json()["encoding"], "none");
    let list = get("contents/").await.expect(200).json();
    assert_eq!(every(&list, "type"), ["dir", "file", "symlink", "file"]);
    assert_eq!(list[1]["submodule_git_url"], format!("{HOST}/ada/engine"));
    let folder = ask(&world, "contents/docs", "object").await.expect(200).json();
    assert_eq!(every(&folder["entries"], "type"), ["dir", "submodule", "symlink", "file"]);
    assert_eq!(get("contents/link").await.expect(200).json()["target"], "none");
    assert_eq!(get("contents/module").await.expect(200).json()["type"], "submodule");
    get("contents/missing").await.expect(404);
    get("contents/a/../b").await.expect(404);
    let none = get("contents/a?ref=none").await.expect(404).json();
    assert_eq!(none["message"], "No commit found for the ref none");
    assert_eq!(ask(&world, "contents/a", "raw").await.expect(200).body, "twenty bytes of text");
    ask(&world, "contents/missing", "raw").await.expect(404);
    assert_eq!(get("readme").await.expect(200).json()["name"], "README.md");
    assert_eq!(get("readme/docs").await.expect(200).json()["size"], 8);
    let html = ask(&world, "readme", "html").await.expect(200);
    assert!(html.body.contains("<h1"), "{}", html.body);
    assert!(html.header("content-security-policy").contains("sandbox"));
    let blob = get(&format!("git/blobs/{TIP}")).await.expect(200).json();
    assert_eq!((&blob["content"], &blob["size"]), (&json!("dHdlbnR5IGJ5dGVzIG9mIHRleHQ=\n"), &json!(20)));
    *world.host.content.lock().unwrap() = b"0123456789".repeat(6);
    assert_eq!(get(&format!("git/blobs/{TIP}")).await.expect(200).json()["content"], lines);
    get("git/blobs/main").await.expect(404);
    let tree = get("git/trees/main?recursive=1").await.expect(200).json();
    assert_eq!(every(&tree["tree"], "mode"), ["040000", "100755", "160000"]);
    assert_eq!(tree["tree"][2].get("url"), None);
}

#[tokio::test]
async fn archives_are_where_the_same_token_is_taken() {
    let world = world().await;
    for (operation, ending) in [("tarball", "tar.gz"), ("zipball", "zip")] {
        let reply = ask(&world, &format!("{operation}/refs/tags/v1"), "v3").await.expect(302);
        assert_eq!(reply.header("location"), format!("{HOST}/ada/demo/archive/refs/tags/v1.{ending}"));
    }
}

#[tokio::test]
async fn an_empty_repository_says_so() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Names { .. } => Some(Ok(Reply::Names(Names { empty: true, ..Names::default() }))),
        Command::Log { .. } => Some(Ok(Reply::Log(Log::default()))),
        _ => Some(Err(Error { kind: ErrorKind::Empty, message: String::new() })),
    }));
    for path in ["commits", "commits/main", "git/trees/main", "git/ref/heads/main", "git/matching-refs/heads"]
    {
        let reply = ask(&world, path, "v3").await.expect(409);
        assert_eq!(reply.json()["message"], "Git Repository is empty.", "{path}");
    }
    for (path, status) in [("branches", 200), ("tags", 200), ("contents/", 404), ("readme", 404)] {
        ask(&world, path, "v3").await.expect(status);
    }
    let json = ask(&world, "contents/README.md", "v3").await.expect(404).json();
    assert_eq!(json["message"], "This repository is empty.");
}
