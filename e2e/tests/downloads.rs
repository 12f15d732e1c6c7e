//! Raw files, archives and patches as they arrive, beside what stock git makes of the same commits.

use std::{fs, process::Command};

use crate::support::{
    Local, Reply, Request, User, World,
    local::{git, succeed},
};

/// Someone with a private repository `demo`, and where it lies.
fn pushed(world: &World) -> (User, Local, String) {
    let ada = world.user("ada");
    let work = world.history("work");
    work.git(["push", "-q", "--mirror", &ada.url("demo")]);
    let home = format!("/{}", ada.full("demo"));
    (ada, work, home)
}

/// The bytes git writes.
fn bytes(work: &Local, words: &[&str]) -> Vec<u8> {
    let output = git(&work.path).args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn get(world: &World, user: &User, path: &str) -> Reply {
    world.site.send(&Request::get(path).token(&user.token))
}

#[test]
fn raw_files_are_those_of_git_in_any_part() {
    let world = World::new();
    let (ada, work, home) = pushed(&world);
    let listed = work.git(["ls-tree", "-r", "-z", "--format=%(objecttype) %(objectname) %(path)", "main"]);
    let mut compared = 0;
    for line in listed.split('\0').filter(|line| line.starts_with("blob ")) {
        let [_, oid, path] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let encoded: Vec<String> = path.split('/').map(crate::support::http::encoded).collect();
        let reply = get(&world, &ada, &format!("{home}/raw/main/{}", encoded.join("/"))).expect(200);
        assert!(reply.body == bytes(&work, &["cat-file", "blob", oid]), "{path}");
        assert_eq!(reply.header("etag"), Some(format!("\"{oid}\"").as_str()));
        let same = reply.header("content-length").unwrap().parse::<usize>().unwrap() == reply.body.len();
        assert!(same, "{path}: {:?}", reply.headers);
        compared += 1;
    }
    assert!(compared > 3, "{compared}");
    let path = format!("{home}/raw/refs/heads/main/README.md");
    let whole = get(&world, &ada, &path).expect(200);
    let ask =
        |name: &str, value: &str| world.site.send(&Request::get(&path).token(&ada.token).header(name, value));
    let part = ask("Range", "bytes=2-5").expect(206);
    assert_eq!(part.body, whole.body[2..6]);
    assert_eq!(part.header("content-range"), Some(format!("bytes 2-5/{}", whole.body.len()).as_str()));
    assert_eq!(ask("Range", "bytes=-3").expect(206).body, whole.body[whole.body.len() - 3..]);
    ask("Range", "bytes=99999999-").expect(416);
    let same = ask("If-None-Match", whole.header("etag").unwrap()).expect(304);
    assert!(same.body.is_empty());
    let head = world.site.send(&Request::new("HEAD", &path).token(&ada.token)).expect(200);
    assert_eq!(head.header("etag"), whole.header("etag"));
}

#[test]
fn archives_are_those_of_git() {
    let world = World::new();
    let (ada, work, home) = pushed(&world);
    let id = work.id("main");
    for (revision, label) in [("main", "main"), ("refs/heads/main", "main"), (id.as_str(), id.as_str())] {
        let packed = get(&world, &ada, &format!("{home}/archive/{revision}.tar.gz")).expect(200);
        let prefix = format!("--prefix=demo-{label}/");
        let expected = bytes(&work, &["archive", "--format=tar", &prefix, revision]);
        let mut tar = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut tar).unwrap();
        assert!(tar == expected, "{revision}: {} and {} bytes", tar.len(), expected.len());
        let saved = packed.header("content-disposition").unwrap();
        assert!(saved.contains(&format!("demo-{label}.tar.gz")), "{saved}");
    }
    let zip = get(&world, &ada, &format!("{home}/archive/main.zip")).expect(200);
    fs::write(world.path("main.zip"), &zip.body).unwrap();
    let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; \
                  print(sum(not i.is_dir() for i in z.infolist()))";
    let count = succeed(Command::new("python3").args(["-c", script]).arg(world.path("main.zip")));
    let files =
        work.git(["ls-tree", "-r", "main"]).lines().filter(|line| !line.starts_with("160000")).count();
    assert_eq!(count.trim(), files.to_string());
    let tag = zip.header("etag").unwrap().to_owned();
    let again =
        Request::get(format!("{home}/archive/main.zip")).token(&ada.token).header("If-None-Match", tag);
    world.site.send(&again).expect(304);
}

