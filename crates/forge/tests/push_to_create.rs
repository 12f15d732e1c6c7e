//! A push to a repository that does not exist creates it, if it is the pusher's to create.

use axum::body::Body;
use gitflare_forge::{
    Actor,
    access::act,
    error::Kind,
    tokens::Allow,
    transfer::{Again, Decision},
};
use http::{StatusCode, header};

use crate::support::{World, exchange, info_refs};

#[tokio::test]
async fn asking_creates_nothing_and_answers_an_empty_repository() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let reply = world.send(info_refs("/ada/new.git", "git-receive-pack", Some(&token))).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), "application/x-git-receive-pack-advertisement");
    assert!(reply.body.starts_with("001f# service=git-receive-pack\n0000"), "{}", reply.body);
    assert!(
        reply.body.contains(&format!("{} capabilities^{{}}\0report-status", "0".repeat(40))),
        "{}",
        reply.body
    );
    let probe =
        exchange("/ada/new.git", "git-receive-pack", Some(&token)).header(header::CONTENT_LENGTH, "4");
    let reply = world.send(probe.body(Body::from("0000")).unwrap()).await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(reply.header("content-type"), "application/x-git-receive-pack-result");
    let missing = world.access_of::<act::See>(&Actor::LocalAdministrator, "ada/new").await.unwrap_err();
    assert_eq!(missing.kind, Kind::NotFound);
    assert_eq!(world.host.created.lock().unwrap().len(), 2, "the two of World");
    assert!(world.host.commands.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_push_that_moves_a_ref_keeps_it_private() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let request = exchange("/Ada/New.git", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
    let grant = world.grant(request).await;
    assert!(grant.begun.is_some());
    assert_eq!(
        grant.head.notices,
        ["Created private repository ada/New", "View it at http://git.example.org/ada/New"]
    );
    let ada = world.actor("ada").await;
    let early = world.access_of::<act::See>(&ada, "ada/new").await.unwrap_err();
    assert_eq!(early.kind, Kind::NotFound, "nobody sees it before it is made");
    let request = exchange("/ada/new", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
    let second = world.send(request).await;
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(second.header("retry-after"), "5");

    world.forge.settle(grant.begun.as_ref().unwrap(), true).await.unwrap();
    let access = world.access_of::<act::See>(&ada, "ada/new").await.unwrap();
    assert!(access.repository().is_private() && access.repository().id == grant.id);
    world.forge.settle(grant.begun.as_ref().unwrap(), false).await.unwrap();
    assert!(world.access_of::<act::See>(&ada, "ada/new").await.is_ok(), "settling again changes nothing");
    let request = exchange("/ada/new", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
    assert!(world.grant(request).await.begun.is_none());
}

#[tokio::test]
async fn a_push_that_fails_leaves_nothing() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let request = || exchange("/ada/new", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
    let grant = world.grant(request()).await;
    world.forge.settle(grant.begun.as_ref().unwrap(), false).await.unwrap();
    assert_eq!(*world.host.erased.lock().unwrap(), [grant.id]);
    let again = world.grant(request()).await;
    assert!(again.begun.is_some() && again.id != grant.id);
}

#[tokio::test]
async fn nobody_creates_under_anothers_name_or_without_the_permission() {
    let world = World::new().await;
    let linus = world.token("linus").await;
    for path in ["/ada/new", "/nobody-here/new"] {
        let reply = world.send(info_refs(path, "git-receive-pack", Some(&linus))).await;
        assert_eq!(
            (reply.status, reply.body.as_str()),
            (StatusCode::NOT_FOUND, "Repository not found\n"),
            "{path}"
        );
    }
    let read_only = world.token_for("linus", Allow::parse("contents:read").unwrap(), None).await;
    let reply = world.send(info_refs("/linus/new", "git-receive-pack", Some(&read_only))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.body, "The token lacks the permission 'contents:write'\n");
    let fetch = world.send(info_refs("/linus/new", "git-upload-pack", Some(&linus))).await;
    assert_eq!(fetch.status, StatusCode::NOT_FOUND);
    let bad_name = world.send(info_refs("/linus/a%20b", "git-receive-pack", Some(&linus))).await;
    assert_eq!(bad_name.status, StatusCode::UNPROCESSABLE_ENTITY);
    let rule = "A repository name may contain letters, digits, '.', '_' and '-' only\n";
    assert_eq!(bad_name.body, rule);
    let anothers = world.send(info_refs("/ada/a%20b", "git-receive-pack", Some(&linus))).await;
    assert_eq!((anothers.status, anothers.body.as_str()), (StatusCode::NOT_FOUND, "Repository not found\n"));
    let stranger = world.send(info_refs("/linus/a%20b", "git-receive-pack", None)).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_pushes_racing_to_create_one_begins() {
    let world = World::new().await;
    let token = world.token("ada").await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let forge = world.forge.clone();
            let request = exchange("/ada/new", "git-receive-pack", Some(&token)).body(Body::empty()).unwrap();
            tokio::spawn(async move { forge.decide(&request.into_parts().0).await })
        })
        .collect();
    let mut begun = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Decision::Grant(grant) => begun += i32::from(grant.begun.is_some()),
            Decision::Answer(response) => {
                assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
                assert!(response.extensions().get::<Again>().is_some(), "a host can wait");
            }
            Decision::NotGit => panic!("not git's"),
        }
    }
    assert_eq!(begun, 1);
}
