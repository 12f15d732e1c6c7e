//! Sweeping and joining: after every step the repository is sound and holds the same objects.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use gitflare_db::{
    fault::{Fault, Plan},
    sqlite::{Options, Sqlite},
};
use gitflare_git::{Oid, hash::Checksum, object::Kind, pack::pack_header};
use gitflare_port::{Command, Reply, Service};
use gitflare_repo::{Budget, Env, Repository, Shared, files};
use support::{NOW, World, commit, env, git, git_bytes, head, pack, packs, pushing::Push};

fn at(now: i64) -> Env {
    Env { now, seed: 1 }
}

fn assert_sound(repository: &Repository) {
    assert_eq!(repository.verify(&env(), &mut |_, _| {}).unwrap(), [""; 0]);
}

/// Every object in live packs.
fn objects(repository: &Repository) -> BTreeSet<(Oid, Kind)> {
    let mut found = BTreeSet::new();
    let read = repository.db().read(|sql| {
        let view = repository.view(sql)?;
        for pack in &view.live.packs {
            view.index().each(pack, &mut |entry| {
                assert!(found.insert((entry.oid, entry.kind)));
                Ok(())
            })?;
        }
        Ok::<_, gitflare_repo::Error>(())
    });
    read.unwrap();
    found
}

/// Live packs, oldest first: objects, deltas on older packs, age.
fn live(repository: &Repository) -> Vec<(i64, i64, i64)> {
    let read = repository.db().read(|sql| {
        let live = repository.view(sql)?.live;
        Ok::<_, gitflare_repo::Error>(
            live.packs
                .iter()
                .map(|pack| (pack.row.objects, pack.row.ref_deltas, pack.row.live_seq))
                .collect(),
        )
    });
    read.unwrap()
}

/// All live packs as one, the way a clone sends them.
fn dump(repository: &Repository) -> Vec<u8> {
    let read = repository.db().read(|sql| {
        let view = repository.view(sql)?;
        let mut out = pack_header(view.live.objects() as u32).to_vec();
        for pack in &view.live.packs {
            files::read(sql, view.shared, view.repository, pack.file(), 0, pack.size(), &mut out)?;
        }
        let mut sum = Checksum::new(view.format);
        sum.update(&out);
        out.extend_from_slice(sum.finish().as_bytes());
        Ok::<_, gitflare_repo::Error>(out)
    });
    read.unwrap()
}

/// Stock git accepts the packs and finds every ref connected.
fn assert_clones(world: &World, name: &str) {
    let twin = world.dir.path().join(name);
    std::fs::create_dir_all(&twin).unwrap();
    git(&twin, &["init", "-q", "--bare"]);
    git_bytes(&twin, &["index-pack", "--strict", "--stdin"], &dump(&world.repository));
    for line in world.refs().lines() {
        let (oid, name) = line.split_once(' ').unwrap();
        git(&twin, &["update-ref", name, oid]);
    }
    git(&twin, &["fsck", "--strict"]);
}

/// A push of what `revision` adds to what `name` is, as a thin pack.
fn push_thin(world: &World, work: &Path, name: &str, revision: &str) {
    let new = git(work, &["rev-parse", revision]).trim().to_owned();
    let old = world.oid(name);
    let known: Vec<String> = world.refs().lines().map(|line| line[..40].to_owned()).collect();
    let thin = pack(work, std::slice::from_ref(&new), &known);
    let old = old.unwrap_or_else(|| "0".repeat(40));
    let report = world.send(&[(old, new, name.to_owned())], &thin, "report-status side-band-64k ofs-delta");
    assert!(report.contains(&format!("ok {name}")), "{report}");
}

/// Maintains until nothing is due, checking after every step. Answers the number of steps.
fn settle(repository: &Repository, now: i64) -> usize {
    let before = objects(repository);
    for step in 0.. {
        let more = repository.maintain(&at(now)).unwrap();
        assert_sound(repository);
        assert_eq!(objects(repository), before);
        if !more {
            return step;
        }
    }
    unreachable!()
}

