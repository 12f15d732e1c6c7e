//! The first minutes: from a host that has just been started to the first clone.

use std::time::Duration;

use crate::support::{
    Browser, PASSWORD, Request, World,
    accounts::{setup, url},
    assert_same,
    browser::shown,
    eventually,
};

#[test]
fn the_first_lines_are_for_scripts() {
    let mut world = World::own();
    let link = format!("setup: {}", world.site.url(&format!("/setup?token={}", world.setup_token)));
    let listening = format!("listening on {}", world.site.url(""));
    eventually("the setup link", Duration::from_secs(20), || world.its_host().lines().len() > 1);
    assert_eq!(world.its_host().lines(), [listening, link]);
    // Once there is an account, there is nothing to set up.
    world.administrator();
    world.host().stop();
    world.host().start();
    world.site.get("/healthz").expect(200);
    assert_eq!(world.its_host().lines(), [format!("listening on {}", world.site.url(""))]);
}

#[test]
fn a_script_sets_the_site_up_pushes_and_clones() {
    let world = World::own();
    let reply = setup(&world, &world.setup_token, "ada", PASSWORD).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.header("content-type").unwrap().starts_with("application/json"));
    let json = reply.json();
    let token = json["token"].as_str().unwrap();
    let work = world.history("work");
    let url = url(&world.site, token, "ada/demo");
    let said = work.git(["push", &url, "--all"]);
    assert!(said.contains(&format!("remote: View it at {}", world.site.url("/ada/demo"))), "{said}");
    work.git(["push", "-q", &url, "--tags"]);
    assert_same(&world.clone(&["--mirror"], &url, "clone"), &work);
    // The link has done its work.
    setup(&world, &world.setup_token, "eve", PASSWORD).expect(404);
    world.site.get(&format!("/setup?token={}", world.setup_token)).expect(404);
}

#[test]
fn without_the_token_of_the_link_there_is_no_setup() {
    let world = World::own();
    let missing = shown(&world.site.get("/there-is-no-such-page").expect(404).text());
    for path in ["/setup", "/setup?token=", "/setup?token=wrong"] {
        assert_eq!(shown(&world.site.get(path).expect(404).text()), missing);
    }
    for token in ["", "wrong"] {
        setup(&world, token, "eve", PASSWORD).expect(404);
    }
}

#[test]
fn a_browser_sets_the_site_up() {
    let world = World::own();
    let mut browser = Browser::new(&world.site);
    let link = format!("/setup?token={}", world.setup_token);
    assert!(shown(&browser.get(&link).expect(200).text()).contains("Create the first account"));
    let token = world.setup_token.as_str();
    let refused = browser.post("/setup", &[("token", token), ("name", "ada"), ("password", "short")]);
    assert!(shown(&refused.expect(422).text()).contains("8 to 128 characters"));
    let refused = browser.post("/setup", &[("token", token), ("name", "settings"), ("password", PASSWORD)]);
    assert!(refused.expect(422).text().contains("settings"));
    let done =
        browser.post("/setup", &[("token", token), ("name", "ada"), ("password", PASSWORD)]).expect(200);
    assert_eq!(done.header("cache-control"), Some("no-store"));
    let page = shown(&done.text());
    assert!(page.contains("Welcome, ada") && page.contains("gitflare_pat_"), "{page}");
    assert!(page.contains(&format!("git push {} HEAD", world.site.url("/ada/my-project.git"))), "{page}");
    // The new account is signed in.
    assert!(shown(&browser.get("/").expect(200).text()).contains("Your repositories"));
    browser.get(&link).expect(404);
}

#[test]
fn of_two_who_have_the_link_one_wins() {
    let world = World::own();
    let fields = |name| [("token", world.setup_token.as_str()), ("name", name), ("password", PASSWORD)];
    let requests = ["ada", "eve"]
        .map(|name| Request::post("/setup").header("Accept", "application/json").form(&fields(name)));
    let site = &world.site;
    let statuses = std::thread::scope(|scope| {
        let sending = requests.each_ref().map(|request| scope.spawn(move || site.send(request).status));
        sending.map(|thread| thread.join().unwrap())
    });
    assert!(statuses == [200, 404] || statuses == [404, 200], "{statuses:?}");
}
