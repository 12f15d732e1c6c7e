//! The GitHub-compatible API as a program uses it. Every answer is recorded, and held against GitHub's description of it
//! when the run is over; here every operation has to answer with something in it.

mod clients;

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
    let topics = format!("{demo}/topics");
    ask(&ada, "PUT", &topics, &json!({ "names": [&ada.name] })).expect(200);
    assert_eq!(get(&bob, &topics).expect(200).json()["names"][0], ada.name.as_str());
    let found = get(&bob, &format!("/search/repositories?q=topic:{}", ada.name)).expect(200).json();
    assert_eq!((&found["total_count"], &found["items"][0]["name"]), (&json!(1), &json!("demo")));
    let star = format!("/user/starred/{}", ada.full("demo"));
    ask(&bob, "PUT", &star, &json!({})).expect(204);
    get(&bob, &star).expect(204);
    assert_eq!(every(&get(&bob, "/user/starred").expect(200), "name"), ["demo"]);
    ask(&bob, "DELETE", &star, &json!({})).expect(204);
    get(&bob, &star).expect(404);
}

#[test]
fn a_repository_is_changed_shared_handed_over_and_deleted() {
    let world = World::new();
    let (ada, bob) = (world.user("ada"), world.user("bob"));
    ask(&ada, "POST", "/user/repos", &json!({ "name": "notes", "private": true })).expect(201);
    let path = |name: &str| format!("/repos/{}", ada.full(name));
    let id = get(&ada, &path("notes")).expect(200).json()["id"].as_i64().unwrap();
    let change =
        json!({ "name": "essays", "description": "Of many things", "homepage": "https://example.org" });
    assert_eq!(ask(&ada, "PATCH", &path("notes"), &change).expect(200).json()["name"], "essays");
    let moved = get(&ada, &path("notes")).expect(301);
    assert!(moved.header("location").is_some_and(|url| url.ends_with(&format!("/api/v3/repositories/{id}"))));
    let by_number = get(&ada, &format!("/repositories/{id}")).expect(200).json();
    assert_eq!(by_number["description"], "Of many things");
    get(&bob, &format!("/repositories/{id}")).expect(404);
    let member = format!("{}/collaborators/{}", path("essays"), bob.name);
    ask(&ada, "PUT", &member, &json!({ "permission": "pull" })).expect(204);
    get(&ada, &member).expect(404);
    get(&ada, &format!("{}/collaborators/{}", path("essays"), ada.name)).expect(204);
    let permission = get(&ada, &format!("{member}/permission")).expect(200).json();
    assert_eq!(permission["permission"], "none");
    ask(&ada, "DELETE", &member, &json!({})).expect(204);
    let transfer = format!("{}/transfer", path("essays"));
    ask(&ada, "POST", &transfer, &json!({ "new_owner": bob.name })).expect(202);
    ask(&ada, "DELETE", &path("essays"), &json!({})).expect(204);
    get(&ada, &path("essays")).expect(404);
    get(&ada, &format!("/repositories/{id}")).expect(404);
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
