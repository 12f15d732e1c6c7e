//! Administration: every repository of the site.

use axum::response::Response;
use maud::html;

use super::page;
use crate::access::{Administration, act::SeeSite};
use crate::repositories::listing::{Search, Whose};
use crate::repositories::pages::rows;
use crate::ui::bytes;
use crate::ui::visit::Visit;
use crate::{Error, Result};

const HERE: &str = "/admin/repositories";

/// `GET /admin/repositories`.
pub(super) async fn index(visit: Visit, _access: Administration<SeeSite>) -> Result<Response> {
    let search = Search::asked(Whose::Anybodys, &visit);
    let answers = visit.forge.site().batch(vec![search.bind(&visit.actor)]).await?;
    let answer = answers.first().ok_or_else(|| Error::internal("one answer expected"))?;
    let found = search.read(&visit.actor, answer)?;
    let none = html! { p.empty { "Nothing matches." } };
    let size: u64 = found.repositories.iter().map(|one| u64::try_from(one.size).unwrap_or(0)).sum();
    let content = rows::list(&found.repositories, visit.forge.now(), &none);
    let content = html! {
        h1 { "Repositories" }
        (rows::around(HERE, &[], &search, found.more, &content))
        @if !found.repositories.is_empty() { p.hint { "Those on this page hold " (bytes::size(size)) ". Opening a private one without a role on it is written to the audit log." } }
    };
    Ok(page(HERE, "Repositories", &content).respond(&visit.frame))
}
