//! What is hidden cannot be told from what is missing: same status, same headers, same body.

use crate::support::{
    Browser, Request, User, World,
    wire::{RECEIVE, UPLOAD, advertisement, exchange},
};

/// Somebody with a private repository `secret` and none called `absent`.
fn secretive() -> (World, User) {
    let world = World::new();
    let ada = world.user("ada");
    world.history("work").git(["push", "-q", "--mirror", &ada.url("secret")]);
    (world, ada)
}

#[test]
fn git_asks_anonymous_clients_alike() {
    let (world, ada) = secretive();
    for service in [UPLOAD, RECEIVE] {
        let ask = |name: &str| world.site.send(&advertisement(&ada.full(name), service)).neutral(name);
        assert_eq!(ask("secret").expect(401), ask("absent").expect(401), "{service}");
        let ask =
            |name: &str| world.site.send(&exchange(&ada.full(name), service).body("0000")).neutral(name);
        assert_eq!(ask("secret").expect(401), ask("absent").expect(401), "{service}");
    }
    for name in ["secret", "absent"] {
        let said = world.git_fails(["ls-remote", &world.site.url(&format!("/{}.git", ada.full(name)))]);
        assert!(said.contains("could not read Username"), "{said}");
    }
}

#[test]
fn git_tells_a_stranger_alike() {
    let (world, ada) = secretive();
    let eve = world.user("eve");
    for service in [UPLOAD, RECEIVE] {
        let ask = |name: &str| {
            world.site.send(&advertisement(&ada.full(name), service).token(&eve.token)).neutral(name)
        };
        assert_eq!(ask("secret").expect(404), ask("absent").expect(404), "{service}");
        let ask = |name: &str| {
            let request = exchange(&ada.full(name), service).token(&eve.token);
            world.site.send(&request.body("00000000000000000000")).neutral(name)
        };
        assert_eq!(ask("secret").expect(404), ask("absent").expect(404), "{service}");
    }
    let words = ["secret", "absent"].map(|name| {
        let said = world.git_fails(["ls-remote", &eve.url_of(&ada.full(name))]);
        said.replace(name, "NAME")
    });
    assert_eq!(words[0], words[1]);
}

#[test]
fn pages_tell_everybody_else_alike() {
    let (world, ada) = secretive();
    let mut visitors = [Browser::new(&world.site), world.user("eve").browser()];
    for visitor in &mut visitors {
        for rest in
            ["", "/settings", "/tree/main", "/blob/main/README.md", "/tree/main/src", "/", "/tree/none"]
        {
            let mut ask = |name: &str| visitor.get(&format!("/{}{rest}", ada.full(name))).neutral(name);
            let (hidden, missing) = (ask("secret"), ask("absent"));
            assert_eq!(hidden, missing, "{rest}");
            assert!(matches!(hidden.status, 404 | 308), "{rest}: {}", hidden.status);
        }
    }
}

#[test]
fn lists_leave_it_out() {
    let (world, ada) = secretive();
    let mut visitors = [Browser::new(&world.site), world.user("eve").browser()];
    for visitor in &mut visitors {
        for path in ["/".to_owned(), format!("/{}", ada.name)] {
            let page = visitor.get(&path).expect(200).text();
            assert!(!page.contains(&ada.full("secret")), "{path}: {page}");
        }
    }
    assert!(ada.browser().get("/").expect(200).text().contains(&ada.full("secret")));
}

#[test]
fn the_api_tells_everybody_else_alike() {
    let (world, ada) = secretive();
    let eve = world.user("eve");
    for token in [None, Some(&eve.token)] {
        let ask = |name: &str| {
            let request = Request::get(format!("/api/v3/repos/{}", ada.full(name)));
            let request = token.map_or(request.clone(), |token| request.token(token));
            world.site.send(&request).neutral(name)
        };
        assert_eq!(ask("secret").expect(404), ask("absent").expect(404));
    }
}

#[test]
fn a_name_is_taken_for_its_owner_alone() {
    let (world, ada) = secretive();
    let eve = world.user("eve");
    // The same name under another owner is another repository.
    world.history("own").git(["push", "-q", &eve.url("secret"), "main"]);
    let mut browser = ada.browser();
    browser.get("/new").expect(200);
    let refused = browser.post("/new", &[("name", "SECRET"), ("visibility", "private")]).expect(422);
    assert!(refused.text().contains("exists already"));
}

#[test]
fn what_was_public_is_hidden_from_then_on() {
    let (world, ada) = secretive();
    ada.publish("secret");
    let path = format!("/{}", ada.full("secret"));
    let plain = world.site.url(&format!("{path}.git"));
    world.clone(&[], &plain, "before");
    let page = world.site.get(&path).expect(200);
    ada.hide("secret");
    world.site.get(&path).expect(404);
    let etag = page.header("etag").unwrap_or("\"none\"");
    world.site.send(&Request::get(&path).header("If-None-Match", etag)).expect(404);
    world.site.get(&format!("{path}/blob/main/README.md")).expect(404);
    let said = world.git_fails(["ls-remote", &plain]);
    assert!(said.contains("could not read Username"), "{said}");
}
