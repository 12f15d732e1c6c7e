//! A site moves from a data folder to a host and back into one: what people have there is the same before and after.

use std::path::Path;

use crate::support::{
    Browser, Local, Request, Site, User, World,
    accounts::{PASSWORD, url},
    assert_same, eventually,
    history::noise,
    host::{self, Host},
    local::succeed,
};

/// What administrators see of a site, and how somebody's token and password are taken.
fn inventory(site: &Site, administrator: &str, user: &User) -> Vec<String> {
    let paths = ["/users", &format!("/users/{}/tokens", user.name), "/repositories"];
    let mut seen: Vec<String> = paths
        .iter()
        .map(|path| {
            let request = Request::get(format!("/api/admin/v1{path}")).token(administrator);
            site.send(&request).expect(200).text()
        })
        .collect();
    let me = site.send(&Request::get("/api/v3/user").token(&user.token)).expect(200).text();
    seen.push(me.replace(&site.authority(), "AUTHORITY"));
    Browser::new(site).sign_in(&user.name, PASSWORD);
    seen
}

/// Clones everything from a site by the token the user has had all along.
fn assert_there(world: &World, site: &Site, user: &User, all: &[(&str, &Local)], to: &str) {
    for (name, local) in all {
        let url = url(site, &user.token, &user.full(name));
        assert_same(&world.clone(&["--mirror"], &url, &format!("{to}-{name}")), local);
    }
}

/// Moves a running site into an empty folder, and starts a host there.
fn bring_home(site: &Site, administrator: &str, folder: &Path) -> Box<dyn Host> {
    let mut command = host::program();
    command.arg("--data").arg(folder.join("data")).args(["move", "--from", &site.url("")]);
    succeed(command.env("GITFLARE_TOKEN", administrator));
    let mut home = host::native(folder, "unused");
    home.start();
    home
}

#[test]
fn a_data_folder_moves_there_and_back() {
    let world = World::native();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("before")]);
    // A name that leads to another, and more than one slice of bytes.
    let mut browser = ada.browser();
    let settings = format!("/{}/settings", ada.full("before"));
    browser.get(&settings).expect(200);
    browser.post(&format!("{settings}/name"), &[("name", "demo")]).expect(303);
    let large = world.local("large");
    large.commit_bytes("main", &[("noise", &noise(7_000_000))]);
    large.git(["push", "-q", &ada.url("large"), "main"]);
    let all = [("demo", &work), ("before", &work), ("large", &large)];
    let administrator = world.administrator().to_owned();
    let before = inventory(&world.site, &administrator, &ada);

    let there = World::own();
    world.its_host().command(&["move", "--to", &there.site.url("")], "");
    assert_eq!(inventory(&there.site, &administrator, &ada), before);
    assert_there(&there, &there.site, &ada, &all, "there");
    // It lives: a push there is what comes back.
    large.commit("main", &[("new", "made after the move\n")]);
    large.git(["push", "-q", &url(&there.site, &ada.token, &ada.full("large")), "main"]);
    eventually("the push is told", std::time::Duration::from_secs(30), || {
        let request = Request::get("/api/admin/v1/repositories").token(&administrator);
        !before.contains(&there.site.send(&request).expect(200).text())
    });
    let now = inventory(&there.site, &administrator, &ada);

    let folder = world.path("home");
    std::fs::create_dir(&folder).unwrap();
    let home = bring_home(&there.site, &administrator, &folder);
    assert_eq!(inventory(&home.site(), &administrator, &ada), now);
    assert_there(&world, &home.site(), &ada, &all, "home");
    home.command(&["repo", "verify", "--all"], "");
}
