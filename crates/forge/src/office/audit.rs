//! Administration: what happened.

use axum::response::Response;
use maud::{Markup, html};

use super::{ROWS, page};
use crate::Result;
use crate::access::{Administration, act::SeeSite};
use crate::audit::{self, Listed};
use crate::ui::visit::Visit;
use crate::ui::{list, text, time};

const HERE: &str = "/admin/audit";

/// `GET /admin/audit`.
pub(super) async fn index(visit: Visit, access: Administration<SeeSite>) -> Result<Response> {
    let words = visit.query("q").unwrap_or_default();
    let before = visit.query("before").and_then(|id| id.parse().ok());
    let mut entries = audit::page(&visit.forge, &access, &words, before, ROWS + 1).await?;
    let more = i64::try_from(entries.len()).unwrap_or(0) > ROWS;
    entries.truncate(usize::try_from(ROWS).unwrap_or_default());
    let now = visit.forge.now();
    let last = entries.last().map(|entry| entry.id);
    let content = html! {
        h1 { "Audit log" }
        (list::filter(HERE, &words, "Find who, what or whom", &[], &[]))
        @if entries.is_empty() { p.empty { "Nothing matches." } } @else { (table(&entries, now)) }
        @if let (true, Some(id)) = (more, last) {
            nav.pager aria-label="Pages" {
                a.button rel="next" href=(format!("{HERE}?q={}&before={id}", text::query(&words))) { "Older" }
            }
        }
    };
    Ok(page(HERE, "Audit log", &content).respond(&visit.frame))
}

fn table(entries: &[Listed], now: i64) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Entries" {
            table.data.log {
                caption.visually-hidden { "What happened, the newest first" }
                thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "To what" } } }
                tbody {
                    @for entry in entries {
                        tr {
                            td { (time::time(entry.at, now)) }
                            td { (text::visible(&entry.actor)) }
                            td { code { (entry.action) } }
                            td { (text::visible(&entry.subject))
                                @if !entry.detail.is_empty() { " " span.meta { (text::visible(&entry.detail)) } } }
                        }
                    }
                }
            }
        }
    }
}
