//! The way in: who asks, and the repository an address is about, in one round trip.

use axum::extract::OriginalUri;
use http::{
    Uri,
    request::Parts,
    uri::{PathAndQuery, Scheme},
};

use super::{BASE, credentials::identify};
use crate::{
    Result,
    actor::Actor,
    host::Forge,
    http::Client,
    ids::RepositoryId,
    names::{AccountName, RepositoryName},
    repositories::{self, Looked, Sought},
};

/// Finds out who asks, and puts them among the request's extensions, with the repository if the path is about one. An
/// address with a repository's number is answered as the one with its name.
pub(crate) async fn admit(forge: &Forge, parts: &mut Parts) -> Result<Actor> {
    let client = Client::of(parts);
    let sought = sought(parts.uri.path());
    let (actor, mut looked) = identify(forge, &parts.headers, &client, sought.as_ref()).await?;
    if let Some(Sought::Numbered(id)) = sought {
        if looked.is_none() {
            looked = Some(repositories::looked_by_id(forge, &actor, id).await?);
        }
        if let Some(uri) = looked.as_ref().and_then(|looked| named(&parts.uri, looked)) {
            let original = std::mem::replace(&mut parts.uri, uri);
            parts.extensions.insert(OriginalUri(original));
        }
    }
    if let Some(looked) = looked {
        parts.extensions.insert(looked);
    }
    parts.extensions.insert(actor.clone());
    Ok(actor)
}

/// The repository a path is about: `/repos/OWNER/NAME`, `/repositories/ID`, or one to be starred.
fn sought(path: &str) -> Option<Sought> {
    let Some(rest) = path.strip_prefix(BASE) else { return Sought::in_path(path) };
    if let Some(rest) = rest.strip_prefix("/repositories/") {
        return rest.split('/').next()?.parse().ok().map(|id| Sought::Numbered(RepositoryId(id)));
    }
    let rest = rest.strip_prefix("/repos/").or_else(|| rest.strip_prefix("/user/starred/"))?;
    let mut segments = rest.split('/');
    let owner = AccountName::parse(segments.next()?).ok()?;
    let name = RepositoryName::parse(segments.next()?).ok()?;
    Some(Sought::new(&owner, &name))
}

/// The same address, by name.
fn named(uri: &Uri, looked: &Looked) -> Option<Uri> {
    let name = looked.full_name()?;
    let rest = uri.path().strip_prefix(BASE)?.strip_prefix("/repositories/")?;
    let rest = rest.split_once('/').map(|(_, rest)| format!("/{rest}")).unwrap_or_default();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = PathAndQuery::try_from(format!("{BASE}/repos/{name}{rest}{query}")).ok()?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path);
    if parts.authority.is_some() && parts.scheme.is_none() {
        parts.scheme = Some(Scheme::HTTP);
    }
    Uri::from_parts(parts).ok()
}
