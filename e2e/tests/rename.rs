//! A repository under a new name: served in place for git, redirected for pages.

use crate::support::{Browser, User, World};

fn renamed() -> (World, User, Browser) {
    let world = World::new();
    let ada = world.user("ada");
    world.history("work").git(["push", "-q", "--mirror", &ada.url("before")]);
    let mut browser = ada.browser();
    browser.get(&format!("/{}/settings", ada.full("before"))).expect(200);
    let reply =
        browser.post(&format!("/{}/settings/name", ada.full("before")), &[("name", "after")]).expect(303);
    let to = format!("/{}/settings?done=name", ada.full("after"));
    assert_eq!(reply.header("location"), Some(to.as_str()));
    (world, ada, browser)
}

#[test]
fn git_is_served_under_the_old_name_with_a_word() {
    let (world, ada, _browser) = renamed();
    let cloned = world.git(["clone", "--mirror", "--progress", &ada.url("before"), "told"]);
    assert!(
        cloned.contains(&format!("{} is called {} now", ada.full("before"), ada.full("after"))),
        "{cloned}"
    );
    let work = world.clone(&["--mirror"], &ada.url("before"), "old");
    let new = world.clone(&["--mirror"], &ada.url("after"), "new");
    assert_eq!(work.refs(), new.refs());
    work.commit("main", &[("file", "pushed under the old name\n")]);
    let said = work.git(["push", &ada.url("before"), "main"]);
    let address = world.site.url(&format!("/{}.git", ada.full("after")));
    assert!(
        said.contains(&format!("remote: {} is called {} now", ada.full("before"), ada.full("after"))),
        "{said}"
    );
    assert!(said.contains(&address), "{said}");
    let said = work.git(["push", &ada.url("after"), "main:refs/heads/quiet"]);
    assert!(!said.contains("is called"), "{said}");
    assert_eq!(world.git(["ls-remote", &ada.url("after"), "main"])[..40], work.id("main"));
}

#[test]
fn pages_lead_to_the_new_name() {
    let (world, ada, mut browser) = renamed();
    for rest in ["", "/tree/main/src", "/blob/main/README.md", "/settings"] {
        let reply = browser.get(&format!("/{}{rest}", ada.full("before")));
        assert!(matches!(reply.status, 301 | 308), "{rest}: {}", reply.status);
        assert_eq!(reply.header("location"), Some(format!("/{}{rest}", ada.full("after")).as_str()));
        browser.get(&format!("/{}{rest}", ada.full("after"))).expect(200);
    }
    // To others neither name is there: a redirect would say what the repository is called.
    let mut visitors = [Browser::new(&world.site), world.user("eve").browser()];
    for visitor in &mut visitors {
        for name in ["before", "after"] {
            visitor.get(&format!("/{}", ada.full(name))).expect(404);
        }
    }
}

#[test]
fn a_new_repository_takes_the_old_name_over() {
    let (world, ada, mut browser) = renamed();
    let other = world.local("other");
    let tip = other.commit("main", &[("other", "other\n")]);
    browser.get("/new").expect(200);
    browser.post("/new", &[("name", "before"), ("visibility", "private")]).expect(303);
    other.git(["push", "-q", &ada.url("before"), "main"]);
    assert_eq!(world.git(["ls-remote", &ada.url("before"), "HEAD"])[..40], tip);
    assert_ne!(world.git(["ls-remote", &ada.url("after"), "HEAD"])[..40], tip);
    browser.get(&format!("/{}", ada.full("before"))).expect(200);
}

#[test]
fn a_rename_refuses_what_it_must() {
    let (_world, ada, mut browser) = renamed();
    let settings = format!("/{}/settings", ada.full("after"));
    for name in ["", "..", "-dash", "with space", "ends.git", "ends.wiki"] {
        browser.get(&settings).expect(200);
        let reply = browser.post(&format!("{settings}/name"), &[("name", name)]);
        assert_eq!(reply.status, 422, "{name:?}");
    }
    // Another case of the same name is a rename too.
    browser.get(&settings).expect(200);
    browser.post(&format!("{settings}/name"), &[("name", "After")]).expect(303);
    assert!(browser.get("/").expect(200).text().contains(&ada.full("After")));
}

#[test]
fn any_case_leads_to_the_one_that_was_typed() {
    let (_world, ada, mut browser) = renamed();
    let upper = format!("/{}/AFTER", ada.name.to_uppercase());
    for rest in ["", "/tree/main", "/settings"] {
        let reply = browser.get(&format!("{upper}{rest}"));
        assert!(matches!(reply.status, 301 | 308), "{rest}: {}", reply.status);
        assert_eq!(reply.header("location"), Some(format!("/{}{rest}", ada.full("after")).as_str()));
    }
    let reply = browser.get(&format!("/{}", ada.name.to_uppercase()));
    assert_eq!((reply.status, reply.header("location")), (301, Some(format!("/{}", ada.name).as_str())));
}

#[test]
fn a_deleted_repository_is_gone_and_its_name_is_free() {
    let (world, ada, mut browser) = renamed();
    let settings = format!("/{}/settings", ada.full("after"));
    browser.get(&settings).expect(200);
    browser.delete(&settings, &[("confirm", "something else")]).expect(422);
    world.git(["ls-remote", &ada.url("after")]);
    browser.get(&settings).expect(200);
    browser.delete(&settings, &[("confirm", &ada.full("after"))]).expect(303);
    for name in ["after", "before"] {
        let said = world.git_fails(["ls-remote", &ada.url(name)]);
        assert!(said.contains("not found"), "{said}");
        browser.get(&format!("/{}", ada.full(name))).expect(404);
    }
    // A new one of that name begins with nothing of the old.
    let other = world.local("other");
    let tip = other.commit("main", &[("other", "other\n")]);
    other.git(["push", "-q", &ada.url("after"), "main"]);
    let refs = world.git(["ls-remote", &ada.url("after")]);
    assert_eq!(refs, format!("{tip}\tHEAD\n{tip}\trefs/heads/main\n"));
}
