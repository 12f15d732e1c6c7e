//! Pushes that were harmed on their way or mean harm: refused in clear words, and nothing of them stays. The reference
//! system answered "unpack ok" to most of these, moved the ref, and left a broken repository.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::support::{
    Local, User, World, assert_same,
    packs::{self, BLOB, COMMIT, Pack, REF_DELTA, TREE},
    wire::{self, RECEIVE, ZERO, exchange, push_body, report},
};

/// A repository that lives, and what it was like.
struct Scene {
    world: World,
    ada: User,
    work: Local,
    before: String,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        let ada = world.user("ada");
        let work = world.history("work");
        work.git(["push", "-q", "--mirror", &ada.url("demo")]);
        let before = world.git(["ls-remote", &ada.url("demo")]);
        Self { world, ada, work, before }
    }

    /// Pushes a new branch that names `tip`; it must be refused. The report.
    #[track_caller]
    fn refused(&self, tip: &str, pack: &[u8]) -> Vec<String> {
        let name = "refs/heads/harm";
        let lines = report(&wire::push(&self.ada, &self.ada.full("demo"), &[(ZERO, tip, name)], pack));
        assert!(lines.iter().any(|line| line.starts_with(&format!("ng {name} "))), "{lines:?}");
        // Neither does a repository come into being that way.
        let lines_of_new = report(&wire::push(&self.ada, &self.ada.full("new"), &[(ZERO, tip, name)], pack));
        assert!(!lines_of_new.iter().any(|line| line.starts_with("ok ")), "{lines_of_new:?}");
        lines
    }

    /// Nothing is different, nothing is broken, and the next push works.
    #[track_caller]
    fn nothing_stays(&self) {
        assert_eq!(self.world.git(["ls-remote", &self.ada.url("demo")]), self.before);
        let said = self.world.git_fails(["ls-remote", &self.ada.url("new")]);
        assert!(said.contains("not found"), "{said}");
        let clone = self.world.clone(&["--mirror"], &self.ada.url("demo"), "whole");
        assert_same(&clone, &self.work);
        self.work.commit("main", &[("next", "next\n")]);
        self.work.git(["push", "-q", &self.ada.url("demo"), "main"]);
    }

    /// A commit that the site does not have, and the pack that would bring it.
    fn another(&self) -> (String, Vec<u8>) {
        let tip =
            self.work.commit("another", &[("another", &"another line\n".repeat(500)), ("more", "more\n")]);
        let pack = self.work.pack(&[&tip], &[]);
        self.work.git(["branch", "-q", "-D", "another"]);
        (tip, pack)
    }
}

#[test]
fn a_truncated_pack_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    let (tip, pack) = scene.another();
    for kept in [0, 4, 11, 12, 40, pack.len() / 2, pack.len() - 21, pack.len() - 20, pack.len() - 1] {
        let lines = scene.refused(&tip, &pack[..kept]);
        assert!(lines[0].contains("truncated"), "{kept} of {} bytes: {lines:?}", pack.len());
    }
    scene.nothing_stays();
}

#[test]
fn a_wrong_trailer_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    let (tip, mut pack) = scene.another();
    *pack.last_mut().unwrap() ^= 1;
    assert_eq!(scene.refused(&tip, &pack)[0], "unpack bad pack: checksum mismatch");
    scene.nothing_stays();
}

