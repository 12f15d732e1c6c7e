//! What every operation shares: credentials, errors, conditions, pages, media types, other sites.

use axum::body::Body;
use gitflare_forge::{
    access::act,
    repositories::{self, Visibility},
    tokens::Allow,
};
use http::header;
use serde_json::{Value, json};

use super::{Client, every};
use crate::support::{PASSWORD, World, basic};

#[tokio::test]
async fn every_form_of_a_token_is_read_and_a_bad_one_refused_everywhere() {
    let world = World::new().await;
    let nobody = Client::nobody(&world);
    let token = world.token("ada").await;
    for value in [basic(&token), format!("Bearer {token}"), format!("token {token}")] {
        let request = nobody.request("GET", "/api/v3/user").header(header::AUTHORIZATION, value);
        assert_eq!(nobody.send(request, Body::empty()).await.expect(200).json()["login"], "ada");
    }
    for value in [basic(PASSWORD), "Bearer nonsense".to_owned(), "Digest x".to_owned()] {
        for path in ["/api/v3/", "/api/v3/repos/ada/demo", "/api/v3/nothing"] {
            let request = nobody.request("GET", path).header(header::AUTHORIZATION, value.as_str());
            let said = nobody.send(request, Body::empty()).await.expect(401).json();
            assert_eq!(said["message"], "Bad credentials");
        }
    }
    assert_eq!(nobody.get("/api/v3/user").await.expect(401).json()["message"], "Requires authentication");
}

#[tokio::test]
async fn a_cookie_is_nothing() {
    let world = World::new().await;
    let mut browser = crate::pages::Browser::signed_in(&world, "ada").await;
    for path in ["/api/v3/user", "/api/v3/user/repos"] {
        browser.get(path).await.expect(401);
    }
    browser.get("/api/v3/repos/ada/secret").await.expect(404);
}

#[tokio::test]
async fn what_is_not_there_is_a_json_404_whatever_the_method() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    for (method, path) in [
        ("GET", "/api"),
        ("GET", "/api/"),
        ("GET", "/api/v3/nothing"),
        ("GET", "/api/v9/"),
        ("GET", "/api/v3/nothing/"),
        ("PUT", "/api/v3/user"),
        ("POST", "/api/v3/repos/ada/demo"),
        ("DELETE", "/api/v3/meta"),
        ("GET", "/api/v3/repos/ada/demo/nothing"),
        ("GET", "/api/v3/repositories/4711"),
        ("GET", "/api/v3/repos/-/x"),
    ] {
        let reply = ada.ask(method, path, &json!({})).await.expect(404);
        assert_eq!(reply.json()["message"], "Not Found", "{method} {path}");
        assert!(reply.headers.get(header::ALLOW).is_none());
        assert!(reply.json()["documentation_url"].is_string());
    }
}

#[tokio::test]
async fn errors_name_resource_field_and_code() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let first = |json: Value| json["errors"][0].clone();
    let said = ada.ask("POST", "/api/v3/user/repos", &json!({ "name": "demo" })).await.expect(422).json();
    assert_eq!(said["message"], "Validation Failed");
    let error = first(said);
    assert_eq!(
        (&error["resource"], &error["field"], &error["code"]),
        (&json!("Repository"), &json!("name"), &json!("already_exists"))
    );
    let error = first(ada.ask("POST", "/api/v3/user/repos", &json!({})).await.expect(422).json());
    assert_eq!((&error["field"], &error["code"]), (&json!("name"), &json!("missing_field")));
    let error = first(ada.ask("PATCH", "/api/v3/user", &json!({ "bio": 3 })).await.expect(422).json());
    assert_eq!((&error["resource"], &error["code"]), (&json!("User"), &json!("invalid")));
    for (body, message) in [("{\"name\": ", "Problems parsing JSON"), ("[]", "Body should be a JSON object")]
    {
        let request = ada.request("POST", "/api/v3/user/repos");
        let reply = ada.send(request, Body::from(body)).await.expect(400);
        assert_eq!(reply.json()["message"], message);
    }
}

#[tokio::test]
async fn the_head_says_what_clients_look_for() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    for path in ["/api/v3/", "/api/v3/repos/ada/demo", "/api/v3/nothing"] {
        let reply = ada.get(path).await;
        assert_eq!(reply.header("x-github-enterprise-version"), "3.19.0");
        assert_eq!(reply.header("x-github-media-type"), "github.v3; format=json");
        assert_eq!(reply.header("content-type").split(';').next(), Some("application/json"));
        assert_eq!(reply.header("x-ratelimit-resource"), "core");
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        for name in ["limit", "remaining", "used", "reset"] {
            assert!(reply.header(&format!("x-ratelimit-{name}")).parse::<i64>().is_ok(), "{name}");
        }
        assert_eq!(reply.header("x-github-request-id").len(), 20);
        let scopes: Vec<_> = reply.header("x-oauth-scopes").split(", ").collect();
        assert!(["repo", "read:org", "gist"].iter().all(|scope| scopes.contains(scope)), "{scopes:?}");
    }
    // A token for less has none of GitHub's words.
    let little = world.token_for("ada", Allow::parse("contents:read").unwrap(), None).await;
    let little = Client { world: &world, token: Some(little) };
    assert!(little.get("/api/v3/").await.headers.get("x-oauth-scopes").is_none());
    let head = ada.send(ada.request("HEAD", "/api/v3/rate_limit"), Body::empty()).await.expect(200);
    assert!(head.body.is_empty() && !head.header("x-github-request-id").is_empty());
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    for path in ["/api/v3/user", "/api/v3/repos/ada/secret", "/api/v3/user/repos"] {
        let reply = ada.get(path).await.expect(200);
        let tag = reply.header("etag").to_owned();
        for method in ["GET", "HEAD"] {
            let head = ada.request(method, path).header(header::IF_NONE_MATCH, format!("\"x\", {tag}"));
            let again = ada.send(head, Body::empty()).await.expect(304);
            assert!(again.body.is_empty() && again.header("etag") == tag);
        }
        let nobody = Client::nobody(&world);
        let head = nobody.request("GET", path).header(header::IF_NONE_MATCH, tag);
        assert_ne!(nobody.send(head, Body::empty()).await.status, 304, "{path}");
    }
    let before = ada.get("/api/v3/user").await.header("etag").to_owned();
    ada.ask("PATCH", "/api/v3/user", &json!({ "bio": "Counts" })).await.expect(200);
    let head = ada.request("GET", "/api/v3/user").header(header::IF_NONE_MATCH, before);
    ada.send(head, Body::empty()).await.expect(200);
}

