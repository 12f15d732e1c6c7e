//! What is sound is found sound; what is damaged is named.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use gitflare_db::sqlite::{Options, Sqlite};
use gitflare_port::{Command, ErrorKind, Reply};
use gitflare_repo::Repository;
use support::{World, commit, env, git, open, pack};

fn findings(repository: &Repository) -> Vec<String> {
    repository.verify(&env(), &mut |_, _| {}).unwrap()
}

/// The same in slices as small as they get; with how many there were.
fn sliced(repository: &Repository) -> (Vec<String>, usize) {
    let (mut found, mut cursor, mut slices, mut last) = (Vec::new(), None, 0, 0);
    loop {
        let asked = Command::Verify { cursor, objects: Some(1) };
        let Ok(Reply::Verified(verified)) = repository.command(asked, &env()) else { panic!("no slice") };
        found.extend(verified.findings);
        assert!(verified.done >= last && verified.done <= verified.total);
        (cursor, slices, last) = (verified.next, slices + 1, verified.done);
        if cursor.is_none() {
            return (found, slices);
        }
    }
}

/// A first push, a thin one on top, tags of tags, and a branch that was deleted again.
fn varied() -> World {
    let world = World::new();
    let work = world.history(25);
    git(&work, &["tag", "-a", "-m", "one", "v1"]);
    git(&work, &["tag", "-a", "-m", "two", "v2", "v1"]);
    world.push(&work, &[("refs/heads/main", "main"), ("refs/tags/v2", "v2"), ("refs/heads/gone", "main~3")]);
    let old = git(&work, &["rev-parse", "main"]).trim().to_owned();
    for n in 25..30 {
        commit(&work, n);
    }
    git(&work, &["checkout", "-q", "-b", "side", "main~4"]);
    commit(&work, 99);
    git(&work, &["checkout", "-q", "main"]);
    git(&work, &["merge", "-q", "-s", "ours", "-m", "joined", "side"]);
    let new = git(&work, &["rev-parse", "main"]).trim().to_owned();
    let thin = pack(&work, std::slice::from_ref(&new), std::slice::from_ref(&old));
    let report =
        world.send(&[(old, new, "refs/heads/main".into())], &thin, "report-status side-band-64k ofs-delta");
    assert!(report.contains("ok refs/heads/main"), "{report}");
    world.push(&work, &[("refs/heads/gone", "")]);
    assert_eq!(world.stat().packs, 2);
    world
}

#[test]
fn what_was_pushed_is_sound() {
    let world = World::new();
    assert_eq!(findings(&world.repository), [""; 0]);
    let world = varied();
    let mut last = (0, 0);
    assert_eq!(world.repository.verify(&env(), &mut |done, total| last = (done, total)).unwrap(), [""; 0]);
    assert_eq!(last, (world.stat().objects, world.stat().objects));
    let (found, slices) = sliced(&world.repository);
    assert_eq!(found, [""; 0]);
    assert!(slices > 2, "{slices}");
}

#[test]
fn a_check_goes_on_in_the_middle_of_a_pack() {
    let world = World::new();
    let work = world.history(1);
    for n in 0..3_000 {
        let folder = work.join(format!("many/{}", n % 60));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{n}")), format!("{}{n}\n", "a line that is alike\n".repeat(9)))
            .unwrap();
    }
    commit(&work, 1);
    world.push(&work, &[("refs/heads/main", "HEAD")]);
    let (found, slices) = sliced(&world.repository);
    assert_eq!(found, [""; 0]);
    assert!(slices > 4, "{slices}");
    let database = world.repository.db();
    let damage = "UPDATE pack SET ref_deltas = 1, objects = objects + 1";
    database.write("damage", |sql| sql.run(damage, &[], &mut |_| Ok(())).map(drop)).unwrap();
    let copy = open(&world.dir.path().join("repository.sqlite"));
    let (sliced, whole) = (sliced(&copy).0, findings(&copy));
    assert_eq!(sliced, whole);
    assert_eq!(whole.len(), 3, "{whole:#?}");
}

