//! Refs that the site moves: all or none, only from where they were seen, and told like a push.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use gitflare_port::{Command, Error, ErrorKind, Event, RefUpdate, Reply, Service, refs::RefChange};
use gitflare_repo::{Repository, outbox, reflog};
use support::{NOW, World, env, git, head};

const ZERO: &str = "0000000000000000000000000000000000000000";

fn change(name: &str, old: &str, new: &str) -> RefChange {
    RefChange { name: name.into(), old: old.into(), new: new.into(), forward: false }
}

fn moved(repository: &Repository, changes: &[RefChange]) -> Result<Vec<RefUpdate>, Error> {
    let caller = head(Service::ReceivePack, 0, false).caller;
    let command = Command::MoveRefs { caller, changes: changes.to_vec(), note: "by hand".into() };
    match repository.command(command, &env())? {
        Reply::Moved { updates } => Ok(updates),
        other => panic!("{other:?}"),
    }
}

fn refused(repository: &Repository, changes: &[RefChange]) -> (ErrorKind, String) {
    let error = moved(repository, changes).unwrap_err();
    (error.kind, error.message)
}

/// `main` with three commits, and `topic` one behind it.
fn world() -> (World, [String; 3]) {
    let world = World::new();
    let work = world.history(3);
    world.push(&work, &[("refs/heads/main", "main"), ("refs/heads/topic", "main~1")]);
    let ids = ["main", "main~1", "main~2"].map(|name| git(&work, &["rev-parse", name]).trim().to_owned());
    (world, ids)
}

#[test]
fn a_branch_is_deleted_from_where_it_was_seen_and_told_like_a_push() {
    let (world, [tip, second, _]) = world();
    let repository = &world.repository;
    let (kind, said) = refused(repository, &[change("refs/heads/topic", &tip, ZERO)]);
    assert_eq!((kind, said.contains("moved meanwhile")), (ErrorKind::Conflict, true), "{said}");
    let gone = moved(repository, &[change("refs/heads/topic", &second, ZERO)]).unwrap();
    assert_eq!((gone.len(), gone[0].old.as_str(), gone[0].new.as_str()), (1, second.as_str(), ZERO));
    assert_eq!(world.oid("refs/heads/topic"), None);
    let (line, events) = repository
        .db()
        .read(|sql| Ok::<_, gitflare_repo::Error>((reflog::since(sql, NOW)?, outbox::after(sql, 0, 9)?)))
        .unwrap();
    assert_eq!((line.last().unwrap().actor, line.len()), (1, 3));
    let (_, Event::Pushed { updates, actor, .. }) = events.last().unwrap();
    assert_eq!((updates, *actor), (&gone, 1));
    // Asked once more, as a host does that heard no answer: it is gone, and that is all.
    assert_eq!(moved(repository, &[change("refs/heads/topic", &second, ZERO)]), Ok(Vec::new()));
    world.exported();
}

#[test]
fn refs_are_made_and_moved_to_what_is_there() {
    let (world, [tip, second, third]) = world();
    let repository = &world.repository;
    moved(repository, &[change("refs/heads/new", ZERO, &third), change("refs/tags/v1", ZERO, &tip)]).unwrap();
    let (kind, said) = refused(repository, &[change("refs/heads/new", ZERO, &third)]);
    assert_eq!((kind, said.as_str()), (ErrorKind::Conflict, "refs/heads/new exists already"));
    let forward = |old: &str, new: &str| RefChange { forward: true, ..change("refs/heads/new", old, new) };
    moved(repository, &[forward(&third, &second)]).unwrap();
    let (kind, said) = refused(repository, &[forward(&second, &third)]);
    assert_eq!((kind, said.contains("would lose commits")), (ErrorKind::Invalid, true), "{said}");
    let back = moved(repository, &[change("refs/heads/new", &second, &third)]).unwrap();
    assert!(back[0].forced);
    world.exported();
}

#[test]
fn all_move_or_none() {
    let (world, [tip, second, _]) = world();
    let before = world.refs();
    let free = change("refs/heads/free", ZERO, &tip);
    let missing = "1234567890123456789012345678901234567890";
    let cases = [
        (change("refs/heads/main", &tip, ZERO), ErrorKind::Invalid, "current branch"),
        (change("refs/pull/1/head", ZERO, &tip), ErrorKind::Invalid, "hidden ref"),
        (change("refs/heads/a..b", ZERO, &tip), ErrorKind::Invalid, "funny refname"),
        (change("refs/heads/topic/more", ZERO, &tip), ErrorKind::Invalid, "exists; cannot create"),
        (change("refs/heads/topic", &second, missing), ErrorKind::Invalid, "missing necessary objects"),
        (change("refs/heads/topic", &tip, &second), ErrorKind::Conflict, "moved meanwhile"),
        (change("refs/heads/gone", &tip, &second), ErrorKind::Conflict, "deleted meanwhile"),
        (change("refs/heads/topic", "12", &tip), ErrorKind::Invalid, "no object id"),
        (change("refs/heads/free", ZERO, &tip), ErrorKind::Invalid, "multiple updates"),
    ];
    for (bad, kind, words) in cases {
        let (found, said) = refused(&world.repository, &[free.clone(), bad.clone()]);
        assert_eq!((found, said.contains(words)), (kind, true), "{bad:?}: {said}");
        assert_eq!(world.refs(), before, "{bad:?}");
    }
}

#[test]
fn a_frozen_repository_moves_none() {
    let (world, [_, second, _]) = world();
    world.repository.command(Command::Freeze { notice: "being moved".into() }, &env()).unwrap();
    assert!(
        refused(&world.repository, &[change("refs/heads/topic", &second, ZERO)]).1.contains("being moved")
    );
    world.repository.command(Command::Thaw, &env()).unwrap();
    assert_eq!(moved(&world.repository, &[change("refs/heads/topic", &second, ZERO)]).unwrap().len(), 1);
}
