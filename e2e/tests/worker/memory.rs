//! The program's memory never shrinks, and all objects of an isolate share it.

use std::time::Duration;

use crate::support::{
    World, assert_same, eventually,
    history::noise,
    local::{write_commit, write_file},
};

/// What it may come to, of the 128 MB an isolate has.
const MOST: u64 = 64 << 20;

/// Bytes of the files pushed, which do not deflate.
const PUSH: usize = 100_000_000;

fn memory(world: &World) -> u64 {
    world.site.get("/-/memory").expect(200).text().parse().unwrap()
}

#[test]
fn a_push_of_a_hundred_megabytes_and_its_clones_leave_room() {
    // More than a plan of 100 MB lets through, so that the push really has them.
    let world = World::limited(200);
    let ada = world.user("ada");
    let work = world.local("work");
    // What does not deflate: one file beyond what is kept in memory, many around a row, and some between.
    let sizes = [20 << 20, 9 << 20, 5 << 20].into_iter().chain((0..).map(|n| (n * 7_919) % 240_000 + 1));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut all = 0;
    for (number, size) in sizes.enumerate() {
        if all >= PUSH {
            break;
        }
        all += size;
        files.push((format!("{}/{number}", number % 50), noise(size)));
    }
    let named: Vec<(&str, &[u8])> =
        files.iter().map(|(name, data)| (name.as_str(), data.as_slice())).collect();
    work.commit_bytes("main", &named);
    drop(files);
    work.git(["push", "-q", &ada.url("large"), "main"]);
    let after_push = memory(&world);
    assert_same(&world.clone(&["--bare"], &ada.url("large"), "full"), &work);
    let after_clone = memory(&world);
    world.clone(&["--bare", "--depth=1"], &ada.url("large"), "shallow");
    let in_the_end = memory(&world);
    println!(
        "{all} bytes: {after_push} after the push, {after_clone} after a clone, {in_the_end} in the end"
    );
    assert!(in_the_end <= MOST, "{in_the_end} bytes");
}

/// What many small objects may come to: some 30 MB are left for what is no memory of the program.
const MANY: u64 = 96 << 20;

/// Bytes of a stream for `git fast-import`: so many files that nothing is like, on top of what is there.
fn many_files(number: usize, count: usize) -> Vec<u8> {
    let mut stream = Vec::new();
    let from: Vec<String> = if number > 1 { vec!["refs/heads/main^0".to_owned()] } else { Vec::new() };
    write_commit(&mut stream, "refs/heads/main", 1, "many", &from);
    for file in 0..count {
        let path = format!("{number}/{}/{file}", file % 300);
        write_file(&mut stream, "100644", &path, format!("{number} {file}\n").as_bytes());
    }
    stream
}

#[test]
fn pushes_of_many_small_objects_and_what_joins_them_leave_room() {
    let world = World::own();
    let ada = world.user("ada");
    let work = world.local("work");
    for number in 1..=3 {
        work.import(&many_files(number, 140_000));
        work.git(["push", "-q", &ada.url("many"), "main"]);
        println!("{} after push {number}", memory(&world));
    }
    // All three would be more than a merge may join.
    let databases = world.its_host().repository_databases();
    let live = || -> i64 {
        let database = rusqlite::Connection::open(&databases[0]).unwrap();
        database.query_row("SELECT count(*) FROM pack WHERE state = 'live'", [], |row| row.get(0)).unwrap()
    };
    eventually("two packs are joined", Duration::from_secs(120), || live() == 2);
    let in_the_end = memory(&world);
    println!("{in_the_end} in the end");
    assert!(in_the_end <= MANY, "{in_the_end} bytes");
    world.clone(&["--bare"], &ada.url("many"), "full");
    let in_the_end = memory(&world);
    assert!(in_the_end <= MANY, "{in_the_end} bytes after a clone");
}
