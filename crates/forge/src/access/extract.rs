//! Proofs as extractors: a handler that names one in its arguments cannot run without it.

use std::ops::Deref;

use axum::{
    extract::{FromRequestParts, OriginalUri, Path},
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, StatusCode, header, request::Parts};
use serde::Deserialize;

use super::{Access, Act, TheSite, grant};
use crate::{
    Error,
    actor::Actor,
    host::Forge,
    http::Client,
    names::{AccountName, RepositoryName},
    repositories::{Looked, Standing},
};

/// Access to the repository of the path's `{owner}` and `{repository}`.
///
/// A page asked for by a name in another case, or one the repository had before, answers with a redirect, after the
/// right was checked.
#[derive(Debug)]
pub struct InRepository<A: Act<Subject = Standing>>(pub Access<A>);

impl<A: Act<Subject = Standing>> Deref for InRepository<A> {
    type Target = Access<A>;

    fn deref(&self) -> &Access<A> {
        &self.0
    }
}

/// Access to the site as a whole.
#[derive(Debug)]
pub struct Administration<A: Act<Subject = TheSite>>(pub Access<A>);

impl<A: Act<Subject = TheSite>> Deref for Administration<A> {
    type Target = Access<A>;

    fn deref(&self) -> &Access<A> {
        &self.0
    }
}

impl<A: Act<Subject = Standing>> Access<A> {
    /// On whose behalf commands to the repository are.
    pub fn caller(&self, client: &Client) -> gitflare_port::Caller {
        crate::transfer::caller(self.actor(), client.address)
    }
}

/// The actor a layer found.
impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// What a route about a repository has in its path.
#[derive(Debug, Deserialize)]
struct RepositoryPath {
    owner: String,
    repository: String,
}

impl RepositoryPath {
    /// The first two segments as they are: names need no encoding.
    fn plain(parts: &Parts) -> Option<Self> {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let mut segments = uri.path().split('/').skip(1);
        Some(Self { owner: segments.next()?.to_owned(), repository: segments.next()?.to_owned() })
    }
}

impl<A: Act<Subject = Standing>> FromRequestParts<Forge> for InRepository<A> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, forge: &Forge) -> Result<Self, Response> {
        let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
        let missing = || Error::not_found().into_response();
        let path = match Path::<RepositoryPath>::from_request_parts(parts, forge).await {
            Ok(Path(path)) => path,
            // The rest of the path may hold a name that is not UTF-8, as git allows.
            Err(_) => RepositoryPath::plain(parts).ok_or_else(missing)?,
        };
        let owner = AccountName::parse(&path.owner).map_err(|_| missing())?;
        let name = RepositoryName::from_url(&path.repository).map_err(|_| missing())?;
        let looked = parts.extensions.get::<Looked>();
        let access = super::repository_in::<A>(forge, &actor, &owner, &name, looked).await;
        let access = access.map_err(IntoResponse::into_response)?;
        if let Some(target) = canonical(parts, &path, &access) {
            return Err(target);
        }
        Ok(Self(access))
    }
}

/// A redirect to the name the repository has now, if the path says another.
fn canonical<A: Act<Subject = Standing>>(
    parts: &Parts,
    path: &RepositoryPath,
    access: &Access<A>,
) -> Option<Response> {
    let repository = access.repository();
    let (owner, name) = (repository.owner.as_str(), repository.name.as_str());
    if (path.owner.as_str(), path.repository.as_str()) == (owner, name) {
        return None;
    }
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let old = format!("/{}/{}", path.owner, path.repository);
    let rest = uri.path().strip_prefix(&old)?;
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("/{owner}/{name}{rest}{query}");
    Some(if matches!(parts.method, Method::GET | Method::HEAD) {
        (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, target)]).into_response()
    } else {
        Redirect::temporary(&target).into_response()
    })
}

impl<A: Act<Subject = TheSite>> FromRequestParts<Forge> for Administration<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Forge) -> Result<Self, Error> {
        let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
        grant(&actor, TheSite).map(Self)
    }
}
