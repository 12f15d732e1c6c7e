//! Collaborators: what each role lets them do, and that losing one takes effect at once.

use crate::support::{Browser, Local, PASSWORD, User, World};

/// Ada with a private repository, and grace, who has nothing to do with it yet.
fn people() -> (World, User, User, Local) {
    let world = World::new();
    let (ada, grace) = (world.user("ada"), world.user("grace"));
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    (world, ada, grace, work)
}

/// Gives a role: who has none yet is asked, and says yes.
#[track_caller]
fn set_role(owner: &mut Browser, settings: &str, user: &User, role: &str) {
    owner.get(settings).expect(200);
    let fields = [("account", user.name.as_str()), ("role", role)];
    owner.post(&format!("{settings}/collaborators"), &fields).expect(303);
    let mut browser = user.browser();
    let page = browser.get("/invitations").expect(200).text();
    if let Some(rest) = page.split("action=\"/invitations/").nth(1) {
        let id = rest.split('"').next().unwrap();
        browser.post(&format!("/invitations/{id}"), &[]).expect(303);
    }
}

#[test]
fn a_role_opens_what_it_is_for() {
    let (world, ada, grace, work) = people();
    let settings = format!("/{}/settings", ada.full("demo"));
    let url = grace.url_of(&ada.full("demo"));
    let (mut owner, mut browser) = (ada.browser(), grace.browser());
    world.git_fails(["ls-remote", &url]);
    let roles = [
        ("read", false, false),
        ("triage", false, false),
        ("write", true, false),
        // Of the settings, the description is there for them.
        ("maintain", true, true),
        ("admin", true, true),
    ];
    for (role, may_push, may_see_settings) in roles {
        set_role(&mut owner, &settings, &grace, role);
        let clone = world.clone(&["--bare"], &url, role);
        assert_eq!(clone.id("topic"), work.id("topic"), "{role}");
        browser.get(&format!("/{}", ada.full("demo"))).expect(200);
        let words = ["push", &url, &format!("main:refs/heads/{role}")];
        if may_push {
            work.git(words);
        } else {
            let said = work.fails(words);
            assert!(said.contains("403"), "{role}: {said}");
        }
        let status = browser.get(&settings).status;
        assert_eq!(status, if may_see_settings { 200 } else { 403 }, "{role}");
    }
    let refs = world.git(["ls-remote", "--heads", &ada.url("demo")]);
    assert!(!refs.contains("refs/heads/read") && !refs.contains("refs/heads/triage"), "{refs}");
}

#[test]
fn a_refusal_names_what_is_missing() {
    let (_world, ada, grace, work) = people();
    set_role(&mut ada.browser(), &format!("/{}/settings", ada.full("demo")), &grace, "read");
    let said = work.fails(["push", &grace.url_of(&ada.full("demo")), "main:refs/heads/new"]);
    assert!(said.contains("write"), "{said}");
}

#[test]
fn who_is_removed_is_a_stranger_again() {
    let (world, ada, grace, work) = people();
    let settings = format!("/{}/settings", ada.full("demo"));
    let url = grace.url_of(&ada.full("demo"));
    let (mut owner, mut browser) = (ada.browser(), grace.browser());
    set_role(&mut owner, &settings, &grace, "admin");
    work.git(["push", "-q", &url, "main:refs/heads/grace"]);
    assert!(browser.get("/").expect(200).text().contains(&ada.full("demo")));
    owner.get(&settings).expect(200);
    owner.delete(&format!("{settings}/collaborators/{}", grace.name), &[]).expect(303);
    let said = world.git_fails(["ls-remote", &url]);
    assert!(said.contains("not found"), "{said}");
    work.fails(["push", &url, "main:refs/heads/again"]);
    browser.get(&format!("/{}", ada.full("demo"))).expect(404);
    browser.get(&settings).expect(404);
    assert!(!browser.get("/").expect(200).text().contains(&ada.full("demo")));
}

