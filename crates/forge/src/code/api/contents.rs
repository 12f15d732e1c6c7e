//! What is at a path, the README, and archives.

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use gitflare_port::{
    Command, ErrorKind,
    command::{Entry, EntryKind},
    data::{Contents, ContentsQuery, Item},
    download::Wanted,
};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    Question,
    question::{answered, missing},
};
use crate::{
    Error, Result,
    access::{Access, act::ReadCode},
    api::{
        Answer, Media, OnRepository,
        json::{code::Links, extend},
    },
    code::folder::is_markdown,
    downloads,
    error::Kind,
    ui::{
        markdown::{Place, markdown, plain},
        text,
    },
};

/// Larger files come without their content.
const LARGEST: u64 = 1 << 20;
/// Larger files do not come at all.
pub(super) const TOO_LARGE: u64 = 100 << 20;

/// `GET /repos/{owner}/{repo}/contents/{path}`.
pub(super) async fn show(access: OnRepository<ReadCode>, question: Question) -> Result<Response> {
    let path = question.rest("contents");
    if crate::code::is_crooked(&path) {
        return Err(Error::not_found());
    }
    if question.media == Media::Raw
        && let Some(response) = raw(&question, &access, &path).await?
    {
        return Ok(response);
    }
    let contents = ask(&question, &access, &path, Which::Itself).await?;
    answer(&question, &access, &contents)
}

/// `GET /repos/{owner}/{repo}/readme` and `/readme/{dir}`.
pub(super) async fn readme(access: OnRepository<ReadCode>, question: Question) -> Result<Response> {
    let folder = question.rest("readme");
    let contents = ask(&question, &access, &folder, Which::Readme).await?;
    if question.media == Media::Raw {
        return match contents.item {
            Some(Item::File { content: Some(content), .. }) => {
                let kind = (header::CONTENT_TYPE, "application/vnd.github.raw; charset=utf-8");
                let tag = (header::ETAG, format!("\"{}\"", contents.oid));
                Ok(([kind], [tag], content.0).into_response())
            }
            Some(_) => raw(&question, &access, &contents.path).await?.ok_or_else(Error::not_found),
            None => Err(Error::not_found()),
        };
    }
    answer(&question, &access, &contents)
}

/// `GET /repos/{owner}/{repo}/tarball/{ref}`: the archive's own address, which takes the same token.
pub(super) async fn tarball(access: OnRepository<ReadCode>, question: Question) -> Response {
    archive(&question, &access, "tarball", "tar.gz")
}

/// `GET /repos/{owner}/{repo}/zipball/{ref}`.
pub(super) async fn zipball(access: OnRepository<ReadCode>, question: Question) -> Response {
    archive(&question, &access, "zipball", "zip")
}

