//! Code as pages: home, folders and files, and that nothing in them is taken for markup.

use gitflare_forge::{Role, access::act, repositories};
use gitflare_port::{
    Command, Error, ErrorKind, Reply,
    blame::{Blame, BlameRun},
    command::{CommitSummary, Entry, EntryKind, File, Folder, LfsPointer, Paths},
    diff::FileLines,
};
use http::StatusCode;

use crate::pages::{Browser, assert_harmless, words};
use crate::support::{World, described};

type Answer = Option<Result<Reply, Error>>;

const OID: &str = "e83c5163316f89bfbde7d9ab23ca2e25604af290";

fn entry(name: &str, kind: EntryKind, size: Option<u64>) -> Entry {
    Entry { name: name.into(), kind, oid: OID.into(), size, last: Some(0), ..Entry::default() }
}

fn leading(name: &str, kind: EntryKind, target: &str) -> Entry {
    Entry { target: Some(target.into()), ..entry(name, kind, None) }
}

fn file(name: &str, content: &[u8]) -> File {
    File {
        name: name.into(),
        oid: OID.into(),
        size: content.len() as u64,
        content: Some(content.to_vec()),
        ..File::default()
    }
}

fn folder(revision: &str) -> Folder {
    Folder {
        head: "refs/heads/main".into(),
        empty: false,
        revision: revision.into(),
        commit: Some(CommitSummary {
            oid: OID.into(),
            subject: "Teach the engine to add".into(),
            author: "Ada Lovelace".into(),
            time: 1_799_990_000,
            ..CommitSummary::default()
        }),
        branches: vec!["feature/x".into(), "main".into()],
        tags: vec!["v1.0".into()],
        entries: vec![
            entry("src", EntryKind::Folder, None),
            entry("README.md", EntryKind::File, Some(1_234)),
            entry("run.sh", EntryKind::Executable, Some(20)),
            leading("latest", EntryKind::Symlink, "run.sh"),
            leading("vendor%20lib", EntryKind::Submodule, "../library.git"),
        ],
        commits: Some(1_234),
        branch_count: 2,
        tag_count: 1,
        total: 5,
        tree: OID.into(),
        last: vec![CommitSummary {
            oid: OID.into(),
            subject: "Begin".into(),
            author: "Grace".into(),
            time: 1_790_000_000,
            ..CommitSummary::default()
        }],
        readme: Some(file("README.md", b"# Engine\n\nIt *adds*. See [the source](src/main.rs).\n")),
        ..Folder::default()
    }
}

fn missing() -> Answer {
    Some(Err(Error { kind: ErrorKind::NotFound, message: String::new() }))
}

/// Where in an address the revision ends, as a repository tells.
fn split(revision: Option<&str>, path: &str) -> Option<(&'static str, String)> {
    let whole = format!("{}/{path}", revision.unwrap_or("main"));
    ["main", "feature/x", "v1.0", OID].into_iter().find_map(|name| {
        let rest = whole.strip_prefix(name)?.strip_prefix('/')?;
        Some((name, rest.trim_matches('/').to_owned()))
    })
}

/// A repository with two branches, a folder and a few files.
pub(crate) fn answer(command: &Command) -> Answer {
    match command {
        Command::Browse { revision, path, .. } => match split(revision.as_deref(), path) {
            Some((revision, path)) if ["", "src"].contains(&path.as_str()) => {
                Some(Ok(Reply::Folder(Folder { path, ..folder(revision) })))
            }
            Some((_, path)) if content(&path).is_some() => Some(Ok(Reply::NoFolder)),
            _ => missing(),
        },
        Command::ReadFile { revision, path, .. } => {
            let Some((revision, path)) = split(revision.as_deref(), path) else { return missing() };
            let Some(found) = content(&path) else {
                return if ["", "src"].contains(&path.as_str()) {
                    Some(Ok(Reply::NoFile))
                } else {
                    missing()
                };
            };
            Some(Ok(Reply::File(File { revision: revision.into(), path, commit: OID.into(), ..found })))
        }
        Command::Lines { revision, path, first, last, .. } => match split(revision.as_deref(), path) {
            Some((_, path)) if path == "src/main.rs" => {
                let lines =
                    (*first..=(*last).min(99)).map(|n| format!("let a{n} = {n};").into_bytes().into());
                Some(Ok(Reply::Lines(FileLines { first: *first, lines: lines.collect(), total: 99 })))
            }
            _ => missing(),
        },
        Command::Blame { query, .. } => match split(query.revision.as_deref(), &query.path) {
            Some((revision, path)) if path == "src/main.rs" => Some(Ok(Reply::Blame(blame(revision, path)))),
            _ => missing(),
        },
        Command::Paths { revision, .. } => {
            match split(Some(&format!("{}/", revision.as_deref().unwrap_or("main"))), "") {
                Some(_) => Some(Ok(Reply::Paths(Paths {
                    paths: "README.md\nodd%FFname\nsrc/a%20%3Cb%3E\nsrc/main.rs\n".into(),
                    ..Paths::default()
                }))),
                None => missing(),
            }
        }
        _ => crate::pages_history::answer(command),
    }
}

