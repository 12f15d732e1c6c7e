//! What all events of an object share: its database, opened by the first who needs it, and its few own notes.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
    sync::{Arc, OnceLock},
    time::Duration,
};

use gitflare_db::{Db, durable::Durable, migrate};
use gitflare_forge::{Forge, host::RepositoryId, transfer::Begun};
use gitflare_port as port;
use gitflare_repo::{Budget, Shared};
use worker::{Env, State};

use crate::{
    clock,
    edge::{self, Visit},
};

/// Caches of all objects in this isolate. Their keys begin with the repository's id.
static SHARED: OnceLock<Arc<Shared>> = OnceLock::new();

/// The note of the repository's id, for alarms: one that wakes an object after a restart does not tell it its name.
const ID: &str = "id";
/// The note of a repository that a push is creating, until the site knows how that ended.
const BEGUN: &str = "begun";
/// The note of an event the site does not take, and since when.
const FAILING: &str = "failing";
/// Seconds after which a push that took no step counts no more.
const STILL: i64 = 300;
/// The note of the last event the site has applied.
const DELIVERED: &str = "delivered";

/// What waits for its client.
pub(super) trait Idle {
    /// Ends it, if nobody has asked for a piece of it for long.
    fn give_up_idle(&self, now: i64);
}

/// One object.
pub(crate) struct Object {
    state: State,
    env: Env,
    /// The repository's id, once it is known.
    id: Cell<Option<i64>>,
    opened: RefCell<Option<gitflare_repo::Repository>>,
    /// The last event the site has applied, once looked up.
    delivered: Cell<Option<i64>>,
    /// Failed deliveries in a row.
    failures: Cell<u32>,
    /// Pushes under way, and when one of them last took a step.
    pushes: Cell<u32>,
    pushed_at: Cell<i64>,
    /// Transfers and downloads that wait for their clients.
    waiting: RefCell<Vec<Weak<dyn Idle>>>,
}

