//! What a request costs: at most one hop to an object and two round trips to D1, and none to the object for what is kept.

use crate::support::{Browser, Reply, User, World};

/// Round trips to D1, and requests to objects.
fn costs(reply: &Reply) -> (u32, u32) {
    let number = |name| reply.header(name).unwrap_or_else(|| panic!("no {name}")).parse().unwrap();
    (number("gitflare-trips"), number("gitflare-hops"))
}

fn pushed(world: &World) -> (User, String) {
    let (ada, work) = world.pushed();
    (ada, work.id("HEAD"))
}

#[test]
fn a_page_costs_one_hop_and_two_round_trips() {
    let world = World::new();
    let (ada, head) = pushed(&world);
    let demo = ada.full("demo");
    let pages = [
        "/".to_owned(),
        "/explore".to_owned(),
        format!("/{}", ada.name),
        format!("/{demo}"),
        format!("/{demo}/tree/{head}"),
        format!("/{demo}/settings"),
        format!("/{demo}/nothing"),
        format!("/{}/nothing", ada.name),
        "/settings".to_owned(),
        "/settings/tokens".to_owned(),
        "/settings/sessions".to_owned(),
        "/new".to_owned(),
    ];
    let mut dear = Vec::new();
    for (who, mut browser) in [("ada", ada.browser()), ("nobody", Browser::new(&world.site))] {
        // What an isolate does once, and a session once an hour.
        browser.get("/");
        for page in &pages {
            let reply = browser.get(page);
            let (trips, hops) = costs(&reply);
            if trips > 2 || hops > 1 {
                dear.push(format!("{page} for {who}: {trips} round trips, {hops} hops"));
            }
        }
    }
    assert!(dear.is_empty(), "{dear:#?}");
}

#[test]
fn what_is_named_by_its_id_is_kept_for_those_who_may_see_it() {
    let world = World::new();
    let (ada, head) = pushed(&world);
    let files = ada.browser().get(&format!("/{}/tree/{head}", ada.full("demo"))).expect(200).text();
    let blob = format!("/{}/blob/{head}/", ada.full("demo"));
    let at = files.find(&blob).expect("a file");
    let page = files[at..].split('"').next().unwrap().to_owned();
    let mut browser = ada.browser();
    // The answer is the last word once the index of the push is written.
    crate::support::eventually("it is kept", std::time::Duration::from_secs(30), || {
        costs(&browser.get(&page).expect(200)).1 == 0
    });
    let bob = world.user("bob");
    for mut stranger in [bob.browser(), Browser::new(&world.site)] {
        let reply = stranger.get(&page).expect(404);
        assert_eq!(costs(&reply).1, 0);
    }
    // Another repository with the same commit has an answer of its own.
    let work = world.clone(&["--mirror"], &ada.url("demo"), "copy");
    work.git(["push", "-q", "--mirror", &bob.url("demo")]);
    let of_bob = page.replace(&ada.full("demo"), &bob.full("demo"));
    assert_eq!(costs(&bob.browser().get(&of_bob).expect(200)).1, 1);
    ada.browser().get(&of_bob).expect(404);
}

#[test]
fn who_wrote_reads_from_where_it_was_written() {
    let world = World::new();
    let ada = world.user("ada");
    let mut browser = ada.browser();
    browser.get("/settings/tokens").expect(200);
    assert!(
        !browser.cookies.contains_key("bookmark"),
        "no form was sent, and a session is read from the primary"
    );
    browser.post("/new", &[("name", "notes"), ("visibility", "private")]).expect(303);
    assert!(browser.cookies.contains_key("bookmark"), "a repository was written");
    let mut other = ada.browser();
    // What is no bookmark is not taken for a word of another meaning.
    other.cookies.insert("bookmark".into(), "first-primary".into());
    other.get("/settings/tokens").expect(200);
}
