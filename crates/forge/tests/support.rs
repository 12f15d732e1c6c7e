//! A small believable world: ada and linus, ada's public `demo` and private `secret`, and a host that is not there.

use std::sync::Arc;

use axum::{Router, body::Body};
use base64::Engine as _;
use gitflare_forge::{
    Access, Actor, Forge, Role, Settings,
    access::{self, Act, act},
    accounts::{self, Account, NewAccount},
    collaborators,
    names::{AccountName, FullName},
    repositories::{self, NewRepository, Repository, Standing, Visibility, Words},
    tokens::{self, Allow, NewToken},
    transfer::{Decision, Grant},
};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

mod host;
mod record;

pub(crate) use host::Fake;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse";

/// The site, and who is on it.
pub(crate) struct World {
    pub(crate) forge: Forge,
    pub(crate) host: Arc<Fake>,
    router: Router,
}

/// What a request was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl World {
    /// A site nobody has set up yet.
    pub(crate) async fn empty() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let host = Arc::new(Fake::new().await);
        let forge = Forge::new(host.clone(), settings);
        let router = gitflare_forge::router(&forge);
        Self { forge, host, router }
    }

    /// ada, linus, and ada's repositories.
    pub(crate) async fn new() -> Self {
        let world = Self::empty().await;
        world.account("ada").await;
        world.account("linus").await;
        world.repository("ada", "demo", Visibility::Public).await;
        world.repository("ada", "secret", Visibility::Private).await;
        world
    }

    pub(crate) async fn account(&self, name: &str) -> Account {
        let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
        let new = NewAccount { name, email: None, password: PASSWORD, administrator: false };
        accounts::add(&self.forge, &access, new).await.unwrap()
    }

    pub(crate) async fn administrator(&self, name: &str) -> Account {
        let access = access::site::<act::AdministerSite>(&Actor::LocalAdministrator).unwrap();
        let new = NewAccount { name, email: None, password: PASSWORD, administrator: true };
        accounts::add(&self.forge, &access, new).await.unwrap()
    }

    pub(crate) async fn actor(&self, name: &str) -> Actor {
        accounts::on_word(&self.forge, &account_name(name)).await.unwrap()
    }

    pub(crate) async fn repository(&self, owner: &str, name: &str, visibility: Visibility) -> Repository {
        let actor = Actor::LocalAdministrator;
        let access = access::namespace(&self.forge, &actor, &account_name(owner)).await.unwrap();
        let new = NewRepository { name, description: "", visibility };
        repositories::create(&self.forge, &access, new).await.unwrap()
    }

    /// Access as the local administrator.
    pub(crate) async fn access<A: Act<Subject = Standing>>(&self, name: &str) -> Access<A> {
        self.access_of(&Actor::LocalAdministrator, name).await.unwrap()
    }

    pub(crate) async fn access_of<A: Act<Subject = Standing>>(
        &self,
        actor: &Actor,
        name: &str,
    ) -> gitflare_forge::Result<Access<A>> {
        let name = FullName::parse(name).unwrap();
        access::repository(&self.forge, actor, &name.owner, &name.name).await
    }

    pub(crate) async fn standing(&self, actor: &Actor, name: &str) -> Option<Standing> {
        let name = FullName::parse(name).unwrap();
        repositories::standing(&self.forge, actor, &name.owner, &name.name).await.unwrap()
    }

    pub(crate) async fn collaborator(&self, repository: &str, name: &str, role: Role) {
        let access = self.access(repository).await;
        collaborators::add(&self.forge, &access, &account_name(name), role).await.unwrap();
    }

    pub(crate) async fn token(&self, owner: &str) -> String {
        self.token_for(owner, Allow::EverythingButSite, None).await
    }

    pub(crate) async fn token_for(&self, owner: &str, allow: Allow, repositories: Option<&[&str]>) -> String {
        let repositories =
            repositories.map(|names| names.iter().map(|name| FullName::parse(name).unwrap()).collect());
        let new = NewToken { name: "test".into(), allow, repositories, lasts: None };
        let actor = Actor::LocalAdministrator;
        let access = access::account(&self.forge, &actor, &account_name(owner)).await.unwrap();
        tokens::create(&self.forge, &access, new).await.unwrap().token
    }

    /// What the site answers, the git part of it included.
    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let (parts, body) = request.into_parts();
        let asked = record::Asked::of(&parts);
        let response = match self.forge.decide(&parts).await {
            Decision::Answer(response) => response,
            Decision::Grant(grant) => panic!("a grant for {}", grant.full_name),
            Decision::NotGit => {
                let request = Request::from_parts(parts, body);
                self.router.clone().oneshot(request).await.unwrap()
            }
        };
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let reply = Reply {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        asked.record(&reply);
        reply
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(get(path).body(Body::empty()).unwrap()).await
    }

    /// The decision about a git request, which has to be a grant.
    pub(crate) async fn grant(&self, request: Request<Body>) -> Box<Grant> {
        match self.forge.decide(&request.into_parts().0).await {
            Decision::Grant(grant) => grant,
            Decision::Answer(response) => panic!("{response:?}"),
            Decision::NotGit => panic!("not git's"),
        }
    }
}

/// A GET to be.
pub(crate) fn get(path: &str) -> http::request::Builder {
    Request::get(path).header(header::HOST, "git.example.org")
}

/// A POST of a form to be.
pub(crate) fn form(path: &str) -> http::request::Builder {
    Request::post(path)
        .header(header::HOST, "git.example.org")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// The `Authorization` of a token.
pub(crate) fn basic(password: &str) -> String {
    let text = format!("anyone:{password}");
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
}

/// Git asking for refs.
pub(crate) fn info_refs(path: &str, service: &str, token: Option<&str>) -> Request<Body> {
    let mut request = get(&format!("{path}/info/refs?service={service}"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, basic(token));
    }
    request.body(Body::empty()).unwrap()
}

/// Git sending something.
pub(crate) fn exchange(path: &str, service: &str, token: Option<&str>) -> http::request::Builder {
    let mut request = Request::post(format!("{path}/{service}"))
        .header(header::HOST, "git.example.org")
        .header(header::CONTENT_TYPE, format!("application/x-{service}-request"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, basic(token));
    }
    request
}

/// A description and nothing else.
pub(crate) fn described(description: &str) -> Words<'_> {
    Words { description: Some(description), ..Words::default() }
}

pub(crate) fn account_name(name: &str) -> AccountName {
    AccountName::parse(name).unwrap()
}
