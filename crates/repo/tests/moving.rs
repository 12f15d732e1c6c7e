//! A repository from one database into another: the same refs, objects and numbers, however it is cut into slices.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::path::Path;

use gitflare_db::{dump, tables};
use gitflare_port::{
    Caller, Command, ErrorKind, Reply, Service,
    moving::{Import, Progress, Rows, Slice, Summary},
};
use gitflare_repo::{Env, Repository, outbox};
use support::{NOW, World, commit, drive, env, git, head, open, pack};

/// Tables whose rows are made again, or mean nothing elsewhere.
const LEFT: [&str; 5] = ["entry_path", "entry_commit", "entry_next", "reply", "task"];

fn ask(repository: &Repository, command: Command) -> Result<Reply, gitflare_port::Error> {
    repository.command(command, &env())
}

fn export(repository: &Repository, cursor: Option<String>, size: u32) -> Result<Slice, gitflare_port::Error> {
    match ask(repository, Command::Export { cursor, size: Some(size) })? {
        Reply::Slice(slice) => Ok(slice),
        other => panic!("{other:?}"),
    }
}

fn import(repository: &Repository, step: Import) -> Result<Progress, gitflare_port::Error> {
    match ask(repository, Command::Import(step))? {
        Reply::Progress(progress) => Ok(progress),
        other => panic!("{other:?}"),
    }
}

/// All slices, with the cursor of each, and what they announce.
fn slices(repository: &Repository, size: u32) -> (Vec<(Option<String>, Slice)>, Summary) {
    let mut slices = Vec::new();
    let mut cursor = None;
    loop {
        let slice = export(repository, cursor.clone(), size).unwrap();
        let next = slice.next.clone();
        slices.push((cursor, slice));
        cursor = next;
        if cursor.is_none() {
            let summary = slices[0].1.summary.clone().unwrap();
            return (slices, summary);
        }
    }
}

fn rows(from: &Option<String>, slice: &Slice) -> Import {
    Import::Rows { from: from.clone(), next: slice.next.clone(), rows: slice.rows.clone() }
}

fn twin(world: &World, name: &str) -> Repository {
    open(&world.dir.path().join(name))
}

fn move_over(world: &World, name: &str, size: u32) -> Repository {
    let (slices, summary) = slices(&world.repository, size);
    let twin = twin(world, name);
    assert_eq!(import(&twin, Import::Begin).unwrap(), Progress::Missing { next: None });
    for (from, slice) in &slices {
        import(&twin, rows(from, slice)).unwrap();
    }
    assert_eq!(import(&twin, Import::State).unwrap(), Progress::Complete);
    assert_eq!(
        import(&twin, Import::Finish { summary: summary.clone() }).unwrap(),
        Progress::Finished(summary)
    );
    twin
}

/// Three pushes, an annotated tag, a deleted branch, and a large file that makes several slices.
fn filled() -> World {
    let world = World::new();
    let work = world.history(20);
    world.push(&work, &[("refs/heads/main", "HEAD~5"), ("refs/heads/old", "HEAD~9")]);
    let mut noise = 7_u64;
    let mut byte = || {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (noise >> 56) as u8
    };
    std::fs::write(work.join("large"), (0..3_000_000).map(|_| byte()).collect::<Vec<_>>()).unwrap();
    commit(&work, 20);
    git(&work, &["tag", "-a", "v1", "-m", "one"]);
    world.push(&work, &[("refs/heads/main", "HEAD"), ("refs/tags/v1", "v1")]);
    world.push(&work, &[("refs/heads/old", "")]);
    // What a push gave up on its way is no part of the repository.
    for now in [NOW, NOW + 10_000] {
        while world.repository.maintain(&Env { now, seed: 1 }).unwrap() {}
    }
    world
}

fn sound(repository: &Repository) {
    assert_eq!(repository.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0]);
}

fn refs(repository: &Repository) -> String {
    let refs = repository.db().read(gitflare_repo::refs::all).unwrap();
    refs.iter().map(|found| format!("{} {}\n", found.oid, String::from_utf8_lossy(&found.name))).collect()
}

/// Everything a database holds that is moved, as text.
fn content(repository: &Repository) -> String {
    let mut text = String::new();
    let read = repository.db().read(|sql| {
        for table in tables::list(sql)?.iter().filter(|table| !LEFT.contains(&table.as_str())) {
            let mut all = Vec::new();
            tables::rows(sql, table, &mut |row| {
                let mut bytes = Vec::new();
                dump::encode_row(row, &mut bytes)?;
                all.push(bytes);
                Ok(())
            })?;
            all.sort();
            text.push_str(&format!(
                "{table} {} {:?}\n",
                all.len(),
                gitflare_git::hash::hash_object(
                    gitflare_git::ObjectFormat::Sha256,
                    gitflare_git::object::Kind::Blob,
                    &all.concat(),
                )
            ));
        }
        Ok::<_, gitflare_repo::Error>(())
    });
    read.unwrap();
    text
}