#[test]
fn a_public_repository_is_everybodys_to_read_and_nobodys_to_write() {
    let (world, ada, grace, work) = people();
    ada.publish("demo");
    let plain = world.site.url(&format!("/{}.git", ada.full("demo")));
    assert_eq!(world.clone(&[], &plain, "anonymous").id("HEAD"), work.id("main"));
    assert_eq!(world.clone(&[], &grace.url_of(&ada.full("demo")), "grace").id("HEAD"), work.id("main"));
    let said = work.fails(["push", &plain, "main:refs/heads/new"]);
    assert!(said.contains("could not read Username"), "{said}");
    let said = work.fails(["push", &grace.url_of(&ada.full("demo")), "main:refs/heads/new"]);
    assert!(said.contains("403"), "{said}");
    assert!(Browser::new(&world.site).get("/").expect(200).text().contains(&ada.full("demo")));
}

#[test]
fn an_archived_repository_is_for_reading() {
    let (world, ada, _grace, work) = people();
    let settings = format!("/{}/settings", ada.full("demo"));
    let mut owner = ada.browser();
    owner.get(&settings).expect(200);
    owner.post(&format!("{settings}/archive"), &[]).expect(303);
    let said = work.fails(["push", &ada.url("demo"), "main:refs/heads/new"]);
    assert!(said.to_lowercase().contains("archived"), "{said}");
    assert_eq!(world.clone(&[], &ada.url("demo"), "clone").id("HEAD"), work.id("main"));
    assert!(owner.get(&format!("/{}", ada.full("demo"))).expect(200).text().contains("Archived"));
    owner.get(&settings).expect(200);
    owner.delete(&format!("{settings}/archive"), &[]).expect(303);
    work.git(["push", "-q", &ada.url("demo"), "main:refs/heads/new"]);
}

#[test]
fn who_may_not_change_a_thing_cannot_by_its_form_either() {
    let (world, ada, grace, _work) = people();
    let settings = format!("/{}/settings", ada.full("demo"));
    set_role(&mut ada.browser(), &settings, &grace, "write");
    let mut visitors =
        [(Browser::new(&world.site), 404), (world.user("eve").browser(), 404), (grace.browser(), 403)];
    for (visitor, status) in &mut visitors {
        for (part, fields) in [
            ("/description", ("description", "mine")),
            ("/visibility", ("visibility", "public")),
            ("/default-branch", ("branch", "topic")),
            ("/name", ("name", "mine")),
            ("/archive", ("archive", "")),
            ("/collaborators", ("account", grace.name.as_str())),
        ] {
            let reply = visitor.post(&format!("{settings}{part}"), &[fields, ("role", "admin")]);
            assert_eq!(reply.status, *status, "{part}");
        }
        let confirm = ada.full("demo");
        assert_eq!(visitor.delete(&settings, &[("confirm", &confirm)]).status, *status);
    }
    let page = ada.browser().get(&settings).expect(200).text();
    assert!(page.contains("demo") && !page.contains("mine"), "{page}");
}

#[test]
fn passwords_and_tokens_end_what_they_should() {
    let (world, ada, _grace, _work) = people();
    let (mut here, mut elsewhere) = (ada.browser(), ada.browser());
    here.get("/settings").expect(200);
    let fields = [("current", "wrong wrong wrong"), ("password", "another good password")];
    here.post("/settings/password", &fields).expect(422);
    let fields = [("current", PASSWORD), ("password", "another good password")];
    here.post("/settings/password", &fields).expect(303);
    here.get("/settings").expect(200);
    elsewhere.get("/settings").expect(303);
    let mut fresh = Browser::new(&world.site);
    fresh.get("/login").expect(200);
    fresh.post("/login", &[("name", &ada.name), ("password", PASSWORD)]).expect(422);
    fresh.sign_in(&ada.name, "another good password");
    // Tokens are another matter.
    world.git(["ls-remote", &ada.url("demo")]);
}

#[test]
fn the_sites_administrator_sees_what_the_machines_owner_could() {
    let (world, ada, _grace, work) = people();
    let mut browser = crate::support::accounts::administrators_browser(&world);
    let page = browser.get(&format!("/{}", ada.full("demo"))).expect(200).text();
    assert!(page.contains("because you administer the site"), "{page}");
    let url = crate::support::accounts::url(&world.site, world.administrator(), &ada.full("demo"));
    assert_eq!(world.clone(&[], &url, "clone").id("HEAD"), work.id("main"));
    // The owner is told nothing of the kind.
    let page = ada.browser().get(&format!("/{}", ada.full("demo"))).expect(200).text();
    assert!(!page.contains("because you administer the site"), "{page}");
}
