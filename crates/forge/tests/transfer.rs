//! Git over HTTP: what is let through, and what git clients are told otherwise.

use axum::body::Body;
use gitflare_forge::{
    Actor, Peer, Role, access::act, names::FullName, repositories, tokens::Allow, transfer,
    transfer::Decision,
};
use gitflare_port::{Event, RefUpdate, Service};
use http::{Method, Request, StatusCode, header};

use crate::support::{PASSWORD, World, basic, exchange, get, info_refs};

#[tokio::test]
async fn a_public_repository_is_cloned_by_anybody_under_any_form_of_its_url() {
    let world = World::new().await;
    let id = world.access::<act::See>("ada/demo").await.repository().id;
    for path in ["/ada/demo", "/ada/demo.git", "/ada/demo.git/", "/ADA/Demo.git"] {
        let grant = world.grant(info_refs(path, "git-upload-pack", None)).await;
        assert_eq!((grant.id, grant.begun.is_some(), grant.head.advertise), (id, false, true), "{path}");
        assert_eq!(grant.head.caller.identity, None);
        assert_eq!(grant.head.caller.locked, ["refs/pull/"]);
        assert_eq!(grant.content_type(), "application/x-git-upload-pack-advertisement");
        assert_eq!(grant.headers()[1], (header::CACHE_CONTROL, "no-cache, max-age=0, must-revalidate"));
        let body = exchange(path, "git-upload-pack", None).body(Body::empty()).unwrap();
        let grant = world.grant(body).await;
        assert!(!grant.head.advertise && grant.head.stateless);
        assert_eq!(grant.content_type(), "application/x-git-upload-pack-result");
    }
}

#[tokio::test]
async fn the_highest_version_both_know_is_spoken() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let version = async |service: &str, asked: &str| {
        let request = exchange("/ada/demo", service, Some(&token)).header("git-protocol", asked);
        world.grant(request.body(Body::empty()).unwrap()).await.head.version
    };
    for (asked, upload, receive) in [
        ("", 0, 0),
        ("version=1", 1, 1),
        ("version=2", 2, 0),
        ("version=1:version=2", 2, 1),
        ("version=9", 0, 0),
        ("version=9:version=2:x", 2, 0),
    ] {
        assert_eq!(version("git-upload-pack", asked).await, upload, "{asked}");
        assert_eq!(version("git-receive-pack", asked).await, receive, "{asked}");
    }
}

#[tokio::test]
async fn a_token_is_the_password_of_any_user_name() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let grant = world.grant(info_refs("/ada/secret", "git-upload-pack", Some(&token))).await;
    assert_eq!(grant.head.caller.identity.as_ref().unwrap().name, "ada");
    for value in [format!("Bearer {token}"), format!("token {token}"), basic(&token)] {
        let request =
            get("/ada/secret/info/refs?service=git-receive-pack").header(header::AUTHORIZATION, value);
        assert_eq!(
            world.grant(request.body(Body::empty()).unwrap()).await.head.service,
            Service::ReceivePack
        );
    }
}

#[tokio::test]
async fn a_password_is_refused_with_the_place_to_make_a_token() {
    let world = World::new().await;
    for (path, password) in [("/ada/demo", PASSWORD), ("/ada/secret", PASSWORD), ("/ada/demo", "x")] {
        let reply = world.send(info_refs(path, "git-upload-pack", Some(password))).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            reply.body,
            "Git takes a token, not a password: make one at http://git.example.org/settings/tokens and use it as \
             the password\n"
        );
        assert_eq!(reply.header("www-authenticate"), "Basic realm=\"Gitflare\"");
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_on_public_repositories_too() {
    let world = World::new().await;
    let revoked = format!("{}x", world.token("ada").await);
    for path in ["/ada/demo", "/ada/secret", "/ada/missing"] {
        let reply = world.send(info_refs(path, "git-upload-pack", Some(&revoked))).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.body, "The token is not valid, or has expired\n");
    }
}

