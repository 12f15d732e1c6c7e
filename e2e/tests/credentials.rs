//! What opens a repository to git: a token, and nothing else.

use crate::support::{
    PASSWORD, Request, User, World,
    accounts::url,
    wire::{self, UPLOAD, advertisement},
};

fn pushed(world: &World, name: &str) -> (User, String) {
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url(name)]);
    (ada, work.id("main"))
}

/// The reference system ignored a token silently unless the user name was the owner's.
#[test]
fn a_token_is_the_password_of_any_user_name() {
    let world = World::new();
    let (ada, tip) = pushed(&world, "demo");
    let authority = world.site.authority();
    for user in [ada.name.as_str(), "x-access-token", "git", "oauth2", "no%20such%40user"] {
        let url = format!("http://{user}:{}@{authority}/{}.git", ada.token, ada.full("demo"));
        assert_eq!(world.git(["ls-remote", &url, "main"])[..40], tip, "{user}");
    }
    // Where tools put it as the user name, and elsewhere.
    let as_name = format!("http://{}:x-oauth-basic@{authority}/{}.git", ada.token, ada.full("demo"));
    assert_eq!(world.git(["ls-remote", &as_name, "main"])[..40], tip);
    for value in [format!("Bearer {}", ada.token), format!("token {}", ada.token)] {
        let header = format!("http.extraHeader=Authorization: {value}");
        let plain = world.site.url(&format!("/{}.git", ada.full("demo")));
        assert_eq!(world.git(["-c", &header, "ls-remote", &plain, "main"])[..40], tip);
    }
}

#[test]
fn a_bad_token_is_refused_on_public_repositories_too() {
    let world = World::new();
    let (ada, _) = pushed(&world, "demo");
    ada.publish("demo");
    world.site.send(&advertisement(&ada.full("demo"), UPLOAD)).expect(200);
    let mut wrong = ada.token.clone();
    let last = wrong.pop().unwrap();
    wrong.push(if last == 'a' { 'b' } else { 'a' });
    for value in [wrong.as_str(), "gitflare_pat_", "gitflare_pat_0000"] {
        let reply = world.site.send(&advertisement(&ada.full("demo"), UPLOAD).token(value)).expect(401);
        assert_eq!(reply.header("www-authenticate"), Some("Basic realm=\"Gitflare\""));
        assert!(reply.text().contains("The token is not valid, or has expired"), "{}", reply.text());
    }
    for value in ["Basic", "Basic %%%", "Digest x", "Bearer"] {
        let request = advertisement(&ada.full("demo"), UPLOAD).header("Authorization", value);
        world.site.send(&request).expect(401);
    }
    // Stock git shows what it knows only when it is asked; a tool that says it at once is refused at once.
    let header = format!("http.extraHeader=Authorization: Bearer {wrong}");
    let plain = world.site.url(&format!("/{}.git", ada.full("demo")));
    world.git(["ls-remote", &plain]);
    world.git_fails(["-c", &header, "ls-remote", &plain]);
}

#[test]
fn a_password_is_refused_with_advice() {
    let world = World::new();
    let (ada, _) = pushed(&world, "demo");
    let request = advertisement(&ada.full("demo"), UPLOAD).basic(&ada.name, PASSWORD);
    let reply = world.site.send(&request).expect(401);
    let place = world.site.url("/settings/tokens");
    let advice =
        format!("Git takes a token, not a password: make one at {place} and use it as the password\n");
    assert_eq!(reply.text(), advice);
    let password = PASSWORD.replace(' ', "%20");
    let said = world.git_fails([
        "ls-remote",
        &format!("http://{}:{password}@{}/{}.git", ada.name, world.site.authority(), ada.full("demo")),
    ]);
    assert!(said.contains(&format!("remote: {}", advice.trim())), "{said}");
}

#[test]
fn a_revoked_token_opens_nothing_from_then_on() {
    let world = World::new();
    let (ada, tip) = pushed(&world, "demo");
    let mut browser = ada.browser();
    let token = ada.new_token(&[("name", "short lived"), ("allow", "own"), ("scope", "all")]);
    let url = url(&world.site, &token, &ada.full("demo"));
    assert_eq!(world.git(["ls-remote", &url, "main"])[..40], tip);
    let page = browser.get("/settings/tokens").expect(200).text();
    let row = page.split("<li>").find(|row| row.contains("short lived")).unwrap_or_else(|| panic!("{page}"));
    let action = row.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    browser.delete(action, &[]).expect(303);
    let said = world.git_fails(["ls-remote", &url]);
    assert!(said.contains("The token is not valid, or has expired"), "{said}");
    assert!(!browser.get("/settings/tokens").expect(200).text().contains("short lived"));
    // Nobody else's token goes that way.
    let eve = world.user("eve");
    let page = browser.get("/settings/tokens").text();
    let action = page.split("action=\"/settings/tokens/").nth(1).unwrap().split('"').next().unwrap();
    eve.browser().delete(&format!("/settings/tokens/{action}"), &[]).expect(404);
    assert_eq!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], tip);
}

