//! A site on either host with one public repository, to look at its pages.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::cloudflare::build::Build;
use crate::cloudflare::serve::Serve;
use crate::e2e::running;
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::{OWNER, PENDING, SETUP_TOKEN, Server, first_account};
use crate::{dev, http};

/// Seconds that what follows a large push may take.
const PATIENCE: u32 = 600;

/// A running site.
pub(super) enum Site {
    /// The server.
    Native(Server),
    /// The Worker in workerd.
    Cloudflare(Worker),
}

/// The Worker with what it stores.
pub(super) struct Worker {
    child: Child,
    serve: Serve,
    log: PathBuf,
    address: String,
}

impl Site {
    /// The server, with everything pushed and no memory of it.
    pub(super) fn native(
        binary: &Path,
        git: &Git,
        folder: &Path,
        scratch: &Path,
        name: &str,
    ) -> Result<Self> {
        let mut server = Server::start(binary, &scratch.join("data"))?;
        server.set_up()?;
        server.publish(git, folder, name)?;
        server.restart()?;
        Ok(Self::Native(server))
    }

    /// The Worker, likewise.
    pub(super) fn cloudflare(
        binary: &Path,
        git: &Git,
        folder: &Path,
        scratch: &Path,
        name: &str,
    ) -> Result<Self> {
        let build = Build::default();
        build.run()?;
        let mut worker =
            Worker::start(Serve::new(scratch.join("worker"), build), &scratch.join("worker.log"))?;
        let token = first_account(&worker.address)?;
        let url = format!("http://{OWNER}:{token}@{}/{OWNER}/{name}.git", worker.address);
        git.run(folder, ["push", "--quiet", &url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])?;
        let site = format!("http://{}", worker.address);
        let mut command = host::command(binary);
        command.args(["--url", &site, "repo", "set", &format!("{OWNER}/{name}"), "--public"]);
        host::output(command.env("GITFLARE_TOKEN", &token).stdin(Stdio::null()))?;
        worker.rest(name)?;
        dev::stop(&mut worker.child);
        worker = Worker::start(Serve::new(scratch.join("worker"), Build::default()), &worker.log.clone())?;
        Ok(Self::Cloudflare(worker))
    }

    /// Host and port.
    pub(super) fn address(&self) -> &str {
        match self {
            Self::Native(server) => &server.address,
            Self::Cloudflare(worker) => &worker.address,
        }
    }
}

impl Worker {
    fn start(serve: Serve, log: &Path) -> Result<Self> {
        let mut command = serve.command()?;
        command.env("GITFLARE_SETUP_TOKEN", SETUP_TOKEN);
        command.stderr(File::options().create(true).append(true).open(log)?);
        let (child, address) = running::listening(&mut command, log)?;
        Ok(Self { child, serve, log: log.to_owned(), address })
    }

    /// Waits until what follows the push is done: the index of last commits is made of the whole history.
    fn rest(&self, name: &str) -> Result<()> {
        for _ in 0..PATIENCE {
            std::thread::sleep(Duration::from_secs(1));
            let page = http::get(&self.address, &format!("/{OWNER}/{name}"))?;
            if !String::from_utf8_lossy(&page.body).contains(PENDING) {
                return Ok(());
            }
        }
        Err(format!("the index of last commits does not get ready in {}", self.serve.persist.display())
            .into())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        dev::stop(&mut self.child);
    }
}
