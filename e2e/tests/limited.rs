//! Behind something that takes only so much at once: a push that is larger is told what to do instead, which works.

use crate::{
    office::there,
    support::{
        Local, Request, User, World, assert_same,
        history::noise_of,
        local::{fail, git, succeed},
    },
};

/// Megabytes of a request.
const LIMIT: u64 = 1;

/// A history of some 4 MB that does not deflate: commits one after the other, a merge and a tag in it.
fn large(world: &World) -> Local {
    let work = Local::init(&world.path("large"));
    for number in 0..60 {
        let branch = if number % 20 == 19 { "side" } else { "main" };
        let name = format!("folder-{}/noise-{number}", number % 7);
        work.commit_bytes(branch, &[(&name, &noise_of(number, 60_000))]);
    }
    work.git(["tag", "-a", "v1", "-m", "The first", "main"]);
    work
}

/// Runs commands of a shell, as somebody does who copies them.
fn shell(work: &Local, commands: &str) {
    succeed(&mut sh(work, commands));
}

fn sh(work: &Local, commands: &str) -> std::process::Command {
    let mut shell = std::process::Command::new("sh");
    shell.env("GIT_DIR", &work.path).args(["-ec", commands]);
    shell
}

fn refs(world: &World, ada: &User, name: &str) -> String {
    succeed(git(&world.path("")).args(["ls-remote", &ada.url(name)]))
}

/// The commands a refused push is told, for a client that puts its token into the address.
fn told(world: &World, ada: &User, said: &str) -> String {
    let lines = said.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    let is_command = |line: &&str| line.starts_with("for ") || line.starts_with("git ");
    let commands: Vec<&str> = lines.filter(is_command).collect();
    assert_eq!(commands.len(), 3, "{said}");
    let plain = world.site.url(&format!("/{}.git", ada.full("large")));
    let commands = commands.join("\n").replace(&plain, &ada.url("large"));
    assert!(commands.contains(&ada.token), "{commands}");
    commands
}

/// The same commands with another number of commits for a step.
fn with_steps_of(commands: &str, number: u32) -> String {
    commands.replace("% 500", &format!("% {number}"))
}

#[test]
fn a_push_that_is_too_large_is_told_the_commands_that_push_it_in_steps() {
    let world = World::limited(LIMIT);
    let ada = world.user("ada");
    let work = large(&world);
    let said = work.fails(["push", &ada.url("large"), "main"]);
    assert!(said.contains("the push is larger than 990 KB"), "{said}");
    assert!(said.contains("in steps"), "{said}");
    // What was refused has made nothing.
    world.site.send(&Request::get(format!("/{}", ada.full("large"))).token(&ada.token)).expect(404);
    work.git(["symbolic-ref", "HEAD", "refs/heads/main"]);
    let commands = told(&world, &ada, &said);
    shell(&work, &with_steps_of(&commands, 10));
    let clone = world.clone(&["--mirror"], &ada.url("large"), "clone");
    clone.fsck();
    assert_eq!(clone.id("main"), work.id("main"));
    assert_eq!(clone.id("v1"), work.id("v1"), "tags come last");
    let left = refs(&world, &ada, "large");
    assert!(!left.contains("refs/import/"), "{left}");
}

#[test]
fn steps_that_were_too_large_are_gone_on_with_in_smaller_ones() {
    let world = World::limited(LIMIT);
    let ada = world.user("ada");
    let work = Local::init(&world.path("large"));
    // Small at first: one step arrives before one is too large. Then a merge whose other side is larger than a push may be.
    for number in 0..40 {
        let length = if number < 20 { 1_000 } else { 60_000 };
        work.commit_bytes("main", &[(&format!("noise-{number}"), &noise_of(number, length))]);
    }
    work.git(["branch", "side", "main~3"]);
    for number in 40..70 {
        work.commit_bytes("side", &[(&format!("noise-{number}"), &noise_of(number, 60_000))]);
    }
    let tree = work.id("side^{tree}");
    let merge = work.git(["commit-tree", &tree, "-p", "main", "-p", "side", "-m", "Merge"]);
    // On no branch.
    work.git(["update-ref", "--no-deref", "HEAD", merge.trim()]);
    let said = work.fails(["push", &ada.url("large"), "HEAD:refs/heads/main"]);
    let commands = told(&world, &ada, &said);
    let mut too_large = sh(&work, &with_steps_of(&commands, 20));
    let said = fail(&mut too_large);
    assert!(said.contains("the push is larger than 990 KB"), "{said}");
    let held = refs(&world, &ada, "large");
    assert_eq!(held.matches("refs/import/").count(), 1, "the first step has arrived: {held}");
    assert!(!held.contains("refs/heads/"), "nobody sees half a branch: {held}");
    shell(&work, &with_steps_of(&commands, 5));
    let clone = world.clone(&["--mirror"], &ada.url("large"), "clone");
    clone.fsck();
    assert_eq!(clone.id("main"), merge.trim());
    let left = refs(&world, &ada, "large");
    assert!(!left.contains("refs/import/"), "{left}");
    // Once more does nothing, and says so without an error.
    shell(&work, &with_steps_of(&commands, 5));
}

