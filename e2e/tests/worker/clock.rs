//! What takes long: a clock that runs ahead stands for a slow machine, and for a day.

use std::time::Duration;

use rusqlite::Connection;

use crate::support::{
    World,
    accounts::administrators_browser,
    browser::shown,
    eventually,
    wire::{UPLOAD, exchange, pkt},
};

fn ask(world: &World, route: &str) {
    world.site.get(&format!("/-/{route}")).expect(200);
}

#[test]
fn a_long_search_keeps_the_connection_alive() {
    let world = World::own();
    let (ada, work) = world.pushed();
    let lines = ["no-progress", "deepen 5", "filter tree:2", &format!("want {}", work.id("main")), "done"];
    let mut body = [pkt("command=fetch\n"), b"0001".to_vec()].concat();
    body.extend(lines.iter().flat_map(pkt));
    body.extend(b"0000");
    let fetch = || {
        let request = exchange(&ada.full("demo"), UPLOAD).header("Git-Protocol", "version=2");
        let reply = world.site.send(&request.token(&ada.token).body(body.clone())).expect(200);
        let start = reply.body.windows(9).position(|window| window == b"packfile\n").expect("a pack") + 9;
        let pack = reply.body[start..].to_vec();
        (pack.windows(5).filter(|window| window == b"0005\x01").count(), pack)
    };
    let (none, quick) = fetch();
    assert_eq!(none, 0, "nobody waited");
    ask(&world, "slow/6");
    let (some, slow) = fetch();
    ask(&world, "slow/0");
    assert!(some > 0, "no empty packet on the side band");
    assert!(slow.len() >= quick.len() + 5 * some, "the pack came as well");
}

#[test]
fn an_event_the_site_refuses_for_a_day_is_left_out_and_told_to_administrators() {
    let mut world = World::own();
    let (ada, work) = world.pushed();
    let site = |world: &World| Connection::open(world.its_host().site_database()).unwrap();
    let applied = |world: &World| -> Vec<i64> {
        let site = site(world);
        let mut statement = site.prepare("SELECT seq FROM applied_event ORDER BY seq").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    eventually("the first push is told", Duration::from_secs(30), || applied(&world) == [1]);
    // From now on the site takes everything but the next event.
    world.host().stop();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON applied_event WHEN NEW.seq = 2 \
                  BEGIN SELECT RAISE(ABORT, 'refused'); END";
    site(&world).execute_batch(refuse).unwrap();
    world.host().start();
    for file in ["second", "third"] {
        work.commit("main", &[(file, file)]);
        work.git(["push", "-q", &ada.url("demo"), "main"]);
    }
    let said = |world: &World| {
        let mut office = administrators_browser(world);
        shown(&office.get("/admin/audit?q=event.left_out").expect(200).text())
    };
    assert_eq!(applied(&world), [1], "in order: the third waits for the second");
    assert!(said(&world).contains("Nothing matches"));
    ask(&world, "ahead/90000");
    ask(&world, "alarm/1");
    assert_eq!(applied(&world), [1, 3]);
    let told = said(&world);
    assert!(told.contains("event 2 of repository 1") && told.contains("refused"), "{told}");
    // Told once, and what follows goes on.
    ask(&world, "alarm/1");
    assert_eq!(said(&world).matches("event 2 of").count(), 1);
    work.commit("main", &[("fourth", "fourth")]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    eventually("the fourth push is told", Duration::from_secs(30), || applied(&world) == [1, 3, 4]);
}
