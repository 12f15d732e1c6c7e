//! The command line as a contract: the same beside a running server and without one.

use crate::support::{PASSWORD, World};

/// Runs the same steps twice: in a folder that nobody serves, and in one that is served.
fn both(steps: impl Fn(&World)) {
    steps(&World::without_server());
    let mut world = World::without_server();
    world.start();
    steps(&world);
}

#[test]
fn accounts() {
    both(|world| {
        let add = ["user", "add", "ada", "--email", "ada@example.org", "--password-stdin", "--admin"];
        world.run_with(&add, &format!("{PASSWORD}\n"));
        let again = ["user", "add", "Ada", "--email", "other@example.org", "--password-stdin"];
        let output = world.try_run(&again, PASSWORD);
        assert!(!output.status.success());
        let line = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(line.starts_with("error: The name 'Ada' is taken"), "{line}");
        world.run_with(&["user", "add", "bob", "--email", "bob@example.org", "--password-stdin"], PASSWORD);
        let list = world.run(&["user", "list"]);
        assert_eq!(list, "ada\tada@example.org\tadmin\tactive\nbob\tbob@example.org\tuser\tactive\n");
        world.run_with(&["user", "password", "bob", "--password-stdin"], "another good password");
        assert!(
            world.fail(&["user", "password", "nobody", "--password-stdin"]).contains("no account 'nobody'")
        );
    });
}

#[test]
fn tokens() {
    both(|world| {
        world.run_with(&["user", "add", "ada", "--email", "a@example.org", "--password-stdin"], PASSWORD);
        world.run(&["repo", "create", "ada/demo"]);
        let token = world.run(&["token", "create", "ada", "--name", "laptop"]);
        assert!(
            token.starts_with("gitflare_") && token.ends_with('\n') && token.lines().count() == 1,
            "{token}"
        );
        let narrow = ["--allow", "contents:write,issues:read", "--repo", "ada/demo", "--expires", "90d"];
        world.run(&[&["token", "create", "ada", "--name", "narrow"], &narrow[..]].concat());
        let list = world.run(&["token", "list", "ada"]);
        assert_eq!(list.lines().count(), 2, "{list}");
        assert!(
            list.contains("laptop") && list.contains("1 repository") && list.contains("expires never"),
            "{list}"
        );
        assert!(!list.contains(token.trim()));
        assert!(
            list.contains("\tall but site\t") && list.contains("\tcontents:write,issues:read\t"),
            "{list}"
        );
        let id = list.lines().find(|line| line.contains("laptop")).unwrap().split('\t').next().unwrap();
        world.run(&["token", "revoke", id]);
        assert_eq!(world.run(&["token", "list", "ada"]).lines().count(), 1);
        assert!(world.fail(&["token", "revoke", id]).contains("no such token"));
        assert!(
            world.fail(&["token", "create", "ada", "--name", "x", "--allow", "moon:write"]).contains("moon")
        );
        assert!(world.fail(&["token", "create", "ada", "--name", "x", "--expires", "soon"]).contains("90d"));
    });
}

#[test]
fn repositories() {
    both(|world| {
        for name in ["ada", "bob"] {
            let email = format!("{name}@example.org");
            world.run_with(&["user", "add", name, "--email", &email, "--password-stdin"], PASSWORD);
        }
        world.run(&["repo", "create", "ada/demo", "--private", "--description", "A demo"]);
        assert!(world.fail(&["repo", "create", "ada/demo"]).contains("exists already"));
        assert!(world.fail(&["repo", "create", "eve/demo"]).contains("no account 'eve'"));
        assert_eq!(world.run(&["repo", "list"]), "ada/demo\tprivate\tmain\t0\tA demo\n");
        world.run(&["repo", "rename", "ada/demo", "shown"]);
        world.run(&[
            "repo",
            "set",
            "ada/shown",
            "--public",
            "--default-branch",
            "trunk",
            "--description",
            "Shown",
        ]);
        assert_eq!(world.run(&["repo", "list"]), "ada/shown\tpublic\ttrunk\t0\tShown\n");
        assert!(world.fail(&["repo", "set", "ada/shown"]).contains("--default-branch"));
        let missing = "error: There is no repository ada/none";
        assert_eq!(world.fail(&["repo", "set", "ada/none", "--public"]), missing);
        assert_eq!(world.fail(&["repo", "rename", "ada/none", "other"]), missing);
        assert_eq!(world.fail(&["repo", "member", "list", "ada/none"]), missing);
        assert_eq!(world.fail(&["repo", "export", "ada/none", "x"]), missing);
        world.run(&["repo", "member", "add", "ada/shown", "bob", "write"]);
        assert_eq!(world.run(&["repo", "member", "list", "ada/shown"]), "bob\twrite\n");
        world.run(&["repo", "member", "add", "ada/shown", "bob", "admin"]);
        assert_eq!(world.run(&["repo", "member", "list", "ada/shown"]), "bob\tadmin\n");
        world.run(&["repo", "member", "remove", "ada/shown", "bob"]);
        assert_eq!(world.run(&["repo", "member", "list", "ada/shown"]), "");
        assert!(world.fail(&["repo", "delete", "ada/shown"]).contains("--yes"));
        world.run(&["repo", "delete", "ada/shown", "--yes"]);
        assert_eq!(world.run(&["repo", "list"]), "");
        assert_eq!(std::fs::read_dir(world.data().join("repositories")).unwrap().count(), 0);
        assert!(world.fail(&["repo", "delete", "ada/shown", "--yes"]).contains("no repository ada/shown"));
        assert!(world.fail(&["repo", "verify", "ada/shown"]).contains("no repository ada/shown"));
    });
}

