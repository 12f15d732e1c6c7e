//! The command line over HTTP: the same words, the same answers.

use std::process::Output;

use crate::support::{PASSWORD, World, assert_same, finish, fsck, history, program, run_git, text};

/// Commands with their input, in an order in which each has something to do; some of them must fail.
const STEPS: &[(&[&str], &str)] = &[
    (&["user", "list"], ""),
    (&["user", "add", "bob", "--email", "bob@example.org", "--password-stdin"], PASSWORD),
    (&["user", "add", "Bob", "--email", "other@example.org", "--password-stdin"], PASSWORD),
    (&["user", "add", "eve", "--email", "eve@example.org", "--password-stdin", "--admin"], "short"),
    (&["user", "add", "eve", "--email", "nonsense", "--password-stdin", "--admin"], PASSWORD),
    (&["user", "add", "eve", "--email", "eve@example.org", "--password-stdin", "--admin"], PASSWORD),
    (&["user", "add", "settings", "--email", "x@example.org", "--password-stdin"], PASSWORD),
    (&["user", "list"], ""),
    (&["user", "password", "bob", "--password-stdin"], "another good password"),
    (&["user", "password", "nobody", "--password-stdin"], "another good password"),
    (&["user", "password", "not/a/name", "--password-stdin"], "another good password"),
    (&["repo", "create", "bob/demo", "--private", "--description", "A demo: 100 % & more"], ""),
    (&["repo", "create", "bob/Demo"], ""),
    (&["repo", "create", "nobody/demo"], ""),
    (&["repo", "create", "nonsense"], ""),
    (&["repo", "create", "bob/..", "--private"], ""),
    (&["repo", "create", "ada/shown.git"], ""),
    (&["repo", "list"], ""),
    (&["repo", "rename", "bob/demo", "shown"], ""),
    (&["repo", "rename", "bob/none", "shown"], ""),
    (&["repo", "rename", "BOB/demo", "Shown"], ""),
    (&["repo", "set", "bob/shown", "--public", "--default-branch", "trunk", "--description", "Shown"], ""),
    (&["repo", "set", "bob/shown", "--default-branch", "no..branch"], ""),
    (&["repo", "set", "bob/shown", "--description", ""], ""),
    (&["repo", "set", "bob/shown"], ""),
    (&["repo", "set", "bob/none", "--private"], ""),
    (&["repo", "list"], ""),
    (&["repo", "member", "add", "bob/shown", "eve", "write"], ""),
    (&["repo", "member", "add", "bob/shown", "eve", "king"], ""),
    (&["repo", "member", "add", "bob/shown", "nobody", "read"], ""),
    (&["repo", "member", "add", "bob/shown", "bob", "read"], ""),
    (&["repo", "member", "list", "bob/shown"], ""),
    (&["repo", "member", "list", "bob/none"], ""),
    (&["repo", "member", "remove", "bob/shown", "eve"], ""),
    (&["repo", "member", "remove", "bob/shown", "eve"], ""),
    (&["token", "create", "bob", "--name", "laptop"], ""),
    (
        &[
            "token",
            "create",
            "bob",
            "--name",
            "ci",
            "--allow",
            "contents:write,issues:read",
            "--repo",
            "bob/shown",
        ],
        "",
    ),
    (&["token", "create", "bob", "--name", "x", "--expires", "90d"], ""),
    (&["token", "create", "bob", "--name", "x", "--expires", "soon"], ""),
    (&["token", "create", "bob", "--name", "x", "--allow", "moon:write"], ""),
    (&["token", "create", "bob", "--name", "x", "--repo", "ada/none"], ""),
    (&["token", "create", "nobody", "--name", "x"], ""),
    (&["token", "list", "bob"], ""),
    (&["token", "list", "nobody"], ""),
    (&["token", "revoke", "3"], ""),
    (&["token", "revoke", "3"], ""),
    (&["token", "list", "bob"], ""),
    (&["site", "show"], ""),
    (&["site", "set", "registration=open"], ""),
    (&["site", "set", "registration=maybe"], ""),
    (&["site", "set", "registration"], ""),
    (&["site", "set", "colour=blue"], ""),
    (&["site", "show"], ""),
    (&["repo", "verify", "bob/shown"], ""),
    (&["repo", "verify", "bob/none"], ""),
    (&["repo", "verify", "nonsense"], ""),
    (&["repo", "verify", "--all"], ""),
    (&["repo", "delete", "bob/shown"], ""),
    (&["repo", "delete", "bob/shown", "--yes"], ""),
    (&["repo", "delete", "bob/shown", "--yes"], ""),
    (&["repo", "list"], ""),
    (&["version"], ""),
];

