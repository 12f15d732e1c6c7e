//! The site's administration by its pages, and the links it gives out.

use gitflare_forge::{Role, repositories::Visibility};
use http::StatusCode;

use crate::pages::{Browser, words};
use crate::support::{PASSWORD, Reply, World};

const DAY: i64 = 86_400;

/// The path of the one link a page shows.
fn link(reply: &Reply) -> String {
    assert_eq!(
        (reply.status, reply.header("cache-control")),
        (StatusCode::OK, "no-store"),
        "{}",
        words(reply)
    );
    let text = words(reply);
    let line = text.lines().find(|line| line.starts_with("http://git.example.org/")).unwrap();
    line.trim_start_matches("http://git.example.org").to_owned()
}

async fn world() -> World {
    let world = World::new().await;
    world.administrator("warden").await;
    world
}

#[tokio::test]
async fn nobody_else_sees_that_there_is_an_administration() {
    let world = world().await;
    let mut nobody = Browser::new(&world);
    let mut ada = Browser::signed_in(&world, "ada").await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    for path in [
        "/admin",
        "/admin/users",
        "/admin/users/ada",
        "/admin/repositories",
        "/admin/registration",
        "/admin/audit",
        "/admin/jobs",
    ] {
        assert_eq!(nobody.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(ada.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(warden.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in ["/admin/users", "/admin/users/ada/suspension", "/admin/registration", "/admin/jobs"] {
        assert_eq!(ada.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(
        !ada.get("/").await.body.contains("\"/admin\"") && warden.get("/").await.body.contains("\"/admin\"")
    );
}

#[tokio::test]
async fn an_administrator_makes_accounts_without_knowing_their_passwords() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let taken = warden.post("/admin/users", &[("name", "ADA"), ("email", "")]).await;
    assert!(words(&taken).contains("is taken"));
    let made = warden.post("/admin/users", &[("name", "grace"), ("email", "grace@example.org")]).await;
    let link = link(&made);
    assert!(words(&warden.get("/admin/users?q=GRACE").await).contains("grace@example.org"));
    let mut grace = Browser::new(&world);
    let page = grace.get(&link).await;
    assert!(words(&page).contains("New password for"), "{}", words(&page));
    let token = link.split("token=").nth(1).unwrap();
    let short = grace.post("/login/reset", &[("token", token), ("password", "short")]).await;
    assert!(short.body.contains("password-error"));
    let done = grace.post("/login/reset", &[("token", token), ("password", PASSWORD)]).await;
    assert_eq!(done.header("location"), "/");
    assert!(grace.get("/settings").await.body.contains("grace"), "it signs in");
    assert_eq!(grace.get(&link).await.status, StatusCode::NOT_FOUND, "once");
    Browser::signed_in(&world, "grace").await;
}

#[tokio::test]
async fn a_reset_link_ends_sessions_expires_and_replaces_the_one_before() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    let first = link(&warden.post("/admin/users/ada/reset", &[]).await);
    let second = link(&warden.post("/admin/users/ada/reset", &[]).await);
    let mut nobody = Browser::new(&world);
    assert_eq!(nobody.get(&first).await.status, StatusCode::NOT_FOUND, "replaced");
    assert_eq!(nobody.get("/login/reset?token=guess").await.status, StatusCode::NOT_FOUND);
    let token = second.split("token=").nth(1).unwrap();
    nobody.post("/login/reset", &[("token", token), ("password", "another horse")]).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER, "signed out");
    let third = link(&warden.post("/admin/users/ada/reset", &[]).await);
    world.host.advance(DAY + 1);
    assert_eq!(Browser::new(&world).get(&third).await.status, StatusCode::NOT_FOUND, "expired");
}

#[tokio::test]
async fn a_suspended_account_may_nothing_and_its_content_stays() {
    let world = world().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    let mut warden = Browser::signed_in(&world, "warden").await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    let token = world.token("ada").await;
    warden.post("/admin/users/ada/suspension", &[]).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER);
    let fields = [("name", "ada"), ("password", PASSWORD)];
    assert_eq!(Browser::new(&world).post("/login", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let request = crate::support::info_refs("/ada/demo.git", "git-receive-pack", Some(&token));
    assert_eq!(world.send(request).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(Browser::new(&world).get("/ada/demo").await.status, StatusCode::OK);
    warden.post("/admin/users/ada/suspension", &[("_method", "DELETE")]).await;
    Browser::signed_in(&world, "ada").await;
    let own = warden.post("/admin/users/warden/suspension", &[]).await;
    assert!(words(&own).contains("cannot suspend yourself"));
}

#[tokio::test]
async fn the_office_is_given_and_taken_but_never_the_last_one() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let last = warden.post("/admin/users/warden/office", &[("_method", "DELETE")]).await;
    assert!(words(&last).contains("the only administrator"));
    warden.post("/admin/users/ada/office", &[]).await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    assert_eq!(ada.get("/admin").await.status, StatusCode::OK);
    let given_up = warden.post("/admin/users/warden/office", &[("_method", "DELETE")]).await;
    assert_eq!(given_up.header("location"), "/");
    assert_eq!(warden.get("/admin").await.status, StatusCode::NOT_FOUND);
    let log = words(&ada.get("/admin/audit?q=warden").await);
    assert!(log.contains("account.administrator") && log.contains("account.plain"), "{log}");
}

#[tokio::test]
async fn credentials_are_revoked_and_never_read() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    let token = world.token("ada").await;
    warden.post("/admin/users/ada/credentials", &[("_method", "DELETE")]).await;
    assert_eq!(ada.get("/settings").await.status, StatusCode::SEE_OTHER);
    let request = crate::support::info_refs("/ada/secret.git", "git-upload-pack", Some(&token));
    assert_eq!(world.send(request).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_invitation_link_opens_the_door_so_many_times() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let fields = [
        ("note", "the <team>"),
        ("uses", "2"),
        ("days", "7"),
        ("repository", "ada/secret"),
        ("role", "triage"),
    ];
    let path = link(&warden.post("/admin/invitations", &fields).await);
    let token = path.split("invite=").nth(1).unwrap();
    assert!(words(&warden.get("/admin/registration").await).contains("the <team>"));
    for (name, status) in
        [("one", StatusCode::SEE_OTHER), ("two", StatusCode::SEE_OTHER), ("three", StatusCode::NOT_FOUND)]
    {
        let mut guest = Browser::new(&world);
        let fields = [("invite", token), ("name", name), ("password", PASSWORD), ("email", "")];
        assert_eq!(guest.post("/signup", &fields).await.status, status, "{name}");
    }
    let role = world.standing(&world.actor("one").await, "ada/secret").await.unwrap().role;
    assert_eq!(role, Some(Role::Triage));
    assert_eq!(Browser::new(&world).get(&path).await.status, StatusCode::NOT_FOUND, "used up");

    let again = link(&warden.post("/admin/invitations", &[("uses", "1"), ("days", "1")]).await);
    assert_eq!(Browser::new(&world).get(&again).await.status, StatusCode::OK);
    let page = warden.get("/admin/registration").await;
    let action = page.body.split("action=\"/admin/invitations/").nth(1).unwrap().split('"').next().unwrap();
    warden.post(&format!("/admin/invitations/{action}"), &[("_method", "DELETE")]).await;
    assert_eq!(Browser::new(&world).get(&again).await.status, StatusCode::NOT_FOUND, "revoked");

    let third = link(&warden.post("/admin/invitations", &[("uses", "1"), ("days", "1")]).await);
    world.host.advance(DAY + 1);
    assert_eq!(Browser::new(&world).get(&third).await.status, StatusCode::NOT_FOUND, "expired");
}

#[tokio::test]
async fn bad_invitations_are_refused_with_a_sentence() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    for (fields, error) in [
        ([("uses", "0"), ("days", "7"), ("repository", "")], "1 to 1000 accounts"),
        ([("uses", "many"), ("days", "7"), ("repository", "")], "not a number"),
        ([("uses", "1"), ("days", "400"), ("repository", "")], "1 to 365 days"),
        ([("uses", "1"), ("days", "7"), ("repository", "ada/none")], "no repository ada/none"),
    ] {
        let fields = [fields.as_slice(), &[("role", "read")]].concat();
        let refused = warden.post("/admin/invitations", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(words(&refused).contains(error), "{error}: {}", words(&refused));
    }
}

#[tokio::test]
async fn registration_is_opened_and_closed_by_a_page() {
    let world = world().await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    warden.post("/admin/registration", &[("mode", "open")]).await;
    assert_eq!(Browser::new(&world).get("/signup").await.status, StatusCode::OK);
    warden.post("/admin/registration", &[("mode", "closed")]).await;
    assert_eq!(Browser::new(&world).get("/signup").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_administrator_moves_a_repository_at_once_and_sees_all_of_them() {
    let world = world().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    world.repository("linus", "hidden", Visibility::Private).await;
    let mut warden = Browser::signed_in(&world, "warden").await;
    let list = words(&warden.get("/admin/repositories").await);
    assert!(list.contains("ada/secret") && list.contains("linus/hidden"), "{list}");
    let fields = [("account", "linus"), ("confirm", "ada/secret")];
    let moved = warden.post("/ada/secret/settings/transfer", &fields).await;
    assert_eq!(moved.header("location"), "/linus/secret");
}
