//! A push whose every statement, and every commit, fails once: the repository is as it was or as it is meant to be.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod support;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use gitflare_db::{
    fault::{Fault, Plan},
    sqlite::{Options, Sqlite},
};
use gitflare_repo::{Budget, Repository, Shared};
use support::{
    World,
    check::{objects, rows, sweep},
    env, open,
    packs::{Made, blob, commit_of, noise, pack_of, pack_whole, small, tree},
    pushing::{Answer, Push},
};

/// A push onto a repository with one commit, for each way a push can go.
struct Scene {
    world: World,
    push: Push,
    file: PathBuf,
}

/// What can be seen of a repository.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    refs: String,
    objects: Vec<String>,
    /// Rows of each table: what nothing stands on would show here.
    rows: BTreeMap<&'static str, i64>,
}

fn scene(push: Push) -> Scene {
    let world = World::new();
    let objects = small("before");
    let first = Push::create("refs/heads/main", &objects[2], pack_whole(&objects));
    assert_eq!(first.to(&world.repository).report[0], "unpack ok");
    let World { dir, repository } = world;
    drop(repository);
    let file = dir.path().join("repository.sqlite");
    let copy = dir.path().join("before.sqlite");
    std::fs::copy(&file, &copy).unwrap();
    let repository = open(&file);
    Scene { world: World { dir, repository }, push, file: copy }
}

impl Scene {
    /// Pushes into a fresh copy of the repository with this fault; answers the faulty one's counts and what is left.
    fn run(&self, name: &str, plan: Plan) -> (Answer, Arc<Fault>, Repository) {
        let file = self.world.dir.path().join(name);
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.world.dir.path().join(format!("{name}{ending}")));
        }
        std::fs::copy(&self.file, &file).unwrap();
        let driver = Arc::new(Sqlite::open(&file, Options::default()).unwrap());
        let fault = Fault::new(driver, plan);
        let faulty = Repository::open(fault.db(), Shared::new(Budget::native()), 1).unwrap();
        let answer = self.push.to(&faulty);
        (answer, fault, open(&file))
    }

    /// Fails at every statement and at every commit.
    fn survives(&self, transactions: u64) {
        let (_, opened, _) = Self { push: Push::new(Vec::new()), ..self.again() }.run("opened", Plan::Never);
        let first = opened.counters().counts();
        let before = seen(&open(&self.file));
        let (answer, counted, after) = self.run("counted", Plan::Never);
        assert!(answer.moved, "{answer:?}");
        let (total, after) = (counted.counters().counts(), seen(&after));
        assert!(total.writes - first.writes >= transactions, "{total:?}");
        for n in first.statements + 1..=total.statements {
            // One fault that passes, or a disk that is gone from there on.
            self.check("faulty", if n % 2 == 0 { Plan::FailOnce(n) } else { Plan::Fail(n) }, &before, &after);
        }
        for n in first.writes + 1..=total.writes {
            self.check("commit", Plan::FailCommit(n), &before, &after);
        }
    }

    fn again(&self) -> Self {
        scene(self.push.clone())
    }

    fn check(&self, name: &str, plan: Plan, before: &Seen, after: &Seen) {
        let (answer, _, left) = self.run(name, plan);
        left.recover(&env()).unwrap();
        assert_eq!(left.verify(&env(), &mut |_, _| {}).unwrap(), Vec::<String>::new(), "{plan:?}");
        if answer.moved {
            assert_eq!(&seen(&left), after, "{plan:?}");
            return;
        }
        assert_eq!(&seen(&left), before, "{plan:?}");
        let said = answer.report.first().is_none_or(|line| line.starts_with("unpack internal error"));
        assert!(said, "{answer:?}");
        let again = self.push.to(&left);
        assert!(again.moved, "{plan:?}: {again:?}");
        assert_eq!(&seen(&left), after, "{plan:?}");
        assert_eq!(left.verify(&env(), &mut |_, _| {}).unwrap(), Vec::<String>::new(), "{plan:?}");
    }
}

fn seen(repository: &Repository) -> Seen {
    let refs = repository.db().read(gitflare_repo::refs::all).unwrap();
    sweep(repository);
    Seen {
        refs: refs
            .iter()
            .map(|found| format!("{} {}\n", found.oid, String::from_utf8_lossy(&found.name)))
            .collect(),
        objects: objects(repository).into_iter().collect(),
        rows: rows(repository),
    }
}

/// Commits with files of `size` bytes of noise, so that the pack is as large.
fn heavy(files: u64, size: usize) -> (Vec<Made>, Made) {
    let blobs: Vec<Made> = (0..files).map(|n| blob(noise(n + 1, size))).collect();
    let names: Vec<String> = (0..files).map(|n| format!("file{n:04}")).collect();
    let entries: Vec<_> =
        blobs.iter().zip(&names).map(|(blob, name)| ("100644", name.as_str(), blob.oid)).collect();
    let root = tree(&entries);
    let commit = commit_of(&root.oid, &[], "heavy");
    ([blobs, vec![root, commit.clone()]].concat(), commit)
}

#[test]
fn a_small_push_survives_a_fault_at_every_statement() {
    let objects = small("small");
    scene(Push::create("refs/heads/new", &objects[2], pack_whole(&objects))).survives(1);
}

#[test]
fn a_push_over_several_transactions_survives_a_fault_at_every_statement() {
    let (objects, tip) = heavy(9, 130_000);
    scene(Push::create("refs/heads/new", &tip, pack_whole(&objects))).survives(2);
}

#[test]
fn a_push_that_is_rewritten_survives_a_fault_at_every_statement() {
    let (objects, tip) = heavy(9, 130_000);
    let top = blob([objects[0].data.clone(), b"and more".to_vec()].concat());
    let mut entries = vec![top.on(&objects[0])];
    entries.extend(objects.iter().map(Made::whole));
    // What the server has already comes once more.
    entries.push(small("before")[0].whole());
    scene(Push::create("refs/heads/new", &tip, pack_of(&entries))).survives(2);
}

#[test]
fn a_push_of_many_commits_survives_a_fault_at_every_transaction() {
    let [file, root, first] = small("first");
    let mut objects = vec![file, root.clone(), first];
    for n in 0..5_200 {
        let parent = objects.last().map_or(root.oid, |commit| commit.oid);
        objects.push(commit_of(&root.oid, &[parent], &n.to_string()));
    }
    let tip = objects.last().unwrap();
    let scene = scene(Push::create("refs/heads/new", tip, pack_whole(&objects)));
    let before = seen(&open(&scene.file));
    let (answer, counted, after) = scene.run("counted", Plan::Never);
    assert!(answer.moved);
    let (counts, after) = (counted.counters().counts(), seen(&after));
    for n in 2..=counts.writes {
        scene.check("commit", Plan::FailCommit(n), &before, &after);
    }
    for n in (1..8).map(|eighth| counts.statements * eighth / 8) {
        scene.check("once", Plan::FailOnce(n), &before, &after);
    }
}
