//! Behind something that takes only so much at once: a push that is larger is told what to do instead, which works.

use crate::{
    office::there,
    support::{
        Local, Request, User, World, assert_same,
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
        work.commit_bytes(branch, &[(&name, &noise(number, 60_000))]);
    }
    work.git(["tag", "-a", "v1", "-m", "The first", "main"]);
    work
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

/// Runs commands of a shell, as somebody does who copies them.
fn shell(work: &Local, commands: &str) {
    let mut shell = std::process::Command::new("sh");
    shell.env("GIT_DIR", &work.path).args(["-ec", commands]);
    succeed(&mut shell);
}

fn refs(world: &World, ada: &User, name: &str) -> String {
    succeed(git(&world.path("")).args(["ls-remote", &ada.url(name)]))
}

#[test]
fn a_push_that_is_too_large_is_told_the_commands_that_push_it_in_steps() {
    let world = World::limited(LIMIT);
    let ada = world.user("ada");
    let work = large(&world);
    let said = work.fails(["push", &ada.url("large"), "main"]);
    let told: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim).collect();
    assert!(told.iter().any(|line| line.contains("the push is larger than 990 KB")), "{said}");
    assert!(told.iter().any(|line| line.contains("in steps")), "{said}");
    let commands: Vec<&str> = told.iter().copied().filter(|line| line.starts_with("git ")).collect();
    assert_eq!(commands.len(), 2, "{said}");
    // What was refused has made nothing.
    world.site.send(&Request::get(format!("/{}", ada.full("large"))).token(&ada.token)).expect(404);
    let commands = commands.join("\n").replace("% 500", "% 10");
    let commands =
        commands.replace(&world.site.url(&format!("/{}.git", ada.full("large"))), &ada.url("large"));
    assert!(commands.contains(&ada.token), "{commands}");
    work.git(["symbolic-ref", "HEAD", "refs/heads/main"]);
    shell(&work, &commands);
    let clone = world.clone(&["--mirror"], &ada.url("large"), "clone");
    clone.fsck();
    assert_eq!(clone.id("main"), work.id("main"));
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
    work.commit_bytes("main", &[("film", &noise(1, 2_000_000))]);
    let full = ada.full("large");
    let said = fail(&mut there(&world, &["repo", "import", work.path.to_str().unwrap(), &full]));
    let film = work.id("main:film");
    assert!(said.contains(&format!("object {film} alone is 2.1 MB")), "{said}");
    assert!(said.contains("at once"), "{said}");
    world.site.send(&Request::get(format!("/{full}")).token(&ada.token)).expect(404);
}
