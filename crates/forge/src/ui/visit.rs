//! What every page takes from its request: who visits, from where, and what frames the answer.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Query, Request};
use gitflare_port::Reply;
use http::{HeaderMap, Uri, header, request::Parts};

use super::{Frame, Theme, Viewer};
use crate::http::{Client, Origin};
use crate::{Actor, Error, Forge, Result};

/// A request for a page.
#[derive(Clone)]
pub(crate) struct Visit {
    /// The site.
    pub forge: Forge,
    /// Who visits.
    pub actor: Actor,
    /// Where the visitor sees the site.
    pub origin: Origin,
    /// Where the visitor is.
    pub client: Client,
    /// What frames the answer.
    pub frame: Frame,
    uri: Uri,
}

impl FromRequestParts<Forge> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, forge: &Forge) -> Result<Self, Infallible> {
        Ok(Self {
            forge: forge.clone(),
            actor: parts.extensions.get::<Actor>().cloned().unwrap_or_default(),
            origin: Origin::of(forge, parts),
            client: Client::of(parts),
            frame: frame(parts),
            uri: uri(parts).clone(),
        })
    }
}

impl Visit {
    /// The value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&self.uri).ok()?;
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The whole query, as it was sent.
    pub(crate) fn query_text(&self) -> Option<&str> {
        self.uri.query()
    }

    /// Which page of a list is asked for, from 1.
    pub(crate) fn page(&self) -> i64 {
        self.query("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, 10_000)
    }

    /// What follows `/owner/repository/{part}/` in the path, as it was sent: still percent-encoded.
    pub(crate) fn rest(&self) -> &str {
        self.uri.path().splitn(5, '/').nth(4).unwrap_or_default()
    }
}

fn uri(parts: &Parts) -> &Uri {
    parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0)
}

/// The frame for a request, whose actor is among its extensions.
pub(crate) fn frame(parts: &Parts) -> Frame {
    let actor = parts.extensions.get::<Actor>().cloned().unwrap_or_default();
    Frame {
        viewer: actor.account().map(Viewer::of),
        token: actor.form_token().to_owned(),
        theme: cookie(&parts.headers, "theme").map_or(Theme::System, Theme::parse),
        keys_off: cookie(&parts.headers, "keys") == Some("off"),
        saves_data: parts.headers.get("save-data").is_some_and(|value| value.as_bytes() == b"on"),
        here: uri(parts).path_and_query().map(|here| here.as_str().to_owned()).unwrap_or_default(),
        may_sign_up: false,
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// A path of this site to go on to, from a visitor's `next`; anything else leads to `/`.
pub(crate) fn own_path(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|b| b.is_ascii_graphic());
    if own { next } else { "/" }
}

/// The answer of a repository that does not belong to the question.
pub(crate) fn unexpected(reply: &Reply) -> Error {
    // The encoding knows the name of every kind; this path is never taken on purpose, so its cost does not matter.
    let encoded = serde_json::to_value(reply).unwrap_or_default();
    let kind = encoded.get("reply").and_then(|kind| kind.as_str()).unwrap_or("something unknown");
    Error::internal(format!("the repository answered '{kind}' to another question"))
}

/// The fields of a submitted form.
#[derive(Debug, Clone, Default)]
pub(crate) struct Values(Vec<(String, String)>);

impl Values {
    /// The first value of this name, or nothing.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }
}

impl FromRequest<Forge> for Values {
    type Rejection = Error;

    async fn from_request(request: Request, forge: &Forge) -> Result<Self> {
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, forge).await;
        form.map(|axum::Form(values)| Self(values)).map_err(|error| Error::malformed(error.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn going_on_stays_on_the_site() {
        assert_eq!(own_path("/ada/engine?a=1"), "/ada/engine?a=1");
        for bad in [
            "",
            "ada",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/\t/evil.example",
        ] {
            assert_eq!(own_path(bad), "/", "{bad:?}");
        }
    }
}
