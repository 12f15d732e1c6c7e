//! Git's own things: blobs, trees, commits and tags, by their ids.

use axum::{
    body::Body,
    response::{IntoResponse as _, Response},
};
use base64::Engine as _;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use gitflare_port::{
    Command,
    download::{Span, Wanted},
};
use http::{HeaderValue, header};
use serde_json::json;

use super::{
    Question,
    contents::{TOO_LARGE, too_large},
    question::{answered, missing},
};
use crate::{
    Error, Result,
    access::act::ReadCode,
    api::{Answer, Media, OnRepository, json::code},
    code::address::is_oid,
    downloads,
    host::{Broken, Download},
};

/// Bytes in a line of base64.
pub(super) const LINE: usize = 45;

/// `GET /repos/{owner}/{repo}/git/blobs/{sha}`: it passes by, and is never held as a whole.
pub(super) async fn blob(access: OnRepository<ReadCode>, question: Question) -> Result<Response> {
    let oid = oid(&question, "git/blobs")?;
    let what =
        Wanted::Raw { revision: Some(oid.clone()), path: String::new(), span: Span::Whole, part_of: None };
    let download = downloads::open(&question.forge, &question.client, &access, what, &question.asked).await;
    let download = match download {
        Ok(download) => download,
        Err(error) => return Err(missing(error, Error::not_found)),
    };
    let size = download.head.size.unwrap_or_default();
    if size > TOO_LARGE {
        return Err(too_large());
    }
    if question.media == Media::Raw {
        return Ok(downloads::plain(download, "application/vnd.github.raw; charset=utf-8"));
    }
    let links = question.links(&access);
    let head = json!({
        "sha": oid,
        "node_id": links.node("Blob", &oid),
        "size": size,
        "url": links.api(&format!("git/blobs/{oid}")),
        "encoding": "base64",
    });
    let mut response = Body::from_stream(encoded(&head.to_string(), download)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    if let Ok(tag) = HeaderValue::try_from(format!("W/\"{oid}\"")) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// An object of JSON, and the content behind its other fields.
fn encoded(
    head: &str,
    download: Download,
) -> impl futures_util::Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    let start = format!("{},\"content\":\"", head.trim_end_matches('}'));
    let begin = stream::iter([Ok(Bytes::from(start))]);
    let state = (download.pieces, Vec::new(), false);
    let content = stream::unfold(state, |(mut pieces, mut rest, is_over)| async move {
        if is_over {
            return None;
        }
        let (piece, is_over) = match pieces.next().await {
            Some(Ok(piece)) => (piece, false),
            Some(Err(broken)) => return Some((Err(broken), (pieces, rest, true))),
            None => (Bytes::new(), true),
        };
        rest.extend_from_slice(&piece);
        let whole = if is_over { rest.len() } else { rest.len() / LINE * LINE };
        let mut out = String::new();
        for line in rest.drain(..whole).collect::<Vec<u8>>().chunks(LINE) {
            base64::engine::general_purpose::STANDARD.encode_string(line, &mut out);
            out.push_str("\\n");
        }
        if is_over {
            out.push_str("\"}");
        }
        Some((Ok(Bytes::from(out)), (pieces, rest, is_over)))
    });
    begin.chain(content)
}

/// `GET /repos/{owner}/{repo}/git/trees/{tree_sha}`: a branch or tag stands for its folder.
pub(super) async fn tree(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let command = Command::Tree {
        caller: access.caller(&question.client),
        revision: Some(question.rest("git/trees")),
        recursive: question.has("recursive"),
    };
    let tree = match question.ask(&access, command).await {
        Ok(reply) => answered!(reply, Tree),
        Err(error) => return Err(missing(error, Error::not_found)),
    };
    Ok(Answer::ok(code::git_tree(&question.links(&access), &tree)))
}

/// `GET /repos/{owner}/{repo}/git/commits/{commit_sha}`.
pub(super) async fn commit(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let oid = oid(&question, "git/commits")?;
    let command = Command::Commit { caller: access.caller(&question.client), revision: Some(oid.clone()) };
    let commit = match question.ask(&access, command).await {
        Ok(reply) => answered!(reply, Commit),
        Err(error) => return Err(missing(error, Error::not_found)),
    };
    // The id of a tag leads to a commit without being one.
    if commit.oid != oid {
        return Err(Error::not_found());
    }
    Ok(Answer::ok(code::git_commit(&question.links(&access), &commit)))
}

/// `GET /repos/{owner}/{repo}/git/tags/{tag_sha}`.
pub(super) async fn tag(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let oid = oid(&question, "git/tags")?;
    let command = Command::TagObject { caller: access.caller(&question.client), oid };
    let tag = match question.ask(&access, command).await {
        Ok(reply) => answered!(reply, TagObject),
        Err(error) => return Err(missing(error, Error::not_found)),
    };
    Ok(Answer::ok(code::git_tag(&question.links(&access), &tag)))
}

/// The whole id a path ends with.
fn oid(question: &Question, operation: &str) -> Result<String> {
    let oid = question.rest(operation).to_ascii_lowercase();
    if is_oid(&oid) { Ok(oid) } else { Err(Error::not_found()) }
}
