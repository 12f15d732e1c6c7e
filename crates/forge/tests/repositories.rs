//! Repositories: created, renamed, changed, deleted, and what a crash leaves.

use gitflare_forge::{
    Actor, RepositoryId, Role,
    access::{self, act},
    error::Kind,
    names::FullName,
    repositories::{self, NewRepository, State, Visibility},
};
use gitflare_port::Command;

use crate::support::{World, account_name, described, exchange};

async fn names(world: &World, actor: &Actor) -> Vec<String> {
    let list = repositories::list(&world.forge, actor).await.unwrap();
    list.iter().map(|repository| repository.full_name().to_string()).collect()
}

#[tokio::test]
async fn everybody_lists_what_they_may_see() {
    let world = World::new().await;
    world.administrator("grace").await;
    assert_eq!(names(&world, &Actor::Anonymous).await, ["ada/demo"]);
    assert_eq!(names(&world, &world.actor("linus").await).await, ["ada/demo"]);
    for who in ["ada", "grace"] {
        assert_eq!(names(&world, &world.actor(who).await).await, ["ada/secret", "ada/demo"], "{who}");
    }
    world.collaborator("ada/secret", "linus", Role::Read).await;
    let linus = world.actor("linus").await;
    assert_eq!(names(&world, &linus).await, ["ada/secret", "ada/demo"]);
    let ada = world.actor("ada").await.account().unwrap().clone();
    assert_eq!(repositories::of_owner(&world.forge, &Actor::Anonymous, &ada).await.unwrap().len(), 1);
    assert_eq!(repositories::of_owner(&world.forge, &linus, &ada).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_renamed_repository_keeps_its_id_and_its_old_name_leads_to_it() {
    let world = World::new().await;
    let before = world.access::<act::Rename>("ada/demo").await;
    let renamed = repositories::rename(&world.forge, &before, "Show").await.unwrap();
    assert_eq!((renamed.id, renamed.full_name().to_string().as_str()), (before.repository().id, "ada/Show"));
    let by_old = world.access::<act::Push>("ada/DEMO").await;
    assert!(by_old.subject().moved && by_old.repository().name.as_str() == "Show");
    // Not to change it: whoever says the old name may mean one that is long gone.
    let old = FullName::parse("ada/demo").unwrap();
    let local = Actor::LocalAdministrator;
    let refused = access::repository::<act::Delete>(&world.forge, &local, &old.owner, &old.name).await;
    let message = "The repository is called ada/Show now; say that name to change it";
    assert_eq!(refused.unwrap_err().message, message);
    assert!(!world.access::<act::See>("ada/show").await.subject().moved);
    // Back again, and to another case of the same name.
    let by_new = world.access::<act::Rename>("ada/show").await;
    repositories::rename(&world.forge, &by_new, "demo").await.unwrap();
    let back = world.access::<act::Rename>("ada/demo").await;
    assert!(!back.subject().moved);
    repositories::rename(&world.forge, &back, "Demo").await.unwrap();
    assert_eq!(world.access::<act::See>("ada/demo").await.repository().name.as_str(), "Demo");
}

#[tokio::test]
async fn a_redirect_ends_when_its_owner_uses_the_name_again() {
    let world = World::new().await;
    let access = world.access::<act::Rename>("ada/demo").await;
    let old = access.repository().id;
    repositories::rename(&world.forge, &access, "show").await.unwrap();
    let new = world.repository("ada", "demo", Visibility::Public).await;
    assert_ne!(new.id, old);
    assert_eq!(world.access::<act::See>("ada/demo").await.repository().id, new.id);
    let error =
        repositories::rename(&world.forge, &world.access("ada/show").await, "demo").await.unwrap_err();
    assert_eq!(error.message, "A repository ada/demo exists already");
    assert_eq!(world.access::<act::See>("ada/show").await.repository().id, old, "nothing of it happened");
}

#[tokio::test]
async fn a_name_is_taken_in_any_case_and_nobody_creates_under_anothers() {
    let world = World::new().await;
    let ada = world.actor("ada").await;
    let namespace = async |actor: &Actor, owner: &str| {
        gitflare_forge::access::namespace::<act::CreateRepository>(&world.forge, actor, &account_name(owner))
            .await
    };
    let access = namespace(&ada, "ada").await.unwrap();
    let new = |name| NewRepository { name, description: "", visibility: Visibility::Public };
    let error = repositories::create(&world.forge, &access, new("DEMO")).await.unwrap_err();
    assert_eq!((error.kind, error.field), (Kind::Conflict, Some("name")));
    assert_eq!(
        repositories::create(&world.forge, &access, new("a b")).await.unwrap_err().kind,
        Kind::Invalid
    );
    assert_eq!(namespace(&ada, "linus").await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(namespace(&Actor::Anonymous, "ada").await.unwrap_err().kind, Kind::Unauthenticated);
}

#[tokio::test]
async fn settings_change_by_their_own_rights() {
    let world = World::new().await;
    let forge = &world.forge;
    repositories::describe(forge, &world.access("ada/demo").await, described(" a demo ")).await.unwrap();
    repositories::set_visibility(forge, &world.access("ada/demo").await, Visibility::Private).await.unwrap();
    repositories::set_default_branch(forge, &world.access("ada/demo").await, "trunk").await.unwrap();
    repositories::set_archived(forge, &world.access("ada/demo").await, true).await.unwrap();
    let repository = world.access::<act::See>("ada/demo").await.repository().clone();
    assert_eq!(repository.description, "a demo");
    assert_eq!(repository.default_branch, "trunk");
    assert!(repository.is_private() && repository.archived);
    let set_head = world.host.commands.lock().unwrap().iter().any(|(id, command)| {
        *id == repository.id && matches!(command, Command::SetHead { name, .. } if name == "refs/heads/trunk")
    });
    assert!(set_head);
    let error = world.access_of::<act::Describe>(&world.actor("ada").await, "ada/demo").await.unwrap_err();
    assert_eq!(error.message, "The repository is archived and read-only");
    let bad =
        repositories::set_default_branch(forge, &world.access("ada/secret").await, "-x").await.unwrap_err();
    assert_eq!(bad.kind, Kind::Invalid);
}

#[tokio::test]
async fn a_deleted_repository_is_gone_and_its_name_free() {
    let world = World::new().await;
    world.collaborator("ada/demo", "linus", Role::Write).await;
    world.token_for("linus", gitflare_forge::tokens::Allow::Everything, Some(&["ada/demo"])).await;
    let access = world.access::<act::Delete>("ada/demo").await;
    let id = access.repository().id;
    repositories::delete(&world.forge, &access).await.unwrap();
    assert_eq!(*world.host.erased.lock().unwrap(), [id]);
    let local = Actor::LocalAdministrator;
    assert_eq!(world.access_of::<act::See>(&local, "ada/demo").await.unwrap_err().kind, Kind::NotFound);
    let again = world.repository("ada", "demo", Visibility::Public).await;
    assert_ne!(again.id, id, "an id is not used again");
}

/// As a push that creates leaves it when its process dies.
async fn begun(world: &World, name: &str) -> RepositoryId {
    let token = world.token("ada").await;
    let request = exchange(&format!("/ada/{name}.git"), "git-receive-pack", Some(&token));
    world.grant(request.body(axum::body::Body::empty()).unwrap()).await.id
}

#[tokio::test]
async fn what_a_crash_left_half_made_is_finished_or_taken_away() {
    let world = World::new().await;
    let (empty, full) = (begun(&world, "empty").await, begun(&world, "full").await);
    world.host.refs.lock().unwrap().insert(full, 1);
    assert_eq!(repositories::recover(&world.forge, 3600).await.unwrap(), 0, "not while it may still go on");
    assert_eq!(repositories::recover(&world.forge, 0).await.unwrap(), 2);
    assert_eq!(*world.host.erased.lock().unwrap(), [empty]);
    let standing = world.standing(&Actor::Anonymous, "ada/full").await.unwrap();
    assert_eq!(standing.repository.state, State::Active);
    assert!(world.standing(&Actor::Anonymous, "ada/empty").await.is_none());
    assert_eq!(repositories::recover(&world.forge, 0).await.unwrap(), 0);
}
