//! `/api/admin/v1`: who may, and that it does what the command line does.

use axum::body::Body;
use gitflare_forge::{
    Actor, Level, Role,
    access::{self, act},
    admin::{self, Gate, Operation, PREFIX, Page, Repository, User},
    audit,
    names::AccountName,
    repositories::Visibility,
    tokens::{Allow, NewToken, create},
};
use gitflare_port::{
    Command, Reply,
    command::Verified,
    moving::{Rows, Slice},
};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Reply as Answer, World, account_name};

/// A sound request for every operation about ada's repository `demo`, in an order that leaves something to do for the
/// next one. `{id}` is a token of linus's.
const REQUESTS: &[(&str, &str, &str)] = &[
    ("GET", "/users", ""),
    ("GET", "/users/linus/tokens", ""),
    ("GET", "/repositories", ""),
    ("GET", "/repositories/ada/demo", ""),
    ("GET", "/repositories/ada/demo/members", ""),
    ("GET", "/repositories/ada/demo/verify", ""),
    ("GET", "/site", ""),
    ("POST", "/users", r#"{"name": "grace", "email": "grace@example.org", "password": "correct horse"}"#),
    ("PUT", "/users/linus/password", r#"{"password": "another horse"}"#),
    ("POST", "/users/linus/tokens", r#"{"name": "laptop", "allow": ["contents:write"]}"#),
    ("DELETE", "/tokens/{id}", ""),
    ("POST", "/repositories", r#"{"owner": "linus", "name": "kernel"}"#),
    ("PUT", "/repositories/ada/demo/members/linus", r#"{"role": "write"}"#),
    ("DELETE", "/repositories/ada/demo/members/linus", ""),
    ("PUT", "/site/registration", r#"{"value": "open"}"#),
    ("PATCH", "/repositories/ada/demo", r#"{"description": "A demo"}"#),
    ("DELETE", "/repositories/ada/demo", ""),
    ("POST", "/export", r#"{"for_good": true, "notice": "The site is moving"}"#),
    ("GET", "/export/site?lease={lease}", ""),
    ("GET", "/export/repositories", ""),
    ("GET", "/export/repositories/2", ""),
    ("PUT", "/export/repositories/2/freeze", ""),
    ("DELETE", "/export/repositories/2/freeze", ""),
    ("DELETE", "/export", ""),
];

/// What looks and yet is no business of a token that may only look: everybody's password hashes are in it.
fn level(method: &str, path: &str) -> Level {
    if method == "GET" && !path.starts_with("/export") { Level::Read } else { Level::Write }
}

impl World {
    async fn admin(&self, token: Option<&str>, method: &str, path: &str, body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
        request = request.header(header::HOST, "git.example.org");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn call<O: Operation>(&self, token: &str, operation: &O) -> Result<O::Reply, Value> {
        let request = admin::request(operation).unwrap();
        let path = request.path.strip_prefix(PREFIX).unwrap();
        let body = request.body.unwrap_or_default();
        let reply = self.admin(Some(token), request.method.as_str(), path, &body).await;
        assert_eq!(reply.header("cache-control") == "no-store", reply.status.is_success());
        let value = if reply.body.is_empty() { Value::Null } else { reply.json() };
        if reply.status.is_success() { Ok(serde_json::from_value(value).unwrap()) } else { Err(value) }
    }

    /// root's token with these areas, and the number of a token of linus's.
    async fn office(&self, allow: &str) -> String {
        self.administrator("root-admin").await;
        self.token_for("root-admin", Allow::parse(allow).unwrap(), None).await
    }

    fn suspend(&self, name: &str) {
        let db = gitflare_db::Db::new(self.host.file.file().clone());
        let text = "UPDATE account SET state = 'suspended' WHERE name = ?";
        db.write("suspend", |sql| sql.run(text, &[name.into()], &mut |_| Ok(()))).unwrap();
    }

    async fn token_id(&self, owner: &str) -> i64 {
        let actor = Actor::LocalAdministrator;
        let access = access::account(&self.forge, &actor, &account_name(owner)).await.unwrap();
        let allow = Allow::EverythingButSite;
        let new = NewToken { name: "old".into(), allow, repositories: None, lasts: None };
        create(&self.forge, &access, new).await.unwrap().id.0
    }
}

/// What an operation on this level is answered with: by whom, and the token that says so.
type Kind = (&'static str, fn(Level) -> u16);

const fn hidden(_: Level) -> u16 {
    404
}

const fn bad(_: Level) -> u16 {
    401
}

const fn refused(_: Level) -> u16 {
    403
}

fn read_only(level: Level) -> u16 {
    if level == Level::Read { 200 } else { 403 }
}

const KINDS: &[Kind] = &[
    ("nobody", bad),
    ("a password", bad),
    ("a token of nobody", bad),
    ("a stranger", hidden),
    ("a stranger whose token says site:write", hidden),
    ("a stranger who may do everything", hidden),
    ("a member who owns the repository", hidden),
    ("a suspended administrator", bad),
    ("an administrator's everyday token", refused),
    ("an administrator's token for one repository", refused),
    ("an administrator's token to look", read_only),
];

async fn token_of(world: &World, kind: &str) -> Option<String> {
    let site = |level: &str| Allow::parse(&format!("site:{level}")).unwrap();
    Some(match kind {
        "nobody" => return None,
        "a password" => "correct horse".into(),
        "a token of nobody" => world.token("linus").await.replace("pat_", "pat_x"),
        "a stranger" => world.token("linus").await,
        "a stranger whose token says site:write" => world.token_for("linus", site("write"), None).await,
        "a stranger who may do everything" => world.token_for("linus", Allow::Everything, None).await,
        "a member who owns the repository" => world.token_for("ada", Allow::Everything, None).await,
        "a suspended administrator" => {
            world.administrator("gone").await;
            let token = world.token_for("gone", Allow::Everything, None).await;
            world.suspend("gone");
            token
        }
        "an administrator's everyday token" => world.token("boss").await,
        "an administrator's token for one repository" => {
            world.token_for("boss", Allow::Everything, Some(&["ada/demo"])).await
        }
        "an administrator's token to look" => world.token_for("boss", site("read"), None).await,
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn every_operation_is_asked_for_in_the_table() {
    for (method, path, _) in admin::OPERATIONS.iter().filter(|(.., gate)| *gate != Gate::Setup) {
        let pattern: Vec<&str> = path.split('/').collect();
        let is_meant = |(asked, with, _): &&(&str, &str, &str)| {
            let with: Vec<&str> = with.split('?').next().unwrap().split('/').collect();
            *asked == method.as_str()
                && with.len() == pattern.len()
                && with.iter().zip(&pattern).all(|(a, b)| a == b || b.starts_with('{'))
        };
        assert_eq!(REQUESTS.iter().filter(is_meant).count(), 1, "{method} {path}");
    }
    let others = admin::OPERATIONS.iter().filter(|(.., gate)| *gate == Gate::Setup).count();
    assert_eq!((REQUESTS.len() + others, others), (admin::OPERATIONS.len(), 5));
}

#[tokio::test]
async fn every_operation_by_every_kind_of_actor() {
    let world = World::new().await;
    world.administrator("boss").await;
    let id = world.token_id("linus").await;
    for (kind, expected) in KINDS {
        let token = token_of(&world, kind).await;
        let missing = world.admin(token.as_deref(), "GET", "/users/none/such", "").await;
        for (method, path, body) in REQUESTS {
            let level = level(method, path);
            let path = path.replace("{id}", &id.to_string());
            let reply = world.admin(token.as_deref(), method, &path, body).await;
            assert_eq!(reply.status.as_u16(), expected(level), "{kind}: {method} {path}: {}", reply.body);
            if reply.status == StatusCode::NOT_FOUND {
                assert_eq!(reply.body, missing.body, "{kind}: {method} {path}");
            }
            // Nor does it tell what is wrong with the request.
            let reply = world.admin(token.as_deref(), method, &path, "{").await;
            assert!(expected(level) == 200 || reply.status.as_u16() == expected(level), "{kind}: {method}");
        }
    }
    let token = world.office("site:write").await;
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Export { .. } => {
            Some(Ok(Reply::Slice(Slice { rows: Rows::default(), next: None, summary: None })))
        }
        Command::Freeze { .. } | Command::Thaw => Some(Ok(Reply::Done)),
        Command::Verify { .. } => {
            Some(Ok(Reply::Verified(Verified { findings: Vec::new(), done: 0, total: 0, next: None })))
        }
        _ => None,
    }));
    let mut lease = String::new();
    for (method, path, body) in REQUESTS {
        let path = path.replace("{id}", &id.to_string()).replace("{lease}", &lease);
        let reply = world.admin(Some(&token), method, &path, body).await;
        assert!(reply.status.is_success(), "{method} {path}: {} {}", reply.status, reply.body);
        if path == "/export" && !reply.body.is_empty() {
            reply.json()["lease"].as_str().unwrap().clone_into(&mut lease);
        }
    }
}

#[tokio::test]
async fn cookies_count_for_nothing() {
    let world = World::new().await;
    world.administrator("boss").await;
    let client = gitflare_forge::http::Client::default();
    let password = crate::support::PASSWORD;
    let signed_in = gitflare_forge::sessions::sign_in(&world.forge, "boss", password, &client).await.unwrap();
    let request = crate::support::get(&format!("{PREFIX}/users"))
        .header(header::COOKIE, format!("session={}", signed_in.cookie_value));
    assert_eq!(world.send(request.body(Body::empty()).unwrap()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn errors_say_kind_field_and_message() {
    let world = World::new().await;
    let token = world.office("site:write").await;
    for (method, path, body, status, error) in [
        (
            "POST",
            "/users",
            r#"{"name": "ADA", "password": "correct horse"}"#,
            409,
            json!({ "kind": "conflict", "field": "name", "message": "The name 'ADA' is taken" }),
        ),
        (
            "POST",
            "/users",
            r#"{"name": "x", "password": "short"}"#,
            422,
            json!({ "kind": "invalid", "field": "password", "message": "A password has 8 to 128 characters" }),
        ),
        (
            "POST",
            "/users",
            r#"{"name": "x"}"#,
            422,
            json!({ "kind": "invalid", "message": "missing field `password`" }),
        ),
        (
            "POST",
            "/users",
            "[]",
            400,
            json!({ "kind": "malformed", "message": "The body is not a JSON object" }),
        ),
        (
            "GET",
            "/repositories/ada/none",
            "",
            404,
            json!({ "kind": "not_found", "message": "There is no repository ada/none" }),
        ),
        (
            "GET",
            "/users/none/tokens",
            "",
            404,
            json!({ "kind": "not_found", "message": "There is no account 'none'" }),
        ),
        (
            "POST",
            "/repositories",
            r#"{"owner": "eve", "name": "x"}"#,
            404,
            json!({ "kind": "not_found", "message": "There is no account 'eve'" }),
        ),
        (
            "DELETE",
            "/tokens/99",
            "",
            404,
            json!({ "kind": "not_found", "message": "There is no such token" }),
        ),
        (
            "GET",
            "/users?limit=0",
            "",
            422,
            json!({ "kind": "invalid", "field": "limit", "message": "A page has 1 to 1000 items" }),
        ),
        (
            "GET",
            "/users?cursor=!",
            "",
            422,
            json!({ "kind": "invalid", "field": "cursor", "message": "This is not a cursor of this list" }),
        ),
        ("GET", "/nothing", "", 404, json!({ "kind": "not_found", "message": "Not found" })),
        ("POST", "/site", "", 405, json!({ "kind": "method", "message": "Not possible here" })),
    ] {
        let reply = world.admin(Some(&token), method, path, body).await;
        assert_eq!((reply.status.as_u16(), reply.json()), (status, json!({ "error": error })), "{path}");
    }
    let reply = world.admin(Some(&token), "DELETE", "/tokens/x", "").await;
    assert!(reply.body.contains("'x' is not a number"), "{}", reply.body);
    let reply = world.admin(Some(&token), "GET", "/users?colour=blue", "").await;
    assert!(reply.body.contains("unknown field `colour`"), "{}", reply.body);
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let world = World::new().await;
    for name in ["x1", "x2", "x3"] {
        world.repository("linus", name, Visibility::Private).await;
        world.host.advance(1);
    }
    let token = world.office("site:read").await;
    let (mut users, mut cursor) = (Vec::new(), None);
    loop {
        let list = admin::ListUsers { cursor, limit: Some(2) };
        let page: Page<User> = world.call(&token, &list).await.unwrap();
        assert!(page.items.len() <= 2);
        users.extend(page.items.into_iter().map(|user| user.name));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(users, ["ada", "linus", "root-admin"]);
    let (mut names, mut cursor) = (Vec::new(), None);
    loop {
        let list = admin::ListRepositories { cursor, limit: Some(2) };
        let page: Page<Repository> = world.call(&token, &list).await.unwrap();
        names.extend(
            page.items.into_iter().map(|repository| format!("{}/{}", repository.owner, repository.name)),
        );
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    // Those made at the same moment stand apart by their ids.
    assert_eq!(names, ["linus/x3", "linus/x2", "linus/x1", "ada/secret", "ada/demo"]);
}

#[tokio::test]
async fn operations_cross_the_wire_as_they_are() {
    let world = World::new().await;
    let token = world.office("site:write").await;
    let add = admin::AddUser {
        name: "grace".into(),
        email: Some("grace@example.org".into()),
        password: "correct horse".into(),
        administrator: false,
    };
    let user = world.call(&token, &add).await.unwrap();
    assert_eq!((user.name.as_str(), user.state.as_str()), ("grace", "active"));
    let create = admin::CreateRepository {
        owner: "grace".into(),
        name: "compiler".into(),
        visibility: None,
        description: "First".into(),
    };
    let made = world.call(&token, &create).await.unwrap();
    assert_eq!((made.visibility.as_str(), made.description.as_str()), ("private", "First"));
    let (owner, repository) = ("grace".to_owned(), "compiler".to_owned());
    let member = admin::SetMember {
        owner: owner.clone(),
        repository: repository.clone(),
        user: "linus".into(),
        role: "triage".into(),
    };
    world.call(&token, &member).await.unwrap();
    let list = admin::ListMembers { owner: owner.clone(), repository: repository.clone() };
    let members = world.call(&token, &list).await.unwrap();
    assert_eq!(members, [admin::Member { user: "linus".into(), role: "triage".into() }]);
    let change = admin::ChangeRepository {
        owner: owner.clone(),
        repository,
        name: Some("cobol".into()),
        visibility: Some("public".into()),
        default_branch: Some("trunk".into()),
        description: Some(String::new()),
    };
    let changed = world.call(&token, &change).await.unwrap();
    assert_eq!(changed.id, made.id);
    assert_eq!(
        (changed.name.as_str(), changed.visibility.as_str(), changed.default_branch.as_str()),
        ("cobol", "public", "trunk")
    );
    assert_eq!(changed.description, "");
    let make = admin::CreateToken {
        user: "grace".into(),
        name: "ci".into(),
        allow: Some(vec!["contents:write".into(), "issues:read".into()]),
        repositories: Some(vec!["grace/cobol".into()]),
        lasts: Some(3600),
    };
    // More than site:write allows in itself: it is the office that makes it, as the command line would.
    let token_made = world.call(&token, &make).await.unwrap();
    let tokens = world.call(&token, &admin::ListTokens { user: "grace".into() }).await.unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!((tokens[0].id, tokens[0].repositories), (token_made.id, Some(1)));
    assert_eq!(tokens[0].allow, "contents:write,issues:read");
    world.call(&token, &admin::RevokeToken { id: token_made.id }).await.unwrap();
    let setting = admin::ChangeSetting { setting: "registration".into(), value: "open".into() };
    world.call(&token, &setting).await.unwrap();
    assert_eq!(world.call(&token, &admin::ShowSite {}).await.unwrap().registration, "open");
}

#[tokio::test]
async fn what_is_done_is_in_the_audit_log_under_its_administrator() {
    let world = World::new().await;
    let token = world.office("site:write").await;
    world.collaborator("ada/secret", "linus", Role::Read).await;
    for (method, path, body) in [
        ("PUT", "/users/linus/password", r#"{"password": "another horse"}"#),
        ("POST", "/users/linus/tokens", r#"{"name": "laptop"}"#),
        ("PATCH", "/repositories/ada/secret", r#"{"visibility": "public"}"#),
        ("DELETE", "/repositories/ada/secret/members/linus", ""),
        ("DELETE", "/repositories/ada/secret", ""),
    ] {
        assert!(world.admin(Some(&token), method, path, body).await.status.is_success(), "{path}");
    }
    let see = access::site::<act::SeeSite>(&Actor::LocalAdministrator).unwrap();
    let entries = audit::list(&world.forge, &see).await.unwrap();
    let done: Vec<String> = entries
        .iter()
        .filter(|entry| entry.actor == "root-admin")
        .map(|entry| format!("{} {}", entry.action, entry.subject))
        .collect();
    assert_eq!(
        done,
        [
            "repository.delete ada/secret",
            "collaborator.remove ada/secret",
            "repository.visibility ada/secret",
            // It was private, and root has no role on it.
            "repository.by_office ada/secret",
            "token.create linus",
            "account.password linus",
        ]
    );
}

#[tokio::test]
async fn to_look_is_not_to_change_even_in_office() {
    let world = World::new().await;
    world.administrator("boss").await;
    let boss = world.actor("boss").await;
    let looking = access::site::<act::SeeSite>(&boss).unwrap().in_office();
    let ada = AccountName::parse("ada").unwrap();
    assert!(access::account::<act::SeeAccount>(&world.forge, &looking, &ada).await.is_ok());
    assert!(access::account::<act::ManageAccount>(&world.forge, &looking, &ada).await.is_err());
    assert!(access::site::<act::AdministerSite>(&looking).is_err());
    assert!(world.access_of::<act::SeeSettings>(&looking, "ada/secret").await.is_ok());
    assert!(world.access_of::<act::Delete>(&looking, "ada/secret").await.is_err());
    let acting = access::site::<act::AdministerSite>(&boss).unwrap().in_office();
    assert!(world.access_of::<act::Delete>(&acting, "ada/secret").await.is_ok());
    assert_eq!(Method::GET, <admin::ListUsers as Operation>::METHOD);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_the_shape_of_every_error() {
    let world = World::new().await;
    let office = world.office("site:write").await;
    let large = " ".repeat((16 << 20) + 1);
    let reply = world.admin(Some(&office), "POST", "/users", &large).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.json()["error"]["kind"], "too_large");
    // Who may not administer is told so, before anything of it is read.
    let never = || Body::from_stream(futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    let request = Request::builder().method("POST").uri(format!("{PREFIX}/users"));
    let reply = world.send(request.header(header::HOST, "git.example.org").body(never()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}
