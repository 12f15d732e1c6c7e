//! What people change through pages: sessions, tokens, settings, and what a form of another site cannot do.

use crate::support::{Browser, PASSWORD, Request, User, World, accounts, browser::shown};

fn somebody() -> (World, User) {
    let world = World::new();
    let ada = world.user("ada");
    (world, ada)
}

#[test]
fn signing_in_leads_back_to_where_one_came_from() {
    let (world, ada) = somebody();
    let mut browser = Browser::new(&world.site);
    let reply = browser.get("/settings/tokens?x=1").expect(303);
    let to = reply.header("location").unwrap().to_owned();
    assert!(to.starts_with("/login?next="), "{to}");
    let page = browser.get(&to).expect(200).text();
    assert!(page.contains("value=\"/settings/tokens?x=1\""), "{page}");
    let sign_in = |browser: &mut Browser, name: &str, next: &str| {
        let reply =
            browser.post("/login", &[("name", name), ("password", PASSWORD), ("next", next)]).expect(303);
        reply.header("location").unwrap().to_owned()
    };
    assert_eq!(sign_in(&mut browser, &ada.name, "/settings/tokens?x=1"), "/settings/tokens?x=1");
    browser.get("/settings/tokens").expect(200);
    // By e-mail, in any case of the name, and never to another site.
    let email = format!("{}@example.org", ada.name);
    for (name, next) in [
        (email.as_str(), "https://evil.example"),
        (&ada.name.to_uppercase(), "//evil.example"),
        (&ada.name, "/\\evil.example"),
        (&ada.name, ""),
    ] {
        let mut browser = Browser::new(&world.site);
        browser.get("/login").expect(200);
        assert_eq!(sign_in(&mut browser, name, next), "/", "{name} {next}");
    }
}