fn blame(revision: &str, path: String) -> Blame {
    let commit = |subject: &str| CommitSummary {
        oid: OID.into(),
        subject: subject.into(),
        author: "Grace <Hopper>".into(),
        time: 1_790_000_000,
        ..CommitSummary::default()
    };
    let run = |first, count, commit| BlameRun {
        first,
        count,
        commit,
        origin: first,
        path: path.clone(),
        previous: None,
    };
    let before = Some((OID.to_owned(), "src/old%20name.rs".to_owned()));
    Blame {
        revision: revision.into(),
        commit: OID.into(),
        total: 4,
        runs: vec![run(1, 1, 0), BlameRun { previous: before, ..run(2, 1, 1) }],
        commits: vec![commit("Begin"), commit("Say <b>")],
        lines: ["fn main() {", "    say(\"<b>\");", "}"].map(|line| line.as_bytes().into()).into(),
        pending: true,
        path,
    }
}

fn content(path: &str) -> Option<File> {
    Some(match path {
        "src/main.rs" => file("main.rs", b"fn main() {\n\tprintln!(\"<b>\");\n}\n"),
        "README.md" => file("README.md", b"# Engine\n\n[up](../x)\n"),
        "logo.png" => file("logo.png", b"\x89PNG\0\0"),
        "logo.bin" => file("logo.bin", b"\x89PNG\0\0"),
        "big.psd" => File {
            lfs: Some(LfsPointer { oid: OID.into(), size: 7_000_000 }),
            ..file("big.psd", b"version https://git-lfs.github.com/spec/v1\n")
        },
        "src/link" => File { kind: EntryKind::Symlink, ..file("link", b"../README.md") },
        "odd%FFname" => file("odd%FFname", b"odd\n"),
        "empty" => file("empty", b""),
        "huge.sql" => File { name: "huge.sql".into(), oid: OID.into(), size: 40_000_000, ..File::default() },
        _ => return None,
    })
}

async fn world() -> World {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(answer));
    world
}

#[tokio::test]
async fn the_home_of_a_repository() {
    let world = world().await;
    let access = world.access::<act::Describe>("ada/demo").await;
    repositories::describe(&world.forge, &access, described("An engine that weaves algebra")).await.unwrap();
    let page = Browser::new(&world).get("/ada/demo").await;
    insta::assert_snapshot!(words(&page));
    for part in [
        "href=\"/ada/demo/tree/main/src\"",
        "href=\"/ada/demo/blob/main/README.md\"",
        "href=\"/ada/demo/tree/feature/x\"",
        "href=\"/ada/demo/tree/v1.0\"",
        "href=\"/ada/demo/blob/main/src/main.rs\"",
        "href=\"/ada/demo/commits/main\"",
        "href=\"/ada/demo/branches\"",
        "href=\"/ada/demo/tags\"",
        "href=\"/ada/demo/find/main\"",
        "href=\"/ada/demo/archive/refs/heads/main.zip\"",
        "href=\"/ada/demo/archive/refs/heads/main.tar.gz\"",
        "href=\"/ada/demo/commit/e83c5163316f89bfbde7d9ab23ca2e25604af290\"",
        "href=\"/ada/library\"",
        "value=\"http://git.example.org/ada/demo.git\"",
        "datetime=\"2027-01-15T05:13:20Z\"",
    ] {
        assert!(page.body.contains(part), "{part} is missing in {}", page.body);
    }
    assert!(!page.body.contains("/settings\""), "a reader gets no way to the settings");
    let asked = world
        .host
        .commands
        .lock()
        .unwrap()
        .iter()
        .filter(|(_, c)| matches!(c, Command::Browse { .. }))
        .count();
    assert_eq!(asked, 1, "a page costs one command");
}

