//! Branches that are deleted on their page: what is said before, who may, and what the audit log hears.

use gitflare_forge::{
    Actor, Role,
    access::{self, act},
    audit,
};
use gitflare_port::Command;
use http::StatusCode;

use crate::pages::{Browser, words};
use crate::pages_history::TIP;
use crate::support::World;

const ODD: &str = "feature/%3Cb%3E%FF";

async fn world() -> World {
    let world = World::new().await;
    *world.host.script.lock().unwrap() = Some(Box::new(crate::pages_code::answer));
    world
}

fn delete(name: &str) -> String {
    format!("/ada/demo/branches/delete/{name}")
}

#[tokio::test]
async fn a_page_says_what_goes_with_a_branch() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world, "ada").await;
    let list = browser.get("/ada/demo/branches").await;
    assert!(list.body.contains(&format!("href=\"{}\"", delete(ODD))), "{}", list.body);
    assert!(!list.body.contains(&delete("main")), "the default branch stays");
    let before = world.host.commands.lock().unwrap().len();
    let page = browser.get(&delete(ODD)).await;
    assert_eq!(world.host.commands.lock().unwrap().len() - before, 1, "a page costs one command");
    insta::assert_snapshot!(words(&page));
    assert!(page.body.contains(&format!("value=\"{TIP}\"")), "{}", page.body);
    let merged = words(&browser.get(&delete("old")).await);
    assert!(merged.contains("nothing is lost with the branch"), "{merged}");
    let stays = browser.get(&delete("main")).await;
    assert_eq!(stays.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!stays.body.contains("Delete this branch"), "{}", stays.body);
    for none in ["none", "feature/x/src"] {
        assert_eq!(browser.get(&delete(none)).await.status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[tokio::test]
async fn a_branch_goes_only_from_where_it_was_seen_and_the_audit_log_hears_of_it() {
    let world = world().await;
    let mut browser = Browser::signed_in(&world, "ada").await;
    let moved = browser.post(&delete(ODD), &[("seen", &"1".repeat(40))]).await;
    assert_eq!(moved.status, StatusCode::CONFLICT);
    let said = words(&moved);
    assert!(said.contains("moved meanwhile.") && said.contains("Delete this branch"), "{said}");
    let gone = browser.post(&delete(ODD), &[("seen", TIP)]).await;
    assert_eq!(
        (gone.status, gone.header("location")),
        (StatusCode::SEE_OTHER, "/ada/demo/branches?done=deleted")
    );
    let list = words(&browser.get(gone.header("location")).await);
    assert!(list.contains("Branch deleted."), "{list}");
    let asked = world.host.commands.lock().unwrap().iter().rev().find_map(|(_, command)| match command {
        Command::MoveRefs { caller, changes, note } => Some((caller.clone(), changes.clone(), note.clone())),
        _ => None,
    });
    let (caller, changes, note) = asked.unwrap();
    assert_eq!((caller.identity.unwrap().name.as_str(), note.as_str()), ("ada", "deleted on the site"));
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!((change.name.as_str(), change.old.as_str()), ("refs/heads/feature/%3Cb%3E%FF", TIP));
    assert_eq!(change.new, "0".repeat(40));
    let see = access::site::<act::SeeSite>(&Actor::LocalAdministrator).unwrap();
    let log = audit::list(&world.forge, &see).await.unwrap();
    let entry = log.iter().find(|entry| entry.action == "branch.delete").unwrap();
    assert_eq!((entry.actor.as_str(), entry.subject.as_str()), ("ada", "ada/demo"));
    assert_eq!(entry.detail, format!("refs/heads/feature/<b>\u{FFFD} was {TIP}"));
    assert_eq!(log.iter().filter(|entry| entry.action == "branch.delete").count(), 1);
}

#[tokio::test]
async fn only_who_may_push_sees_the_way_to_delete() {
    let world = world().await;
    for (name, role, may) in [("rita", Role::Read, false), ("wim", Role::Write, true)] {
        world.account(name).await;
        world.collaborator("ada/demo", name, role).await;
        let mut browser = Browser::signed_in(&world, name).await;
        let list = browser.get("/ada/demo/branches").await;
        assert_eq!(list.body.contains("branches/delete/"), may, "{name}");
        let status = browser.get(&delete(ODD)).await.status;
        assert_eq!(status, if may { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{name}");
    }
}
