//! The site's database as this isolate sees it: migrated before its first query, and counted.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use futures_util::future::{BoxFuture, FutureExt as _};
use gitflare_db::{Bound, Error, Result, Site, SiteDriver, d1::D1Site, migrate, site::Answer};
use worker::Env;

/// The binding in `wrangler.toml`.
const BINDING: &str = "DB";

/// Whether this isolate knows the database to be up to date.
static MIGRATED: AtomicBool = AtomicBool::new(false);

/// The database for one request.
pub(crate) struct Database {
    d1: D1Site,
    trips: Arc<AtomicU32>,
}

/// Opens it. `trips` counts round trips.
pub(crate) fn open(env: &Env, trips: Arc<AtomicU32>) -> worker::Result<Site> {
    let d1 = D1Site::new(&env.d1(BINDING)?);
    Ok(Site::new(Arc::new(Database { d1, trips })))
}

impl Database {
    async fn run(&self, statements: Vec<Bound>) -> Result<Vec<Answer>> {
        #[cfg(feature = "contract")]
        crate::testing::site_fault()?;
        if !MIGRATED.load(Ordering::Relaxed) {
            let site = Site::new(Arc::new(self.d1.clone()));
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
