//! What a host provides. The crate cannot tell which host it is on.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use futures_util::{
    future::{BoxFuture, FutureExt as _, ready},
    stream::BoxStream,
};
use gitflare_port as port;

pub use crate::ids::RepositoryId;

/// What a host provides: the site's database, repositories, clock, randomness, and somewhere to compute.
pub trait Host: Send + Sync {
    /// The site's database, migrated by [`crate::MIGRATIONS`].
    fn site(&self) -> &gitflare_db::Site;

    /// The same near the reader, and perhaps a little behind: for what a page shows, never for what decides who sees it.
    fn near(&self) -> &gitflare_db::Site {
        self.site()
    }

    /// Unix seconds.
    fn now(&self) -> i64;

    /// Fills `out` with unpredictable bytes.
    fn random(&self, out: &mut [u8]);

    /// Makes the empty database of a repository that is being created; does nothing when there is one.
    fn create(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>>;

    /// Asks a repository. Fails when its database is missing: what was lost must not look like what was never there.
    fn command(
        &self,
        id: RepositoryId,
        command: port::Command,
    ) -> BoxFuture<'_, Result<port::Reply, port::Error>>;

    /// The same for somebody who reads it, who was let in when it had last been changed at `changed`. What can never be
    /// another answer until it changes again may come from what the host kept ([`crate::kept`]).
    fn read(
        &self,
        id: RepositoryId,
        changed: i64,
        command: port::Command,
    ) -> BoxFuture<'_, Result<port::Reply, port::Error>> {
        let _ = changed;
        self.command(id, command)
    }

    /// Begins to read raw files, archives or patches from a repository, for the client at this address. Fails like
    /// [`Host::command`].
    fn download(
        &self,
        id: RepositoryId,
        request: port::download::Download,
        client: Option<IpAddr>,
    ) -> BoxFuture<'_, Result<Download, port::Error>>;

    /// Deletes a repository's database. Idempotent: succeeds when there is none.
    fn erase(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>>;

    /// Runs heavy work, such as a password hash, at most as many at a time as there are cores.
    fn compute<'a>(&'a self, work: Box<dyn FnOnce() + Send + 'static>) -> BoxFuture<'a, ()>;

    /// A file of `assets/public/static`, such as a font. A host whose platform serves them before the site is asked has none.
    fn static_file<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Option<Bytes>> {
        ready(None).boxed()
    }

    /// One line for the log. `cause` never holds a secret.
    fn log_error(&self, id: &str, cause: &str);
}

/// A download that has begun.
pub struct Download {
    /// What is known before the first byte.
    pub head: port::download::DownloadHead,
    /// The bytes, made as they are taken; none of them are ahead of the client for long. Dropped, the work stops.
    pub pieces: BoxStream<'static, Result<Bytes, Broken>>,
}

/// A download broke off; the log has the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the download broke off")
    }
}

impl std::error::Error for Broken {}

/// What the host fixes; everything else is in the site's database.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `--url`: the site's address as users see it, without a trailing slash. Overrides what requests say.
    pub url: Option<String>,
    /// The most bytes one push may have, where the host's own way in takes no more.
    pub body_limit: Option<u64>,
}

/// The most bytes a request may have where something in front takes this many megabytes: a hundredth less, because what
/// is in front refuses without a word that git would show.
pub fn just_below(megabytes: u64) -> u64 {
    megabytes.saturating_mul(990_000)
}

/// The site: what every rule and every handler works with. Cheap to clone.
#[derive(Clone)]
pub struct Forge {
    host: Arc<dyn Host>,
    settings: Arc<Settings>,
}

impl Forge {
    /// The site on this host.
    pub fn new(host: Arc<dyn Host>, settings: Settings) -> Self {
        Self { host, settings: Arc::new(settings) }
    }

    /// The host.
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// The site's database.
    pub fn site(&self) -> &gitflare_db::Site {
        self.host.site()
    }

    /// The same near the reader, and perhaps a little behind: for what a page shows, never for what decides who sees it.
    pub fn near(&self) -> &gitflare_db::Site {
        self.host.near()
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.host.now()
    }

    /// What the host fixed.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// `N` unpredictable bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.host.random(&mut bytes);
        bytes
    }
}

/// The other end of the connection. The host puts it among the request's extensions; absent means untrusted loopback.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peer {
    /// Where the connection comes from.
    pub address: Option<IpAddr>,
    /// Whether this is a listed proxy, whose `X-Forwarded-*` headers count.
    pub trusted: bool,
}
