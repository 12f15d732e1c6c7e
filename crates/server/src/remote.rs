//! A running site at an address: requests with a token, and what comes back in one line.

use std::{
    io::{ErrorKind, Read},
    sync::Arc,
    time::Duration,
};

use gitflare_forge::admin::{self, Operation};
use http::{Request, Response, StatusCode, header};
use ureq::{
    Agent, AsSendBody, Body,
    tls::{Certificate, RootCerts, TlsConfig, TlsProvider},
};

use crate::{
    environment,
    error::{Failure, Result, Sort},
};

mod git;

/// Seconds to wait for a connection.
const CONNECT: Duration = Duration::from_secs(30);
/// Bytes of an answer that is read as a whole.
const ANSWER: u64 = 64 << 20;

/// A site at an address.
pub(crate) struct Remote {
    agent: Agent,
    /// Without a slash at its end.
    url: String,
    /// `None` where nobody has an account yet.
    token: Option<String>,
}

impl Remote {
    /// The site at `url`, for whoever's token the environment holds.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let token = environment::secret(environment::TOKEN).ok_or_else(|| {
            Failure::new(format_args!(
                "{} is not set: it has to hold an administrator's token with the permission site:write",
                environment::TOKEN
            ))
        })?;
        Self::with(url, Some(token))
    }

    /// A site that nobody has set up yet.
    pub(crate) fn empty(url: &str) -> Result<Self> {
        Self::with(url, None)
    }

    fn with(url: &str, token: Option<String>) -> Result<Self> {
        let url = gitflare_forge::site::check_url(url).map_err(|_| {
            Failure::new(format_args!("'{url}' is no address such as https://git.example.org"))
        })?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .user_agent(concat!("gitflare/", env!("CARGO_PKG_VERSION")));
        if url.starts_with("https://") {
            config = config.tls_config(tls());
        }
        Ok(Self { agent: config.build().into(), url, token })
    }

    /// The address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Has an operation done over there.
    pub(crate) fn call<O: Operation>(&self, operation: &O) -> Result<O::Reply> {
        let request = admin::request(operation)?;
        let builder = Request::builder().method(request.method).uri(format!("{}{}", self.url, request.path));
        let response = match request.body {
            Some(body) => self.send(builder.header(header::CONTENT_TYPE, "application/json"), body)?,
            None => self.send(builder, ())?,
        };
        let body = self.success(response)?;
        let body = if body.is_empty() { b"null".to_vec() } else { body };
        serde_json::from_slice(&body).map_err(|_| {
            Failure::new(format_args!("{} does not answer as this version of gitflare does", self.url))
        })
    }

    /// Sends a request with the token. What is answered may be a refusal.
    fn send(&self, builder: http::request::Builder, body: impl AsSendBody) -> Result<Response<Body>> {
        let builder = match &self.token {
            Some(token) => builder.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => builder,
        };
        let request = builder.body(body).map_err(Failure::new)?;
        self.agent.run(request).map_err(|error| self.unreachable(&error))
    }

    /// The body of a success; a refusal in its own words.
    fn success(&self, mut response: Response<Body>) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        let read = response.body_mut().as_reader().take(ANSWER).read_to_end(&mut body);
        read.map_err(|error| Failure::during(&self.url, error).sort(Sort::Passing))?;
        let status = response.status();
        if status.is_success() {
            return Ok(body);
        }
        let failure = self.refusal(status, &body);
        Err(if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            failure.sort(Sort::Passing)
        } else {
            failure
        })
    }

    fn refusal(&self, status: StatusCode, body: &[u8]) -> Failure {
        match (status, admin::message(body)) {
            (StatusCode::UNAUTHORIZED, Some(_)) => self.bad_token(),
            (StatusCode::NOT_FOUND, Some(message)) if message == "Not found" && self.token.is_none() => {
                Failure::new(format_args!(
                    "{} is set up already, or {} does not hold its setup token",
                    self.url,
                    environment::SETUP_TOKEN
                ))
            }
            // Administration is hidden from everybody else.
            (StatusCode::NOT_FOUND, Some(message)) if message == "Not found" => Failure::new(format_args!(
                "the token in {} is not that of an administrator of {}",
                environment::TOKEN,
                self.url
            )),
            (StatusCode::NOT_FOUND, Some(message)) => Failure::new(message).sort(Sort::Missing),
            (_, Some(message)) => Failure::new(message),
            (status, None) => self.stranger(status),
        }
    }

    fn bad_token(&self) -> Failure {
        Failure::new(format_args!("the token in {} is not valid, or has expired", environment::TOKEN))
    }

    fn stranger(&self, status: StatusCode) -> Failure {
        Failure::new(format_args!(
            "{} does not answer as gitflare does: status {}",
            self.url,
            status.as_u16()
        ))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        match error {
            ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                Failure::new(format_args!("nothing listens at {}", self.url))
            }
            // A certificate is not better in a while.
            ureq::Error::Io(told) if told.kind() == ErrorKind::InvalidData => {
                Failure::during(&self.url, told)
            }
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Failure::during(&self.url, error),
            error => Failure::during(&self.url, error).sort(Sort::Passing),
        }
    }
}

/// TLS that trusts what the machine trusts, the authority of its own network included.
fn tls() -> TlsConfig {
    let found = rustls_native_certs::load_native_certs();
    let trusted: Vec<_> =
        found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::new_with_certs(&trusted))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}
