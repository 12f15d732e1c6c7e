//! receive-pack.
use gitflare_port::Head;

use crate::{Env, Pull, Repository};

/// A push in progress.
pub struct Receive {}

impl Receive {
    pub(crate) fn new(_repository: Repository, _head: Head, _env: &Env) -> Self {
        Self {}
    }

    pub(crate) fn feed(&mut self, _bytes: &[u8]) {}

    pub(crate) fn eof(&mut self) {}

    pub(crate) fn pull(&mut self, _env: &Env) -> Pull {
        Pull::Done
    }

    pub(crate) fn moved(&self) -> bool {
        false
    }
}
