//! Pages as they reach a reader: what they show, what they can never do, and what stands in their head.

use crate::support::{
    Browser, Local, Reply, Request, User, World,
    browser::{attribute, elements, shown},
    http::encoded,
};

pub(crate) fn pushed() -> (World, User, Local, String) {
    let world = World::new();
    let (ada, work) = world.pushed();
    let home = format!("/{}", ada.full("demo"));
    (world, ada, work, home)
}

/// What every page promises the browser that shows it.
#[track_caller]
fn sealed(reply: &Reply) {
    let header = |name: &str| reply.header(name).unwrap_or_default().to_owned();
    let policy = header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(rule), "{rule} is not in {policy:?}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("x-frame-options"), "DENY");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert!(header("permissions-policy").contains("camera=()"));
    assert!(
        header("cache-control").contains("private") || header("cache-control").contains("no-store"),
        "{reply:?}"
    );
    assert!(header("content-type").starts_with("text/html"), "{reply:?}");
}

/// Nothing a browser would load or follow by itself names another host, and no script stands in the page.
#[track_caller]
fn keeps_to_itself(world: &World, page: &str) {
    let own = world.site.url("");
    for element in elements(page) {
        let name = element.split([' ', '/']).next().unwrap_or_default();
        assert!(!["iframe", "object", "embed", "base", "style"].contains(&name), "<{element}>");
        assert!(name != "script" || attribute(&element, "src").is_some(), "<{element}>");
        let loads = ["src", "srcset", "action", "formaction", "data", "poster"].into_iter();
        let loads = loads.chain((name == "link").then_some("href"));
        for value in loads.filter_map(|attribute_name| attribute(&element, attribute_name)) {
            assert!(
                value.starts_with('/') && !value.starts_with("//") || value.starts_with(&own),
                "<{element}>"
            );
        }
        let follows = attribute(&element, "href").unwrap_or_default();
        assert!(!follows.trim_start().to_lowercase().starts_with("javascript:"), "<{element}>");
        assert!(!element.to_lowercase().split_whitespace().any(|word| word.starts_with("on")), "<{element}>");
    }
}

#[test]
fn every_page_is_sealed_and_keeps_to_itself() {
    let (world, ada, _work, home) = pushed();
    let mut browser = ada.browser();
    let mut nobody = Browser::new(&world.site);
    for path in [
        "/",
        "/login",
        "/no-such-page",
        "/settings/none",
        "/setup",
        "/a/b/c/d/e",
        "/.env",
        &format!("/{}", ada.name),
    ] {
        let reply = nobody.get(path);
        sealed(&reply);
        keeps_to_itself(&world, &reply.text());
    }
    for rest in
        ["", "/tree/main/src", "/blob/main/README.md", "/blob/main/src/run.sh", "/settings", "/tree/none"]
    {
        let reply = browser.get(&format!("{home}{rest}"));
        sealed(&reply);
        keeps_to_itself(&world, &reply.text());
    }
    for path in ["/", "/new", "/settings", "/settings/tokens"] {
        let reply = browser.get(path).expect(200);
        sealed(&reply);
        keeps_to_itself(&world, &reply.text());
    }
}

#[test]
fn the_home_of_a_repository_shows_what_a_visitor_looks_for() {
    let (world, ada, _work, home) = pushed();
    let page = ada.browser().get(&home).expect(200).text();
    let text = shown(&page);
    for wanted in
        ["demo", "Private", "README.md", "src", "module", "topic", "second", "nested", "v1", "last", "Ada"]
    {
        assert!(text.contains(wanted), "{wanted} is not in {text}");
    }
    assert!(page.contains(&format!("value=\"{}\"", world.site.url(&format!("{home}.git")))), "{page}");
    assert!(text.contains("line 399 of a file that changes a little"), "the README");
}

