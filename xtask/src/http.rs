//! The few lines of HTTP that a script needs: one request, one answer, the connection closed.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::host::Result;

/// What a server answered.
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body, as it came.
    pub(crate) body: Vec<u8>,
}

/// Posts form fields and asks for JSON.
pub(crate) fn post_form(address: &str, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let body = body.join("&");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    exchange(address, &(head + &body))
}

/// Gets a page.
pub(crate) fn get(address: &str, path: &str) -> Result<Answer> {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

/// Gets a page as a browser does, compressed; the body is left so.
pub(crate) fn get_compressed(address: &str, path: &str) -> Result<Answer> {
    exchange(
        address,
        &format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n"
        ),
    )
}

/// The answer ends where the connection ends, as was asked for.
fn exchange(address: &str, request: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&answer)
}

fn parse(answer: &[u8]) -> Result<Answer> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("not an HTTP answer")?;
    let (head, body) = answer.split_at(end + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no HTTP status")?;
    let is_chunked =
        head.lines().any(|line| line.starts_with("transfer-encoding:") && line.ends_with("chunked"));
    Ok(Answer { status, body: if is_chunked { joined(body)? } else { body.to_vec() } })
}

/// A body that came in chunks, each behind its length.
fn joined(mut chunks: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|window| window == b"\r\n").ok_or("a chunk without length")?;
        let (length, rest) = chunks.split_at(end);
        let length = usize::from_str_radix(std::str::from_utf8(length)?.trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(2..2 + length).ok_or("a chunk that ends early")?);
        chunks = rest.get(2 + length + 2..).ok_or("a chunk that ends early")?;
    }
}

fn encoded(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_whole_or_in_chunks() {
        let whole = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
        assert_eq!((whole.status, whole.body.as_slice()), (200, b"ok".as_slice()));
        let chunked = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\na\r\n there yet\r\n0\r\n\r\n";
        let chunked = parse(chunked).unwrap();
        assert_eq!((chunked.status, chunked.body.as_slice()), (404, b"not there yet".as_slice()));
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab").is_err());
    }

    #[test]
    fn form_values_are_encoded() {
        assert_eq!(encoded("a b&c=d-é"), "a%20b%26c%3Dd-%C3%A9");
    }
}
