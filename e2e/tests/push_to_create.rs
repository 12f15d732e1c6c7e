//! A repository comes into being when its owner pushes to it, and not before.

use crate::support::{
    Request, World, assert_same,
    history::line,
    local,
    wire::{self, RECEIVE, UPLOAD, ZERO, advertisement, exchange},
};

#[test]
fn a_push_creates_and_says_where() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    let said = work.git(["push", &ada.url("demo"), "main"]);
    assert!(said.contains(&format!("remote: Created private repository {}", ada.full("demo"))), "{said}");
    let page = world.site.url(&format!("/{}", ada.full("demo")));
    assert!(said.contains(&format!("remote: View it at {page}")), "{said}");
    let said = work.git(["push", &ada.url("demo"), "topic"]);
    assert!(!said.contains("View it at"), "{said}");
    world.site.get(&format!("/{}", ada.full("demo"))).expect(404);
    ada.browser().get(&format!("/{}", ada.full("demo"))).expect(200);
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

#[test]
fn asking_creates_nothing() {
    let world = World::new();
    let ada = world.user("ada");
    let name = ada.full("demo");
    let empty = world.site.send(&advertisement(&name, RECEIVE).token(&ada.token)).expect(200);
    assert!(empty.text().contains("capabilities^{}"), "{}", empty.text());
    let probe = exchange(&name, RECEIVE).token(&ada.token).body("0000");
    assert!(world.site.send(&probe).expect(200).body.is_empty());
    world.site.send(&advertisement(&name, UPLOAD).token(&ada.token)).expect(404);
    world.git_fails(["ls-remote", &ada.url("demo")]);
    ada.browser().get(&format!("/{name}")).expect(404);
}

#[test]
fn a_failed_push_leaves_nothing() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    let tip = work.id("main");
    let pack = work.pack(&[&tip], &[]);
    let reply =
        wire::push(&ada, &ada.full("demo"), &[(ZERO, &tip, "refs/heads/main")], &pack[..pack.len() - 30]);
    assert!(!reply.text().contains("unpack ok"), "{}", reply.text());
    let mut browser = ada.browser();
    browser.get(&format!("/{}", ada.full("demo"))).expect(404);
    let start = browser.get("/").text();
    assert!(!start.contains(&ada.full("demo")), "{start}");
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    browser.get(&format!("/{}", ada.full("demo"))).expect(200);
}

#[test]
fn nobody_creates_under_somebody_elses_name() {
    let world = World::new();
    let (ada, eve) = (world.user("ada"), world.user("eve"));
    let work = world.history("work");
    let said = work.fails(["push", &eve.url_of(&ada.full("demo")), "main"]);
    assert!(said.contains("not found"), "{said}");
    let nobody = world.unique("nobody");
    let said = work.fails(["push", &eve.url_of(&format!("{nobody}/demo")), "main"]);
    assert!(said.contains("not found"), "{said}");
    let anonymous = world.site.url(&format!("/{}.git", ada.full("demo")));
    let said = work.fails(["push", &anonymous, "main"]);
    assert!(said.contains("could not read Username"), "{said}");
    ada.browser().get(&format!("/{}", ada.full("demo"))).expect(404);
}

#[test]
fn a_name_that_cannot_be_is_told_with_the_rule() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    let said = work.fails(["push", &ada.url("my%20project"), "main"]);
    assert!(said.contains("A repository name may contain letters"), "{said}");
}

#[test]
fn a_narrow_token_creates_nothing() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    let token = ada.new_token(&[("allow", "chosen"), ("area-contents", "read"), ("scope", "all")]);
    let url = crate::support::accounts::url(&world.site, &token, &ada.full("demo"));
    work.fails(["push", &url, "main"]);
    ada.browser().get(&format!("/{}", ada.full("demo"))).expect(404);
}

#[test]
fn the_first_branch_becomes_the_default() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.local("work");
    line(&work, 3);
    let names: [(&str, &[&str], &str); 6] = [
        ("named", &["main:trunk"], "trunk"),
        ("mainline", &["main:trunk", "main:master", "main:main"], "main"),
        ("classic", &["main:trunk", "main:master"], "master"),
        ("alphabet", &["main:trunk", "main:stem"], "stem"),
        ("tagged", &["main:refs/tags/v1", "main:zweig"], "zweig"),
        ("later", &["main:refs/tags/v1"], "main"),
    ];
    for (name, specs, default) in names {
        work.git([&["push", "-q", &ada.url(name)], specs].concat());
        let listed = world.git(["ls-remote", "--symref", &ada.url(name), "HEAD"]);
        let is_born = specs.iter().any(|spec| !spec.contains("refs/tags"));
        assert_eq!(listed.contains(&format!("ref: refs/heads/{default}\tHEAD")), is_born, "{name}: {listed}");
        if is_born {
            let clone = world.clone(&[], &ada.url(name), name);
            assert_eq!(clone.git(["branch", "--show-current"]).trim(), default, "{name}");
        }
    }
    // A default branch once born stays, until it is changed.
    work.git(["push", "-q", &ada.url("named"), "main"]);
    let listed = world.git(["ls-remote", "--symref", &ada.url("named"), "HEAD"]);
    assert!(listed.contains("ref: refs/heads/trunk\tHEAD"), "{listed}");
    // A tag alone gives birth to no branch: the first branch that comes later is the default.
    work.git(["push", "-q", &ada.url("later"), "main:spaeter"]);
    let listed = world.git(["ls-remote", "--symref", &ada.url("later"), "HEAD"]);
    assert!(listed.contains("ref: refs/heads/spaeter\tHEAD"), "{listed}");
}

#[test]
fn pushes_that_create_the_same_repository_take_turns() {
    let world = World::new();
    let ada = world.user("ada");
    let work = world.history("work");
    let pushes: Vec<_> = (0..4)
        .map(|n| {
            let mut push = local::git(&work.path);
            push.args(["push", &ada.url("demo"), &format!("main:refs/heads/branch{n}")]);
            push.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for push in pushes {
        let output = push.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", crate::support::text(&output.stderr));
    }
    let refs = world.git(["ls-remote", "--heads", &ada.url("demo")]);
    assert_eq!(refs.lines().count(), 4, "{refs}");
    let clone = world.clone(&["--mirror"], &ada.url("demo"), "clone");
    clone.fsck();
}

#[test]
fn the_page_of_a_new_repository_makes_one_too() {
    let world = World::new();
    let ada = world.user("ada");
    let mut browser = ada.browser();
    browser.get("/new").expect(200);
    let fields = [("name", "made.here"), ("description", "Made by hand"), ("visibility", "public")];
    let made = browser.post("/new", &fields).expect(303);
    assert_eq!(made.header("location"), Some(format!("/{}", ada.full("made.here")).as_str()));
    let again = browser.post("/new", &[("name", "Made.Here"), ("visibility", "private")]).expect(422);
    assert!(again.text().contains("exists already"), "{}", again.text());
    // Everybody sees how to fill it, and only its owner can.
    let page = world.site.send(&Request::get(format!("/{}", ada.full("made.here")))).expect(200).text();
    assert!(page.contains("Made by hand"), "{page}");
    let work = world.history("work");
    work.git(["push", "-q", &ada.url("made.here"), "main"]);
    let public = world.site.url(&format!("/{}", ada.full("made.here")));
    assert_eq!(world.clone(&[], &public, "clone").id("HEAD"), work.id("main"));
}
