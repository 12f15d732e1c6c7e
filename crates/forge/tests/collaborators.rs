//! Collaborators: roles given, changed and taken.

use gitflare_forge::{Role, access::act, collaborators, error::Kind};

use crate::support::{World, account_name};

#[tokio::test]
async fn roles_are_given_changed_and_taken() {
    let world = World::new().await;
    world.collaborator("ada/secret", "linus", Role::Read).await;
    let linus = world.actor("linus").await;
    assert_eq!(world.access_of::<act::Push>(&linus, "ada/secret").await.unwrap_err().kind, Kind::Forbidden);
    world.collaborator("ada/secret", "linus", Role::Write).await;
    assert!(world.access_of::<act::Push>(&linus, "ada/secret").await.is_ok());
    let see = world.access::<act::SeeSettings>("ada/secret").await;
    let list = collaborators::list(&world.forge, &see).await.unwrap();
    assert_eq!(
        list.iter().map(|one| (one.name.as_str(), one.role)).collect::<Vec<_>>(),
        [("linus", Role::Write)]
    );
    let manage = world.access::<act::Manage>("ada/secret").await;
    collaborators::remove(&world.forge, &manage, &account_name("linus")).await.unwrap();
    assert_eq!(world.access_of::<act::See>(&linus, "ada/secret").await.unwrap_err().kind, Kind::NotFound);
    let error = collaborators::remove(&world.forge, &manage, &account_name("linus")).await.unwrap_err();
    assert_eq!(error.message, "linus is not a collaborator");
}

#[tokio::test]
async fn the_owner_and_the_unknown_are_no_collaborators() {
    let world = World::new().await;
    let manage = world.access::<act::Manage>("ada/demo").await;
    let add = async |name| collaborators::add(&world.forge, &manage, &account_name(name), Role::Read).await;
    assert_eq!(add("ada").await.unwrap_err().message, "ada owns the repository");
    assert_eq!(add("grace").await.unwrap_err().message, "There is no account 'grace'");
    assert!(Role::parse("owner").is_err());
}
