//! Deployments into an account that only pretends (`crates/cloudflare/tests/account.js`), with the real wrangler.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::cloudflare::tools;
use crate::{dev, http};

/// A Worker of two lines: what is tested is how it gets there.
const SCRIPT: &str = "export class Repository {}\nexport default { fetch: () => new Response('ok') };\n";

struct Pretended {
    process: Child,
    url: String,
    folder: TempDir,
}

impl Pretended {
    fn start() -> Self {
        tools::install_packages().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("index.js"), SCRIPT).unwrap();
        let mut process = tools::node("tests/account.js").stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned(), folder }
    }

    /// The account, seen from one machine.
    fn from(&self, machine: &str) -> Account {
        let folder = self.folder.path().join(machine);
        let mut account = Account::new(folder.clone()).unwrap();
        account.environment = vec![
            ("CLOUDFLARE_API_BASE_URL".to_owned(), self.url.clone()),
            ("CLOUDFLARE_API_TOKEN".to_owned(), "pretended".to_owned()),
            ("CLOUDFLARE_ACCOUNT_ID".to_owned(), "pretended".to_owned()),
            // Nobody's login, and no log beside it.
            ("HOME".to_owned(), path(&folder)),
            ("XDG_CONFIG_HOME".to_owned(), path(&folder)),
        ];
        account
    }

    fn deploy(&self) -> Deploy {
        Deploy {
            script: self.folder.path().join("index.js"),
            name: None,
            location: None,
            setup_token: None,
            new_setup_link: false,
        }
    }

    /// No file of any machine may hold the secret.
    #[track_caller]
    fn keeps_to_itself(&self, secret: &str) {
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                    assert!(!text.contains(secret), "{}", path.display());
                }
            }
        }
    }

    /// What the account holds.
    fn state(&self) -> Value {
        let answer = http::get(self.url.trim_start_matches("http://"), "/state").unwrap();
        let state: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(state["result"]["unknown"], json!([]), "asked for more than is pretended");
        state["result"].clone()
    }
}

impl Drop for Pretended {
    fn drop(&mut self) {
        dev::stop(&mut self.process);
    }
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn binding<'a>(state: &'a Value, worker: &str, name: &str) -> Option<&'a Value> {
    let bindings = state["scripts"][worker]["bindings"].as_array().unwrap();
    bindings.iter().find(|binding| binding["name"] == name)
}

#[test]
fn a_first_deployment_makes_what_is_missing_and_a_second_nothing() {
    let pretended = Pretended::start();
    let first = pretended.deploy().run(&pretended.from("one")).unwrap();
    pretended.keeps_to_itself(first.setup_token.as_deref().unwrap());
    assert_eq!(first.address, "https://gitflare.example.workers.dev");
    let token = first.setup_token.expect("a token for the setup link");
    assert_eq!(token.len(), 64);
    let state = pretended.state();
    assert_eq!(state["databases"].as_array().unwrap().len(), 1);
    assert_eq!(binding(&state, "gitflare", "DB").unwrap()["id"], state["databases"][0]["uuid"]);
    assert_eq!(binding(&state, "gitflare", SETUP_TOKEN).unwrap()["text"], token.as_str());
    assert_eq!(binding(&state, "gitflare", SETUP_TOKEN).unwrap()["type"], "secret_text");
    assert_eq!(binding(&state, "gitflare", "REPOSITORY").unwrap()["class_name"], "Repository");
    let worker = &state["scripts"]["gitflare"];
    assert_eq!(worker["migrations"]["steps"], json!([{ "new_sqlite_classes": ["Repository"] }]));
    assert_eq!(worker["limits"]["cpu_ms"], 300_000);
    let files = state["assets"]["gitflare"].as_array().unwrap();
    assert!(files.iter().any(|file| file.as_str().unwrap().ends_with(".woff2")), "{files:?}");
    assert!(binding(&state, "gitflare", "ASSETS").is_some());
    assert!(!state["schedules"].as_array().unwrap().is_empty());

    let second = pretended.deploy().run(&pretended.from("another")).unwrap();
    assert_eq!(second.address, first.address);
    assert_eq!(second.setup_token, None, "the link that was printed stays good");
    let state = pretended.state();
    assert_eq!(state["uploads"], 2);
    assert_eq!(state["databases"].as_array().unwrap().len(), 1);
    assert_eq!(state["scripts"]["gitflare"]["secrets"], json!([SETUP_TOKEN]));
}

