//! Tokens: made, listed, used, revoked, expired.

use gitflare_forge::{
    Actor,
    access::{self, act},
    error::Kind,
    http::Client,
    names::FullName,
    repositories::Visibility,
    tokens::{self, Allow, NewToken},
};

use crate::support::{World, account_name};

fn new(allow: Allow) -> NewToken {
    NewToken { name: "laptop".into(), allow, repositories: None, lasts: None }
}

#[tokio::test]
async fn a_token_is_shown_once_and_stands_for_its_owner() {
    let world = World::new().await;
    let access =
        access::account(&world.forge, &Actor::LocalAdministrator, &account_name("ada")).await.unwrap();
    let created = tokens::create(&world.forge, &access, new(Allow::EverythingButSite)).await.unwrap();
    assert!(tokens::is_well_formed(&created.token));
    let actor = tokens::verify(&world.forge, &created.token, &Client::default()).await.unwrap();
    assert_eq!(actor.account().unwrap().name.as_str(), "ada");
    assert!(!actor.is_administrator());

    let see = access::account(&world.forge, &Actor::LocalAdministrator, &account_name("ada")).await.unwrap();
    let listed = tokens::list(&world.forge, &see).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id, listed[0].name.as_str()), (created.id, "laptop"));
    assert_eq!(listed[0].used_at, Some(1_800_000_000));

    tokens::revoke(&world.forge, &access, created.id).await.unwrap();
    assert!(
        tokens::verify(&world.forge, &created.token, &Client::default()).await.is_err(),
        "revoked means now"
    );
    assert_eq!(tokens::revoke(&world.forge, &access, created.id).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn nobody_revokes_anothers_token() {
    let world = World::new().await;
    let ada = access::account(&world.forge, &Actor::LocalAdministrator, &account_name("ada")).await.unwrap();
    let created = tokens::create(&world.forge, &ada, new(Allow::Everything)).await.unwrap();
    let linus = access::own::<act::ManageAccount>(&world.actor("linus").await).unwrap();
    assert_eq!(tokens::revoke(&world.forge, &linus, created.id).await.unwrap_err().kind, Kind::NotFound);
    let site = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    assert_eq!(tokens::owner(&world.forge, &site, created.id).await.unwrap().name.as_str(), "ada");
}

#[tokio::test]
async fn a_token_expires() {
    let world = World::new().await;
    let access =
        access::account(&world.forge, &Actor::LocalAdministrator, &account_name("ada")).await.unwrap();
    let lasts = Some(90 * 86_400);
    let created =
        tokens::create(&world.forge, &access, NewToken { lasts, ..new(Allow::Everything) }).await.unwrap();
    world.host.advance(90 * 86_400 - 1);
    assert!(tokens::verify(&world.forge, &created.token, &Client::default()).await.is_ok());
    world.host.advance(1);
    assert!(tokens::verify(&world.forge, &created.token, &Client::default()).await.is_err());
}

#[tokio::test]
async fn a_token_is_for_repositories_its_owner_can_see() {
    let world = World::new().await;
    world.repository("linus", "kernel", Visibility::Private).await;
    let access =
        access::account(&world.forge, &Actor::LocalAdministrator, &account_name("ada")).await.unwrap();
    let create = async |names: &[&str]| {
        let repositories = Some(names.iter().map(|name| FullName::parse(name).unwrap()).collect());
        tokens::create(&world.forge, &access, NewToken { repositories, ..new(Allow::Everything) }).await
    };
    let error = create(&["linus/kernel"]).await.unwrap_err();
    assert_eq!(error.message, "ada cannot see a repository linus/kernel");
    let created = create(&["ada/secret", "ada/demo"]).await.unwrap();
    let actor = tokens::verify(&world.forge, &created.token, &Client::default()).await.unwrap();
    assert_eq!(actor.token().unwrap().repositories.as_ref().unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_makes_none_that_allows_more_than_itself() {
    let world = World::new().await;
    let token = world.token_for("ada", Allow::parse("account:write,contents:read").unwrap(), None).await;
    let actor = tokens::verify(&world.forge, &token, &Client::default()).await.unwrap();
    let access = access::own::<act::ManageAccount>(&actor).unwrap();
    let error = tokens::create(&world.forge, &access, new(Allow::EverythingButSite)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden);
    let less = Allow::parse("contents:read").unwrap();
    assert!(tokens::create(&world.forge, &access, new(less)).await.is_ok());
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_without_a_look_at_the_database() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let (start, _) = token.split_at(token.len() - 1);
    for bad in ["", "hunter2", "gitflare_pat_", start, &format!("{start}!")] {
        let error = tokens::verify(&world.forge, bad, &Client::default()).await.unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (Kind::Unauthenticated, "Bad credentials"), "{bad}");
    }
}
