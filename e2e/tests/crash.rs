//! What breaks off: clients that leave, hosts that die, a site database that cannot be written.

use std::{
    io::Write as _,
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rusqlite::Connection;

use crate::support::{
    Local, User, World, assert_same, eventually,
    history::noise,
    http::chunk,
    local,
    wire::{RECEIVE, ZERO, exchange, push_body},
};

/// How much of a pack one row of a repository's database holds.
const ROW: usize = 65_515;

fn pushed() -> (World, User, Local) {
    let world = World::own();
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    (world, ada, work)
}

fn listed(world: &World, ada: &User) -> String {
    world.git(["ls-remote", &ada.url("demo")])
}

/// The database of the only repository.
fn database(world: &World) -> PathBuf {
    let mut all = world.its_host().repository_databases();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn number(path: &PathBuf, sql: &str) -> i64 {
    let database = Connection::open(path).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Pushes everything, which must work in the end: one that was cut after all had been sent may still be on its way into
/// the repository.
fn push_after_all(ada: &User, work: &Local) {
    eventually("a push works", Duration::from_secs(60), || {
        let mut push = local::git(&work.path);
        push.args(["push", "-q", "--mirror", &ada.url("demo")]).output().unwrap().status.success()
    });
}

/// Rows of bytes that belong to nothing that is kept.
const LEFTOVERS: &str = "SELECT (SELECT count(*) FROM file WHERE state <> 'sealed') \
     + (SELECT count(*) FROM chunk WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.id = chunk.id >> 20)) \
     + (SELECT count(*) FROM pack WHERE state = 'staged')";

#[test]
fn a_push_cut_off_at_any_chunk_changes_nothing_and_leaves_nothing() {
    let (world, ada, work) = pushed();
    let before = listed(&world, &ada);
    let tip = work.commit_bytes("noise", &[("noise", &noise(8 * ROW)), ("more", &noise(1_000))]);
    let commands = [(ZERO, tip.as_str(), "refs/heads/noise")];
    let head = push_body(&commands, "report-status", &[]);
    let pack = work.pack(&[&tip, "^main"], &[]);
    // The commands, then pieces of one row each.
    let pieces: Vec<&[u8]> = std::iter::once(head.as_slice()).chain(pack.chunks(ROW)).collect();
    assert!(pieces.len() > 9, "{}", pieces.len());
    let request = exchange(&ada.full("demo"), RECEIVE).token(&ada.token);
    let length = head.len() + pack.len();
    for sent in 0..=pieces.len() {
        for chunked in [true, false] {
            // All of it would be a push, if its length had been told before.
            if sent == pieces.len() && !chunked {
                continue;
            }
            let coding = if chunked {
                "Transfer-Encoding: chunked".to_owned()
            } else {
                format!("Content-Length: {length}")
            };
            let whole = request.encode(&world.site.authority());
            let head = crate::support::text(&whole).replace("Content-Length: 0", &coding);
            let mut stream = world.site.connect();
            stream.write_all(head.as_bytes()).unwrap();
            for piece in &pieces[..sent] {
                let piece = if chunked { chunk(piece) } else { piece.to_vec() };
                stream.write_all(&piece).unwrap();
            }
            drop(stream);
            let is_complete = sent == pieces.len();
            if !is_complete {
                assert_eq!(listed(&world, &ada), before, "after {sent} pieces");
            }
        }
    }
    // A chunked body whose end was never said may still hold a whole push: then it counts, or not, but wholly.
    let after = listed(&world, &ada);
    let with_it = format!("{tip}\trefs/heads/noise\n");
    assert!(after == before || after.replace(&with_it, "") == before, "{after}");
    push_after_all(&ada, &work);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
    let path = database(&world);
    eventually("nothing is left of cut pushes", Duration::from_secs(90), || number(&path, LEFTOVERS) == 0);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "again"), &work);
}

#[test]
fn a_client_killed_in_the_middle_of_a_push_leaves_nothing() {
    let (world, ada, work) = pushed();
    let before = listed(&world, &ada);
    work.commit_bytes("noise", &[("noise", &noise(6 << 20))]);
    let tip = work.id("noise");
    for millis in [30, 80, 150] {
        let mut push = local::git(&work.path);
        push.args(["push", "-q", &ada.url("demo"), "noise"]).stderr(Stdio::null());
        // With all it started: the program that sends the pack would go on without git.
        let mut push = push.process_group(0).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        let group = format!("-{}", push.id());
        Command::new("kill").args(["-s", "KILL", "--", &group]).status().unwrap();
        push.wait().unwrap();
        let now = listed(&world, &ada);
        assert!(now == before || now.contains(&format!("{tip}\trefs/heads/noise\n")), "{now}");
    }
    push_after_all(&ada, &work);
    assert_same(&world.clone(&["--mirror"], &ada.url("demo"), "clone"), &work);
}

#[test]
fn after_a_restart_everything_clones() {
    let (mut world, ada, work) = pushed();
    let other = world.local("other");
    other.commit("main", &[("other", "other\n")]);
    other.git(["push", "-q", "--mirror", &ada.url("other")]);
    let mut browser = ada.browser();
    for round in ["stopped", "killed"] {
        if round == "stopped" {
            world.host().stop();
        } else {
            world.host().kill();
        }
        world.host().start();
        for (name, local) in [("demo", &work), ("other", &other)] {
            assert_same(&world.clone(&["--mirror"], &ada.url(name), &format!("{name}-{round}")), local);
        }
        browser.get("/settings").expect(200);
        other.commit("main", &[(round, round)]);
        other.git(["push", "-q", &ada.url("other"), "main"]);
    }
}

#[test]
fn a_host_killed_at_any_moment_keeps_what_it_acknowledged() {
    let (mut world, ada, work) = pushed();
    let names = ["refs/heads/main", "refs/heads/topic", "refs/tags/latest"];
    let state = |world: &World| -> Vec<String> {
        let listing = listed(world, &ada);
        let value = |name: &&str| {
            let line = listing.lines().find(|line| line.ends_with(&format!("\t{name}")));
            line.map(|line| line[..40].to_owned()).unwrap_or_default()
        };
        names.iter().map(value).collect()
    };
    let mut typical = Duration::from_millis(200);
    for round in 0..6u32 {
        let before = state(&world);
        let tip = work.commit_bytes("main", &[("file", &noise(50_000 * (round as usize + 1)))]);
        let specs = names.map(|name| format!("+{tip}:{name}"));
        let push = |ada: &User| {
            let mut push = local::git(&work.path);
            push.args(["push", "-q", "--atomic", &ada.url("demo")]).args(&specs).stderr(Stdio::null());
            push
        };
        let mut child = push(&ada).spawn().unwrap();
        // The fractions of a push at which the host dies: spread evenly, in no order.
        std::thread::sleep(typical.mul_f64(f64::from(round * 5 % 6) / 6.0 * 1.2));
        world.host().kill();
        let is_acknowledged = child.wait().unwrap().success();
        world.host().start();
        let found = state(&world);
        let after = vec![tip.clone(); names.len()];
        assert!(found == before || found == after, "round {round}: {before:?} became {found:?}");
        assert!(!is_acknowledged || found == after, "round {round}: an acknowledged push is lost");
        let begun = Instant::now();
        assert!(push(&ada).status().unwrap().success(), "round {round}, repeated");
        if found == before {
            typical = (typical + begun.elapsed()) / 2;
        }
        assert_eq!(state(&world), after, "round {round}, repeated");
    }
    world.clone(&["--mirror"], &ada.url("demo"), "clone").fsck();
}

/// A push is admitted by reading the site's database. When that cannot be written afterwards, the push counts all the
/// same, and the site hears of it later, once.
#[test]
fn a_push_succeeds_while_the_site_cannot_be_written_and_is_told_once() {
    let (mut world, ada, work) = pushed();
    let site = world.its_host().site_database();
    let applied = "SELECT count(*) FROM applied_event";
    eventually("the first push is told", Duration::from_secs(30), || number(&site, applied) == 1);
    let size = number(&site, "SELECT size FROM repository");
    let lock = Connection::open(&site).unwrap();
    lock.busy_timeout(Duration::from_secs(10)).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let tip = work.commit_bytes("main", &[("noise", &noise(100_000))]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    assert_eq!(world.git(["ls-remote", &ada.url("demo"), "main"])[..40], tip);
    assert_eq!(number(&site, applied), 1);
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    eventually("the second push is told", Duration::from_secs(90), || number(&site, applied) == 2);
    let grown = number(&site, "SELECT size FROM repository");
    assert!(grown >= size + 100_000, "{size} became {grown}");
    // A host that starts tells everything again; nothing changes.
    world.host().stop();
    world.host().start();
    world.git(["ls-remote", &ada.url("demo")]);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(number(&site, applied), 2);
    assert_eq!(number(&site, "SELECT size FROM repository"), grown);
}
