//! Where users see the site, and where a request comes from. Headers that anybody can send count only from a listed proxy.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::{HeaderMap, header, request::Parts};

use crate::host::{Forge, Peer};

/// The site's address as the user of this request sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: &'static str,
    authority: String,
}

impl Origin {
    /// `--url`, else what a listed proxy says, else the request's own host.
    pub fn of(forge: &Forge, parts: &Parts) -> Self {
        if let Some(origin) = forge.settings().url.as_deref().and_then(Self::parse) {
            return origin;
        }
        let peer = peer(parts);
        let forwarded = if peer.trusted { Forwarded::read(&parts.headers) } else { Forwarded::default() };
        let own = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let own = own.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
        let authority =
            forwarded.host.as_deref().or(own).filter(|host| is_authority(host)).unwrap_or("localhost");
        let scheme = forwarded.proto.as_deref().or_else(|| parts.uri.scheme_str()).unwrap_or("http");
        let scheme = if scheme.eq_ignore_ascii_case("https") { "https" } else { "http" };
        Self { scheme, authority: authority.to_ascii_lowercase() }
    }

    /// Reads `http://host:port`.
    pub fn parse(url: &str) -> Option<Self> {
        let url = url.trim_end_matches('/');
        let (scheme, authority) = match url.split_once("://")? {
            ("https", rest) => ("https", rest),
            ("http", rest) => ("http", rest),
            _ => return None,
        };
        is_authority(authority).then(|| Self { scheme, authority: authority.to_ascii_lowercase() })
    }

    /// The absolute address of a path that begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.authority)
    }

    /// Whether users come over TLS.
    pub fn is_secure(&self) -> bool {
        self.scheme == "https"
    }

    /// Host, and port if it is not the usual one.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

/// Whether this can stand between `//` and the path: no user, no path, nothing to break out of markup with.
pub(crate) fn is_authority(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !text.is_empty() && text.len() <= 255 && text.bytes().all(allowed)
}

/// The other end: for limits, sessions and the audit log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// The address, past listed proxies.
    pub address: Option<IpAddr>,
    /// What it calls itself, cut at 200 characters.
    pub agent: String,
}

impl Client {
    /// The client of a request.
    pub fn of(parts: &Parts) -> Self {
        let peer = peer(parts);
        let forwarded = if peer.trusted { Forwarded::read(&parts.headers).client } else { None };
        let agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { address: forwarded.or(peer.address), agent: agent.chars().take(200).collect() }
    }

    /// The address in words.
    pub(crate) fn place(&self) -> String {
        self.address.map(|address| address.to_string()).unwrap_or_default()
    }
}

fn peer(parts: &Parts) -> Peer {
    parts.extensions.get::<Peer>().copied().unwrap_or_default()
}

/// What a proxy says of the request it got. The last entry is the one the listed proxy itself wrote. `Forwarded` says
/// nothing here: most proxies pass on what the client put there.
#[derive(Debug, Default)]
struct Forwarded {
    proto: Option<String>,
    host: Option<String>,
    client: Option<IpAddr>,
}

impl Forwarded {
    fn read(headers: &HeaderMap) -> Self {
        Self {
            proto: last(headers, "x-forwarded-proto"),
            host: last(headers, "x-forwarded-host"),
            client: last(headers, "x-forwarded-for").as_deref().and_then(address),
        }
    }
}

fn last(headers: &HeaderMap, name: &str) -> Option<String> {
    let line = headers.get_all(name).into_iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty())
}

/// An address with or without port, an IPv6 one with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(text);
    let found: Option<IpAddr> = bare.parse().ok();
    let found = found.or_else(|| bare.rsplit_once(':').and_then(|(host, _)| host.parse().ok()));
    // A proxy that listens on both families writes `::ffff:192.0.2.1`; as IPv6 all of those are one network.
    found.map(|address| address.to_canonical())
}

impl FromRequestParts<Forge> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, forge: &Forge) -> Result<Self, Self::Rejection> {
        Ok(Self::of(forge, parts))
    }
}

impl FromRequestParts<Forge> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Forge) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, wanted) in [
            ("192.0.2.1", "192.0.2.1"),
            ("192.0.2.1:80", "192.0.2.1"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), wanted);
        }
        assert_eq!(address("unknown"), None);
    }

    #[test]
    fn authorities() {
        assert!(
            is_authority("127.0.0.1:8420") && is_authority("[::1]:80") && is_authority("git.example.org")
        );
        assert!(!is_authority("") && !is_authority("a/b") && !is_authority("a\"b") && !is_authority("u@h"));
        assert_eq!(Origin::parse("https://Git.example.org/").unwrap().url("/a"), "https://git.example.org/a");
        assert!(Origin::parse("ftp://a").is_none() && Origin::parse("https://a/b").is_none());
    }
}
