//! HTTP as a script speaks it: requests written byte by byte, replies read to their end.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{Arc, RwLock},
    time::Duration,
};

use base64::Engine as _;

mod record;

/// How long a server may stay silent.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a host answers. Copies follow it when it starts again at another address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Site(Arc<RwLock<String>>);

impl Site {
    /// The site behind `http://host:port`.
    pub(crate) fn at(url: &str) -> Self {
        let site = Self::default();
        site.move_to(url);
        site
    }

    /// From now on it is there.
    pub(crate) fn move_to(&self, url: &str) {
        let authority = url.trim_end_matches('/').strip_prefix("http://");
        let authority = authority.unwrap_or_else(|| panic!("{url} does not begin with http://"));
        authority.clone_into(&mut self.0.write().unwrap());
    }

    /// `host:port`
    pub(crate) fn authority(&self) -> String {
        self.0.read().unwrap().clone()
    }

    /// The absolute address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.authority())
    }

    /// A connection of its own, for what [`Request`] cannot say.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.authority()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream
    }

    /// Sends a request and reads the reply.
    pub(crate) fn send(&self, request: &Request) -> Reply {
        let mut stream = self.connect();
        // A server may answer, and close, before it has read everything.
        let _ = stream.write_all(&request.encode(&self.authority()));
        let reply = Reply::read(&mut BufReader::new(stream), request.method == "HEAD")
            .unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.path));
        record::record(request, &reply);
        reply
    }

    /// `GET` without credentials.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.send(&Request::get(path))
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    /// The body, in the pieces that become its chunks if it has no length.
    pub(crate) body: Vec<Vec<u8>>,
    chunked: bool,
}

impl Request {
    pub(crate) fn new(method: &'static str, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new(), chunked: false }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: impl Into<String>) -> Self {
        Self::new("POST", path)
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Basic authentication with a token as the password.
    pub(crate) fn token(self, token: &str) -> Self {
        self.basic("somebody", token)
    }

    pub(crate) fn basic(self, user: &str, password: &str) -> Self {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        self.header("Authorization", format!("Basic {text}"))
    }

    /// A body with its length in the head.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = vec![body.into()];
        self
    }

    /// A body whose length nobody knows beforehand.
    pub(crate) fn chunks<B: Into<Vec<u8>>>(mut self, chunks: impl IntoIterator<Item = B>) -> Self {
        self.body = chunks.into_iter().map(Into::into).collect();
        self.chunked = true;
        self
    }

    /// The fields of a form.
    pub(crate) fn form(self, fields: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
        let body: Vec<String> = fields.iter().map(pair).collect();
        self.header("Content-Type", "application/x-www-form-urlencoded").body(body.join("&"))
    }

    /// A value as JSON.
    pub(crate) fn json(self, value: &serde_json::Value) -> Self {
        self.header("Content-Type", "application/json").body(value.to_string())
    }

    /// What goes over the wire.
    pub(crate) fn encode(&self, authority: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {authority}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.chunked {
            head.push_str("Transfer-Encoding: chunked\r\n");
        } else if !self.body.is_empty() || self.method == "POST" {
            let length: usize = self.body.iter().map(Vec::len).sum();
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        for piece in &self.body {
            if self.chunked {
                bytes.extend(chunk(piece));
            } else {
                bytes.extend(piece);
            }
        }
        if self.chunked {
            bytes.extend(b"0\r\n\r\n");
        }
        bytes
    }
}

/// A piece of a body of unknown length. An empty one would be the end, so it is nothing.
pub(crate) fn chunk(piece: &[u8]) -> Vec<u8> {
    if piece.is_empty() {
        return Vec::new();
    }
    [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
}

/// A value for a form or a path.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case, in the order of their arrival.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads one reply; those that only say "go on" are passed over.
    pub(crate) fn read(from: &mut impl BufRead, is_head: bool) -> std::io::Result<Self> {
        loop {
            let mut reply = Self::read_head(from)?;
            if (100..200).contains(&reply.status) {
                continue;
            }
            if !is_head && !matches!(reply.status, 204 | 304) {
                reply.body = reply.read_body(from)?;
            }
            return Ok(reply);
        }
    }

    fn read_head(from: &mut impl BufRead) -> std::io::Result<Self> {
        let line = line(from)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| std::io::Error::other(format!("no status in {line:?}")))?;
        let mut headers = Vec::new();
        loop {
            let line = self::line(from)?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Self { status, headers, body: Vec::new() })
    }

    fn read_body(&self, from: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            loop {
                let size = line(from)?;
                let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)
                    .map_err(std::io::Error::other)?;
                let at = body.len();
                body.resize(at + size, 0);
                from.read_exact(&mut body[at..])?;
                line(from)?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match self.header("content-length").and_then(|length| length.parse().ok()) {
            Some(length) => {
                body.resize(length, 0);
                from.read_exact(&mut body)?;
            }
            None => drop(from.read_to_end(&mut body)?),
        }
        Ok(body)
    }

    /// The first header of this name, which is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All headers of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The reply with the one name that may differ taken out, the number of the answer, and the time.
    pub(crate) fn neutral(mut self, name: &str) -> Self {
        self.headers
            .retain(|(key, _)| !matches!(key.as_str(), "date" | "x-github-request-id" | "x-ratelimit-reset"));
        for (_, value) in &mut self.headers {
            *value = value.replace(name, "NAME");
        }
        self.body = self.text().replace(name, "NAME").into_bytes();
        self
    }

    /// The reply itself, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.text());
        self
    }
}

fn line(from: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Err(std::io::Error::other("the connection ended before the reply did"));
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned())
}

/// Reads until a line of text came, for what is said before a reply.
pub(crate) fn read_until(stream: &mut TcpStream, wanted: &[u8]) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(wanted) {
        assert!(stream.read(&mut byte).unwrap() == 1, "{}", String::from_utf8_lossy(&seen));
        seen.extend(byte);
    }
    seen
}