#[test]
fn a_token_is_as_narrow_as_it_was_made() {
    let world = World::new();
    let (ada, tip) = pushed(&world, "demo");
    let work = world.local("more");
    work.git(["fetch", "-q", &ada.url("demo"), "main:main"]);
    work.git(["push", "-q", &ada.url("other"), "main"]);
    let full = ada.full("demo");
    // For reading only.
    let reader = ada.new_token(&[("allow", "chosen"), ("area-contents", "read"), ("scope", "all")]);
    assert_eq!(world.git(["ls-remote", &url(&world.site, &reader, &full), "main"])[..40], tip);
    let said = work.fails(["push", &url(&world.site, &reader, &full), "main:refs/heads/new"]);
    assert!(said.contains("403") || said.contains("contents"), "{said}");
    // For one repository only: the other is as good as missing.
    let one = ada.new_token(&[("allow", "own"), ("scope", "listed"), ("repositories", &full)]);
    work.git(["push", "-q", &url(&world.site, &one, &full), "main:refs/heads/one"]);
    let said = work.fails(["push", &url(&world.site, &one, &ada.full("other")), "main:refs/heads/one"]);
    assert!(said.contains("not found") || said.contains("403"), "{said}");
    let other = world.site.send(&advertisement(&ada.full("other"), UPLOAD).token(&one)).status;
    assert!(matches!(other, 403 | 404), "{other}");
    // For something else than code.
    let issues = ada.new_token(&[("allow", "chosen"), ("area-issues", "write"), ("scope", "all")]);
    let refused = world.site.send(&advertisement(&full, UPLOAD).token(&issues));
    assert!(matches!(refused.status, 403 | 404), "{}", refused.status);
    assert_eq!(
        wire::refs(&world.site, &ada.token, &full)
            .iter()
            .filter(|line| line.contains("refs/heads/new"))
            .count(),
        0
    );
}

#[test]
fn a_token_says_whose_it_is() {
    let world = World::new();
    let ada = world.user("ada");
    let me = world.site.send(&Request::get("/api/v3/user").token(&ada.token)).expect(200).json();
    assert_eq!(me["login"], ada.name.as_str());
    assert_eq!(me["site_admin"], false);
    world.site.get("/api/v3/user").expect(401);
    world.site.send(&Request::get("/api/v3/user").header("Authorization", "Bearer nonsense")).expect(401);
}

#[test]
fn an_expired_token_opens_nothing() {
    let mut world = World::own();
    let (ada, tip) = pushed(&world, "demo");
    let token = ada.new_token(&[("expires", "7"), ("allow", "own"), ("scope", "all")]);
    let url = |world: &World| url(&world.site, &token, &ada.full("demo"));
    assert_eq!(world.git(["ls-remote", &url(&world), "main"])[..40], tip);
    // Time cannot be turned, but the date of the end can.
    world.host().stop();
    let site = rusqlite::Connection::open(world.its_host().site_database()).unwrap();
    let changed = "UPDATE token SET expires_at = unixepoch() - 1 WHERE expires_at IS NOT NULL";
    assert_eq!(site.execute(changed, []).unwrap(), 1);
    drop(site);
    world.host().start();
    let said = world.git_fails(["ls-remote", &url(&world)]);
    assert!(said.contains("The token is not valid, or has expired"), "{said}");
    assert!(ada.browser().get("/settings/tokens").expect(200).text().contains("Expired"));
    assert_eq!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], tip);
}

#[test]
fn a_browser_opens_pages_and_a_token_opens_git() {
    let world = World::new();
    let (ada, _) = pushed(&world, "demo");
    let mut browser = ada.browser();
    browser.get(&format!("/{}", ada.full("demo"))).expect(200);
    browser.send(advertisement(&ada.full("demo"), UPLOAD)).expect(401);
    browser.send(Request::get("/api/v3/user")).expect(401);
    for value in [format!("Bearer {}", ada.token), format!("token {}", ada.token)] {
        let page = Request::get(format!("/{}", ada.full("demo"))).header("Authorization", value);
        world.site.send(&page).expect(404);
    }
    let form = Request::post("/new").token(&ada.token).form(&[("name", "forged"), ("visibility", "public")]);
    assert!(matches!(world.site.send(&form).status, 401 | 403));
}
