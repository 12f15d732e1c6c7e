//! The two servers compared, with one way to measure what an operation cost each.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::bridge::USAGE_PATH;
use super::wire::Wire;
use crate::git::Git;
use crate::host::{self, Result};
use crate::server::{OWNER, Server};
use crate::{dev, http, measure};

/// What one operation cost the server.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    /// CPU seconds, user and system, of the server and all it started.
    pub(crate) cpu: f64,
    /// Peak resident bytes of the largest process.
    pub(crate) memory: u64,
    /// Bytes on the wire, both ways.
    pub(crate) bytes: u64,
}

/// A server that can be measured.
pub(crate) trait Side {
    /// Makes an empty repository, where a push would not.
    fn create(&self, name: &str) -> Result<()>;
    /// The URL of a repository.
    fn url(&self, name: &str) -> String;
    /// Runs an operation against it.
    fn measure(&mut self, operation: &mut dyn FnMut() -> Result<()>) -> Result<Cost>;
    /// What follows a first push and is nobody's request: naming the default branch, repacking, restarting.
    fn prepare(&mut self, name: &str, head: &str) -> Result<()>;
}

/// Gitflare.
pub(crate) struct Ours {
    server: Server,
    wire: Wire,
}

impl Ours {
    /// Puts a counter in front of a running server.
    pub(crate) fn new(server: Server) -> Result<Self> {
        let wire = Wire::new(&server.address)?;
        Ok(Self { server, wire })
    }
}

impl Side for Ours {
    fn create(&self, _: &str) -> Result<()> {
        Ok(())
    }

    fn url(&self, name: &str) -> String {
        self.server.url_by(&self.wire.address, name)
    }

    fn measure(&mut self, operation: &mut dyn FnMut() -> Result<()>) -> Result<Cost> {
        let pid = self.server.pid();
        measure::settle(pid)?;
        measure::forget_peak(pid)?;
        let (cpu, bytes) = (measure::cpu_seconds(pid)?, self.wire.bytes());
        operation()?;
        measure::settle(pid)?;
        Ok(Cost {
            cpu: measure::cpu_seconds(pid)? - cpu,
            memory: measure::peak_memory(pid)?,
            bytes: self.wire.bytes() - bytes,
        })
    }

    /// Public, so that both sides see the same requests; and a process that has not just taken a push.
    fn prepare(&mut self, name: &str, head: &str) -> Result<()> {
        let branch = head.trim_start_matches("refs/heads/");
        let repository = format!("{OWNER}/{name}");
        host::output(&mut self.server.cli([
            "repo",
            "set",
            &repository,
            "--public",
            "--default-branch",
            branch,
        ]))?;
        self.server.restart()?;
        self.wire.point_at(&self.server.address);
        Ok(())
    }
}

/// `git http-backend`, with bitmaps and a commit graph.
pub(crate) struct Stock {
    git: Git,
    root: PathBuf,
    wire: Wire,
}

impl Stock {
    /// Serves what is below `root`.
    pub(crate) fn new(git: Git, root: &Path) -> Result<Self> {
        std::fs::create_dir_all(root)?;
        Ok(Self { git, root: root.to_owned(), wire: Wire::new("127.0.0.1:1")? })
    }

    /// Makes it check what it receives, as Gitflare always does.
    pub(crate) fn check_objects(&self, name: &str) -> Result<()> {
        let folder = self.root.join(format!("{name}.git"));
        self.git.run(&folder, ["config", "receive.fsckObjects", "true"])?;
        for ignored in ["badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode"] {
            self.git.run(&folder, ["config", &format!("receive.fsck.{ignored}"), "ignore"])?;
        }
        Ok(())
    }

    fn start_bridge(&self) -> Result<(Child, String)> {
        // A process of its own for each operation: the peak of its children is then that operation's.
        let mut bridge = host::command(std::env::current_exe()?)
            .args(["cgi-bridge".as_ref(), self.root.as_os_str()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(bridge.stdout.take().ok_or("no stdout")?).read_line(&mut address)?;
        Ok((bridge, address.trim().to_owned()))
    }
}

impl Side for Stock {
    fn create(&self, name: &str) -> Result<()> {
        let folder = self.root.join(format!("{name}.git"));
        std::fs::create_dir_all(&folder)?;
        self.git.run(&folder, ["init", "--quiet", "--bare", "."])?;
        for (key, value) in [
            ("pack.threads", "1"),
            ("receive.autogc", "false"),
            ("http.receivepack", "true"),
            ("uploadpack.allowFilter", "true"),
        ] {
            self.git.run(&folder, ["config", key, value])?;
        }
        Ok(())
    }

    fn url(&self, name: &str) -> String {
        format!("http://{}/{name}.git", self.wire.address)
    }

    fn measure(&mut self, operation: &mut dyn FnMut() -> Result<()>) -> Result<Cost> {
        let (mut bridge, address) = self.start_bridge()?;
        self.wire.point_at(&address);
        let bytes = self.wire.bytes();
        let outcome = operation();
        let usage = http::get(&address, USAGE_PATH);
        dev::stop(&mut bridge);
        outcome?;
        let usage = String::from_utf8(usage?.body)?;
        let (micros, kilobytes) = usage.split_once(' ').ok_or("no usage")?;
        Ok(Cost {
            cpu: micros.parse::<f64>()? / 1e6,
            memory: kilobytes.trim().parse::<u64>()? * 1024,
            bytes: self.wire.bytes() - bytes,
        })
    }

    fn prepare(&mut self, name: &str, head: &str) -> Result<()> {
        let folder = self.root.join(format!("{name}.git"));
        self.git.run(&folder, ["symbolic-ref", "HEAD", head])?;
        self.git.run(&folder, ["repack", "-q", "-a", "-d", "-b"])?;
        self.git.run(&folder, ["commit-graph", "write", "--reachable", "--no-progress"]).map(drop)
    }
}
