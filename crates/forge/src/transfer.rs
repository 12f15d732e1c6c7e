//! Git over HTTP, decided on the head of a request before any byte of its body moves. The answer is a response, or a
//! grant with which the host moves the bytes between client and repository.
//!
//! It knows nothing of packs: only who may do what to which repository, and what the client is told about it.

use std::net::IpAddr;

use axum::{body::Body, response::Response};
use gitflare_port::{BodyLimit, Caller, Command, Event, Head, Reply, Service};
use http::request::Parts;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    access::{self, Access, act},
    actor::Actor,
    audit::Author,
    error::Kind,
    host::Forge,
    http::{Client, Origin},
    ids::RepositoryId,
    names::FullName,
    repositories::{self, Sought},
};

/// Among the extensions of an answer that holds for a moment only: another push is creating the repository. A host that
/// can wait decides again before it answers.
#[derive(Debug, Clone, Copy)]
pub struct Again;

mod answer;
mod inbox;
mod route;
mod steps;

use route::{Request, Target};
pub(crate) use steps::commands as steps_of;

/// What to do with a request.
#[derive(Debug)]
pub enum Decision {
    /// It is not git's: hand it to the router.
    NotGit,
    /// Answer this. The body of the request still has to be drained, within a limit.
    Answer(Response<Body>),
    /// Let it through.
    Grant(Box<Grant>),
}

/// A transfer that was allowed.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The repository.
    pub id: RepositoryId,
    /// What the repository is told.
    pub head: Head,
    /// What the push creates: [`Forge::settle`] keeps it or takes it away.
    pub begun: Option<Begun>,
    /// The repository's name, for logs.
    pub full_name: FullName,
}

/// A repository that a push is creating. Plain data: on one host the push ends elsewhere than it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The repository.
    pub id: RepositoryId,
    full_name: String,
    author: Author,
}

impl Begun {
    fn new(id: RepositoryId, access: &Access<act::PushToCreate>, name: &FullName) -> Self {
        Self { id, full_name: name.to_string(), author: access.actor().into() }
    }
}

impl Grant {
    /// The content type of the answer.
    pub const fn content_type(&self) -> &'static str {
        route::answer_type(self.head.service, self.head.advertise)
    }

    /// The headers of the answer.
    pub fn headers(&self) -> [(http::HeaderName, &'static str); 4] {
        headers(self.content_type())
    }
}

/// The headers of every answer to git: its type, and that nobody may keep it.
pub const fn headers(content_type: &'static str) -> [(http::HeaderName, &'static str); 4] {
    answer::headers(content_type)
}

/// On whose behalf a repository acts. What pull requests are made of is written by the server alone.
pub(crate) fn caller(actor: &Actor, address: Option<IpAddr>) -> Caller {
    Caller {
        identity: actor.identity(address.map(|address| address.to_string())),
        hidden: Vec::new(),
        locked: vec!["refs/pull/".to_owned()],
    }
}

impl Forge {
    /// Decides a request by its head.
    pub async fn decide(&self, parts: &Parts) -> Decision {
        let request = match route::read(parts) {
            Target::NotGit => return Decision::NotGit,
            Target::Refused(response) => return Decision::Answer(response),
            Target::Git(request) => request,
        };
        let origin = Origin::of(self, parts);
        match admit(self, parts, &request, &origin).await {
            Ok(decision) => decision,
            Err(error) => Decision::Answer(self.refuse(error)),
        }
    }

    fn refuse(&self, mut error: Error) -> Response<Body> {
        if error.kind == Kind::Internal {
            let id = crate::secret::hex(&self.random::<6>());
            self.host().log_error(&id, error.cause.as_deref().unwrap_or("no cause known"));
            error.message = format!("Internal error {id}");
        }
        answer::refusal(&error)
    }

    /// A push that creates a repository came to its end, or its client went away. Has to be called for each: the
    /// repository is kept if a ref moved, and else is as if it had never been. Calling it again does no harm.
    pub async fn settle(&self, begun: &Begun, moved_refs: bool) -> Result<()> {
        if moved_refs {
            repositories::activate(self, &begun.author, begun.id, &begun.full_name).await
        } else {
            repositories::discard(self, begun.id).await
        }
    }

