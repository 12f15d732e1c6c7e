//! What a request says about what its sender has already, and which part is wanted.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use gitflare_port::download::{Body, Span};
use http::{HeaderMap, HeaderName, Method, header, request::Parts};

use crate::host::Forge;

/// The conditions of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    is_head: bool,
    /// Tags of `If-None-Match`, without their quotes and whether they are weak.
    known: Vec<String>,
    /// The part asked for; all where a request asks for several, as it may be answered.
    pub(super) span: Span,
    /// The tag the part is of.
    pub(super) part_of: Option<String>,
}

impl Asked {
    fn of(method: &Method, headers: &HeaderMap) -> Self {
        let tag = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
        let known = text(headers, header::IF_NONE_MATCH);
        let known: Vec<String> = known.split(',').map(tag).filter(|tag| !tag.is_empty()).take(64).collect();
        let part_of = Some(text(headers, header::IF_RANGE)).filter(|text| !text.is_empty());
        Self {
            is_head: *method == Method::HEAD,
            known,
            span: span(text(headers, header::RANGE)).unwrap_or_default(),
            // A weak tag, or a time, names no bytes that a part could be of.
            part_of: part_of.map(|text| if text.starts_with('"') { tag(text) } else { String::new() }),
        }
    }

    /// What is to follow the head.
    pub(super) fn body(&self) -> Body {
        match (self.is_head, self.known.is_empty()) {
            (true, _) => Body::Unwanted,
            (false, true) => Body::Wanted,
            (false, false) => Body::Unless(self.known.clone()),
        }
    }

    /// Whether the sender has what this id names.
    pub(crate) fn has(&self, oid: &str) -> bool {
        self.known.iter().any(|known| known == oid || known == "*")
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Reads `bytes=0-99`, `bytes=100-` or `bytes=-100`. Anything else, several parts included, counts as not asked.
fn span(text: &str) -> Option<Span> {
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    if first.is_empty() {
        return Some(Span::Last { count: last.parse().ok()? });
    }
    let from: u64 = first.parse().ok()?;
    if last.is_empty() {
        return Some(Span::From { from, count: None });
    }
    let last: u64 = last.parse().ok()?;
    Some(Span::From { from, count: Some(last.checked_sub(from)?.saturating_add(1)) })
}

impl FromRequestParts<Forge> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Forge) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        assert_eq!(span("bytes=0-99"), Some(Span::From { from: 0, count: Some(100) }));
        assert_eq!(span("bytes=100-"), Some(Span::From { from: 100, count: None }));
        assert_eq!(span("bytes=-5"), Some(Span::Last { count: 5 }));
        assert_eq!(span("bytes=0-18446744073709551615"), Some(Span::From { from: 0, count: Some(u64::MAX) }));
        for other in ["", "bytes=", "bytes=-", "bytes=5-4", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"] {
            assert_eq!(span(other), None, "{other}");
        }
    }

    #[test]
    fn tags() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, "\"a\", W/\"b\"".parse().unwrap());
        headers.insert(header::IF_RANGE, "W/\"a\"".parse().unwrap());
        let asked = Asked::of(&Method::GET, &headers);
        assert!(asked.has("a") && asked.has("b") && !asked.has("c"));
        assert_eq!(
            (asked.part_of.as_deref(), asked.body()),
            (Some(""), Body::Unless(vec!["a".into(), "b".into()]))
        );
    }
}
