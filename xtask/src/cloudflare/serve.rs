//! `cargo xtask cloudflare serve`: the Worker in a local workerd.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value};

use super::build::{self, Build};
use super::{config, tools};
use crate::host::{self, Result};

const DEFAULT: &str = "127.0.0.1:8787";

/// How to serve.
pub(crate) struct Serve {
    /// Where Durable Objects and D1 are kept.
    pub(crate) persist: PathBuf,
    /// Host and port; port 0 picks a free one.
    pub(crate) listen: String,
    /// Text bindings beside those of `wrangler.toml`.
    pub(crate) vars: Vec<(String, String)>,
    /// What to serve.
    pub(crate) build: Build,
    /// What to serve in its place.
    pub(crate) script: Option<PathBuf>,
    /// Whether a request may fire the cron trigger.
    pub(crate) test_hooks: bool,
    /// Whether the Worker is asked for its setup page at once, which is then its first request.
    pub(crate) ask_for_setup: bool,
    /// Whether to take what was built before.
    pub(crate) no_build: bool,
}

impl Serve {
    /// Serves a build on a free port.
    pub(crate) fn new(persist: PathBuf, build: Build) -> Self {
        Self {
            persist,
            listen: "127.0.0.1:0".to_owned(),
            vars: Vec::new(),
            build,
            script: None,
            test_hooks: false,
            ask_for_setup: true,
            no_build: false,
        }
    }

    /// The command that serves what was built. Ending its process ends workerd too.
    pub(crate) fn command(&self) -> Result<Command> {
        let script = self.script.clone().unwrap_or_else(|| self.build.script());
        if !script.is_file() {
            return Err(
                format!("{} is missing: `cargo xtask cloudflare build` makes it", script.display()).into()
            );
        }
        tools::install_packages()?;
        let mut settings = config::for_serving(&config::read()?)?;
        if let Some(Value::Object(vars)) = settings.get_mut("vars") {
            vars.extend(self.vars.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))));
        }
        let (host, port) = split(&self.listen)?;
        settings.extend(Map::from_iter([
            ("script".to_owned(), path(script)?),
            ("persist".to_owned(), path(std::path::absolute(&self.persist)?)?),
            ("host".to_owned(), host.into()),
            ("port".to_owned(), port.into()),
            ("testHooks".to_owned(), self.test_hooks.into()),
            ("askForSetup".to_owned(), self.ask_for_setup.into()),
        ]));
        let mut node = tools::node("js/serve.js");
        node.arg(Value::Object(settings).to_string());
        Ok(node)
    }
}

/// Builds and serves; does not come back unless something is wrong.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let serve = parse(words)?;
    if !serve.no_build {
        serve.build.run()?;
    }
    // In place of this process, so that there is none between a signal and the server.
    Err(serve.command()?.exec().into())
}

fn parse(words: &[&str]) -> Result<Serve> {
    let mut serve = Serve::new(host::target().join("cloudflare/data"), Build::default());
    DEFAULT.clone_into(&mut serve.listen);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        match *word {
            "--persist" => serve.persist = PathBuf::from(value()?),
            "--listen" => serve.listen = (*value()?).to_owned(),
            "--var" => {
                let pair = value()?;
                let (name, value) = pair.split_once('=').ok_or("--var wants NAME=VALUE")?;
                serve.vars.push((name.to_owned(), value.to_owned()));
            }
            "--no-build" => serve.no_build = true,
            "--test-hooks" => serve.test_hooks = true,
            "--features" => serve.build.features = Some((*value()?).to_owned()),
            "--dev" => serve.build.profile = build::Profile::Dev,
            _ => return Err(format!("serve does not know {word}").into()),
        }
    }
    Ok(serve)
}

fn split(listen: &str) -> Result<(&str, u16)> {
    let bad = || format!("--listen {listen}: wants an address and a port, such as {DEFAULT}");
    let (host, port) = listen.rsplit_once(':').ok_or_else(bad)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok((host, port.parse().map_err(|_| bad())?))
}

fn path(path: PathBuf) -> Result<Value> {
    path.into_os_string().into_string().map(Value::from).map_err(|_| "a path is not UTF-8".into())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    use super::*;

    #[test]
    fn an_address_is_split_at_its_port() {
        assert_eq!(split("127.0.0.1:0").unwrap(), ("127.0.0.1", 0));
        assert_eq!(split("[::1]:8787").unwrap(), ("::1", 8787));
        assert!(split("8787").is_err());
        assert!(split("localhost:http").is_err());
    }

    #[test]
    fn options_are_read() {
        let serve = parse(&["--persist", "d", "--var", "A=b=c", "--no-build", "--dev"]).unwrap();
        assert_eq!(serve.persist, PathBuf::from("d"));
        assert_eq!(serve.vars, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!(serve.listen, DEFAULT);
        assert!(serve.no_build);
        assert!(parse(&["--var", "A"]).is_err());
        assert!(parse(&["--listen"]).is_err());
        assert!(parse(&["--port"]).is_err());
    }

    /// A Worker that answers everything, setup page and all.
    const SCRIPT: &str = "export class Repository {}\nexport default { fetch: () => new Response('ok') };\n";

    /// What a server says first, listening there.
    fn says(listen: &str, token: &str) -> (Vec<String>, String) {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("index.js");
        std::fs::write(&script, SCRIPT).unwrap();
        let mut serve = Serve::new(folder.path().join("data"), Build::default());
        serve.listen = listen.to_owned();
        serve.script = Some(script);
        let log = folder.path().join("log");
        let mut command = serve.command().unwrap();
        command.env("GITFLARE_SETUP_TOKEN", token).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let lines: Vec<String> = lines.take(2).collect();
        let reached =
            lines.first().and_then(|line| line.strip_prefix("listening on http://")).map(|address| {
                let address = address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
                crate::http::get(&address, "/").is_ok_and(|answer| answer.status == 200)
            });
        crate::dev::stop(&mut process);
        assert!(reached != Some(false), "nobody listens: {lines:?}");
        (lines, std::fs::read_to_string(log).unwrap())
    }

    #[test]
    fn the_first_line_says_the_address_that_was_asked_for() {
        const TOKEN: &str = "a-token-of-enough-letters";
        for (listen, listening, setup) in [
            ("127.0.0.1:0", "127.0.0.1", "127.0.0.1"),
            ("localhost:0", "127.0.0.1", "127.0.0.1"),
            // An address that is not the usual one.
            ("127.0.0.2:0", "127.0.0.2", "127.0.0.2"),
            ("0.0.0.0:0", "0.0.0.0", "127.0.0.1"),
            ("[::1]:0", "[::1]", "[::1]"),
            ("[::]:0", "[::]", "[::1]"),
        ] {
            let (lines, log) = says(listen, TOKEN);
            assert_eq!(lines.len(), 2, "{listen}: {lines:?} {log}");
            let port = lines[0].strip_prefix(&format!("listening on http://{listening}:"));
            let port = port.unwrap_or_else(|| panic!("{listen}: {}", lines[0]));
            assert_ne!(port.parse::<u16>().unwrap(), 0);
            assert_eq!(lines[1], format!("setup: http://{setup}:{port}/setup?token={TOKEN}"));
        }
    }

    #[test]
    fn a_setup_token_that_can_be_guessed_is_refused_at_the_start() {
        let (lines, log) = says("127.0.0.1:0", "fifteen-letters");
        assert!(lines.is_empty(), "{lines:?}");
        assert!(log.contains("GITFLARE_SETUP_TOKEN has fewer than 16 characters"), "{log}");
    }
}
