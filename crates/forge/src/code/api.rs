//! The groups code and git data of the API: what there is to read. One command to the repository for each answer, and one
//! question to the site for the accounts of those who committed.

mod commits;
mod compare;
mod contents;
mod data;
mod files;
mod people;
mod question;
mod refs;

use axum::{Router, routing::get};

use crate::host::Forge;
use question::Question;

/// The routes of the groups.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    data_routes(code_routes(routes))
}

fn code_routes(routes: Router<Forge>) -> Router<Forge> {
    let base = "/api/v3/repos/{owner}/{repository}";
    routes
        .route(&format!("{base}/branches"), get(refs::branches))
        .route(&format!("{base}/branches/{{*rest}}"), get(refs::branch))
        .route(&format!("{base}/tags"), get(refs::tags))
        .route(&format!("{base}/commits"), get(commits::list))
        .route(&format!("{base}/commits/{{*rest}}"), get(commits::one))
        .route(&format!("{base}/compare/{{*rest}}"), get(compare::show))
        .route(&format!("{base}/contents"), get(contents::show))
        .route(&format!("{base}/contents/"), get(contents::show))
        .route(&format!("{base}/contents/{{*rest}}"), get(contents::show))
        .route(&format!("{base}/readme"), get(contents::readme))
        .route(&format!("{base}/readme/{{*rest}}"), get(contents::readme))
        .route(&format!("{base}/tarball/{{*rest}}"), get(contents::tarball))
        .route(&format!("{base}/zipball/{{*rest}}"), get(contents::zipball))
}

fn data_routes(routes: Router<Forge>) -> Router<Forge> {
    let base = "/api/v3/repos/{owner}/{repository}";
    routes
        .route(&format!("{base}/git/blobs/{{sha}}"), get(data::blob))
        .route(&format!("{base}/git/trees/{{*rest}}"), get(data::tree))
        .route(&format!("{base}/git/commits/{{sha}}"), get(data::commit))
        .route(&format!("{base}/git/tags/{{sha}}"), get(data::tag))
        .route(&format!("{base}/git/ref/{{*rest}}"), get(refs::reference))
        .route(&format!("{base}/git/matching-refs/{{*rest}}"), get(refs::matching))
}
