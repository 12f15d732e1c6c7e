//! The site on this host: what serving and every command work with.

use std::{
    future::Future,
    sync::{Arc, Weak},
};

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
        Ok(Self::on(host, settings))
    }

    /// The same on a host that is open already.
    pub(crate) fn on(host: Arc<Native>, settings: Settings) -> Self {
        let shared: Arc<dyn Host> = Arc::new(Provided(Arc::clone(&host)));
        Self { host, forge: Forge::new(shared, settings) }
    }

    /// For threads that nobody ends: they must not keep the databases open.
    pub(crate) fn downgrade(&self) -> WeakApp {
        WeakApp { host: Arc::downgrade(&self.host), settings: self.forge.settings().clone() }
    }

    /// Waits for a rule of the site. Only on threads that may block: commands run on their own.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        self.host.runtime().block_on(future)
    }
}

/// An [`App`] for as long as the process serves.
pub(crate) struct WeakApp {
    host: Weak<Native>,
    settings: Settings,
}

impl WeakApp {
    /// The app, unless it has ended.
    pub(crate) fn upgrade(&self) -> Option<App> {
        Some(App::on(self.host.upgrade()?, self.settings.clone()))
    }
}
