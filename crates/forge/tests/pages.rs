//! The pages, used as a browser without script uses them.

use axum::body::Body;
use gitflare_forge::{
    Actor, Role,
    access::{self, act},
    repositories::{self, Visibility},
    secret, site,
};
use http::{Method, Request, StatusCode, header};

use crate::support::{PASSWORD, Reply, World, get};

/// A browser: it keeps cookies, sends the form token, and checks every page it gets.
pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    session: Option<String>,
    theme: Option<String>,
    keys: Option<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        Self { world, session: None, theme: None, keys: None }
    }

    pub(crate) async fn signed_in(world: &'a World, name: &str) -> Self {
        let mut browser = Self::new(world);
        let reply = browser.post("/login", &[("name", name), ("password", PASSWORD)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        browser
    }

    fn cookies(&self) -> String {
        let session = self.session.iter().map(|value| format!("session={value}"));
        let theme = self.theme.iter().map(|value| format!("theme={value}"));
        let keys = self.keys.iter().map(|value| format!("keys={value}"));
        session.chain(theme).chain(keys).collect::<Vec<_>>().join("; ")
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        let request = get(path).header(header::COOKIE, self.cookies()).body(Body::empty()).unwrap();
        self.take(self.world.send(request).await)
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.submit(path, fields, &[]).await
    }

    pub(crate) async fn submit(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let token = self.session.as_ref().map(|value| secret::derive(value, "form")).unwrap_or_default();
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let mut body = format!("_token={token}");
        for (name, value) in fields {
            // Field names are plain; the server looks for the hidden ones without decoding.
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::HOST, "git.example.org")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, self.cookies());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = self.world.send(request.body(Body::from(body)).unwrap()).await;
        self.take(reply)
    }

    fn take(&mut self, reply: Reply) -> Reply {
        for cookie in reply.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let value = Some(value.to_owned()).filter(|value| !value.is_empty());
            match name {
                "session" => self.session = value,
                // Browsers drop a cookie that lasts no time.
                "theme" if cookie.to_str().unwrap().contains("Max-Age=0") => self.theme = None,
                "theme" => self.theme = value,
                "keys" if cookie.to_str().unwrap().contains("Max-Age=0") => self.keys = None,
                "keys" => self.keys = value,
                other => panic!("a cookie {other}"),
            }
        }
        if reply.header("content-type").starts_with("text/html") {
            check(&reply);
        }
        reply
    }
}

/// What holds for every page.
fn check(reply: &Reply) {
    let html = &reply.body;
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "permissions-policy",
    ] {
        assert!(reply.headers.contains_key(name), "{name} is missing");
    }
    assert!(!reply.header("content-security-policy").contains("unsafe-inline"));
    assert!(!reply.header("cache-control").is_empty());
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\""), "{html}");
    assert_eq!(html.matches(" id=\"main\"").count(), 1);
    assert!(html.contains("<h1"));
    assert_harmless(html);
    let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "ids are used twice: {ids:?}");
    let fields = ["input ", "select ", "textarea "];
    for input in tags(html).filter(|tag| fields.iter().any(|field| tag.starts_with(field))) {
        if input.contains("type=\"hidden\"") || input.contains("aria-label=") {
            continue;
        }
        let id = input
            .split(" id=\"")
            .nth(1)
            .or_else(|| input.strip_prefix("input id=\""))
            .or_else(|| input.strip_prefix("select id=\""))
            .or_else(|| input.strip_prefix("textarea id=\""));
        let id = id.unwrap_or_else(|| panic!("<{input}> has no id")).split('"').next().unwrap();
        assert!(html.contains(&format!("for=\"{id}\"")), "<{input}> has no label");
    }
}

fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap())
}

/// No script, no handler, no style, no address that runs.
pub(crate) fn assert_harmless(html: &str) {
    for tag in tags(html) {
        let lower = tag.to_ascii_lowercase();
        let mut inside = false;
        let bare: String = lower
            .chars()
            .filter(|c| {
                inside ^= *c == '"';
                !inside
            })
            .collect();
        let own = lower.starts_with("script type=\"module\" src=\"/assets/app-") && !lower.contains("//");
        assert!(own || !lower.starts_with("script"), "<{tag}>");
        assert!(!bare.contains(" on") && !bare.contains(" style") && !bare.contains("/on"), "<{tag}>");
        for scheme in ["javascript:", "vbscript:", "data:"] {
            for attribute in ["href", "src", "action", "formaction", "data"] {
                assert!(!lower.contains(&format!("{attribute}=\"{scheme}")), "<{tag}>");
            }
        }
    }
}