#[test]
fn many_small_pushes_become_few_packs() {
    let world = World::new();
    let work = world.history(3);
    for n in 0..24 {
        commit(&work, 3 + n);
        if n % 6 == 5 {
            git(&work, &["tag", "-a", "-m", "tagged", &format!("v{n}")]);
            push_thin(&world, &work, &format!("refs/tags/v{n}"), &format!("v{n}"));
        }
        push_thin(&world, &work, "refs/heads/main", "main");
    }
    let before = live(&world.repository);
    assert!(before.len() > 20 && before.iter().any(|pack| pack.1 > 0), "{before:?}");
    assert_clones(&world, "before");
    assert!(settle(&world.repository, NOW) > 3);
    let after = live(&world.repository);
    assert!(after.len() < 7, "{after:?}");
    assert_clones(&world, "after");
    // What came together with its base counts the distance to it.
    assert_eq!(after[0].1, 0);
    // Nothing is due any more, until the replaced packs have had their hour.
    assert_eq!(settle(&world.repository, NOW), 0);
    assert!(settle(&world.repository, NOW + 3_601) > 20);
    let files = world.repository.db().read(files::list).unwrap();
    assert_eq!(files.len(), after.len());
    assert_clones(&world, "later");
    commit(&work, 77);
    push_thin(&world, &work, "refs/heads/main", "main");
    assert_sound(&world.repository);
}

#[test]
fn pushes_come_between_the_steps_of_a_merge() {
    let world = World::new();
    let work = world.history(4);
    push_thin(&world, &work, "refs/heads/main", "main");
    for n in 0..40 {
        commit(&work, 10 + n);
        push_thin(&world, &work, "refs/heads/main", "main");
        world.repository.maintain(&at(NOW + n as i64)).unwrap();
        assert_sound(&world.repository);
    }
    settle(&world.repository, NOW + 100);
    assert!(live(&world.repository).len() < 6);
    assert_clones(&world, "clone");
    assert_eq!(
        objects(&world.repository).len() as u64,
        git(&work, &["rev-list", "--objects", "--all", "--count"]).trim().parse::<u64>().unwrap()
    );
}

#[test]
fn long_chains_are_cut() {
    let world = World::new();
    // A file that grows by a line, each version a delta on the one before, in one pack.
    let text = |n: usize| (0..50 + n).map(|line| format!("line {line} of many\n")).collect::<String>();
    let versions: Vec<_> = (0..400).map(|n| packs::blob(text(n))).collect();
    let names: Vec<String> = (0..400).map(|n| format!("{n:03}")).collect();
    let entries: Vec<_> =
        versions.iter().zip(&names).map(|(blob, name)| ("100644", name.as_str(), blob.oid)).collect();
    let tree = packs::tree(&entries);
    let commit = packs::commit_of(&tree.oid, &[], "all versions");
    let mut stored = vec![versions[0].whole()];
    stored.extend(versions.windows(2).map(|pair| {
        let before = pair[0].clone();
        pair[1].on(&before)
    }));
    stored.extend([tree.whole(), commit.whole()]);
    let answer = Push::create("refs/heads/main", &commit, packs::pack_of(&stored)).to(&world.repository);
    assert_eq!(answer.report, ["unpack ok", "ok refs/heads/main"]);
    let other = packs::noise(1, 50_000);
    let small = packs::blob(other);
    let tree = packs::tree(&[("100644", "noise", small.oid)]);
    let commit = packs::commit_of(&tree.oid, &[commit.oid], "noise");
    let pack = packs::pack_whole(&[small, tree, commit.clone()]);
    let answer = Push::create("refs/heads/noise", &commit, pack).to(&world.repository);
    assert_eq!(answer.report, ["unpack ok", "ok refs/heads/noise"]);
    let deepest = |repository: &Repository| {
        let mut deepest = 0;
        let read = repository.db().read(|sql| {
            let view = repository.view(sql)?;
            for pack in &view.live.packs {
                view.index().each(pack, &mut |entry| {
                    deepest = deepest.max(entry.depth);
                    Ok(())
                })?;
            }
            Ok::<_, gitflare_repo::Error>(())
        });
        read.unwrap();
        deepest
    };
    assert_eq!(deepest(&world.repository), 399);
    settle(&world.repository, NOW);
    assert_eq!((live(&world.repository).len(), deepest(&world.repository)), (1, 250));
    assert_clones(&world, "clone");
}

