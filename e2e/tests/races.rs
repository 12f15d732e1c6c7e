//! Two at the same moment.

use std::{
    io::{BufReader, Write as _},
    process::Stdio,
    sync::Barrier,
};

use crate::support::{
    Reply, User, World, local, text,
    wire::{RECEIVE, ZERO, exchange, push_body, report},
};

/// Sends a push, its last byte when all others are as far, and returns the report.
fn send(user: &User, repository: &str, body: &[u8], together: &Barrier) -> Vec<String> {
    let request = exchange(&user.full(repository), RECEIVE).token(&user.token).body(body);
    let bytes = request.encode(&user.site.authority());
    let (begin, last) = bytes.split_at(bytes.len() - 1);
    let mut stream = user.site.connect();
    stream.write_all(begin).unwrap();
    together.wait();
    stream.write_all(last).unwrap();
    report(&Reply::read(&mut BufReader::new(stream), false).unwrap())
}

#[test]
fn of_two_pushes_for_a_ref_one_wins_and_the_other_is_told() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut old = work.id("main");
    for round in 0..5 {
        let tips = ["one", "two"].map(|side| {
            work.git(["update-ref", &format!("refs/heads/{side}"), &old]);
            work.commit(side, &[("file", &format!("{round} {side}\n"))])
        });
        let bodies = tips.each_ref().map(|tip| {
            let pack = work.pack(&[tip, &format!("^{old}")], &["--thin"]);
            push_body(&[(&old, tip, "refs/heads/main")], "report-status", &pack)
        });
        let together = Barrier::new(2);
        let reports = std::thread::scope(|scope| {
            let sending = bodies.each_ref().map(|body| scope.spawn(|| send(&ada, "demo", body, &together)));
            sending.map(|thread| thread.join().unwrap())
        });
        let won = reports.each_ref().map(|lines| lines.iter().any(|line| line == "ok refs/heads/main"));
        let told = reports
            .each_ref()
            .map(|lines| lines.iter().any(|line| line == "ng refs/heads/main failed to update ref"));
        assert!(won[0] != won[1] && told == [won[1], won[0]], "round {round}: {reports:?}");
        old.clone_from(&tips[usize::from(won[1])]);
        assert_eq!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], old, "round {round}");
    }
    world.clone(&["--mirror"], &ada.url("demo"), "clone").fsck();
}

#[test]
fn stock_git_hears_it_in_its_own_words() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let tip = work.commit("main", &[("file", "mine\n")]);
    // Between what a client is told of the refs and what it sends, somebody else pushes.
    let hook = work.path.join("hooks/pre-push");
    let other = world.clone(&["--bare"], &ada.url("demo"), "other");
    other.commit("main", &[("file", "theirs\n")]);
    let script = format!(
        "#!/bin/sh\nunset GIT_DIR\ngit -C '{}' push -q {} main\n",
        other.path.display(),
        ada.url("demo")
    );
    std::fs::create_dir_all(work.path.join("hooks")).unwrap();
    std::fs::write(&hook, script).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let said = work.fails(["push", &ada.url("demo"), "main"]);
    assert!(said.contains("! [remote rejected] main -> main (failed to update ref)"), "{said}");
    std::fs::remove_file(&hook).unwrap();
    let said = work.fails(["push", &ada.url("demo"), "main"]);
    assert!(said.contains("fetch first"), "{said}");
    assert_ne!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], tip);
}

#[test]
fn pushes_of_different_branches_all_succeed() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let branches: Vec<String> = (0..6).map(|n| format!("b{n}")).collect();
    for branch in &branches {
        work.git(["branch", branch, "main"]);
        work.commit(branch, &[(branch, branch)]);
    }
    let pushes: Vec<_> = branches
        .iter()
        .map(|branch| {
            let mut push = local::git(&work.path);
            push.args(["push", "-q", &ada.url("demo"), branch]);
            push.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for push in pushes {
        let output = push.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let clone = world.clone(&["--mirror"], &ada.url("demo"), "clone");
    clone.fsck();
    for branch in &branches {
        assert_eq!(clone.id(branch), work.id(branch));
    }
}

#[test]
fn the_same_objects_pushed_twice_at_once_are_stored_once() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let tip = work.commit("topic", &[("noise", &text(&crate::support::history::noise(50_000)))]);
    let pack = work.pack(&[&tip, "^main"], &[]);
    let together = Barrier::new(3);
    let bodies: Vec<_> = (0..3)
        .map(|n| push_body(&[(ZERO, &tip, &format!("refs/heads/same{n}"))], "report-status", &pack))
        .collect();
    let reports: Vec<_> = std::thread::scope(|scope| {
        let sending: Vec<_> =
            bodies.iter().map(|body| scope.spawn(|| send(&ada, "demo", body, &together))).collect();
        sending.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (n, lines) in reports.iter().enumerate() {
        assert_eq!(lines, &["unpack ok".to_owned(), format!("ok refs/heads/same{n}")]);
    }
    // A pack in which an object comes twice is refused by its receiver.
    let clone = world.clone(&["--mirror", "-c", "fetch.fsckObjects=true"], &ada.url("demo"), "clone");
    clone.fsck();
}

#[test]
fn of_two_repositories_of_one_name_one_is_made() {
    let world = World::new();
    let ada = world.user("ada");
    let mut browsers = [ada.browser(), ada.browser()];
    for browser in &mut browsers {
        browser.get("/new").expect(200);
    }
    let statuses = std::thread::scope(|scope| {
        let sending = browsers.each_mut().map(|browser| {
            scope.spawn(|| browser.post("/new", &[("name", "demo"), ("visibility", "private")]).status)
        });
        sending.map(|thread| thread.join().unwrap())
    });
    assert!(statuses == [303, 422] || statuses == [422, 303], "{statuses:?}");
    world.history("work").git(["push", "-q", &ada.url("demo"), "main"]);
}
