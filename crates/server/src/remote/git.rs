//! Git's own requests to a site at an address: a fetch of everything, and the pushes of an import.

use std::{collections::HashSet, io::Read};

use gitflare_forge::{
    admin::{ChangeRepository, CreateRepository, DeleteRepository, ShowRepository},
    names::FullName,
};
use gitflare_git::{Oid, pktline, refname};
use http::{Request, Response, StatusCode, header};
use ureq::{Body, SendBody};

use super::Remote;
use crate::{
    cli::TakeImport,
    commands::import,
    error::{Failure, Result, Sort},
    io::Io,
};

/// Bytes of an answer handed on at once.
const PIECE: usize = 64 << 10;

impl Remote {
    /// One request of version 2 of the fetch protocol, read from `io`, and its answer.
    pub(crate) fn fetch(&self, name: &str, io: &mut dyn Io) -> Result<()> {
        let name = FullName::parse(name)?;
        let mut request = Vec::new();
        let mut buffer = vec![0; PIECE];
        loop {
            match io.read(&mut buffer)? {
                0 => break,
                count => request.extend_from_slice(buffer.get(..count).unwrap_or_default()),
            }
        }
        let builder = self.git(&name, "git-upload-pack").header("git-protocol", "version=2");
        let response = self.send(builder, request.as_slice())?;
        // Where a conversation begins with a greeting, this one has none.
        io.out(b"0000")?;
        self.answer(&name, response, &mut |bytes| Ok(io.out(bytes)?))
    }

    fn git(&self, name: &FullName, service: &str) -> http::request::Builder {
        Request::post(format!("{}/{name}.git/{service}", self.url()))
            .header(header::CONTENT_TYPE, format!("application/x-{service}-request"))
    }

    /// Hands an answer on in pieces; what git is told in place of one is a failure.
    fn answer(
        &self,
        name: &FullName,
        mut response: Response<Body>,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let status = response.status();
        let mut body = response.body_mut().as_reader();
        if !status.is_success() {
            let mut text = Vec::new();
            body.take(4_096).read_to_end(&mut text)?;
            return Err(self.refused(name, status, &String::from_utf8_lossy(&text)));
        }
        let mut buffer = vec![0; PIECE];
        loop {
            let count = body.read(&mut buffer).map_err(|error| Failure::during(self.url(), error))?;
            if count == 0 {
                return Ok(());
            }
            each(buffer.get(..count).unwrap_or_default())?;
        }
    }

    fn refused(&self, name: &FullName, status: StatusCode, text: &str) -> Failure {
        match (status, text.trim()) {
            // Both of what is missing and of what the token does not open.
            (StatusCode::NOT_FOUND, _) => missing(name),
            (StatusCode::UNAUTHORIZED, _) => self.bad_token(),
            (_, text) if !text.is_empty() && !text.contains('\n') && !text.contains('<') => {
                Failure::new(text)
            }
            _ => self.stranger(status),
        }
    }

    /// One push of an import, which is read from `io` as its answer is written there: what the owner of a data folder
    /// does for an import from this machine.
    pub(crate) fn take_import(&self, push: &TakeImport, io: &mut dyn Io) -> Result<()> {
        let name = FullName::parse(&push.repository)?;
        let is_new = !push.goes_on && self.target(&name)?;
        let outcome = self.fill(&name, push, io);
        if is_new && !matches!(outcome, Ok(true)) {
            let (owner, repository) = (name.owner.to_string(), name.name.to_string());
            self.call(&DeleteRepository { owner, repository })?;
        }
        outcome.map(drop)
    }

    /// Makes the repository unless there is an empty one; and whether it was made.
    fn target(&self, name: &FullName) -> Result<bool> {
        let (owner, repository) = (name.owner.to_string(), name.name.to_string());
        match self.call(&ShowRepository { owner: owner.clone(), repository: repository.clone() }) {
            Ok(_) if self.refs(name)?.iter().all(is_held) => Ok(false),
            Ok(_) => Err(Failure::new(format_args!("{name} is not empty"))),
            Err(failure) if failure.sort == Sort::Missing => {
                let (visibility, description) = (Some("private".to_owned()), String::new());
                self.call(&CreateRepository { owner, name: repository, visibility, description })?;
                Ok(true)
            }
            Err(failure) => Err(failure),
        }
    }