#[tokio::test]
async fn an_empty_repository_says_how_to_fill_it() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Browse { .. } => {
            let empty = Folder {
                head: "refs/heads/trunk".into(),
                empty: true,
                revision: "trunk".into(),
                ..Folder::default()
            };
            Some(Ok(Reply::Folder(empty)))
        }
        _ => None,
    }));
    world.collaborator("ada/demo", "linus", Role::Write).await;
    insta::assert_snapshot!(words(&Browser::signed_in(&world, "linus").await.get("/ada/demo").await));
    let reader = Browser::new(&world).get("/ada/demo").await;
    assert!(!reader.body.contains("git push"), "who cannot push is not told to");
}

#[tokio::test]
async fn folders_have_addresses_with_slashes_in_their_refs() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/tree/feature/x/src").await;
    assert_eq!(page.status, StatusCode::OK);
    insta::assert_snapshot!(words(&page));
    for (path, location) in [
        ("/ada/demo/tree/main/src/main.rs", "/ada/demo/blob/main/src/main.rs"),
        ("/ada/demo/blob/feature/x/src", "/ada/demo/tree/feature/x/src"),
        ("/ada/demo/blob/main", "/ada/demo/tree/main"),
    ] {
        let reply = browser.get(path).await;
        assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, location));
    }
    for (path, location) in [("/ada/demo/?a=1", "/ada/demo?a=1"), ("/ada/", "/ada")] {
        assert_eq!(browser.get(path).await.header("location"), location);
    }
    for path in [
        "/ada/demo/tree/main/none",
        "/ada/demo/tree/none",
        "/ada/demo/blob/main/src/../../x",
        "/ada/demo/tree/main/%2e%2e",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_large_folder_says_what_a_page_leaves_out() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Browse { after, .. } => {
            let mut page = folder("main");
            page.path = "many".into();
            page.total = 1_500;
            (page.next, page.last_pending) = match after.as_deref() {
                None => (Some("b%2F%25".into()), true),
                Some("b%2F%25") => (None, false),
                other => panic!("{other:?}"),
            };
            Some(Ok(Reply::Folder(page)))
        }
        _ => None,
    }));
    let mut browser = Browser::new(&world);
    let first = browser.get("/ada/demo/tree/main/many").await;
    assert!(words(&first).contains("5 of 1,500 entries"), "{}", words(&first));
    assert!(words(&first).contains("still being indexed"));
    let next = "/ada/demo/tree/main/many?after=b%252F%2525";
    assert!(first.body.contains(&format!("rel=\"next\" href=\"{next}\"")), "{}", first.body);
    let second = browser.get(next).await;
    assert!(words(&second).contains("From the beginning") && !second.body.contains("rel=\"next\""));
}

