//! Stars.

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
    linus.ask("DELETE", star, &json!({})).await.expect(204);
    linus.get(star).await.expect(404);
    for method in ["GET", "PUT", "DELETE"] {
        linus.ask(method, "/api/v3/user/starred/ada/secret", &json!({})).await.expect(404);
        Client::nobody(&world).ask(method, star, &json!({})).await.expect(401);
    }
}
