//! Proofs as operations take them: of a right on the repository of the path, or on one's own account.

use std::ops::Deref;

use axum::{
    Json,
    extract::{FromRequestParts, Path},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, header, request::Parts};
use serde::Deserialize;
use serde_json::json;

use super::BASE;
use crate::{
    Error, Result,
    access::{self, Access, Act, act},
    accounts::Account,
    actor::Actor,
    host::Forge,
    http::Origin,
    names::{AccountName, RepositoryName},
    repositories::{self, Looked, Standing},
};

/// Access to the repository of the path's `{owner}` and `{repository}`. By a name it had before, whoever may see it is
/// led to its number.
#[derive(Debug)]
pub(crate) struct OnRepository<A: Act<Subject = Standing>>(pub(crate) Access<A>);

impl<A: Act<Subject = Standing>> Deref for OnRepository<A> {
    type Target = Access<A>;

    fn deref(&self) -> &Access<A> {
        &self.0
    }
}

/// Access to the account of whoever asks.
#[derive(Debug)]
pub(crate) struct Own<A: Act<Subject = Account>>(pub(crate) Access<A>);

impl<A: Act<Subject = Account>> Deref for Own<A> {
    type Target = Access<A>;

    fn deref(&self) -> &Access<A> {
        &self.0
    }
}

impl<A: Act<Subject = Account>> FromRequestParts<Forge> for Own<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Forge) -> Result<Self> {
        let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
        access::own(&actor).map(Self)
    }
}

#[derive(Debug, Deserialize)]
struct Named {
    owner: String,
    repository: String,
}

impl<A: Act<Subject = Standing>> FromRequestParts<Forge> for OnRepository<A> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, forge: &Forge) -> Result<Self, Response> {
        let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
        let standing = standing(parts, forge, &actor).await.map_err(IntoResponse::into_response)?;
        if standing.moved {
            return Err(match access::grant::<act::See>(&actor, standing) {
                Ok(access) => moved(parts, &Origin::of(forge, parts), &access),
                Err(error) => error.into_response(),
            });
        }
        access::enter(forge, &actor, standing).await.map(Self).map_err(IntoResponse::into_response)
    }
}

async fn standing(parts: &mut Parts, forge: &Forge, actor: &Actor) -> Result<Standing> {
    let path = Path::<Named>::from_request_parts(parts, forge).await;
    let named = match path {
        Ok(Path(named)) => named,
        // The rest of the path may hold a name that is not UTF-8, as git allows.
        Err(_) => plain(parts.uri.path()).ok_or_else(Error::not_found)?,
    };
    let missing = |_| Error::not_found();
    let owner = AccountName::parse(&named.owner).map_err(missing)?;
    let name = RepositoryName::parse(&named.repository).map_err(missing)?;
    let looked = parts.extensions.get::<Looked>();
    let standing = repositories::standing_in(forge, actor, &owner, &name, looked).await?;
    standing.ok_or_else(Error::not_found)
}

/// The names as they stand in a path: they need no encoding.
fn plain(path: &str) -> Option<Named> {
    let mut segments = path.strip_prefix(BASE)?.strip_prefix("/repos/")?.split('/');
    Some(Named { owner: segments.next()?.to_owned(), repository: segments.next()?.to_owned() })
}

/// Where the repository is found now: its number stays whatever it is called.
fn moved(parts: &Parts, origin: &Origin, access: &Access<act::See>) -> Response {
    let rest = parts.uri.path().strip_prefix(BASE).and_then(|rest| rest.strip_prefix("/repos/"));
    let rest = rest.and_then(|rest| rest.splitn(3, '/').nth(2)).map(|rest| format!("/{rest}"));
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = format!("{BASE}/repositories/{}{}{query}", access.repository().id, rest.unwrap_or_default());
    let url = origin.url(&path);
    let (status, message) = match parts.method {
        Method::GET | Method::HEAD => (StatusCode::MOVED_PERMANENTLY, "Moved Permanently"),
        _ => (StatusCode::TEMPORARY_REDIRECT, "Temporary Redirect"),
    };
    (status, [(header::LOCATION, url.clone())], Json(json!({ "message": message, "url": url })))
        .into_response()
}
