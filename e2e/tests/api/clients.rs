//! The API by programs that were written for GitHub.

use std::{
    io,
    net::{Shutdown, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use crate::support::{Site, User, World, text};

/// Whether a client is there. On a build machine it has to be; elsewhere its script says that it is left out, and why.
#[expect(clippy::print_stderr, reason = "who runs the suite reads why something was left out")]
fn is_there(what: &str, there: bool, how: &str) -> bool {
    let must = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    assert!(there || !must, "{what} is missing: {how}");
    if !there {
        eprintln!("left out, because {what} is missing: {how}");
    }
    there
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[test]
fn octokit_finds_what_it_knows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("api");
    let there = is_installed("node") && folder.join("node_modules/@octokit/rest").exists();
    if !is_there("octokit.js", there, "`npm ci` in e2e/api, or `cargo xtask e2e`, which does it") {
        return;
    }
    let world = World::new();
    let ada = world.user("ada");
    let mut node = Command::new("node");
    node.arg(folder.join("octokit.mjs")).args([ada.site.url("").as_str(), &ada.token, &ada.name]);
    let output = node.output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// `gh`, which speaks TLS to every host but to one behind a socket of its own machine.
struct Gh<'a> {
    user: &'a User,
    folder: PathBuf,
}

impl<'a> Gh<'a> {
    fn of(user: &'a User, folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        let socket = folder.join("socket");
        lead(UnixListener::bind(&socket).unwrap(), user.site.clone());
        std::fs::write(folder.join("config.yml"), format!("http_unix_socket: {}\n", socket.display()))
            .unwrap();
        Self { user, folder }
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut gh = Command::new("gh");
        gh.args(words).current_dir(&self.folder).env("GH_CONFIG_DIR", &self.folder);
        // Its own variables of whoever runs the suite would lead it elsewhere.
        gh.env_remove("GH_TOKEN").env_remove("GITHUB_TOKEN").env_remove("GH_REPO");
        gh.env("GH_HOST", "git.example.org").env("GH_ENTERPRISE_TOKEN", &self.user.token);
        gh.env("GH_NO_UPDATE_NOTIFIER", "1").env("NO_COLOR", "1").output().unwrap()
    }

    /// What `gh api` prints.
    #[track_caller]
    fn api(&self, words: &[&str]) -> String {
        let output = self.run(&[&["api"], words].concat());
        assert!(output.status.success(), "{words:?}: {}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }
}

/// Leads every connection on to the site.
fn lead(listener: UnixListener, site: Site) {
    thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(site.authority())) else { return };
            carry(client, server);
        }
    });
}

fn carry(client: UnixStream, server: TcpStream) {
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (server, client);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[test]
fn gh_asks_the_api() {
    if !is_there("gh", is_installed("gh"), "apt-get install -y gh") {
        return;
    }
    let world = World::new();
    let ada = world.user("ada");
    let gh = Gh::of(&ada, world.path("gh"));
    assert_eq!(gh.api(&["user", "--jq", ".login"]), ada.name);
    for name in ["first", "second"] {
        let made = gh.api(&[
            "user/repos",
            "-f",
            &format!("name={name}"),
            "-F",
            "private=true",
            "--jq",
            ".full_name",
        ]);
        assert_eq!(made, ada.full(name));
    }
    let repository = format!("repos/{}", ada.full("first"));
    let changed =
        gh.api(&["-X", "PATCH", &repository, "-f", "description=Of the first", "--jq", ".description"]);
    assert_eq!(changed, "Of the first");
    let all = gh.api(&["--paginate", "user/repos?per_page=1", "--jq", ".[].name"]);
    assert_eq!(all.lines().collect::<Vec<_>>(), ["first", "second"]);
    gh.api(&["-X", "PUT", &format!("{repository}/topics"), "-f", "names[]=one", "-f", "names[]=two"]);
    assert_eq!(gh.api(&[&format!("{repository}/topics"), "--jq", ".names | join(\" \")"]), "one two");
    gh.api(&["-X", "PUT", &format!("user/starred/{}", ada.full("first"))]);
    assert!(gh.api(&["-i", &repository, "--silent"]).contains("X-Github-Enterprise-Version: 3.19.0"));
    gh.api(&["-X", "DELETE", &repository]);
    let gone = gh.run(&["api", &repository]);
    assert!(!gone.status.success());
    assert!(text(&gone.stderr).contains("Not Found (HTTP 404)"), "{}", text(&gone.stderr));
}
