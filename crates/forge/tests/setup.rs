//! The first account.

use gitflare_forge::{
    error::Kind,
    http::{Client, Origin},
    setup::{self, NewSetup},
    site, tokens,
};

use crate::support::{PASSWORD, World};

fn origin() -> Origin {
    Origin::parse("http://127.0.0.1:8420").unwrap()
}

fn by<'a>(token: &'a str, name: &'a str) -> NewSetup<'a> {
    NewSetup { token, name, password: PASSWORD, email: "" }
}

#[tokio::test]
async fn the_link_makes_an_administrator_with_a_token_for_everything() {
    let world = World::empty().await;
    let link = world.forge.setup_link(None).await.unwrap().unwrap();
    assert_eq!(link.len(), 64);
    assert!(setup::is_open(&world.forge, &link).await.unwrap());
    assert!(!setup::is_open(&world.forge, "x").await.unwrap());
    let done = setup::complete(&world.forge, by(&link, "ada"), &origin()).await.unwrap();
    assert!(done.account.administrator);
    let actor = tokens::verify(&world.forge, &done.token, &Client::default()).await.unwrap();
    assert!(actor.is_administrator());
    assert_eq!(site::settings(&world.forge).await.unwrap().url.as_deref(), Some("http://127.0.0.1:8420"));

    assert!(!setup::is_open(&world.forge, &link).await.unwrap());
    let again = setup::complete(&world.forge, by(&link, "linus"), &origin()).await.unwrap_err();
    assert_eq!(again.kind, Kind::NotFound);
    assert_eq!(world.forge.setup_link(None).await.unwrap(), None);
    assert_eq!(world.forge.setup_link(Some("fixed")).await.unwrap(), None);
}

#[tokio::test]
async fn a_new_start_replaces_the_link_and_it_can_be_fixed_beforehand() {
    let world = World::empty().await;
    let first = world.forge.setup_link(None).await.unwrap().unwrap();
    let second = world.forge.setup_link(Some("fixed-for-a-script")).await.unwrap().unwrap();
    assert_eq!(second, "fixed-for-a-script");
    assert!(!setup::is_open(&world.forge, &first).await.unwrap());
    assert!(setup::is_open(&world.forge, &second).await.unwrap());
}

#[tokio::test]
async fn a_bad_value_leaves_the_link_open() {
    let world = World::empty().await;
    let link = world.forge.setup_link(None).await.unwrap().unwrap();
    let error = setup::complete(&world.forge, by(&link, "settings"), &origin()).await.unwrap_err();
    assert_eq!(error.field, Some("name"));
    assert!(setup::complete(&world.forge, by(&link, "ada"), &origin()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_visitors_at_once_one_wins() {
    let world = World::empty().await;
    let link = world.forge.setup_link(None).await.unwrap().unwrap();
    let tries = (0..8).map(|n| {
        let (forge, link) = (world.forge.clone(), link.clone());
        tokio::spawn(async move {
            let name = format!("ada{n}");
            setup::complete(&forge, by(&link, &name), &origin()).await.map(|done| done.account.name)
        })
    });
    let mut won = Vec::new();
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(name) => won.push(name),
            Err(error) => assert_eq!(error.kind, Kind::NotFound),
        }
    }
    assert_eq!(won.len(), 1);
}

#[tokio::test]
async fn a_setup_token_that_can_be_guessed_is_refused() {
    let world = World::empty().await;
    let error = world.forge.setup_link(Some("fifteen-letters")).await.unwrap_err();
    assert!(error.message.contains("fewer than 16 characters"), "{}", error.message);
    assert!(!setup::is_open(&world.forge, "fifteen-letters").await.unwrap());
}
