//! People: their profiles, names, stars, what they are asked, and their leaving.

use gitflare_forge::{Role, repositories::Visibility};
use http::StatusCode;

use crate::pages::{Browser, words};
use crate::support::{PASSWORD, World};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_profile_says_what_its_owner_wrote() {
    let world = World::new().await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    let fields = [("full_name", "Ada <Lovelace>"), ("bio", "Notes on engines.\nAnd \"flowers\".")];
    assert_eq!(ada.post("/settings", &fields).await.header("location"), "/settings?done=profile");
    let page = Browser::new(&world).get("/ada").await;
    assert!(words(&page).contains("Ada <Lovelace>"), "{}", words(&page));
    assert!(words(&page).contains("And \"flowers\"."), "{}", words(&page));
    let edit = ada.get("/settings").await;
    assert!(edit.body.contains("value=\"Ada &lt;Lovelace&gt;\""));
    let long = "x".repeat(301);
    for (fields, id) in [
        ([("full_name", "a\u{202E}b"), ("bio", "")], "full_name-error"),
        ([("full_name", ""), ("bio", long.as_str())], "bio-error"),
    ] {
        let refused = ada.post("/settings", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(id), "{id}");
    }
}

#[tokio::test]
async fn lists_are_searched_sorted_and_paged() {
    let world = World::new().await;
    for n in 0..35 {
        world.repository("linus", &format!("many{n:02}"), Visibility::Public).await;
    }
    let mut linus = Browser::signed_in(&world, "linus").await;
    linus.post("/linus/many07/star", &[]).await;
    let first = linus.get("/linus?sort=name").await;
    assert!(first.body.contains("linus/many00") && !first.body.contains("linus/many30"));
    assert!(first.body.contains("href=\"/linus?sort=name&amp;page=2\""), "{}", first.body);
    let second = linus.get("/linus?sort=name&page=2").await;
    assert!(second.body.contains("linus/many34") && second.body.contains("href=\"/linus?sort=name\""));
    let starred = linus.get("/linus?sort=stars").await;
    let titles = starred.body.split("class=\"title\"").nth(1).unwrap();
    assert!(titles.contains("linus/many07"), "{titles}");
    let found = linus.get("/linus?q=MANY1").await;
    assert_eq!(found.body.matches("class=\"title\"").count(), 10);
    assert!(words(&linus.get("/explore?q=%25").await).contains("Nothing matches"), "a sign is no wildcard");
    assert!(!words(&linus.get("/explore?q=secret").await).contains("ada/secret"));
    let mut ada = Browser::signed_in(&world, "ada").await;
    assert!(words(&ada.get("/ada?type=private").await).contains("ada/secret"));
    assert!(!words(&ada.get("/ada?type=public").await).contains("ada/secret"));
    assert_eq!(linus.get("/explore?page=-1&sort=%3Cscript%3E&type=x").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_star_is_given_once_and_taken_back() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    let mut linus = Browser::signed_in(&world, "linus").await;
    for _ in 0..2 {
        assert_eq!(linus.post("/ada/demo/star", &[]).await.header("location"), "/ada/demo");
    }
    let page = linus.get("/ada/demo").await;
    assert!(words(&page).contains("Starred\n1"), "{}", words(&page));
    assert!(words(&linus.get("/linus?tab=stars").await).contains("ada/demo"));
    assert_eq!(linus.post("/ada/secret/star", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(Browser::new(&world).post("/ada/demo/star", &[]).await.status, StatusCode::UNAUTHORIZED);
    linus.post("/ada/demo/star", &[("_method", "DELETE"), ("next", "//evil.example")]).await;
    assert!(words(&linus.get("/ada/demo").await).contains("Star\n0"));
}

#[tokio::test]
async fn an_account_is_renamed_and_the_old_name_leads_to_it() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    let mut ada = Browser::signed_in(&world, "ada").await;
    for (name, error) in [("linus", "is taken"), ("settings", "is reserved"), ("-a", "begins and ends")] {
        let refused = ada.post("/settings/account/name", &[("name", name)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(words(&refused).contains(error), "{}", words(&refused));
    }
    let done = ada.post("/settings/account/name", &[("name", "countess")]).await;
    assert_eq!(done.header("location"), "/settings/account?done=name");
    let mut nobody = Browser::new(&world);
    assert_eq!(nobody.get("/ada").await.header("location"), "/countess");
    assert_eq!(nobody.get("/ada/demo").await.header("location"), "/countess/demo");
    assert_eq!(nobody.get("/countess/demo").await.status, StatusCode::OK);
    let fields = [("name", "ada"), ("password", PASSWORD)];
    assert_eq!(nobody.post("/login", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // A stranger may have the name only after it has rested.
    let mut linus = Browser::signed_in(&world, "linus").await;
    let refused = linus.post("/settings/account/name", &[("name", "Ada")]).await;
    assert!(words(&refused).contains("is taken"));
    // Its owner may come back to it at any time.
    ada.post("/settings/account/name", &[("name", "Ada")]).await;
    assert_eq!(nobody.get("/countess/demo").await.header("location"), "/Ada/demo");
    ada.post("/settings/account/name", &[("name", "countess")]).await;
    world.host.advance(91 * DAY);
    let mut linus = Browser::signed_in(&world, "linus").await;
    assert_eq!(linus.post("/settings/account/name", &[("name", "ada")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(nobody.get("/ada/demo").await.status, StatusCode::NOT_FOUND, "the redirect has ended");
}

#[tokio::test]
async fn the_address_changes_with_the_password() {
    let world = World::new().await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    let wrong = [("email", "ada@example.org"), ("current", "wrong password")];
    let refused = ada.post("/settings/account/email", &wrong).await;
    assert!(words(&refused).contains("not your current password"));
    let right = [("email", "ada@example.org"), ("current", PASSWORD)];
    assert_eq!(ada.post("/settings/account/email", &right).await.status, StatusCode::SEE_OTHER);
    let fields = [("name", "Ada@Example.org"), ("password", PASSWORD)];
    assert_eq!(Browser::new(&world).post("/login", &fields).await.status, StatusCode::SEE_OTHER);
    let mut linus = Browser::signed_in(&world, "linus").await;
    let taken = linus.post("/settings/account/email", &right).await;
    assert!(words(&taken).contains("is in use"), "{}", words(&taken));
}

#[tokio::test]
async fn a_deleted_account_takes_its_repositories_along_and_its_name_rests() {
    let world = World::new().await;
    world.repository("linus", "kernel", Visibility::Public).await;
    world.collaborator("ada/demo", "linus", Role::Write).await;
    let mut linus = Browser::signed_in(&world, "linus").await;
    let token = world.token("linus").await;
    linus.post("/ada/demo/star", &[]).await;
    let path = "/settings/account";
    for fields in [
        [("_method", "DELETE"), ("confirm", "ada"), ("password", PASSWORD)],
        [("_method", "DELETE"), ("confirm", "linus"), ("password", "wrong password")],
    ] {
        assert_eq!(linus.post(path, &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut other = Browser::signed_in(&world, "linus").await;
    let gone = linus.post(path, &[("_method", "DELETE"), ("confirm", "linus"), ("password", PASSWORD)]).await;
    assert_eq!((gone.status, gone.header("location")), (StatusCode::SEE_OTHER, "/"));
    let mut nobody = Browser::new(&world);
    for path in ["/linus", "/linus/kernel", "/ghost"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(other.get("/settings").await.status, StatusCode::SEE_OTHER, "signed out everywhere");
    assert_eq!(world.host.erased.lock().unwrap().len(), 1);
    let request = crate::support::info_refs("/ada/secret.git", "git-upload-pack", Some(&token));
    assert_eq!(world.send(request).await.status, StatusCode::UNAUTHORIZED);
    assert!(!words(&Browser::signed_in(&world, "ada").await.get("/ada").await).contains("1\nstar"));
    let fields = [("name", "linus"), ("password", PASSWORD)];
    assert_eq!(nobody.post("/login", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let access = gitflare_forge::access::site(&gitflare_forge::Actor::LocalAdministrator).unwrap();
    let again = gitflare_forge::accounts::NewAccount {
        name: "Linus",
        email: None,
        password: PASSWORD,
        administrator: false,
    };
    assert!(gitflare_forge::accounts::add(&world.forge, &access, again).await.is_err());
    world.host.advance(91 * DAY);
    assert!(gitflare_forge::accounts::add(&world.forge, &access, again).await.is_ok());
}

#[tokio::test]
async fn the_last_administrator_cannot_leave() {
    let world = World::new().await;
    world.administrator("warden").await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let fields = [("_method", "DELETE"), ("confirm", "warden"), ("password", PASSWORD)];
    let refused = warden.post("/settings/account", &fields).await;
    assert!(words(&refused).contains("the only administrator"), "{}", words(&refused));
}

#[tokio::test]
async fn who_is_invited_answers_first() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    let mut ada = Browser::signed_in(&world, "ada").await;
    let mut linus = Browser::signed_in(&world, "linus").await;
    let invite = "/ada/secret/settings/collaborators";
    ada.post(invite, &[("account", "linus"), ("role", "write")]).await;
    assert_eq!(linus.get("/ada/secret").await.status, StatusCode::NOT_FOUND, "asked is not in");
    assert!(words(&ada.get("/ada/secret/settings").await).contains("Invited"));
    let page = linus.get("/").await;
    assert!(words(&page).contains("ada/secret"), "{}", words(&page));
    let action = page.body.split("action=\"/invitations/").nth(1).unwrap().split('"').next().unwrap();
    let answer = format!("/invitations/{action}");
    assert_eq!(ada.post(&answer, &[]).await.status, StatusCode::NOT_FOUND, "somebody else's");
    assert_eq!(linus.post(&answer, &[]).await.header("location"), "/ada/secret");
    assert_eq!(linus.get("/ada/secret").await.status, StatusCode::OK);
    assert_eq!(linus.post(&answer, &[]).await.status, StatusCode::NOT_FOUND, "answered already");
    // Who has a role gets another one at once.
    ada.post(invite, &[("account", "linus"), ("role", "admin")]).await;
    assert_eq!(linus.get("/ada/secret/settings").await.status, StatusCode::OK);

    ada.post("/ada/demo/settings/collaborators", &[("account", "linus"), ("role", "write")]).await;
    let page = linus.get("/invitations").await;
    let action = page.body.split("action=\"/invitations/").nth(1).unwrap().split('"').next().unwrap();
    let declined = linus.post(&format!("/invitations/{action}"), &[("_method", "DELETE")]).await;
    assert_eq!(declined.header("location"), "/invitations?done=declined");
    assert!(!words(&ada.get("/ada/demo/settings").await).contains("linus"));
}

#[tokio::test]
async fn a_repository_moves_when_its_new_owner_says_so() {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    let mut ada = Browser::signed_in(&world, "ada").await;
    let mut linus = Browser::signed_in(&world, "linus").await;
    let fields = [("account", "linus"), ("confirm", "ada/secret")];
    let asked = ada.post("/ada/secret/settings/transfer", &fields).await;
    assert_eq!(asked.header("location"), "/ada/secret/settings?done=transfer");
    assert_eq!(ada.get("/ada/secret").await.status, StatusCode::OK, "nothing has moved yet");
    world.repository("linus", "Secret", Visibility::Private).await;
    let page = linus.get("/invitations").await;
    let action = page.body.split("action=\"/invitations/").nth(1).unwrap().split('"').next().unwrap();
    let answer = format!("/invitations/{action}");
    let taken = linus.post(&answer, &[]).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    assert!(words(&taken).contains("exists already"), "{}", words(&taken));
    linus.post("/linus/Secret/settings/name", &[("name", "other")]).await;
    assert_eq!(linus.post(&answer, &[]).await.header("location"), "/linus/secret");
    assert_eq!(linus.get("/linus/secret/settings").await.status, StatusCode::OK);
    assert_eq!(
        ada.get("/ada/secret").await.header("location"),
        "/linus/secret",
        "the old address leads there"
    );
    assert_eq!(ada.get("/linus/secret").await.status, StatusCode::OK, "who gave it away may still push");
    assert_eq!(ada.get("/linus/secret/settings").await.status, StatusCode::FORBIDDEN);
    assert_eq!(Browser::new(&world).get("/ada/secret").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn topics_and_a_website_are_shown_and_lead_to_others_of_their_kind() {
    let world = World::new().await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    let form = "/ada/demo/settings/description";
    let said = |website: &'static str, topics: &'static str| {
        [("description", "Weaves"), ("website", website), ("topics", topics)]
    };
    for (website, topics, wrong) in [
        ("javascript:alert(1)", "rust", "A website is an address"),
        ("https://example.org", "c++", "A topic has 1 to 50 letters"),
    ] {
        *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
        let page = ada.post(form, &said(website, topics)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body.contains(wrong), "{}", page.body);
        assert!(page.body.contains(&format!("value=\"{website}\"")), "{}", page.body);
    }
    let saved = ada.post(form, &said("https://example.org/", "Rust, git")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    ada.post("/ada/secret/settings/description", &said("", "rust")).await;
    assert!(ada.get("/ada/demo/settings").await.body.contains("value=\"rust git\""));
    let home = world.get("/ada/demo").await.body;
    assert!(home.contains("href=\"/explore?topic=rust\""), "{home}");
    assert!(
        home.contains("href=\"https://example.org/\" rel=\"nofollow noopener ugc\">example.org<"),
        "{home}"
    );
    let listed = world.get("/explore?topic=rust").await.body;
    assert!(listed.contains("/ada/demo") && !listed.contains("ada/secret"), "{listed}");
    assert!(
        listed.contains("name=\"topic\" value=\"rust\"") && listed.contains("href=\"/explore\">Show all")
    );
    assert!(ada.get("/explore?topic=rust").await.body.contains("ada/secret"));
    assert!(!world.get("/explore?topic=go").await.body.contains("href=\"/ada/demo\""));
}