#[test]
fn steps_go_to_a_branch_that_somebody_else_has_pushed_to() {
    let world = World::limited(LIMIT);
    let ada = world.user("ada");
    let work = Local::init(&world.path("large"));
    let first = work.commit_bytes("main", &[("first", &noise_of(1, 1_000))]);
    let theirs = work.commit_bytes("main", &[("theirs", &noise_of(2, 1_000))]);
    work.git(["push", "-q", &ada.url("large"), "main"]);
    // What came from there was merged into thirty commits of one's own, as `git pull` does.
    work.git(["branch", "own", &first]);
    for number in 3..33 {
        work.commit_bytes("own", &[(&format!("noise-{number}"), &noise_of(number, 60_000))]);
    }
    let tree = work.id("own^{tree}");
    let merge = work.git(["commit-tree", &tree, "-p", "own", "-p", &theirs, "-m", "Merge"]);
    work.git(["update-ref", "refs/heads/main", merge.trim()]);
    work.git(["symbolic-ref", "HEAD", "refs/heads/main"]);
    // And what they have pushed since on another branch is not known here.
    let other = world.clone(&["--mirror"], &ada.url("large"), "other");
    other.commit("topic", &[("unknown", "here\n")]);
    other.git(["push", "-q", &ada.url("large"), "topic"]);
    let commands = told(&world, &ada, &work.fails(["push", &ada.url("large"), "main"]));
    shell(&work, &with_steps_of(&commands, 10));
    let clone = world.clone(&["--mirror"], &ada.url("large"), "clone");
    clone.fsck();
    assert_eq!(clone.id("main"), merge.trim());
    assert_eq!(clone.id("topic"), other.id("topic"));
}

#[test]
fn an_import_over_http_goes_in_steps() {
    let world = World::limited(LIMIT);
    let ada = world.user("ada");
    let work = large(&world);
    let (path, full) = (work.path.to_str().unwrap(), ada.full("large"));
    succeed(&mut there(&world, &["repo", "import", path, &full]));
    assert_same(&world.clone(&["--mirror"], &ada.url("large"), "clone"), &work);
    assert!(!refs(&world, &ada, "large").contains("refs/import/"));
    // One that was interrupted is gone on with, and cleared up after.
    succeed(&mut there(&world, &["repo", "create", &ada.full("again"), "--private"]));
    let first = work.id("main~45");
    work.git(["push", "-q", &ada.url("again"), &format!("{first}:refs/import/{first}")]);
    succeed(&mut there(&world, &["repo", "import", path, &ada.full("again")]));
    assert_same(&world.clone(&["--mirror"], &ada.url("again"), "clone-again"), &work);
    // What is there for good stays.
    let said = fail(&mut there(&world, &["repo", "import", path, &ada.full("again")]));
    assert!(said.contains("is not empty"), "{said}");
}

#[test]
fn an_import_says_which_object_no_step_can_carry() {
    let world = World::limited(LIMIT);
    let ada = world.user("ada");
    let work = Local::init(&world.path("large"));
    work.commit_bytes("main", &[("film", &noise_of(1, 2_000_000))]);
    let full = ada.full("large");
    let said = fail(&mut there(&world, &["repo", "import", work.path.to_str().unwrap(), &full]));
    let film = work.id("main:film");
    assert!(said.contains(&format!("object {film} alone is 2.1 MB")), "{said}");
    assert!(said.contains("at once"), "{said}");
    world.site.send(&Request::get(format!("/{full}")).token(&ada.token)).expect(404);
}