/// What a command said, without what differs from run to run.
fn said(world: &World, output: &Output) -> (Option<i32>, String, String) {
    let stable = |bytes: &[u8]| {
        let line = |line: &str| match line.split_once("gitflare_pat_") {
            Some((before, _)) => format!("{before}TOKEN"),
            None => line.replace(world.address(), "ADDRESS").replace(&day(), "TODAY"),
        };
        text(bytes).lines().map(line).collect::<Vec<_>>().join("\n")
    };
    (output.status.code(), stable(&output.stdout), without_minutes(&stable(&output.stderr)))
}

fn day() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let output =
        std::process::Command::new("date").args(["-u", "-d", &format!("@{now}"), "+%Y-%m-%d"]).output();
    text(&output.unwrap().stdout).trim().to_owned()
}

/// `TODAY 12:34` is said a minute later in the other world.
fn without_minutes(said: &str) -> String {
    let mut parts = said.split("TODAY ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + "TODAY" + part.get(5..).unwrap_or_default())
}

#[test]
fn every_command_says_the_same_over_http() {
    let (here, there) = (World::new(), World::new());
    let mut failures = 0;
    for (arguments, input) in STEPS {
        let local = said(&here, &here.try_run(arguments, input));
        let remote = said(&there, &there.try_there(arguments, input));
        let (code, out, err) = &local;
        assert_eq!(
            (code, without_minutes(out), err),
            (&remote.0, without_minutes(&remote.1), &remote.2),
            "{arguments:?}"
        );
        if *code != Some(0) {
            assert!(err.starts_with("error: ") && err.lines().count() == 1, "{arguments:?}: {err}");
            failures += 1;
        }
    }
    assert!(failures > 20, "{failures}");
}

#[test]
fn what_does_not_work_over_http_is_said_in_a_line() {
    let world = World::new();
    let fails = |arguments: &[&str]| {
        let output = world.try_there(arguments, "");
        let line = text(&output.stderr).trim_end().to_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {line}");
        assert!(line.starts_with("error: ") && !line.contains('\n'), "{line}");
        line
    };
    assert!(fails(&["restore", "archive"]).contains("on this machine"));
    assert!(fails(&["upload-pack", "ada/demo"]).contains("git itself"));
    assert!(fails(&["--listen", "127.0.0.1:0", "user", "list"]).contains("belong to `serve`"));
}

#[test]
fn who_may_not_is_told_why() {
    let world = World::new();
    world.run_with(&["user", "add", "bob", "--email", "bob@example.org", "--password-stdin"], PASSWORD);
    let address = format!("http://{}", world.address());
    let line = |url: &str, token: &str| {
        let mut command = program();
        command.args(["--url", url, "user", "list"]).env("GITFLARE_TOKEN", token);
        let output = finish(command, "");
        assert_eq!(output.status.code(), Some(1));
        let line = text(&output.stderr).trim_end().to_owned();
        assert!(line.starts_with("error: ") && !line.contains('\n'), "{line}");
        line
    };
    let token = |user: &str, allow: &[&str]| {
        let arguments = [&["token", "create", user, "--name", "x"], allow].concat();
        world.run(&arguments).trim().to_owned()
    };
    assert!(line(&address, "").contains("GITFLARE_TOKEN is not set"));
    assert!(line(&address, "gitflare_pat_x").contains("not valid"));
    assert!(line(&address, &token("bob", &[])).contains("not that of an administrator"));
    assert!(line(&address, &token("ada", &[])).contains("lacks the permission 'site:read'"));
    let looks = token("ada", &["--allow", "site:read"]);
    let mut command = program();
    command.args(["--url", &address, "user", "list"]).env("GITFLARE_TOKEN", &looks);
    assert!(finish(command, "").status.success());
    let mut command = program();
    command.args(["--url", &address, "repo", "create", "bob/x"]).env("GITFLARE_TOKEN", &looks);
    assert!(text(&finish(command, "").stderr).contains("lacks the permission 'site:write'"));
    assert!(line("ftp://example.org", "x").contains("is no address such as https://"));
    // Nobody listens on the port of discarded datagrams.
    assert!(line("http://127.0.0.1:9", "x").contains("nothing listens at http://127.0.0.1:9"));
}

/// A repository and what its administrators see of it there: HEAD, refs and objects.
fn exported(world: &World, name: &str, to: &str) -> std::path::PathBuf {
    let path = world.path(to);
    world.try_there(&["repo", "export", name, path.to_str().unwrap()], "");
    fsck(&path);
    path
}

#[test]
fn import_and_export_over_http() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["branch", "-m", "main", "trunk"]);
    // Somebody else's, made by the import; and what is empty is filled.
    world.run_with(&["user", "add", "bob", "--email", "bob@example.org", "--password-stdin"], PASSWORD);
    world.run(&["repo", "create", "ada/empty", "--private"]);
    let from = work.to_str().unwrap();
    for name in ["bob/taken", "ada/empty"] {
        let output = world.try_there(&["repo", "import", from, name], "");
        let said = text(&output.stderr);
        assert!(output.status.success() && said.contains("5 refs, "), "{said}");
        let path = exported(&world, name, &name.replace('/', "-"));
        assert_same(&path, &work);
        assert_eq!(std::fs::read_to_string(path.join("HEAD")).unwrap(), "ref: refs/heads/trunk\n");
    }
    assert!(world.run(&["repo", "list"]).contains("bob/taken\tprivate\ttrunk\t"));
    assert_eq!(world.run(&["repo", "verify", "--all"]), "");
}

