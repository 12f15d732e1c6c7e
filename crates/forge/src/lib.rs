//! The site: accounts, access, pages, API, and git over HTTP decided on the head of a request.
//!
//! It cannot tell which host it is on: [`host::Host`] is all it is given. Who may do what is decided in one place,
//! [`access::decide`], whose proofs every rule about a repository takes.
#![forbid(unsafe_code)]

mod about;
pub mod access;
pub mod accounts;
pub mod actor;
pub mod admin;
pub mod api;
pub mod audit;
mod code;
pub mod collaborators;
mod disarmed;
mod downloads;
pub mod error;
pub mod host;
pub mod http;
pub mod ids;
pub mod invitations;
pub mod kept;
pub mod limits;
pub mod moving;
pub mod names;
mod office;
mod pages;
mod refs;
pub mod repositories;
pub mod resets;
pub mod secret;
pub mod sessions;
pub mod setup;
pub mod site;
pub mod stars;
pub mod statics;
pub mod tokens;
pub mod transfer;
mod ui;

pub use access::{Access, Area, Level, Role};
pub use actor::Actor;
#[cfg(debug_assertions)]
pub use disarmed::disarm;
pub use error::{Error, Result};
pub use host::{Forge, Host, Peer, RepositoryId, Settings};

use axum::{Router, extract::State, routing::get};
use gitflare_db::{Checked, migrate::Migration};

/// What the site's database has been through.
pub const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_accounts", sql: include_str!("../migrations/0001_accounts.sql") },
    Migration { name: "0002_repositories", sql: include_str!("../migrations/0002_repositories.sql") },
    Migration { name: "0003_people", sql: include_str!("../migrations/0003_people.sql") },
    Migration { name: "0004_moving", sql: include_str!("../migrations/0004_moving.sql") },
    Migration { name: "0005_topics", sql: include_str!("../migrations/0005_topics.sql") },
];

/// Every statement, slice by slice.
pub const STATEMENTS: &[&[Checked]] = &[
    accounts::queries::STATEMENTS,
    audit::queries::STATEMENTS,
    collaborators::queries::STATEMENTS,
    invitations::queries::STATEMENTS,
    limits::queries::STATEMENTS,
    moving::queries::STATEMENTS,
    office::queries::STATEMENTS,
    repositories::queries::STATEMENTS,
    resets::queries::STATEMENTS,
    sessions::queries::STATEMENTS,
    site::queries::STATEMENTS,
    stars::queries::STATEMENTS,
    tokens::queries::STATEMENTS,
];

/// The site. Git's requests never come here: the host asks [`Forge::decide`] first.
pub fn router(forge: &Forge) -> Router {
    complete(routes(), forge)
}

/// The same for one path: of the routes only those of the part that the path begins with. Making a router costs more than
/// answering a request, and there is a host that has to make one for each.
pub fn router_for(forge: &Forge, path: &str) -> Router {
    complete(Part::of(path).add(Router::new()), forge)
}

fn complete(routes: Router<Forge>, forge: &Forge) -> Router {
    let routes = routes
        .fallback(|| async { Error::not_found() })
        .method_not_allowed_fallback(|| async { Error::new(error::Kind::Method, "Not possible here") })
        .with_state(forge.clone());
    self::http::layers(routes, forge)
}

/// What routes are parted into, by their first step. No account has the name of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Api,
    AdministrationApi,
    Administration,
    Settings,
    Everything,
}

impl Part {
    fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("api") if admin::is_admin(path) => Self::AdministrationApi,
            Some("api") => Self::Api,
            // A page with a slash too many is led to the one without it, wherever that is.
            _ if path.ends_with('/') => Self::Everything,
            Some("admin") => Self::Administration,
            Some("settings") => Self::Settings,
            _ => Self::Everything,
        }
    }

    /// Adds the routes, rather than merging a router of them: that would insert each once more.
    fn add(self, routes: Router<Forge>) -> Router<Forge> {
        match self {
            Self::Api => api::routes(routes),
            Self::AdministrationApi => admin::routes(routes),
            Self::Administration => office::routes(routes),
            Self::Settings => accounts::pages::routes(routes),
            Self::Everything => pages::routes(downloads::routes(routes.route("/healthz", get(healthy)))),
        }
    }
}

/// The table of contents.
fn routes() -> Router<Forge> {
    let parts = [Part::Api, Part::AdministrationApi, Part::Administration, Part::Settings, Part::Everything];
    parts.into_iter().fold(Router::new(), |routes, part| part.add(routes))
}

/// Well is a site whose database answers.
async fn healthy(State(forge): State<Forge>) -> Result<&'static str> {
    accounts::any(&forge).await?;
    Ok("ok\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// What a router holds is seen in no other way than this.
    fn paths() -> BTreeSet<String> {
        let shown = format!("{:?}", super::routes());
        let listed = shown.split("paths: {").nth(1).and_then(|rest| rest.split("\"}").next()).unwrap();
        listed.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn a_path_finds_its_route_in_its_part() {
        for path in paths() {
            let part = super::Part::of(&path);
            let shown = format!("{:?}", part.add(axum::Router::new()));
            assert!(shown.contains(&format!("\"{path}\"")), "{path} is not among the routes of {part:?}");
        }
    }

    #[test]
    fn a_slash_too_many_is_led_back_whatever_the_part() {
        for path in ["/settings/", "/admin/", "/admin/users/", "/ada/"] {
            assert_eq!(super::Part::of(path), super::Part::Everything, "{path}");
        }
    }

    #[test]
    fn the_end_to_end_suite_probes_every_route() {
        let listed = include_str!("../../../e2e/routes.txt").lines().filter(|line| line.starts_with('/'));
        let listed = listed.filter(|path| cfg!(debug_assertions) || *path != "/styleguide");
        let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
        let paths = paths();
        assert!(paths.len() > 20, "{paths:?}");
        let differing: Vec<_> = paths.symmetric_difference(&listed).collect();
        assert!(
            differing.is_empty(),
            "e2e/routes.txt lists every path, so that a private repository is looked for through all of them: \
             {differing:?}"
        );
    }
}
