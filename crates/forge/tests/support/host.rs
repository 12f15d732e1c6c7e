//! A host whose repositories are a note of what was asked of them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use futures_util::{
    future::{BoxFuture, FutureExt as _, ready},
    stream::{self, StreamExt as _},
};
use gitflare_db::{Site, migrate, sqlite::SqliteSite};
use gitflare_forge::host::{Download, Host, RepositoryId};
use gitflare_port::{
    self as port, Command, ErrorKind, Reply,
    command::{Stat, Verified},
    download::{Body, DownloadHead, Span, Wanted},
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
    /// Downloads that were asked for, and what files hold.
    pub(crate) downloads: Mutex<Vec<port::download::Download>>,
    pub(crate) content: Mutex<Vec<u8>>,
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
            downloads: Mutex::default(),
            content: Mutex::new(b"twenty bytes of text".to_vec()),
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

    /// A file called like the end of its address, an archive or a patch: each says what was asked for.
    fn download(
        &self,
        _id: RepositoryId,
        request: port::download::Download,
        _client: Option<IpAddr>,
    ) -> BoxFuture<'_, Result<Download, port::Error>> {
        self.downloads.lock().unwrap().push(request.clone());
        let content = self.content.lock().unwrap().clone();
        let mut head = DownloadHead {
            oid: "e83c5163316f89bfbde7d9ab23ca2e25604af290".into(),
            ..DownloadHead::default()
        };
        let mut bytes = content;
        if let Wanted::Raw { revision, path, span, part_of } = &request.what {
            let address = revision.clone().unwrap_or_default();
            if address.ends_with("missing") || path.ends_with("missing") {
                let error = port::Error { kind: ErrorKind::NotFound, message: "Not found".into() };
                return ready(Err(error)).boxed();
            }
            head.name = address.rsplit('/').next().unwrap_or_default().to_owned();
            head.commit = "0123456789012345678901234567890123456789".into();
            let size = bytes.len() as u64;
            let (from, count) = match *span {
                _ if part_of.as_ref().is_some_and(|oid| *oid != head.oid) => (0, size),
                Span::Whole => (0, size),
                Span::From { from, count } => {
                    (from.min(size), count.unwrap_or(u64::MAX).min(size - from.min(size)))
                }
                Span::Last { count } => (size - count.min(size), count.min(size)),
            };
            head.start = bytes.clone();
            (head.size, head.from, head.count) = (Some(size), from, Some(count));
            bytes = bytes[from as usize..(from + count) as usize].to_vec();
        }
        let follows = match &request.body {
            Body::Wanted => true,
            Body::Unless(known) => !known.contains(&head.oid),
            Body::Unwanted => false,
        };
        let pieces: Vec<_> =
            bytes.chunks(7).filter(|_| follows).map(|piece| Ok(piece.to_vec().into())).collect();
        ready(Ok(Download { head, pieces: stream::iter(pieces).boxed() })).boxed()
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
