//! The Worker in a local workerd, as `cargo xtask cloudflare serve` runs it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use super::{Host, Process};
use crate::support::http::Site;

/// The workflow tool, which starts workerd, and the folder in which both keep their databases.
pub(crate) struct Workerd {
    folder: PathBuf,
    setup_token: String,
    body_limit: Option<u64>,
    site: Site,
    process: Option<Process>,
}

impl Workerd {
    /// `body_limit` is in megabytes.
    pub(super) fn new(folder: &Path, setup_token: &str, body_limit: Option<u64>) -> Self {
        Self {
            folder: folder.to_owned(),
            setup_token: setup_token.to_owned(),
            body_limit,
            site: Site::default(),
            process: None,
        }
    }

    fn persisted(&self) -> PathBuf {
        self.folder.join("persisted")
    }

    fn databases(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.persisted()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "sqlite") {
                    found.push(path);
                }
            }
        }
        found
    }

    /// Whether a database has this table: what the files are called is workerd's affair.
    fn has_table(path: &Path, table: &str) -> bool {
        let database = rusqlite::Connection::open(path).unwrap();
        let count = database
            .query_row("SELECT count(*) FROM sqlite_master WHERE name = ?", [table], |row| row.get(0));
        count.is_ok_and(|count: i64| count > 0)
    }
}

impl Host for Workerd {
    fn start(&mut self) {
        fs::create_dir_all(self.persisted()).unwrap();
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = tool();
        command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        command.args(["cloudflare", "serve", "--no-build", "--listen", "127.0.0.1:0", "--persist"]);
        command.arg(self.persisted());
        if let Some(megabytes) = self.body_limit {
            command.args(["--var", &format!("GITFLARE_BODY_LIMIT_MB={megabytes}")]);
        }
        // A build for tests, which does on request what should never happen.
        if let Ok(features) = std::env::var("GITFLARE_E2E_FEATURES") {
            command.args(["--test-hooks", "--features", &features]);
        }
        command.env("GITFLARE_SETUP_TOKEN", &self.setup_token).stderr(log);
        self.process = Some(Process::start(&mut command, &self.site));
    }

    fn stop(&mut self) {
        self.process.take().unwrap().stop();
    }

    fn kill(&mut self) {
        self.process = None;
    }

    fn site(&self) -> Site {
        self.site.clone()
    }

    fn lines(&self) -> Vec<String> {
        self.process.as_ref().map(Process::lines).unwrap_or_default()
    }

    fn site_database(&self) -> PathBuf {
        let found = self.databases().into_iter().find(|path| Self::has_table(path, "account"));
        found.expect("D1's database")
    }

    fn repository_databases(&self) -> Vec<PathBuf> {
        self.databases().into_iter().filter(|path| Self::has_table(path, "ref")).collect()
    }

    fn command(&self, words: &[&str], _: &str) -> String {
        panic!("{words:?}: a Worker has no command line of its own")
    }
}

/// The workflow tool. A run started by it says where it is, and saves asking cargo each time.
fn tool() -> Command {
    if let Some(tool) = std::env::var_os("GITFLARE_E2E_XTASK") {
        return Command::new(tool);
    }
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.arg("xtask");
    cargo
}
