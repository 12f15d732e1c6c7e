//! In which form an answer is wanted: `application/vnd.github.raw+json` and its kind.

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};

use crate::host::Forge;

/// The form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON.
    #[default]
    Json,
    /// The thing itself.
    Raw,
    /// Rendered.
    Html,
    /// As a diff.
    Diff,
    /// As mail.
    Patch,
    /// Its id.
    Sha,
    /// JSON with a body as text.
    Text,
    /// JSON with a body in every form.
    Full,
    /// JSON with the time of a star.
    Star,
    /// A folder as an object.
    Object,
}

impl Media {
    const NAMED: [(&'static str, Self); 9] = [
        ("raw", Self::Raw),
        ("html", Self::Html),
        ("diff", Self::Diff),
        ("patch", Self::Patch),
        ("sha", Self::Sha),
        ("text", Self::Text),
        ("full", Self::Full),
        ("star", Self::Star),
        ("object", Self::Object),
    ];

    /// What a request asks for. Of several the first of GitHub's counts, and what nobody knows is JSON.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
        let mut named = lines.flat_map(|line| line.split(',')).filter_map(|one| {
            let one = one.split(';').next()?.trim().strip_prefix("application/vnd.github.")?;
            // `v3.raw+json`, `raw+json`, `v3.raw`, `raw`
            let one = one.split('+').next()?;
            Some(one.strip_prefix("v3.").unwrap_or(one).to_ascii_lowercase())
        });
        let first = named.next().unwrap_or_default();
        Self::NAMED.into_iter().find(|(name, _)| *name == first).map(|(_, media)| media).unwrap_or_default()
    }

    /// What `X-GitHub-Media-Type` says.
    pub(super) fn header(self) -> String {
        match Self::NAMED.into_iter().find(|(_, media)| *media == self) {
            Some((name, _)) => format!("github.v3; param={name}; format=json"),
            None => "github.v3; format=json".to_owned(),
        }
    }
}

impl FromRequestParts<Forge> for Media {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Forge) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (accept, wanted) in [
            ("*/*", Media::Json),
            ("application/json", Media::Json),
            ("application/vnd.github+json", Media::Json),
            ("application/vnd.github.v3+json", Media::Json),
            ("application/vnd.github.v3.raw+json", Media::Raw),
            ("application/vnd.github.raw", Media::Raw),
            ("application/vnd.github.diff", Media::Diff),
            ("application/vnd.github.v3.sha", Media::Sha),
            ("text/html, application/vnd.github.v3.star+json;q=0.8", Media::Star),
            ("application/vnd.github.nebula-preview+json", Media::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(Media::of(&headers), wanted, "{accept}");
        }
    }
}