#[tokio::test]
async fn another_site_may_ask() {
    let world = World::new().await;
    let nobody = Client::nobody(&world);
    let request = nobody.request("OPTIONS", "/api/v3/user").header("origin", "https://elsewhere.example");
    let reply = nobody.send(request, Body::empty()).await.expect(204);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    assert!(reply.header("access-control-allow-headers").contains("Authorization"));
    assert!(reply.header("access-control-allow-methods").contains("DELETE"));
    assert!(reply.headers.get("access-control-allow-credentials").is_none());
    let reply = nobody.get("/api/v3/user").await.expect(401);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
    // And nowhere else.
    assert!(world.get("/ada/demo").await.headers.get("access-control-allow-origin").is_none());
    let admin = world.get("/api/admin/v1/users").await;
    assert!(admin.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn lists_come_in_pages_with_links() {
    let world = World::new().await;
    for n in 0..5 {
        world.repository("linus", &format!("kernel-{n}"), Visibility::Public).await;
    }
    let nobody = Client::nobody(&world);
    let path = "/api/v3/users/linus/repos?sort=full_name&per_page=2";
    let first = nobody.get(path).await.expect(200);
    assert_eq!(every(&first.json(), "name"), ["kernel-0", "kernel-1"]);
    let here = "http://git.example.org/api/v3/users/linus/repos?sort=full_name&per_page=2&page";
    assert_eq!(first.header("link"), format!("<{here}=2>; rel=\"next\""));
    let second = nobody.get(&format!("{path}&page=2")).await.expect(200);
    assert_eq!(every(&second.json(), "name"), ["kernel-2", "kernel-3"]);
    let links = second.header("link").to_owned();
    for (rel, page) in [("prev", 1), ("next", 3), ("first", 1)] {
        assert!(links.contains(&format!("<{here}={page}>; rel=\"{rel}\"")), "{links}");
    }
    let last = nobody.get(&format!("{path}&page=3")).await.expect(200);
    assert_eq!(every(&last.json(), "name"), ["kernel-4"]);
    assert!(!last.header("link").contains("next"));
    let beyond = nobody.get(&format!("{path}&page=9")).await.expect(200);
    assert_eq!(beyond.json(), json!([]));
}

#[tokio::test]
async fn a_name_it_had_before_leads_to_its_number() {
    let world = World::new().await;
    for (name, to) in [("ada/demo", "shown"), ("ada/secret", "hidden")] {
        let access = world.access::<act::Rename>(name).await;
        repositories::rename(&world.forge, &access, to).await.unwrap();
    }
    let ada = Client::of(&world, "ada").await;
    let id = ada.get("/api/v3/repos/ada/shown").await.expect(200).json()["id"].as_i64().unwrap();
    let url = format!("http://git.example.org/api/v3/repositories/{id}");
    let moved = ada.get("/api/v3/repos/ada/demo/collaborators?per_page=1").await.expect(301);
    assert_eq!(moved.header("location"), format!("{url}/collaborators?per_page=1"));
    assert_eq!(moved.json()["url"], format!("{url}/collaborators?per_page=1"));
    let kept = ada.ask("PUT", "/api/v3/user/starred/ada/demo", &json!({})).await.expect(307);
    assert_eq!(kept.header("location"), url);
    // The number answers, whatever it is called, and in any case of its name.
    for path in [format!("/api/v3/repositories/{id}"), "/api/v3/repos/ADA/Shown".to_owned()] {
        assert_eq!(ada.get(&path).await.expect(200).json()["full_name"], "ada/shown");
    }
    let people = ada.get(&format!("/api/v3/repositories/{id}/collaborators")).await.expect(200);
    assert_eq!(every(&people.json(), "login"), ["ada"]);
    // What is hidden has neither name nor number.
    let hidden = ada.get("/api/v3/repos/ada/hidden").await.expect(200).json()["id"].as_i64().unwrap();
    for client in [Client::of(&world, "linus").await, Client::nobody(&world)] {
        for path in [
            "/api/v3/repos/ada/secret".to_owned(),
            "/api/v3/repos/ada/hidden".to_owned(),
            format!("/api/v3/repositories/{hidden}"),
            format!("/api/v3/repositories/{hidden}/collaborators"),
        ] {
            assert_eq!(client.get(&path).await.expect(404).json()["message"], "Not Found", "{path}");
        }
    }
}
