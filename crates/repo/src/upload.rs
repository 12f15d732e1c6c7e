//! upload-pack: fetch and clone.

use gitflare_port::Head;

use crate::{Env, Pull, Repository};

/// A fetch or clone in progress.
pub struct Upload {
    repository: Repository,
    head: Head,
}

impl Upload {
    pub(crate) fn new(repository: Repository, head: Head, _env: &Env) -> Self {
        Self { repository, head }
    }

    pub(crate) fn feed(&mut self, _bytes: &[u8]) {}

    pub(crate) fn eof(&mut self) {}

    pub(crate) fn pull(&mut self, _env: &Env) -> Pull {
        let _ = (&self.repository, &self.head);
        Pull::Done
    }
}
