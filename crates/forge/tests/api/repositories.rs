//! The group repositories.

use gitflare_forge::{Role, repositories::Visibility, tokens::Allow};
use serde_json::{Value, json};

use super::{Client, every};
use crate::support::World;

#[tokio::test]
async fn one_in_githubs_shape() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let json = ada.get("/api/v3/repos/ada/secret").await.expect(200).json();
    assert_eq!(json["full_name"], "ada/secret");
    assert_eq!((&json["private"], &json["visibility"]), (&json!(true), &json!("private")));
    assert_eq!(json["clone_url"], "http://git.example.org/ada/secret.git");
    assert_eq!(json["owner"]["login"], "ada");
    assert_eq!(json["permissions"]["admin"], true);
    let seen = Client::nobody(&world).get("/api/v3/repos/ada/demo").await.expect(200).json();
    assert_eq!(seen.get("permissions"), None);
    let linus = Client::of(&world, "linus").await;
    let seen = linus.get("/api/v3/repos/ada/demo").await.expect(200).json();
    assert_eq!((&seen["permissions"]["pull"], &seen["permissions"]["push"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn made_public_unless_said_otherwise() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let make = async |body| ada.ask("POST", "/api/v3/user/repos", &body).await;
    let made = make(json!({ "name": "notes", "description": "To keep", "homepage": null })).await.expect(201);
    assert_eq!(made.header("location"), "http://git.example.org/api/v3/repos/ada/notes");
    assert_eq!(made.json()["description"], "To keep");
    assert_eq!(made.json()["visibility"], "public");
    let made = make(json!({ "name": "diary", "private": true })).await.expect(201).json();
    assert_eq!((&made["private"], &made["permissions"]["admin"]), (&json!(true), &json!(true)));
    make(json!({ "name": "diary" })).await.expect(422);
    make(json!({ "name": "started", "auto_init": true })).await.expect(422);
    let little = world.token_for("ada", Allow::parse("contents:write").unwrap(), None).await;
    let little = Client { world: &world, token: Some(little) };
    little.ask("POST", "/api/v3/user/repos", &json!({ "name": "x" })).await.expect(403);
}

#[tokio::test]
async fn lists_hold_what_may_be_seen() {
    let world = World::new().await;
    world.repository("linus", "kernel", Visibility::Private).await;
    world.collaborator("linus/kernel", "ada", Role::Write).await;
    let ada = Client::of(&world, "ada").await;
    let names = async |client: &Client<'_>, path: &str| {
        let json = client.get(path).await.expect(200).json();
        every(&json, "full_name").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let all = ["ada/demo", "ada/secret", "linus/kernel"];
    assert_eq!(names(&ada, "/api/v3/user/repos").await, all);
    assert_eq!(names(&ada, "/api/v3/user/repos?type=owner").await, all[..2]);
    assert_eq!(names(&ada, "/api/v3/user/repos?affiliation=collaborator").await, all[2..]);
    assert_eq!(names(&ada, "/api/v3/user/repos?visibility=private").await, all[1..]);
    assert_eq!(names(&ada, "/api/v3/user/repos?direction=desc&per_page=1").await, all[2..]);
    assert_eq!(names(&ada, "/api/v3/users/linus/repos").await, all[2..]);
    let nobody = Client::nobody(&world);
    assert_eq!(names(&nobody, "/api/v3/users/ada/repos").await, all[..1]);
    assert!(names(&nobody, "/api/v3/users/linus/repos").await.is_empty());
    nobody.get("/api/v3/users/nobody-here/repos").await.expect(404);
    nobody.get("/api/v3/user/repos").await.expect(401);
    // A token for one repository shows that one and what everybody sees.
    let little = world.token_for("ada", Allow::EverythingButSite, Some(&["ada/demo"])).await;
    let little = Client { world: &world, token: Some(little) };
    assert_eq!(names(&little, "/api/v3/user/repos").await, all[..1]);
}

#[tokio::test]
async fn a_token_for_one_repository_cannot_feel_for_others() {
    let world = World::new().await;
    let little = world.token_for("ada", Allow::EverythingButSite, Some(&["ada/demo"])).await;
    let little = Client { world: &world, token: Some(little) };
    // Neither a count nor the promise of another page tells what the words would find.
    let found = little.get("/api/v3/search/repositories?q=secret").await.expect(200);
    assert_eq!(found.json()["total_count"], 0);
    let page = little.get("/api/v3/user/repos?per_page=1&sort=created&direction=asc").await.expect(200);
    assert_eq!(every(&page.json(), "name"), ["demo"]);
    assert_eq!(page.header("link"), "");
    // Nor does anybody learn by lists who works where.
    world.collaborator("ada/demo", "linus", Role::Write).await;
    let nobody = Client::nobody(&world);
    assert_eq!(nobody.get("/api/v3/users/linus/repos?type=member").await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn collaborators_and_the_owner() {
    let world = World::new().await;
    world.collaborator("ada/secret", "linus", Role::Triage).await;
    let ada = Client::of(&world, "ada").await;
    let path = "/api/v3/repos/ada/secret/collaborators";
    let people = ada.get(path).await.expect(200).json();
    assert_eq!(every(&people, "login"), ["ada", "linus"]);
    assert_eq!(every(&people, "role_name"), ["admin", "triage"]);
    assert_eq!(people[1]["permissions"]["push"], false);
    Client::of(&world, "linus").await.get(path).await.expect(403);
}

#[tokio::test]
async fn a_change_takes_what_is_given_and_leaves_the_rest() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let path = "/api/v3/repos/ada/demo";
    let change = async |body: Value| ada.ask("PATCH", path, &body).await.expect(200).json();
    let said = json!({ "description": "Weaves", "homepage": "https://example.org", "nothing": "of ours" });
    let json = change(said).await;
    assert_eq!((&json["description"], &json["homepage"]), (&json!("Weaves"), &json!("https://example.org")));
    let json = change(json!({ "homepage": null })).await;
    assert_eq!((&json["description"], &json["homepage"]), (&json!("Weaves"), &Value::Null));
    assert_eq!(change(json!({ "private": true, "archived": true })).await["visibility"], "private");
    // Of an archived one nothing changes but that.
    ada.ask("PATCH", path, &json!({ "description": "x" })).await.expect(403);
    assert_eq!(change(json!({ "archived": false })).await["archived"], false);
    let json = change(json!({ "name": "engine", "visibility": "public", "default_branch": "next" })).await;
    assert_eq!((&json["full_name"], &json["default_branch"]), (&json!("ada/engine"), &json!("next")));
    assert_eq!(ada.get("/api/v3/repos/ada/engine").await.expect(200).json(), json);
    for (body, field) in [
        (json!({ "name": "a b" }), "name"),
        (json!({ "name": "secret" }), "name"),
        (json!({ "homepage": "javascript:alert(1)" }), "homepage"),
        (json!({ "visibility": "internal" }), "visibility"),
        (json!({ "default_branch": "-" }), "default_branch"),
        (json!({ "archived": "yes" }), "archived"),
    ] {
        let refused = ada.ask("PATCH", "/api/v3/repos/ada/engine", &body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn each_field_asks_for_its_own_right() {
    let world = World::new().await;
    world.account("grace").await;
    world.collaborator("ada/demo", "grace", Role::Maintain).await;
    let grace = Client::of(&world, "grace").await;
    let change = async |body: Value| grace.ask("PATCH", "/api/v3/repos/ada/demo", &body).await;
    change(json!({ "description": "Weaves", "private": false })).await.expect(200);
    for (field, value) in [("private", json!(true)), ("name", json!("x")), ("archived", json!(true))] {
        let mut body = json!({ "description": "not this either" });
        body[field] = value;
        change(body).await.expect(403);
    }
    let json = grace.get("/api/v3/repos/ada/demo").await.expect(200).json();
    assert_eq!(json["description"], "Weaves");
    let linus = Client::of(&world, "linus").await;
    linus.ask("PATCH", "/api/v3/repos/ada/demo", &json!({})).await.expect(403);
    linus.ask("PATCH", "/api/v3/repos/ada/secret", &json!({})).await.expect(404);
}

#[tokio::test]
async fn topics_are_named_and_found() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let path = "/api/v3/repos/ada/demo/topics";
    assert_eq!(ada.get(path).await.expect(200).json(), json!({ "names": [] }));
    let named = ada.ask("PUT", path, &json!({ "names": ["Rust", "git", "rust"] })).await.expect(200).json();
    assert_eq!(named, json!({ "names": ["rust", "git"] }));
    assert_eq!(ada.get(path).await.expect(200).json(), named);
    assert_eq!(ada.get("/api/v3/repos/ada/demo").await.json()["topics"], named["names"]);
    for bad in [json!({}), json!({ "names": "rust" }), json!({ "names": ["a b"] })] {
        ada.ask("PUT", path, &bad).await.expect(422);
    }
    ada.ask("PUT", "/api/v3/repos/ada/secret/topics", &json!({ "names": ["rust"] })).await.expect(200);
    let found = async |client: &Client<'_>, query: &str| {
        let json = client.get(&format!("/api/v3/search/repositories?q={query}")).await.expect(200).json();
        let names: Vec<_> = every(&json["items"], "full_name").into_iter().map(str::to_owned).collect();
        assert_eq!(json["total_count"], names.len());
        names
    };
    let nobody = Client::nobody(&world);
    assert_eq!(found(&ada, "topic:rust").await.len(), 2);
    assert_eq!(found(&nobody, "topic:rust").await, ["ada/demo"]);
    assert_eq!(found(&nobody, "topic:rus").await, [""; 0]);
    assert_eq!(found(&nobody, "demo+user:ada").await, ["ada/demo"]);
    assert_eq!(found(&nobody, "demo+user:linus").await, [""; 0]);
    nobody.get("/api/v3/search/repositories").await.expect(422);
}

#[tokio::test]
async fn one_is_deleted_by_its_owner_alone() {
    let world = World::new().await;
    world.collaborator("ada/demo", "linus", Role::Maintain).await;
    let path = "/api/v3/repos/ada/demo";
    Client::nobody(&world).ask("DELETE", path, &json!({})).await.expect(401);
    Client::of(&world, "linus").await.ask("DELETE", path, &json!({})).await.expect(403);
    let ada = Client::of(&world, "ada").await;
    ada.ask("DELETE", path, &json!({})).await.expect(204);
    ada.get(path).await.expect(404);
    ada.ask("DELETE", path, &json!({})).await.expect(404);
}

#[tokio::test]
async fn a_transfer_is_an_offer() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let path = "/api/v3/repos/ada/demo/transfer";
    let offered = ada.ask("POST", path, &json!({ "new_owner": "linus" })).await.expect(202).json();
    assert_eq!(offered["full_name"], "ada/demo");
    for (body, field) in [
        (json!({}), "new_owner"),
        (json!({ "new_owner": "nobody-here" }), "new_owner"),
        (json!({ "new_owner": "ada" }), "new_owner"),
        (json!({ "new_owner": "linus", "new_name": "other" }), "new_name"),
    ] {
        let refused = ada.ask("POST", path, &body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["field"], field, "{body}");
    }
    // Who administers the site need not ask.
    world.administrator("warden").await;
    let token = world.token_for("warden", Allow::Everything, None).await;
    let warden = Client { world: &world, token: Some(token) };
    let moved = warden.ask("POST", path, &json!({ "new_owner": "linus" })).await.expect(202).json();
    assert_eq!((&moved["full_name"], &moved["owner"]["login"]), (&json!("linus/demo"), &json!("linus")));
    ada.get("/api/v3/repos/ada/demo").await.expect(301);
}

#[tokio::test]
async fn collaborators_are_asked_seen_and_sent_away() {
    let world = World::new().await;
    let (ada, linus) = (Client::of(&world, "ada").await, Client::of(&world, "linus").await);
    let path = "/api/v3/repos/ada/secret/collaborators/linus";
    let rights = async |client: &Client<'_>| {
        let json = client.get(&format!("{path}/permission")).await.expect(200).json();
        (json["permission"].as_str().unwrap().to_owned(), json["role_name"].as_str().unwrap().to_owned())
    };
    ada.get(path).await.expect(404);
    assert_eq!(rights(&ada).await, ("none".into(), "none".into()));
    // Asked, and not there before the answer.
    ada.ask("PUT", path, &json!({ "permission": "pull" })).await.expect(204);
    ada.get(path).await.expect(404);
    ada.ask("DELETE", path, &json!({})).await.expect(204);
    ada.ask("DELETE", path, &json!({})).await.expect(404);
    world.collaborator("ada/secret", "linus", Role::Read).await;
    ada.get(path).await.expect(204);
    assert_eq!(rights(&linus).await, ("read".into(), "read".into()));
    ada.ask("PUT", path, &json!({ "permission": "maintain" })).await.expect(204);
    assert_eq!(rights(&ada).await, ("write".into(), "maintain".into()));
    linus.get("/api/v3/repos/ada/secret/collaborators/ada/permission").await.expect(403);
    for (name, body) in
        [("linus", json!({ "permission": "owner" })), ("nobody-here", json!({})), ("ada", json!({}))]
    {
        let path = format!("/api/v3/repos/ada/secret/collaborators/{name}");
        ada.ask("PUT", &path, &body).await.expect(422);
    }
    ada.ask("DELETE", path, &json!({})).await.expect(204);
    linus.get("/api/v3/repos/ada/secret").await.expect(404);
    let demo = "/api/v3/repos/ada/demo/collaborators";
    let seen = ada.get(&format!("{demo}/linus/permission")).await.expect(200).json();
    assert_eq!((&seen["permission"], &seen["user"]["login"]), (&json!("read"), &json!("linus")));
    assert_eq!(ada.get(&format!("{demo}/ada/permission")).await.json()["permission"], "admin");
    ada.get(&format!("{demo}/nobody-here/permission")).await.expect(404);
}
