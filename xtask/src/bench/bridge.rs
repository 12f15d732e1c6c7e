//! The smallest web server that can run `git http-backend`: HTTP on one side, CGI on the other, a thread a request.
//!
//! Its own work is not counted, only that of the programs it starts: stock git is measured at its best.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use nix::sys::resource::{UsageWho, getrusage};

use crate::host::{self, Result};

/// Where it tells what its children have cost: CPU microseconds and peak kilobytes.
pub(crate) const USAGE_PATH: &str = "/-/usage";

/// Serves the repositories below `root` until killed. The first line on stdout is the address.
pub(crate) fn run(root: &str) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    let folder = host::output(host::command("git").arg("--exec-path"))?;
    let backend = Path::new(String::from_utf8(folder)?.trim()).join("git-http-backend");
    for stream in listener.incoming() {
        let (stream, root, backend) = (stream?, root.to_owned(), backend.clone());
        std::thread::spawn(move || {
            if let Err(error) = serve(&stream, &root, &backend) {
                eprintln!("bridge: {error}");
            }
        });
    }
    Ok(())
}

/// The head of a request.
#[derive(Default)]
struct Head {
    method: String,
    target: String,
    fields: Vec<(String, String)>,
}

impl Head {
    fn read(reader: &mut impl BufRead) -> Result<Self> {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut head = Self {
            method: words.next().ok_or("no request")?,
            target: words.next().ok_or("no target")?,
            ..Self::default()
        };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { return Ok(head) };
            head.fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

fn serve(stream: &TcpStream, root: &str, backend: &PathBuf) -> Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let head = Head::read(&mut reader)?;
    if head.target == USAGE_PATH {
        return answer_usage(stream);
    }
    if head.field("expect").is_some() {
        (&*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
    let mut command = host::command(backend);
    command
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("REMOTE_USER", "bench")
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REQUEST_METHOD", &head.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env_remove("CONTENT_LENGTH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let passed = [
        ("content-type", "CONTENT_TYPE"),
        ("content-length", "CONTENT_LENGTH"),
        ("content-encoding", "HTTP_CONTENT_ENCODING"),
        ("git-protocol", "GIT_PROTOCOL"),
    ];
    for (field, variable) in passed {
        if let Some(value) = head.field(field) {
            command.env(variable, value);
        }
    }
    let mut child = command.spawn()?;
    let stdin = child.stdin.take().ok_or("no stdin")?;
    let mut stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
    let sender = std::thread::spawn(move || send_body(&head, reader, stdin));
    let outcome = answer(stream, &mut stdout);
    child.wait()?;
    // Only now is the answer at its end: whoever has all of it may ask at once what it cost.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    sender.join().map_err(|_| "the body's thread panicked")??;
    outcome
}

/// The request's body into the program; what the program does not want is read and dropped, so that the client hears us.
fn send_body(head: &Head, mut reader: impl BufRead, mut stdin: impl Write) -> Result<()> {
    let mut is_wanted = true;
    let mut pass = |part: &mut dyn Read| -> Result<u64> {
        let copied = if is_wanted { std::io::copy(part, &mut stdin) } else { Ok(0) };
        is_wanted &= copied.is_ok();
        let rest = std::io::copy(part, &mut std::io::sink())?;
        Ok(copied.unwrap_or(0) + rest)
    };
    if head.field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16)?;
            pass(&mut (&mut reader).take(length))?;
            reader.read_line(&mut String::new())?;
            if length == 0 {
                return Ok(());
            }
        }
    }
    let length = head.field("content-length").map_or(Ok(0), str::parse)?;
    pass(&mut reader.take(length)).map(drop)
}

/// The program's answer, with its `Status` as the status line.
fn answer(mut stream: &TcpStream, stdout: &mut impl BufRead) -> Result<()> {
    let mut status = "200 OK".to_owned();
    let mut fields = String::new();
    loop {
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let line = line.trim_end();
        match line.strip_prefix("Status: ") {
            Some(found) => found.clone_into(&mut status),
            None if line.is_empty() => break,
            None => fields.push_str(&format!("{line}\r\n")),
        }
    }
    write!(stream, "HTTP/1.1 {status}\r\n{fields}Connection: close\r\n\r\n")?;
    std::io::copy(stdout, &mut stream)?;
    Ok(())
}

fn answer_usage(mut stream: &TcpStream) -> Result<()> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let (user, system) = (usage.user_time(), usage.system_time());
    let micros = (user.tv_sec() + system.tv_sec()) * 1_000_000 + user.tv_usec() + system.tv_usec();
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{micros} {}", usage.max_rss())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_of(head: &str, body: &[u8]) -> Vec<u8> {
        let head = Head::read(&mut head.as_bytes()).unwrap();
        let mut sent = Vec::new();
        send_body(&head, body, &mut sent).unwrap();
        sent
    }

    #[test]
    fn bodies_arrive_counted_or_chunked() {
        assert_eq!(body_of("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n", b"abcdef"), b"abc");
        let chunked = "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(body_of(chunked, b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), b"abcde");
        assert_eq!(body_of("GET /a HTTP/1.1\r\n\r\n", b""), b"");
    }
}
