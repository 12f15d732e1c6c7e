//! Moving a site: what stays as it is meanwhile, who may fill an empty one, and that everything arrives.

use std::collections::BTreeMap;

use axum::body::Body;
use gitflare_db::dump;
use gitflare_forge::{
    Access, Actor, Role,
    access::{self, act},
    admin::{self, PREFIX},
    error::Kind,
    http::Client,
    moving::{self, Step},
    repositories::Visibility,
    sessions, tokens,
    transfer::Decision,
};
use gitflare_port::{
    Command, Event, Reply,
    moving::{Import, Progress, Rows, Summary},
};
use http::{Request, StatusCode, header};

use crate::support::{PASSWORD, World, account_name, basic, described, exchange, get, info_refs};

const LOCAL: &Actor = &Actor::LocalAdministrator;
const NOTICE: &str = "the site is moving";

fn office() -> Access<act::AdministerSite> {
    access::site(LOCAL).unwrap()
}

fn migrations() -> Vec<String> {
    gitflare_forge::MIGRATIONS.iter().map(|migration| migration.name.to_owned()).collect()
}

fn summary(last_event: i64) -> Summary {
    Summary {
        migrations: Vec::new(),
        head: "refs/heads/main".into(),
        refs: 0,
        refs_digest: String::new(),
        commits: 0,
        objects: 0,
        packs: 0,
        bytes: 0,
        movements: 0,
        last_event,
    }
}

/// All slices of a frozen site.
async fn slices(world: &World, lease: &str) -> Vec<Vec<u8>> {
    let (mut slices, mut cursor) = (Vec::new(), None);
    loop {
        let slice = moving::site_slice(&world.forge, &office(), lease, cursor.as_deref()).await.unwrap();
        slices.push(slice.rows.0);
        cursor = slice.next;
        if cursor.is_none() {
            return slices;
        }
    }
}

fn counts(slices: &[Vec<u8>]) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for slice in slices {
        let mut table = String::new();
        dump::read(slice, &mut |record| {
            match record {
                dump::Record::Table(name) => name.clone_into(&mut table),
                dump::Record::Row(_) => *counts.entry(table.clone()).or_default() += 1,
            }
            Ok::<_, gitflare_db::Error>(())
        })
        .unwrap();
    }
    counts
}

/// Every row of every table that moves, as text.
async fn content(world: &World) -> String {
    let db = gitflare_db::Db::new(world.host.file.file().clone());
    let mut text = String::new();
    let read = db.read(|sql| {
        for table in gitflare_db::tables::list(sql)? {
            if moving::STAYS.contains(&table.as_str()) {
                continue;
            }
            gitflare_db::tables::rows(sql, &table, &mut |row| {
                let mut bytes = Vec::new();
                dump::encode_row(row, &mut bytes)?;
                text.push_str(&format!("{table} {:?}\n", dump::decode_row(&bytes)?));
                Ok(())
            })?;
        }
        Ok::<_, gitflare_db::Error>(())
    });
    read.unwrap();
    text
}

async fn frozen(world: &World) -> String {
    moving::freeze(&world.forge, &office(), true, NOTICE).await.unwrap()
}

/// A target, and its setup token.
async fn target() -> (World, String) {
    let world = World::empty().await;
    let token = world.forge.setup_link(Some("the token of the setup")).await.unwrap().unwrap();
    *world.host.script.lock().unwrap() = Some(Box::new(|command| match command {
        Command::Import(Import::Finish { summary }) => {
            Some(Ok(Reply::Progress(Progress::Finished(summary.clone()))))
        }
        Command::Import(_) => Some(Ok(Reply::Progress(Progress::Complete))),
        Command::Outbox { after: 0, .. } => Some(Ok(Reply::Outbox(vec![(
            5,
            Event::Pushed {
                actor: 1,
                at: 1_800_000_500,
                updates: Vec::new(),
                options: Vec::new(),
                size: 4_321,
                head: "refs/heads/trunk".into(),
            },
        )]))),
        Command::Outbox { .. } => Some(Ok(Reply::Outbox(Vec::new()))),
        _ => None,
    }));
    (world, token)
}

