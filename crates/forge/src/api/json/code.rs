//! Commits, files and git's own things. Names and messages that are not UTF-8 are shown with replacement characters; in
//! addresses they are exact.

use gitflare_port::{
    data::{Name, TagObject, Tree},
    log::{CommitDetail, Person},
};
use serde_json::{Value, json};

use super::{extend, node_id, time};
use crate::{api::BASE, http::Origin, ids::RepositoryId, repositories::Repository, ui::text};

/// Times that have four digits for the year.
const TIMES: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// Addresses of one repository.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    api: String,
    html: String,
    id: RepositoryId,
}

impl Links {
    pub(crate) fn new(origin: &Origin, repository: &Repository) -> Self {
        let name = repository.full_name();
        let (api, html) = (origin.url(&format!("{BASE}/repos/{name}")), origin.url(&format!("/{name}")));
        Self { api, html, id: repository.id }
    }

    /// An operation's address.
    pub(crate) fn api(&self, rest: &str) -> String {
        format!("{}/{rest}", self.api)
    }

    /// A page's address.
    pub(crate) fn html(&self, rest: &str) -> String {
        format!("{}/{rest}", self.html)
    }

    /// The id of something in it.
    pub(crate) fn node(&self, kind: &str, what: &str) -> String {
        node_id(kind, format!("{}:{what}", self.id))
    }

    fn object(&self, kind: &str, oid: &str) -> Value {
        json!({ "type": kind, "sha": oid, "url": self.api(&format!("git/{kind}s/{oid}")) })
    }

    /// A commit as it is pointed at.
    pub(crate) fn pointer(&self, oid: &str) -> Value {
        json!({ "sha": oid, "url": self.api(&format!("commits/{oid}")) })
    }
}

/// A commit, and the accounts of who wrote and who committed it.
pub(crate) fn commit(links: &Links, commit: &CommitDetail, (author, committer): (Value, Value)) -> Value {
    let oid = &commit.oid;
    let url = links.api(&format!("commits/{oid}"));
    let mut inner = json!({
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "message": message(commit),
        "tree": tree(links, &commit.tree),
        "url": links.api(&format!("git/commits/{oid}")),
        "comment_count": 0,
    });
    extend(&mut inner, json!({ "verification": verification(commit.signed) }));
    let parents = commit.parents.iter().map(|parent| {
        let mut json = links.pointer(&parent.oid);
        extend(&mut json, json!({ "html_url": links.html(&format!("commit/{}", parent.oid)) }));
        json
    });
    json!({
        "sha": oid,
        "node_id": links.node("Commit", oid),
        "commit": inner,
        "comments_url": format!("{url}/comments"),
        "url": url,
        "html_url": links.html(&format!("commit/{oid}")),
        "author": author,
        "committer": committer,
        "parents": parents.collect::<Value>(),
    })
}

/// A commit as git has it.
pub(crate) fn git_commit(links: &Links, commit: &CommitDetail) -> Value {
    let oid = &commit.oid;
    let pointer = |oid: &str| {
        json!({
            "sha": oid,
            "url": links.api(&format!("git/commits/{oid}")),
            "html_url": links.html(&format!("commit/{oid}")),
        })
    };
    let mut json = pointer(oid);
    extend(
        &mut json,
        json!({
            "node_id": links.node("Commit", oid),
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": message(commit),
            "tree": tree(links, &commit.tree),
            "parents": commit.parents.iter().map(|parent| pointer(&parent.oid)).collect::<Value>(),
            "verification": verification(commit.signed),
        }),
    );
    json
}

fn tree(links: &Links, oid: &str) -> Value {
    json!({ "sha": oid, "url": links.api(&format!("git/trees/{oid}")) })
}

/// GitHub leaves the last line's end out.
fn message(commit: &CommitDetail) -> &str {
    commit.message.trim_end_matches('\n')
}

fn person(person: &Person) -> Value {
    let date = time(person.time.clamp(TIMES.0, TIMES.1));
    json!({ "name": person.name, "email": person.mail, "date": date })
}

/// No key is known yet.
fn verification(is_signed: bool) -> Value {
    let reason = if is_signed { "unknown_key" } else { "unsigned" };
    json!({ "verified": false, "reason": reason, "signature": null, "payload": null, "verified_at": null })
}

/// A ref.
pub(crate) fn reference(links: &Links, name: &Name) -> Value {
    let shown = text::decoded(&name.name);
    json!({
        "ref": shown,
        "node_id": links.node("Ref", &name.name),
        "url": links.api(&format!("git/{}", text::path(&name.name))),
        "object": links.object(&name.kind, &name.oid),
    })
}

/// A tree as git has it.
pub(crate) fn git_tree(links: &Links, tree: &Tree) -> Value {
    let entries = tree.entries.iter().map(|entry| {
        let (kind, folder) = match entry.mode {
            0o040_000 => ("tree", "trees"),
            0o160_000 => ("commit", ""),
            _ => ("blob", "blobs"),
        };
        let mut json = json!({
            "path": text::decoded(&entry.path),
            "mode": format!("{:06o}", entry.mode),
            "type": kind,
            "sha": entry.oid,
        });
        if let Some(size) = entry.size {
            extend(&mut json, json!({ "size": size }));
        }
        if !folder.is_empty() {
            extend(&mut json, json!({ "url": links.api(&format!("git/{folder}/{}", entry.oid)) }));
        }
        json
    });
    json!({
        "sha": tree.oid,
        "url": links.api(&format!("git/trees/{}", tree.oid)),
        "tree": entries.collect::<Value>(),
        "truncated": tree.truncated,
    })
}

/// An annotated tag. One without a tagger is older than git's first release.
pub(crate) fn git_tag(links: &Links, tag: &TagObject) -> Value {
    json!({
        "node_id": links.node("Tag", &tag.oid),
        "tag": tag.name,
        "sha": tag.oid,
        "url": links.api(&format!("git/tags/{}", tag.oid)),
        "message": tag.message,
        "tagger": person(&tag.tagger.clone().unwrap_or_default()),
        "object": links.object(&tag.kind, &tag.target),
        "verification": verification(tag.signed),
    })
}