#[test]
fn the_site() {
    both(|world| {
        world.run(&["site", "set", "registration=closed"]);
        assert!(world.run(&["site", "show"]).contains("registration=closed\n"));
        world.run(&["site", "set", "registration=open"]);
        assert!(world.run(&["site", "show"]).contains("registration=open\n"));
        assert!(world.fail(&["site", "set", "registration=maybe"]).contains("'open' or 'closed'"));
        assert!(world.fail(&["site", "set", "registration"]).contains("KEY=VALUE"));
    });
}

#[test]
fn mistakes_are_one_line() {
    let world = World::without_server();
    assert!(world.fail(&["user", "add", "ada"]).contains("--email"));
    assert!(world.fail(&["repo", "frobnicate"]).contains("frobnicate"));
    assert!(world.fail(&["repo", "verify"]).contains("OWNER/NAME"));
    assert!(!world.data().exists());
    world.run(&["site", "set", "registration=closed"]);
    assert!(world.fail(&["repo", "create", "nonsense"]).contains("OWNER/NAME"));
    let line = world.fail(&["user", "password", "ada", "--password-stdin=yes"]);
    assert!(line.contains("--password-stdin") && !line.contains("--help"), "{line}");
    let line = world.fail(&["--trusted-proxy", "nowhere", "repo", "list"]);
    assert!(line.contains("--trusted-proxy") && !line.contains("--help"), "{line}");
    assert!(world.run(&["version"]).starts_with("gitflare "));
}

#[test]
fn the_data_folder_may_come_from_the_environment() {
    let world = World::without_server();
    let output = crate::support::program()
        .env("GITFLARE_DATA", world.path("elsewhere"))
        .args(["site", "set", "registration=closed"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(world.path("elsewhere/site.sqlite").exists());
}

#[test]
fn a_long_data_path_has_a_control_socket_too() {
    let world = World::without_server();
    let data = world.path(&"x".repeat(120));
    let server = crate::support::Server::start(&data, &world.path("log"), &[]);
    let output = crate::support::program().arg("--data").arg(&data).args(["site", "show"]).output().unwrap();
    assert!(output.status.success(), "{}", crate::support::text(&output.stderr));
    drop(server);
}

#[test]
fn commands_at_the_same_time_wait_for_each_other() {
    let world = World::without_server();
    std::thread::scope(|scope| {
        for n in 0..6 {
            let world = &world;
            scope.spawn(move || {
                let (name, email) = (format!("user{n}"), format!("user{n}@example.org"));
                world.run_with(&["user", "add", &name, "--email", &email, "--password-stdin"], PASSWORD);
            });
        }
    });
    assert_eq!(world.run(&["user", "list"]).lines().count(), 6);
}

#[test]
fn a_folder_without_a_site_stays_one() {
    let world = World::without_server();
    let archive = world.path("archive");
    for arguments in [
        &["backup", archive.to_str().unwrap()][..],
        &["user", "list"],
        &["user", "password", "ada", "--password-stdin"],
        &["token", "list", "ada"],
        &["token", "create", "ada", "--name", "laptop"],
        &["repo", "list"],
        &["repo", "verify", "--all"],
        &["repo", "create", "ada/demo"],
        &["site", "show"],
    ] {
        let line = world.fail(arguments);
        assert!(line.contains("there is no site in") && line.contains("--data"), "{arguments:?}: {line}");
        assert_eq!(world.try_run(arguments, "").status.code(), Some(1));
    }
    assert!(!world.data().exists() && !archive.exists());
}
