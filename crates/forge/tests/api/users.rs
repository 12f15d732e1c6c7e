//! The group users.

use gitflare_forge::tokens::Allow;
use serde_json::{Value, json};

use super::{Client, with_email};
use crate::support::World;

#[tokio::test]
async fn an_account_sees_itself_whole() {
    let world = World::new().await;
    with_email(&world, "ada", "ada@example.org").await;
    let ada = Client::of(&world, "ada").await;
    let json = ada.get("/api/v3/user").await.expect(200).json();
    assert_eq!(json["login"], "ada");
    assert_eq!(json["html_url"], "http://git.example.org/ada");
    assert_eq!(json["email"], "ada@example.org");
    assert_eq!((&json["public_repos"], &json["total_private_repos"]), (&json!(1), &json!(1)));
    assert_eq!(json["created_at"], "2027-01-15T08:00:00Z");
    let emails = ada.get("/api/v3/user/emails").await.expect(200).json();
    assert_eq!(emails[0]["email"], "ada@example.org");
    assert_eq!(emails[0]["verified"], false);
    assert_eq!(ada.get("/api/v3/user/orgs").await.expect(200).json(), json!([]));
}

#[tokio::test]
async fn others_see_what_is_public() {
    let world = World::new().await;
    with_email(&world, "ada", "ada@example.org").await;
    let linus = Client::of(&world, "linus").await;
    for client in [&linus, &Client::nobody(&world)] {
        let reply = client.get("/api/v3/users/Ada").await.expect(200);
        assert!(!reply.body.contains("ada@example.org"), "{}", reply.body);
        let json = reply.json();
        assert_eq!((&json["login"], &json["public_repos"]), (&json!("ada"), &json!(1)));
        assert_eq!(json.get("total_private_repos"), None);
    }
    for name in ["nobody-here", "-"] {
        linus.get(&format!("/api/v3/users/{name}")).await.expect(404);
    }
}

#[tokio::test]
async fn a_token_that_may_not_see_the_account_sees_what_everybody_does() {
    let world = World::new().await;
    with_email(&world, "ada", "ada@example.org").await;
    let little = world.token_for("ada", Allow::parse("contents:read").unwrap(), None).await;
    let little = Client { world: &world, token: Some(little) };
    let json = little.get("/api/v3/user").await.expect(200).json();
    assert_eq!((&json["login"], &json["email"]), (&json!("ada"), &Value::Null));
    for path in ["/api/v3/user/emails", "/api/v3/user/orgs"] {
        little.get(path).await.expect(403);
    }
    little.ask("PATCH", "/api/v3/user", &json!({ "name": "A" })).await.expect(403);
}

#[tokio::test]
async fn a_profile_changes_by_what_is_given() {
    let world = World::new().await;
    let ada = Client::of(&world, "ada").await;
    let change = async |body: Value| {
        let json = ada.ask("PATCH", "/api/v3/user", &body).await.expect(200).json();
        (json["name"].clone(), json["bio"].clone())
    };
    let both = (json!("Ada Lovelace"), json!("Counts"));
    assert_eq!(change(json!({ "name": "Ada Lovelace", "bio": "Counts" })).await, both);
    assert_eq!(change(json!({ "nothing": "of ours" })).await, both);
    assert_eq!(change(json!({ "bio": null })).await, (json!("Ada Lovelace"), Value::Null));
    let too_long = json!({ "name": "x".repeat(101) });
    ada.ask("PATCH", "/api/v3/user", &too_long).await.expect(422);
}
