//! Commits: lists of them, and one with what it changed.

use axum::response::{IntoResponse as _, Response};
use gitflare_port::{
    Command,
    diff::{Diff, DiffQuery, DiffRange},
    download::PatchFormat,
    log::{CommitDetail, LogQuery},
};
use serde_json::{Value, json};

use super::{
    Question, files,
    people::People,
    question::{answered, empty, missing},
};
use crate::{
    Error, Result,
    access::{Access, act::ReadCode},
    accounts,
    api::{Answer, End, Media, OnRepository, json::extend},
    downloads,
    error::Kind,
    names::AccountName,
    ui::{text, time},
};

/// Questions to the repository for one page, where it has to search for who wrote a commit.
const SEARCHES: usize = 8;
/// Files on the first page of a commit.
const FILES: i64 = 300;
/// Files of a commit that can be asked for.
pub(super) const MOST_FILES: usize = 3_000;

/// `GET /repos/{owner}/{repo}/commits`.
pub(super) async fn list(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let mut query = asked(&question).await?;
    let mut commits: Vec<CommitDetail> = Vec::new();
    let mut more = false;
    for _ in 0..SEARCHES {
        let command = Command::Log { caller: access.caller(&question.client), query: query.clone() };
        let log = match question.ask(&access, command).await {
            Ok(reply) => answered!(reply, Log),
            Err(error) => return Err(missing(error, Error::not_found)),
        };
        if log.tip.is_empty() {
            return Err(empty());
        }
        if log.path != query.path {
            // What is no revision as a whole is no address either.
            return Err(Error::not_found());
        }
        commits.extend(log.commits.into_iter().filter_map(|entry| entry.detail));
        more = log.next.is_some();
        if !log.searching || log.next.is_none() {
            break;
        }
        query.after = log.next;
        query.skip = query.skip.saturating_sub(log.skipped);
        query.limit = u32::try_from(question.paging.per_page - commits.len() as i64).unwrap_or(1);
    }
    let links = question.links(&access);
    let people = People::of(&question, &commits.iter().collect::<Vec<_>>()).await?;
    let items = commits.iter().map(|detail| people.commit(&links, detail)).collect();
    Ok(Answer::page(items, &question.paging, End::More(more)))
}

/// Which commits are asked for.
async fn asked(question: &Question) -> Result<LogQuery> {
    let paging = &question.paging;
    let (skip, limit) = paging.part();
    let moment = |name: &'static str| match paging.query(name).filter(|text| !text.is_empty()) {
        Some(text) => time::parse(&text)
            .map(Some)
            .ok_or_else(|| Error::invalid(name, format!("'{name}' is no time in the form of ISO 8601"))),
        None => Ok(None),
    };
    let path = question.name("path").unwrap_or_default();
    Ok(LogQuery {
        revision: question.name("sha"),
        path: path.split('/').filter(|name| !name.is_empty()).collect::<Vec<_>>().join("/"),
        authors: somebody(question, "author").await?,
        committers: somebody(question, "committer").await?,
        since: moment("since")?,
        until: moment("until")?,
        skip,
        limit,
        details: true,
        ..LogQuery::default()
    })
}

/// Whom a parameter means: an account stands for its address.
async fn somebody(question: &Question, parameter: &str) -> Result<Vec<String>> {
    let Some(text) = question.paging.query(parameter).filter(|text| !text.is_empty()) else {
        return Ok(Vec::new());
    };
    let Ok(name) = AccountName::parse(&text) else { return Ok(vec![text]) };
    let batch = vec![accounts::bind_name(&name)];
    let answers = question.forge.near().batch(batch).await?;
    let account = answers.first().map(accounts::read_name).transpose()?.flatten();
    let mail = account.and_then(|account| account.email).map(|mail| format!("<{mail}>"));
    Ok(vec![mail.unwrap_or(text)])
}