#[test]
fn a_moved_repository_is_the_same_repository() {
    let world = filled();
    for (name, size) in [("one", u32::MAX), ("two", 1), ("three", 200_000)] {
        let twin = move_over(&world, name, size);
        sound(&twin);
        assert_eq!(refs(&twin), refs(&world.repository));
        assert_eq!(content(&twin), content(&world.repository), "{name}");
    }
    assert!(slices(&world.repository, 1).0.len() > 10);
}

#[test]
fn a_moved_repository_is_pushed_to_and_cloned() {
    let world = filled();
    let twin = move_over(&world, "twin", 500_000);
    let work = world.dir.path().join("work");
    commit(&work, 21);
    let moved = World { dir: tempfile::tempdir().unwrap(), repository: twin };
    let said = moved.push(&work, &[("refs/heads/main", "HEAD")]);
    assert!(said.contains("ok refs/heads/main"), "{said}");
    sound(&moved.repository);
    let clone = git_clone(&moved);
    git(&clone, &["fsck", "--strict"]);
    assert_eq!(git(&clone, &["rev-parse", "refs/heads/main"]), git(&work, &["rev-parse", "HEAD"]));
    // Events go on where they were.
    let events = moved.repository.db().read(|sql| outbox::after(sql, 0, 100)).unwrap();
    let numbers: Vec<i64> = events.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

/// A bare repository of what a clone gets, without a network.
fn git_clone(world: &World) -> std::path::PathBuf {
    let twin = world.dir.path().join("clone");
    std::fs::create_dir_all(&twin).unwrap();
    git(&twin, &["init", "-q", "--bare"]);
    let wants: String =
        world.refs().lines().map(|line| line.split_once(' ').unwrap().0.to_owned() + "\n").collect();
    let mut body = Vec::new();
    gitflare_git::pktline::text(&mut body, "command=fetch");
    gitflare_git::pktline::delim(&mut body);
    for oid in wants.lines() {
        gitflare_git::pktline::text(&mut body, &format!("want {oid}"));
    }
    gitflare_git::pktline::text(&mut body, "done");
    gitflare_git::pktline::flush(&mut body);
    let mut session = world.repository.transfer(head(Service::UploadPack, 2, false), &env());
    let answer = drive(&mut session, &body);
    let mut pack = Vec::new();
    let mut rest = answer.as_slice();
    while let Ok(Some((packet, used))) = gitflare_git::pktline::parse(rest) {
        if let gitflare_git::pktline::Packet::Data([1, bytes @ ..]) = packet {
            pack.extend_from_slice(bytes);
        }
        rest = &rest[used..];
    }
    support::git_bytes(&twin, &["index-pack", "--strict", "--stdin"], &pack);
    for line in world.refs().lines() {
        let (oid, name) = line.split_once(' ').unwrap();
        git(&twin, &["update-ref", name, oid]);
    }
    twin
}

#[test]
fn an_empty_repository_moves_too() {
    let world = World::new();
    let caller = Caller { identity: None, hidden: Vec::new(), locked: Vec::new() };
    ask(&world.repository, Command::SetHead { caller, name: "refs/heads/trunk".into() }).unwrap();
    let twin = move_over(&world, "twin", u32::MAX);
    assert_eq!(content(&twin), content(&world.repository));
    sound(&twin);
}

#[test]
fn slices_are_of_the_moment_of_the_first_though_pushes_and_maintenance_go_on() {
    let world = filled();
    let before = content(&world.repository);
    let (expected, _) = slices(&world.repository, 400_000);
    let work = world.dir.path().join("work");
    let mut cursor = None;
    let mut seen = 0;
    loop {
        let slice = export(&world.repository, cursor, 400_000).unwrap();
        assert_eq!(slice.rows, expected[seen].1.rows, "slice {seen}");
        seen += 1;
        cursor = slice.next;
        if cursor.is_none() {
            break;
        }
        // The first slice holds all refs.
        commit(&work, 30 + seen);
        world.push(&work, &[("refs/heads/main", "HEAD")]);
        while world.repository.maintain(&env()).unwrap() {}
    }
    assert_eq!(seen, expected.len());
    assert_ne!(content(&world.repository), before);
}

#[test]
fn what_is_no_longer_of_one_moment_is_refused() {
    let world = World::new();
    let work = world.history(4);
    world.push(&work, &[("refs/heads/main", "HEAD~2")]);
    world.push(&work, &[("refs/heads/main", "HEAD")]);
    // The first slice ends among the refs.
    let first = export(&world.repository, None, 1).unwrap();
    let among_refs = first.next.clone().unwrap();
    let mut cursor = Some(among_refs.clone());
    while !cursor.as_deref().unwrap().contains(".11.") {
        cursor = export(&world.repository, cursor, 1).unwrap().next;
    }
    commit(&work, 40);
    world.push(&work, &[("refs/heads/main", "HEAD")]);
    let error = export(&world.repository, Some(first_of(&among_refs, 4)), 1).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    // Packs that were joined stay for an hour, and then are gone.
    while world.repository.maintain(&env()).unwrap() {}
    assert_eq!(world.stat().packs, 1);
    assert!(export(&world.repository, cursor.clone(), 1).is_ok());
    let later = Env { now: NOW + 4_000, seed: 1 };
    while world.repository.maintain(&later).unwrap() {}
    assert_eq!(export(&world.repository, cursor, 1).unwrap_err().kind, ErrorKind::Conflict);
    for nonsense in ["", "x", "1.2.3"] {
        let error = export(&world.repository, Some(nonsense.into()), 1).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
}

/// The cursor moved to the beginning of another table.
fn first_of(cursor: &str, table: usize) -> String {
    let mut parts: Vec<&str> = cursor.split('.').collect();
    let table = table.to_string();
    (parts[5], parts[6]) = (&table, "0");
    parts.join(".")
}

#[test]
fn an_import_takes_each_slice_once_and_in_order() {
    let world = filled();
    let (slices, summary) = slices(&world.repository, 400_000);
    assert!(slices.len() > 3);
    let path = world.dir.path().join("twin");
    import(&open(&path), Import::Begin).unwrap();
    for (n, (from, slice)) in slices.iter().enumerate() {
        // As after a restart of the process, and with an answer lost.
        let twin = open(&path);
        twin.recover(&env()).unwrap();
        let next = import(&twin, rows(from, slice)).unwrap();
        assert_eq!(import(&twin, rows(from, slice)).unwrap(), next);
        assert_eq!(import(&twin, Import::State).unwrap(), next);
        let skipped =
            slices.get(n + 2).map(|(from, slice)| import(&twin, rows(from, slice)).unwrap_err().kind);
        assert!(skipped.is_none_or(|kind| kind == ErrorKind::Conflict));
        while twin.maintain(&env()).unwrap() {}
    }
    let twin = open(&path);
    let wrong = Summary { commits: 1, refs: 9, ..summary.clone() };
    let error = import(&twin, Import::Finish { summary: wrong }).unwrap_err();
    assert_eq!(error.message, "what arrived is not what was sent: its refs, its commits differ");
    let finished = Import::Finish { summary };
    import(&twin, finished.clone()).unwrap();
    import(&twin, finished).unwrap();
    sound(&twin);
    assert_eq!(content(&twin), content(&world.repository));
    // What is in use takes no slice.
    let (from, slice) = &slices[0];
    assert_eq!(import(&twin, rows(from, slice)).unwrap_err().message, "no import is under way");
    assert_eq!(import(&twin, Import::Begin).unwrap_err().message, "the repository is not empty");
}

#[test]
fn nonsense_in_a_slice_changes_nothing() {
    let world = filled();
    let (slices, _) = slices(&world.repository, u32::MAX);
    let slice = &slices[0].1;
    let twin = twin(&world, "twin");
    import(&twin, Import::Begin).unwrap();
    let before = content(&twin);
    let attempt = |bytes: &[u8]| {
        let step = Import::Rows { from: None, next: None, rows: Rows(bytes.to_vec()) };
        let error = import(&twin, step).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{error:?}");
        assert_eq!(content(&twin), before);
    };
    attempt(b"");
    attempt(&slice.rows.0[..slice.rows.0.len() - 1]);
    struct Row(&'static [gitflare_db::Value<'static>]);
    impl gitflare_db::Columns for Row {
        fn get(&self, index: usize) -> gitflare_db::Result<gitflare_db::ValueRef<'_>> {
            Ok(self.0[index].as_ref())
        }
        fn count(&self) -> usize {
            self.0.len()
        }
    }
    use gitflare_db::Value::{Int, Null};
    for (table, row) in [
        ("task", &[Int(1), Int(2), Int(3)][..]),
        ("nothing", &[Int(1)]),
        ("sqlite_schema", &[Int(1)]),
        ("ref", &[Int(1)]),
        ("ref", &[Null, Null, Null]),
        ("state", &[Int(1), Int(2), Int(3), Int(4), Int(5), Int(6), Int(7)]),
        ("sqlite_sequence", &[Int(1), Int(2)]),
        ("sqlite_sequence", &[]),
    ] {
        let mut slice = dump::Slice::default();
        slice.row(table, &Row(row)).unwrap();
        attempt(&slice.finish().unwrap());
    }
    assert_eq!(import(&twin, Import::State).unwrap(), Progress::Missing { next: None });
}