/// Moves everything but the end.
async fn fill(source: &World, target: &World, token: &str) -> BTreeMap<String, u64> {
    let nobody = &Actor::Anonymous;
    let lease = frozen(source).await;
    assert_eq!(moving::begin(&target.forge, nobody, token, &migrations()).await.unwrap(), Step::Filling);
    for id in [1, 2] {
        let id = gitflare_forge::RepositoryId(id);
        moving::repository(&target.forge, nobody, token, id, Import::Begin).await.unwrap();
        let finish = Import::Finish { summary: summary(0) };
        moving::repository(&target.forge, nobody, token, id, finish).await.unwrap();
    }
    let slices = slices(source, &lease).await;
    for (number, slice) in slices.iter().enumerate() {
        moving::site_rows(&target.forge, nobody, token, number as u32, slice).await.unwrap();
    }
    counts(&slices)
}

#[tokio::test]
async fn a_frozen_site_is_read_and_changes_nothing() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let signed_in = sessions::sign_in(&world.forge, "ada", PASSWORD, &Client::default()).await.unwrap();
    frozen(&world).await;
    let before = content(&world).await;
    // A day later, when what was used is otherwise written down.
    world.host.advance(86_400);
    assert!(tokens::verify(&world.forge, &token, &Client::default()).await.is_ok());
    let page = get("/settings").header(header::COOKIE, format!("session={}", signed_in.cookie_value));
    assert_eq!(world.send(page.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    assert_eq!(world.get("/ada").await.status, StatusCode::OK);
    let grant = world.grant(info_refs("/ada/secret.git", "git-upload-pack", Some(&token))).await;
    assert_eq!(grant.full_name.to_string(), "ada/secret");
    // Pushes are refused by the repository itself; a new one cannot be begun.
    let push = exchange("/ada/new.git", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
    match world.forge.decide(&push.into_parts().0).await {
        Decision::Answer(response) => {
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()["retry-after"], "60");
        }
        other => panic!("{other:?}"),
    }
    let refused = sessions::sign_in(&world.forge, "ada", PASSWORD, &Client::default()).await.unwrap_err();
    assert_eq!(
        (refused.kind, refused.message.as_str()),
        (Kind::Unavailable, "The site is being moved: it can be read, but not changed")
    );
    let setting = gitflare_forge::site::set(&world.forge, &office(), "registration", "open").await;
    assert_eq!(setting.unwrap_err().kind, Kind::Unavailable);
    let event = Event::Pushed {
        actor: 1,
        at: 1,
        updates: Vec::new(),
        options: Vec::new(),
        size: 1,
        head: "refs/heads/main".into(),
    };
    let id = gitflare_forge::RepositoryId(1);
    assert_eq!(world.forge.apply(id, 1, &event).await.unwrap_err().kind, Kind::Unavailable);
    assert_eq!(gitflare_forge::repositories::recover(&world.forge, 0).await.unwrap(), 0);
    assert_eq!(world.forge.setup_link(None).await.unwrap(), None);
    assert_eq!(content(&world).await, before);
    moving::thaw(&world.forge, &office(), None).await.unwrap();
    world.forge.apply(id, 1, &event).await.unwrap();
    sessions::sign_in(&world.forge, "ada", PASSWORD, &Client::default()).await.unwrap();
    assert!(content(&world).await.contains("site.thaw"));
}

#[tokio::test]
async fn what_is_frozen_while_it_is_read_thaws_by_itself() {
    let world = World::new().await;
    // The triggers go by the clock of the database.
    let db = gitflare_db::Db::new(world.host.file.file().clone());
    let clock: gitflare_db::Stmt<(i64,)> = gitflare_db::Stmt::new("clock", "SELECT unixepoch()");
    let (now,) = db.read(|sql| sql.one(&clock, &[])).unwrap();
    world.host.now.store(now, std::sync::atomic::Ordering::Relaxed);
    let lease = moving::freeze(&world.forge, &office(), false, NOTICE).await.unwrap();
    assert_eq!(moving::freeze(&world.forge, &office(), false, NOTICE).await.unwrap(), lease);
    assert!(gitflare_forge::site::set(&world.forge, &office(), "registration", "open").await.is_err());
    world.host.advance(100);
    moving::site_slice(&world.forge, &office(), &lease, None).await.unwrap();
    world.host.advance(100);
    moving::site_slice(&world.forge, &office(), &lease, None).await.unwrap();
    // Nobody asks for a while.
    let later = "UPDATE moving SET until = until - 1000";
    db.write("later", |sql| sql.run(later, &[], &mut |_| Ok(()))).unwrap();
    let late = moving::site_slice(&world.forge, &office(), &lease, None).await;
    assert_eq!(late.unwrap_err().kind, Kind::Conflict);
    gitflare_forge::site::set(&world.forge, &office(), "registration", "open").await.unwrap();
    let next = moving::freeze(&world.forge, &office(), false, NOTICE).await.unwrap();
    assert_ne!(next, lease);
    let other = moving::site_slice(&world.forge, &office(), &lease, None).await;
    assert_eq!(other.unwrap_err().kind, Kind::Conflict);
    // Who no longer holds it thaws nothing, and what is for good is not thawed by a reader.
    moving::thaw(&world.forge, &office(), Some(&lease)).await.unwrap();
    moving::site_slice(&world.forge, &office(), &next, None).await.unwrap();
    assert_eq!(frozen(&world).await, next);
    moving::thaw(&world.forge, &office(), Some(&next)).await.unwrap();
    moving::site_slice(&world.forge, &office(), &next, None).await.unwrap();
    moving::thaw(&world.forge, &office(), None).await.unwrap();
    assert!(moving::site_slice(&world.forge, &office(), &next, None).await.is_err());
    world.account("grace").await;
}

#[tokio::test]
async fn everything_arrives_as_it_was() {
    let source = World::new().await;
    source.collaborator("ada/secret", "linus", Role::Write).await;
    let token = source.token("ada").await;
    let signed_in = sessions::sign_in(&source.forge, "ada", PASSWORD, &Client::default()).await.unwrap();
    for n in 0..3_000 {
        let description = format!("\"{n}\" of many: grüße\\ \u{1f600} {}", "x".repeat(300));
        let access = source.access(if n % 2 == 0 { "ada/demo" } else { "ada/secret" }).await;
        if n < 2 {
            gitflare_forge::repositories::describe(&source.forge, &access, described(&description))
                .await
                .unwrap();
        }
        if n % 10 == 0 {
            let access = source.access("ada/demo").await;
            let visibility = if n % 20 == 0 { Visibility::Private } else { Visibility::Public };
            gitflare_forge::repositories::set_visibility(&source.forge, &access, visibility).await.unwrap();
        }
    }
    let (target, setup) = target().await;
    let nobody = &Actor::Anonymous;
    let counts = fill(&source, &target, &setup).await;
    // Until the end nobody is there.
    assert!(tokens::verify(&target.forge, &token, &Client::default()).await.is_err());
    let url = Some("https://new.example.org");
    let fewer: BTreeMap<_, _> = counts.iter().map(|(name, count)| (name.clone(), count - 1)).collect();
    let error = moving::finish(&target.forge, nobody, &setup, &fewer, url).await.unwrap_err();
    assert_eq!(error.message, "Rows of the site are missing");
    assert_eq!(moving::finish(&target.forge, nobody, &setup, &counts, url).await.unwrap(), Step::Done);
    let (before, after) = (content(&source).await, content(&target).await);
    let missing: Vec<_> = before.lines().filter(|line| !after.contains(*line)).collect();
    // The next number of the audit log is higher by the entry of the import.
    assert!(
        missing.iter().all(|line| line.contains("sqlite_sequence") && line.contains("audit")),
        "{missing:?}"
    );
    let added: Vec<_> = after.lines().filter(|line| !before.contains(*line)).collect();
    assert_eq!(added.len(), 3, "{added:?}");
    assert!(added.iter().any(|line| line.contains("https://new.example.org")), "{added:?}");
    assert!(added.iter().any(|line| line.contains("site.import")), "{added:?}");
    let ada = tokens::verify(&target.forge, &token, &Client::default()).await.unwrap();
    assert_eq!(ada.account().unwrap().name.as_str(), "ada");
    let page = get("/settings").header(header::COOKIE, format!("session={}", signed_in.cookie_value));
    assert_eq!(target.send(page.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    sessions::sign_in(&target.forge, "ada", PASSWORD, &Client::default()).await.unwrap();
    // Ids go on where they were.
    let made = target.repository("ada", "third", Visibility::Private).await;
    assert_eq!(made.id.0, 3);
    // The answer may be asked for again, by whoever knows the token, and the door is closed.
    assert_eq!(moving::finish(&target.forge, nobody, &setup, &counts, url).await.unwrap(), Step::Done);
    assert_eq!(moving::begin(&target.forge, nobody, &setup, &migrations()).await.unwrap(), Step::Done);
    let guess = moving::begin(&target.forge, nobody, "a guess", &migrations()).await.unwrap_err();
    assert_eq!(guess.kind, Kind::NotFound);
    let late = moving::site_rows(&target.forge, nobody, &setup, 0, &[]).await.unwrap_err();
    assert_eq!(late.kind, Kind::Conflict);
    assert!(!gitflare_forge::setup::is_open(&target.forge, &setup).await.unwrap());
}

#[tokio::test]
async fn what_repositories_have_to_tell_is_heard_and_strays_are_dropped() {
    let source = World::new().await;
    let (target, setup) = target().await;
    let nobody = &Actor::Anonymous;
    let counts = fill(&source, &target, &setup).await;
    let step = |id, import| {
        moving::repository(&target.forge, nobody, &setup, gitflare_forge::RepositoryId(id), import)
    };
    // A push that the source's site had not heard of, and a repository that an earlier run brought and is gone since.
    step(1, Import::Finish { summary: summary(5) }).await.unwrap();
    step(9, Import::Begin).await.unwrap();
    step(9, Import::Finish { summary: summary(0) }).await.unwrap();
    assert_eq!(step(3, Import::State).await.unwrap(), None);
    assert_eq!(moving::finish(&target.forge, nobody, &setup, &counts, None).await.unwrap(), Step::Done);
    let heard = target.access::<act::See>("ada/demo").await.repository().clone();
    assert_eq!((heard.size, heard.default_branch.as_str()), (4_321, "trunk"));
    let erased = target.host.erased.lock().unwrap().clone();
    assert_eq!(erased.last().map(|id| id.0), Some(9));
}

#[tokio::test]
async fn a_repository_that_did_not_come_keeps_everything_out() {
    let source = World::new().await;
    let (target, setup) = target().await;
    let nobody = &Actor::Anonymous;
    let counts = fill(&source, &target, &setup).await;
    // Begun anew, and not ended.
    let id = gitflare_forge::RepositoryId(2);
    moving::repository(&target.forge, nobody, &setup, id, Import::Begin).await.unwrap();
    let before = content(&target).await;
    let error = moving::finish(&target.forge, nobody, &setup, &counts, None).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (Kind::Conflict, "Rows or repositories of the site are missing")
    );
    assert_eq!(content(&target).await, before);
    // It is still frozen, also for the machine's owner.
    let new = gitflare_forge::accounts::NewAccount {
        name: "eve",
        email: None,
        password: PASSWORD,
        administrator: true,
    };
    let added = gitflare_forge::accounts::add(&target.forge, &office(), new).await;
    assert_eq!(added.unwrap_err().kind, Kind::Unavailable);
    // Given up, it is as it was.
    while moving::cancel(&target.forge, nobody, &setup).await.unwrap() != Step::Done {}
    assert_eq!(target.host.erased.lock().unwrap().len(), 5);
    gitflare_forge::accounts::add(&target.forge, &office(), new).await.unwrap();
    let late = moving::begin(&target.forge, LOCAL, "", &migrations()).await.unwrap_err();
    assert_eq!(late.message, "The site is in use: an import needs one without accounts");
}

#[tokio::test]
async fn an_import_is_for_the_setup_token_of_an_empty_site_alone() {
    let used = World::new().await;
    used.administrator("boss").await;
    let boss = used.token_for("boss", tokens::Allow::Everything, None).await;
    let (empty, setup) = target().await;
    let (open, known) = target().await;
    moving::begin(&open.forge, &Actor::Anonymous, &known, &migrations()).await.unwrap();
    let names = serde_json::to_string(&migrations()).unwrap();
    let rows = base64_of(&dump::Slice::default().finish().unwrap());
    let requests = [
        ("POST", "/import", format!("\"migrations\": {names}")),
        ("PUT", "/import/repositories/1", r#""import": {"step": "state"}"#.to_owned()),
        ("PUT", "/import/site/0", format!("\"rows\": \"{rows}\"")),
        ("POST", "/import/cancel", "\"token\": \"x\"".to_owned()),
        ("POST", "/import/finish", "\"rows\": {}".to_owned()),
    ];
    let all = admin::OPERATIONS.iter().filter(|(.., gate)| *gate == admin::Gate::Setup).count();
    assert_eq!(requests.len(), all);
    for (method, path, body) in &requests {
        for (world, token, authorization) in [
            (&used, "", None),
            (&used, "the token of the setup", None),
            (&used, "the token of the setup", Some(&boss)),
            (&empty, "", None),
            (&empty, "a guess", None),
            (&open, "a guess", None),
        ] {
            let body = if path.ends_with("cancel") { String::new() } else { format!(", {body}") };
            let reply =
                send(world, method, path, &format!("{{\"token\": \"{token}\"{body}}}"), authorization).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path} with '{token}': {}", reply.body);
        }
        if !path.ends_with("finish") && !path.ends_with("cancel") {
            let body = format!("{{\"token\": \"{known}\", {body}}}");
            let reply = send(&open, method, path, &body, None).await;
            assert!(reply.status.is_success(), "{path}: {}", reply.body);
        }
    }
    let other = r#"{"token": "the token of the setup", "migrations": ["0001_accounts"]}"#;
    let reply = send(&empty, "POST", "/import", other, None).await;
    assert_eq!(reply.json()["error"]["message"], "Both sides have to run the same version of gitflare");
    assert_eq!(setup, "the token of the setup");
}

async fn send(
    world: &World,
    method: &str,
    path: &str,
    body: &str,
    authorization: Option<&String>,
) -> crate::support::Reply {
    let mut request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
    request = request.header(header::HOST, "git.example.org");
    if let Some(token) = authorization {
        request = request.header(header::AUTHORIZATION, basic(token));
    }
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

fn base64_of(bytes: &[u8]) -> String {
    serde_json::to_value(Rows(bytes.to_vec())).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn nonsense_among_the_rows_is_refused() {
    let (target, setup) = target().await;
    let nobody = &Actor::Anonymous;
    moving::begin(&target.forge, nobody, &setup, &migrations()).await.unwrap();
    let put = async |slice: &[u8]| moving::site_rows(&target.forge, nobody, &setup, 0, slice).await;
    assert_eq!(put(b"nonsense").await.unwrap_err().kind, Kind::Invalid);
    struct Row(Vec<gitflare_db::Value<'static>>);
    impl gitflare_db::Columns for Row {
        fn get(&self, index: usize) -> gitflare_db::Result<gitflare_db::ValueRef<'_>> {
            Ok(self.0[index].as_ref())
        }
        fn count(&self) -> usize {
            self.0.len()
        }
    }
    let slice = |table: &str, row: Vec<gitflare_db::Value<'static>>| {
        let mut slice = dump::Slice::default();
        slice.row(table, &Row(row)).unwrap();
        slice.finish().unwrap()
    };
    for table in ["moving", "incoming", "attempt", "migration", "sqlite_schema", "nothing"] {
        let error = put(&slice(table, vec!["x".into()])).await.unwrap_err();
        assert!(error.message.contains("there is no table"), "{table}: {error}");
    }
    for value in ["a\0b".into(), vec![1_u8].into()] {
        assert_eq!(put(&slice("account", vec![value])).await.unwrap_err().kind, Kind::Invalid);
    }
    // What only the table itself can refuse keeps everything out.
    let finish = async |table: &str, row| {
        put(&slice(table, row)).await.unwrap();
        let counts = BTreeMap::from([(table.to_owned(), 1)]);
        moving::finish(&target.forge, nobody, &setup, &counts, None).await.unwrap_err().kind
    };
    assert_eq!(finish("setting", vec!["only a name".into()]).await, Kind::Internal);
    assert_eq!(
        finish("collaborator", vec![1_i64.into(), 1_i64.into(), "read".into(), 1_i64.into()]).await,
        Kind::Conflict
    );
    assert_eq!(moving::state(&target.forge).await.unwrap().unwrap().role, moving::Role::Target);
    assert_eq!(account_name("ada").as_str(), "ada");
}