/// A page as it reads: words, with one line per piece of text, and hidden fields and addresses left out.
pub(crate) fn words(reply: &Reply) -> String {
    let main = reply.body.split("<main").nth(1).unwrap_or(&reply.body);
    let main = main.split("</main>").next().unwrap();
    let text: Vec<String> = main
        .split('<')
        .filter_map(|rest| rest.split_once('>'))
        .map(|(_, text)| {
            text.trim()
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
        })
        .filter(|text| !text.is_empty())
        .collect();
    text.join("\n")
}

#[tokio::test]
async fn setting_up_ends_with_a_token_and_the_push_command() {
    let world = World::empty().await;
    let link = world.forge.setup_link(None).await.unwrap().unwrap();
    let mut browser = Browser::new(&world);
    assert_eq!(browser.get("/setup").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/setup?token=guess").await.status, StatusCode::NOT_FOUND);
    let page = browser.get(&format!("/setup?token={link}")).await;
    insta::assert_snapshot!(words(&page));

    let refused = browser.post("/setup", &[("token", &link), ("name", "a<b"), ("password", "short")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("<title>Error: Set up"), "{}", refused.body);
    assert!(refused.body.contains("value=\"a&lt;b\"") && refused.body.contains("id=\"name-error\""));
    assert!(!refused.body.contains("short"), "a password never comes back");

    let done = browser.post("/setup", &[("token", &link), ("name", "ada"), ("password", PASSWORD)]).await;
    assert_eq!((done.status, done.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(done.body.contains("gitflare_pat_"), "{}", done.body);
    assert!(done.body.contains("git push http://git.example.org/ada/my-project.git HEAD"), "{}", done.body);
    assert!(browser.get("/settings").await.body.contains("Site administrator"), "setup signs in");
    assert_eq!(browser.get(&format!("/setup?token={link}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/signup").await.status, StatusCode::NOT_FOUND, "registration stays closed");
}

#[tokio::test]
async fn a_script_sets_up_with_one_request() {
    let world = World::empty().await;
    world.forge.setup_link(Some("fixed-for-a-script")).await.unwrap();
    let post = async |password: &str| {
        let body = format!("token=fixed-for-a-script&name=ada&password={password}");
        let request = Request::post("/setup")
            .header(header::HOST, "git.example.org")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        world.send(request.body(Body::from(body)).unwrap()).await
    };
    let refused = post("short").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.json()["errors"][0]["field"] == "password");
    let done = post("correct+horse").await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.json()["token"].as_str().unwrap().starts_with("gitflare_pat_"));
    assert_eq!(post("correct+horse").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn signing_in_returns_to_where_one_came_from() {
    let world = World::new().await;
    let mut browser = Browser::new(&world);
    let reply = browser.get("/new").await;
    assert_eq!((reply.status, reply.header("location")), (StatusCode::SEE_OTHER, "/login?next=%2Fnew"));
    let page = browser.get("/login?next=%2Fnew").await;
    assert!(page.body.contains("name=\"next\" value=\"/new\""), "{}", page.body);

    let mut texts = Vec::new();
    for name in ["ada", "nobody"] {
        let wrong =
            browser.post("/login", &[("name", name), ("password", "wrong password"), ("next", "/new")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        texts.push(wrong.body.replace(name, "NAME"));
    }
    assert_eq!(texts[0], texts[1], "nobody learns which accounts exist");

    let fields = [("name", "ada"), ("password", PASSWORD), ("next", "/new")];
    assert_eq!(browser.post("/login", &fields).await.header("location"), "/new");
    assert_eq!(browser.get("/login").await.header("location"), "/", "signed in already");
    let out = browser.post("/logout", &[]).await;
    assert_eq!((out.header("location"), out.header("clear-site-data")), ("/", "\"cache\""));
    assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);

    for evil in ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"] {
        let fields = [("name", "ada"), ("password", PASSWORD), ("next", evil)];
        assert_eq!(Browser::new(&world).post("/login", &fields).await.header("location"), "/", "{evil}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_never_leads_to_another_host() {
    let world = World::new().await;
    let mut browser = Browser::new(&world);
    let reply = browser.get("/ada/engine/?tab=1").await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (StatusCode::PERMANENT_REDIRECT, "/ada/engine?tab=1")
    );
    assert_eq!(browser.get("//evil.example/").await.header("location"), "/evil.example");
    for path in ["/\\evil.example/", "/ada/\\evil.example/", "/\\/"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn strangers_sign_up_only_when_registration_is_open() {
    let world = World::new().await;
    let mut browser = Browser::new(&world);
    let fields = [("name", "grace"), ("password", PASSWORD), ("email", "")];
    assert_eq!(browser.post("/signup", &fields).await.status, StatusCode::NOT_FOUND);
    assert!(!browser.get("/").await.body.contains("/signup"));
    let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
    site::set(&world.forge, &access, "registration", "open").await.unwrap();
    assert!(browser.get("/").await.body.contains("href=\"/signup\""));
    assert_eq!(browser.get("/signup").await.status, StatusCode::OK);
    let taken = browser.post("/signup", &[("name", "Ada"), ("password", PASSWORD)]).await;
    assert!(taken.body.contains("is taken."), "{}", taken.body);
    assert_eq!(browser.post("/signup", &fields).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/").await.body.contains("href=\"/grace\""));
}

#[tokio::test]
async fn lists_show_what_the_reader_may_see() {
    let world = World::new().await;
    world.repository("linus", "kernel", Visibility::Private).await;
    world.collaborator("linus/kernel", "ada", Role::Read).await;
    insta::assert_snapshot!("start_signed_out", words(&Browser::new(&world).get("/").await));
    insta::assert_snapshot!("start_of_ada", words(&Browser::signed_in(&world, "ada").await.get("/").await));
    for (viewer, sees) in [(None, false), (Some("linus"), false), (Some("ada"), true)] {
        let mut browser = match viewer {
            Some(name) => Browser::signed_in(&world, name).await,
            None => Browser::new(&world),
        };
        let page = browser.get("/ada").await;
        assert!(page.body.contains("/ada/demo"), "{viewer:?}");
        assert_eq!(page.body.contains("secret"), sees, "{viewer:?}");
    }
    let mut browser = Browser::new(&world);
    assert_eq!(browser.get("/nobody").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/Ada").await.header("location"), "/ada");
    assert_eq!(browser.get("/ADA/Demo").await.header("location"), "/ada/demo");
}

#[tokio::test]
async fn a_repository_is_created_by_a_form() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, "ada").await;
    assert_eq!(browser.get("/new").await.status, StatusCode::OK);
    let taken = browser
        .post("/new", &[("name", "DEMO"), ("description", "A \"new\" one"), ("visibility", "public")])
        .await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.body.contains("id=\"name-error\""), "{}", taken.body);
    assert!(taken.body.contains("value=\"A &quot;new&quot; one\""), "what was typed comes back");
    let made = browser.post("/new", &[("name", "engine.js"), ("visibility", "public")]).await;
    assert_eq!(made.header("location"), "/ada/engine.js");
    let repository = world.access::<act::See>("ada/engine.js").await.repository().clone();
    assert_eq!(repository.visibility, Visibility::Public);
}

#[tokio::test]
async fn a_token_is_shown_once() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, "ada").await;
    let fields = [
        ("name", "laptop"),
        ("expires", "30"),
        ("allow", "chosen"),
        ("area-contents", "write"),
        ("area-issues", "read"),
        ("scope", "listed"),
        ("repositories", "ada/demo ada/secret"),
    ];
    let made = browser.post("/settings/tokens", &fields).await;
    assert_eq!((made.status, made.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(made.body.contains("gitflare_pat_"));
    let list = browser.get("/settings/tokens").await;
    assert!(!list.body.contains("gitflare_pat_"));
    insta::assert_snapshot!(words(&list).split("New token").next().unwrap());

    for (fields, field) in [
        (vec![("name", ""), ("expires", "30"), ("allow", "own")], "name-error"),
        (
            vec![
                ("name", "x"),
                ("expires", "30"),
                ("allow", "own"),
                ("scope", "listed"),
                ("repositories", "linus/none"),
            ],
            "repositories-error",
        ),
        (vec![("name", "x"), ("expires", "30"), ("allow", "chosen")], "at least one area"),
        (vec![("name", "x"), ("expires", "soon"), ("allow", "own")], "when the token expires"),
    ] {
        let refused = browser.post("/settings/tokens", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(field), "{field}: {}", words(&refused));
    }
    let id =
        list.body.split("action=\"/settings/tokens/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/settings/tokens/{id}");
    let other = Browser::signed_in(&world, "linus").await.post(&path, &[("_method", "DELETE")]).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "somebody else's");
    assert_eq!(browser.post(&path, &[("_method", "DELETE")]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.get("/settings/tokens").await.body.contains("You have no tokens"));
}

#[tokio::test]
async fn an_account_changes_its_password_and_ends_other_sessions() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, "ada").await;
    let mut other = Browser::signed_in(&world, "ada").await;
    let third = Browser::signed_in(&world, "ada").await;
    let page = browser.get("/settings/sessions").await;
    assert_eq!(page.body.matches("action=\"/settings/sessions/").count(), 2);
    let hash = secret::hash(third.session.as_ref().unwrap());
    let end = browser.post(&format!("/settings/sessions/{hash}"), &[("_method", "DELETE")]).await;
    assert_eq!(end.header("location"), "/settings/sessions?done=session");

    let wrong = browser
        .post("/settings/password", &[("current", "wrong password"), ("password", "another horse")])
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("current-error"));
    let short = browser.post("/settings/password", &[("current", PASSWORD), ("password", "short")]).await;
    assert!(short.body.contains("password-error"));
    let done =
        browser.post("/settings/password", &[("current", PASSWORD), ("password", "another horse")]).await;
    assert_eq!(done.header("location"), "/settings/password?done=password");
    assert!(browser.get("/settings/password?done=password").await.body.contains("Password changed."));
    assert_eq!(other.get("/settings").await.status, StatusCode::SEE_OTHER, "the other browser is signed out");
}

#[tokio::test]
async fn colours_are_a_choice_of_the_browser() {
    let world = World::new().await;
    let mut browser = Browser::signed_in(&world, "ada").await;
    assert!(browser.get("/").await.body.contains("data-theme=\"system\""));
    browser.post("/settings/theme", &[("theme", "dark")]).await;
    assert!(browser.get("/").await.body.contains("data-theme=\"dark\""));
    browser.post("/settings/theme", &[("theme", "\"><script>")]).await;
    assert!(browser.get("/").await.body.contains("data-theme=\"system\""));
    browser.post("/settings/keys", &[("keys", "off")]).await;
    assert!(browser.get("/").await.body.contains("data-keys=\"off\""));
    browser.post("/settings/keys", &[("keys", "on")]).await;
    assert!(browser.get("/").await.body.contains("data-keys=\"on\""));
}

#[tokio::test]
async fn errors_have_true_status_and_a_way_on() {
    let world = World::new().await;
    let mut nobody = Browser::new(&world);
    let mut linus = Browser::signed_in(&world, "linus").await;
    let missing = nobody.get("/ada/absent").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(words(&missing).contains("Sign in"), "{}", words(&missing));
    assert_eq!(linus.get("/ada/demo/settings").await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        linus
            .get("/<script>alert(1)<%2Fscript>".replace('<', "%3C").replace('>', "%3E").as_str())
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(linus.post("/ada/demo", &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    *world.host.script.lock().unwrap() = Some(Box::new(|_| {
        let kind = gitflare_port::ErrorKind::Internal;
        Some(Err(gitflare_port::Error { kind, message: "disk on fire".into() }))
    }));
    let broken = linus.get("/ada/demo").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!broken.body.contains("disk on fire"), "the cause is for the log");
    let log = world.host.log.lock().unwrap().clone();
    let id = log[0].split(':').next().unwrap();
    assert!(broken.body.contains(id), "the page says the id of the log");
}

#[tokio::test]
async fn style_has_its_hash_in_its_name() {
    let world = World::new().await;
    let page = world.get("/").await.body;
    let path = page.split("href=\"/assets/app-").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/assets/app-{path}");
    let style = world.get(&path).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(style.body.contains("light-dark("));
    let again = get(&path).header(header::IF_NONE_MATCH, style.header("etag")).body(Body::empty()).unwrap();
    let again = world.send(again).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(world.get("/assets/app-0000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_owner_changes_settings() {
    let world = World::new().await;
    let mut ada = Browser::signed_in(&world, "ada").await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    insta::assert_snapshot!(words(&ada.get("/ada/demo/settings").await));
    for (part, fields, done) in [
        ("description", vec![("description", "Analytical")], "description"),
        ("visibility", vec![("visibility", "private")], "visibility"),
        ("default-branch", vec![("branch", "feature/x")], "default-branch"),
        ("collaborators", vec![("account", "linus"), ("role", "triage")], "collaborator"),
        ("invitations/linus", vec![("_method", "DELETE")], "withdrawn"),
        ("archive", vec![], "archive"),
        ("archive", vec![("_method", "DELETE")], "restore"),
    ] {
        let reply = ada.post(&format!("/ada/demo/settings/{part}"), &fields).await;
        assert_eq!(reply.header("location"), format!("/ada/demo/settings?done={done}"), "{}", words(&reply));
        assert_eq!(ada.get(reply.header("location")).await.status, StatusCode::OK);
    }
    for (part, fields, error) in [
        ("visibility", vec![("visibility", "secret")], "Choose who can see it"),
        ("default-branch", vec![("branch", "-x")], "is not a branch name"),
        ("collaborators", vec![("account", "nobody"), ("role", "read")], "There is no account"),
        ("collaborators", vec![("account", "linus"), ("role", "king")], "A role is one of"),
        ("collaborators/linus", vec![("_method", "DELETE")], "is not a collaborator"),
        ("invitations/linus", vec![("_method", "DELETE")], "was not invited"),
        ("transfer", vec![("account", "linus"), ("confirm", "demo")], "Type ada/demo to transfer it"),
        ("transfer", vec![("account", "ada"), ("confirm", "ada/demo")], "ada owns the repository"),
        ("name", vec![("name", "secret")], "exists already"),
        ("", vec![("_method", "DELETE"), ("confirm", "demo")], "Type ada/demo to delete it"),
    ] {
        let path = format!("/ada/demo/settings/{part}");
        let reply = ada.post(path.trim_end_matches('/'), &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{part}");
        assert!(words(&reply).contains(error), "{part}: {}", words(&reply));
    }
    let renamed = ada.post("/ada/demo/settings/name", &[("name", "engine")]).await;
    assert_eq!(renamed.header("location"), "/ada/engine/settings?done=name");
    assert_eq!(
        ada.get("/ada/demo/tree/main/src?a=1").await.header("location"),
        "/ada/engine/tree/main/src?a=1"
    );
    let gone = ada.post("/ada/engine/settings", &[("_method", "DELETE"), ("confirm", "ada/engine")]).await;
    assert_eq!(gone.header("location"), "/ada");
    assert_eq!(ada.get("/ada/engine").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_administrator_is_told_that_the_office_opens_the_door() {
    let world = World::new().await;
    world.administrator("root0").await;
    let mut browser = Browser::signed_in(&world, "root0").await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    assert!(browser.get("/ada/secret").await.body.contains("because you administer the site"));
    assert!(!browser.get("/ada/demo").await.body.contains("because you administer the site"));
    let _ = repositories::list(&world.forge, &Actor::Anonymous).await.unwrap();
}

#[tokio::test]
async fn script_and_fonts_are_ours_and_kept_for_good() {
    let world = World::new().await;
    let page = world.get("/").await.body;
    let paths =
        page.split("href=\"").chain(page.split("src=\"")).skip(1).filter_map(|rest| rest.split('"').next());
    let own: Vec<&str> =
        paths.filter(|path| path.starts_with("/assets/") || path.starts_with("/static/")).collect();
    assert!(own.len() >= 5, "{own:?}");
    for path in own {
        let reply = world.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    }
    let few = get("/").header("save-data", "on").body(Body::empty()).unwrap();
    assert!(!world.send(few).await.body.contains("/static/"), "fonts are not asked of who saves");
    assert_eq!(world.get("/static/other.woff2").await.status, StatusCode::NOT_FOUND);
    let avatar = world.get("/avatars/1").await;
    assert_eq!(avatar.header("content-type"), "image/svg+xml");
    assert!(world.get("/about/licences").await.body.contains("SIL OPEN FONT LICENSE"));
}
