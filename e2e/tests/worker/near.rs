//! Near the reader: where a new object is to live, and which copy of the site's database is read.

use serde_json::{Value, json};

use crate::support::{Browser, World};

/// What the program has asked of the platform since this was last asked: the words of each call.
fn asked(world: &World) -> Vec<Value> {
    let noted = world.site.get("/-/platform").expect(200).json();
    noted.as_array().unwrap().clone()
}

fn calls<'a>(asked: &'a [Value], name: &str) -> Vec<&'a Value> {
    asked.iter().filter(|call| call[0] == name).collect()
}

#[test]
fn a_new_object_lives_near_whoever_made_it() {
    let world = World::own();
    let ada = world.user("ada");
    let hinted = |asked: &[Value]| {
        let ways = ["getByName", "get"].into_iter().flat_map(|name| calls(asked, name));
        ways.filter(|call| call[2] == json!({ "locationHint": "weur" })).count()
    };
    asked(&world);
    // By a form; the local edge says that its visitors are in London.
    ada.browser().post("/new", &[("name", "notes"), ("visibility", "private")]).expect(303);
    let form = asked(&world);
    assert_eq!(hinted(&form), 1, "{form:?}");
    // By a push.
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    let push = asked(&world);
    assert_eq!(hinted(&push), 1, "{push:?}");
    // What is there is found where it is.
    ada.browser().get(&format!("/{}", ada.full("demo"))).expect(200);
    let page = asked(&world);
    assert_eq!(hinted(&page), 0, "{page:?}");
}

#[test]
fn what_a_page_shows_may_come_from_a_copy_that_has_seen_the_readers_last_write() {
    let world = World::own();
    let ada = world.user("ada");
    let mut browser = ada.browser();
    let sessions = |asked: &[Value]| -> Vec<String> {
        let words =
            calls(asked, "withSession").into_iter().map(|call| call[1].as_str().unwrap_or("").to_owned());
        words.collect()
    };
    browser.get("/explore").expect(200);
    asked(&world);
    browser.get("/explore").expect(200);
    let before = sessions(&asked(&world));
    assert!(before.iter().any(|word| word == "first-unconstrained"), "a copy near the reader: {before:?}");
    browser.post("/new", &[("name", "notes"), ("visibility", "private")]).expect(303);
    let written = sessions(&asked(&world));
    assert!(written.iter().any(|word| word == "first-primary"), "a write is the primary's: {written:?}");
    let bookmark = browser.cookies["bookmark"].clone();
    browser.get("/explore").expect(200);
    let after = sessions(&asked(&world));
    assert!(after.contains(&bookmark), "{bookmark} is not among {after:?}");
    assert!(!after.iter().any(|word| word == "first-unconstrained"), "{after:?}");
    // Somebody else has written nothing.
    Browser::new(&world.site).get("/explore").expect(200);
    assert!(!sessions(&asked(&world)).contains(&bookmark));
}

#[test]
fn the_bookmark_is_for_tls_alone_where_the_site_is() {
    let world = World::own();
    let mut browser = world.user("ada").browser();
    let reply = browser.post("/new", &[("name", "notes"), ("visibility", "private")]).expect(303);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("bookmark=") && !cookie.contains("Secure"), "{cookie}");
}
