//! What a request asks of a repository, and what to say when there is no answer.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use gitflare_port::{Command, ErrorKind, Reply};
use http::request::Parts;

use crate::{
    Error,
    access::{Access, act::ReadCode},
    api::{Media, Paging, json::code::Links},
    downloads::Asked,
    host::Forge,
    http::{Client, Origin},
    ui::{text, visit},
};

/// A request about a repository's code.
pub(super) struct Question {
    pub(super) forge: Forge,
    pub(super) client: Client,
    pub(super) origin: Origin,
    pub(super) media: Media,
    pub(super) paging: Paging,
    pub(super) asked: Asked,
    path: String,
    query: String,
}

impl FromRequestParts<Forge> for Question {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, forge: &Forge) -> Result<Self, Infallible> {
        Ok(Self {
            forge: forge.clone(),
            client: Client::of(parts),
            origin: Origin::of(forge, parts),
            media: Media::of(&parts.headers),
            paging: Paging::from_request_parts(parts, forge).await?,
            asked: Asked::from_request_parts(parts, forge).await?,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
        })
    }
}

impl Question {
    /// What the path says behind the operation's name, encoded as the repository takes it: axum's own parameters would
    /// lose what is not UTF-8.
    pub(super) fn rest(&self, operation: &str) -> String {
        let rest = self.path.splitn(7, '/').nth(6).unwrap_or_default();
        let rest = rest.strip_prefix(operation).unwrap_or_default();
        text::path(rest.trim_matches('/'))
    }

    /// A ref or path in the query, encoded the same.
    pub(super) fn name(&self, key: &str) -> Option<String> {
        let mut pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == key)?;
        Some(text::path(&value.replace('+', "%20"))).filter(|name| !name.is_empty())
    }

    /// Whether the query has this at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.query.split('&').any(|pair| pair.split('=').next() == Some(key))
    }

    pub(super) fn links(&self, access: &Access<ReadCode>) -> Links {
        Links::new(&self.origin, access.repository())
    }

    /// The repository's answer, or one that was kept since it last changed.
    pub(super) async fn ask(
        &self,
        access: &Access<ReadCode>,
        command: Command,
    ) -> Result<Reply, gitflare_port::Error> {
        let repository = access.repository();
        let changed = repository.pushed_at.unwrap_or_default();
        self.forge.host().read(repository.id, changed, command).await
    }
}

/// What to say when something is not there: of a repository without any ref that it is empty.
pub(super) fn missing(error: gitflare_port::Error, otherwise: impl FnOnce() -> Error) -> Error {
    match error.kind {
        ErrorKind::NotFound => otherwise(),
        ErrorKind::Empty => empty(),
        _ => error.into(),
    }
}

/// There is nothing in it.
pub(super) fn empty() -> Error {
    Error::conflict("Git Repository is empty.")
}

/// The answer that belongs to the question.
macro_rules! answered {
    ($reply:expr, $kind:ident) => {
        match $reply {
            gitflare_port::Reply::$kind(answer) => answer,
            other => return Err($crate::code::api::question::unexpected(&other)),
        }
    };
}
pub(super) use answered;

pub(super) fn unexpected(reply: &Reply) -> Error {
    visit::unexpected(reply)
}
