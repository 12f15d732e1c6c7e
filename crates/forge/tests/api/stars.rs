//! Stars.

use axum::body::Body;
use serde_json::json;

use super::{Client, every};
use crate::support::World;

#[tokio::test]
async fn given_seen_and_taken_back() {
    let world = World::new().await;
    let linus = Client::of(&world, "linus").await;
    let star = "/api/v3/user/starred/ada/demo";
    assert_eq!(linus.get("/api/v3/user/starred").await.expect(200).json(), json!([]));
    linus.get(star).await.expect(404);
    linus.ask("PUT", star, &json!({})).await.expect(204);
    linus.get(star).await.expect(204);
    let listed = linus.get("/api/v3/user/starred").await.expect(200).json();
    assert_eq!(every(&listed, "full_name"), ["ada/demo"]);
    assert_eq!(listed[0]["stargazers_count"], 1);
    let accept = "application/vnd.github.v3.star+json";
    let dated =
        linus.send(linus.request("GET", "/api/v3/user/starred").header("accept", accept), Body::empty());
    let dated = dated.await.expect(200);
    assert_eq!(dated.header("x-github-media-type"), "github.v3; param=star; format=json");
    assert_eq!(dated.json()[0]["starred_at"], "2027-01-15T08:00:00Z");
    assert_eq!(dated.json()[0]["repo"]["full_name"], "ada/demo");
    linus.ask("DELETE", star, &json!({})).await.expect(204);
    linus.get(star).await.expect(404);
    for method in ["GET", "PUT", "DELETE"] {
        linus.ask(method, "/api/v3/user/starred/ada/secret", &json!({})).await.expect(404);
        Client::nobody(&world).ask(method, star, &json!({})).await.expect(401);
    }
}
