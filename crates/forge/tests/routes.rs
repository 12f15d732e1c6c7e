//! Every route × every kind of actor × a public, a private, an archived and a missing repository, against the table of
//! the product reference. The routes are read from the sources: one without a row here fails.

use std::collections::BTreeSet;
use std::path::Path;

use gitflare_forge::{
    Area, Level, Role, access::Action, access::act, repositories, repositories::Visibility, tokens::Allow,
};
use http::StatusCode;

use crate::access::{ON_ARCHIVED, TABLE};
use crate::api::Client;
use crate::pages::Browser;
use crate::support::{Reply, World};

/// Who a route is for.
#[derive(Debug, Clone, Copy)]
enum For {
    /// Everybody.
    All,
    /// Nobody, as long as registration is closed and the site is set up.
    Nobody,
    /// Whoever is signed in.
    SignedIn,
    /// Administrators of the site; others do not learn that it exists.
    Administrators,
    /// Whoever may do all of this to the repository.
    Repository(&'static [Action]),
    /// Whoever may do one of these.
    Either(&'static [Action]),
}

use For::{Administrators, All, Either, Nobody, Repository, SignedIn};

type Row = (&'static str, &'static str, For, &'static [(&'static str, &'static str)]);

const CODE: For = Repository(&[Action::ReadCode]);
const SEE_SETTINGS: For = Repository(&[Action::SeeSettings]);
const REPO: &str = "/api/v3/repos/{owner}/{repository}";
const SETTINGS: &str = "/{owner}/{repository}/settings";

/// A form of the settings: the page it comes back to has to be seen too.
macro_rules! settings {
    ($action:ident) => {
        Repository(&[Action::SeeSettings, Action::$action])
    };
}

/// Method, path, who it is for, and a form that does no harm where it is let through.
const ROWS: &[Row] = &[
    ("GET", "/healthz", All, &[]),
    ("GET", "/api/v3", All, &[]),
    ("GET", "/api/v3/", All, &[]),
    ("GET", "/api/v3/meta", All, &[]),
    ("GET", "/api/v3/rate_limit", All, &[]),
    ("GET", "/api/v3/user", SignedIn, &[]),
    ("PATCH", "/api/v3/user", SignedIn, &[]),
    ("GET", "/api/v3/user/emails", SignedIn, &[]),
    ("GET", "/api/v3/user/orgs", SignedIn, &[]),
    ("GET", "/api/v3/user/repos", SignedIn, &[]),
    ("POST", "/api/v3/user/repos", SignedIn, &[("name", "-")]),
    ("GET", "/api/v3/user/starred", SignedIn, &[]),
    ("PUT", "/api/v3/user/starred/{owner}/{repository}", Repository(&[Action::Star]), &[]),
    ("GET", "/api/v3/user/starred/{owner}/{repository}", Repository(&[Action::Star]), &[]),
    ("DELETE", "/api/v3/user/starred/{owner}/{repository}", Repository(&[Action::Star]), &[]),
    ("GET", "/api/v3/users/{name}", All, &[]),
    ("GET", "/api/v3/users/{name}/repos", All, &[]),
    ("GET", "/api/v3/search/repositories", All, &[]),
    ("GET", REPO, Repository(&[Action::See]), &[]),
    ("PATCH", REPO, Either(&[Action::SeeSettings, Action::Describe]), &[]),
    ("POST", "/api/v3/repos/{owner}/{repository}/transfer", Repository(&[Action::Rename]), &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/topics", Repository(&[Action::See]), &[]),
    ("PUT", "/api/v3/repos/{owner}/{repository}/topics", Repository(&[Action::Describe]), &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/collaborators", SEE_SETTINGS, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/collaborators/{account}", SEE_SETTINGS, &[]),
    (
        "PUT",
        "/api/v3/repos/{owner}/{repository}/collaborators/{account}",
        Repository(&[Action::Manage]),
        &[("permission", "no")],
    ),
    ("GET", "/api/v3/repos/{owner}/{repository}/collaborators/{account}/permission", SEE_SETTINGS, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/branches", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/branches/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/tags", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/commits", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/commits/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/compare/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/contents", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/contents/", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/contents/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/readme", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/readme/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/tarball/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/zipball/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/git/blobs/{sha}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/git/trees/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/git/commits/{sha}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/git/tags/{sha}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/git/ref/{*rest}", CODE, &[]),
    ("GET", "/api/v3/repos/{owner}/{repository}/git/matching-refs/{*rest}", CODE, &[]),
    ("ANY", "/api/", Nobody, &[]),
    ("ANY", "/api/{*rest}", Nobody, &[]),
    ("GET", "/", All, &[]),
    ("GET", "/assets/{file}", Nobody, &[]),
    ("GET", "/static/{file}", All, &[]),
    ("GET", "/avatars/{id}", All, &[]),
    ("GET", "/about/licences", All, &[]),
    ("GET", "/styleguide", All, &[]),
    ("GET", "/setup", Nobody, &[]),
    ("POST", "/setup", Nobody, &[]),
    ("GET", "/login", All, &[]),
    ("POST", "/login", All, &[("name", "nobody-here"), ("password", "wrong password")]),
    ("POST", "/logout", All, &[]),
    ("GET", "/login/reset", Nobody, &[]),
    ("POST", "/login/reset", Nobody, &[]),
    ("GET", "/signup", Nobody, &[]),
    ("POST", "/signup", Nobody, &[]),
    ("GET", "/explore", All, &[]),
    ("GET", "/settings", SignedIn, &[]),
    ("POST", "/settings", SignedIn, &[]),
    ("GET", "/settings/account", SignedIn, &[]),
    ("DELETE", "/settings/account", SignedIn, &[("confirm", "no")]),
    ("POST", "/settings/account/name", SignedIn, &[("name", "-")]),
    ("POST", "/settings/account/email", SignedIn, &[("current", "wrong password")]),
    ("GET", "/settings/password", SignedIn, &[]),
    ("POST", "/settings/password", SignedIn, &[("current", "wrong password")]),
    ("GET", "/settings/appearance", SignedIn, &[]),
    // Cookies of the browser and nothing else.
    ("POST", "/settings/theme", All, &[]),
    ("POST", "/settings/keys", All, &[]),
    ("GET", "/settings/sessions", SignedIn, &[]),
    ("DELETE", "/settings/sessions", SignedIn, &[]),
    ("GET", "/settings/tokens", SignedIn, &[]),
    ("POST", "/settings/tokens", SignedIn, &[("name", "")]),
    ("GET", "/invitations", SignedIn, &[]),
    ("GET", "/new", SignedIn, &[]),
    ("POST", "/new", SignedIn, &[("name", "-")]),
    ("GET", "/{owner}", All, &[]),
    ("GET", "/{owner}/", All, &[]),
    ("GET", "/{owner}/{repository}/", All, &[]),
    ("GET", "/{owner}/{repository}", CODE, &[]),
    ("GET", "/{owner}/{repository}/tree/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/blob/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/compare", CODE, &[]),
    ("GET", "/{owner}/{repository}/branches", CODE, &[]),
    (
        "GET",
        "/{owner}/{repository}/branches/delete/{*rest}",
        Repository(&[Action::ReadCode, Action::Push]),
        &[],
    ),
    (
        "POST",
        "/{owner}/{repository}/branches/delete/{*rest}",
        Repository(&[Action::ReadCode, Action::Push]),
        &[],
    ),
    ("GET", "/{owner}/{repository}/tags", CODE, &[]),
    ("GET", "/{owner}/{repository}/commits", CODE, &[]),
    ("GET", "/{owner}/{repository}/commits/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/raw/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/archive/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/commit/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/compare/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/blame/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/find/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/blob_excerpt/{*rest}", CODE, &[]),
    ("GET", "/{owner}/{repository}/tree-list/{*rest}", CODE, &[]),
    ("POST", "/{owner}/{repository}/star", Repository(&[Action::Star]), &[]),
    ("DELETE", "/{owner}/{repository}/star", Repository(&[Action::Star]), &[]),
    ("GET", SETTINGS, Either(&[Action::SeeSettings, Action::Describe]), &[]),
    ("DELETE", SETTINGS, settings!(Delete), &[("confirm", "no")]),
    ("POST", "/{owner}/{repository}/settings/description", Repository(&[Action::Describe]), &[]),
    ("POST", "/{owner}/{repository}/settings/visibility", settings!(SetVisibility), &[("visibility", "no")]),
    ("POST", "/{owner}/{repository}/settings/default-branch", settings!(Manage), &[("branch", "-")]),
    ("POST", "/{owner}/{repository}/settings/name", settings!(Rename), &[("name", "-")]),
    ("POST", "/{owner}/{repository}/settings/archive", settings!(Archive), &[]),
    ("DELETE", "/{owner}/{repository}/settings/archive", settings!(Archive), &[]),
    (
        "POST",
        "/{owner}/{repository}/settings/collaborators",
        settings!(Manage),
        &[("account", "nobody-here")],
    ),
    ("DELETE", "/{owner}/{repository}/settings/collaborators/{account}", settings!(Manage), &[]),
    ("DELETE", "/{owner}/{repository}/settings/invitations/{account}", settings!(Manage), &[]),
    ("POST", "/{owner}/{repository}/settings/transfer", settings!(Rename), &[("confirm", "no")]),
    ("GET", "/admin", Administrators, &[]),
    ("GET", "/admin/users", Administrators, &[]),
    ("POST", "/admin/users", Administrators, &[("name", "-")]),
    ("GET", "/admin/users/{name}", Administrators, &[]),
    ("POST", "/admin/users/{name}/suspension", Administrators, &[]),
    ("DELETE", "/admin/users/{name}/suspension", Administrators, &[]),
    ("POST", "/admin/users/{name}/office", Administrators, &[]),
    ("DELETE", "/admin/users/{name}/office", Administrators, &[]),
    ("POST", "/admin/users/{name}/reset", Administrators, &[]),
    ("DELETE", "/admin/users/{name}/credentials", Administrators, &[]),
    ("GET", "/admin/repositories", Administrators, &[]),
    ("GET", "/admin/registration", Administrators, &[]),
    ("POST", "/admin/registration", Administrators, &[("mode", "closed")]),
    ("POST", "/admin/invitations", Administrators, &[("uses", "0")]),
    ("GET", "/admin/audit", Administrators, &[]),
    ("GET", "/admin/jobs", Administrators, &[]),
    ("POST", "/admin/jobs", Administrators, &[]),
];

/// What is named in the path belongs to somebody in particular, or is gone afterwards. They have tests of their own.
const SOMEBODYS: &[(&str, &str)] = &[
    ("DELETE", REPO),
    ("DELETE", "/api/v3/repos/{owner}/{repository}/collaborators/{account}"),
    ("DELETE", "/settings/sessions/{hash}"),
    ("DELETE", "/settings/tokens/{id}"),
    ("POST", "/invitations/{id}"),
    ("DELETE", "/invitations/{id}"),
    ("DELETE", "/admin/invitations/{id}"),
];

/// The columns of the table: name, and role on the repositories.
const ACTORS: [(Option<&str>, Option<Role>); 8] = [
    (None, None),
    (Some("linus"), None),
    (Some("reader"), Some(Role::Read)),
    (Some("sorter"), Some(Role::Triage)),
    (Some("writer"), Some(Role::Write)),
    (Some("keeper"), Some(Role::Maintain)),
    (Some("manager"), Some(Role::Admin)),
    (Some("warden"), None),
];
/// Administrates the site.
const WARDEN: usize = 7;

const REPOSITORIES: [&str; 4] = ["demo", "secret", "old", "absent"];

async fn world() -> World {
    let world = World::new().await;
    world.repository("ada", "old", Visibility::Public).await;
    world.account("victim").await;
    for (name, role) in ACTORS {
        match name {
            Some("warden") => drop(world.administrator("warden").await),
            Some("linus") | None => {}
            Some(name) => drop(world.account(name).await),
        }
        if let (Some(name), Some(role)) = (name, role) {
            for repository in ["ada/demo", "ada/secret", "ada/old"] {
                world.collaborator(repository, name, role).await;
            }
        }
    }
    archive_the_old_one(&world).await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| {
        crate::api::code::answer(command).or_else(|| crate::pages_code::answer(command))
    }));
    world
}

/// Archived is `old`, and nothing else, whatever a form did.
async fn archive_the_old_one(world: &World) {
    for (name, archived) in [("ada/demo", false), ("ada/secret", false), ("ada/old", true)] {
        let access = world.access::<act::Archive>(name).await;
        repositories::set_archived(&world.forge, &access, archived).await.unwrap();
    }
}

/// What a route answers somebody it is not for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Through,
    SignIn,
    Refused,
    Hidden,
}

fn wanted(whom: For, actor: usize, repository: &str) -> Wanted {
    let refused = if actor == 0 { Wanted::SignIn } else { Wanted::Refused };
    match whom {
        SignedIn if actor == 0 => Wanted::SignIn,
        Administrators if actor == WARDEN => Wanted::Through,
        All | SignedIn => Wanted::Through,
        Nobody | Administrators => Wanted::Hidden,
        Repository(_) | Either(_) if repository == "absent" => Wanted::Hidden,
        Repository(_) | Either(_) if repository == "secret" && actor < 2 => Wanted::Hidden,
        Repository(actions) | Either(actions) => {
            let cell = |action: &Action| {
                let (_, row) = TABLE.iter().find(|(known, _)| known == action).unwrap();
                row.as_bytes()[actor] == b'y'
            };
            let kept = |action: &Action| repository != "old" || ON_ARCHIVED.contains(action);
            let may = |action: &Action| cell(action) && kept(action);
            let through = match whom {
                Either(_) => actions.iter().any(may),
                _ => actions.iter().all(may),
            };
            if through { Wanted::Through } else { refused }
        }
    }
}

fn got(method: &str, reply: &Reply) -> Wanted {
    match reply.status {
        StatusCode::NOT_FOUND => Wanted::Hidden,
        StatusCode::FORBIDDEN => Wanted::Refused,
        StatusCode::UNAUTHORIZED => Wanted::SignIn,
        StatusCode::SEE_OTHER if method == "GET" && reply.header("location").starts_with("/login?") => {
            Wanted::SignIn
        }
        status if status.is_server_error() => panic!("{}", reply.body),
        _ => Wanted::Through,
    }
}

fn address(path: &str, repository: &str) -> String {
    let rest = match path.split('/').nth(3) {
        Some("repos") if path.contains("/compare/") => "v1.0...main",
        Some("blob" | "raw") => "main/README.md",
        Some("blob_excerpt") => "e83c5163316f89bfbde7d9ab23ca2e25604af290/src/main.rs?first=1&last=2",
        Some("blame") => "main/src/main.rs",
        Some("archive") => "main.zip",
        Some("commit") => "main.diff",
        Some("compare") => "v1.0...main.patch",
        _ => "main",
    };
    let account = match path {
        path if !path.starts_with("/api/v3") => "nobody-here",
        path if path.ends_with("/permission") => "victim",
        _ => "manager",
    };
    path.replace("{*rest}", rest)
        .replace("{owner}", "ada")
        .replace("{repository}", repository)
        .replace("{account}", account)
        .replace("{name}", "victim")
        .replace("{file}", "source-serif-4-5.3.1.woff2")
        .replace("{id}", "1")
        .replace("{sha}", crate::pages_history::TIP)
}

#[tokio::test]
async fn every_route_answers_every_actor_as_the_table_says() {
    let world = world().await;
    let mut asked = 0;
    for (actor, (name, _)) in ACTORS.into_iter().enumerate() {
        let mut browser = match name {
            Some(name) => Browser::signed_in(&world, name).await,
            None => Browser::new(&world),
        };
        let token = match name {
            Some(name) => Some(world.token_for(name, Allow::Everything, None).await),
            None => None,
        };
        let api = Client { world: &world, token };
        for (method, path, whom, fields) in ROWS {
            let repositories =
                if matches!(whom, Repository(_) | Either(_)) { REPOSITORIES.as_slice() } else { &["demo"] };
            for repository in repositories {
                let address = address(path, repository);
                let reply = match *method {
                    // Cookies are nothing there.
                    method if path.starts_with("/api/v3") => {
                        let body = fields.iter().map(|(name, value)| (*name, *value)).collect();
                        api.ask(method, &address, &body).await
                    }
                    "GET" | "ANY" => browser.get(&address).await,
                    method => {
                        let mut fields = fields.to_vec();
                        if method != "POST" {
                            fields.push(("_method", method));
                        }
                        browser.post(&address, &fields).await
                    }
                };
                let wanted = wanted(*whom, actor, repository);
                assert_eq!(got(method, &reply), wanted, "{method} {address} for {name:?}: {}", reply.status);
                asked += 1;
                if path.ends_with("/archive") {
                    archive_the_old_one(&world).await;
                }
                if *path == "/logout"
                    && let Some(name) = name
                {
                    browser = Browser::signed_in(&world, name).await;
                }
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
}

/// Methods and paths of every `.route(` in the sources.
fn in_the_sources() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // Operations of the administration's API list themselves, and are walked with tokens.
            if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("admin.rs") {
                routes_of(&std::fs::read_to_string(path).unwrap(), &mut found);
            }
        }
    }
    found
}

fn routes_of(source: &str, found: &mut BTreeSet<(String, String)>) {
    let base = source.split("let base = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or("");
    for rest in source.split(".route(").skip(1) {
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let call = &rest[..end.unwrap()];
        let (first, handlers) = call.split_once(',').unwrap();
        let path = match first.split('"').nth(1) {
            Some(text) if first.contains("format!") => {
                text.replace("{base}", base).replace("{{", "{").replace("}}", "}")
            }
            Some(text) => text.to_owned(),
            None => base.to_owned(),
        };
        let mut count = 0;
        for method in ["get", "post", "put", "patch", "delete", "any"] {
            let called = handlers
                .match_indices(&format!("{method}("))
                .any(|(at, _)| !handlers[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
            if called {
                found.insert((method.to_uppercase(), path.clone()));
                count += 1;
            }
        }
        assert!(count > 0, "no method in {call}");
    }
}

#[test]
fn every_route_has_a_row() {
    let listed: BTreeSet<(String, String)> = ROWS
        .iter()
        .map(|(method, path, ..)| (*method, *path))
        .chain(SOMEBODYS.iter().copied())
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    let found = in_the_sources();
    let missing: Vec<_> = found.difference(&listed).collect();
    assert!(missing.is_empty(), "say in ROWS who these are for: {missing:?}");
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(gone.is_empty(), "no such routes any more: {gone:?}");
}

#[tokio::test]
async fn a_token_opens_what_it_is_for() {
    let world = world().await;
    let mut asked = 0;
    for (area, level) in Area::ALL.into_iter().flat_map(|area| [(area, Level::Read), (area, Level::Write)]) {
        let allow = Allow::parse(&format!("{}:{}", area.name(), level.name())).unwrap();
        let api = Client { world: &world, token: Some(world.token_for("ada", allow.clone(), None).await) };
        for (method, path, whom, fields) in ROWS.iter().filter(|row| row.1.starts_with(REPO)) {
            let Repository(actions) = whom else { continue };
            let body = fields.iter().map(|(name, value)| (*name, *value)).collect();
            let reply = api.ask(method, &address(path, "secret"), &body).await;
            let may = actions.iter().all(|action| allow.allows(action.rule().area, action.rule().level));
            let wanted = if may { Wanted::Through } else { Wanted::Refused };
            assert_eq!(got(method, &reply), wanted, "{method} {path} with {allow}");
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

#[test]
fn every_operation_is_listed_for_the_check_against_its_description() {
    let listed = include_str!("../../../e2e/api/operations.txt").lines();
    let listed = listed.filter(|line| !line.starts_with('#') && !line.is_empty());
    let listed: BTreeSet<(String, String)> = listed
        .map(|line| line.split('|').next().unwrap().trim().split_once(' ').unwrap())
        .map(|(method, path)| (method.to_owned(), nameless(path)))
        .collect();
    let found: BTreeSet<(String, String)> = in_the_sources()
        .into_iter()
        .filter_map(|(method, path)| Some((method, nameless(path.strip_prefix("/api/v3")?))))
        // The root folder has an empty path, which is two addresses more of one operation.
        .filter(|(_, path)| !path.is_empty() && !path.trim_end_matches('/').ends_with("/contents"))
        .collect();
    let differing: Vec<_> = found.symmetric_difference(&listed).collect();
    assert!(differing.is_empty(), "e2e/api/operations.txt lists every operation of the API: {differing:?}");
}

/// A path whose parameters have no names: GitHub has others than we.
fn nameless(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[test]
fn every_first_segment_is_reserved() {
    for (_, path) in in_the_sources() {
        let first = path.split('/').nth(1).unwrap();
        if !first.is_empty() && !first.starts_with('{') {
            assert!(gitflare_forge::names::RESERVED.contains(&first), "{first} could be an account's name");
        }
    }
}