#[test]
fn while_it_is_frozen_no_ref_moves() {
    let world = filled();
    let work = world.dir.path().join("work");
    let before = content(&world.repository);
    // A push that began before.
    commit(&work, 50);
    let new = git(&work, &["rev-parse", "HEAD"]).trim().to_owned();
    let old = world.oid("refs/heads/main").unwrap();
    let mut body = Vec::new();
    let command = format!("{old} {new} refs/heads/main\0report-status side-band-64k");
    gitflare_git::pktline::text(&mut body, &command);
    gitflare_git::pktline::flush(&mut body);
    body.extend_from_slice(&pack(&work, &[new], &[]));
    let mut session = world.repository.transfer(head(Service::ReceivePack, 0, false), &env());
    session.feed(&body[..body.len() / 2]);
    while !matches!(session.pull(&env()), gitflare_repo::Pull::NeedInput) {}
    ask(&world.repository, Command::Freeze { notice: "moved to https://example.org".into() }).unwrap();
    let said = String::from_utf8_lossy(&drive(&mut session, &body[body.len() / 2..])).into_owned();
    assert!(said.contains("unpack moved to https://example.org"), "{said}");
    assert!(said.contains("ng refs/heads/main"), "{said}");
    drop(session);
    // One that begins now is told before it sends anything.
    let mut session = world.repository.transfer(head(Service::ReceivePack, 0, true), &env());
    let said = String::from_utf8_lossy(&drive(&mut session, b"")).into_owned();
    assert!(said.starts_with("001f# service=git-receive-pack\n0000"), "{said}");
    assert!(said.contains("ERR moved to https://example.org"), "{said}");
    let caller = Caller { identity: None, hidden: Vec::new(), locked: Vec::new() };
    let set_head = || Command::SetHead { caller: caller.clone(), name: "refs/heads/main".into() };
    assert_eq!(ask(&world.repository, set_head()).unwrap_err().kind, ErrorKind::Conflict);
    while world.repository.maintain(&Env { now: NOW + 10_000, seed: 1 }).unwrap() {}
    assert_eq!(
        content(&world.repository)
            .lines()
            .filter(|line| !line.starts_with("file") && !line.starts_with("sqlite"))
            .count(),
        before.lines().count() - 2
    );
    assert_eq!(refs(&world.repository), refs(&open(Path::new(&world.dir.path().join("repository.sqlite")))));
    ask(&world.repository, Command::Thaw).unwrap();
    let said = world.push(&work, &[("refs/heads/main", "HEAD")]);
    assert!(said.contains("ok refs/heads/main"), "{said}");
}