#[test]
fn unfinished_uploads_are_swept_after_their_deadline() {
    let world = World::new();
    let work = world.history(3);
    push_thin(&world, &work, "refs/heads/main", "main");
    // A large body, so that rows are written before it ends.
    std::fs::write(work.join("noise"), packs::noise(7, 3_000_000)).unwrap();
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "noise"]);
    let begin = || {
        let new = git(&work, &["rev-parse", "main"]).trim().to_owned();
        let old = world.oid("refs/heads/main").unwrap();
        let thin = pack(&work, std::slice::from_ref(&new), std::slice::from_ref(&old));
        let mut session = world.repository.transfer(head(Service::ReceivePack, 0, false), &env());
        let line = format!("{old} {new} refs/heads/main\0report-status");
        session.feed(format!("{:04x}{line}0000", line.len() + 4).as_bytes());
        session.feed(&thin[..thin.len() - 100]);
        while !matches!(session.pull(&env()), gitflare_repo::Pull::NeedInput) {}
        session
    };
    let count = || world.repository.db().read(files::list).unwrap().len();
    // Cut off without a word, as by a kill.
    std::mem::forget(begin());
    assert_eq!(count(), 2);
    assert_sound(&world.repository);
    assert_eq!(settle(&world.repository, NOW + 60), 0);
    assert!(settle(&world.repository, NOW + 16 * 60) > 0);
    assert_eq!(count(), 1);
    std::mem::forget(begin());
    assert_eq!(count(), 2);
    world.repository.recover(&at(NOW)).unwrap();
    assert!(settle(&world.repository, NOW) > 0);
    assert_eq!(count(), 1);
    push_thin(&world, &work, "refs/heads/main", "main");
    assert_sound(&world.repository);
}

#[test]
fn rows_without_an_owner_go_when_a_repository_is_recovered() {
    let world = World::new();
    let work = world.history(3);
    push_thin(&world, &work, "refs/heads/main", "main");
    let litter = [
        "INSERT INTO chunk (id, data) VALUES (1234 << 20, X'00')",
        "INSERT INTO poff (id, data) VALUES (1234 << 20, X'00')",
        "INSERT INTO commits SELECT cid + 1000, oid, tree, 0, 0, 1, 0 FROM commits",
    ];
    for statement in litter {
        world
            .repository
            .db()
            .write("litter", |sql| sql.run(statement, &[], &mut |_| Ok(())).map(|_| ()))
            .unwrap();
    }
    assert_eq!(world.repository.verify(&env(), &mut |_, _| {}).unwrap().len(), 2);
    world.repository.recover(&at(NOW)).unwrap();
    settle(&world.repository, NOW);
    assert_sound(&world.repository);
}

