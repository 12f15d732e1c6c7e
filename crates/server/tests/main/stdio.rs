//! The same engine over standard input and output, as SSH will use it: git's `ext` transport starts the program.

use std::path::Path;

use crate::support::{PASSWORD, World, assert_same, fsck, git, history, run_git, text};

fn remote(data: &Path, actor: &str, repository: &str) -> String {
    let program = env!("CARGO_BIN_EXE_gitflare");
    format!("ext::{program} --data {} %s{actor} {repository}", data.display())
}

fn push_and_clone(world: &World) {
    let work = history(world.folder.path());
    let url = remote(&world.data(), "", "ada/demo");
    run_git(&work, ["push", "-q", &url, "--all"]);
    run_git(&work, ["push", "-q", &url, "--tags"]);
    for version in ["0", "2"] {
        let name = format!("clone{version}");
        run_git(
            world.folder.path(),
            ["-c", &format!("protocol.version={version}"), "clone", "-q", "--mirror", &url, &name],
        );
        fsck(&world.path(&name));
        assert_same(&world.path(&name), &work);
    }
}

#[test]
fn over_stdio_without_a_server() {
    let world = World::without_server();
    world.run_with(&["user", "add", "ada", "--email", "a@example.org", "--password-stdin"], PASSWORD);
    world.run(&["repo", "create", "ada/demo", "--private"]);
    push_and_clone(&world);
}

#[test]
fn over_stdio_beside_a_server() {
    let world = World::new();
    world.run(&["repo", "create", "ada/demo", "--private"]);
    push_and_clone(&world);
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &world.url("ada/demo"), "over-http"]);
    assert_same(&world.path("over-http"), &world.path("work"));
}

#[test]
fn an_actor_has_the_rights_of_the_account() {
    let world = World::new();
    world.run_with(&["user", "add", "bob", "--email", "b@example.org", "--password-stdin"], PASSWORD);
    world.run(&["repo", "create", "ada/demo", "--private"]);
    let work = history(world.folder.path());
    let (ada, bob) = (
        remote(&world.data(), " --actor ada", "ada/demo"),
        remote(&world.data(), " --actor bob", "ada/demo"),
    );
    run_git(&work, ["push", "-q", &ada, "main"]);
    let refused = git(&work).args(["ls-remote", &bob]).output().unwrap();
    assert!(!refused.status.success() && text(&refused.stderr).contains("no repository ada/demo"));
    world.run(&["repo", "member", "add", "ada/demo", "bob", "read"]);
    run_git(&work, ["ls-remote", &bob]);
    let refused = git(&work).args(["push", &bob, "main:other"]).output().unwrap();
    assert!(!refused.status.success(), "{}", text(&refused.stderr));
}

#[test]
fn a_push_creates_its_repository_or_leaves_nothing() {
    for world in [World::new(), World::without_server()] {
        world.run_with(&["user", "add", "eve", "--email", "e@example.org", "--password-stdin"], PASSWORD);
        let work = history(world.folder.path());
        let eve = |name: &str| remote(&world.data(), " --actor eve", name);
        let pushed = git(&work).args(["push", &eve("eve/fresh"), "main"]).output().unwrap();
        let said = text(&pushed.stderr);
        assert!(pushed.status.success() && said.contains("Created private repository eve/fresh"), "{said}");
        // A push that is refused, one that asks and leaves, and one to somebody else's name.
        let refused =
            git(&work).args(["push", &eve("eve/refused"), "main:refs/pull/1/head"]).output().unwrap();
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("[remote rejected]"), "{said}");
        run_git(&work, ["push", "-q", "--dry-run", &eve("eve/asked"), "main"]);
        let refused = git(&work).args(["push", &eve("ada/theirs"), "main"]).output().unwrap();
        assert!(text(&refused.stderr).contains("There is no repository ada/theirs"));
        let listed = world.run(&["repo", "list"]);
        assert!(listed.contains("eve/fresh"), "{listed}");
        assert!(["refused", "asked", "theirs"].iter().all(|name| !listed.contains(name)), "{listed}");
        run_git(world.folder.path(), ["clone", "-q", &remote(&world.data(), "", "eve/fresh"), "fresh"]);
        fsck(&world.path("fresh"));
    }
}