#[tokio::test]
async fn files_have_lines_to_link_to_or_a_sentence() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/blob/feature/x/src/main.rs").await;
    assert!(page.body.contains("<tr id=\"L2\">") && page.body.contains("data-n=\"2\""), "{}", page.body);
    assert!(
        page.body.contains("println!</span>(<span class=s>&quot;&lt;b&gt;&quot;</span>);"),
        "{}",
        page.body
    );
    insta::assert_snapshot!(words(&page));
    for (path, sentence) in [
        ("logo.bin", "This file is not text"),
        ("empty", "This file is empty."),
        ("huge.sql", "too large to be shown here (40 MB). Download it raw"),
    ] {
        let page = browser.get(&format!("/ada/demo/blob/main/{path}")).await;
        assert!(words(&page).replace('\n', " ").contains(sentence), "{}", words(&page));
    }
    assert!(page.body.contains("<span class=k>fn</span> <span class=f>main</span>"), "{}", page.body);
    for (path, part) in [
        ("logo.png", "<img src=\"/ada/demo/raw/main/logo.png\" alt=\"logo.png\">"),
        ("big.psd", "kept with Git LFS (7.0 MB)"),
        ("src/link", "href=\"/ada/demo/blob/main/README.md\">Go there"),
        ("src/main.rs", "href=\"/ada/demo/blob/e83c5163316f89bfbde7d9ab23ca2e25604af290/src/main.rs\""),
        ("src/main.rs", "href=\"/ada/demo/blame/main/src/main.rs\""),
        ("src/main.rs", "href=\"/ada/demo/raw/main/src/main.rs\""),
    ] {
        let page = browser.get(&format!("/ada/demo/blob/main/{path}")).await;
        assert!(page.body.contains(part), "{part} is missing in {}", page.body);
    }
    let odd = browser.get("/ada/demo/blob/main/odd%FFname").await;
    assert_eq!(odd.status, StatusCode::OK, "git's names need not be UTF-8");
    assert!(words(&odd).contains("odd\u{FFFD}name"));
    let rendered = browser.get("/ada/demo/blob/main/README.md").await;
    assert!(rendered.body.contains("<h1 id=\"user-content-engine\">") && rendered.body.contains("?plain=1"));
    let source = browser.get("/ada/demo/blob/main/README.md?plain=1").await;
    assert!(source.body.contains("# Engine") && source.body.contains("id=\"L1\""));
}

#[tokio::test]
async fn lines_are_told_by_whom() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/blame/feature/x/src/main.rs").await;
    insta::assert_snapshot!(words(&page));
    assert!(
        page.body
            .contains("href=\"/ada/demo/blame/e83c5163316f89bfbde7d9ab23ca2e25604af290/src/old%20name.rs\"")
    );
    assert!(page.body.contains("?from=4\"") && page.body.contains("id=\"L3\""), "{}", page.body);
    assert_eq!(browser.get("/ada/demo/blame/main/src").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_is_found_by_a_part_of_its_path() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let all = browser.get("/ada/demo/find/feature/x").await;
    insta::assert_snapshot!(words(&all));
    assert!(all.body.contains("href=\"/ada/demo/blob/feature/x/odd%FFname\""), "{}", all.body);
    let some = browser.get("/ada/demo/find/main?q=MAIN").await;
    assert!(some.body.contains("/src/main.rs\"") && !some.body.contains("README.md"), "{}", some.body);
    assert!(some.body.contains("src/<b>main</b>.rs"), "{}", some.body);
    assert!(words(&browser.get("/ada/demo/find/main?q=s+m").await).contains("1 file fits."));
    assert!(words(&browser.get("/ada/demo/find/main?q=nothing").await).contains("No file here"));
    assert_eq!(browser.get("/ada/demo/find/none").await.status, StatusCode::NOT_FOUND);
}

/// Texts that would be markup, an attribute, an address or an order of reading, were they not escaped.
const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" onfocus=\"alert(1)\" autofocus=\"",
    "javascript:alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea></code></pre><svg onload=alert(1)>",
    "&lt;script&gt;",
    "{{constructor}}",
    "exe\u{202E}gpj.txt",
    "a\r\nSet-Cookie: session=evil",
    "../../../../etc/passwd",
    "?x=<b>#<i>",
];

