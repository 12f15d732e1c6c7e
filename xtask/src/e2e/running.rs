//! A host that runs, on a folder that is thrown away with it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::cloudflare::build::Build;
use crate::cloudflare::serve::Serve;
use crate::dev;
use crate::host::{self, Result};

/// Opens the setup page of what is started here; nobody else can reach it.
const SETUP_TOKEN: &str = "setup-token-0123456789abcdef";

/// A running host. Dropping it stops it.
pub(crate) struct Running {
    child: Child,
    folder: TempDir,
    /// Host and port.
    pub(crate) address: String,
}

impl Running {
    /// The server, on an empty data folder.
    pub(crate) fn native(binary: &Path) -> Result<Self> {
        let folder = folder()?;
        let mut command = host::command(binary);
        command.arg("--data").arg(folder.path().join("data")).args(["--listen", "127.0.0.1:0"]);
        Self::start(command, folder)
    }

    /// A build of the Worker in workerd, with nothing stored.
    pub(crate) fn cloudflare(build: Build) -> Result<Self> {
        let folder = folder()?;
        let mut serve = Serve::new(folder.path().join("data"), build);
        serve.test_hooks = true;
        Self::start(serve.command()?, folder)
    }

    fn start(mut command: Command, folder: TempDir) -> Result<Self> {
        let log = folder.path().join("log");
        command.env("GITFLARE_SETUP_TOKEN", SETUP_TOKEN).stderr(File::create(&log)?);
        let (child, address) = listening(&mut command, &log)?;
        Ok(Self { child, folder, address })
    }

    /// What a suite needs to know of it, as variables of its environment.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        [
            ("GITFLARE_E2E_URL", format!("http://{}", self.address)),
            ("GITFLARE_E2E_SETUP_TOKEN", SETUP_TOKEN.to_owned()),
        ]
    }

    /// Stops it. Where it has kept everything.
    pub(crate) fn stop(&mut self) -> PathBuf {
        dev::stop(&mut self.child);
        self.folder.path().join("data")
    }

    /// The end of its log.
    pub(crate) fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        dev::stop(&mut self.child);
    }
}

fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("gitflare-e2e-").tempdir()?)
}

/// Starts a host and waits for its first line, which says where it listens.
pub(crate) fn listening(command: &mut Command, log: &Path) -> Result<(Child, String)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let Some(address) = first.strip_prefix("listening on http://").map(str::to_owned) else {
        dev::stop(&mut child);
        let log = std::fs::read_to_string(log).unwrap_or_default();
        return Err(format!("the server did not start: {first}{log}").into());
    };
    // The pipe must not fill, nor close.
    std::thread::spawn(move || lines.for_each(drop));
    Ok((child, address))
}
