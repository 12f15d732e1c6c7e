//! A host whose repositories are a note of what was asked of them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use gitflare_db::{Site, migrate, sqlite::SqliteSite};
use gitflare_forge::host::{Host, RepositoryId};
use gitflare_port::{
    self as port, Command, ErrorKind, Reply,
    command::{Stat, Verified},
};
use sha2::{Digest as _, Sha256};

/// What a test has a repository answer to reading commands.
type Script = Box<dyn Fn(&Command) -> Option<Result<Reply, port::Error>> + Send>;

/// The host.
pub(crate) struct Fake {
    site: Site,
    pub(crate) file: SqliteSite,
    /// Unix seconds.
    pub(crate) now: AtomicI64,
    random: AtomicU64,
    /// How many refs a repository has.
    pub(crate) refs: Mutex<HashMap<RepositoryId, u64>>,
    /// Repositories whose database was made.
    pub(crate) created: Mutex<Vec<RepositoryId>>,
    /// Repositories whose database was deleted.
    pub(crate) erased: Mutex<Vec<RepositoryId>>,
    /// Commands that were sent.
    pub(crate) commands: Mutex<Vec<(RepositoryId, Command)>>,
    /// How much heavy work was done.
    pub(crate) computed: AtomicU64,
    /// What was logged.
    pub(crate) log: Mutex<Vec<String>>,
    /// Answers that go before the host's own.
    pub(crate) script: Mutex<Option<Script>>,
}

impl Fake {
    pub(crate) async fn new() -> Self {
        let file = SqliteSite::memory().unwrap();
        let site = Site::new(Arc::new(file.clone()));
        migrate::apply_site(&site, gitflare_forge::MIGRATIONS).await.unwrap();
        Self {
            site,
            file,
            now: AtomicI64::new(1_800_000_000),
            random: AtomicU64::new(0),
            refs: Mutex::default(),
            created: Mutex::default(),
            erased: Mutex::default(),
            commands: Mutex::default(),
            computed: AtomicU64::new(0),
            log: Mutex::default(),
            script: Mutex::default(),
        }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Host for Fake {
    fn site(&self) -> &Site {
        &self.site
    }

    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn random(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let count = self.random.fetch_add(1, Ordering::Relaxed);
            chunk.copy_from_slice(&Sha256::digest(count.to_le_bytes())[..chunk.len()]);
        }
    }

    fn command(&self, id: RepositoryId, command: Command) -> BoxFuture<'_, Result<Reply, port::Error>> {
        let refs = self.refs.lock().unwrap().get(&id).copied().unwrap_or(0);
        let scripted = self.script.lock().unwrap().as_ref().and_then(|script| script(&command));
        if let Some(reply) = scripted {
            self.commands.lock().unwrap().push((id, command));
            return ready(reply).boxed();
        }
        let reply = match &command {
            Command::Stat => Ok(Reply::Stat(Stat {
                objects: refs,
                packs: refs,
                refs,
                bytes: 0,
                head: "refs/heads/main".into(),
                born: refs > 0,
            })),
            Command::SetHead { .. } => Ok(Reply::Done),
            Command::Verify { .. } => {
                Ok(Reply::Verified(Verified { findings: Vec::new(), done: refs, total: refs, next: None }))
            }
            _ => Err(port::Error { kind: ErrorKind::NotFound, message: "Not found".into() }),
        };
        self.commands.lock().unwrap().push((id, command));
        ready(reply).boxed()
    }

    fn create(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>> {
        self.created.lock().unwrap().push(id);
        ready(Ok(())).boxed()
    }

    fn erase(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>> {
        self.erased.lock().unwrap().push(id);
        ready(Ok(())).boxed()
    }

    fn compute<'a>(&'a self, work: Box<dyn FnOnce() + Send + 'static>) -> BoxFuture<'a, ()> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        work();
        ready(()).boxed()
    }

    fn static_file<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<bytes::Bytes>> {
        ready(gitflare_forge::statics::embedded(name).map(bytes::Bytes::from_static)).boxed()
    }

    fn log_error(&self, id: &str, cause: &str) {
        self.log.lock().unwrap().push(format!("{id}: {cause}"));
    }
}
