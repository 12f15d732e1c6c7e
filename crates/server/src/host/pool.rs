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
/// Seconds after which an unused one gives back memory, and after which everything does once nothing is used.
const REST: i64 = 60;
/// Seconds after which an unused one is closed.
const IDLE: i64 = 120;

pub(crate) struct Pool {
    folder: Folder,
    shared: Arc<Shared>,
    slots: Mutex<HashMap<i64, Arc<Slot>>>,
    /// When the last one was asked for; 0 once what they share was given back since.
    used: AtomicI64,
}

/// A place for one repository; opened by the first who needs it while others wait.
#[derive(Default)]
struct Slot {
    opened: Mutex<Option<Arc<Open>>>,
    used: AtomicI64,
}

/// An open repository. It is not closed while somebody holds this.
pub(crate) struct Open {
    file: Arc<Sqlite>,
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
        Self { folder, shared, slots: Mutex::new(HashMap::new()), used: AtomicI64::new(0) }
    }

    /// The repository, opened. Fails when its database is missing: an empty one in its place would look sound. Blocks.
    pub(crate) fn get(&self, id: i64) -> Result<Arc<Open>> {
        self.enter(id, false)
    }

    /// The same for a repository that is being created: makes its database, unless there is one.
    pub(crate) fn create(&self, id: i64) -> Result<Arc<Open>> {
        self.enter(id, true)
    }

    fn enter(&self, id: i64, create: bool) -> Result<Arc<Open>> {
        let slot = {
            let mut slots = lock(&self.slots);
            if slots.len() >= KEEP && !slots.contains_key(&id) {
                evict(&mut slots);
            }
            let slot = slots.entry(id).or_default();
            let now = super::now();
            slot.used.store(now, Ordering::Relaxed);
            self.used.store(now, Ordering::Relaxed);
            Arc::clone(slot)
        };
        let mut opened = lock(&slot.opened);
        // Looked at also while it is open: what goes into a file without a name is lost at the next start.
        if !create && !data::holds_something(&self.folder.repository(id)) {
            return Err(Failure::new(format_args!("the database of repository {id} is missing")));
        }
        if let Some(open) = &*opened {
            return Ok(Arc::clone(open));
        }
        let open = Arc::new(self.open(id, create)?);
        *opened = Some(Arc::clone(&open));
        Ok(open)
    }

    fn open(&self, id: i64, create: bool) -> Result<Open> {
        let path = self.folder.repository(id);
        let failed = |error: &dyn std::fmt::Display| Failure::during(path.display(), error);
        if create {
            data::create_private(&path).map_err(|error| failed(&error))?;
            // A name that a power cut takes away would be a lost database.
            data::sync_folder(&self.folder.repositories()).map_err(|error| failed(&error))?;
        }
        let file = Arc::new(Sqlite::open(&path, Options::default()).map_err(|error| failed(&error))?);
        let db = Db::new(Arc::<Sqlite>::clone(&file));
        let repository =
            Repository::open(db, Arc::clone(&self.shared), id).map_err(|error| failed(&error))?;
        let env = gitflare_repo::Env { now: super::now(), seed: 0 };
        repository.recover(&env).map_err(|error| failed(&error))?;
        Ok(Open { file, repository })
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

    /// Closes what nobody has used for a while, and gives back the memory of what will be closed soon. Answers whether
    /// the memory that all share was given back too.
    pub(crate) fn tidy(&self, now: i64) -> bool {
        let mut slots = lock(&self.slots);
        slots.retain(|_, slot| !slot.is_idle() || slot.used.load(Ordering::Relaxed) > now - IDLE);
        let mut resting = true;
        for slot in slots.values() {
            if !slot.is_idle() {
                resting = false;
            } else if slot.used.load(Ordering::Relaxed) <= now - REST
                && let Ok(opened) = slot.opened.try_lock()
                && let Some(open) = &*opened
            {
                open.file.trim();
            }
        }
        let used = self.used.load(Ordering::Relaxed);
        if !resting || used == 0 || used > now - REST {
            return false;
        }
        self.used.store(0, Ordering::Relaxed);
        self.shared.shrink();
        true
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

#[cfg(test)]
mod tests {
    use gitflare_repo::{Budget, Shared};

    use super::{IDLE, Pool, REST};
    use crate::data::Folder;

    #[test]
    fn what_is_missing_is_not_made_and_what_is_idle_shrinks() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::new(place.path()).unwrap();
        folder.create().unwrap();
        let pool = Pool::new(folder.clone(), Shared::new(Budget::native()));
        let missing = pool.get(1).map(drop).unwrap_err();
        assert_eq!(missing.message, "the database of repository 1 is missing");
        assert!(!folder.repository(1).exists());
        let open = pool.create(1).unwrap();
        let now = super::super::now();
        assert!(!pool.tidy(now + IDLE + 1), "in use");
        drop(open);
        assert!(pool.get(1).is_ok(), "not empty from the first moment");
        assert!(!pool.tidy(now), "just used");
        assert!(pool.tidy(now + REST + 5) && !pool.tidy(now + REST + 5), "once");
        drop(pool.get(1).unwrap());
        assert!(pool.tidy(now + IDLE + 5));
        assert!(!folder.repository(1).with_extension("sqlite-wal").exists(), "closed");
        drop(pool.get(1).unwrap());
        std::fs::remove_file(folder.repository(1)).unwrap();
        assert!(pool.get(1).is_err(), "lost while open");
    }
}
