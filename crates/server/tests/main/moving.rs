//! A whole site from host to host: the same ids, tokens, sessions, passwords and refs, also after an interruption.

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::Path,
    process::{Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::support::{
    PASSWORD, SETUP, Server, World, assert_same, commit, exchange, finish, fsck, git, history, program,
    run_git, text,
};

/// A site with a little of everything: accounts, tokens, members, a renamed, a private, an empty and a deleted
/// repository, and one of several slices. Answers where its history is.
fn filled() -> (World, std::path::PathBuf) {
    let world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/before"), "--all"]);
    run_git(&work, ["push", "-q", &world.url("ada/before"), "--tags"]);
    world.run(&["repo", "rename", "ada/before", "demo"]);
    world.run(&["repo", "create", "ada/gone"]);
    world.run_with(&["user", "add", "bob", "--email", "bob@example.org", "--password-stdin"], PASSWORD);
    world.run(&["repo", "create", "bob/empty", "--private", "--description", "Nothing \"yet\": 100 %"]);
    world.run(&["repo", "member", "add", "ada/demo", "bob", "read"]);
    world.run(&["repo", "delete", "ada/gone", "--yes"]);
    world.run(&["site", "set", "registration=open"]);
    let mut state = 1_u64;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..7_000_000).map(|_| byte()).collect();
    let large = world.path("large");
    fs::create_dir(&large).unwrap();
    run_git(&large, ["init", "-q"]);
    fs::write(large.join("noise"), noise).unwrap();
    commit(&large, "noise");
    run_git(&large, ["push", "-q", &world.url("ada/large"), "main"]);
    (world, work)
}

/// A server that nobody has set up.
fn empty(world: &World, name: &str) -> Server {
    Server::start(&world.path(name), &world.path(&format!("{name}.log")), &[])
}

fn move_to(world: &World, address: &str, setup: &str) -> Output {
    let mut command = program();
    command.arg("--data").arg(world.data()).args(["move", "--to", &format!("http://{address}")]);
    finish(std::mem::replace(command.env("GITFLARE_SETUP_TOKEN", setup), program()), "")
}

fn said(output: &Output) -> String {
    let said = text(&output.stderr).trim_end().to_owned();
    assert!(output.status.success(), "{said}");
    said
}

fn refused(output: &Output) -> String {
    let line = text(&output.stderr).trim_end().to_owned();
    assert_eq!(output.status.code(), Some(1), "{line}");
    assert!(line.starts_with("error: ") && !line.contains('\n'), "{line}");
    line
}

fn api(address: &str, token: &str, path: &str) -> String {
    let answer = exchange(
        address,
        &format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"
        ),
    );
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Everything administrators see of a site: accounts, tokens, repositories with their ids, members, settings.
fn inventory(address: &str, token: &str) -> Vec<String> {
    let paths = [
        "/users",
        "/users/ada/tokens",
        "/users/bob/tokens",
        "/repositories",
        "/repositories/ada/demo/members",
    ];
    let mut seen: Vec<String> =
        paths.iter().map(|path| api(address, token, &format!("/api/admin/v1{path}"))).collect();
    seen.push(api(address, token, "/api/v3/user").replace(address, "ADDRESS"));
    seen
}

fn sign_in(address: &str) -> String {
    let form = format!("name=ada&password={}", PASSWORD.replace(' ', "+"));
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = exchange(address, &request);
    let cookie = answer
        .lines()
        .find_map(|line| line.to_ascii_lowercase().starts_with("set-cookie: ").then(|| &line[12..]));
    cookie.unwrap_or_else(|| panic!("{answer}")).split(';').next().unwrap().to_owned()
}

fn is_signed_in(address: &str, cookie: &str) -> bool {
    let request =
        format!("GET /settings HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n");
    exchange(address, &request).starts_with("HTTP/1.1 200")
}

fn clone_of(world: &World, address: &str, name: &str, to: &str) -> std::path::PathBuf {
    let url = format!("http://ada:{}@{address}/{name}.git", world.token);
    run_git(world.folder.path(), ["clone", "-q", "--mirror", &url, to]);
    fsck(&world.path(to));
    world.path(to)
}

