//! Objects of a repository, from one `git cat-file` that keeps running.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::rc::Rc;

use gitflare_git::{Oid, diff::rename::Blobs};

use crate::git::Git;
use crate::host::Result;

/// Bytes kept for the next who asks.
const KEPT: usize = 64 << 20;

/// The objects.
pub(super) struct Objects {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    known: HashMap<Oid, Rc<Vec<u8>>>,
    bytes: usize,
}

impl Objects {
    pub(super) fn open(git: &Git, path: &Path) -> Result<Self> {
        let mut command = git.command();
        command.arg("-C").arg(path).args(["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().ok_or("no stdin")?;
        let output = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, input, output, known: HashMap::new(), bytes: 0 })
    }

    pub(super) fn read(&mut self, oid: &Oid) -> Result<Rc<Vec<u8>>> {
        if let Some(known) = self.known.get(oid) {
            return Ok(Rc::clone(known));
        }
        writeln!(self.input, "{oid}")?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let size = line.trim().rsplit(' ').next().and_then(|size| size.parse().ok());
        let size: usize = size.ok_or_else(|| format!("git cat-file: {}", line.trim()))?;
        let mut data = vec![0; size + 1];
        self.output.read_exact(&mut data)?;
        data.truncate(size);
        if self.bytes > KEPT {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += size;
        let data = Rc::new(data);
        self.known.insert(*oid, Rc::clone(&data));
        Ok(data)
    }
}

impl Blobs for Objects {
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn size(&mut self, oid: &Oid) -> Result<u64> {
        Ok(self.read(oid)?.len() as u64)
    }

    fn show(&mut self, oid: &Oid, show: &mut dyn FnMut(&[u8])) -> Result<()> {
        show(self.read(oid)?.as_slice());
        Ok(())
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
