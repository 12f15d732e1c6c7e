//! Every page, for everybody: the right status, all headers, and nothing from another host.

use gitflare_forge::Role;
use http::StatusCode;

use crate::pages::Browser;
use crate::support::World;

/// What a kind of visitor gets.
struct Visitor {
    name: Option<&'static str>,
    /// Whether the private repository is there for them.
    private: bool,
    /// Whether they administer the repositories.
    settings: bool,
}

const VISITORS: [Visitor; 5] = [
    Visitor { name: None, private: false, settings: false },
    Visitor { name: Some("linus"), private: false, settings: false },
    Visitor { name: Some("grace"), private: true, settings: false },
    Visitor { name: Some("ada"), private: true, settings: true },
    Visitor { name: Some("warden"), private: true, settings: true },
];

async fn world() -> World {
    let world = World::new().await;
    world.account("grace").await;
    world.administrator("warden").await;
    for repository in ["ada/demo", "ada/secret"] {
        world.collaborator(repository, "grace", Role::Write).await;
    }
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    world
}

/// Addresses of other hosts in what a browser would load or follow.
fn other_hosts(html: &str) -> Vec<&str> {
    let absolute =
        html.split("http").skip(1).filter(|rest| rest.starts_with("://") || rest.starts_with("s://"));
    let hosts = absolute.filter_map(|rest| rest.split_once("://")).map(|(_, rest)| rest);
    hosts
        .filter(|rest| !rest.starts_with("git.example.org/"))
        .map(|rest| rest.split('<').next().unwrap())
        .collect()
}

#[tokio::test]
async fn every_page_carries_the_headers_and_names_no_other_host() {
    let world = world().await;
    for visitor in &VISITORS {
        let mut browser = match visitor.name {
            Some(name) => Browser::signed_in(&world, name).await,
            None => Browser::new(&world),
        };
        let who = visitor.name.unwrap_or("nobody");
        let own = if visitor.name.is_some() { StatusCode::OK } else { StatusCode::SEE_OTHER };
        let mut pages = vec![("/".to_owned(), StatusCode::OK), ("/ada".to_owned(), StatusCode::OK)];
        pages.extend(["/new", "/settings", "/settings/tokens"].map(|path| (path.to_owned(), own)));
        for path in
            ["/nobody", "/ada/absent", "/ada/absent/settings", "/setup", "/signup", "/a/b/c/d", "/.env"]
        {
            pages.push((path.to_owned(), StatusCode::NOT_FOUND));
        }
        for (repository, there) in [("demo", true), ("secret", visitor.private)] {
            let seen = if there { StatusCode::OK } else { StatusCode::NOT_FOUND };
            for rest in ["", "/tree/main", "/tree/main/src", "/blob/main/src/main.rs", "/blob/main/README.md"]
            {
                pages.push((format!("/ada/{repository}{rest}"), seen));
            }
            let settings = match (there, visitor.settings, visitor.name) {
                (false, ..) => StatusCode::NOT_FOUND,
                (true, true, _) => StatusCode::OK,
                (true, false, Some(_)) => StatusCode::FORBIDDEN,
                (true, false, None) => StatusCode::SEE_OTHER,
            };
            pages.push((format!("/ada/{repository}/settings"), settings));
        }
        for (path, status) in pages {
            // The browser checks headers, labels and markup of whatever it gets.
            let reply = browser.get(&path).await;
            assert_eq!(reply.status, status, "{path} for {who}");
            let others = other_hosts(&reply.body);
            assert!(others.is_empty(), "{path} names {others:?}");
        }
    }
}

#[tokio::test]
async fn who_may_not_change_a_thing_cannot_by_its_form_either() {
    let world = world().await;
    let forms = [
        "description",
        "visibility",
        "default-branch",
        "name",
        "archive",
        "collaborators",
        "collaborators/grace",
        "",
    ];
    for (name, private) in [(None, false), (Some("linus"), false), (Some("grace"), true)] {
        let mut browser = match name {
            Some(name) => Browser::signed_in(&world, name).await,
            None => Browser::new(&world),
        };
        for form in forms {
            for repository in ["demo", "secret"] {
                let path = format!("/ada/{repository}/settings/{form}");
                let mut fields = vec![("name", "mine"), ("account", "linus"), ("role", "admin")];
                fields.extend([("visibility", "public"), ("branch", "feature/x"), ("description", "mine")]);
                let confirm = format!("ada/{repository}");
                fields.push(("confirm", &confirm));
                if form.is_empty() || form.contains('/') {
                    fields.push(("_method", "DELETE"));
                }
                let reply = browser.post(path.trim_end_matches('/'), &fields).await;
                let wanted = match (repository, private, name) {
                    ("secret", false, _) => StatusCode::NOT_FOUND,
                    (_, _, None) => StatusCode::UNAUTHORIZED,
                    _ => StatusCode::FORBIDDEN,
                };
                assert_eq!(reply.status, wanted, "{path} for {name:?}");
            }
        }
    }
}