#[test]
fn folders_and_files_are_found_at_any_revision() {
    let (_world, ada, work, home) = pushed();
    work.git(["push", "-q", &ada.url("demo"), "topic:refs/heads/feature/with/slashes"]);
    let mut browser = ada.browser();
    let commit = work.id("main~1");
    for revision in ["main", "topic", "v1", "nested", "light", "feature/with/slashes", &commit, &commit[..12]]
    {
        let page = shown(&browser.get(&format!("{home}/tree/{revision}")).expect(200).text());
        assert!(page.contains("README.md"), "{revision}: {page}");
        let page = shown(&browser.get(&format!("{home}/tree/{revision}/src/deep")).expect(200).text());
        assert!(page.contains("file.txt"), "{revision}: {page}");
        let page = browser.get(&format!("{home}/blob/{revision}/src/run.sh")).expect(200).text();
        assert!(shown(&page).contains("#!/bin/sh"), "{revision}: {page}");
        assert!(page.contains("id=\"L2\""), "lines have names to link to");
    }
    for missing in
        ["/tree/none", "/tree/main/none", "/blob/main/none", "/blob/none/README.md", "/tree/0000000"]
    {
        browser.get(&format!("{home}{missing}")).expect(404);
    }
    // A platform may resolve dots, as browsers do, before anybody is asked: then this is the repository with a slash.
    let reply = browser.get(&format!("{home}/tree/main/../.."));
    assert!(reply.status == 404 || reply.header("location") == Some(home.as_str()), "{}", reply.status);
    // Guessed the wrong kind: led to the right one.
    let reply = browser.get(&format!("{home}/tree/main/README.md"));
    assert!((300..400).contains(&reply.status), "{}", reply.status);
    assert_eq!(reply.header("location"), Some(format!("{home}/blob/main/README.md").as_str()));
    let reply = browser.get(&format!("{home}/blob/main/src"));
    assert_eq!(reply.header("location"), Some(format!("{home}/tree/main/src").as_str()));
}

