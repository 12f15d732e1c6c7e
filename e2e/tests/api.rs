//! The GitHub-compatible API as a program uses it. Every answer is recorded, and held against GitHub's description of it
//! when the run is over; here every operation has to answer with something in it.

use serde_json::{Value, json};

use crate::support::{Reply, Request, User, World};

/// Asks as somebody.
fn ask(user: &User, method: &'static str, path: &str, body: &Value) -> Reply {
    let request = Request::new(method, format!("/api/v3{path}"));
    user.site.send(&request.header("Authorization", format!("Bearer {}", user.token)).json(body))
}

fn get(user: &User, path: &str) -> Reply {
    let request = Request::get(format!("/api/v3{path}"));
    user.site.send(&request.header("Authorization", format!("Bearer {}", user.token)))
}

/// One field of every thing in a list.
fn every(reply: &Reply, field: &str) -> Vec<String> {
    let json = reply.json();
    json.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_site_and_whoever_asks() {
    let world = World::new();
    let ada = world.user("ada");
    for path in ["", "/", "/meta", "/rate_limit"] {
        get(&ada, path).expect(200);
    }
    let me = get(&ada, "/user").expect(200).json();
    assert_eq!(me["login"], ada.name.as_str());
    let changed = ask(&ada, "PATCH", "/user", &json!({ "name": "Ada Lovelace" })).expect(200).json();
    assert_eq!(changed["name"], "Ada Lovelace");
    assert_eq!(get(&ada, &format!("/users/{}", ada.name)).expect(200).json()["name"], "Ada Lovelace");
    assert_eq!(every(&get(&ada, "/user/emails").expect(200), "email"), [format!("{}@example.org", ada.name)]);
    get(&ada, "/user/orgs").expect(200);
}

#[test]
fn a_repository_from_its_making_to_its_stars() {
    let world = World::new();
    let (ada, bob) = (world.user("ada"), world.user("bob"));
    let made = ask(&ada, "POST", "/user/repos", &json!({ "name": "notes", "private": true })).expect(201);
    let notes = format!("/repos/{}", ada.full("notes"));
    assert!(made.header("location").is_some_and(|url| url.ends_with(&notes)));
    assert_eq!(get(&ada, &notes).expect(200).json()["private"], true);
    get(&bob, &notes).expect(404);
    ask(&ada, "POST", "/user/repos", &json!({ "name": "demo" })).expect(201);
    let demo = format!("/repos/{}", ada.full("demo"));
    assert_eq!(get(&bob, &demo).expect(200).json()["permissions"]["push"], false);
    assert_eq!(every(&get(&ada, "/user/repos").expect(200), "name"), ["demo", "notes"]);
    assert_eq!(every(&get(&bob, &format!("/users/{}/repos", ada.name)).expect(200), "name"), ["demo"]);
    let people = get(&ada, &format!("{demo}/collaborators")).expect(200);
    assert_eq!(every(&people, "login").join(" "), ada.name);
    let star = format!("/user/starred/{}", ada.full("demo"));
    ask(&bob, "PUT", &star, &json!({})).expect(204);
    get(&bob, &star).expect(204);
    assert_eq!(every(&get(&bob, "/user/starred").expect(200), "name"), ["demo"]);
    ask(&bob, "DELETE", &star, &json!({})).expect(204);
    get(&bob, &star).expect(404);
}

#[test]
fn an_answer_that_has_not_changed_is_not_sent_again() {
    let world = World::new();
    let ada = world.user("ada");
    let tag = get(&ada, "/user").expect(200).header("etag").unwrap().to_owned();
    let request = Request::get("/api/v3/user").header("Authorization", format!("Bearer {}", ada.token));
    let again = ada.site.send(&request.header("If-None-Match", tag)).expect(304);
    assert!(again.body.is_empty());
    let preflight = Request::new("OPTIONS", "/api/v3/user").header("Origin", "https://elsewhere.example");
    assert_eq!(ada.site.send(&preflight).expect(204).header("access-control-allow-origin"), Some("*"));
}
