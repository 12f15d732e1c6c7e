//! Sign-in, cookies, and limits on guessing.

use std::sync::atomic::Ordering;

use axum::body::Body;
use gitflare_forge::{
    Actor, Settings,
    access::{self, act},
    accounts::{self, NewAccount},
    error::Kind,
    http::{Client, Origin},
    secret, sessions,
};
use http::{Request, StatusCode, header};

use crate::support::{PASSWORD, World};

fn from(address: &str) -> Client {
    Client { address: Some(address.parse().unwrap()), agent: "test".into() }
}

#[tokio::test]
async fn a_known_and_an_unknown_name_are_refused_alike() {
    let world = World::new().await;
    let client = from("192.0.2.1");
    let known = sessions::sign_in(&world.forge, "ada", "wrong password", &client).await.unwrap_err();
    let unknown =
        sessions::sign_in(&world.forge, "nobody-here", "wrong password", &client).await.unwrap_err();
    assert_eq!(known, unknown);
    assert_eq!(known.kind, Kind::Unauthenticated);
    assert!(sessions::sign_in(&world.forge, " Ada ", PASSWORD, &client).await.is_ok());
}

#[tokio::test]
async fn an_address_signs_in_as_well_as_a_name() {
    let world = World::new().await;
    let client = from("192.0.2.1");
    let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    let email = Some("Grace.Hopper@Example.org");
    let new = NewAccount { name: "grace", email, password: PASSWORD, administrator: false };
    let account = accounts::add(&world.forge, &access, new).await.unwrap();
    let sign_in = async |login, password| sessions::sign_in(&world.forge, login, password, &client).await;
    for login in ["Grace.Hopper@Example.org", " grace.hopper@EXAMPLE.org ", "Grace"] {
        assert_eq!(sign_in(login, PASSWORD).await.unwrap().account, account, "{login}");
    }
    // Whether there is such an account is neither said nor measured: the dear part is done in any case.
    let hashed = || world.host.computed.load(Ordering::Relaxed);
    let before = hashed();
    let known = sign_in("grace.hopper@example.org", "wrong password").await.unwrap_err();
    assert_eq!(hashed(), before + 1);
    let unknown = sign_in("nobody@example.org", PASSWORD).await.unwrap_err();
    assert_eq!(hashed(), before + 2);
    assert_eq!((&known, known.kind), (&unknown, Kind::Unauthenticated));
    // Neither a pattern, nor nothing: ada and linus have no address.
    for login in ["%@example.org", "grace.hopper@", "@", ""] {
        assert_eq!(sign_in(login, PASSWORD).await.unwrap_err().kind, Kind::Unauthenticated, "{login}");
        world.host.advance(3601);
    }
}

#[tokio::test]
async fn after_a_few_failures_an_address_has_to_wait_twice_as_long_each_time() {
    let world = World::new().await;
    let client = from("192.0.2.1");
    let fail = async || sessions::sign_in(&world.forge, "ada", "wrong password", &client).await.unwrap_err();
    for _ in 0..6 {
        assert_eq!(fail().await.kind, Kind::Unauthenticated);
    }
    let wait = fail().await;
    assert_eq!((wait.kind, wait.retry_after), (Kind::Limited, Some(15)));
    // Waiting is for that address: ada comes in from elsewhere, and from there too once the time is over.
    assert!(sessions::sign_in(&world.forge, "ada", PASSWORD, &from("192.0.2.2")).await.is_ok());
    world.host.advance(16);
    assert_eq!(fail().await.kind, Kind::Unauthenticated);
    assert_eq!(fail().await.retry_after, Some(30));
    world.host.advance(31);
    assert!(sessions::sign_in(&world.forge, "ada", PASSWORD, &client).await.is_ok());
    assert_eq!(fail().await.kind, Kind::Unauthenticated, "a success forgives");
}

#[tokio::test]
async fn one_account_cannot_be_guessed_at_from_many_addresses() {
    let world = World::new().await;
    let mut refused = 0;
    for host in 1..40 {
        let client = from(&format!("192.0.2.{host}"));
        let error = sessions::sign_in(&world.forge, "ada", "wrong password", &client).await.unwrap_err();
        refused += i32::from(error.kind == Kind::Limited);
    }
    assert_eq!(refused, 28);
    world.host.advance(61);
    assert!(sessions::sign_in(&world.forge, "ada", PASSWORD, &from("192.0.2.99")).await.is_ok());
}

#[tokio::test]
async fn a_cookie_is_bound_to_the_host_over_tls() {
    let over_tls = sessions::cookie(&Origin::parse("https://git.example.org").unwrap(), "abc");
    assert_eq!(over_tls, "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000");
    let plain = sessions::cookie(&Origin::parse("http://127.0.0.1:8420").unwrap(), "abc");
    assert_eq!(plain, "session=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000");
    let gone = sessions::clear_cookie(&Origin::parse("http://127.0.0.1:8420").unwrap());
    assert_eq!(gone, "session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

#[tokio::test]
async fn over_tls_a_neighbours_cookie_is_nobodys_session() {
    let world =
        World::with(Settings { url: Some("https://git.example.org".into()), ..Settings::default() }).await;
    world.account("ada").await;
    let signed_in = sessions::sign_in(&world.forge, "ada", PASSWORD, &from("192.0.2.1")).await.unwrap();
    for (name, status) in [("__Host-session", StatusCode::OK), ("session", StatusCode::SEE_OTHER)] {
        let cookie = format!("{name}={}", signed_in.cookie_value);
        let request = Request::get("/settings").header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn the_secret_itself_is_stored_nowhere() {
    let world = World::new().await;
    let signed_in = sessions::sign_in(&world.forge, "ada", PASSWORD, &from("192.0.2.1")).await.unwrap();
    let database = std::fs::read(world.host.file.file().path()).unwrap();
    let mut files = vec![database];
    let wal = world.host.file.file().path().with_extension("db-wal");
    files.extend(std::fs::read(wal).ok());
    let secret = signed_in.cookie_value.as_bytes();
    assert_eq!(secret.len(), 64);
    assert!(!files.iter().any(|file| file.windows(secret.len()).any(|window| window == secret)));
    assert_ne!(secret::hash(&signed_in.cookie_value), signed_in.cookie_value);
}