#[test]
fn another_name_is_another_site() {
    let pretended = Pretended::start();
    let site = Deploy {
        name: Some("gitflare-staging".to_owned()),
        location: Some("weur".to_owned()),
        setup_token: Some("known beforehand".to_owned()),
        ..pretended.deploy()
    };
    let deployed = site.run(&pretended.from("one")).unwrap();
    assert_eq!(deployed.address, "https://gitflare-staging.example.workers.dev");
    assert_eq!(deployed.setup_token.as_deref(), Some("known beforehand"));
    let short = Deploy { setup_token: Some("fifteen-letters".to_owned()), ..pretended.deploy() };
    let error = short.run(&pretended.from("one")).map(drop).unwrap_err().to_string();
    assert!(error.contains("fewer than 16 characters"), "{error}");
    let state = pretended.state();
    assert_eq!(state["databases"][0]["name"], "gitflare-staging");
    assert_eq!(state["databases"][0]["location"], "weur");
    assert!(state["scripts"].get("gitflare").is_none());
}

/// The words behind `cargo xtask cloudflare wrangler` in the documents, as a shell splits them.
fn documented() -> Vec<Vec<String>> {
    const COMMAND: &str = "cargo xtask cloudflare wrangler ";
    let mut found = Vec::new();
    for page in ["README.md", "docs/cloudflare.md"] {
        let text = std::fs::read_to_string(host::root().join(page)).unwrap();
        for (at, _) in text.match_indices(COMMAND) {
            let rest = &text[at + COMMAND.len()..];
            let end = rest.find(['\n', '`', '#']).unwrap_or(rest.len());
            let shell =
                host::command("sh").args(["-c", &format!("printf '%s\\n' {}", &rest[..end])]).output();
            let words = String::from_utf8(shell.unwrap().stdout).unwrap();
            found.push(words.lines().map(str::to_owned).collect());
        }
    }
    found
}

#[test]
fn every_documented_command_for_an_operator_works() {
    let pretended = Pretended::start();
    // Twice, so that there is something to go back to.
    for name in [None, None, Some("gitflare-staging".to_owned())] {
        Deploy { name, ..pretended.deploy() }.run(&pretended.from("one")).unwrap();
    }
    let all = documented();
    assert!(all.len() >= 6, "{all:?}");
    for words in all {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (name, words) = operate::parse(&words).unwrap();
        let mut command = operate::command(&pretended.from("two"), name, words).unwrap();
        let log = pretended.folder.path().join("log");
        command.stdin(Stdio::null()).stdout(std::fs::File::create(&log).unwrap());
        command.stderr(std::fs::File::options().append(true).open(&log).unwrap());
        let mut process = command.spawn().unwrap();
        let said = || std::fs::read_to_string(&log).unwrap();
        // It goes on until it is stopped; what it needs of the account it asks for at first.
        if words[0] == "tail" {
            let connected = (0..300).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(100));
                pretended.state()["asked"].to_string().contains("UPGRADE /tail")
            });
            dev::stop(&mut process);
            assert!(connected, "{words:?}: {}", said());
            continue;
        }
        let status = process.wait().unwrap();
        assert!(status.success(), "{words:?}: {}\n{:?}", said(), pretended.state()["unknown"]);
    }
    let asked = pretended.state()["asked"].to_string();
    for part in ["query", "time_travel/bookmark", "time_travel/restore", "tails", "DELETE"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // Which database and which Worker were meant.
    assert!(asked.contains("00000000-0000-0000-0000-000000000001/query"), "{asked}");
    assert!(
        asked.contains("DELETE /accounts/pretended/d1/database/00000000-0000-0000-0000-000000000002"),
        "{asked}"
    );
    assert!(asked.contains("/scripts/gitflare/tails"), "{asked}");
}

#[test]
fn what_is_not_deployed_cannot_be_operated() {
    let pretended = Pretended::start();
    let error = operate::command(&pretended.from("one"), None, &["tail"]).unwrap_err().to_string();
    assert!(error.contains("deploy it first"), "{error}");
    assert!(operate::parse(&[]).is_err());
    assert_eq!(operate::parse(&["--name", "a", "--", "tail"]).unwrap(), (Some("a"), &["tail"][..]));
}

#[test]
fn without_a_login_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    tools::install_packages().unwrap();
    let mut account = Account::new(folder.path().to_owned()).unwrap();
    account.environment = vec![
        ("CLOUDFLARE_API_BASE_URL".to_owned(), "http://127.0.0.1:9".to_owned()),
        ("HOME".to_owned(), path(folder.path())),
        ("XDG_CONFIG_HOME".to_owned(), path(folder.path())),
    ];
    let error = account.database("gitflare").unwrap_err().to_string();
    assert!(error.contains("npx wrangler login"), "{error}");
}
