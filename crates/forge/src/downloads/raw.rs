//! A file as it is.

use axum::response::Response;
use gitflare_port::download::{DownloadHead, Span, Wanted};
use http::{StatusCode, header};

use super::{Answer, Asked, begin, is_fixed, media};
use crate::{
    Error, Result,
    access::{InRepository, act::ReadCode},
    code,
    ui::{text, visit::Visit},
};

/// `GET /{owner}/{repo}/raw/{ref}/{path..}`.
pub(crate) async fn show(visit: Visit, asked: Asked, access: InRepository<ReadCode>) -> Result<Response> {
    let rest = visit.rest();
    if code::is_crooked(rest) {
        return Err(Error::not_found());
    }
    let rest = text::path(rest);
    let what = Wanted::Raw {
        revision: Some(rest.clone()),
        path: String::new(),
        span: asked.span,
        part_of: asked.part_of.clone(),
    };
    let download = begin(&visit, &access, what, asked.body()).await?;
    let head = &download.head;
    let media = media::of(&text::decoded(&head.name), &head.start, head.size.unwrap_or_default());
    let mut answer = Answer::new(&access, is_fixed(&rest, &head.commit));
    answer.set(header::ETAG, &format!("\"{}\"", head.oid));
    answer.set(header::ACCEPT_RANGES, "bytes");
    if asked.has(&head.oid) {
        answer.status = StatusCode::NOT_MODIFIED;
        return Ok(answer.empty());
    }
    answer.set(header::CONTENT_TYPE, media.kind);
    answer.disposition(if media.inline { "inline" } else { "attachment" }, &head.name);
    match part(&asked, head) {
        Part::All => {}
        Part::None(size) => {
            answer.status = StatusCode::RANGE_NOT_SATISFIABLE;
            answer.set(header::CONTENT_RANGE, &format!("bytes */{size}"));
            answer.headers.remove(header::CONTENT_DISPOSITION);
            return Ok(answer.empty());
        }
        Part::Some(first, last, size) => {
            answer.status = StatusCode::PARTIAL_CONTENT;
            answer.set(header::CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
        }
    }
    if let Some(count) = head.count {
        answer.set(header::CONTENT_LENGTH, &count.to_string());
    }
    Ok(answer.with(download))
}

/// What a file's bytes are a part of.
enum Part {
    All,
    /// First, last and how many there are.
    Some(u64, u64, u64),
    /// There are only so many.
    None(u64),
}

fn part(asked: &Asked, head: &DownloadHead) -> Part {
    let (size, count) = (head.size.unwrap_or_default(), head.count.unwrap_or_default());
    let is_another = asked.part_of.as_ref().is_some_and(|oid| *oid != head.oid);
    if asked.span == Span::Whole || is_another {
        return Part::All;
    }
    match (head.from + count).checked_sub(1) {
        Some(last) if count > 0 => Part::Some(head.from, last, size),
        _ => Part::None(size),
    }
}
