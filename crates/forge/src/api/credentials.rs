//! Who asks, by the `Authorization` header and nothing else.

use base64::Engine as _;
use http::{HeaderMap, header};

use crate::{
    Error, Result,
    actor::Actor,
    host::Forge,
    http::Client,
    repositories::{Looked, Sought},
    tokens,
};

/// Who the `Authorization` header says it is, and where that account stands towards the repository `sought`. A bad token
/// is refused on public things too.
pub(super) async fn identify(
    forge: &Forge,
    headers: &HeaderMap,
    client: &Client,
    sought: Option<&Sought>,
) -> Result<(Actor, Option<Looked>)> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok((Actor::Anonymous, None)) };
    match credentials(value.as_bytes()) {
        Some(credentials) => tokens::verify_for(forge, credentials.token(), client, sought).await,
        None => Err(Error::unauthenticated("Bad credentials")),
    }
}

/// What an `Authorization` header carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Credentials {
    /// The token: the password, or the user name where tools put it there and leave the password empty.
    pub(crate) fn token(&self) -> &str {
        let by_name = tokens::looks_like_one(&self.user) && !tokens::looks_like_one(&self.password);
        if by_name { &self.user } else { &self.password }
    }
}

/// Reads `Basic`, `Bearer` and `token`.
pub(crate) fn credentials(value: &[u8]) -> Option<Credentials> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return Some(Credentials { user: String::new(), password: rest.to_owned() });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(rest).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credentials { user: user.to_owned(), password: password.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_headers() {
        let read = |text: &str| credentials(text.as_bytes()).map(|found| found.token().to_owned());
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("token abc").as_deref(), Some("abc"));
        assert_eq!(read("basic YWRhOnNlY3JldA==").as_deref(), Some("secret"));
        // gitflare_pat_x:
        assert_eq!(read("Basic Z2l0ZmxhcmVfcGF0X3g6").as_deref(), Some("gitflare_pat_x"));
        for bad in ["", "Basic", "Basic !", "Digest abc", "Basic YWRh"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