#[tokio::test]
async fn who_guesses_tokens_is_told_to_wait() {
    let world = World::new().await;
    // Well-formed, as a token is that was revoked.
    let elsewhere = World::new().await;
    elsewhere.token("ada").await;
    let wrong = elsewhere.token("ada").await;
    let known = world.token("ada").await;
    let ask = async |token: Option<&str>, host: u8| {
        let mut request = info_refs("/ada/demo", "git-upload-pack", token);
        request.extensions_mut().insert(Peer { address: Some([192, 0, 2, host].into()), trusted: false });
        world.forge.decide(&request.into_parts().0).await
    };
    let guess = async |host| match ask(Some(&wrong), host).await {
        Decision::Answer(response) => response,
        _ => panic!("let through"),
    };
    for _ in 0..31 {
        assert_eq!(guess(1).await.status(), StatusCode::UNAUTHORIZED);
    }
    let limited = guess(1).await;
    assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(limited.headers()[header::RETRY_AFTER], "15");
    assert_eq!(limited.headers()[header::CACHE_CONTROL], "no-cache, max-age=0, must-revalidate");
    // Others, and those who know what they say, go on.
    assert_eq!(guess(2).await.status(), StatusCode::UNAUTHORIZED);
    assert!(matches!(ask(Some(&known), 1).await, Decision::Grant(_)));
    assert!(matches!(ask(None, 1).await, Decision::Grant(_)));
}

#[tokio::test]
async fn a_push_needs_the_role_and_the_permission() {
    let world = World::new().await;
    let stranger = world.token("linus").await;
    let reply = world.send(info_refs("/ada/demo", "git-receive-pack", Some(&stranger))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.body, "This needs the role 'write' on the repository\n");
    let anonymous = world.send(info_refs("/ada/demo", "git-receive-pack", None)).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);

    world.collaborator("ada/demo", "linus", Role::Write).await;
    assert!(world.grant(info_refs("/ada/demo", "git-receive-pack", Some(&stranger))).await.begun.is_none());
    let read_only = world.token_for("linus", Allow::parse("contents:read").unwrap(), None).await;
    let reply = world.send(info_refs("/ada/demo", "git-receive-pack", Some(&read_only))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.body, "The token lacks the permission 'contents:write'\n");
    let chosen = world.token_for("ada", Allow::Everything, Some(&["ada/secret"])).await;
    let reply = world.send(info_refs("/ada/demo", "git-receive-pack", Some(&chosen))).await;
    assert_eq!(reply.body, "The token is not for this repository\n");
    world.grant(info_refs("/ada/secret", "git-receive-pack", Some(&chosen))).await;
}

#[tokio::test]
async fn an_archived_repository_takes_no_push() {
    let world = World::new().await;
    repositories::set_archived(&world.forge, &world.access("ada/demo").await, true).await.unwrap();
    let token = world.token("ada").await;
    let reply = world.send(info_refs("/ada/demo", "git-receive-pack", Some(&token))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.body, "The repository is archived and read-only\n");
    world.grant(info_refs("/ada/demo", "git-upload-pack", None)).await;
}