/// `GET /repos/{owner}/{repo}/commits/{ref}`.
pub(super) async fn one(access: OnRepository<ReadCode>, question: Question) -> Result<Response> {
    let name = question.rest("commits");
    let unknown = || Error::new(Kind::Invalid, format!("No commit found for SHA: {}", text::decoded(&name)));
    let range = DiffRange::Commit { revision: Some(name.clone()), parent: 1 };
    let found = match question.media {
        Media::Diff => patch(&question, &access, range, PatchFormat::Diff).await,
        Media::Patch => patch(&question, &access, range, PatchFormat::Mail).await,
        Media::Sha => id(&question, &access, &name).await,
        _ => return with_files(&question, &access, range, unknown).await,
    };
    match found {
        Err(error) => Err(missing(error, unknown)),
        Ok(response) => Ok(response),
    }
}

async fn id(
    question: &Question,
    access: &Access<ReadCode>,
    name: &str,
) -> Result<Response, gitflare_port::Error> {
    let command =
        Command::Commit { caller: access.caller(&question.client), revision: Some(name.to_owned()) };
    Ok(match question.ask(access, command).await? {
        gitflare_port::Reply::Commit(detail) => {
            let kind = (http::header::CONTENT_TYPE, "application/vnd.github.sha; charset=utf-8");
            let tag = (http::header::ETAG, format!("\"{}\"", detail.oid));
            ([kind], [tag], detail.oid).into_response()
        }
        other => super::question::unexpected(&other).into_response(),
    })
}

/// What differs, as text.
pub(super) async fn patch(
    question: &Question,
    access: &Access<ReadCode>,
    range: DiffRange,
    format: PatchFormat,
) -> Result<Response, gitflare_port::Error> {
    let kind = match format {
        PatchFormat::Diff => "application/vnd.github.diff; charset=utf-8",
        PatchFormat::Mail => "application/vnd.github.patch; charset=utf-8",
    };
    let what = gitflare_port::download::Wanted::Patch { range, format };
    let download = downloads::open(&question.forge, &question.client, access, what, &question.asked).await?;
    Ok(downloads::plain(download, kind))
}

async fn with_files(
    question: &Question,
    access: &Access<ReadCode>,
    range: DiffRange,
    unknown: impl Fn() -> Error,
) -> Result<Response> {
    let paging = question.paging.usually(FILES);
    let query = DiffQuery { from: paging.part().0, ..query(range) };
    let diff = match diff(question, access, query).await {
        Ok(reply) => reply?,
        Err(error) => return Err(missing(error, unknown)),
    };
    let detail = diff.commit.as_ref().ok_or_else(unknown)?;
    let links = question.links(access);
    let people = People::of(question, &[detail]).await?;
    let mut json = people.commit(&links, detail);
    let counts = files::counts(&diff);
    let all = diff.files.len().min(MOST_FILES);
    let [skip, take] = [paging.skipped(), paging.per_page].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    let shown: Value = files::list(&links, &diff, skip.min(all)..skip.saturating_add(take).min(all));
    let stats = json!({
        "total": counts.added + counts.deleted,
        "additions": counts.added,
        "deletions": counts.deleted,
    });
    extend(&mut json, json!({ "stats": stats, "files": shown }));
    Ok(Answer::ok(json).linked(&paging, End::Total(i64::try_from(all).unwrap_or(i64::MAX))).into_response())
}

/// A diff with all its files, and the lines of as many as one answer holds.
pub(super) fn query(range: DiffRange) -> DiffQuery {
    DiffQuery { about: true, ..DiffQuery::new(range, 20_000) }
}

/// Asks for a diff, and again while lines of large files are still being counted.
pub(super) async fn diff(
    question: &Question,
    access: &Access<ReadCode>,
    query: DiffQuery,
) -> Result<Result<Diff>, gitflare_port::Error> {
    let ask = async |query: DiffQuery| {
        let command = Command::Diff { caller: access.caller(&question.client), query };
        match question.ask(access, command).await? {
            gitflare_port::Reply::Diff(diff) => Ok(Ok(diff)),
            other => Ok(Err(super::question::unexpected(&other))),
        }
    };
    let mut diff = match ask(query.clone()).await? {
        Ok(diff) => diff,
        Err(error) => return Ok(Err(error)),
    };
    let list = DiffQuery { lines: 0, about: false, commits: None, ..query };
    for _ in 0..SEARCHES {
        if diff.counts.is_some() || diff.files.is_empty() {
            break;
        }
        let Ok(counted) = ask(list.clone()).await? else { break };
        (diff.files, diff.counts) = (counted.files, counted.counts);
    }
    Ok(Ok(diff))
}
