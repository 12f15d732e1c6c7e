//! What a request meets: git's own are decided on their head and become transfers, all others go to the router.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use gitflare_forge::{
    host::Peer,
    http::Client,
    transfer::{Again, Decision, Grant},
};
use gitflare_port::Service as GitService;
use http::{Request, Response, request::Parts};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;
use tower_service::Service;

use crate::{
    app::App,
    conversation::Transfer,
    error::Result,
    host::{self, Native},
    http::{
        Body, body, compress,
        transfer::{self, Admission, Afterwards},
    },
};

/// How long the rest of a refused request is read: closing at once would lose the refusal.
const DRAIN: Duration = Duration::from_secs(10);

/// How long a push waits for another that creates the same repository, and how often it looks.
const TURN: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

/// Answers requests.
pub(super) struct Requests {
    app: App,
    proxies: Vec<IpAddr>,
    admission: Arc<Admission>,
    pages: Pages,
}

/// The router, behind a type that can be named here.
type Pages =
    Box<dyn Fn(Request<Incoming>) -> futures_util::future::BoxFuture<'static, Response<Body>> + Send + Sync>;

impl Requests {
    pub(super) fn new(app: App, proxies: Vec<IpAddr>) -> Self {
        let router = gitflare_forge::router(&app.forge);
        let pages: Pages = Box::new(move |request| {
            let mut router = router.clone();
            Box::pin(async move {
                match router.call(request).await {
                    Ok(response) => response.map(body::boxed),
                    Err(never) => match never {},
                }
            })
        });
        Self { app, proxies, admission: Arc::new(Admission::new(host::cores())), pages }
    }

    /// Answers one.
    pub(super) async fn answer(&self, mut request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        let address = peer.ip().to_canonical();
        let trusted = self.proxies.contains(&address);
        request.extensions_mut().insert(Peer { address: Some(address), trusted });
        let (parts, incoming) = request.into_parts();
        match self.decide(&parts).await {
            Decision::NotGit => {
                let wanted = compress::Wanted::of(&parts.headers);
                compress::apply(wanted, (self.pages)(Request::from_parts(parts, incoming)).await)
            }
            Decision::Answer(response) => {
                // Whoever waits for permission to send the body does not get it.
                if !parts.headers.contains_key(http::header::EXPECT) {
                    tokio::spawn(drain(incoming));
                }
                response.map(body::boxed)
            }
            Decision::Grant(grant) => {
                let afterwards = settle(&self.app, &grant);
                let Grant { head, .. } = &*grant;
                let asked = (incoming, Client::of(&parts).address);
                let open = opener(&grant);
                let host = &self.app.host;
                let answer = transfer::answer(host, &self.admission, head, open, asked, afterwards);
                let mut response = answer.await;
                if response.status().is_success() {
                    for (name, value) in grant.headers() {
                        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
                    }
                }
                response
            }
        }
    }
}

impl Requests {
    /// Decides; waits while another push creates the repository, because git shows its user no answer to wait.
    async fn decide(&self, parts: &Parts) -> Decision {
        let start = Instant::now();
        loop {
            let decision = self.app.forge.decide(parts).await;
            match &decision {
                Decision::Answer(response)
                    if response.extensions().get::<Again>().is_some() && start.elapsed() < TURN => {}
                _ => return decision,
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// Begins the conversation that was granted.
fn opener(grant: &Grant) -> impl FnOnce(&Native) -> Result<Transfer> + Send + use<> {
    let (id, is_new, head) = (grant.id.0, grant.begun.is_some(), grant.head.clone());
    move |host| {
        let repositories = host.repositories();
        let open = if is_new { repositories.create(id) } else { repositories.get(id) };
        let open = open.map_err(|failure| failure.of(format_args!("repository {id}")))?;
        Ok(Transfer::begin(open, head, &host.env()))
    }
}

/// What follows a transfer: a repository made for a push is kept or taken away, and the site hears what moved.
fn settle(app: &App, grant: &Grant) -> Afterwards {
    let (app, grant) = (app.clone(), grant.clone());
    Afterwards::new(move |moved| {
        if grant.head.service != GitService::ReceivePack {
            return;
        }
        if let Some(begun) = &grant.begun
            && let Err(error) = app.wait(app.forge.settle(begun, moved))
        {
            let id = crate::guard::id();
            let cause = error.cause.as_deref().unwrap_or(&error.message);
            tracing::error!(id, repository = %grant.full_name, cause, "a push was not settled");
        }
        if moved {
            host::outbox::deliver(&app, grant.id.0);
        }
    })
}

async fn drain(mut body: Incoming) {
    let rest = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = tokio::time::timeout(DRAIN, rest).await;
}

/// The token of the setup link, while there is no account.
pub(super) async fn setup_token(app: &App) -> Result<Option<String>> {
    let fixed = crate::environment::secret(crate::environment::SETUP_TOKEN);
    Ok(app.forge.setup_link(fixed.as_deref()).await?)
}
