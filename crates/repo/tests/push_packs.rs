//! Pushes by the shape of their packs: thin ones, deltas of both kinds, objects that are there already, every cut.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests, with real git as the oracle")]

mod support;

use std::collections::BTreeSet;

use gitflare_db::Sql;
use gitflare_git::ObjectFormat;
use gitflare_repo::{Error, index::Form};
use proptest::prelude::*;
use support::{
    World,
    check::{objects, stream},
    git, git_bytes, pack,
    packs::{Made, blob, commit_of, noise, pack_of, pack_whole, small, tree},
    pushing::{Push, answer, finish, zero},
};

/// A file in three states, the last of which is pushed.
struct Chain {
    blobs: Vec<Made>,
    tree: Made,
    commit: Made,
}

fn chain(length: usize) -> Chain {
    let text = |n: usize| format!("{}{}", "a line that stays\n".repeat(60), "another\n".repeat(n));
    let blobs: Vec<Made> = (0..length).map(|n| blob(text(n))).collect();
    let names: Vec<String> = (0..length).map(|n| format!("file{n:05}")).collect();
    let entries: Vec<_> =
        blobs.iter().zip(&names).map(|(blob, name)| ("100644", name.as_str(), blob.oid)).collect();
    let tree = tree(&entries);
    let commit = commit_of(&tree.oid, &[], "chain");
    Chain { blobs, tree, commit }
}

impl Chain {
    fn create(&self, entries: Vec<Vec<u8>>) -> Push {
        let pack = pack_of(&[entries, vec![self.tree.whole(), self.commit.whole()]].concat());
        Push::create("refs/heads/main", &self.commit, pack)
    }
}

/// How each object is stored.
fn form(world: &World, object: &Made) -> Form {
    let read =
        |sql: &dyn Sql| Ok::<_, Error>(world.repository.view(sql)?.find(&object.oid)?.unwrap().entry.form);
    world.repository.db().read(read).unwrap()
}

fn accepted(world: &World, push: &Push) {
    let answer = push.to(&world.repository);
    assert!(answer.moved && answer.report.iter().all(|line| !line.starts_with("ng")), "{answer:?}");
    world.exported();
}

#[test]
fn what_git_pushes_again_and_again_is_stored_thin_and_once() {
    let world = World::new();
    let work = world.history(12);
    let mut sent = BTreeSet::new();
    for n in (0..12).rev() {
        let oid = git(&work, &["rev-parse", &format!("main~{n}")]).trim().to_owned();
        let had: Vec<String> = world.oid("refs/heads/main").into_iter().collect();
        let packed = pack(&work, std::slice::from_ref(&oid), &had);
        let old = had.first().cloned().unwrap_or_else(zero);
        let push = Push::new(packed.clone()).command(&old, &oid, "refs/heads/main");
        assert_eq!(push.to(&world.repository).report, ["unpack ok", "ok refs/heads/main"]);
        sent.insert(packed.len());
    }
    let bare = world.exported();
    assert_eq!(
        git(&bare, &["rev-list", "--objects", "--all"]),
        git(&work, &["rev-list", "--objects", "--all"])
    );
    assert_eq!(world.stat().packs, 12);
}

#[test]
fn a_thin_pack_is_kept_byte_for_byte() {
    let world = World::new();
    let Chain { blobs, .. } = chain(2);
    let first = tree(&[("100644", "f", blobs[0].oid)]);
    let one = commit_of(&first.oid, &[], "one");
    accepted(
        &world,
        &Push::create("refs/heads/main", &one, pack_whole(&[blobs[0].clone(), first, one.clone()])),
    );
    let before = stream(&world.repository);
    let second = tree(&[("100644", "f", blobs[1].oid)]);
    let two = commit_of(&second.oid, &[one.oid], "two");
    let entries = [blobs[1].on(&blobs[0]), second.whole(), two.whole()];
    let push = Push::new(pack_of(&entries)).command(&one.oid.to_hex(), &two.oid.to_hex(), "refs/heads/main");
    accepted(&world, &push);
    assert_eq!(form(&world, &blobs[1]), Form::Ref);
    let after = stream(&world.repository);
    assert_eq!(after[before.len() - 20..after.len() - 20], entries.concat());
}

#[test]
fn deltas_by_id_within_a_pack_become_deltas_by_distance() {
    for backwards in [false, true] {
        let world = World::new();
        let chain = chain(5);
        let mut entries = vec![chain.blobs[0].whole()];
        entries.extend(chain.blobs.windows(2).map(|pair| pair[1].on(&pair[0])));
        if backwards {
            entries.reverse();
        }
        accepted(&world, &chain.create(entries));
        assert!(chain.blobs[1..].iter().all(|blob| matches!(form(&world, blob), Form::Ofs(_))));
    }
}

