//! A site on either host, and what an operation costs it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use crate::bench::wire::Wire;
use crate::cloudflare::build::Build;
use crate::cloudflare::serve::Serve;
use crate::e2e::running;
use crate::host::{self, Result};
use crate::server::{OWNER, SETUP_TOKEN, first_account};
use crate::{dev, http, measure};

/// What one operation took.
#[derive(Clone, Copy, Default)]
pub(super) struct Cost {
    /// Seconds until the client was done.
    pub(super) wall: f64,
    /// CPU seconds of the server, or of workerd.
    pub(super) cpu: f64,
    /// Bytes on the wire, both ways.
    pub(super) bytes: u64,
    /// Natively the peak of resident memory; of the Worker the memory of the program, which never shrinks. Bytes.
    pub(super) memory: u64,
}

enum Kind {
    Native(PathBuf),
    Worker(Build),
    /// A script that does nothing, with the same bindings.
    Empty(PathBuf),
}

/// A running site.
pub(super) struct Site {
    kind: Kind,
    folder: PathBuf,
    child: Child,
    address: String,
    wire: Wire,
    token: String,
}

impl Site {
    pub(super) fn native(binary: &Path, folder: &Path) -> Result<Self> {
        Self::start(Kind::Native(binary.to_owned()), folder)
    }

    pub(super) fn worker(build: &Build, folder: &Path) -> Result<Self> {
        Self::start(Kind::Worker(build.clone()), folder)
    }

    pub(super) fn empty(script: &Path, folder: &Path) -> Result<Self> {
        Self::start(Kind::Empty(script.to_owned()), folder)
    }

    fn start(kind: Kind, folder: &Path) -> Result<Self> {
        let (child, address) = spawn(&kind, folder)?;
        let wire = Wire::new(&address)?;
        Ok(Self { kind, folder: folder.to_owned(), child, address, wire, token: String::new() })
    }

    /// Makes the first account.
    pub(super) fn set_up(&mut self) -> Result<()> {
        self.token = first_account(&self.address)?;
        Ok(())
    }

    /// Where git finds a repository, past the counter.
    pub(super) fn url(&self, name: &str) -> String {
        format!("http://{OWNER}:{}@{}/{OWNER}/{name}.git", self.token, self.wire.address)
    }

    /// A new process with the same data, which has not been asked anything yet.
    pub(super) fn restart(&mut self) -> Result<()> {
        dev::stop(&mut self.child);
        (self.child, self.address) = spawn(&self.kind, &self.folder)?;
        self.wire.point_at(&self.address);
        Ok(())
    }

    /// Runs an operation, and waits until the server rests.
    pub(super) fn measure(&self, operation: &mut dyn FnMut() -> Result<()>) -> Result<Cost> {
        let pid = self.pid()?;
        measure::settle(pid)?;
        measure::forget_peak(pid)?;
        let (cpu, bytes, start) = (measure::cpu_seconds(pid)?, self.wire.bytes(), host::now());
        operation()?;
        let wall = start.elapsed().as_secs_f64();
        measure::settle(pid)?;
        let cpu = measure::cpu_seconds(pid)? - cpu;
        Ok(Cost { wall, cpu, bytes: self.wire.bytes() - bytes, memory: self.memory(pid)? })
    }

    /// Asks for a page that needs neither a session nor a repository.
    pub(super) fn ask(&self, path: &str) -> Result<()> {
        let answer = http::get(&self.wire.address, path)?;
        if answer.status == 200 { Ok(()) } else { Err(format!("{path} answered {}", answer.status).into()) }
    }

    fn memory(&self, pid: u32) -> Result<u64> {
        match self.kind {
            Kind::Native(_) => measure::peak_memory(pid),
            Kind::Worker(_) | Kind::Empty(_) => {
                let answer = http::get(&self.address, "/-/memory")?;
                Ok(String::from_utf8(answer.body)?.trim().parse()?)
            }
        }
    }

    /// The process that serves: workerd, not the one that started it.
    pub(super) fn pid(&self) -> Result<u32> {
        match self.kind {
            Kind::Native(_) => Ok(self.child.id()),
            Kind::Worker(_) | Kind::Empty(_) => {
                let pid = std::fs::read_to_string(self.folder.join("data/workerd.pid"))?;
                Ok(pid.trim().parse()?)
            }
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        dev::stop(&mut self.child);
    }
}

/// Nothing is asked before what is measured.
fn serve(serve: Serve) -> Result<Command> {
    Serve { ask_for_setup: false, ..serve }.command()
}

fn spawn(kind: &Kind, folder: &Path) -> Result<(Child, String)> {
    let (data, log) = (folder.join("data"), folder.join("log"));
    let mut command = match kind {
        Kind::Native(binary) => {
            let mut command: Command = host::command(binary);
            command.arg("--data").arg(&data).args(["--listen", "127.0.0.1:0"]);
            command
        }
        Kind::Worker(build) => {
            let mut worker = Serve::new(data, build.clone());
            // Like a plan that lets more than 100 MB through.
            worker.vars.push(("GITFLARE_BODY_LIMIT_MB".to_owned(), "200".to_owned()));
            serve(worker)?
        }
        Kind::Empty(script) => {
            serve(Serve { script: Some(script.clone()), ..Serve::new(data, Build::default()) })?
        }
    };
    command.env("GITFLARE_SETUP_TOKEN", SETUP_TOKEN);
    command.stderr(File::options().create(true).append(true).open(&log)?);
    running::listening(&mut command, &log)
}
