//! What differs, as text for `git apply` and `git am`.

use axum::response::Response;
use gitflare_port::{
    diff::DiffRange,
    download::{PatchFormat, Wanted},
};
use http::{StatusCode, header};

use super::{Answer, Asked, begin};
use crate::{
    Access, Error, Result,
    access::{InRepository, act::ReadCode},
    code,
    ui::{text, visit::Visit},
};

/// `GET /{owner}/{repo}/commit/{sha}.diff` and `.patch`; without either, the page.
pub(crate) async fn show_commit(
    visit: Visit,
    asked: Asked,
    access: InRepository<ReadCode>,
) -> Result<Response> {
    let rest = text::path(visit.rest());
    let Some((revision, format)) = wanted(&rest) else { return code::commit(visit, access).await };
    commit(&visit, &asked, &access, revision, format).await
}

/// `GET /{owner}/{repo}/compare/{base}...{head}.diff` and `.patch`; without either, the page.
pub(crate) async fn show_comparison(
    visit: Visit,
    asked: Asked,
    access: InRepository<ReadCode>,
) -> Result<Response> {
    let rest = text::path(visit.rest());
    let Some((revisions, format)) = wanted(&rest) else { return code::compare(visit, access).await };
    compare(&visit, &asked, &access, revisions, format).await
}

/// What stands before `.diff` or `.patch`, if an address ends with one of them.
fn wanted(rest: &str) -> Option<(&str, PatchFormat)> {
    let bare = rest.strip_suffix(".diff").map(|rest| (rest, PatchFormat::Diff));
    bare.or_else(|| rest.strip_suffix(".patch").map(|rest| (rest, PatchFormat::Mail)))
}

/// What a commit, percent-encoded, changed.
async fn commit(
    visit: &Visit,
    asked: &Asked,
    access: &Access<ReadCode>,
    revision: &str,
    format: PatchFormat,
) -> Result<Response> {
    let range = DiffRange::Commit { revision: Some(revision.to_owned()), parent: 1 };
    send(visit, asked, access, range, format).await
}

/// What is between `base...head` or `base..head`, percent-encoded; without a base it is the default branch.
async fn compare(
    visit: &Visit,
    asked: &Asked,
    access: &Access<ReadCode>,
    revisions: &str,
    format: PatchFormat,
) -> Result<Response> {
    let alone = || DiffRange::Since { base: None, head: revisions.to_owned() };
    let range = code::range(revisions).unwrap_or_else(alone);
    send(visit, asked, access, range, format).await
}

async fn send(
    visit: &Visit,
    asked: &Asked,
    access: &Access<ReadCode>,
    range: DiffRange,
    format: PatchFormat,
) -> Result<Response> {
    let download = begin(visit, access, Wanted::Patch { range, format }, asked.body()).await?;
    if download.head.oid.is_empty() {
        return Err(Error::internal("a patch of nothing"));
    }
    let mut answer = Answer::new(access, false);
    // How far ids are cut short may change, so the tag is that of what is told.
    answer.set(header::ETAG, &format!("W/\"{}\"", download.head.oid));
    if asked.has(&download.head.oid) {
        answer.status = StatusCode::NOT_MODIFIED;
        return Ok(answer.empty());
    }
    answer.set(header::CONTENT_TYPE, "text/plain; charset=utf-8");
    Ok(answer.with(download))
}
