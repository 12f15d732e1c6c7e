//! Accounts. Who administers the site is said to themselves alone, and an e-mail address is its owner's business.

use serde_json::{Value, json};

use super::{extend, node_id, or_null, time};
use crate::{accounts::About, api::BASE, http::Origin, ids::AccountId};

/// An account as it stands beside something else.
pub(crate) fn simple(origin: &Origin, id: AccountId, name: &str) -> Value {
    let url = origin.url(&format!("{BASE}/users/{name}"));
    json!({
        "login": name,
        "id": id.0,
        "node_id": node_id("User", id),
        "avatar_url": origin.url(&format!("/avatars/{id}")),
        "gravatar_id": "",
        "url": url,
        "html_url": origin.url(&format!("/{name}")),
        "followers_url": format!("{url}/followers"),
        "following_url": format!("{url}/following{{/other_user}}"),
        "gists_url": format!("{url}/gists{{/gist_id}}"),
        "starred_url": format!("{url}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{url}/subscriptions"),
        "organizations_url": format!("{url}/orgs"),
        "repos_url": format!("{url}/repos"),
        "events_url": format!("{url}/events{{/privacy}}"),
        "received_events_url": format!("{url}/received_events"),
        "type": "User",
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// An account as everybody sees it.
pub(crate) fn public(origin: &Origin, about: &About) -> Value {
    let mut user = simple(origin, about.id, about.name.as_str());
    let created = time(about.created_at);
    extend(
        &mut user,
        json!({
            "name": or_null(&about.full_name),
            "company": null,
            "blog": null,
            "location": null,
            "email": null,
            "hireable": null,
            "bio": or_null(&about.bio),
            "twitter_username": null,
            "public_repos": about.public_repositories,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": created,
            "updated_at": created,
        }),
    );
    user
}

/// An account as it sees itself.
pub(crate) fn private(origin: &Origin, about: &About) -> Value {
    let mut user = public(origin, about);
    extend(
        &mut user,
        json!({
            "user_view_type": "private",
            "site_admin": about.administrator,
            "email": about.email,
            "notification_email": about.email,
            "private_gists": 0,
            "total_private_repos": about.private_repositories,
            "owned_private_repos": about.private_repositories,
            "disk_usage": about.size / 1024,
            "collaborators": about.collaborators,
            "two_factor_authentication": false,
        }),
    );
    user
}
