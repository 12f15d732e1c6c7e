//! What `git ls-remote` asks, asked again and again, and how long each answer took.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::time::Duration;

use crate::host::{self, Result};
use crate::server::{OWNER, Server};
use crate::soak::race::request::base64;

/// Rest between two.
const PAUSE: Duration = Duration::from_millis(20);

/// Milliseconds, one for each time.
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// The value below which 95 of 100 lie.
    pub(crate) fn p95(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() * 95).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }

    /// How many.
    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }
}

/// Asks `count` times while nothing else happens.
pub(crate) fn idle(server: &Server, name: &str, count: usize) -> Result<Times> {
    let mut times = Vec::new();
    while times.len() < count {
        times.push(ask(server, name)?);
        std::thread::sleep(PAUSE);
    }
    Ok(Times(times))
}

/// Asks for as long as a process runs, which must succeed.
pub(crate) fn during(server: &Server, name: &str, child: &mut Child) -> Result<Times> {
    let mut times = Vec::new();
    loop {
        if let Some(status) = child.try_wait()? {
            return if status.success() {
                Ok(Times(times))
            } else {
                Err(format!("git failed ({status})").into())
            };
        }
        times.push(ask(server, name)?);
        std::thread::sleep(PAUSE);
    }
}

fn ask(server: &Server, name: &str) -> Result<f64> {
    let start = host::now();
    let advertisement =
        exchange(server, &format!("GET /{OWNER}/{name}.git/info/refs?service=git-upload-pack"), "")?;
    let request = "0014command=ls-refs\n00010009peel\n000csymrefs\n0000";
    let refs = exchange(server, &format!("POST /{OWNER}/{name}.git/git-upload-pack"), request)?;
    let taken = start.elapsed().as_secs_f64() * 1e3;
    if !advertisement.contains("version 2") || !refs.contains("refs/heads/main") {
        return Err(format!("ls-remote was answered {advertisement}\n{refs}").into());
    }
    Ok(taken)
}

fn exchange(server: &Server, target: &str, body: &str) -> Result<String> {
    let login = base64(format!("{OWNER}:{}", server.token).as_bytes());
    let mut stream = TcpStream::connect(&server.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let kind = if body.is_empty() { "" } else { "Content-Type: application/x-git-upload-pack-request\r\n" };
    let request = format!(
        "{target} HTTP/1.0\r\nHost: {}\r\nAuthorization: Basic {login}\r\nGit-Protocol: version=2\r\n{kind}\
         Content-Length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_95th_of_a_hundred() {
        assert!((Times((1..=100).map(f64::from).collect()).p95() - 95.0).abs() < 1e-9);
        assert!((Times(vec![7.0]).p95() - 7.0).abs() < 1e-9);
        assert!(Times(Vec::new()).p95().abs() < 1e-9);
    }
}
