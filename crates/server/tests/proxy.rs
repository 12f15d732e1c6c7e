//! Behind nginx with TLS, as the README configures it: addresses, cookies, large pushes, and headers nobody may forge.
//!
//! The names of tests say what they need, so that `cargo xtask test` can skip them where it is missing.

#![expect(clippy::disallowed_methods, reason = "real git and a real proxy are the oracle")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should fail")]

#[path = "proxy/nginx.rs"]
mod nginx;
#[path = "main/support.rs"]
#[expect(dead_code, reason = "shared with the other suites of the program")]
mod support;

use std::path::Path;

use nginx::{Nginx, SITE};
use support::{PASSWORD, Server, World, commit, finish, fsck, git, history, program, run_git, text};

/// A site with ada's public repository `demo`, its server believing `proxy`.
fn site(proxy: &str) -> (World, Server) {
    let mut world = World::new();
    let work = history(world.folder.path());
    run_git(&work, ["push", "-q", &world.url("ada/demo"), "--all"]);
    world.run(&["repo", "set", "ada/demo", "--public"]);
    world.stop();
    let server = Server::start(&world.data(), &world.path("log"), &["--trusted-proxy", proxy]);
    (world, server)
}

/// Git's way to the site by its name, over TLS.
fn over_tls<'a>(nginx: &Nginx, arguments: &[&'a str]) -> Vec<std::borrow::Cow<'a, str>> {
    let mut all = vec![
        "-c".into(),
        format!("http.curloptResolve={SITE}:{}:127.0.0.1", nginx.port).into(),
        "-c".into(),
        format!("http.sslCAInfo={}", nginx.certificate().display()).into(),
    ];
    all.extend(arguments.iter().map(|argument| (*argument).into()));
    all
}