#[tokio::test]
async fn a_renamed_repository_is_served_in_place_with_a_line_about_its_name() {
    let world = World::new().await;
    let renamed = repositories::rename(&world.forge, &world.access("ada/demo").await, "show").await.unwrap();
    let token = world.token("ada").await;
    let request = exchange("/ada/demo.git", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
    let grant = world.grant(request).await;
    assert_eq!(grant.id, renamed.id);
    assert_eq!(
        grant.head.notices,
        ["ada/demo is called ada/show now; its address is", "  http://git.example.org/ada/show.git",]
    );
}

#[tokio::test]
async fn the_dumb_protocol_is_refused_with_advice() {
    let world = World::new().await;
    for path in ["/ada/demo.git/info/refs", "/ada/demo.git/HEAD", "/ada/demo.git/objects/info/packs"] {
        let reply = world.get(path).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        assert!(reply.body.contains("newer git"), "{path}");
    }
    assert_eq!(
        world.get("/ada/demo/info/refs?service=git-upload-archive").await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn wrong_types_encodings_and_methods_are_refused() {
    let world = World::new().await;
    let post = |media: &str, encoding: &str| {
        Request::post("/ada/demo/git-upload-pack")
            .header(header::CONTENT_TYPE, media)
            .header(header::CONTENT_ENCODING, encoding)
            .body(Body::empty())
            .unwrap()
    };
    let right = "application/x-git-upload-pack-request";
    assert_eq!(world.send(post("text/plain", "identity")).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(world.send(post(right, "br")).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for (encoding, gzip) in [("gzip", true), ("x-gzip", true), ("identity", false)] {
        assert_eq!(world.grant(post(right, encoding)).await.head.gzip, gzip, "{encoding}");
    }
    let reply = world.get("/ada/demo/git-upload-pack").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.headers["allow"], "POST");
    let request = info_refs("/ada/demo", "git-upload-pack", None);
    let (mut parts, body) = request.into_parts();
    parts.method = Method::POST;
    assert_eq!(world.send(Request::from_parts(parts, body)).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn local_transfers_obey_the_same_function() {
    let world = World::new().await;
    let name = FullName::parse("ada/secret").unwrap();
    let linus = world.actor("linus").await;
    let refused = transfer::local(&world.forge, &linus, &name, Service::UploadPack, 2).await.unwrap_err();
    assert_eq!(refused.message, "There is no repository ada/secret");
    let local = Actor::LocalAdministrator;
    let grant = transfer::local(&world.forge, &local, &name, Service::ReceivePack, 2).await.unwrap();
    assert_eq!((grant.head.version, grant.head.stateless), (0, false));
    assert_eq!(grant.head.caller.identity.unwrap().account, 0);
    assert!(grant.begun.is_none());
}

#[tokio::test]
async fn a_local_push_creates_what_its_actor_may_create() {
    let world = World::new().await;
    let (ada, linus) = (world.actor("ada").await, world.actor("linus").await);
    let name = FullName::parse("ada/fresh").unwrap();
    let push =
        async |actor: &Actor| transfer::local(&world.forge, actor, &name, Service::ReceivePack, 0).await;
    assert_eq!(push(&linus).await.unwrap_err().message, "There is no repository ada/fresh");
    let fetched = transfer::local(&world.forge, &ada, &name, Service::UploadPack, 0).await;
    assert_eq!(fetched.unwrap_err().message, "There is no repository ada/fresh");
    // It moves nothing: all is as before.
    let grant = push(&ada).await.unwrap();
    assert_eq!(grant.head.notices, ["Created private repository ada/fresh"]);
    world.forge.settle(&grant.begun.unwrap(), false).await.unwrap();
    let grant = push(&Actor::LocalAdministrator).await.unwrap();
    world.forge.settle(&grant.begun.unwrap(), true).await.unwrap();
    assert!(push(&ada).await.unwrap().begun.is_none());
    let nobody = FullName::parse("nobody/fresh").unwrap();
    let refused =
        transfer::local(&world.forge, &Actor::LocalAdministrator, &nobody, Service::ReceivePack, 0).await;
    assert_eq!(refused.unwrap_err().message, "There is no account 'nobody'");
}

#[tokio::test]
async fn no_two_pushes_have_the_same_time() {
    let world = World::new().await;
    let id = world.access::<act::See>("ada/demo").await.repository().id;
    let pushed = |at| Event::Pushed {
        actor: 1,
        at,
        updates: vec![],
        options: vec![],
        size: 1,
        head: "refs/heads/main".into(),
    };
    let mut times = Vec::new();
    // What is kept is named by it: two in one second, and one whose event came late.
    for (seq, at) in [(1, 1_800_000_000), (2, 1_800_000_000), (3, 1_799_999_990), (4, 1_800_000_060)] {
        world.forge.apply(id, seq, &pushed(at)).await.unwrap();
        times.push(world.access::<act::See>("ada/demo").await.repository().pushed_at.unwrap());
    }
    assert_eq!(times, [1_800_000_000, 1_800_000_001, 1_800_000_002, 1_800_000_060]);
}

#[tokio::test]
async fn an_event_is_applied_once() {
    let world = World::new().await;
    let id = world.access::<act::See>("ada/demo").await.repository().id;
    let pushed = |size, head: &str| Event::Pushed {
        actor: 1,
        at: 1_800_000_000,
        updates: vec![RefUpdate {
            name: head.into(),
            old: "0".repeat(40),
            new: "1".repeat(40),
            forced: false,
        }],
        options: vec![],
        size,
        head: head.into(),
    };
    world.forge.apply(id, 1, &pushed(10, "refs/heads/trunk")).await.unwrap();
    world.forge.apply(id, 1, &pushed(99, "refs/heads/other")).await.unwrap();
    let repository = world.access::<act::See>("ada/demo").await.repository().clone();
    assert_eq!((repository.size, repository.default_branch.as_str()), (10, "trunk"));
    assert_eq!(repository.pushed_at, Some(1_800_000_000));
    world.forge.apply(id, 2, &pushed(20, "refs/heads/trunk")).await.unwrap();
    assert_eq!(world.access::<act::See>("ada/demo").await.repository().size, 20);
}
