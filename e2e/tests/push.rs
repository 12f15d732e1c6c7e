//! Pushes with stock git: what moves, what is refused, and in whose words.

use crate::support::{
    Local, User, World, assert_same,
    history::{line, noise},
    local,
};

/// Somebody with a repository that holds a history.
fn pushed() -> (World, User, Local) {
    let world = World::new();
    let (ada, work) = world.pushed();
    (world, ada, work)
}

fn listed(world: &World, ada: &User) -> String {
    world.git(["ls-remote", &ada.url("demo")])
}

#[test]
fn branches_are_created_moved_forced_and_deleted() {
    let (world, ada, work) = pushed();
    let twin = world.twin();
    let both = |words: &[&str]| {
        for url in [ada.url("demo").as_str(), twin.path.to_str().unwrap()] {
            work.git(
                [&["push", "-q"], &words[..words.len() - 1], &[url], &[words[words.len() - 1]]].concat(),
            );
        }
    };
    both(&["--mirror"].repeat(2));
    both(&["main:refs/heads/new"]);
    both(&["--force", "main~3:refs/heads/topic"]);
    both(&["+third~1:second"]);
    both(&["--delete", "third"]);
    both(&[":refs/tags/light"]);
    both(&["main~2:refs/tags/lighter"]);
    both(&["v1:refs/tags/copy"]);
    both(&["main:refs/heads/deep/er/branch"]);
    both(&["--force", "main~1:main"]);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &twin);
}

#[test]
fn what_is_not_a_fast_forward_needs_force() {
    let (world, ada, work) = pushed();
    let before = listed(&world, &ada);
    let said = work.fails(["push", &ada.url("demo"), "main~2:main"]);
    assert!(said.contains("non-fast-forward"), "{said}");
    let other = world.clone(&["--bare"], &ada.url("demo"), "other");
    other.commit("main", &[("file", "other\n")]);
    work.commit("main", &[("file", "work\n")]);
    other.git(["push", "-q", &ada.url("demo"), "main"]);
    let said = work.fails(["push", &ada.url("demo"), "main"]);
    assert!(said.contains("[rejected]") && said.contains("fetch first"), "{said}");
    assert_ne!(listed(&world, &ada), before);
}

#[test]
fn a_lease_protects_what_was_not_seen() {
    let (world, ada, work) = pushed();
    let clone = world.clone(&[], &ada.url("demo"), "clone");
    let tip = work.commit("main", &[("file", "theirs\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    clone.git(["commit", "-q", "--amend", "-m", "mine"]);
    let said = clone.fails(["push", "--force-with-lease", "origin", "main"]);
    assert!(said.contains("stale info"), "{said}");
    assert_eq!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], tip);
    let lease = format!("--force-with-lease=main:{tip}");
    clone.git(["push", "-q", &lease, "origin", "main"]);
    assert_eq!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], clone.id("main"));
    // A ref that must not be there yet.
    let said = clone.fails(["push", "--force-with-lease=topic:", "origin", "main:topic"]);
    assert!(said.contains("stale info"), "{said}");
}

/// The reference system had "atomic" without taking anything back.
#[test]
fn an_atomic_push_moves_all_or_nothing() {
    let (world, ada, work) = pushed();
    let before = listed(&world, &ada);
    // The server refuses one of them: the current branch cannot be deleted.
    let specs = ["main~1:refs/heads/one", ":main", "main~2:refs/heads/two"];
    let said = work.fails([&["push", "--atomic", &ada.url("demo")][..], &specs].concat());
    assert!(said.contains("deletion of the current branch prohibited"), "{said}");
    assert_eq!(said.matches("[remote rejected]").count(), 3, "{said}");
    assert_eq!(listed(&world, &ada), before);
    // Without it the others move.
    work.fails([&["push", &ada.url("demo")][..], &specs].concat());
    assert_eq!(listed(&world, &ada).lines().count(), before.lines().count() + 2);
    work.git(["push", "-q", "--atomic", &ada.url("demo"), ":one", ":two", "main~1:refs/heads/three"]);
    assert_eq!(listed(&world, &ada).lines().count(), before.lines().count() + 1);
}

#[test]
fn names_that_git_refuses_are_refused() {
    let (world, ada, work) = pushed();
    let before = listed(&world, &ada);
    let hex = "0123456789012345678901234567890123456789";
    // Stock git lets these through to the server.
    for name in [format!("refs/heads/{hex}"), "refs/heads/-dash".to_owned(), "refs/pull/1/head".to_owned()] {
        let said = work.fails(["push", &ada.url("demo"), &format!("main:{name}")]);
        assert!(said.contains("[remote rejected]"), "{name}: {said}");
    }
    // A branch cannot be the folder of another.
    let said = work.fails(["push", &ada.url("demo"), "main:refs/heads/main/below"]);
    assert!(said.contains("[remote rejected]"), "{said}");
    assert_eq!(listed(&world, &ada), before);
    // Unless the other goes in the same push.
    work.git(["push", "-q", &ada.url("demo"), "main:topic/below", ":topic"]);
}

#[test]
fn names_that_differ_in_case_deserve_a_word() {
    let (_world, ada, work) = pushed();
    let said = work.git(["push", &ada.url("demo"), "main:refs/heads/Topic"]);
    assert!(said.contains("differ only in case"), "{said}");
}

#[test]
fn what_is_there_already_is_not_sent_again() {
    let (world, ada, work) = pushed();
    let said = work.git(["push", "--progress", &ada.url("demo"), "main~1:refs/heads/again"]);
    assert!(!said.contains("Writing objects") || said.contains("(0/0)"), "{said}");
    // A revert makes objects the server has: they are stored once and the history is whole.
    let old = work.git(["show", "main~6:README.md"]);
    work.commit("main", &[("README.md", &old)]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &{
        work.git(["branch", "again", "main~2"]);
        work
    });
}