    /// What an import that was interrupted has brought.
    pub(crate) fn held(&self, name: &str) -> Result<HashSet<Oid>> {
        let name = FullName::parse(name)?;
        match self.refs(&name) {
            Ok(refs) => Ok(refs.into_iter().filter(is_held).map(|(_, oid)| oid).collect()),
            Err(failure) if failure.sort == Sort::Missing => Ok(HashSet::new()),
            Err(failure) => Err(failure),
        }
    }

    /// The refs of a repository, as a push is told them.
    fn refs(&self, name: &FullName) -> Result<Vec<(Vec<u8>, Oid)>> {
        let path = format!("{}/{name}.git/info/refs?service=git-receive-pack", self.url());
        let response = self.send(Request::get(path), ())?;
        let mut answer = Vec::new();
        self.answer(name, response, &mut |bytes| {
            answer.extend_from_slice(bytes);
            Ok(())
        })?;
        let mut refs = Vec::new();
        let mut rest = answer.as_slice();
        while let Some((packet, used)) = pktline::parse(rest)? {
            rest = rest.get(used..).unwrap_or_default();
            let pktline::Packet::Data(line) = packet else { continue };
            let Some(space) = line.iter().position(|byte| *byte == b' ') else { continue };
            let (oid, name) = line.split_at(space);
            // After the first name comes what the repository is capable of.
            let name = name.get(1..).unwrap_or_default().split(|byte| *byte == 0).next();
            if let (Some(oid), Some(name)) = (Oid::from_hex(oid).filter(|oid| !oid.is_zero()), name) {
                refs.push((pktline::chomp(name).to_vec(), oid));
            }
        }
        Ok(refs)
    }

    /// Answers whether the push brought anything.
    fn fill(&self, name: &FullName, push: &TakeImport, io: &mut dyn Io) -> Result<bool> {
        if let Some(head) = &push.head
            && let Err(failure) = self.set_head(name, head)
        {
            io.note(&format!("HEAD is not taken over: {failure}"))?;
        }
        if push.is_empty {
            return Ok(true);
        }
        let mut report = Vec::new();
        let response = {
            let mut body = Input { io, failure: None };
            let sent = self.send(self.git(name, "git-receive-pack"), SendBody::from_reader(&mut body));
            match (body.failure, sent) {
                (Some(error), _) => return Err(error.into()),
                (None, sent) => sent?,
            }
        };
        self.answer(name, response, &mut |bytes| {
            report.extend_from_slice(bytes);
            Ok(())
        })?;
        io.out(&report)?;
        Ok(moved(&report))
    }

    fn set_head(&self, name: &FullName, head: &str) -> Result<()> {
        let full = refname::decode(head).and_then(|name| String::from_utf8(name).ok());
        let branch = full.as_deref().and_then(|name| name.strip_prefix("refs/heads/"));
        let branch = branch.ok_or_else(|| Failure::new("that is no branch name"))?;
        self.call(&ChangeRepository {
            owner: name.owner.to_string(),
            repository: name.name.to_string(),
            default_branch: Some(branch.to_owned()),
            ..ChangeRepository::default()
        })
        .map(drop)
    }
}

/// Whether a ref only keeps what an import has brought.
fn is_held((name, _): &(Vec<u8>, Oid)) -> bool {
    name.starts_with(import::HELD)
}

fn missing(name: &FullName) -> Failure {
    Failure::new(format_args!("There is no repository {name}")).sort(Sort::Missing)
}

/// Whether a report says that a ref moved.
fn moved(mut report: &[u8]) -> bool {
    while let Ok(Some((packet, used))) = pktline::parse(report) {
        if matches!(packet, pktline::Packet::Data([b'o', b'k', b' ', ..])) {
            return true;
        }
        report = report.get(used..).unwrap_or_default();
    }
    false
}

/// The input of a command as the body of a request.
struct Input<'a> {
    io: &'a mut dyn Io,
    /// What went wrong here, in its own words.
    failure: Option<std::io::Error>,
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.io.read(buffer).map_err(|error| {
            let told = std::io::Error::new(error.kind(), error.to_string());
            self.failure = Some(error);
            told
        })
    }
}
