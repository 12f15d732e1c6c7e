//! The site's database as this isolate sees it: migrated before its first query, and counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use futures_util::future::{BoxFuture, FutureExt as _};
use gitflare_db::{
    Bound, Error, Result, Site, SiteDriver,
    d1::{Bookmark, D1Site},
    migrate,
    site::Answer,
};
use worker::Env;

/// The binding in `wrangler.toml`.
pub(crate) const BINDING: &str = "DB";

/// Whether this isolate knows the database to be up to date.
static MIGRATED: AtomicBool = AtomicBool::new(false);

/// The database for one request.
struct Database {
    d1: D1Site,
    /// To migrate, which a replica cannot.
    primary: D1Site,
    trips: Arc<AtomicU32>,
}

/// The two ways to it.
pub(crate) struct Sites {
    /// The one place that is never behind.
    pub(crate) primary: Site,
    /// A replica near the reader, that has seen the reader's last write.
    pub(crate) near: Site,
}

/// Opens it. `trips` counts round trips; `seen` is the bookmark of the reader's last write, and `wrote` hears of the next.
pub(crate) fn open(
    env: &Env,
    trips: &Arc<AtomicU32>,
    seen: Option<&str>,
    wrote: Bookmark,
) -> worker::Result<Sites> {
    let database = env.d1(BINDING)?;
    let primary = D1Site::primary(&database, wrote);
    // A bookmark nobody knows is as good as none.
    let near = D1Site::near(&database, seen).or_else(|_| D1Site::near(&database, None));
    let near = near.map_err(|error| worker::Error::RustError(error.to_string()))?;
    let site = |d1: D1Site| {
        let (primary, trips) = (primary.clone(), Arc::clone(trips));
        Site::new(Arc::new(Database { d1, primary, trips }))
    };
    Ok(Sites { near: site(near), primary: site(primary.clone()) })
}

impl Database {
    async fn run(&self, statements: Vec<Bound>) -> Result<Vec<Answer>> {
        #[cfg(feature = "contract")]
        crate::testing::site_fault()?;
        if !MIGRATED.load(Ordering::Relaxed) {
            let site = Site::new(Arc::new(self.primary.clone()));
            migrate::apply_site(&site, gitflare_forge::MIGRATIONS).await?;
            MIGRATED.store(true, Ordering::Relaxed);
        }
        self.trips.fetch_add(1, Ordering::Relaxed);
        self.d1.batch(statements).await
    }
}

impl SiteDriver for Database {
    fn batch(&self, statements: Vec<Bound>) -> BoxFuture<'_, Result<Vec<Answer>, Error>> {
        self.run(statements).boxed()
    }
}
