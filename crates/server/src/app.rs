//! The site on this host: what serving and every command work with.

use std::{future::Future, sync::Arc};

use gitflare_forge::host::{Forge, Host, Settings};

use crate::{
    data::Folder,
    error::Result,
    host::{Native, Provided},
};

/// The host and the site on it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) host: Arc<Native>,
    pub(crate) forge: Forge,
}

impl App {
    /// Opens the folder, whose lock the caller holds.
    pub(crate) fn open(folder: &Folder, settings: Settings, runtime: tokio::runtime::Handle) -> Result<Self> {
        let host = Arc::new(Native::open(folder, runtime)?);
        let shared: Arc<dyn Host> = Arc::new(Provided(Arc::clone(&host)));
        Ok(Self { host, forge: Forge::new(shared, settings) })
    }

    /// Waits for a rule of the site. Only on threads that may block: commands run on their own.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.host.runtime().block_on(future)
    }
}
