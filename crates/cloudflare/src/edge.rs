//! What this host provides to the site, for the time of one request.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bytes::Bytes;
use futures_util::future::{BoxFuture, FutureExt as _};
use gitflare_db::{Site, d1::Bookmark};
use gitflare_forge::host::{Download, Forge, Host, RepositoryId, Settings, just_below};
use gitflare_port as port;
use worker::{Env, Response, send::SendFuture};

use crate::{
    call::Call,
    clock,
    database::{self, Sites},
    download, kept, log,
    objects::Objects,
};

/// Just below 100 MB, which every plan allows.
const BODY_LIMIT: u64 = 99_000_000;

/// The binding of the files that the platform serves.
const ASSETS: &str = "ASSETS";
/// Any host will do: only the path counts.
const ASSETS_HOST: &str = "https://assets.invalid/static/";

/// The host, for one request.
pub(crate) struct Edge {
    sites: Sites,
    objects: Objects,
    env: Env,
}

/// What is known of a request besides what the site reads, and what answering it came to.
#[derive(Clone, Default)]
pub(crate) struct Visit {
    /// Where objects it makes should live.
    pub(crate) hint: Option<&'static str>,
    /// The bookmark of the visitor's last write.
    pub(crate) seen: Option<String>,
    /// The bookmark of what was written.
    pub(crate) wrote: Bookmark,
    /// Round trips to D1.
    pub(crate) trips: Arc<AtomicU32>,
    /// Requests to objects.
    pub(crate) hops: Arc<AtomicU32>,
}

impl Visit {
    /// Round trips to D1, and requests to objects.
    #[cfg_attr(not(feature = "contract"), expect(dead_code, reason = "only tests look"))]
    pub(crate) fn counted(&self) -> (u32, u32) {
        (self.trips.load(Ordering::Relaxed), self.hops.load(Ordering::Relaxed))
    }
}

/// The site on this host, and the objects beside it.
pub(crate) fn site(env: &Env, visit: &Visit) -> worker::Result<(Forge, Objects)> {
    let objects = Objects::new(env.clone(), visit.hint, Arc::clone(&visit.hops));
    let sites = database::open(env, &visit.trips, visit.seen.as_deref(), visit.wrote.clone())?;
    let edge = Edge { sites, objects: objects.clone(), env: env.clone() };
    let url = setting(env, "GITFLARE_URL").map(|url| url.trim_end_matches('/').to_owned());
    Ok((Forge::new(Arc::new(edge), Settings { url, body_limit: Some(body_limit(env)) }), objects))
}

/// The most bytes a request may have: just below what the plan allows.
fn body_limit(env: &Env) -> u64 {
    let megabytes = setting(env, "GITFLARE_BODY_LIMIT_MB").and_then(|text| text.trim().parse::<u64>().ok());
    megabytes.map_or(BODY_LIMIT, just_below)
}

/// A variable or secret, unless it is missing or empty.
pub(crate) fn setting(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.trim().is_empty())
}

/// A file that the platform serves, for the program itself.
async fn asset(env: &Env, name: &str) -> Option<Bytes> {
    let response = env.assets(ASSETS).ok()?.fetch(format!("{ASSETS_HOST}{name}"), None).await.ok()?;
    if response.status() != http::StatusCode::OK {
        return None;
    }
    let mut response = Response::try_from(response).ok()?;
    response.bytes().await.ok().map(Bytes::from)
}

impl Edge {
    async fn ask(&self, id: RepositoryId, call: Call) -> Result<port::Reply, port::Error> {
        SendFuture::new(self.objects.ask(id, &call)).await
    }
}

impl Host for Edge {
    fn site(&self) -> &Site {
        &self.sites.primary
    }

    fn near(&self) -> &Site {
        &self.sites.near
    }

    fn now(&self) -> i64 {
        clock::now()
    }

    fn random(&self, out: &mut [u8]) {
        clock::random(out);
    }

    fn download(
        &self,
        id: RepositoryId,
        request: port::download::Download,
        client: Option<IpAddr>,
    ) -> BoxFuture<'_, Result<Download, port::Error>> {
        SendFuture::new(download::begin(&self.objects, id, request, client)).boxed()
    }

    fn create(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>> {
        async move { self.ask(id, Call::Create).await.map(drop) }.boxed()
    }

    fn command(
        &self,
        id: RepositoryId,
        command: port::Command,
    ) -> BoxFuture<'_, Result<port::Reply, port::Error>> {
        self.ask(id, Call::Command { command }).boxed()
    }

    fn read(
        &self,
        id: RepositoryId,
        changed: i64,
        command: port::Command,
    ) -> BoxFuture<'_, Result<port::Reply, port::Error>> {
        async move {
            let Some(address) = kept::address(id.0, changed, &command) else {
                return self.command(id, command).await;
            };
            if let Some(reply) = SendFuture::new(kept::get(&address)).await {
                return Ok(reply);
            }
            let reply = self.command(id, command).await?;
            if let Err(error) = SendFuture::new(kept::put(&address, &reply)).await {
                log::warn("cache", &error.to_string());
            }
            Ok(reply)
        }
        .boxed()
    }

    fn erase(&self, id: RepositoryId) -> BoxFuture<'_, Result<(), port::Error>> {
        async move { self.ask(id, Call::Erase).await.map(drop) }.boxed()
    }

    /// There is one thread, so one at a time.
    fn compute<'a>(&'a self, work: Box<dyn FnOnce() + Send + 'static>) -> BoxFuture<'a, ()> {
        work();
        async {}.boxed()
    }

    fn static_file<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Option<Bytes>> {
        SendFuture::new(asset(&self.env, name)).boxed()
    }

    fn log_error(&self, id: &str, cause: &str) {
        log::error(id, cause);
    }
}