#[test]
fn a_delta_by_distance_whose_base_is_dropped_stands_on_the_live_object() {
    let world = World::new();
    let chain = chain(3);
    let old = tree(&[("100644", "f", chain.blobs[0].oid)]);
    let one = commit_of(&old.oid, &[], "one");
    let first = pack_whole(&[chain.blobs[0].clone(), old, one.clone()]);
    accepted(&world, &Push::create("refs/heads/old", &one, first));
    let base = chain.blobs[0].whole();
    let second = chain.blobs[1].behind(&chain.blobs[0], base.len());
    let third = chain.blobs[2].behind(&chain.blobs[1], second.len());
    accepted(&world, &chain.create(vec![base, second, third]));
    assert_eq!(form(&world, &chain.blobs[1]), Form::Ref);
    assert!(matches!(form(&world, &chain.blobs[2]), Form::Ofs(_)));
}

#[test]
fn a_cycle_that_a_live_object_breaks_is_stored_without_it() {
    let world = World::new();
    let chain = chain(2);
    let old = tree(&[("100644", "f", chain.blobs[0].oid)]);
    let one = commit_of(&old.oid, &[], "one");
    let first = pack_whole(&[chain.blobs[0].clone(), old, one.clone()]);
    accepted(&world, &Push::create("refs/heads/old", &one, first));
    let [a, b] = [&chain.blobs[0], &chain.blobs[1]];
    accepted(&world, &chain.create(vec![a.on(b), b.on(a)]));
    assert_eq!(form(&world, b), Form::Ref);
}

#[test]
fn objects_the_server_has_are_not_stored_again() {
    let world = World::new();
    let work = world.history(6);
    world.push(&work, &[("refs/heads/main", "main~2")]);
    // The client sends everything once more, as one does after a shallow clone or a revert.
    assert!(world.push(&work, &[("refs/heads/all", "main")]).contains("ok refs/heads/all"));
    let all = git(&work, &["rev-list", "--objects", "--all"]);
    assert_eq!(objects(&world.repository).len(), all.lines().count());
    world.exported();
    let rows = world.rows();
    assert!(world.push(&work, &[("refs/heads/again", "main")]).contains("ok refs/heads/again"));
    assert_eq!(world.rows()["chunk"], rows["chunk"], "nothing new, nothing stored");
    assert_eq!(world.stat().packs, 2);
}

#[test]
fn a_long_chain_across_packs_is_cut_by_storing_an_object_whole() {
    let world = World::new();
    let chain = chain(300);
    let mut old: Option<Made> = None;
    for (n, file) in chain.blobs.iter().enumerate() {
        let root = tree(&[("100644", "f", file.oid)]);
        let parents: Vec<_> = old.iter().map(|commit| commit.oid).collect();
        let commit = commit_of(&root.oid, &parents, &n.to_string());
        let entry = if n == 0 { file.whole() } else { file.on(&chain.blobs[n - 1]) };
        let from = old.as_ref().map_or_else(zero, |commit| commit.oid.to_hex());
        let push = Push::new(pack_of(&[entry, root.whole(), commit.whole()])).command(
            &from,
            &commit.oid.to_hex(),
            "refs/heads/main",
        );
        assert_eq!(push.to(&world.repository).report[0], "unpack ok");
        old = Some(commit);
    }
    world.exported();
    let whole = chain.blobs.iter().filter(|blob| form(&world, blob) == Form::Whole).count();
    assert_eq!(whole, 2);
}

#[test]
fn large_files_are_stored_and_rewritten_in_pieces() {
    let world = World::new();
    let big = blob(noise(1, 9 << 20));
    let bigger = blob([big.data.clone(), noise(2, 100_000)].concat());
    let root = tree(&[("100644", "big", big.oid), ("100644", "bigger", bigger.oid)]);
    let commit = commit_of(&root.oid, &[], "large");
    // The delta comes first and names its base: the whole pack is rewritten.
    let entries = [bigger.on(&big), big.whole(), root.whole(), commit.whole()];
    accepted(&world, &Push::create("refs/heads/main", &commit, pack_of(&entries)));
    assert!(matches!(form(&world, &bigger), Form::Ofs(_)));
}

#[test]
fn commits_of_many_parents_are_numbered_parents_first() {
    let world = World::new();
    let [file, root, first] = small("one");
    let roots: Vec<Made> = (0..40).map(|n| commit_of(&root.oid, &[], &format!("root {n}"))).collect();
    let parents: Vec<_> = roots.iter().map(|root| root.oid).collect();
    let octopus = commit_of(&root.oid, &parents, "octopus");
    let mut entries = vec![octopus.whole()];
    entries.extend(roots.iter().map(Made::whole));
    entries.extend([file.whole(), root.whole(), first.whole()]);
    accepted(&world, &Push::create("refs/heads/main", &octopus, pack_of(&entries)));
}

