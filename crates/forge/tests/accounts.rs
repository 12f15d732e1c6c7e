//! Accounts: names, passwords, registration.

use gitflare_forge::{
    Actor,
    access::{self, act},
    accounts::{self, NewAccount},
    error::Kind,
    http::Client,
    sessions, site,
};

use crate::support::{PASSWORD, World, account_name};

fn new(name: &str) -> NewAccount<'_> {
    NewAccount { name, email: None, password: PASSWORD, administrator: false }
}

#[tokio::test]
async fn names_are_unique_in_any_case_and_reserved_ones_refused() {
    let world = World::new().await;
    let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    let add = async |name| accounts::add(&world.forge, &access, new(name)).await;
    let taken = add("ADA").await.unwrap_err();
    assert_eq!((taken.kind, taken.field), (Kind::Conflict, Some("name")));
    assert_eq!(taken.message, "The name 'ADA' is taken");
    assert_eq!(add("Settings").await.unwrap_err().message, "The name 'Settings' is reserved");
    assert_eq!(add("Grace").await.unwrap().name.as_str(), "Grace");
    let found = accounts::find(&world.forge, &account_name("gRACE")).await.unwrap();
    assert_eq!(found.unwrap().name.as_str(), "Grace");
    let see = access::site::<act::SeeSite>(&Actor::LocalAdministrator).unwrap();
    let names: Vec<String> =
        accounts::list(&world.forge, &see, "", 9).await.unwrap().iter().map(|a| a.name.to_string()).collect();
    assert_eq!(names, ["ada", "Grace", "linus"]);
    let after = accounts::list(&world.forge, &see, "Ada", 1).await.unwrap();
    assert_eq!(after.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Grace"]);
}

#[tokio::test]
async fn bad_values_are_refused_with_a_sentence() {
    let world = World::empty().await;
    let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    let add = async |new| accounts::add(&world.forge, &access, new).await.unwrap_err().message;
    assert_eq!(
        add(NewAccount { password: "short", ..new("ada") }).await,
        "A password has 8 to 128 characters"
    );
    assert_eq!(add(NewAccount { email: Some("ada"), ..new("ada") }).await, "This is not an e-mail address");
    assert_eq!(add(new("-ada")).await, "An account name begins and ends with a letter or digit");
}

#[tokio::test]
async fn an_address_belongs_to_one_account() {
    let world = World::empty().await;
    let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    let email = Some("ada@example.org");
    accounts::add(&world.forge, &access, NewAccount { email, ..new("ada") }).await.unwrap();
    let email = Some("Ada@Example.org");
    let error = accounts::add(&world.forge, &access, NewAccount { email, ..new("linus") }).await.unwrap_err();
    assert_eq!(error.field, Some("email"));
    assert!(accounts::find(&world.forge, &account_name("linus")).await.unwrap().is_none());
}

#[tokio::test]
async fn registration_is_closed_until_it_is_opened() {
    let world = World::new().await;
    let error = accounts::register(&world.forge, new("grace"), None, &Client::default()).await.unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden);
    let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    site::set(&world.forge, &access, "registration", "open").await.unwrap();
    let greedy = NewAccount { administrator: true, ..new("grace") };
    let account = accounts::register(&world.forge, greedy, None, &Client::default()).await.unwrap();
    assert!(!account.administrator, "nobody registers as an administrator");
    let client = Client { address: Some([192, 0, 2, 1].into()), agent: String::new() };
    let mut limited = 0;
    for n in 0..8 {
        let registered = accounts::register(&world.forge, new(&format!("grace{n}")), None, &client).await;
        limited += i32::from(registered.is_err_and(|error| error.kind == Kind::Limited));
    }
    assert_eq!(limited, 2, "one address makes few accounts");
}

#[tokio::test]
async fn another_password_ends_the_sessions() {
    let world = World::new().await;
    let client = Client::default();
    let signed_in = sessions::sign_in(&world.forge, "ada", PASSWORD, &client).await.unwrap();
    let access =
        access::account(&world.forge, &Actor::LocalAdministrator, &account_name("ada")).await.unwrap();
    accounts::set_password(&world.forge, &access, "another horse").await.unwrap();
    assert!(sessions::sign_in(&world.forge, "ada", PASSWORD, &client).await.is_err());
    assert!(sessions::sign_in(&world.forge, "ADA", "another horse", &client).await.is_ok());
    let see = access::own::<act::SeeAccount>(&world.actor("ada").await).unwrap();
    let left = sessions::list(&world.forge, &see).await.unwrap();
    let old = gitflare_forge::secret::hash(&signed_in.cookie_value);
    assert!(left.iter().all(|session| session.hash != old));
}
