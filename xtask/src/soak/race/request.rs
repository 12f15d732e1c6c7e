//! A push made by hand: the body is ready, and its last byte waits until the other push is as far.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::Duration;

use crate::host::Result;

/// No object.
pub(crate) const ZERO: &str = "0000000000000000000000000000000000000000";

/// One command: the ref, what it should name now, what it shall name.
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) old: String,
    pub(crate) new: String,
}

/// The body of a push. Without a pack it only deletes.
pub(crate) fn body(commands: &[Command], capabilities: &str, pack: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (number, Command { name, old, new }) in commands.iter().enumerate() {
        let tail = if number == 0 { format!("\0{capabilities}") } else { String::new() };
        let line = format!("{old} {new} {name}{tail}");
        body.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
    }
    body.extend_from_slice(b"0000");
    body.extend_from_slice(pack);
    body
}

/// Posts a body to `path`, its last byte once all parties of the barrier are as far. Returns the report's lines.
pub(crate) fn post(
    address: &str,
    path: &str,
    login: &str,
    body: &[u8],
    start: &Barrier,
) -> Result<Vec<String>> {
    let (begin, last) = body.split_at(body.len().saturating_sub(1));
    let sent = open(address, path, login, body.len()).and_then(|mut stream| {
        stream.write_all(begin)?;
        Ok(stream)
    });
    // Also when this one failed: the other must not wait for ever.
    start.wait();
    let mut stream = sent?;
    stream.write_all(last)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("not an HTTP answer")?;
    let report = answer.split_off(end + 4);
    let head = String::from_utf8_lossy(&answer);
    if !head.starts_with("HTTP/1.0 200") && !head.starts_with("HTTP/1.1 200") {
        return Err(format!("{head}{}", String::from_utf8_lossy(&report)).into());
    }
    lines(&report)
}

fn open(address: &str, path: &str, login: &str, length: usize) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Basic {}\r\n\
         Content-Type: application/x-git-receive-pack-request\r\nContent-Length: {length}\r\n\r\n",
        base64(login.as_bytes())
    )?;
    Ok(stream)
}

/// The packet lines up to the flush.
fn lines(mut report: &[u8]) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    while let Some((length, rest)) = report.split_at_checked(4) {
        let length = usize::from_str_radix(std::str::from_utf8(length)?, 16)?;
        let Some(size) = length.checked_sub(4) else { break };
        let (line, rest) = rest.split_at_checked(size).ok_or("a packet line was cut off")?;
        lines.push(String::from_utf8_lossy(line).trim_end().to_owned());
        report = rest;
    }
    Ok(lines)
}

/// Base64, as `Authorization: Basic` wants it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = at(0) << 16 | at(1) << 8 | at(2);
        for digit in 0..4 {
            let index = (group >> (18 - 6 * digit) & 63) as usize;
            let known = digit <= chunk.len();
            text.push(if known { char::from(*DIGITS.get(index).unwrap_or(&b'=')) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_reports() {
        assert_eq!(base64(b"ada:secret"), "YWRhOnNlY3JldA==");
        assert_eq!(base64(b"abc"), "YWJj");
        assert_eq!(lines(b"000eunpack ok\n0008ok a0000").unwrap(), ["unpack ok", "ok a"]);
        assert!(lines(b"000eunpa").is_err());
        let command = Command { name: "refs/heads/a".into(), old: ZERO.into(), new: ZERO.into() };
        let body = String::from_utf8(body(&[command], "report-status", b"PACK")).unwrap();
        assert!(body.ends_with(" refs/heads/a\0report-status0000PACK"), "{body}");
        assert!(body.starts_with("0070"), "{body}");
    }
}
