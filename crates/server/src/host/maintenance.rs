//! Maintenance of repositories: one thread at the lowest priority, a slice at a time, some seconds after a push and
//! again when what was replaced may go.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{app::App, error::Result};

/// Seconds after a push: more of them may follow, and fetches go first.
const SOON: i64 = 5;
/// Seconds after work was done: by then replaced packs may be removed.
const LATER: i64 = 3_700;
/// Seconds until a failure is tried again.
const AFTER_FAILURE: i64 = 3_600;
/// The longest sleep, so that a clock that was set does no harm.
const NAP: Duration = Duration::from_secs(60);

/// When each repository is due.
#[derive(Default)]
pub(crate) struct Maintenance {
    due: Mutex<BTreeMap<i64, i64>>,
    changed: Condvar,
}

impl Maintenance {
    /// Something moved in it.
    pub(crate) fn soon(&self, id: i64) {
        self.schedule(id, SOON);
    }

    fn schedule(&self, id: i64, delay: i64) {
        let at = super::now() + delay;
        let mut due = self.lock();
        due.entry(id).and_modify(|known| *known = at.min(*known)).or_insert(at);
        self.changed.notify_one();
    }

    /// Waits for the next that is due.
    fn next(&self) -> i64 {
        let mut due = self.lock();
        loop {
            let now = super::now();
            if let Some(id) = due.iter().find(|(_, at)| **at <= now).map(|(id, _)| *id) {
                due.remove(&id);
                return id;
            }
            let earliest =
                due.values().min().map_or(NAP, |at| Duration::from_secs((at - now).unsigned_abs()));
            let waited = self.changed.wait_timeout(due, earliest.min(NAP));
            due = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i64, i64>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to maintain what is due, on a thread of its own, for as long as the process serves.
pub(crate) fn start(app: &App) -> Result<()> {
    let maintenance = Arc::clone(app.host.maintenance());
    let app = app.downgrade();
    let thread = std::thread::Builder::new().name("maintenance".into());
    thread.spawn(move || {
        // On Linux this is the priority of the thread alone. Without it maintenance is only less polite.
        let _ = rustix::process::setpriority_process(None, 19);
        loop {
            let id = maintenance.next();
            let Some(app) = app.upgrade() else { return };
            match crate::guard::catch(|| run(&app, id)) {
                Ok(Ok(0)) => {}
                Ok(Ok(_)) => maintenance.schedule(id, LATER),
                Ok(Err(error)) => {
                    tracing::warn!(repository = id, %error, "maintenance");
                    maintenance.schedule(id, AFTER_FAILURE);
                }
                Err(_) => maintenance.schedule(id, AFTER_FAILURE),
            }
        }
    })?;
    Ok(())
}

/// Does everything that is due in one repository. Answers how many slices that took.
fn run(app: &App, id: i64) -> Result<u64> {
    // A repository deleted meanwhile must not come back as an empty one.
    if !app.host.folder().repository(id).exists() {
        return Ok(0);
    }
    let open = app.host.repositories().get(id)?;
    let mut slices = 0;
    while open.repository().maintain(&app.host.env())? {
        slices += 1;
    }
    Ok(slices)
}