fn archive(question: &Question, access: &Access<ReadCode>, operation: &str, ending: &str) -> Response {
    let reference = question.rest(operation);
    let url = question.links(access).html(&format!("archive/{reference}.{ending}"));
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

enum Which {
    Itself,
    Readme,
}

async fn ask(question: &Question, access: &Access<ReadCode>, path: &str, which: Which) -> Result<Contents> {
    let query = ContentsQuery {
        revision: question.name("ref"),
        path: path.to_owned(),
        readme: matches!(which, Which::Readme),
        limit: LARGEST,
    };
    let command = Command::Contents { caller: access.caller(&question.client), query };
    match question.ask(access, command).await {
        Ok(reply) => Ok(answered!(reply, Contents)),
        Err(error) => {
            // Where a file is asked for, GitHub says of an empty repository that it is not there.
            Err(match error.kind {
                ErrorKind::Empty => Error::new(Kind::NotFound, "This repository is empty."),
                _ => missing(error, || no_such_ref(question)),
            })
        }
    }
}

fn no_such_ref(question: &Question) -> Error {
    match question.name("ref") {
        Some(name) => {
            Error::new(Kind::NotFound, format!("No commit found for the ref {}", text::decoded(&name)))
        }
        None => Error::not_found(),
    }
}

/// The bytes of a file; nothing if there is none.
async fn raw(question: &Question, access: &Access<ReadCode>, path: &str) -> Result<Option<Response>> {
    if path.is_empty() {
        return Ok(None);
    }
    let what = Wanted::Raw {
        revision: question.name("ref"),
        path: path.to_owned(),
        span: gitflare_port::download::Span::Whole,
        part_of: None,
    };
    let download = downloads::open(&question.forge, &question.client, access, what, &question.asked).await;
    match download {
        Ok(download) if download.head.size.unwrap_or_default() > TOO_LARGE => Err(too_large()),
        Ok(download) => Ok(Some(downloads::plain(download, "application/vnd.github.raw; charset=utf-8"))),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn too_large() -> Error {
    Error::forbidden(
        "This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API",
    )
}

fn answer(question: &Question, access: &Access<ReadCode>, contents: &Contents) -> Result<Response> {
    let Some(item) = &contents.item else { return Err(Error::not_found()) };
    let reference = question.name("ref").unwrap_or_else(|| contents.revision.clone());
    let links = question.links(access);
    let shape = Shape {
        links,
        reference,
        own: access.repository().full_name().to_string(),
        origin: &question.origin,
    };
    if let (Media::Html, Item::File { content: Some(content), .. }) = (question.media, item) {
        return Ok(shape.html(&contents.path, &content.0));
    }
    Ok(Answer::ok(match item {
        Item::Folder { entries } if question.media != Media::Object => {
            entries.iter().map(|entry| shape.entry(&contents.path, entry, "file")).collect()
        }
        item => shape.one(contents, item),
    })
    .into_response())
}

/// What answers are made with.
struct Shape<'a> {
    links: Links,
    /// The revision asked for, percent-encoded.
    reference: String,
    /// The repository's full name.
    own: String,
    origin: &'a crate::http::Origin,
}

impl Shape<'_> {
    fn one(&self, contents: &Contents, item: &Item) -> Value {
        let Contents { path, oid, .. } = contents;
        match item {
            Item::File { size, content } => {
                let mut json = self.common("file", path, oid, *size);
                let (encoding, content) = match content {
                    Some(content) => ("base64", wrapped(&content.0)),
                    None => ("none", String::new()),
                };
                extend(&mut json, json!({ "encoding": encoding, "content": content }));
                json
            }
            Item::Symlink { target, size } => {
                let mut json = self.common("symlink", path, oid, *size);
                extend(&mut json, json!({ "target": text::decoded(target) }));
                json
            }
            Item::Submodule { url } => {
                let mut json = self.common("submodule", path, oid, 0);
                extend(&mut json, json!({ "submodule_git_url": self.module(url.as_deref()) }));
                json
            }
            Item::Folder { entries } => {
                let mut json = self.common("dir", path, oid, 0);
                // Unlike the bare list, this form says of a submodule that it is one.
                let entries: Value =
                    entries.iter().map(|entry| self.entry(path, entry, "submodule")).collect();
                extend(&mut json, json!({ "content": "", "entries": entries }));
                json
            }
        }
    }

    fn entry(&self, folder: &str, entry: &Entry, submodule: &str) -> Value {
        let slash = if folder.is_empty() { "" } else { "/" };
        let path = format!("{folder}{slash}{}", entry.name);
        let kind = match entry.kind {
            EntryKind::Folder => "dir",
            EntryKind::File | EntryKind::Executable => "file",
            EntryKind::Symlink => "symlink",
            EntryKind::Submodule => submodule,
        };
        let is_module = entry.kind == EntryKind::Submodule;
        let shown = if is_module { "submodule" } else { kind };
        let mut json = self.common(shown, &path, &entry.oid, entry.size.unwrap_or_default());
        if is_module {
            let url = self.module(entry.target.as_deref());
            extend(&mut json, json!({ "type": kind, "submodule_git_url": url }));
        }
        json
    }

    /// What is told of everything. Of another repository's commit nothing is found here.
    fn common(&self, kind: &str, path: &str, oid: &str, size: u64) -> Value {
        let (encoded, reference) = (text::path(path), &self.reference);
        let url = self.links.api(&format!("contents/{encoded}?ref={}", reference.replace('/', "%2F")));
        let page = |part: &str| Value::from(self.links.html(&format!("{part}/{reference}/{encoded}")));
        let data = |part: &str| Value::from(self.links.api(&format!("git/{part}/{oid}")));
        let (git, html, download) = match kind {
            "dir" => (data("trees"), page("tree"), Value::Null),
            "submodule" => (Value::Null, Value::Null, Value::Null),
            _ => (data("blobs"), page("blob"), page("raw")),
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        json!({
            "type": kind,
            "size": size,
            "name": text::decoded(name),
            "path": text::decoded(path),
            "sha": oid,
            "url": url,
            "git_url": git,
            "html_url": html,
            "download_url": download,
            "_links": { "self": url, "git": git, "html": html },
        })
    }

    /// A submodule's URL. What is beside this repository gets a whole one.
    fn module(&self, url: Option<&str>) -> Value {
        let Some(url) = url else { return Value::Null };
        let home = format!("/{}", self.own);
        match crate::code::submodule::address(&home, url) {
            Some(beside) if beside.starts_with('/') => self.origin.url(&beside).into(),
            _ => text::decoded(url).into(),
        }
    }

    fn html(&self, path: &str, content: &[u8]) -> Response {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let place = Place { repository: format!("/{}", self.own), revision: self.reference.clone(), folder };
        let shown = if is_markdown(&text::decoded(path)) {
            markdown(content, &place)
        } else {
            plain(&String::from_utf8_lossy(content))
        };
        let kind = (header::CONTENT_TYPE, "application/vnd.github.html; charset=utf-8");
        ([kind], shown.into_string()).into_response()
    }
}

/// Base64 in lines as GitHub writes them.
fn wrapped(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + bytes.len() / 45 + 8);
    for line in bytes.chunks(super::data::LINE) {
        base64::engine::general_purpose::STANDARD.encode_string(line, &mut out);
        out.push('\n');
    }
    out
}