#[test]
fn a_push_in_a_gzip_coat_is_taken_off_it() {
    let world = World::new();
    let objects = small("one");
    let mut push = Push::create("refs/heads/main", &objects[2], pack_whole(&objects));
    push.gzip = Some(gzip(&world, &push.body()));
    push.head.gzip = true;
    for piece in [1, 7, 100_000] {
        let world = World::new();
        accepted(&world, &Push { piece, ..push.clone() });
    }
}

fn gzip(world: &World, bytes: &[u8]) -> Vec<u8> {
    let file = world.dir.path().join("body");
    std::fs::write(&file, bytes).unwrap();
    std::process::Command::new("gzip").arg("-c").arg(&file).output().unwrap().stdout
}

#[test]
fn a_repository_of_the_other_format_refuses_the_push() {
    let world = World::new();
    let objects = small("one");
    let push = Push::create("refs/heads/main", &objects[2], pack_whole(&objects))
        .saying("report-status object-format=sha256");
    let text = push.to(&world.repository).fatal();
    assert!(text.contains("ERR object format mismatch: unsupported object format 'sha256'"), "{text}");
    assert_eq!(world.repository.format(), ObjectFormat::Sha1);
    world.nothing_stays();
}

#[test]
fn a_shallow_push_is_taken_when_its_history_is_there_and_refused_otherwise() {
    let world = World::new();
    let work = world.history(3);
    world.push(&work, &[("refs/heads/main", "main~1")]);
    let before = world.rows();
    let [_, root, _] = small("one");
    let parent = git(&work, &["rev-parse", "main~1"]).trim().to_owned();
    let known = gitflare_git::Oid::from_hex(&parent).unwrap();
    let unknown = gitflare_git::Oid::from_hex("1".repeat(40)).unwrap();
    for (shallow, cut, status) in [
        (known, unknown, "ng refs/heads/side shallow update not allowed"),
        (known, known, "ok refs/heads/side"),
    ] {
        let commit = commit_of(&root.oid, &[cut], "on top");
        let [file, root, _] = small("one");
        let mut push = Push::create("refs/heads/side", &commit, pack_whole(&[file, root, commit.clone()]));
        push.shallow = vec![shallow];
        assert_eq!(push.to(&world.repository).report[1], status);
        if status.starts_with("ng") {
            world.same_rows_as(&before);
        }
    }
    world.exported();
}

#[test]
fn packs_from_git_with_either_kind_of_delta_are_equal_in_the_end() {
    let mut found = Vec::new();
    for flag in ["--delta-base-offset", "--no-reuse-delta"] {
        let world = World::new();
        let work = world.history(20);
        let tip = git(&work, &["rev-parse", "main"]);
        let packed = git_bytes(&work, &["pack-objects", "--revs", "--stdout", "-q", flag], tip.as_bytes());
        accepted(&world, &Push::new(packed).command(&zero(), tip.trim(), "refs/heads/main"));
        found.push(objects(&world.repository));
    }
    assert_eq!(found[0], found[1]);
}

/// A push with waiting deltas, duplicates and options, so that a cut may fall into anything.
fn varied() -> Push {
    let chain = chain(4);
    let entries = vec![
        chain.blobs[3].on(&chain.blobs[2]),
        chain.blobs[0].whole(),
        chain.blobs[1].on(&chain.blobs[0]),
        chain.blobs[2].on(&chain.blobs[1]),
    ];
    let mut push = chain.create(entries).saying("report-status side-band-64k push-options quiet");
    push.options = vec!["one".into(), "two".into()];
    push
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_cut_of_the_body_gives_the_same_result(sizes in prop::collection::vec(1_usize..400, 1..40)) {
        let push = varied();
        let expected = {
            let world = World::new();
            (push.to(&world.repository), stream(&world.repository))
        };
        let world = World::new();
        let body = push.body();
        let mut rest = &body[..];
        let mut sizes = sizes.iter().cycle();
        let mut pieces = std::iter::from_fn(|| {
            if rest.is_empty() {
                return None;
            }
            let (piece, after) = rest.split_at((*sizes.next()?).min(rest.len()));
            rest = after;
            Some(piece)
        });
        let mut session = push.session(&world.repository);
        let raw = finish(&mut session, &mut pieces);
        prop_assert_eq!((answer(raw, session.moved(), true), stream(&world.repository)), expected);
    }
}