#[test]
fn thin_packs_and_whole_ones_are_equal_in_the_end() {
    let (world, ada, work) = pushed();
    for (n, words) in [["--thin"], ["--no-thin"]].iter().enumerate() {
        let mut text = work.git(["show", "main:README.md"]);
        text.push_str(&format!("one more line {n}\n"));
        work.commit("main", &[("README.md", &text)]);
        work.git([&["push", "-q"], &words[..], &[&ada.url("demo"), "main"]].concat());
    }
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

/// Above a megabyte stock git sends chunks, after a probe of four bytes. The reference system stored a junk pack for
/// each of those.
#[test]
fn a_large_push_begins_with_a_probe_and_comes_in_chunks() {
    let (world, ada, work) = pushed();
    work.commit_bytes("main", &[("noise", &noise(3 << 20))]);
    let mut push = local::git(&work.path);
    push.args(["push", &ada.url("demo"), "main"])
        .env("GIT_TRACE_CURL", "1")
        .env("GIT_TRACE_CURL_NO_DATA", "1");
    let traced = local::succeed(&mut push).to_ascii_lowercase();
    assert!(traced.contains("content-length: 4"), "no probe");
    assert!(traced.contains("transfer-encoding: chunked"), "no chunks");
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

#[test]
fn every_version_of_the_protocol_pushes() {
    let (world, ada, work) = pushed();
    for version in ["0", "1", "2"] {
        let setting = format!("protocol.version={version}");
        work.commit(&format!("p{version}"), &[("file", version)]);
        work.git(["-c", &setting, "push", "-q", &ada.url("demo"), &format!("p{version}")]);
    }
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

#[test]
fn options_and_quiet_are_understood() {
    let (_world, ada, work) = pushed();
    work.commit("main", &[("file", "options\n")]);
    work.git(["push", "-q", "-o", "ci.skip", "--push-option=topic=x", &ada.url("demo"), "main"]);
    work.commit("main", &[("file", "quiet\n")]);
    assert_eq!(work.git(["push", "--quiet", &ada.url("demo"), "main"]), "");
    let porcelain = work.git(["push", "--porcelain", &ada.url("demo"), "main:refs/heads/new", ":topic"]);
    assert!(porcelain.contains("*\trefs/heads/main:refs/heads/new\t[new branch]"), "{porcelain}");
    assert!(porcelain.contains("-\t:refs/heads/topic\t[deleted]"), "{porcelain}");
}

#[test]
fn a_client_that_did_nothing_wrong_hears_nothing_wrong() {
    let (_world, ada, work) = pushed();
    let said = work.git(["push", &ada.url("demo"), "main"]);
    assert!(said.contains("Everything up-to-date"), "{said}");
    work.commit("main", &[("file", "once\n")]);
    let said = work.git(["push", &ada.url("demo"), "main"]).to_ascii_lowercase();
    assert!(said.contains("main -> main"), "{said}");
    for word in ["error", "fatal", "warning", "hung up", "unexpected"] {
        assert!(!said.contains(word), "{said}");
    }
}

#[test]
fn a_shallow_push_that_would_cut_history_is_refused() {
    let (world, ada, work) = pushed();
    let shallow =
        world.clone(&["--depth=2", "--bare"], &format!("file://{}", work.path.display()), "shallow");
    let said = shallow.fails(["push", &ada.url("other"), "main"]);
    assert!(said.contains("shallow update not allowed"), "{said}");
    world.git_fails(["ls-remote", &ada.url("other")]);
    // Where the history is there, what stands on it is welcome.
    shallow.commit("main", &[("file", "shallow\n")]);
    shallow.git(["push", "-q", &ada.url("demo"), "main"]);
    world.clone(&[], &ada.url("demo"), "clone").fsck();
}

#[test]
fn many_small_pushes_are_one_history() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    line(&work, 2);
    for n in 0..25 {
        work.commit("main", &[("file", &format!("{n}\n")), (&format!("folder/{n}"), "same\n")]);
        work.git(["push", "-q", &ada.url("demo"), "main"]);
    }
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

#[test]
fn a_repository_of_the_other_object_format_is_refused_in_words() {
    let world = World::new();
    let ada = world.user("ada");
    let path = world.path("sha256");
    std::fs::create_dir_all(&path).unwrap();
    local::succeed(local::git(&path).args(["init", "-q", "--bare", "--object-format=sha256"]));
    let work = Local { path };
    work.commit("main", &[("file", "sha256\n")]);
    let said = work.fails(["push", &ada.url("demo"), "main"]);
    assert!(said.contains("does not support this repository's hash algorithm"), "{said}");
    world.git_fails(["ls-remote", &ada.url("demo")]);
}

#[test]
fn what_is_pushed_from_a_clone_of_elsewhere_is_whole() {
    let (world, ada, work) = pushed();
    // Packed by stock git, with deltas of its own choice, grafted onto what the site has.
    work.git(["repack", "-q", "-a", "-d", "-f", "--depth=50", "--window=50"]);
    let other = world.clone(&["--mirror"], &format!("file://{}", work.path.display()), "other");
    for n in 0..5 {
        let mut text = other.git(["show", "main:README.md"]);
        text.insert_str(n * 40, "inserted\n");
        other.commit("main", &[("README.md", &text)]);
    }
    other.git(["repack", "-q", "-a", "-d"]);
    other.git(["push", "-q", "--mirror", &ada.url("demo")]);
    other.git(["push", "-q", "--mirror", &ada.url("second")]);
    for name in ["demo", "second"] {
        assert_same(&world.clone(&["--mirror"], &ada.url(name), &format!("clone-{name}")), &other);
    }
}