    /// Hears and applies what a repository has to tell that the site does not know yet.
    pub(crate) async fn hear(&self, id: RepositoryId) -> Result<()> {
        let last = self.site().first(&repositories::queries::LAST_APPLIED, vec![id.into()]).await?;
        let mut after = last.and_then(|(last,)| last).unwrap_or(0);
        loop {
            let events = match self.host().command(id, Command::Outbox { after, limit: 100 }).await? {
                Reply::Outbox(events) => events,
                other => return Err(crate::ui::visit::unexpected(&other)),
            };
            if events.is_empty() {
                return Ok(());
            }
            for (seq, event) in events {
                self.apply(id, seq, &event).await?;
                after = seq;
            }
        }
    }

    /// Applies an event of a repository: once, however often it is delivered.
    pub async fn apply(&self, id: RepositoryId, seq: i64, event: &Event) -> Result<()> {
        inbox::apply(self, id, seq, event).await
    }

    /// Tells the administrators of an event that could not be applied for so long that the next ones go on without it.
    pub async fn leave_out(&self, id: RepositoryId, seq: i64, cause: &str) -> Result<()> {
        inbox::leave_out(self, id, seq, cause).await
    }
}

async fn admit(forge: &Forge, parts: &Parts, request: &Request, origin: &Origin) -> Result<Decision> {
    let client = Client::of(parts);
    let sought = request.name.as_ref().ok().map(|name| Sought::new(&name.owner, &name.name));
    let (actor, looked) = answer::identify(forge, parts, &client, origin, sought.as_ref()).await?;
    let missing = || if actor.is_anonymous() { answer::challenge() } else { answer::missing() };
    let name = match &request.name {
        Ok(name) => name,
        Err(unusable) => return Err(unusable.tell(&actor).unwrap_or_else(missing)),
    };
    let standing = repositories::standing_in(forge, &actor, &name.owner, &name.name, looked.as_ref()).await?;
    let Some(standing) = standing else {
        return match request.service {
            Service::ReceivePack => push_to_create(forge, &actor, name, request, &client, origin).await,
            Service::UploadPack => Err(missing()),
        };
    };
    if standing.repository.state == repositories::State::Creating
        && request.service == Service::ReceivePack
        && standing.role == Some(crate::access::Role::Admin)
    {
        return Ok(Decision::Answer(answer::being_created()));
    }
    let moved = standing.moved;
    let checked = match request.service {
        Service::UploadPack => {
            access::enter::<act::ReadCode>(forge, &actor, standing.clone()).await.map(|_| ())
        }
        Service::ReceivePack => access::enter::<act::Push>(forge, &actor, standing.clone()).await.map(|_| ()),
    };
    checked.map_err(|error| if error.kind == Kind::NotFound { missing() } else { error })?;
    let now_called = standing.repository.full_name();
    let mut notices = Vec::new();
    if moved {
        notices.push(format!("{name} is called {now_called} now; its address is"));
        notices.push(format!("  {}", origin.url(&format!("/{now_called}.git"))));
    }
    let grant = Grant {
        id: standing.repository.id,
        head: request.head(caller(&actor, client.address), notices, limit(forge, origin, &now_called)),
        begun: None,
        full_name: now_called,
    };
    Ok(Decision::Grant(Box::new(grant)))
}

/// A push to a repository that does not exist, under a name the actor may create one under.
async fn push_to_create(
    forge: &Forge,
    actor: &Actor,
    name: &FullName,
    request: &Request,
    client: &Client,
    origin: &Origin,
) -> Result<Decision> {
    if actor.is_anonymous() {
        return Err(answer::challenge());
    }
    let access = access::namespace::<act::PushToCreate>(forge, actor, &name.owner).await;
    let access = access.map_err(|error| {
        // Somebody else's name: the same as for a repository that is hidden there.
        if is_own(actor, name) { error } else { answer::missing() }
    })?;
    if request.advertise {
        // Here git shows its user what is said; of a refusal after it has sent a pack it shows a number.
        if let Some(notice) = crate::moving::notice(forge).await? {
            return Err(Error::unavailable(notice));
        }
        // Asking changes nothing: the repository is made by the push itself.
        return Ok(Decision::Answer(answer::empty_advertisement(request.version)));
    }
    if request.is_probe {
        return Ok(Decision::Answer(answer::nothing(Service::ReceivePack)));
    }
    begin(forge, &access, name, request, client, origin).await
}

