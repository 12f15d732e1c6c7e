//! The group meta: where everything is, what runs here, and how much one may ask.

use axum::{Router, extract::State, routing::get};
use serde_json::{Value, json};

use super::{Answer, BASE, head};
use crate::{host::Forge, http::Origin};

/// The routes of the group.
pub(super) fn routes(routes: Router<Forge>) -> Router<Forge> {
    routes
        .route("/api/v3", get(root))
        .route("/api/v3/", get(root))
        .route("/api/v3/meta", get(meta))
        .route("/api/v3/rate_limit", get(rate_limit))
}

const ADDRESSES: &[(&str, &str)] = &[
    ("current_user_url", "/user"),
    ("authorizations_url", "/authorizations"),
    ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
    ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
    ("emails_url", "/user/emails"),
    ("emojis_url", "/emojis"),
    ("events_url", "/events"),
    ("feeds_url", "/feeds"),
    ("followers_url", "/user/followers"),
    ("following_url", "/user/following{/target}"),
    ("gists_url", "/gists{/gist_id}"),
    ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
    ("issues_url", "/issues"),
    ("keys_url", "/user/keys"),
    ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
    ("notifications_url", "/notifications"),
    ("organization_url", "/orgs/{org}"),
    ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
    ("organization_teams_url", "/orgs/{org}/teams"),
    ("public_gists_url", "/gists/public"),
    ("rate_limit_url", "/rate_limit"),
    ("repository_url", "/repos/{owner}/{repo}"),
    ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
    ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
    ("starred_url", "/user/starred{/owner}{/repo}"),
    ("starred_gists_url", "/gists/starred"),
    ("topic_search_url", "/search/topics?q={query}{&page,per_page}"),
    ("user_url", "/users/{user}"),
    ("user_organizations_url", "/user/orgs"),
    ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
    ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
];

/// `GET /`.
async fn root(origin: Origin) -> Answer {
    let mut all: Value = ADDRESSES
        .iter()
        .map(|(name, path)| ((*name).to_owned(), origin.url(&format!("{BASE}{path}"))))
        .collect();
    let authorizations = origin.url("/settings/connections/applications{/client_id}");
    super::json::extend(&mut all, json!({ "current_user_authorizations_html_url": authorizations }));
    Answer::ok(all)
}

/// `GET /meta`.
async fn meta() -> Answer {
    Answer::ok(json!({ "verifiable_password_authentication": false, "installed_version": head::VERSION }))
}

/// How much one may ask. It is said because clients look for it; nobody is counted, because counting would cost more than
/// most answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// Requests in an hour.
    pub(super) limit: i64,
    /// When the next hour begins, in Unix seconds.
    pub(super) reset: i64,
}

impl Limit {
    pub(super) fn now(forge: &Forge) -> Self {
        Self { limit: 15_000, reset: (forge.now() / 3_600 + 1) * 3_600 }
    }

    fn json(self) -> Value {
        json!({ "limit": self.limit, "used": 0, "remaining": self.limit, "reset": self.reset })
    }
}

/// What a path counts towards.
pub(super) fn resource(path: &str) -> &'static str {
    if path.starts_with("/api/v3/search/") { "search" } else { "core" }
}

/// `GET /rate_limit`.
async fn rate_limit(State(forge): State<Forge>) -> Answer {
    let limit = Limit::now(&forge).json();
    Answer::ok(json!({ "resources": { "core": limit, "search": limit, "graphql": limit }, "rate": limit }))
}
