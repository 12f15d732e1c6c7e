//! Branches, tags and refs.

use gitflare_port::{
    Command,
    data::{Names, NamesQuery},
    refs::RefOrder,
};
use serde_json::{Value, json};

use super::{
    Question,
    people::People,
    question::{answered, empty},
};
use crate::{
    Error, Result,
    access::{Access, act::ReadCode},
    api::{Answer, End, OnRepository, json::code},
    error::Kind,
    ui::text,
};

async fn names(question: &Question, access: &Access<ReadCode>, query: NamesQuery) -> Result<Names> {
    let command = Command::Names { caller: access.caller(&question.client), query };
    Ok(answered!(question.ask(access, command).await?, Names))
}

/// A page of refs below a prefix.
fn page(question: &Question, prefix: String, order: RefOrder) -> NamesQuery {
    let (skip, limit) = question.paging.part();
    NamesQuery { prefix, exact: false, order, skip, limit }
}

/// `GET /repos/{owner}/{repo}/branches`.
pub(super) async fn branches(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    if question.paging.query("protected").as_deref() == Some("true") {
        return Ok(Answer::ok(Value::Array(Vec::new())));
    }
    let found = names(&question, &access, page(&question, "refs/heads/".into(), RefOrder::Name)).await?;
    let links = question.links(&access);
    let branch = |one: &gitflare_port::data::Name| {
        let name = one.name.strip_prefix("refs/heads/").unwrap_or(&one.name);
        json!({
            "name": text::decoded(name),
            "commit": links.pointer(&one.oid),
            "protected": false,
            "protection_url": links.api(&format!("branches/{}/protection", text::path(name))),
        })
    };
    Ok(Answer::page(found.refs.iter().map(branch).collect(), &question.paging, End::More(found.more)))
}

/// `GET /repos/{owner}/{repo}/branches/{branch}`.
pub(super) async fn branch(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let name = question.rest("branches");
    let caller = access.caller(&question.client);
    let command = Command::Commit { caller, revision: Some(format!("refs/heads/{name}")) };
    let detail = match question.ask(&access, command).await {
        Ok(reply) => answered!(reply, Commit),
        Err(error) if error.kind == gitflare_port::ErrorKind::NotFound => {
            return Err(Error::new(Kind::NotFound, "Branch not found"));
        }
        Err(error) => return Err(error.into()),
    };
    let links = question.links(&access);
    let people = People::of(&question, &[&detail]).await?;
    let url = links.api(&format!("branches/{name}"));
    Ok(Answer::ok(json!({
        "name": text::decoded(&name),
        "commit": people.commit(&links, &detail),
        "_links": { "self": url, "html": links.html(&format!("tree/{name}")) },
        "protected": false,
        "protection": { "enabled": false },
        "protection_url": format!("{url}/protection"),
    })))
}

/// `GET /repos/{owner}/{repo}/tags`: the newest version first.
pub(super) async fn tags(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let query = page(&question, "refs/tags/".into(), RefOrder::NameDescending);
    let found = names(&question, &access, query).await?;
    let links = question.links(&access);
    let tag = |one: &gitflare_port::data::Name| {
        let name = one.name.strip_prefix("refs/tags/").unwrap_or(&one.name);
        let reference = text::path(&one.name);
        json!({
            "name": text::decoded(name),
            "commit": links.pointer(&one.target),
            "zipball_url": links.api(&format!("zipball/{reference}")),
            "tarball_url": links.api(&format!("tarball/{reference}")),
            "node_id": links.node("Ref", &one.name),
        })
    };
    Ok(Answer::page(found.refs.iter().map(tag).collect(), &question.paging, End::More(found.more)))
}

/// `GET /repos/{owner}/{repo}/git/ref/{ref}`.
pub(super) async fn reference(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let prefix = format!("refs/{}", question.rest("git/ref"));
    let query = NamesQuery { prefix, exact: true, limit: 1, ..NamesQuery::default() };
    let found = names(&question, &access, query).await?;
    match found.refs.first() {
        Some(one) => Ok(Answer::ok(code::reference(&question.links(&access), one))),
        None if found.empty => Err(empty()),
        None => Err(Error::not_found()),
    }
}

/// `GET /repos/{owner}/{repo}/git/matching-refs/{ref}`. GitHub says nothing about pages; a list without end is none.
pub(super) async fn matching(access: OnRepository<ReadCode>, question: Question) -> Result<Answer> {
    let prefix = format!("refs/{}", question.rest("git/matching-refs"));
    let found = names(&question, &access, page(&question, prefix, RefOrder::Name)).await?;
    if found.empty {
        return Err(empty());
    }
    let links = question.links(&access);
    let refs = found.refs.iter().map(|one| code::reference(&links, one)).collect();
    Ok(Answer::page(refs, &question.paging, End::More(found.more)))
}