#[test]
fn an_import_under_way_takes_no_push_and_is_not_thawed() {
    let world = World::new();
    let work = world.history(1);
    import(&world.repository, Import::Begin).unwrap();
    assert_eq!(ask(&world.repository, Command::Thaw).unwrap_err().kind, ErrorKind::Conflict);
    let said = world.push(&work, &[("refs/heads/main", "HEAD")]);
    assert!(said.contains("the repository is being imported"), "{said}");
}

#[test]
fn every_table_is_moved_or_left_for_a_reason() {
    let world = World::new();
    let known = world.repository.db().read(tables::list).unwrap();
    let mut slice = dump::Slice::default();
    struct Nothing;
    impl gitflare_db::Columns for Nothing {
        fn get(&self, _: usize) -> gitflare_db::Result<gitflare_db::ValueRef<'_>> {
            Ok(gitflare_db::ValueRef::Null)
        }
        fn count(&self) -> usize {
            0
        }
    }
    for table in known.iter().filter(|table| !LEFT.contains(&table.as_str())) {
        slice.row(table, &Nothing).unwrap();
    }
    // A table nobody listed would be refused as none of a repository's.
    import(&world.repository, Import::Begin).unwrap();
    let step = Import::Rows { from: None, next: None, rows: Rows(slice.finish().unwrap()) };
    let error = import(&world.repository, step).unwrap_err();
    assert!(!error.message.contains("no part of a repository"), "{error:?}");
}
