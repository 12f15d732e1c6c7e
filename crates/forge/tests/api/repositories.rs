//! The group repositories.

use gitflare_forge::{Role, repositories::Visibility, tokens::Allow};
use serde_json::json;

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
