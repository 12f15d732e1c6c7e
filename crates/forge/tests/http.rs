//! What every request passes: origin, forged requests, security headers.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use gitflare_forge::{Peer, Settings, http::Client, http::Origin, secret, sessions};
use http::{Request, StatusCode, header};

use crate::support::{PASSWORD, World, form, get};

fn origin(world: &World, request: http::request::Builder, trusted: bool) -> String {
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    parts.extensions.insert(Peer { address: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), trusted });
    Origin::of(&world.forge, &parts).url("")
}

#[tokio::test]
async fn forwarded_headers_count_from_listed_proxies_only() {
    let world = World::empty().await;
    let sent = || {
        Request::get("/")
            .header(header::HOST, "inside:8420")
            .header("x-forwarded-proto", "https")
            .header("x-forwarded-host", "git.example.org")
    };
    assert_eq!(origin(&world, sent(), false), "http://inside:8420");
    assert_eq!(origin(&world, sent(), true), "https://git.example.org");
    // Most proxies pass on what the client put there.
    let passed_on = sent().header("forwarded", "for=\"[2001:db8::1]:9\";proto=http;host=evil.example.org");
    assert_eq!(origin(&world, passed_on, true), "https://git.example.org");
    assert_eq!(origin(&world, Request::get("/").header(header::HOST, "a\"b"), false), "http://localhost");
    let fixed =
        World::with(Settings { url: Some("https://code.example.org".into()), ..Settings::default() }).await;
    assert_eq!(origin(&fixed, sent(), true), "https://code.example.org");
}

#[tokio::test]
async fn the_client_is_who_the_listed_proxy_says() {
    let (mut parts, ()) =
        Request::get("/").header("x-forwarded-for", "203.0.113.9, 192.0.2.7").body(()).unwrap().into_parts();
    let proxy = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    parts.extensions.insert(Peer { address: proxy, trusted: false });
    assert_eq!(Client::of(&parts).address, proxy);
    parts.extensions.insert(Peer { address: proxy, trusted: true });
    assert_eq!(Client::of(&parts).address.unwrap().to_string(), "192.0.2.7");
}

#[tokio::test]
async fn healthz_answers() {
    let world = World::empty().await;
    let reply = world.get("/healthz").await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "ok\n"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

/// Whether a POST passes the guard, and finds that nothing takes it.
async fn post(world: &World, headers: &[(&str, &str)], body: &str) -> bool {
    let mut request = form("/no-such-page-here");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await.status != StatusCode::FORBIDDEN
}

#[tokio::test]
async fn forged_requests_are_refused() {
    let world = World::new().await;
    let client = Client::default();
    let secret = sessions::sign_in(&world.forge, "ada", PASSWORD, &client).await.unwrap().cookie_value;
    let cookie = format!("theme=dark; session={secret}");
    let good = format!("a=b&_token={}", secret::derive(&secret, "form"));
    let (passed, refused) = (true, false);

    assert_eq!(post(&world, &[], "").await, passed, "a script without cookie");
    assert_eq!(post(&world, &[("cookie", &cookie)], &good).await, refused, "a cookie and no word where from");
    for site in ["same-origin", "none"] {
        assert_eq!(
            post(&world, &[("cookie", &cookie), ("sec-fetch-site", site)], &good).await,
            passed,
            "{site}"
        );
    }
    for site in ["same-site", "cross-site"] {
        assert_eq!(post(&world, &[("sec-fetch-site", site)], &good).await, refused, "{site}");
    }
    let own = ("origin", "http://git.example.org");
    assert_eq!(post(&world, &[("cookie", &cookie), own], &good).await, passed);
    for other in ["http://evil.example", "null", "http://git.example.org.evil.example"] {
        assert_eq!(post(&world, &[("origin", other)], "").await, refused, "{other}");
    }
    for bad in ["", "_token=", "_token=x", "x_token=1"] {
        assert_eq!(post(&world, &[("cookie", &cookie), own], bad).await, refused, "{bad}");
    }
    assert_eq!(
        post(&world, &[("cookie", "session=unknown"), own], "").await,
        passed,
        "nobody is signed in by it"
    );
}

#[tokio::test]
async fn a_page_that_is_not_there_is_sealed_html() {
    let world = World::new().await;
    let reply = world.get("/no-such-page-here").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.header("content-type").starts_with("text/html"));
    insta::assert_snapshot!(sealed(&reply), @r"
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types gitflare
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    origin-agent-cluster: ?1
    permissions-policy: camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    let json = world.send(
        get("/no-such-page-here").header(header::ACCEPT, "application/json").body(Body::empty()).unwrap(),
    );
    assert_eq!(json.await.json()["message"], "Not Found");
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there() {
    let world =
        World::with(Settings { url: Some("https://git.example.org".into()), ..Settings::default() }).await;
    let reply = world.get("/no-such-page-here").await;
    assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
}

fn sealed(reply: &crate::support::Reply) -> String {
    let mut lines: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| {
            !["content-type", "content-length", "vary", "cache-control", "allow"].contains(&name.as_str())
        })
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    lines.join("\n")
}
