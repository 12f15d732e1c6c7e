//! Which requests are git's, read from method, path and headers alone.

use axum::{body::Body, response::Response};
use gitflare_port::{BodyLimit, Caller, Head, Service};
use http::{HeaderMap, Method, header, request::Parts};

use super::answer;
use crate::{
    Error,
    actor::Actor,
    error::Kind,
    names::{AccountName, FullName, RepositoryName},
};

/// What a request is after.
pub(super) enum Target {
    /// Something else.
    NotGit,
    /// Git, but not like this.
    Refused(Response<Body>),
    /// Git.
    Git(Request),
}

/// A request of git's.
pub(super) struct Request {
    /// The repository.
    pub(super) name: Result<FullName, Unusable>,
    pub(super) service: Service,
    pub(super) advertise: bool,
    pub(super) version: u8,
    gzip: bool,
    /// Whether the body is at most the four bytes with which git tries its credentials.
    pub(super) is_probe: bool,
}

/// A name that no repository can have.
pub(super) struct Unusable {
    /// Whose it would be, if that can be read.
    owner: Option<AccountName>,
    rule: Error,
}

impl Unusable {
    /// The rule, for the one who may choose the name. To everybody else it is missing like one that is not there.
    pub(super) fn tell(&self, actor: &Actor) -> Option<Error> {
        let owner = self.owner.as_ref()?.folded();
        let own = actor.account().is_some_and(|account| account.name.folded() == owner);
        own.then(|| self.rule.clone())
    }
}

impl Request {
    /// What the repository is told.
    pub(super) fn head(&self, caller: Caller, notices: Vec<String>, limit: Option<BodyLimit>) -> Head {
        Head {
            service: self.service,
            version: self.version,
            advertise: self.advertise,
            stateless: true,
            gzip: self.gzip,
            caller,
            notices,
            propose: None,
            limit: limit.filter(|_| self.service == Service::ReceivePack),
        }
    }
}

/// Reads the head of a request.
pub(super) fn read(parts: &Parts) -> Target {
    let segments: Vec<&str> = parts.uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [owner, name, "info", "refs"] => advertisement(parts, owner, name),
        [owner, name, "git-upload-pack"] => exchange(parts, owner, name, Service::UploadPack),
        [owner, name, "git-receive-pack"] => exchange(parts, owner, name, Service::ReceivePack),
        // What the dumb protocol asks for next; without `.git` it may be a page.
        [_, name, "HEAD" | "objects", ..] if name.ends_with(".git") => Target::Refused(answer::dumb()),
        _ => Target::NotGit,
    }
}

fn advertisement(parts: &Parts, owner: &str, name: &str) -> Target {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Target::Refused(answer::only("GET, HEAD"));
    }
    let query = parts.uri.query().unwrap_or_default();
    let service = query.split('&').find_map(|pair| pair.strip_prefix("service="));
    let service = match service {
        None => return Target::Refused(answer::dumb()),
        Some("git-upload-pack") => Service::UploadPack,
        Some("git-receive-pack") => Service::ReceivePack,
        Some(_) => return Target::Refused(answer::plain(Kind::Forbidden, "There is no such service")),
    };
    Target::Git(Request {
        name: full_name(owner, name),
        service,
        advertise: true,
        version: version(&parts.headers, service),
        gzip: false,
        is_probe: false,
    })
}

fn exchange(parts: &Parts, owner: &str, name: &str, service: Service) -> Target {
    if parts.method != Method::POST {
        return Target::Refused(answer::only("POST"));
    }
    if text(&parts.headers, &header::CONTENT_TYPE) != Some(request_type(service)) {
        let message = format!("The content type has to be {}", request_type(service));
        return Target::Refused(answer::plain(Kind::MediaType, &message));
    }
    let gzip = match text(&parts.headers, &header::CONTENT_ENCODING) {
        None | Some("identity" | "") => false,
        Some("gzip" | "x-gzip") => true,
        Some(_) => {
            return Target::Refused(answer::plain(
                Kind::MediaType,
                "The content encoding has to be gzip, or none",
            ));
        }
    };
    let length = text(&parts.headers, &header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    Target::Git(Request {
        name: full_name(owner, name),
        service,
        advertise: false,
        version: version(&parts.headers, service),
        gzip,
        is_probe: length.is_some_and(|length| length <= 4),
    })
}

fn full_name(owner: &str, name: &str) -> Result<FullName, Unusable> {
    let owner = AccountName::parse(owner).map_err(|rule| Unusable { owner: None, rule })?;
    match RepositoryName::from_url(name) {
        Ok(name) => Ok(FullName { owner, name }),
        Err(rule) => Err(Unusable { owner: Some(owner), rule }),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// The highest version asked for that we know. A push knows no version 2.
fn version(headers: &HeaderMap, service: Service) -> u8 {
    let asked = headers.get("git-protocol").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = asked.split(':').filter_map(|part| match part.trim() {
        "version=1" => Some(1),
        "version=2" if service == Service::UploadPack => Some(2),
        _ => None,
    });
    known.max().unwrap_or(0)
}

const fn request_type(service: Service) -> &'static str {
    match service {
        Service::UploadPack => "application/x-git-upload-pack-request",
        Service::ReceivePack => "application/x-git-receive-pack-request",
    }
}

/// The content type of an answer.
pub(super) const fn answer_type(service: Service, advertise: bool) -> &'static str {
    match (service, advertise) {
        (Service::UploadPack, true) => "application/x-git-upload-pack-advertisement",
        (Service::UploadPack, false) => "application/x-git-upload-pack-result",
        (Service::ReceivePack, true) => "application/x-git-receive-pack-advertisement",
        (Service::ReceivePack, false) => "application/x-git-receive-pack-result",
    }
}
