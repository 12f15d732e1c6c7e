//! Where a command runs: in the server that owns the folder, or here, owning the folder meanwhile.

use std::{cell::RefCell, collections::HashSet, time::Duration};

use gitflare_forge::{admin::ShowSite, host::Settings};
use gitflare_git::Oid;
use tokio::runtime::Runtime;

use crate::{
    app::App,
    cli::Command,
    commands,
    control::{self, Connection},
    data::{Folder, Lock},
    error::{Failure, Result},
    io::Io,
    remote::Remote,
};

/// How long a command waits for the folder: another command has it, or a server is about to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The owner of the folder.
pub(crate) enum Place {
    /// A running server, with a connection not used yet.
    Server { folder: Folder, first: RefCell<Option<Connection>> },
    /// A site at an address.
    There(Remote),
    /// This process.
    Here { app: Option<App>, runtime: Option<Runtime>, _lock: Lock },
}

impl Place {
    /// Finds the owner, or becomes it. Makes the site only if the command `creates` one.
    pub(crate) fn find(folder: &Folder, creates: bool) -> Result<Self> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(server) = control::connect(folder)? {
                return Ok(Self::Server { folder: folder.clone(), first: RefCell::new(Some(server)) });
            }
            // Anywhere else a forgotten --data would make a site of its own, empty.
            if !creates && !folder.site().exists() {
                let path = folder.path().display();
                return Err(Failure::new(format_args!("there is no site in {path}; use --data")));
            }
            folder.create()?;
            if let Some(lock) = folder.lock()? {
                crate::guard::install();
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
                let app = App::open(folder, Settings::default(), runtime.handle().clone())?;
                return Ok(Self::Here { app: Some(app), runtime: Some(runtime), _lock: lock });
            }
            if waited >= PATIENCE {
                let path = folder.path().display();
                return Err(Failure::new(format_args!(
                    "{path} is in use by another process that takes no commands"
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
            waited += Duration::from_millis(50);
        }
    }

    /// Runs a command with this process's own streams. Answers its exit code.
    pub(crate) fn run(&self, command: Command, io: &mut dyn Io) -> Result<u8> {
        match self.server()? {
            Some(server) => server.run(command, io),
            None => self.here(command, io),
        }
    }

    /// Runs a command whose whole input `io` has at hand, and which answers when it has read all of it: a push of an
    /// import, or a fetch of an export.
    pub(crate) fn feed(&self, command: Command, io: &mut dyn Io) -> Result<u8> {
        if let Self::There(remote) = self {
            return match command {
                Command::TakeImport(push) => remote.take_import(&push, io),
                Command::UploadPack(fetch) => remote.fetch(&fetch.repository, io),
                _ => Err(Failure::new("not a command for a site at an address")),
            }
            .map(|()| 0);
        }
        match self.server()? {
            Some(server) => server.feed(command, io),
            None => self.here(command, io),
        }
    }

    /// Bytes that a push may have, where there is such a limit.
    pub(crate) fn largest_push(&self) -> Result<Option<u64>> {
        match self {
            Self::There(remote) => Ok(remote.call(&ShowSite {})?.body_limit),
            Self::Server { .. } | Self::Here { .. } => Ok(None),
        }
    }

    /// What an import that was interrupted has brought of a repository.
    pub(crate) fn held(&self, name: &str) -> Result<HashSet<Oid>> {
        match self {
            Self::There(remote) => remote.held(name),
            Self::Server { .. } | Self::Here { .. } => Ok(HashSet::new()),
        }
    }

    fn server(&self) -> Result<Option<Connection>> {
        let Self::Server { folder, first } = self else { return Ok(None) };
        if let Some(first) = first.take() {
            return Ok(Some(first));
        }
        control::connect(folder)?.map(Some).ok_or_else(|| Failure::new("the server has stopped"))
    }

    fn here(&self, command: Command, io: &mut dyn Io) -> Result<u8> {
        let Self::Here { app: Some(app), .. } = self else {
            return Err(Failure::new("the server has stopped"));
        };
        let outcome = crate::guard::catch(|| commands::run(command, app, io));
        outcome.unwrap_or_else(|id| Err(Failure::new(format_args!("internal error {id}"))))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Here { app, runtime, .. } = self {
            // The databases are closed before the lock is given back.
            drop(app.take());
            if let Some(runtime) = runtime.take() {
                runtime.shutdown_timeout(Duration::from_secs(5));
            }
        }
    }
}
