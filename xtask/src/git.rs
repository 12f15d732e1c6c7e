//! Stock git, in an environment that no user's configuration reaches.

use std::ffi::OsStr;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::host::{self, Result};

const CONFIGURATION: &str = "\
[user]
\tname = Ada Lovelace
\temail = ada@example.com
[init]
\tdefaultBranch = main
[safe]
\tdirectory = *
[gc]
\tauto = 0
[maintenance]
\tauto = false
[advice]
\tdetachedHead = false
[protocol \"file\"]
\tallow = always
";

/// Git with a home of its own.
pub(crate) struct Git {
    home: PathBuf,
}

impl Git {
    /// Makes the home in `folder`.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let home = folder.join("home");
        std::fs::create_dir_all(&home)?;
        std::fs::write(home.join(".gitconfig"), CONFIGURATION)?;
        Ok(Self { home })
    }

    /// `git`, without anything of the caller's environment but the search path.
    pub(crate) fn command(&self) -> Command {
        let mut command = host::command("git");
        command
            .env_clear()
            .env("PATH", host::variable("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null());
        command
    }

    /// Runs git in a folder and returns stdout.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<String> {
        let output = host::output(self.command().arg("-C").arg(folder).args(arguments))?;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }

    /// Feeds a stream to `git fast-import`: the quickest way to make a history.
    pub(crate) fn import(&self, folder: &Path, stream: &str) -> Result<()> {
        self.import_written(folder, &[], |out| Ok(out.write_all(stream.as_bytes())?))
    }

    /// The same for a stream that is written while it is read.
    pub(crate) fn import_written<T>(
        &self,
        folder: &Path,
        options: &[&str],
        write: impl FnOnce(&mut dyn Write) -> Result<T>,
    ) -> Result<T> {
        let mut command = self.command();
        command.arg("-C").arg(folder).args(["fast-import", "--quiet", "--force"]).args(options);
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let mut stdin = BufWriter::new(child.stdin.take().ok_or("no stdin")?);
        let written = write(&mut stdin)?;
        stdin.flush()?;
        drop(stdin);
        if child.wait()?.success() { Ok(written) } else { Err("git fast-import failed".into()) }
    }

    /// Every ref with what it holds, one a line.
    pub(crate) fn refs(&self, folder: &Path) -> Result<String> {
        self.run(folder, ["for-each-ref", "--format=%(objectname) %(objecttype) %(refname)"])
    }

    /// The ids of all objects that refs reach, sorted.
    pub(crate) fn objects(&self, folder: &Path) -> Result<Vec<u8>> {
        let mut listing = self.command();
        listing.arg("-C").arg(folder).args(["rev-list", "--objects", "--all", "--no-object-names"]);
        let listing = host::output(&mut listing)?;
        let mut ids: Vec<&[u8]> = listing.split(|byte| *byte == b'\n').collect();
        ids.sort_unstable();
        Ok(ids.join(&b'\n'))
    }
}
