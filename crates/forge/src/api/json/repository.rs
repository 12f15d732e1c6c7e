//! Repositories: one shape wherever one is shown, which is the fullest.

use serde_json::{Value, json};

use super::{extend, node_id, or_null, permissions, time, user};
use crate::{
    access::Role,
    actor::Actor,
    api::BASE,
    http::Origin,
    repositories::{Repository, Standing},
};

/// What hangs below a repository's address.
const LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// A repository, and what the actor may do there.
pub(crate) fn full(origin: &Origin, actor: &Actor, standing: &Standing) -> Value {
    let repository = &standing.repository;
    let mut json = named(origin, repository);
    extend(&mut json, links(origin, repository));
    extend(&mut json, state(repository));
    if !actor.is_anonymous() {
        let role = if actor.is_administrator() { Some(Role::Admin) } else { standing.role };
        extend(&mut json, json!({ "permissions": permissions(role) }));
    }
    json
}

fn named(origin: &Origin, repository: &Repository) -> Value {
    let full_name = repository.full_name().to_string();
    let html_url = origin.url(&format!("/{full_name}"));
    json!({
        "id": repository.id.0,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name.as_str(),
        "full_name": full_name,
        "owner": user::simple(origin, repository.owner_id, repository.owner.as_str()),
        "private": repository.is_private(),
        "visibility": repository.visibility.name(),
        "description": or_null(&repository.description),
        "homepage": or_null(&repository.website),
        "topics": repository.topics.iter().map(Value::from).collect::<Value>(),
        "url": origin.url(&format!("{BASE}/repos/{full_name}")),
        "clone_url": format!("{html_url}.git"),
        "git_url": format!("git://{}/{full_name}.git", origin.authority()),
        "ssh_url": format!("git@{}:{full_name}.git", origin.authority()),
        "svn_url": html_url,
        "mirror_url": null,
        "html_url": html_url,
    })
}

fn links(origin: &Origin, repository: &Repository) -> Value {
    let url = origin.url(&format!("{BASE}/repos/{}", repository.full_name()));
    LINKS.iter().map(|(name, rest)| ((*name).to_owned(), format!("{url}{rest}"))).collect()
}

fn state(repository: &Repository) -> Value {
    // What was never pushed to was last touched when it was made.
    let pushed_at = time(repository.pushed_at.unwrap_or(repository.created_at));
    let stars = repository.stars;
    json!({
        "fork": false,
        "is_template": false,
        "archived": repository.archived,
        "disabled": false,
        "default_branch": shown(&repository.default_branch),
        "size": repository.size / 1024,
        "language": null,
        "license": null,
        "stargazers_count": stars,
        "watchers": stars,
        "watchers_count": stars,
        "subscribers_count": 0,
        "forks": 0,
        "forks_count": 0,
        "network_count": 0,
        "open_issues": 0,
        "open_issues_count": 0,
        "has_issues": false,
        "has_projects": false,
        "has_wiki": false,
        "has_pages": false,
        "has_downloads": false,
        "has_discussions": false,
        "allow_forking": false,
        "web_commit_signoff_required": false,
        "created_at": time(repository.created_at),
        "pushed_at": pushed_at,
        "updated_at": pushed_at,
    })
}

/// A branch's name as people read it: in JSON there is no other way than UTF-8.
pub(crate) fn shown(encoded: &str) -> String {
    percent_encoding::percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}