#[test]
fn import_and_export_fail_alike() {
    let (here, there) = (World::new(), World::new());
    let work = history(here.folder.path());
    let (from, nothing) = (work.to_str().unwrap(), here.path("nothing"));
    std::fs::create_dir(&nothing).unwrap();
    run_git(&nothing, ["init", "-q", "--bare", "."]);
    let broken = here.path("broken");
    run_git(here.folder.path(), ["clone", "-q", "--bare", from, broken.to_str().unwrap()]);
    // A name that no branch may have here.
    std::fs::create_dir_all(broken.join("refs/heads")).unwrap();
    std::fs::write(broken.join("refs/heads/-dash"), run_git(&work, ["rev-parse", "HEAD"])).unwrap();
    for world in [&here, &there] {
        run_git(&work, ["push", "-q", &world.url("ada/full"), "main"]);
    }
    let out = here.path("out");
    for arguments in [
        &["repo", "import", from, "ada/full"][..],
        &["repo", "import", from, "nobody/x"],
        &["repo", "import", from, "ada/.."],
        &["repo", "import", "/no/such/place", "ada/x"],
        &["repo", "import", broken.to_str().unwrap(), "ada/broken"],
        &["repo", "import", nothing.to_str().unwrap(), "ada/nothing"],
        &["repo", "export", "ada/none", out.to_str().unwrap()],
        &["repo", "export", "ada/full", from],
        &["repo", "export", "ada/full", "/no/such/place/at/all"],
    ] {
        let local = said(&here, &here.try_run(arguments, ""));
        let remote = said(&there, &there.try_there(arguments, ""));
        assert_eq!(local, remote, "{arguments:?}");
    }
    // Nothing half made stays.
    for world in [&here, &there] {
        let list = world.run(&["repo", "list"]);
        assert!(
            list.contains("ada/nothing") && !list.contains("ada/broken") && !list.contains("ada/x"),
            "{list}"
        );
    }
}

#[test]
fn a_token_of_ones_own_exports_what_it_opens() {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    let token = world.run(&["token", "create", "ada", "--name", "ci", "--allow", "contents:read"]);
    let run = |token: &str, arguments: &[&str]| {
        let mut command = program();
        command.args(["--url", &format!("http://{}", world.address())]).args(arguments);
        command.env("GITFLARE_TOKEN", token.trim());
        finish(command, "")
    };
    let out = world.path("out");
    assert!(run(&token, &["repo", "export", "ada/demo", out.to_str().unwrap()]).status.success());
    fsck(&out);
    let refused = run(&token, &["repo", "import", work.to_str().unwrap(), "ada/new"]);
    assert!(text(&refused.stderr).contains("lacks the permission 'site:"), "{}", text(&refused.stderr));
}