#[test]
fn patches_are_applied_by_git() {
    let world = World::new();
    let (ada, work, home) = pushed(&world);
    let (base, id) = (work.id("main"), work.commit("main", &[("added.txt", "one\ntwo\n")]));
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    let bare = get(&world, &ada, &format!("{home}/commit/{id}.diff")).expect(200);
    assert!(bare.text().contains("+++ b/added.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n"), "{}", bare.text());
    let mail = get(&world, &ada, &format!("{home}/compare/{base}...main.patch")).expect(200);
    assert_eq!(get(&world, &ada, &format!("{home}/commit/{id}.patch")).expect(200).body, mail.body);
    fs::write(world.path("patch"), &mail.body).unwrap();
    let apply = world.clone(&[], &ada.url("demo"), "apply");
    apply.git(["reset", "-q", "--hard", &base]);
    apply.git(["am", "-q", world.path("patch").to_str().unwrap()]);
    assert_eq!(apply.id("HEAD^{tree}"), work.id("main^{tree}"));
}

#[test]
fn files_larger_than_memory_come_out_whole() {
    let world = World::new();
    let (ada, work, home) = pushed(&world);
    let line =
        |n: u64| format!("{n:010} words that repeat, {:016x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut text: Vec<u8> = (0..1_150_000).flat_map(|n| line(n).into_bytes()).collect();
    assert!(text.len() > 50_000_000, "{}", text.len());
    work.commit_bytes("main", &[("large.txt", &text)]);
    work.git(["push", "-q", &ada.url("demo"), "main"]);
    // The second version stands on the first, as a delta that memory has no room for.
    for place in text.iter_mut().step_by(5 << 20) {
        *place = b'!';
    }
    work.commit_bytes("main", &[("large.txt", &text)]);
    work.git(["-c", "core.bigFileThreshold=1g", "push", "-q", &ada.url("demo"), "main"]);
    let path = format!("{home}/raw/main/large.txt");
    let whole = get(&world, &ada, &path).expect(200);
    assert!(whole.body == text, "{} bytes", whole.body.len());
    assert_eq!(whole.header("content-type"), Some("text/plain; charset=utf-8"));
    let from = text.len() - 1_000;
    let part = Request::get(&path).token(&ada.token).header("Range", format!("bytes={from}-"));
    assert!(world.site.send(&part).expect(206).body == text[from..]);
}

#[test]
fn a_stranger_gets_nothing_and_a_reader_without_an_account_what_is_public() {
    let world = World::new();
    let (ada, work, home) = pushed(&world);
    let eve = world.user("eve");
    let id = work.id("main");
    let paths = [
        "raw/main/README.md".to_owned(),
        "archive/main.zip".to_owned(),
        format!("commit/{id}.diff"),
        format!("compare/{id}...main.patch"),
    ]
    .map(|rest| format!("{home}/{rest}"));
    for path in &paths {
        world.site.get(path).expect(404);
        get(&world, &eve, path).expect(404);
        world.site.send(&Request::get(path).token("gitflare_pat_nonsense")).expect(401);
        let own = get(&world, &ada, path).expect(200);
        assert!(own.header("cache-control").unwrap().starts_with("private"), "{path}");
    }
    ada.publish("demo");
    for path in &paths {
        let reply = world.site.get(path).expect(200);
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    }
}