async fn begin(
    forge: &Forge,
    access: &Access<act::PushToCreate>,
    name: &FullName,
    request: &Request,
    client: &Client,
    origin: &Origin,
) -> Result<Decision> {
    let name = FullName { owner: access.subject().0.name.clone(), name: name.name.clone() };
    let id = match repositories::begin(forge, access, &name).await {
        Err(error) if error.kind == Kind::Conflict => return Ok(Decision::Answer(answer::being_created())),
        begun => begun?,
    };
    let notices = vec![
        format!("Created private repository {name}"),
        format!("View it at {}", origin.url(&format!("/{name}"))),
    ];
    let limit = limit(forge, origin, &name);
    let head = request.head(caller(access.actor(), client.address), notices, limit);
    let begun = Begun::new(id, access, &name);
    let grant = Grant { id, head, begun: Some(begun), full_name: name };
    Ok(Decision::Grant(Box::new(grant)))
}

/// What the host takes at once, if that is less than a repository does.
fn limit(forge: &Forge, origin: &Origin, name: &FullName) -> Option<BodyLimit> {
    let bytes = forge.settings().body_limit?;
    Some(steps::limit(bytes, &origin.url(&format!("/{name}.git"))))
}

/// A transfer over stdin and stdout. Like one over HTTP, a push creates the repository it names, if the actor may: then
/// [`Grant::begun`] has to be settled.
pub async fn local(
    forge: &Forge,
    actor: &Actor,
    name: &FullName,
    service: Service,
    version: u8,
) -> Result<Grant> {
    let repository = match service {
        Service::UploadPack => access::repository::<act::ReadCode>(forge, actor, &name.owner, &name.name)
            .await
            .map(|access| access.repository().clone()),
        Service::ReceivePack => access::repository::<act::Push>(forge, actor, &name.owner, &name.name)
            .await
            .map(|access| access.repository().clone()),
    };
    let version = if service == Service::ReceivePack && version > 1 { 0 } else { version.min(2) };
    let head = Head {
        service,
        version,
        advertise: false,
        stateless: false,
        gzip: false,
        caller: caller(actor, None),
        notices: Vec::new(),
        propose: None,
        limit: None,
    };
    match repository {
        Ok(repository) => {
            Ok(Grant { id: repository.id, head, begun: None, full_name: repository.full_name() })
        }
        Err(error) if error.kind == Kind::NotFound && service == Service::ReceivePack => {
            create_locally(forge, actor, name, head).await
        }
        Err(error) if error.kind == Kind::NotFound => Err(no_such_repository(name)),
        Err(error) => Err(error),
    }
}

/// A push over stdin and stdout to a repository that does not exist.
async fn create_locally(forge: &Forge, actor: &Actor, name: &FullName, head: Head) -> Result<Grant> {
    let access = access::namespace::<act::PushToCreate>(forge, actor, &name.owner).await;
    let access = access.map_err(|error| {
        // Somebody else's name: the same as for a repository that is hidden there.
        if is_own(actor, name) || actor.office().is_some() { error } else { no_such_repository(name) }
    })?;
    let name = FullName { owner: access.subject().0.name.clone(), name: name.name.clone() };
    let id = repositories::begin(forge, &access, &name).await?;
    let head = Head { notices: vec![format!("Created private repository {name}")], ..head };
    Ok(Grant { id, head, begun: Some(Begun::new(id, &access, &name)), full_name: name })
}

/// To whoever asks on this machine, for what is hidden and what is missing alike.
fn no_such_repository(name: &FullName) -> Error {
    Error::new(Kind::NotFound, format!("There is no repository {name}"))
}

fn is_own(actor: &Actor, name: &FullName) -> bool {
    actor.account().is_some_and(|account| account.name.folded() == name.owner.folded())
}
