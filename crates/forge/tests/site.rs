//! The site's settings, and the log of what was done.

use gitflare_forge::{
    Actor,
    access::{self, act},
    audit,
    site::{self, Registration},
};

use crate::support::World;

#[tokio::test]
async fn settings_have_defaults_and_take_known_values_only() {
    let world = World::empty().await;
    let see = access::site::<act::SeeSite>(&Actor::LocalAdministrator).unwrap();
    let set = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    let shown = site::show(&world.forge, &see).await.unwrap();
    assert_eq!((shown.registration, shown.url), (Registration::Closed, None));
    site::set(&world.forge, &set, "registration", "open").await.unwrap();
    site::set(&world.forge, &set, "url", "https://git.example.org/").await.unwrap();
    let shown = site::show(&world.forge, &see).await.unwrap();
    assert_eq!(
        (shown.registration, shown.url.as_deref()),
        (Registration::Open, Some("https://git.example.org"))
    );
    for (name, value) in
        [("registration", "maybe"), ("url", "git.example.org"), ("setup_token", "x"), ("x", "y")]
    {
        assert!(site::set(&world.forge, &set, name, value).await.is_err(), "{name}={value}");
    }
}

#[tokio::test]
async fn what_matters_is_in_the_audit_log() {
    let world = World::new().await;
    world.token("ada").await;
    world.collaborator("ada/demo", "linus", gitflare_forge::Role::Write).await;
    let see = access::site::<act::SeeSite>(&Actor::LocalAdministrator).unwrap();
    let entries = audit::list(&world.forge, &see).await.unwrap();
    let said: Vec<String> =
        entries.iter().map(|e| format!("{} {} {}", e.action, e.subject, e.detail)).collect();
    assert_eq!(said[..2], ["collaborator.add ada/demo linus write", "token.create ada test"]);
    assert!(entries.iter().all(|entry| entry.actor == "local administrator"));
}

#[tokio::test]
async fn an_administrators_look_into_a_private_repository_is_logged_once_an_hour() {
    let world = World::new().await;
    world.administrator("grace").await;
    let grace = world.actor("grace").await;
    let looks = async || {
        let see = access::site::<act::SeeSite>(&Actor::LocalAdministrator).unwrap();
        let entries = audit::list(&world.forge, &see).await.unwrap();
        entries
            .iter()
            .filter(|entry| entry.action == "repository.by_office" && entry.actor == "grace")
            .count()
    };
    for _ in 0..3 {
        assert!(world.access_of::<act::ReadCode>(&grace, "ada/secret").await.unwrap().by_office());
    }
    assert!(!world.access_of::<act::ReadCode>(&grace, "ada/demo").await.unwrap().by_office());
    assert_eq!(looks().await, 1);
    world.host.advance(3601);
    world.access_of::<act::ReadCode>(&grace, "ada/secret").await.unwrap();
    assert_eq!(looks().await, 2);
}