#[test]
fn a_check_in_slices_goes_on_while_others_push_and_begins_again_when_packs_are_joined() {
    let world = varied();
    let work = world.dir.path().join("work");
    let first = |cursor| {
        let asked = Command::Verify { cursor, objects: Some(1) };
        match world.repository.command(asked, &env()) {
            Ok(Reply::Verified(verified)) => Ok(verified),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        }
    };
    // Past the first pack, in the second.
    let mut cursor = first(first(None).unwrap().next).unwrap().next;
    for n in 200..206 {
        commit(&work, n);
        world.push(&work, &[("refs/heads/main", "HEAD")]);
    }
    let begun = cursor.clone();
    while let Some(next) = cursor {
        let verified = first(Some(next)).unwrap();
        assert_eq!(verified.findings, [""; 0]);
        cursor = verified.next;
    }
    while world.repository.maintain(&env()).unwrap() {}
    assert_eq!(first(begun).unwrap_err().kind, ErrorKind::Conflict);
    for nonsense in ["", "1", "1.2.3.4.5.6.7.8.9", "a.b.c.d.e.f.g.h", "0.-1.0.0.0.0.0.0"] {
        assert_eq!(first(Some(nonsense.into())).unwrap_err().kind, ErrorKind::Invalid, "{nonsense}");
    }
}

#[test]
fn every_kind_of_damage_is_named() {
    let world = varied();
    let whole = Sqlite::open(world.dir.path().join("repository.sqlite"), Options::default()).unwrap();
    let cases = [
        (
            "UPDATE chunk SET data = CAST(REPLACE(data, SUBSTR(data, 200, 4), X'00000000') AS BLOB) WHERE id = (SELECT MIN(id) FROM chunk)",
            "in pack 1",
        ),
        (
            "UPDATE chunk SET data = SUBSTR(data, 1, LENGTH(data) - 1) WHERE id = (SELECT MAX(id) FROM chunk)",
            "wrong length",
        ),
        ("DELETE FROM chunk WHERE id = (SELECT MAX(id) FROM chunk)", "instead of"),
        ("UPDATE file SET size = size + 1 WHERE id = (SELECT MIN(id) FROM file)", "file 1"),
        ("UPDATE pack SET objects = objects + 1 WHERE id = 1", "objects in its index"),
        ("UPDATE pack SET ref_deltas = ref_deltas + 1 WHERE id = 2", "deltas on older packs"),
        ("UPDATE pack SET live_seq = 3 - live_seq", "no older pack"),
        ("UPDATE pack SET live_seq = 7 WHERE id = 2", "an age that is not its own"),
        ("DELETE FROM pidx WHERE pack = 2", "the index of pack 2"),
        ("DELETE FROM poff WHERE id >> 20 = 2", "positions, not"),
        ("UPDATE pidx SET n = n - 1 WHERE pack = 1", "the index of pack 1"),
        ("UPDATE commits SET generation = generation + 1 WHERE cid = 3", "generation"),
        (
            "UPDATE commits SET tree = X'1111111111111111111111111111111111111111' WHERE cid = 3",
            "another story",
        ),
        ("UPDATE commits SET p1 = 1 WHERE cid = 5", "is recorded as number 1"),
        ("DELETE FROM commits WHERE cid = 2", "commit 2 has no row"),
        (
            "UPDATE ref SET oid = X'1111111111111111111111111111111111111111' WHERE name = CAST('refs/heads/main' AS BLOB)",
            "refs/heads/main",
        ),
        ("UPDATE ref SET peeled = NULL", "another peeled id"),
        ("UPDATE pack SET state = 'retired' WHERE id = 1", "is missing"),
        ("INSERT INTO chunk (id, data) VALUES (1234 << 20, X'00')", "file 1234, which does not exist"),
        ("INSERT INTO poff (id, data) VALUES (1234 << 20, X'00')", "pack 1234, which does not exist"),
        ("INSERT INTO commit_parent (id, cid, n, parent) VALUES (99, 0, 2, 1)", "commit 0"),
    ];
    for (n, (damage, expected)) in cases.into_iter().enumerate() {
        let copy = world.dir.path().join(format!("{n}.sqlite"));
        whole.copy_to(&copy).unwrap();
        let repository = open(&copy);
        assert_eq!(findings(&repository), [""; 0]);
        repository.db().write("damage", |sql| sql.run(damage, &[], &mut |_| Ok(())).map(|_| ())).unwrap();
        // A process that did not see it intact.
        let found = findings(&open(&copy));
        assert!(found.iter().any(|finding| finding.contains(expected)), "{damage}\n{expected}\n{found:#?}");
        let (found, _) = sliced(&open(&copy));
        assert!(found.iter().any(|finding| finding.contains(expected)), "{damage}\n{expected}\n{found:#?}");
    }
}