/// The clones of both sites are the same, and the second takes a push.
fn assert_moved(world: &World, work: &Path, address: &str, to: &str) {
    assert_same(&clone_of(world, address, "ada/demo", &format!("{to}-demo")), work);
    // The name it had before leads there too.
    assert_same(&clone_of(world, address, "ada/before", &format!("{to}-before")), work);
    assert_same(&clone_of(world, address, "ada/large", &format!("{to}-large")), &world.path("large"));
    let url = format!("http://ada:{}@{address}/ada/large.git", world.token);
    let large = world.path("large");
    fs::write(large.join(to), "new\n").unwrap();
    commit(&large, "new");
    run_git(&large, ["push", "-q", &url, "main"]);
    run_git(&large, ["reset", "-q", "--hard", "HEAD~1"]);
    // An id that was given up is not given out again.
    let made = exchange(
        address,
        &format!(
            "POST /api/admin/v1/repositories HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Content-Length: 30\r\n\r\n{{\"owner\":\"ada\",\"name\":\"newest\"}}",
            world.token
        )
        .replace("Content-Length: 30", &format!("Content-Length: {}", r#"{"owner":"ada","name":"newest"}"#.len())),
    );
    assert!(made.contains("\"id\":5"), "{made}");
}

#[test]
fn a_site_moves_to_another_host_and_back() {
    let (mut world, work) = filled();
    let cookie = sign_in(world.address());
    let before = inventory(world.address(), &world.token);
    let other = empty(&world, "other");
    let line = said(&move_to(&world, &other.address, SETUP));
    assert!(line.contains("2 accounts and 3 repositories are at"), "{line}");
    assert_eq!(inventory(&other.address, &world.token), before);
    assert!(is_signed_in(&other.address, &cookie));
    assert!(!sign_in(&other.address).is_empty());
    // The address is the new one, and the setup link is void.
    assert!(
        api(&other.address, &world.token, "/api/admin/v1/site")
            .contains(&format!("\"url\":\"http://{}\"", other.address))
    );
    let setup = format!("GET /setup?token={SETUP} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(exchange(&other.address, &setup).starts_with("HTTP/1.1 404"));
    // The source can be read, and takes nothing.
    fsck(&clone_of(&world, world.address(), "ada/demo", "still"));
    fs::write(work.join("late"), "late\n").unwrap();
    commit(&work, "late");
    let output = git(&work).args(["push", "-q", &world.url("ada/demo"), "main"]).output().unwrap();
    assert!(text(&output.stderr).contains("the site has moved to http://"), "{}", text(&output.stderr));
    // In words, and not as the number of a status, also where the push would make a repository.
    let output = git(&work).args(["push", "-q", &world.url("ada/late"), "main"]).output().unwrap();
    assert!(text(&output.stderr).contains("the site has moved to http://"), "{}", text(&output.stderr));
    run_git(&work, ["reset", "-q", "--hard", "HEAD~1"]);
    assert!(world.fail(&["repo", "create", "ada/late"]).contains("The site is being moved"));
    assert!(world.fail(&["site", "set", "registration=closed"]).contains("The site is being moved"));
    assert_moved(&world, &work, &other.address, "there");
    // And back, into a folder of this machine.
    let url = format!("http://{}", other.address);
    let mut command = program();
    command
        .arg("--data")
        .arg(world.path("back"))
        .args(["move", "--from", &url])
        .env("GITFLARE_TOKEN", &world.token);
    let line = said(&finish(command, ""));
    assert!(line.contains("2 accounts and 4 repositories are in"), "{line}");
    let now = inventory(&other.address, &world.token);
    let back = Server::start(&world.path("back"), &world.path("back.log"), &[]);
    assert_eq!(inventory(&back.address, &world.token), now);
    assert!(is_signed_in(&back.address, &cookie));
    assert_same(&clone_of(&world, &back.address, "ada/demo", "back-demo"), &work);
    let verify =
        program().arg("--data").arg(world.path("back")).args(["repo", "verify", "--all"]).output().unwrap();
    assert!(verify.status.success(), "{}", text(&verify.stdout));
    // The first site may be started again, and go on by itself if somebody says so.
    world.stop();
    world.start();
    fsck(&clone_of(&world, world.address(), "ada/demo", "restarted"));
    world.run(&["move", "--cancel"]);
    fs::write(work.join("late"), "late\n").unwrap();
    commit(&work, "late");
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    world.run(&["repo", "create", "ada/late"]);
}

#[test]
fn only_an_empty_site_is_filled_and_only_by_its_setup_token() {
    let (world, work) = filled();
    let other = World::new();
    let line = refused(&move_to(&world, other.address(), SETUP));
    assert!(line.contains("is set up already"), "{line}");
    let fresh = empty(&world, "fresh");
    let line = refused(&move_to(&world, &fresh.address, "a guess"));
    assert!(line.contains("does not hold its setup token"), "{line}");
    let line = refused(&move_to(&world, &fresh.address, ""));
    assert!(line.contains("GITFLARE_SETUP_TOKEN is not set"), "{line}");
    // Nothing was kept from changing for it.
    fs::write(work.join("on"), "on\n").unwrap();
    commit(&work, "on");
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "main"]);
    world.run(&["repo", "create", "ada/on"]);
    let mut command = program();
    command.arg("--data").arg(world.data()).args(["move", "--from", &format!("http://{}", other.address())]);
    let line =
        refused(&finish(std::mem::replace(command.env("GITFLARE_TOKEN", &other.token), program()), ""));
    assert!(line.contains("is not empty"), "{line}");
    assert!(world.fail(&["move"]).contains("--to"));
}

/// Passes connections on until a request of a kind has come so often, and then nothing more.
struct Cut {
    address: String,
    seen: Arc<AtomicUsize>,
    times: usize,
}

impl Cut {
    /// `answers`: whether the last request still arrives, and only its answer is lost.
    fn at(request: &'static str, times: usize, answers: bool, target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(AtomicUsize::new(0));
        let (target, count) = (target.to_owned(), Arc::clone(&seen));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Ok(onward) = TcpStream::connect(&target) else { return };
                let (mut from, mut to) = (stream.try_clone().unwrap(), onward.try_clone().unwrap());
                let counted = Arc::clone(&count);
                std::thread::spawn(move || {
                    let mut buffer = vec![0; 16 << 10];
                    while let Ok(read @ 1..) = from.read(&mut buffer) {
                        // A request begins with a piece of its own.
                        if buffer[..read].windows(request.len()).any(|window| window == request.as_bytes()) {
                            counted.fetch_add(1, Ordering::SeqCst);
                        }
                        if counted.load(Ordering::SeqCst) >= times && !answers {
                            return wait();
                        }
                        if to.write_all(&buffer[..read]).is_err() {
                            return;
                        }
                    }
                    let _ = to.shutdown(Shutdown::Write);
                });
                let (mut from, mut to) = (onward, stream);
                let counted = Arc::clone(&count);
                std::thread::spawn(move || {
                    let mut buffer = vec![0; 16 << 10];
                    while let Ok(read @ 1..) = from.read(&mut buffer) {
                        if counted.load(Ordering::SeqCst) >= times {
                            return wait();
                        }
                        let _ = to.write_all(&buffer[..read]);
                    }
                });
            }
        });
        Self { address, seen, times }
    }

    /// Waits until it is cut.
    fn wait(&self) {
        for _ in 0..4_000 {
            if self.seen.load(Ordering::SeqCst) >= self.times {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("only {} requests came", self.seen.load(Ordering::SeqCst));
    }
}

/// As long as a test takes.
fn wait() {
    std::thread::sleep(Duration::from_secs(600));
}

/// Begins to move, and is killed when the connection is cut.
fn interrupt(world: &World, cut: &Cut) {
    let mut command = program();
    command.arg("--data").arg(world.data()).args(["move", "--to", &format!("http://{}", cut.address)]);
    let mut child = command.env("GITFLARE_SETUP_TOKEN", SETUP).stderr(Stdio::null()).spawn().unwrap();
    cut.wait();
    // What still arrives is worked on.
    std::thread::sleep(Duration::from_millis(300));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Sets a site up; the status line.
fn set_up(address: &str) -> String {
    let form = format!("token={SETUP}&name=eve&password=correct+horse+battery");
    let request = format!(
        "POST /setup HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    exchange(address, &request).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn an_interrupted_move_is_given_again() {
    let (mut world, work) = filled();
    let before = inventory(world.address(), &world.token);
    world.stop();
    let other = empty(&world, "other");
    let repository = "PUT /api/admin/v1/import/repositories/";
    for (request, times, answers) in [
        (repository, 3, false),
        (repository, 4, true),
        (repository, 9, false),
        (repository, 9, true),
        ("PUT /api/admin/v1/import/site/", 1, false),
        ("POST /api/admin/v1/import/finish", 1, false),
    ] {
        interrupt(&world, &Cut::at(request, times, answers, &other.address));
        // Nobody sets up a site that is being filled.
        assert!(set_up(&other.address).contains(" 503 "), "{request}");
    }
    let line = said(&move_to(&world, &other.address, SETUP));
    assert!(line.contains("2 accounts and 3 repositories are at"), "{line}");
    assert_eq!(inventory(&other.address, &world.token), before);
    assert_moved(&world, &work, &other.address, "there");
    // Whoever did not hear the last answer may ask again.
    let line = said(&move_to(&world, &other.address, SETUP));
    assert!(line.contains("all accounts and repositories are at"), "{line}");
    assert!(refused(&move_to(&world, &other.address, "a guess")).contains("is set up already"));
}

#[test]
fn a_move_whose_last_answer_is_lost_is_done() {
    let (mut world, work) = filled();
    let before = inventory(world.address(), &world.token);
    world.stop();
    let other = empty(&world, "other");
    interrupt(&world, &Cut::at("POST /api/admin/v1/import/finish", 1, true, &other.address));
    let line = said(&move_to(&world, &other.address, SETUP));
    assert!(line.contains("repositories are at"), "{line}");
    assert_eq!(inventory(&other.address, &world.token), before);
    assert_moved(&world, &work, &other.address, "there");
}

#[test]
fn a_move_that_is_given_up_leaves_a_site_to_set_up() {
    let (mut world, _) = filled();
    world.stop();
    let other = empty(&world, "other");
    interrupt(&world, &Cut::at("PUT /api/admin/v1/import/repositories/", 8, true, &other.address));
    let to = format!("http://{}", other.address);
    let mut command = program();
    command.arg("--data").arg(world.data()).args(["move", "--to", &to, "--cancel"]);
    let line = said(&finish(std::mem::replace(command.env("GITFLARE_SETUP_TOKEN", SETUP), program()), ""));
    assert!(line.contains("waits to be set up"), "{line}");
    assert_eq!(fs::read_dir(world.path("other/repositories")).unwrap().count(), 0);
    assert!(set_up(&other.address).contains(" 200 "));
    // The source still waits for a decision.
    assert!(world.fail(&["repo", "create", "ada/late"]).contains("The site is being moved"));
    world.run(&["move", "--cancel"]);
    world.run(&["repo", "create", "ada/late"]);
}

#[test]
fn a_backup_from_elsewhere_is_restored_here() {
    let (world, work) = filled();
    let before = inventory(world.address(), &world.token);
    let archive = world.path("archive");
    let output = world.try_there(&["backup", archive.to_str().unwrap()], "");
    assert!(said(&output).contains("3 repositories in"));
    // The site goes on at once.
    world.run(&["repo", "create", "ada/later"]);
    let output =
        program().arg("--data").arg(world.path("other")).arg("restore").arg(&archive).output().unwrap();
    said(&output);
    let other = Server::start(&world.path("other"), &world.path("other.log"), &[]);
    assert_eq!(inventory(&other.address, &world.token), before);
    assert_moved(&world, &work, &other.address, "restored");
    assert!(refused(&world.try_there(&["backup", archive.to_str().unwrap()], "")).contains("exists already"));
}
