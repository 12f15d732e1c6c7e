//! The server under measurement: the release binary, a data folder of its own, a free port, one account.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::e2e::running;
use crate::git::Git;
use crate::host::{self, Result};
use crate::{dev, http, measure};

/// The account that owns everything made here.
pub(crate) const OWNER: &str = "soak";

/// What opens the setup page of a server made here.
pub(crate) const SETUP_TOKEN: &str = "soak-setup-token-0123456789abcdef";

/// What a page of a folder says while last commits are missing.
pub(crate) const PENDING: &str = "still being indexed";

/// A running server. Dropping it stops it.
pub(crate) struct Server {
    child: Child,
    binary: PathBuf,
    data: PathBuf,
    /// Host and port.
    pub(crate) address: String,
    /// A token of the owner, empty before [`Server::set_up`].
    pub(crate) token: String,
}

impl Server {
    /// Starts one on a data folder, made when missing. Its log goes beside the folder.
    pub(crate) fn start(binary: &Path, data: &Path) -> Result<Self> {
        let (child, address) = spawn(binary, data)?;
        Ok(Self { child, binary: binary.to_owned(), data: data.to_owned(), address, token: String::new() })
    }

    /// Makes the first account, as a script does it.
    pub(crate) fn set_up(&mut self) -> Result<()> {
        self.token = first_account(&self.address)?;
        Ok(())
    }

    /// Pushes every branch and tag of a local repository to a public one, and waits for what follows a push: the index of
    /// last commits is made of the whole history.
    pub(crate) fn publish(&self, git: &Git, folder: &Path, name: &str) -> Result<()> {
        let url = self.url(name);
        git.run(folder, ["push", "--quiet", &url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"])?;
        host::output(&mut self.cli(["repo", "set", &format!("{OWNER}/{name}"), "--public"]))?;
        for _ in 0..600 {
            std::thread::sleep(Duration::from_secs(1));
            let page = http::get(&self.address, &format!("/{OWNER}/{name}"))?;
            if !String::from_utf8_lossy(&page.body).contains(PENDING) {
                return measure::settle(self.pid());
            }
        }
        Err("the index of last commits does not get ready".into())
    }

    /// Stops and starts it, on the same data and another port.
    pub(crate) fn restart(&mut self) -> Result<()> {
        dev::stop(&mut self.child);
        (self.child, self.address) = spawn(&self.binary, &self.data)?;
        Ok(())
    }

    /// `kill -9`: nothing of it gets a last word.
    pub(crate) fn crash(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it after a crash, on the same data and another port.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        (self.child, self.address) = spawn(&self.binary, &self.data)?;
        Ok(())
    }

    /// Where git finds a repository of the owner, with the token.
    pub(crate) fn url(&self, name: &str) -> String {
        self.url_by(&self.address, name)
    }

    /// The same by way of another address.
    pub(crate) fn url_by(&self, address: &str, name: &str) -> String {
        format!("http://{OWNER}:{}@{address}/{OWNER}/{name}.git", self.token)
    }

    /// The command line on the same data folder.
    pub(crate) fn cli<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = host::command(&self.binary);
        command.arg("--data").arg(&self.data).args(arguments).stdin(Stdio::null());
        command
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// Makes the first account of a server whose setup link has [`SETUP_TOKEN`]; a token of the owner.
pub(crate) fn first_account(address: &str) -> Result<String> {
    let fields = [("token", SETUP_TOKEN), ("name", OWNER), ("password", "correct horse battery staple")];
    let answer = http::post_form(address, "/setup", &fields)?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let json: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| format!("/setup answered {}: {error}: {text}", answer.status))?;
    let token = json.get("token").and_then(serde_json::Value::as_str);
    Ok(token.ok_or_else(|| format!("/setup answered {}: {text}", answer.status))?.to_owned())
}

impl Drop for Server {
    fn drop(&mut self) {
        dev::stop(&mut self.child);
    }
}

fn spawn(binary: &Path, data: &Path) -> Result<(Child, String)> {
    let log = File::options().create(true).append(true).open(data.with_extension("log"))?;
    let mut command = host::command(binary);
    command
        .arg("--data")
        .arg(data)
        .args(["--listen", "127.0.0.1:0"])
        .env("GITFLARE_SETUP_TOKEN", SETUP_TOKEN)
        .stderr(log);
    running::listening(&mut command, &data.with_extension("log"))
}
