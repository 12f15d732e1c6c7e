//! What a request costs: at most one hop to an object and two round trips to D1, and none to the object for what is kept.

use crate::support::{Browser, Reply, Request, User, World, accounts::administrators_browser};

/// Every path of the site.
const ROUTES: &str = include_str!("../../routes.txt");

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
    ada.publish("demo");
    let pages: Vec<String> = ROUTES
        .lines()
        .filter(|line| line.starts_with('/') && !line.starts_with("/api/admin/"))
        .flat_map(|route| filled(route, &ada, &head))
        .collect();
    assert!(pages.len() > 100, "{pages:?}");
    let mut dear = Vec::new();
    let visitors = [
        ("ada", ada.browser()),
        ("an administrator", administrators_browser(&world)),
        ("nobody", Browser::new(&world.site)),
    ];
    for (who, mut browser) in visitors {
        // What an isolate does once, and a session once an hour.
        browser.get("/");
        // `/setup` looks first whether there is a token to be written down.
        for page in pages.iter().filter(|page| !["/logout", "/setup"].contains(&page.as_str())) {
            let reply = if page.starts_with("/api/v3") {
                world.site.send(&Request::get(page.as_str()).token(&ada.token))
            } else {
                browser.get(page)
            };
            let (trips, hops) = costs(&reply);
            if trips > 2 || hops > 1 {
                dear.push(format!("{page} for {who}: {} {trips} round trips, {hops} hops", reply.status));
            }
        }
    }
    assert!(dear.is_empty(), "{dear:#?}");
}

/// A route with everything it may be filled with: what is there, what is not, and what is something else.
fn filled(route: &str, ada: &User, head: &str) -> Vec<String> {
    let route = route.replace("{owner}", &ada.name).replace("{repository}", "demo").replace("{repo}", "demo");
    let route = ["{account}", "{user}", "{username}", "{name}"]
        .iter()
        .fold(route, |route, placeholder| route.replace(placeholder, &ada.name));
    let mut routes = vec![route.clone()];
    if let Some(at) = route.find("{*") {
        let end = at + route[at..].find('}').unwrap() + 1;
        let with = |rest: &str| format!("{}{rest}{}", &route[..at], &route[end..]);
        let rests =
            ["main", "main/README.md", "main/src", "main/nope", "nope", "nope/x", "main.diff", "main.zip"];
        routes = rests.iter().map(|rest| with(rest)).collect();
        let by_id = ["", "/README.md", "/src", ".patch", "...main"];
        routes.extend(by_id.iter().map(|rest| with(&format!("{head}{rest}"))));
    }
    // Whatever else is in braces is a number, or no name of anything.
    routes
        .into_iter()
        .map(|mut route| {
            while let Some(at) = route.find('{') {
                let end = at + route[at..].find('}').unwrap() + 1;
                route.replace_range(at..end, "1");
            }
            route
        })
        .collect()
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
