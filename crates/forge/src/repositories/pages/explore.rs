//! `/explore`: the public repositories, and the search box's answer: everything the reader may see.

use axum::response::Response;
use maud::html;

use super::rows;
use crate::repositories::listing::{Search, Whose};
use crate::ui::Page;
use crate::ui::visit::Visit;
use crate::{Error, Result};

/// `GET /explore`.
pub(crate) async fn show(visit: Visit) -> Result<Response> {
    let search = Search::asked(Whose::Anybodys, &visit);
    let answers = visit.forge.site().batch(vec![search.bind(&visit.actor)]).await?;
    let answer = answers.first().ok_or_else(|| Error::internal("one answer expected"))?;
    let found = search.read(&visit.actor, answer)?;
    let none = html! {
        p.empty {
            @if search.words.trim().is_empty() && search.page == 1 { "There is no repository here that you can see." }
            @else { "Nothing matches. Try fewer letters, or another kind." }
        }
    };
    let content = rows::list(&found.repositories, visit.forge.now(), &none);
    let main = html! {
        div.head { h1 { "Explore" } }
        (rows::around("/explore", &[], &search, found.more, &content))
    };
    Ok(Page::new("Explore", main).respond(&visit.frame))
}
