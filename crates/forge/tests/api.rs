//! The API's foundation.

use axum::body::Body;
use gitflare_forge::tokens::Allow;
use http::{StatusCode, header};

use crate::support::{PASSWORD, World, basic, get};

#[tokio::test]
async fn the_user_of_a_token() {
    let world = World::new().await;
    let token = world.token("ada").await;
    for value in [basic(&token), format!("Bearer {token}"), format!("token {token}")] {
        let request = get("/api/v3/user").header(header::AUTHORIZATION, value);
        let reply = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, StatusCode::OK);
        let json = reply.json();
        assert_eq!(json["login"], "ada");
        assert_eq!(json["html_url"], "http://git.example.org/ada");
    }
    let little = world.token_for("ada", Allow::parse("contents:read").unwrap(), None).await;
    let request = get("/api/v3/user").header(header::AUTHORIZATION, basic(&little));
    assert_eq!(
        world.send(request.body(Body::empty()).unwrap()).await.json()["email"],
        serde_json::Value::Null
    );
}

#[tokio::test]
async fn errors_have_githubs_shape() {
    let world = World::new().await;
    let reply = world.get("/api/v3/user").await;
    assert_eq!(
        (reply.status, reply.json()["message"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("Requires authentication"))
    );
    for path in ["/api", "/api/", "/api/v3/nothing", "/api/v9/", "/api/v3/nothing/"] {
        let reply = world.get(path).await;
        let said = (reply.status, reply.json()["message"].as_str() == Some("Not Found"));
        assert_eq!(said, (StatusCode::NOT_FOUND, true), "{path}");
    }
    for value in [basic(PASSWORD), "Bearer nonsense".to_owned(), "Digest x".to_owned()] {
        let request = get("/api/v3/").header(header::AUTHORIZATION, value);
        let reply = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            (reply.status, reply.json()["message"].as_str()),
            (StatusCode::UNAUTHORIZED, Some("Bad credentials"))
        );
    }
}
