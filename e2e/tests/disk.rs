//! What lies on disk: one database per repository and nothing of another's in it, and a site without git objects.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, types::ValueRef};

use crate::support::{Browser, Local, User, World, assert_same, history::line, packs::hex, wire};

/// A repository on the site, and the local one that was pushed into it.
struct Pair {
    owner: User,
    name: &'static str,
    work: Local,
}

impl Pair {
    fn url(&self) -> String {
        self.owner.url(self.name)
    }
}

/// Three repositories of two people, each with a history of its own.
fn three() -> (World, [User; 2], Vec<Pair>) {
    let world = World::own();
    let people = [world.user("ada"), world.user("grace")];
    let mut repositories = Vec::new();
    for (owner, name, file) in [(0, "one", "engine"), (0, "two", "loom"), (1, "one", "compiler")] {
        let work = world.local(&format!("work-{file}"));
        line(&work, 4);
        work.commit("main", &[(file, &format!("the {file} of this test\n"))]);
        work.commit(file, &[(file, "a branch\n")]);
        let owner: &User = &people[owner];
        work.git(["push", "-q", "--mirror", &owner.url(name)]);
        repositories.push(Pair { owner: owner.clone(), name, work });
    }
    (world, people, repositories)
}

/// The refs a database holds, as `NAME ID`.
fn refs(path: &Path) -> BTreeSet<String> {
    let database = Connection::open(path).unwrap();
    let mut statement = database.prepare("SELECT CAST(name AS TEXT), oid FROM ref").unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        Ok(format!("{} {}", row.get::<_, String>(0)?, hex(&row.get::<_, Vec<u8>>(1)?)))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// The refs a local repository holds, likewise.
fn refs_of(work: &Local) -> BTreeSet<String> {
    work.git(["for-each-ref", "--format=%(refname) %(objectname)"]).lines().map(str::to_owned).collect()
}

fn number(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The database that holds the refs of `work`.
fn database_of(world: &World, work: &Local) -> PathBuf {
    let wanted = refs_of(work);
    let all = world.its_host().repository_databases();
    all.into_iter().find(|path| refs(path) == wanted).expect("a database with these refs")
}

#[test]
fn one_database_per_repository_with_its_own_refs_and_packs() {
    let (mut world, _people, repositories) = three();
    world.host().stop();
    let databases = world.its_host().repository_databases();
    assert_eq!(databases.len(), repositories.len(), "{databases:?}");
    for Pair { work, .. } in &repositories {
        let database = Connection::open(database_of(&world, work)).unwrap();
        // Every object of its own is in its packs, and no more.
        let objects = number(&database, "SELECT sum(objects) FROM pack WHERE state = 'live'");
        assert_eq!(objects, i64::try_from(work.objects().len()).unwrap());
        let commits = number(&database, "SELECT count(*) FROM commits");
        assert_eq!(commits.to_string(), work.git(["rev-list", "--count", "--all"]).trim());
        let bytes = number(&database, "SELECT sum(length(data)) FROM chunk");
        assert!(bytes > 0);
        // Nothing of accounts, names or access.
        let tables = names_of_tables(&database);
        for table in ["account", "repository", "collaborator", "token", "login_session"] {
            assert!(!tables.contains(table), "{table}");
        }
    }
}

#[test]
fn the_reflog_says_who_moved_what_from_where_to_where() {
    let mut world = World::own();
    let ada = world.user("ada");
    let work = world.local("work");
    let first = work.commit("main", &[("file", "one\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let second = work.commit("main", &[("file", "two\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main", "main~1:refs/heads/side"]);
    work.git(["push", "-q", &ada.url("demo"), ":side"]);
    work.fails(["push", "-q", &ada.url("demo"), "main:refs/heads/bad..name"]);
    world.host().stop();
    let database = Connection::open(database_of(&world, &work)).unwrap();
    let sql =
        "SELECT CAST(name AS TEXT), hex(old), hex(new), actor_name, at, push, note FROM reflog ORDER BY id";
    let mut statement = database.prepare(sql).unwrap();
    let mut rows = statement.query([]).unwrap();
    let (mut moves, mut pushes) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next().unwrap() {
        let id = |column| row.get::<_, String>(column).unwrap().to_lowercase();
        assert_eq!(row.get::<_, String>(3).unwrap(), ada.name);
        assert!(row.get::<_, i64>(4).unwrap() > 1_700_000_000);
        assert_eq!(row.get::<_, String>(6).unwrap(), "push");
        pushes.push(row.get::<_, i64>(5).unwrap());
        moves.push((row.get::<_, String>(0).unwrap(), id(1), id(2)));
    }
    moves.sort();
    let zero = wire::ZERO.to_owned();
    let moved =
        |name: &str, old: &str, new: &str| (format!("refs/heads/{name}"), old.to_owned(), new.to_owned());
    let mut expected = [
        moved("main", &zero, &first),
        moved("main", &first, &second),
        moved("side", &zero, &first),
        moved("side", &first, &zero),
    ];
    expected.sort();
    assert_eq!(moves, expected);
    assert!(pushes[0] != pushes[1] && pushes[1] == pushes[2] && pushes[2] != pushes[3], "{pushes:?}");
}

fn names_of_tables(database: &Connection) -> BTreeSet<String> {
    let mut statement = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_site_holds_people_and_access_and_no_git_object() {
    let (mut world, people, repositories) = three();
    world.host().stop();
    let site = Connection::open(world.its_host().site_database()).unwrap();
    let tables = names_of_tables(&site);
    for table in ["account", "repository", "collaborator", "token"] {
        assert!(tables.contains(table), "{table}");
    }
    for table in ["chunk", "pack", "pidx", "ref", "commits"] {
        assert!(!tables.contains(table), "{table}");
    }
    assert_eq!(number(&site, "SELECT count(*) FROM account"), 1 + people.len() as i64);
    assert_eq!(number(&site, "SELECT count(*) FROM repository"), repositories.len() as i64);
    // No value is the id of an object, the text of a file or the message of a commit.
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for Pair { work, .. } in &repositories {
        ids.extend(work.objects());
    }
    let mut seen = 0;
    for table in tables {
        let mut statement = site.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                seen += 1;
                match row.get_ref(column).unwrap() {
                    ValueRef::Text(text) => {
                        let text = String::from_utf8_lossy(text);
                        assert!(!ids.contains(text.as_ref()), "{table}: {text}");
                        assert!(
                            !text.contains("of this test") && !text.contains("commit 3"),
                            "{table}: {text}"
                        );
                    }
                    // What the platform keeps for itself has tables of its own.
                    ValueRef::Blob(_) => assert!(table.starts_with('_'), "{table} holds bytes"),
                    _ => {}
                }
            }
        }
    }
    assert!(seen > 50, "only {seen} values");
}

#[test]
fn with_one_repository_lost_all_others_work() {
    let (mut world, people, repositories) = three();
    world.host().stop();
    let lost = database_of(&world, &repositories[1].work);
    for suffix in ["", "-wal", "-shm"] {
        let mut name = lost.clone().into_os_string();
        name.push(suffix);
        let _ = std::fs::remove_file(name);
    }
    world.host().start();
    for index in [0, 2] {
        let pair = &repositories[index];
        let clone = world.clone(&["--mirror"], &pair.url(), &format!("clone{index}"));
        assert_same(&clone, &pair.work);
        pair.work.commit("main", &[("next", "next\n")]);
        pair.work.git(["push", "-q", &pair.url(), "main"]);
    }
    // The lost one is not taken for an empty one.
    world.git_fails(["ls-remote", &repositories[1].url()]);
    repositories[1].work.fails(["push", &repositories[1].url(), "main:refs/heads/again"]);
    let mut browser = people[0].browser();
    browser.get("/").expect(200);
    browser.get(&format!("/{}", people[0].full("one"))).expect(200);
    world.site.get("/healthz").expect(200);
}

#[test]
fn asking_for_what_is_not_there_creates_nothing() {
    let mut world = World::own();
    let ada = world.user("ada");
    let mut browsers = [Browser::new(&world.site), ada.browser()];
    for name in ["absent", "gone", "never"] {
        for browser in &mut browsers {
            for rest in ["", "/settings", "/tree/main", "/blob/main/README.md"] {
                browser.get(&format!("/{}{rest}", ada.full(name))).expect(404);
            }
        }
        for service in [wire::UPLOAD, wire::RECEIVE] {
            for token in [None, Some(&ada.token)] {
                let requests = [
                    wire::advertisement(&ada.full(name), service),
                    wire::exchange(&ada.full(name), service).body("0000"),
                ];
                for request in requests {
                    let request = token.map_or(request.clone(), |token| request.token(token));
                    let status = world.site.send(&request).status;
                    assert!(matches!(status, 200 | 401 | 404), "{}: {status}", request.path);
                }
            }
        }
    }
    world.host().stop();
    assert_eq!(world.its_host().repository_databases(), Vec::<PathBuf>::new());
    let site = Connection::open(world.its_host().site_database()).unwrap();
    assert_eq!(number(&site, "SELECT count(*) FROM repository"), 0);
}
