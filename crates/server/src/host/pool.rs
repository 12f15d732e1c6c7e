//! Open repositories. Each is open at most once, because one owner holds its publish turn; few stay open when idle.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use gitflare_db::{
    Db,
    sqlite::{Options, Sqlite},
};
use gitflare_repo::{Repository, Shared};

use crate::{
    data::{self, Folder},
    error::{Failure, Result},
};

/// How many stay open, unless more are in use.
const KEEP: usize = 64;
/// Seconds after which an unused one is closed.
const IDLE: i64 = 120;

pub(crate) struct Pool {
    folder: Folder,
    shared: Arc<Shared>,
    slots: Mutex<HashMap<i64, Arc<Slot>>>,
}

/// A place for one repository; opened by the first who needs it while others wait.
#[derive(Default)]
struct Slot {
    opened: Mutex<Option<Arc<Open>>>,
    used: AtomicI64,
}

/// An open repository. It is not closed while somebody holds this.
pub(crate) struct Open {
    repository: Repository,
}

impl Open {
    /// The repository.
    pub(crate) fn repository(&self) -> &Repository {
        &self.repository
    }
}

impl Pool {
    pub(crate) fn new(folder: Folder, shared: Arc<Shared>) -> Self {
        Self { folder, shared, slots: Mutex::new(HashMap::new()) }
    }

    /// The repository, opened; its database is created when there is none. Blocks.
    pub(crate) fn get(&self, id: i64) -> Result<Arc<Open>> {
        let slot = {
            let mut slots = lock(&self.slots);
            if slots.len() >= KEEP && !slots.contains_key(&id) {
                evict(&mut slots);
            }
            let slot = slots.entry(id).or_default();
            slot.used.store(super::now(), Ordering::Relaxed);
            Arc::clone(slot)
        };
        let mut opened = lock(&slot.opened);
        if let Some(open) = &*opened {
            return Ok(Arc::clone(open));
        }
        let open = Arc::new(self.open(id)?);
        *opened = Some(Arc::clone(&open));
        Ok(open)
    }

    fn open(&self, id: i64) -> Result<Open> {
        let path = self.folder.repository(id);
        let failed = |error: &dyn std::fmt::Display| Failure::during(path.display(), error);
        data::create_private(&path).map_err(|error| failed(&error))?;
        let file = Arc::new(Sqlite::open(&path, Options::default()).map_err(|error| failed(&error))?);
        let db = Db::new(file);
        let repository =
            Repository::open(db, Arc::clone(&self.shared), id).map_err(|error| failed(&error))?;
        let env = gitflare_repo::Env { now: super::now(), seed: 0 };
        repository.recover(&env).map_err(|error| failed(&error))?;
        Ok(Open { repository })
    }

    /// Deletes the database. Who still has it open goes on with a file that has no name.
    pub(crate) fn erase(&self, id: i64) -> Result<()> {
        let mut slots = lock(&self.slots);
        slots.remove(&id);
        let path = self.folder.repository(id);
        data::remove_database(&path).map_err(|error| Failure::during(path.display(), error))
    }

    /// Closes all that nobody uses now, before the process ends: SQLite then leaves one file for each.
    pub(crate) fn close(&self) {
        lock(&self.slots).retain(|_, slot| !slot.is_idle());
    }

    /// Closes what nobody has used for a while.
    pub(crate) fn tidy(&self) {
        let before = super::now() - IDLE;
        let mut slots = lock(&self.slots);
        slots.retain(|_, slot| !slot.is_idle() || slot.used.load(Ordering::Relaxed) > before);
    }
}

/// Closes the least recently used half of what nobody uses now.
fn evict(slots: &mut HashMap<i64, Arc<Slot>>) {
    let mut idle: Vec<(i64, i64)> = slots
        .iter()
        .filter(|(_, slot)| slot.is_idle())
        .map(|(id, slot)| (slot.used.load(Ordering::Relaxed), *id))
        .collect();
    idle.sort_unstable();
    for (_, id) in idle.iter().take(KEEP / 2) {
        slots.remove(id);
    }
}

trait Idle {
    /// Whether nobody uses it. The map is locked meanwhile, so nobody begins to.
    fn is_idle(&self) -> bool;
}

impl Idle for Arc<Slot> {
    fn is_idle(&self) -> bool {
        Arc::strong_count(self) == 1
            && self
                .opened
                .try_lock()
                .is_ok_and(|open| open.as_ref().is_none_or(|open| Arc::strong_count(open) == 1))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