#[test]
fn a_flipped_bit_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    let (tip, pack) = scene.another();
    for at in [0, 5, 9, 13, 60, pack.len() / 3, pack.len() / 2, pack.len() - 25] {
        let mut bad = pack.clone();
        bad[at] ^= 0x10;
        let lines = scene.refused(&tip, &bad);
        assert!(lines[0].starts_with("unpack ") && lines[0] != "unpack ok", "byte {at}: {lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn a_pack_that_lies_about_its_count_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    let mut pack = Pack::new();
    let blob = pack.object(BLOB, b"one\n");
    let tree = pack.object(TREE, &packs::tree(&[("file", &blob)]));
    let tip = pack.object(COMMIT, &packs::commit(&tree));
    for count in [0, 2, 4, 100, u32::MAX as usize] {
        let lines = scene.refused(&tip, &pack.claiming(count));
        assert!(lines[0].starts_with("unpack ") && lines[0] != "unpack ok", "{count}: {lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn missing_objects_are_refused_and_nothing_stays() {
    let scene = Scene::new();
    let blob = packs::id(BLOB, b"nowhere\n");
    let tree = packs::tree(&[("file", &blob)]);
    let commit = packs::commit(&packs::id(TREE, &tree));
    let tip = packs::id(COMMIT, &commit);
    // Without the file, without the tree, without anything.
    let (mut no_file, mut no_tree) = (Pack::new(), Pack::new());
    no_file.object(TREE, &tree);
    no_file.object(COMMIT, &commit);
    no_tree.object(BLOB, b"nowhere\n");
    no_tree.object(COMMIT, &commit);
    for pack in [no_file, no_tree, Pack::new()] {
        let lines = scene.refused(&tip, &pack.finish());
        assert_eq!(lines, ["unpack ok", "ng refs/heads/harm missing necessary objects"]);
    }
    scene.nothing_stays();
}

#[test]
fn a_corrupt_delta_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    let base = "some words that a delta can copy from\n".repeat(3);
    // The sizes are right, the copy leads beyond the base; then a result of another size; then a base nobody has.
    for (delta, known) in
        [(&b"\x72\x05\x91\x71\x05"[..], true), (b"\x72\x09\x90\x05", true), (b"\x72\x05\x90\x05", false)]
    {
        let mut pack = Pack::new();
        let blob = pack.object(BLOB, base.as_bytes());
        let on = if known { blob.clone() } else { "1".repeat(40) };
        pack.entry(REF_DELTA, delta.len(), &packs::raw(&on), delta);
        let tree = pack.object(TREE, &packs::tree(&[("file", &blob)]));
        let tip = pack.object(COMMIT, &packs::commit(&tree));
        let lines = scene.refused(&tip, &pack.finish());
        assert!(lines[0].contains("delta"), "{lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn sizes_that_lie_are_refused_and_nothing_stays() {
    let scene = Scene::new();
    let mut honest = Pack::new();
    let blob = honest.object(BLOB, b"12345678\n");
    let tree = honest.object(TREE, &packs::tree(&[("file", &blob)]));
    let commit = packs::commit(&tree);
    let tip = packs::id(COMMIT, &commit);
    for size in [1, 8, 10, 1 << 20, 1 << 33] {
        let mut pack = Pack::new();
        pack.entry(BLOB, size, &[], b"12345678\n");
        pack.object(TREE, &packs::tree(&[("file", &blob)]));
        pack.object(COMMIT, &commit);
        let lines = scene.refused(&tip, &pack.finish());
        assert!(lines[0].starts_with("unpack ") && lines[0] != "unpack ok", "{size}: {lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn objects_that_harm_a_checkout_are_refused_and_nothing_stays() {
    let scene = Scene::new();
    for (name, word) in [
        (".git", "hasDotgit"),
        (".GIT", "hasDotgit"),
        ("git~1", "hasDotgit"),
        (".g\u{200c}it", "hasDotgit"),
        ("..", "hasDotdot"),
        (".", "hasDot"),
        ("a/b", "fullPathname"),
    ] {
        let mut pack = Pack::new();
        let blob = pack.object(BLOB, b"harm\n");
        let tree = pack.object(TREE, &packs::tree(&[(name, &blob)]));
        let tip = pack.object(COMMIT, &packs::commit(&tree));
        let lines = scene.refused(&tip, &pack.finish());
        assert!(lines[0].contains(word), "{name}: {lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn a_bomb_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    // A gigabyte of nothing in a megabyte, in the coat of the body.
    let mut coat = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..256 {
        coat.write_all(&zeros).unwrap();
    }
    let bomb = coat.finish().unwrap();
    for service in [RECEIVE, wire::UPLOAD] {
        let request = exchange(&scene.ada.full("demo"), service).token(&scene.ada.token);
        let reply = scene.world.site.send(&request.header("Content-Encoding", "gzip").body(bomb.clone()));
        assert!(
            reply.status < 500 && !reply.text().contains("ok refs/"),
            "{}: {}",
            reply.status,
            reply.text()
        );
    }
    scene.world.site.get("/healthz").expect(200);
    scene.nothing_stays();
}

#[test]
fn bad_names_are_refused_and_nothing_stays() {
    let scene = Scene::new();
    let (tip, pack) = scene.another();
    for name in [
        "refs/heads/a..b",
        "refs/heads/a b",
        "refs/heads/a.lock",
        "refs/heads/.a",
        "refs/heads/a//b",
        "refs/heads/a~b",
        "refs/heads/a@{b",
        "refs/heads/a/",
        "refs/heads/a.",
        "refs/heads/\u{7f}",
        "refs/heads/-a",
        "HEAD",
        "heads/a",
        "../../x",
        "refs/../../x",
        "refs/pull/1/head",
    ] {
        let lines = report(&wire::push(&scene.ada, &scene.ada.full("demo"), &[(ZERO, &tip, name)], &pack));
        assert!(lines.iter().any(|line| line.starts_with("ng ")), "{name}: {lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn commands_that_contradict_each_other_are_refused_and_nothing_stays() {
    let scene = Scene::new();
    let (tip, pack) = scene.another();
    let name = scene.ada.full("demo");
    let main = scene.work.id("main");
    let wrong = "1".repeat(40);
    let cases = [
        (&wrong, tip.as_str(), "failed to update ref"),
        (&ZERO.to_owned(), &tip, "failed to update ref"),
        (&main, ZERO, "deletion of the current branch prohibited"),
    ];
    for (old, new, words) in cases {
        let commands = &[(old.as_str(), new, "refs/heads/main")];
        let lines = report(&wire::push(&scene.ada, &name, commands, &pack));
        assert!(
            lines.iter().any(|line| line.starts_with("ng ") && line.contains(words)),
            "{commands:?}: {lines:?}"
        );
        assert!(!lines.iter().any(|line| line.starts_with("ok ")), "{lines:?}");
    }
    scene.nothing_stays();
}

#[test]
fn what_follows_a_pack_is_refused_and_nothing_stays() {
    let scene = Scene::new();
    let (tip, pack) = scene.another();
    for more in [&b"\0"[..], b"0000", &pack] {
        let lines = scene.refused(&tip, &[&pack, more].concat());
        assert_eq!(lines[0], "unpack bad pack: bytes after its trailer");
    }
    scene.nothing_stays();
}

#[test]
fn a_body_that_ends_early_changes_nothing() {
    let scene = Scene::new();
    let (tip, pack) = scene.another();
    let body = push_body(&[(ZERO, &tip, "refs/heads/harm")], "report-status", &pack);
    for kept in [body.len() / 2, body.len() - 1] {
        for repository in ["demo", "new"] {
            let request =
                exchange(&scene.ada.full(repository), RECEIVE).token(&scene.ada.token).body(body.clone());
            let bytes = request.encode(&scene.world.site.authority());
            let mut stream = scene.world.site.connect();
            stream.write_all(&bytes[..bytes.len() - body.len() + kept]).unwrap();
        }
    }
    // The host learns of it a moment later.
    std::thread::sleep(std::time::Duration::from_millis(500));
    scene.nothing_stays();
}