/// A pushed README of the reference system ran script on its origin and could mint tokens.
#[test]
fn a_readme_cannot_run_anything() {
    let (world, ada, work, home) = pushed();
    let readme = "# Hello <script>alert(1)</script>\n\n<img src=x onerror=alert(2)>\n\n[link](javascript:alert(3))\n\n\
        <a href=\"https://evil.example\" onclick=\"alert(4)\">out</a>\n\n<iframe src=\"https://evil.example\"></iframe>\n\n\
        <style>body { display: none }</style>\n\n<svg onload=alert(5)></svg>\n\n<form action=\"/settings/tokens\" method=\"post\">\
        <input name=allow value=everything></form>\n\n![](https://evil.example/pixel.png)\n\n**kept**\n";
    work.commit("main", &[("README.md", readme)]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut browser = ada.browser();
    for path in [home.clone(), format!("{home}/blob/main/README.md")] {
        let reply = browser.get(&path).expect(200);
        sealed(&reply);
        let page = reply.text();
        keeps_to_itself(&world, &page);
        assert!(page.contains("<strong>kept</strong>"), "{page}");
        let forms = elements(&page).into_iter().filter(|element| element.starts_with("form"));
        assert!(
            forms.filter_map(|form| attribute(&form, "action")).all(|action| action != "/settings/tokens")
        );
    }
}

/// The reference system crashed on a README that was not UTF-8.
#[test]
fn a_readme_of_any_bytes_renders() {
    let (_world, ada, work, home) = pushed();
    work.commit_bytes("main", &[("README.md", b"# caf\xe9 \xff\xfe\n\nstill here\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut browser = ada.browser();
    assert!(shown(&browser.get(&home).expect(200).text()).contains("still here"));
    assert!(
        shown(&browser.get(&format!("{home}/blob/main/README.md")).expect(200).text()).contains("still here")
    );
}

#[test]
fn links_of_a_readme_lead_into_its_repository() {
    let (_world, ada, work, home) = pushed();
    let readme =
        "[run](src/run.sh) [deep](./src/deep) ![mark](src/mark.png)\n\n## A heading\n\n[down](#a-heading)\n";
    work.commit("main", &[("README.md", readme), ("src/README.md", "[up](../README.md)\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main", "main:refs/heads/feature/x"]);
    let mut browser = ada.browser();
    let page = browser.get(&home).expect(200).text();
    assert!(page.contains(&format!("href=\"{home}/blob/main/src/run.sh\"")), "{page}");
    assert!(page.contains("a-heading"), "{page}");
    let picture = format!("{home}/raw/main/src/mark.png");
    assert!(page.contains(&format!("<img src=\"{picture}\" alt=\"mark\"")), "{page}");
    let page = browser.get(&format!("{home}/tree/feature/x/src")).expect(200).text();
    assert!(page.contains(&format!("href=\"{home}/blob/feature/x/README.md\"")), "{page}");
}

#[test]
fn names_are_text_and_never_markup() {
    let (world, ada, work, home) = pushed();
    let odd = "<b>\"odd'&name.txt";
    work.commit("main", &[(odd, "inside\n"), ("with space/and%percent#hash?query.txt", "found\n")]);
    let tip = work.id("main");
    work.git(["update-ref", "refs/heads/<img/src=x>", &tip]);
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    let mut browser = ada.browser();
    let page = browser.get(&home).expect(200).text();
    keeps_to_itself(&world, &page);
    assert!(!page.contains("<b>\"odd") && page.contains("&lt;b&gt;"), "{page}");
    assert!(!page.contains("<img/src"), "{page}");
    assert!(
        shown(&browser.get(&format!("{home}/blob/main/{}", encoded(odd))).expect(200).text())
            .contains("inside")
    );
    let path =
        format!("{home}/blob/main/{}/{}", encoded("with space"), encoded("and%percent#hash?query.txt"));
    assert!(shown(&browser.get(&path).expect(200).text()).contains("found"));
    let branch = encoded("<img/src=x>").replace("%2F", "/");
    browser.get(&format!("{home}/tree/{branch}")).expect(200);
}

#[test]
fn what_cannot_be_shown_is_said() {
    let (_world, ada, work, home) = pushed();
    let large = "a line of a file that is too large for a page\n".repeat(60_000);
    work.commit_bytes("main", &[("binary", b"a\0b\x01c"), ("empty", b""), ("large.txt", large.as_bytes())]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let mut browser = ada.browser();
    for (name, word) in [("binary", "not text"), ("empty", "empty"), ("large.txt", "too large")] {
        let reply = browser.get(&format!("{home}/blob/main/{name}")).expect(200);
        assert!(shown(&reply.text()).contains(word), "{name}: {}", reply.text());
        assert!(reply.body.len() < 200_000, "{name}: {} bytes", reply.body.len());
    }
}

#[test]
fn an_empty_repository_says_how_to_fill_it() {
    let world = World::new();
    let ada = world.user("ada");
    let mut browser = ada.browser();
    browser.get("/new").expect(200);
    browser.post("/new", &[("name", "empty"), ("visibility", "private")]).expect(303);
    let home = format!("/{}", ada.full("empty"));
    let page = shown(&browser.get(&home).expect(200).text());
    let url = world.site.url(&format!("{home}.git"));
    assert!(page.contains(&format!("git remote add origin {url}")) && page.contains("git push"), "{page}");
    let page = shown(&browser.get("/").expect(200).text());
    assert!(page.contains(&ada.full("empty")), "{page}");
}

#[test]
fn an_address_with_a_slash_at_its_end_leads_to_the_one_without() {
    let (_world, ada, _work, home) = pushed();
    let mut browser = ada.browser();
    for (path, to) in
        [(format!("{home}/"), home.as_str()), (format!("/{}/", ada.name), &format!("/{}", ada.name))]
    {
        let reply = browser.get(&format!("{path}?a=b"));
        assert!(matches!(reply.status, 301 | 308), "{path}: {}", reply.status);
        assert_eq!(reply.header("location"), Some(format!("{to}?a=b").as_str()));
    }
    // Never to another host.
    for path in ["//evil.example/", "//evil.example", "/\\evil.example/", "///evil.example//"] {
        let reply = browser.get(path);
        let location = reply.header("location").unwrap_or("/");
        assert!(
            !location.starts_with("//") && !location.starts_with("/\\") && !location.contains("://"),
            "{path}: {location}"
        );
    }
}

#[test]
fn what_is_not_there_is_not_found_in_every_tongue() {
    let world = World::new();
    let nobody = world.unique("nobody");
    for path in ["/robots", "/no/such/page/at/all", "/api", "/api/v3/none", "/api/v9", &format!("/{nobody}")]
    {
        let reply = world.site.get(path).expect(404);
        if path.starts_with("/api") {
            assert_eq!(reply.json()["message"], "Not Found", "{path}");
        } else {
            assert!(shown(&reply.text()).contains("Not found"), "{path}");
        }
        let reply = world.site.send(&Request::get(path).header("Accept", "application/json")).expect(404);
        assert!(reply.json()["message"].is_string(), "{path}");
        let head = world.site.send(&Request::new("HEAD", path)).expect(404);
        assert!(head.body.is_empty());
    }
    for method in ["DELETE", "PUT", "PATCH"] {
        let status = world.site.send(&Request::new(method, "/login")).status;
        assert!(matches!(status, 404 | 405), "{method}: {status}");
    }
}

#[test]
fn a_site_that_is_well_says_so() {
    let world = World::new();
    let reply = world.site.get("/healthz").expect(200);
    assert_eq!(reply.text(), "ok\n");
    world.site.send(&Request::new("HEAD", "/healthz")).expect(200);
}

#[test]
fn what_pages_load_is_kept_for_good_and_changes_its_name() {
    let world = World::new();
    let page = world.site.get("/").expect(200).text();
    let style = page.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/assets/{style}");
    let reply = world.site.get(&path).expect(200);
    assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert!(reply.header("content-type").unwrap().starts_with("text/css"));
    let etag = reply.header("etag").unwrap();
    let again = world.site.send(&Request::get(&path).header("If-None-Match", etag)).expect(304);
    assert!(again.body.is_empty());
    world.site.get("/assets/app-0000000000.css").expect(404);
    world.site.get("/assets/..%2f..%2fetc%2fpasswd").expect(404);
}

#[test]
fn a_profile_shows_what_its_visitor_may_see() {
    let (world, ada, _work, home) = pushed();
    let profile = format!("/{}", ada.name);
    let mut nobody = Browser::new(&world.site);
    assert!(!nobody.get(&profile).expect(200).text().contains(&home));
    assert!(ada.browser().get(&profile).expect(200).text().contains(&home));
    ada.publish("demo");
    assert!(nobody.get(&profile).expect(200).text().contains(&home));
    nobody.get(&home).expect(200);
    assert!(shown(&nobody.get("/").expect(200).text()).contains(&ada.full("demo")));
}

/// Fonts and grammars, which one host embeds and the other's platform serves.
#[test]
fn files_that_never_change_are_the_same_on_every_host() {
    let world = World::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/forge/assets/public/static");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let reply = world.site.get(&format!("/static/{name}")).expect(200);
        assert!(reply.body == std::fs::read(entry.path()).unwrap(), "{name}");
        if name.ends_with(".woff2") {
            assert_eq!(reply.header("content-type"), Some("font/woff2"), "{name}");
        }
        for (header, value) in [
            ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
            ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ] {
            assert_eq!(reply.header(header), Some(value), "{header} of {name}");
        }
        seen += 1;
    }
    assert!(seen > 2, "{seen}");
    world.site.get("/static/nothing.woff2").expect(404);
}

#[test]
fn code_has_colours() {
    let (_world, ada, work, home) = pushed();
    work.commit("main", &[("paint.rs", "/// A word.\nfn paint() -> u32 {\n    42\n}\n")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let page = ada.browser().get(&format!("{home}/blob/main/paint.rs")).expect(200).text();
    for class in ["class=k", "class=c", "class=n"] {
        assert!(page.contains(class), "{class}: {page}");
    }
}