impl Object {
    pub(super) fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            id: Cell::new(None),
            opened: RefCell::new(None),
            delivered: Cell::new(None),
            failures: Cell::new(0),
            pushes: Cell::new(0),
            pushed_at: Cell::new(0),
            waiting: RefCell::default(),
        }
    }

    /// Finds out the repository's id: the object's name, or what was noted of it. Every event begins with this.
    pub(super) async fn recall(&self) -> worker::Result<()> {
        if self.id.get().is_none() {
            let name = self.state.id().name().and_then(|name| name.parse().ok());
            self.id.set(match name {
                Some(id) => Some(id),
                None => self.state.storage().get(ID).await?,
            });
        }
        Ok(())
    }

    /// The repository's id.
    pub(super) fn id(&self) -> Result<RepositoryId, port::Error> {
        let id = self.id.get().map(RepositoryId);
        id.ok_or_else(|| internal("an object without a repository's id for its name"))
    }

    /// The repository. Fails when its database is empty: what was lost must not look like what was never there.
    pub(super) fn repository(&self) -> Result<gitflare_repo::Repository, port::Error> {
        self.open(false)
    }

    /// The same for a repository that is being created: makes its database, unless there is one.
    pub(super) fn create(&self) -> Result<gitflare_repo::Repository, port::Error> {
        self.open(true)
    }

    fn open(&self, create: bool) -> Result<gitflare_repo::Repository, port::Error> {
        if let Some(repository) = &*self.opened.borrow() {
            return Ok(repository.clone());
        }
        let id = self.id()?;
        let db = Db::new(Arc::new(Durable::new(&self.state)));
        if !create && db.read(migrate::is_blank).map_err(|error| internal(&error.to_string()))? {
            return Err(internal(&format!("the database of repository {id} is missing")));
        }
        let opened = gitflare_repo::Repository::open(db, shared(), id.0)?;
        opened.recover(&clock::env())?;
        *self.opened.borrow_mut() = Some(opened.clone());
        Ok(opened)
    }

    /// The database itself, for tests of it.
    #[cfg(feature = "contract")]
    pub(crate) fn db(&self) -> Db {
        Db::new(Arc::new(Durable::new(&self.state)))
    }

    /// Rings the alarm, for tests that cannot wait for it.
    #[cfg(feature = "contract")]
    pub(crate) async fn ring(&self) {
        super::alarm::ring(self).await;
    }

    /// Whether there is anything here.
    pub(super) fn is_blank(&self) -> bool {
        self.opened.borrow().is_none()
            && Db::new(Arc::new(Durable::new(&self.state))).read(migrate::is_blank).unwrap_or(false)
    }

    /// Deletes everything, the alarm too.
    pub(super) async fn erase(&self) -> worker::Result<()> {
        self.opened.take();
        self.delivered.set(None);
        let storage = self.state.storage();
        storage.delete_alarm().await?;
        storage.delete_all().await
    }

    /// The site, as this object reaches it.
    pub(super) fn site(&self) -> worker::Result<Forge> {
        edge::site(&self.env, &Visit::default()).map(|(forge, _)| forge)
    }

    /// Remembers that a push is creating this repository.
    pub(super) async fn note_begun(&self, begun: &Begun) -> worker::Result<()> {
        self.state.storage().put(BEGUN, serde_json::to_string(begun)?).await
    }

    /// The repository a push was creating, if the site does not know yet how that ended.
    pub(super) async fn begun(&self) -> worker::Result<Option<Begun>> {
        let note: Option<String> = self.state.storage().get(BEGUN).await?;
        note.map(|note| serde_json::from_str(&note)).transpose().map_err(Into::into)
    }

    /// The site knows.
    pub(super) async fn forget_begun(&self) -> worker::Result<()> {
        self.state.storage().delete(BEGUN).await.map(drop)
    }

    /// The number of the last event the site has applied.
    pub(super) async fn delivered(&self) -> worker::Result<i64> {
        if let Some(delivered) = self.delivered.get() {
            return Ok(delivered);
        }
        let noted: Option<i64> = self.state.storage().get(DELIVERED).await?;
        let delivered = noted.unwrap_or(0).max(self.delivered.get().unwrap_or(0));
        self.delivered.set(Some(delivered));
        Ok(delivered)
    }

    /// The site has applied all events up to this one.
    pub(super) async fn note_delivered(&self, seq: i64) -> worker::Result<()> {
        if self.delivered.get().is_some_and(|delivered| delivered >= seq) {
            return Ok(());
        }
        self.delivered.set(Some(seq));
        self.state.storage().put(DELIVERED, seq).await
    }

    /// Counts deliveries that fail in a row; a success starts anew.
    pub(super) fn count_failure(&self, failed: bool) -> u32 {
        self.failures.set(if failed { self.failures.get().saturating_add(1) } else { 0 });
        self.failures.get()
    }

    /// Wakes the object after so long, or sooner if it is to be woken sooner already.
    pub(super) async fn wake_within(&self, delay: Duration) -> worker::Result<()> {
        let at = worker::js_sys::Date::now() as i64 + delay.as_millis() as i64;
        let storage = self.state.storage();
        match storage.get_alarm().await? {
            Some(set) if set <= at => Ok(()),
            _ => {
                if let Some(id) = self.id.get() {
                    storage.put(ID, id).await?;
                }
                storage.set_alarm(delay).await
            }
        }
    }

    /// Wakes the object after so long, whatever was set before. Answers what [`Object::rewake`] knows it by.
    pub(super) async fn wake_after(&self, delay: Duration) -> worker::Result<Option<i64>> {
        let storage = self.state.storage();
        storage.set_alarm(delay).await?;
        storage.get_alarm().await
    }

    /// In the place of the alarm `set` by [`Object::wake_after`]: another, or none. What somebody else has set since stays.
    pub(super) async fn rewake(&self, set: Option<i64>, delay: Option<Duration>) -> worker::Result<()> {
        let storage = self.state.storage();
        if storage.get_alarm().await? != set {
            return Ok(());
        }
        match delay {
            Some(delay) => storage.set_alarm(delay).await,
            None => storage.delete_alarm().await,
        }
    }

    /// Since when the event `seq` cannot be applied; notes it if it is new.
    pub(super) async fn failing_since(&self, seq: i64, now: i64) -> worker::Result<i64> {
        let storage = self.state.storage();
        let noted: Option<(i64, i64)> = storage.get(FAILING).await?;
        match noted {
            Some((failing, since)) if failing == seq => Ok(since),
            _ => storage.put(FAILING, (seq, now)).await.map(|()| now),
        }
    }

    /// Goes on with `work` after the event that began it.
    pub(super) fn go_on(&self, work: impl Future<Output = ()> + 'static) {
        self.state.wait_until(work);
    }

    /// Remembers what waits for its client, to end it when that is gone.
    pub(super) fn watch(&self, waiting: &Rc<dyn Idle>) {
        let mut all = self.waiting.borrow_mut();
        all.retain(|one| one.strong_count() > 0);
        all.push(Rc::downgrade(waiting));
    }

    /// Ends what has lost its client without a word.
    pub(super) fn give_up_idle(&self, now: i64) {
        let all: Vec<_> = self.waiting.borrow().iter().filter_map(Weak::upgrade).collect();
        all.iter().for_each(|one| one.give_up_idle(now));
    }

    /// A push begins or ends.
    pub(super) fn count_push(&self, begins: bool) {
        let pushes = self.pushes.get();
        self.pushes.set(if begins { pushes + 1 } else { pushes.saturating_sub(1) });
    }

    /// A push took a step.
    pub(super) fn push_goes_on(&self, now: i64) {
        self.pushed_at.set(now);
    }

    /// Whether a push is under way. One that stands still has lost its client and will not go on.
    pub(super) fn is_pushed_to(&self, now: i64) -> bool {
        self.pushes.get() > 0 && now - self.pushed_at.get() < STILL
    }
}

fn shared() -> Arc<Shared> {
    Arc::clone(SHARED.get_or_init(|| Shared::new(Budget::durable())))
}

/// Our fault; the text is for the log.
pub(super) fn internal(text: &str) -> port::Error {
    port::Error { kind: port::ErrorKind::Internal, message: text.to_owned() }
}
