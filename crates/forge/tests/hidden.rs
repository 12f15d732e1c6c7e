//! What is hidden cannot be told from what is missing: same status, same headers, same body.

use axum::body::Body;
use http::{Request, header};

use crate::support::{Reply, World, basic, exchange, get, info_refs};

/// The same request about a private repository and about none, with the name itself taken out.
async fn pair(world: &World, request: impl Fn(&str) -> Request<Body>) -> (Reply, Reply) {
    let neutral = |mut reply: Reply, name: &str| {
        reply.body = reply.body.replace(name, "NAME");
        for value in reply.headers.values_mut() {
            *value = value.to_str().unwrap().replace(name, "NAME").parse().unwrap();
        }
        // Of two answers no two have the same number, nor need be of the same hour.
        for name in ["content-length", "x-github-request-id", "x-ratelimit-reset"] {
            reply.headers.remove(name);
        }
        reply
    };
    let hidden = neutral(world.send(request("secret")).await, "secret");
    let missing = neutral(world.send(request("absent")).await, "absent");
    (hidden, missing)
}

#[tokio::test]
async fn over_git() {
    let world = World::new().await;
    let stranger = world.token("linus").await;
    for token in [None, Some(stranger.as_str())] {
        for service in ["git-upload-pack", "git-receive-pack"] {
            let (hidden, missing) =
                pair(&world, |name| info_refs(&format!("/ada/{name}.git"), service, token)).await;
            assert_eq!(hidden, missing, "{service}");
            assert_eq!(hidden.status.as_u16(), if token.is_some() { 404 } else { 401 });
            let (hidden, missing) = pair(&world, |name| {
                exchange(&format!("/ada/{name}"), service, token).body(Body::empty()).unwrap()
            })
            .await;
            assert_eq!(hidden, missing, "{service}");
        }
    }
}

#[tokio::test]
async fn on_pages_and_in_the_api() {
    let world = World::new().await;
    let stranger = basic(&world.token("linus").await);
    for path in [
        "/ada/NAME",
        "/ada/NAME/settings",
        "/api/v3/repos/ada/NAME",
        "/api/v3/repos/ada/NAME/collaborators",
        "/api/v3/user/starred/ada/NAME",
    ] {
        for authorization in [None, Some(&stranger)] {
            let (hidden, missing) = pair(&world, |name| {
                let mut request = get(&path.replace("NAME", name));
                if let Some(value) = authorization {
                    request = request.header(header::AUTHORIZATION, value);
                }
                request.body(Body::empty()).unwrap()
            })
            .await;
            assert_eq!(hidden, missing, "{path}");
            assert_eq!(hidden.status.as_u16(), 404, "{path}");
        }
    }
}