#[tokio::test]
async fn nothing_from_a_repository_is_taken_for_markup() {
    let world = World::new().await;
    for attack in ATTACKS {
        let encoded =
            percent_encoding::utf8_percent_encode(attack, percent_encoding::NON_ALPHANUMERIC).to_string();
        let (text, name) = ((*attack).to_owned(), encoded.clone());
        *world.host.script.lock().unwrap() = Some(Box::new(move |command| match command {
            Command::Browse { .. } => {
                let mut folder = folder(&name);
                folder.head = format!("refs/heads/{name}");
                folder.branches = vec![name.clone()];
                folder.tags = vec![name.clone()];
                for entry in &mut folder.entries {
                    entry.name = name.clone();
                }
                folder.commit = Some(CommitSummary {
                    oid: text.clone(),
                    subject: text.clone(),
                    author: text.clone(),
                    time: i64::MAX,
                    ..CommitSummary::default()
                });
                folder.readme = Some(file(&name, text.as_bytes()));
                Some(Ok(Reply::Folder(folder)))
            }
            Command::ReadFile { .. } => Some(Ok(Reply::File(file(&name, text.as_bytes())))),
            _ => None,
        }));
        let mut ada = Browser::signed_in(&world, "ada").await;
        for path in
            ["", "/tree/main", &format!("/blob/main/{encoded}"), &format!("/tree/{encoded}"), "/settings"]
        {
            let reply = ada.get(&format!("/ada/demo{path}")).await;
            if reply.status == StatusCode::NOT_FOUND && attack.contains("..") {
                continue;
            }
            assert_eq!(reply.status, StatusCode::OK, "{attack:?} at {path}");
            assert_harmless(&reply.body);
            assert!(!reply.body.contains("<img"), "{attack:?} at {path}");
            // The value of an option is not shown, and has to be the name itself.
            let hides = reply.body.contains('\u{202E}') && path != "/settings";
            assert!(!hides, "{attack:?} at {path}");
            assert!(!reply.body.to_lowercase().contains("href=\"javascript"), "{attack:?}");
            for header in reply.headers.values() {
                assert!(!header.as_bytes().contains(&b'\n'));
            }
        }
        let posted = ada.post("/ada/demo/settings/description", &[("description", attack)]).await;
        if posted.status == StatusCode::SEE_OTHER {
            for path in ["/ada/demo", "/ada", "/", "/ada/demo/settings"] {
                assert_harmless(&ada.get(path).await.body);
            }
        }
        for path in ["/new", "/settings/tokens", "/login"] {
            let fields =
                [("name", *attack), ("description", *attack), ("password", *attack), ("next", *attack)];
            assert_harmless(&ada.post(path, &fields).await.body);
        }
    }
}

#[tokio::test]
async fn the_list_of_paths_costs_nothing_the_second_time() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let page = browser.get("/ada/demo/find/main").await;
    assert!(page.body.contains("data-finder=\"/ada/demo/tree-list/main\""), "{}", page.body);
    let list = browser.get(&format!("/ada/demo/tree-list/{OID}")).await;
    assert_eq!(list.header("content-type"), "application/json");
    assert_eq!(list.json()["paths"], "README.md\nodd%FFname\nsrc/a%20%3Cb%3E\nsrc/main.rs");
    let tag = list.header("etag").to_owned();
    assert_eq!(
        (tag.as_str(), list.header("cache-control")),
        (format!("\"{OID}\"").as_str(), "private, no-cache")
    );
    let asked = world.host.commands.lock().unwrap().len();
    let again = crate::support::get(&format!("/ada/demo/tree-list/{OID}")).header("if-none-match", &tag);
    let again = world.send(again.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(world.host.commands.lock().unwrap().len(), asked, "nobody asked the repository");
}

#[tokio::test]
async fn lines_that_a_diff_leaves_out_are_a_page_of_their_own() {
    let world = world().await;
    let mut browser = Browser::new(&world);
    let at = format!("/ada/demo/blob_excerpt/{OID}/src/main.rs");
    let page = browser.get(&format!("{at}?first=5&last=90&shift=2")).await;
    assert_eq!(world.host.commands.lock().unwrap().len(), 1, "a page costs one command");
    let text = words(&page);
    assert!(text.contains("Show 36 unmodified lines") && text.contains("lines 41 to 90"), "{text}");
    for part in [
        "data-n=\"43\"></span></td>",
        "data-n=\"41\"",
        "<span class=k>let</span> a90 = <span class=n>90</span>;",
        &format!("{at}?first=5&amp;last=40&amp;shift=2"),
    ] {
        assert!(page.body.contains(part), "{part} is missing in {}", page.body);
    }
    let split = browser.get(&format!("{at}?first=91&last=99&shift=-1&way=down&diff=split")).await;
    assert!(
        split.body.contains("class=\"lines split\"") && !words(&split).contains("unmodified"),
        "{}",
        split.body
    );
    for bad in ["", "?first=0&last=3", "?first=4&last=3", "?first=a&last=3", "?first=1&last=4294967295"] {
        assert_eq!(browser.get(&format!("{at}{bad}")).await.status, StatusCode::NOT_FOUND, "{bad}");
    }
    assert_eq!(browser.get("/ada/demo/blob_excerpt/main?first=1&last=2").await.status, StatusCode::NOT_FOUND);
}