#[test]
fn delivered_events_go_after_a_week() {
    let world = World::new();
    let work = world.history(2);
    push_thin(&world, &work, "refs/heads/main", "main");
    commit(&work, 9);
    push_thin(&world, &work, "refs/heads/main", "main");
    let events =
        |after: i64, now: i64| match world.repository.command(Command::Outbox { after, limit: 10 }, &at(now))
        {
            Ok(Reply::Outbox(events)) => events.into_iter().map(|(number, _)| number).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
    let week = 7 * 24 * 60 * 60;
    assert_eq!(events(0, NOW), [1, 2]);
    assert_eq!(events(1, NOW + week - 1), [2]);
    assert_eq!(events(0, NOW + week), [1, 2]);
    assert_eq!(events(1, NOW + week + 1), [2]);
    assert_eq!(events(0, NOW + week + 1), [2]);
}

/// Which live packs are said to hold unreachable objects.
fn flags(repository: &Repository) -> Vec<bool> {
    let read = repository.db().read(|sql| {
        let live = repository.view(sql)?.live;
        Ok::<_, gitflare_repo::Error>(live.packs.iter().map(|pack| pack.row.has_unreachable).collect())
    });
    read.unwrap()
}

#[test]
fn a_walk_clears_the_packs_that_lost_nothing() {
    let world = World::new();
    let work = world.history(20);
    git(&work, &["tag", "-a", "-m", "one", "v1", "main~5"]);
    world.push(&work, &[("refs/heads/main", "main"), ("refs/tags/v1", "v1"), ("refs/heads/twin", "main~2")]);
    git(&work, &["checkout", "-q", "-b", "side"]);
    commit(&work, 50);
    push_thin(&world, &work, "refs/heads/side", "side");
    // Nothing is lost with a second name for something.
    world.push(&work, &[("refs/heads/twin", "")]);
    assert_eq!(flags(&world.repository), [true, true]);
    settle(&world.repository, NOW);
    assert_eq!(flags(&world.repository), [false, false]);
    // The commit of the second pack is lost.
    world.push(&work, &[("refs/heads/side", "")]);
    settle(&world.repository, NOW);
    assert_eq!(flags(&world.repository), [false, true]);
    // It comes back, and is found at the next occasion.
    push_thin(&world, &work, "refs/heads/again", "side");
    settle(&world.repository, NOW);
    assert!(flags(&world.repository).contains(&true));
    settle(&world.repository, NOW + 24 * 60 * 60);
    assert!(!flags(&world.repository).contains(&true));
    // A rewind, while a walk is under way, is not lost on it.
    world.push(&work, &[("refs/heads/again", "")]);
    assert!(flags(&world.repository).iter().all(|flag| *flag));
    assert!(world.repository.maintain(&at(NOW)).unwrap());
    settle(&world.repository, NOW);
    assert!(!flags(&world.repository)[0]);
    assert_clones(&world, "clone");
}

#[test]
fn large_packs_are_joined_in_slices_while_others_push() {
    let world = World::new();
    let work = world.history(3);
    for n in 0..3 {
        std::fs::write(work.join(format!("noise{n}")), packs::noise(n, 5_000_000)).unwrap();
        commit(&work, n as usize);
        push_thin(&world, &work, "refs/heads/main", "main");
    }
    git(&work, &["checkout", "-q", "-b", "side"]);
    let mut steps = 0;
    while world.repository.maintain(&at(NOW)).unwrap() {
        steps += 1;
        if steps < 4 {
            commit(&work, 60 + steps);
            push_thin(&world, &work, "refs/heads/side", "side");
        }
        assert_sound(&world.repository);
    }
    assert!(steps > 6, "{steps}");
    assert!(live(&world.repository).len() < 4);
    assert_clones(&world, "clone");
}

#[test]
fn a_failure_at_any_statement_harms_nothing() {
    let world = World::new();
    let work = world.history(3);
    for n in 0..4 {
        commit(&work, 3 + n);
        push_thin(&world, &work, "refs/heads/main", "main");
    }
    git(&work, &["checkout", "-q", "-b", "side"]);
    commit(&work, 50);
    push_thin(&world, &work, "refs/heads/side", "side");
    world.push(&work, &[("refs/heads/side", "")]);
    let before = objects(&world.repository);
    let whole = Sqlite::open(world.dir.path().join("repository.sqlite"), Options::default()).unwrap();
    let mut done = false;
    let mut faults = 0;
    for n in (1..).step_by(3) {
        let copy = world.dir.path().join("copy.sqlite");
        whole.copy_to(&copy).unwrap();
        {
            let inner = Arc::new(Sqlite::open(&copy, Options::default()).unwrap());
            let faulty = Fault::new(inner, Plan::FailOnce(n));
            if let Ok(repository) = Repository::open(faulty.db(), Shared::new(Budget::durable()), 1) {
                done = true;
                loop {
                    match repository.maintain(&at(NOW)) {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(_) => {
                            (done, faults) = (false, faults + 1);
                            break;
                        }
                    }
                }
            }
        }
        let repository = support::open(&copy);
        assert_sound(&repository);
        assert_eq!(objects(&repository), before);
        repository.recover(&at(NOW)).unwrap();
        while repository.maintain(&at(NOW)).unwrap() {}
        assert_sound(&repository);
        assert_eq!(objects(&repository), before);
        assert!(live(&repository).len() < 4);
        drop(repository);
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(world.dir.path().join(format!("copy.sqlite{suffix}")));
        }
        if done {
            break;
        }
    }
    assert!(faults > 20, "{faults}");
}
