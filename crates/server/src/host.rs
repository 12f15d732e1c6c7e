//! What the native host provides: the site's database, repositories in files of their own, clock, randomness, and
//! threads to compute on.

mod download;
pub(crate) mod maintenance;
pub(crate) mod outbox;
mod pool;

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use gitflare_db::{Db, Site, SiteDriver, migrate, sqlite::SqliteSite};
use gitflare_forge::host::{Download, Host, RepositoryId, Settings};
use gitflare_port as port;
use gitflare_repo::{Budget, Env, Shared};
use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    app::App,
    data::{self, Folder},
    error::{Failure, Result},
    http::transfer::share::Places,
};
pub(crate) use pool::{Open, Pool};

/// The host, over one data folder that this process owns.
pub(crate) struct Native {
    folder: Folder,
    file: SqliteSite,
    site: Site,
    repositories: Pool,
    deliveries: outbox::Deliveries,
    maintenance: Arc<maintenance::Maintenance>,
    compute: Arc<Semaphore>,
    downloads: Arc<Places>,
    runtime: Handle,
}

impl Native {
    /// Opens the folder, creating what is missing. The caller holds its lock.
    pub(crate) fn open(folder: &Folder, runtime: Handle) -> Result<Self> {
        folder.create()?;
        let path = folder.site();
        data::create_private(&path).map_err(|error| Failure::during(path.display(), error))?;
        let file = SqliteSite::open(&path)?;
        let db = Db::new(Arc::<gitflare_db::sqlite::Sqlite>::clone(file.file()));
        db.write("migrate", |sql| migrate::apply(sql, gitflare_forge::MIGRATIONS))?;
        let driver: Arc<dyn SiteDriver> = Arc::new(file.clone());
        Ok(Self {
            folder: folder.clone(),
            site: Site::new(driver),
            file,
            repositories: Pool::new(folder.clone(), Shared::new(Budget::native())),
            deliveries: outbox::Deliveries::default(),
            maintenance: Arc::default(),
            compute: Arc::new(Semaphore::new(cores())),
            downloads: Arc::new(Places::new(download::ALL, download::SHARE)),
            runtime,
        })
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The site's database, for reading all of it at one moment.
    pub(crate) fn site_db(&self) -> Db {
        Db::new(Arc::<gitflare_db::sqlite::Sqlite>::clone(self.file.file()))
    }

    /// The repositories.
    pub(crate) fn repositories(&self) -> &Pool {
        &self.repositories
    }

    /// Gives back what is not needed while nobody asks for it.
    pub(crate) fn tidy(&self) {
        if self.repositories.tidy(now()) {
            self.file.file().trim();
        }
    }

    /// What the site was told.
    pub(crate) fn deliveries(&self) -> &outbox::Deliveries {
        &self.deliveries
    }

    /// When each repository is due for maintenance.
    pub(crate) fn maintenance(&self) -> &Arc<maintenance::Maintenance> {
        &self.maintenance
    }

    /// Where asynchronous work runs.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// What a repository must be handed: the time, and a seed.
    pub(crate) fn env(&self) -> Env {
        let mut seed = [0; 8];
        self.random(&mut seed);
        Env { now: now(), seed: u64::from_le_bytes(seed) }
    }

    /// A command to a repository, on a thread that may block.
    pub(crate) fn ask(&self, id: i64, command: port::Command) -> Result<port::Reply, port::Error> {
        let fills = matches!(command, port::Command::Import(port::moving::Import::Finish { .. }));
        let slot = self.repositories.get(id).map_err(|error| internal(&error))?;
        let reply = slot.repository().command(command, &self.env())?;
        if fills {
            // What was not moved is made again.
            self.maintenance.soon(id);
        }
        Ok(reply)
    }
}

/// The host as the site is given it.
pub(crate) struct Provided(pub(crate) Arc<Native>);

impl Host for Provided {
    fn site(&self) -> &Site {
        &self.0.site
    }

    fn now(&self) -> i64 {
        now()
    }

    fn random(&self, out: &mut [u8]) {
        self.0.random(out);
    }

    fn command(
        &self,
        id: RepositoryId,
        command: port::Command,
    ) -> BoxFuture<'_, Result<port::Reply, port::Error>> {
        let host = Arc::clone(&self.0);
        blocking(move || {
            let tells = matches!(command, port::Command::MoveRefs { .. });
            let reply = host.ask(id.0, command)?;
            if tells {
                outbox::deliver(&App::on(host, Settings::default()), id.0);
            }
            Ok(reply)
        })
        .boxed()
    }

    fn download(
        &self,
        id: RepositoryId,
        request: port::download::Download,
        client: Option<IpAddr>,
    ) -> BoxFuture<'_, Result<Download, port::Error>> {
        download::begin(Arc::clone(&self.0), id.0, request, client).boxed()
    }

    fn create(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>> {
        let host = Arc::clone(&self.0);
        blocking(move || host.repositories.create(id.0).map(drop).map_err(|error| internal(&error))).boxed()
    }

    fn erase(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>> {
        let host = Arc::clone(&self.0);
        blocking(move || host.repositories.erase(id.0).map_err(|error| internal(&error))).boxed()
    }

    fn compute<'a>(&'a self, work: Box<dyn FnOnce() + Send + 'static>) -> BoxFuture<'a, ()> {
        async move {
            // The semaphore is never closed.
            let _permit = self.0.compute.acquire().await;
            // A panic in there is the caller's to notice: its result is missing.
            let _ = tokio::task::spawn_blocking(work).await;
        }
        .boxed()
    }

    fn static_file<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<bytes::Bytes>> {
        std::future::ready(gitflare_forge::statics::embedded(name).map(bytes::Bytes::from_static)).boxed()
    }

    fn log_error(&self, id: &str, cause: &str) {
        tracing::error!(id, cause, "internal error");
    }
}

impl Native {
    fn random(&self, out: &mut [u8]) {
        // Everything secret is made of this: without it, going on is worse than waiting.
        while getrandom::fill(out).is_err() {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Runs `work` where it may block; a panic in it is an internal error.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, port::Error> + Send + 'static,
) -> Result<T, port::Error> {
    match tokio::task::spawn_blocking(move || crate::guard::catch(work)).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(id)) => Err(internal(&Failure::new(format_args!("panic {id}")))),
        Err(error) => Err(internal(&Failure::new(error))),
    }
}

fn internal(error: &Failure) -> port::Error {
    port::Error { kind: port::ErrorKind::Internal, message: error.to_string() }
}

/// Unix seconds.
#[expect(clippy::disallowed_methods, reason = "the host is where time comes from")]
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_secs() as i64)
}

/// How many cores there are.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