#[test]
fn a_session_is_a_cookie_that_scripts_and_other_sites_do_not_get() {
    let (world, ada) = somebody();
    let mut browser = Browser::new(&world.site);
    browser.get("/login").expect(200);
    let reply = browser.post("/login", &[("name", &ada.name), ("password", PASSWORD)]).expect(303);
    let cookie = reply.header("set-cookie").unwrap();
    for attribute in ["session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{attribute}: {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

#[test]
fn who_does_not_exist_and_who_mistypes_get_one_answer() {
    let (world, ada) = somebody();
    let nobody = world.unique("ida");
    let said = [(&ada.name, "wrong wrong wrong"), (&nobody, PASSWORD)].map(|(name, password)| {
        let mut browser = Browser::new(&world.site);
        browser.get("/login").expect(200);
        let reply = browser.post("/login", &[("name", name), ("password", password)]).expect(422);
        assert!(reply.header("set-cookie").is_none());
        reply.text().replace(name.as_str(), "NAME")
    });
    assert_eq!(said[0], said[1]);
    assert!(shown(&said[0]).contains("Wrong name or password"), "{}", said[0]);
}

#[test]
fn who_guesses_passwords_has_to_wait() {
    let (world, ada) = somebody();
    let mut browser = Browser::new(&world.site);
    browser.get("/login").expect(200);
    let guess = |browser: &mut Browser, password: &str| {
        browser.post("/login", &[("name", &ada.name), ("password", password)])
    };
    let limited =
        (0..14).map(|n| guess(&mut browser, &format!("guess number {n}"))).find(|reply| reply.status == 429);
    let limited = limited.expect("fourteen guesses were free");
    assert!(limited.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    // Meanwhile the right one is not tried either, and a token goes on to work.
    assert_eq!(guess(&mut browser, PASSWORD).status, 429);
    world.site.send(&Request::get("/api/v3/user").token(&ada.token)).expect(200);
}

#[test]
fn signing_out_ends_the_session_for_good() {
    let (world, ada) = somebody();
    let mut browser = ada.browser();
    let mut thief = browser.clone();
    thief.get("/settings").expect(200);
    // Asking is not enough.
    let status = browser.get("/logout").status;
    assert!(matches!(status, 404 | 405), "{status}");
    browser.get("/settings").expect(200);
    let reply = browser.post("/logout", &[]).expect(303);
    assert!(reply.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    browser.get("/settings").expect(303);
    thief.get("/settings").expect(303);
    assert_eq!(Browser::new(&world.site).post("/logout", &[]).status, 303);
}

#[test]
fn another_browser_can_be_signed_out() {
    let (world, ada) = somebody();
    let (mut here, mut there) = (ada.browser(), ada.browser());
    let page = here.get("/settings/sessions").expect(200).text();
    let actions: Vec<&str> = page
        .split("action=\"/settings/sessions/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(actions.len(), 1, "{page}");
    // Nobody ends somebody else's.
    world.user("eve").browser().delete(&format!("/settings/sessions/{}", actions[0]), &[]).expect(404);
    here.delete(&format!("/settings/sessions/{}", actions[0]), &[]).expect(303);
    there.get("/settings").expect(303);
    here.get("/settings").expect(200);
}

#[test]
fn a_form_of_another_site_changes_nothing() {
    let (world, ada) = somebody();
    let mut browser = ada.browser();
    browser.get("/new").expect(200);
    let cookie =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let form = || {
        Request::post("/new").header("Cookie", &cookie).form(&[("name", "forged"), ("visibility", "public")])
    };
    let forged = [
        form(),
        form().header("Origin", world.site.url("")),
        form().header("Origin", "https://evil.example"),
        form().header("Origin", "null"),
        form().header("Sec-Fetch-Site", "cross-site"),
        form().header("Sec-Fetch-Site", "same-site"),
        form().header("Sec-Fetch-Site", "same-origin"),
    ];
    for request in &forged {
        world.site.send(request).expect(403);
    }
    let wrong = [("name", "forged"), ("visibility", "public"), ("_token", "0123456789abcdef")];
    let request =
        Request::post("/new").header("Cookie", &cookie).header("Sec-Fetch-Site", "same-origin").form(&wrong);
    world.site.send(&request).expect(403);
    browser.get(&format!("/{}", ada.full("forged"))).expect(404);
    browser.post("/new", &[("name", "meant"), ("visibility", "private")]).expect(303);
}

#[test]
fn registration_is_closed_until_it_is_opened() {
    let (world, _ada) = somebody();
    world.site.get("/signup").expect(404);
    let name = world.unique("mallory");
    let mut browser = Browser::new(&world.site);
    browser.post("/signup", &[("name", &name), ("password", PASSWORD)]).expect(404);
    world.site.get(&format!("/{name}")).expect(404);
    assert!(!world.site.get("/login").expect(200).text().contains("/signup"));
}

#[test]
fn a_token_is_shown_once() {
    let (world, ada) = somebody();
    let mut browser = ada.browser();
    let fields = [("name", "laptop & <b>"), ("allow", "own"), ("scope", "all"), ("expires", "90")];
    browser.get("/settings/tokens").expect(200);
    let reply = browser.post("/settings/tokens", &fields).expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let token = reply.text().split("gitflare_pat_").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let page = browser.get("/settings/tokens").expect(200).text();
    assert!(
        !page.contains(&token) && page.contains("laptop &amp; &lt;b&gt;") && page.contains("never used"),
        "{page}"
    );
    let request = Request::get("/api/v3/user").token(&format!("gitflare_pat_{token}"));
    world.site.send(&request).expect(200);
    assert!(
        !browser
            .get("/settings/tokens")
            .expect(200)
            .text()
            .contains("laptop &amp; &lt;b&gt;</span> never used")
    );
    for wrong in [
        [("name", ""), ("allow", "own"), ("scope", "all"), ("expires", "90")],
        [("name", "x"), ("allow", "chosen"), ("scope", "all"), ("expires", "90")],
        [("name", "x"), ("allow", "own"), ("scope", "listed"), ("expires", "90")],
        [("name", "x"), ("allow", "own"), ("scope", "all"), ("expires", "soon")],
    ] {
        browser.post("/settings/tokens", &wrong).expect(422);
    }
    // A user does not administer the site, whatever a form says.
    let everything = accounts::new_token(
        &mut browser,
        &[("name", "x"), ("allow", "everything"), ("scope", "all"), ("expires", "7")],
    );
    let me = world.site.send(&Request::get("/api/v3/user").token(&everything)).expect(200).json();
    assert_eq!(me["site_admin"], false);
}

#[test]
fn settings_are_kept_and_can_be_cleared() {
    let (world, ada) = somebody();
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    let home = format!("/{}", ada.full("demo"));
    let settings = format!("{home}/settings");
    let mut browser = ada.browser();
    let set = |browser: &mut Browser, part: &str, field: (&str, &str)| {
        browser.get(&settings).expect(200);
        browser.post(&format!("{settings}/{part}"), &[field]).status
    };
    assert_eq!(set(&mut browser, "description", ("description", "An <i>engine</i> & more")), 303);
    assert!(shown(&browser.get(&home).expect(200).text()).contains("An <i>engine</i> & more"));
    assert_eq!(set(&mut browser, "description", ("description", &"x".repeat(351))), 422);
    // The reference system took an empty description for none given.
    assert_eq!(set(&mut browser, "description", ("description", "")), 303);
    assert!(!browser.get(&home).expect(200).text().contains("engine"));
    assert_eq!(set(&mut browser, "default-branch", ("branch", "topic")), 303);
    assert!(
        world
            .git(["ls-remote", "--symref", &ada.url("demo"), "HEAD"])
            .contains("ref: refs/heads/topic\tHEAD")
    );
    assert_eq!(world.clone(&[], &ada.url("demo"), "clone").id("HEAD"), work.id("topic"));
    assert_eq!(set(&mut browser, "default-branch", ("branch", "no-such-branch")), 422);
    assert_eq!(set(&mut browser, "visibility", ("visibility", "secret")), 422);
    // What was the current branch can go now.
    work.git(["push", "-q", &ada.url("demo"), ":main"]);
}

#[test]
fn colours_are_a_matter_of_the_browser() {
    let (world, ada) = somebody();
    let mut browser = ada.browser();
    browser.post("/settings/theme", &[("theme", "dark")]).expect(303);
    assert!(browser.get("/").expect(200).text().contains("data-theme=\"dark\""));
    assert!(!ada.browser().get("/").expect(200).text().contains("data-theme=\"dark\""));
    let mut nobody = Browser::new(&world.site);
    nobody.post("/settings/theme", &[("theme", "light")]).expect(303);
    assert!(nobody.get("/").expect(200).text().contains("data-theme=\"light\""));
}

#[test]
fn a_form_has_its_limits() {
    let (_world, ada) = somebody();
    let mut browser = ada.browser();
    browser.get("/new").expect(200);
    let huge = "x".repeat(2 << 20);
    let status = browser.post("/new", &[("name", "huge"), ("description", &huge)]).status;
    assert!(matches!(status, 413 | 422), "{status}");
    for name in ["", ".", "..", "-dash", "a b", "a/b", "x.git", "x.wiki", &"x".repeat(101), "ümlaut"] {
        browser.get("/new").expect(200);
        let status = browser.post("/new", &[("name", name), ("visibility", "private")]).status;
        assert_eq!(status, 422, "{name:?}");
    }
    for name in [".github", "a.b", "A_b-c", &"x".repeat(100)] {
        browser.get("/new").expect(200);
        browser.post("/new", &[("name", name), ("visibility", "private")]).expect(303);
        browser.get(&format!("/{}", ada.full(name))).expect(200);
    }
}
