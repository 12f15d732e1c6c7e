//! Reading commits as people read them.

use std::sync::Arc;

use gitflare_git::{
    Oid,
    commit::{self, Ident, Text},
    object::Kind,
};
use gitflare_port::log::{CommitDetail, CommitSummary, Person};

use crate::{Result, cache::Memo, graph::Graph, view::View};

/// Bytes of a message in one answer.
const MESSAGE: usize = 64 << 10;
/// Bytes of what follows a subject, in lists.
const BODY: usize = 4 << 10;
/// Characters of a subject, name or address in one answer.
const LINE: usize = 1_000;

/// What lists show of a commit, kept for the next who asks.
pub(super) fn summary(graph: &Graph<'_>, cid: u32) -> Result<Arc<CommitSummary>> {
    let View { shared, repository, .. } = *graph.view;
    let key = Memo::Summary(cid);
    if let Some(known) = shared.memo::<CommitSummary>(repository, &key) {
        return Ok(known);
    }
    let (oid, _) = graph.ids(cid)?;
    let found = Arc::new(read(graph.view, &oid)?);
    let weight = found.subject.len() + 4 * found.author.len() + found.author_mail.len() + 256;
    shared.keep_memo(repository, key, Arc::clone(&found), weight);
    Ok(found)
}

/// What lists show of the commit with this id.
pub(super) fn read(view: &View<'_>, oid: &Oid) -> Result<CommitSummary> {
    let object = view.object_of(oid, Kind::Commit)?;
    let text = commit::text(&object.data);
    let head = gitflare_git::object::commit_head(&object.data, view.format)?;
    let (author, committer) = (text.author.unwrap_or_default(), text.committer.unwrap_or_default());
    Ok(CommitSummary {
        oid: oid.to_hex(),
        subject: line(&commit::subject(text.message), &text),
        has_body: !commit::body(text.message).is_empty(),
        author: line(author.name, &text),
        author_mail: line(author.mail, &text),
        authored: author.time,
        committer: line(committer.name, &text),
        committer_mail: line(committer.mail, &text),
        time: head.time,
        parents: head.parents.len() as u32,
    })
}

/// What the page of a commit shows, without its parents.
pub(super) fn detail(view: &View<'_>, oid: &Oid) -> Result<CommitDetail> {
    let object = view.object_of(oid, Kind::Commit)?;
    let text = commit::text(&object.data);
    let message = text.message.get(..MESSAGE).unwrap_or(text.message);
    Ok(CommitDetail {
        oid: oid.to_hex(),
        tree: gitflare_git::object::commit_head(&object.data, view.format)?.tree.to_hex(),
        author: person(text.author, &text),
        committer: person(text.committer, &text),
        subject: line(&commit::subject(text.message), &text),
        message: commit::decode(message, text.encoding),
        signed: text.is_signed,
        parents: Vec::new(),
    })
}

/// All of a commit, with the ids of its parents.
pub(super) fn whole(view: &View<'_>, oid: &Oid) -> Result<CommitDetail> {
    let mut detail = detail(view, oid)?;
    let object = view.object_of(oid, Kind::Commit)?;
    for parent in gitflare_git::object::commit_head(&object.data, view.format)?.parents {
        detail.parents.push(CommitSummary { oid: parent.to_hex(), ..CommitSummary::default() });
    }
    Ok(detail)
}

/// What the message of the commit with this id says after its subject.
pub(super) fn body(view: &View<'_>, oid: &str) -> Result<String> {
    let Some(oid) = Oid::from_hex(oid) else { return Ok(String::new()) };
    let object = view.object_of(&oid, Kind::Commit)?;
    let text = commit::text(&object.data);
    let body = commit::body(text.message);
    Ok(commit::decode(body.get(..BODY).unwrap_or(body), text.encoding))
}

/// A person as they crossed into an object.
pub(super) fn person(ident: Option<Ident<'_>>, text: &Text<'_>) -> Person {
    let ident = ident.unwrap_or_default();
    Person { name: line(ident.name, text), mail: line(ident.mail, text), time: ident.time, zone: ident.zone }
}

/// One line, not beyond what a page needs.
pub(super) fn line(bytes: &[u8], text: &Text<'_>) -> String {
    let mut line = commit::decode(bytes.get(..4 * LINE).unwrap_or(bytes), text.encoding);
    if let Some((end, _)) = line.char_indices().nth(LINE) {
        line.truncate(end);
    }
    line
}

/// Whether somebody's `Name <mail>` holds one of `wanted`, which are in lower case.
pub(super) fn is_one_of(name: &str, mail: &str, wanted: &[String]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let somebody = format!("{name} <{mail}>").to_lowercase();
    wanted.iter().any(|wanted| somebody.contains(wanted))
}
