//! What repositories have to tell the site: delivered in order and at least once; what fails is tried again.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use gitflare_forge::host::RepositoryId;
use gitflare_port::{Command, Reply};

use crate::{
    app::App,
    error::{Failure, Result},
};

/// Events asked for at once.
const BATCH: u32 = 100;

/// What this process knows about deliveries. The site itself remembers what it applied, so forgetting is harmless.
#[derive(Default)]
pub(crate) struct Deliveries {
    /// The last event delivered, by repository. Locked while one delivers, which keeps the order.
    last: Mutex<HashMap<i64, Arc<Mutex<i64>>>>,
    /// Repositories whose delivery failed.
    owed: Mutex<BTreeSet<i64>>,
}

/// Delivers what a repository has to tell. Blocks; a failure is logged, and tried again later.
pub(crate) fn deliver(app: &App, id: i64) {
    app.host.maintenance().soon(id);
    if let Err(error) = try_deliver(app, id) {
        if error.is_passing() {
            // A site that is being moved, or was, changes no more.
            tracing::debug!(repository = id, %error, "events wait for delivery");
        } else {
            tracing::warn!(repository = id, %error, "events wait for delivery");
        }
        lock(&app.host.deliveries().owed).insert(id);
    }
}

/// Tries again what failed.
pub(crate) fn retry(app: &App) {
    let owed = std::mem::take(&mut *lock(&app.host.deliveries().owed));
    for id in owed {
        deliver(app, id);
    }
}

/// After a start: delivers what the process before it left undelivered, one repository at a time.
pub(crate) fn catch_up(app: &App) {
    match app.host.folder().repository_ids() {
        Ok(ids) => ids.into_iter().for_each(|id| deliver(app, id)),
        Err(error) => tracing::warn!(%error, "events wait for delivery"),
    }
}

fn try_deliver(app: &App, id: i64) -> Result<()> {
    let last = Arc::clone(lock(&app.host.deliveries().last).entry(id).or_default());
    let mut last = lock(&last);
    // A repository deleted meanwhile must not come back as an empty one.
    while app.host.folder().repository(id).exists() {
        let reply = app.host.ask(id, Command::Outbox { after: *last, limit: BATCH })?;
        let Reply::Outbox(events) = reply else { return Err(Failure::new("unexpected reply")) };
        if events.is_empty() {
            break;
        }
        for (seq, event) in events {
            app.wait(app.forge.apply(RepositoryId(id), seq, &event))?;
            *last = seq;
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