fn push(work: &Path, nginx: &Nginx, arguments: &[&str]) -> String {
    let output = git(work).args(over_tls(nginx, arguments).iter().map(AsRef::as_ref)).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

fn url(world: &World, nginx: &Nginx, name: &str) -> String {
    format!("https://ada:{}@{SITE}:{}/{name}.git", world.token, nginx.port)
}

/// How many MiB are pushed: few here, 300 by `cargo xtask soak proxy`.
fn mebibytes() -> usize {
    std::env::var("GITFLARE_TEST_MEBIBYTES").map_or(40, |number| number.parse().unwrap())
}

/// Incompressible content, so that what travels is as large.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ seed;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}

#[test]
fn behind_nginx_openssl_addresses_and_cookies_are_those_of_tls() {
    let (world, server) = site("127.0.0.1");
    let nginx = Nginx::start(&world.path("nginx"), &server.address, None);
    let page = nginx.ask(&format!("GET /ada/demo HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n"));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains(&format!("https://{SITE}/ada/demo.git")), "{page}");
    assert!(!page.contains("http://"), "{page}");

    let form = format!("name=ada&password={}", PASSWORD.replace(' ', "+"));
    let answer = nginx.ask(&format!(
        "POST /login HTTP/1.1\r\nHost: {SITE}\r\nOrigin: https://{SITE}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    ));
    let cookies: Vec<&str> =
        answer.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie:")).collect();
    let session = cookies.iter().find(|line| line.contains("__Host-session=")).expect(&answer);
    for attribute in ["Secure", "HttpOnly", "Path=/", "SameSite="] {
        assert!(session.contains(attribute), "{session}");
    }
    assert!(!session.contains("Domain"), "{session}");
    assert!(cookies.iter().all(|line| line.contains("Secure")), "{cookies:?}");

    let work = world.path("work");
    let said = push(&work, &nginx, &["push", &url(&world, &nginx, "ada/other"), "--all"]);
    assert!(said.contains(&format!("remote: View it at https://{SITE}/ada/other")), "{said}");
}

#[test]
fn behind_nginx_openssl_the_command_line_speaks_tls() {
    let (world, server) = site("127.0.0.1");
    let nginx = Nginx::start(&world.path("nginx"), &server.address, None);
    let there = |trusted: &Path, words: &[&str]| {
        let mut command = program();
        command.args(["--url", &format!("https://localhost:{}", nginx.port)]).args(words);
        command.env("GITFLARE_TOKEN", &world.token).env("SSL_CERT_FILE", trusted);
        finish(command, "")
    };
    let listed = there(&nginx.certificate(), &["repo", "list"]);
    assert!(text(&listed.stdout).contains("ada/demo"), "{}", text(&listed.stderr));
    let work = world.path("work");
    let imported = there(&nginx.certificate(), &["repo", "import", work.to_str().unwrap(), "ada/again"]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    // An authority that nobody trusts is not believed.
    let nobody = world.path("nobody.pem");
    std::fs::write(&nobody, "").unwrap();
    let refused = there(&nobody, &["repo", "list"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("certificate"), "{refused:?}");
}

#[test]
fn a_push_and_a_clone_through_nginx_openssl_are_passed_on_as_they_come() {
    let (world, server) = site("127.0.0.1");
    let work = world.path("work");
    for number in 0..mebibytes() / 20 {
        std::fs::write(work.join(format!("noise-{number}")), noise(number as u64, 20 << 20)).unwrap();
    }
    // Looking for what such files share would take git longer than sending them.
    std::fs::write(work.join(".gitattributes"), "noise-* -delta\n").unwrap();
    commit(&work, "noise");
    let nginx = Nginx::start(&world.path("nginx"), &server.address, None);
    let address = url(&world, &nginx, "ada/large");
    push(&work, &nginx, &["push", "-q", &address, "main"]);
    push(world.folder.path(), &nginx, &["clone", "-q", "--mirror", "--no-local", &address, "clone"]);
    fsck(&world.path("clone"));
    assert_eq!(run_git(&world.path("clone"), ["rev-parse", "main"]), run_git(&work, ["rev-parse", "main"]));
    assert_eq!(nginx.spooled(), Vec::<String>::new());

    // The log does say so when the line is missing from the configuration.
    let buffering = ("proxy_request_buffering off;", "");
    let nginx = Nginx::start(&world.path("buffering"), &server.address, Some(buffering));
    push(&work, &nginx, &["push", "-q", &url(&world, &nginx, "ada/again"), "main"]);
    assert!(!nginx.spooled().is_empty());
}

#[test]
fn only_the_listed_proxy_is_believed() {
    let forged =
        format!("X-Forwarded-Proto: https\r\nX-Forwarded-Host: {SITE}\r\nX-Forwarded-For: 203.0.113.9\r\n");
    for (proxy, is_believed) in [("127.0.0.1", true), ("192.0.2.7", false)] {
        let (_world, server) = site(proxy);
        let address = &server.address;
        let page = support::exchange(
            address,
            &format!("GET /ada/demo HTTP/1.1\r\nHost: {address}\r\n{forged}Connection: close\r\n\r\n"),
        );
        assert_eq!(page.contains(SITE), is_believed, "{page}");
        assert_eq!(page.contains(&format!("http://{address}/ada/demo.git")), !is_believed, "{page}");
    }
}

#[test]
fn what_a_client_forges_does_not_pass_nginx_openssl() {
    let (world, server) = site("127.0.0.1");
    let nginx = Nginx::start(&world.path("nginx"), &server.address, None);
    let page = nginx.ask(&format!(
        "GET /ada/demo HTTP/1.1\r\nHost: {SITE}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: evil.example\r\n\
         Forwarded: for=203.0.113.9;host=evil.example;proto=http\r\nConnection: close\r\n\r\n"
    ));
    assert!(!page.contains("evil.example"), "the page believes the client");
    assert!(page.contains(&format!("https://{SITE}/ada/demo.git")), "{page}");
}
