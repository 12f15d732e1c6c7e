//! The native host: the built program on a data folder.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use super::{Host, Process};
use crate::support::{Site, local::succeed_with};

/// The program and its folder.
pub(crate) struct Native {
    folder: PathBuf,
    setup_token: String,
    body_limit: Option<u64>,
    site: Site,
    process: Option<Process>,
}

impl Native {
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

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Host for Native {
    fn start(&mut self) {
        let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = program();
        command.arg("--data").arg(self.data()).args(["--listen", "127.0.0.1:0"]);
        if let Some(megabytes) = self.body_limit {
            command.args(["--body-limit", &megabytes.to_string()]);
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
        self.data().join("site.sqlite")
    }

    fn repository_databases(&self) -> Vec<PathBuf> {
        let files =
            fs::read_dir(self.data().join("repositories")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|extension| extension == "sqlite")).collect()
    }

    fn command(&self, words: &[&str], input: &str) -> String {
        let mut command = program();
        command.env("GITFLARE_SETUP_TOKEN", &self.setup_token);
        succeed_with(command.arg("--data").arg(self.data()).args(words), input.as_bytes())
    }
}

/// The program, without the settings of whoever runs the suite.
pub(super) fn program() -> Command {
    let mut command = Command::new(build());
    command.env_remove("GITFLARE_DATA").env_remove("RUST_LOG").env_remove("GIT_PROTOCOL");
    command
}

/// Where the program is. A runner that has built it says so; else the first script of a run builds it, or finds it up to
/// date, because every script is a process of its own.
fn build() -> PathBuf {
    if let Some(program) = std::env::var_os("GITFLARE_E2E_PROGRAM") {
        return program.into();
    }
    // …/target/debug/deps/e2e-0123456789abcdef
    let suite = std::env::current_exe().unwrap();
    let folder = suite.parent().and_then(Path::parent).unwrap();
    let marker = folder.join("gitflare-e2e-built");
    let mut marker =
        File::options().create(true).read(true).write(true).truncate(false).open(marker).unwrap();
    marker.lock().unwrap();
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    let mut built_by = String::new();
    marker.read_to_string(&mut built_by).unwrap();
    if built_by != run {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut command = Command::new(cargo);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["build", "--quiet", "--package", "gitflare-server"]);
        if folder.ends_with("release") {
            command.arg("--release");
        }
        assert!(command.status().unwrap().success(), "the program does not build");
        marker.set_len(0).unwrap();
        marker.rewind().unwrap();
        marker.write_all(run.as_bytes()).unwrap();
    }
    folder.join("gitflare")
}
