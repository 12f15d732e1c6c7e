//! What pages are made of that others made, and under which terms.

use axum::response::Response;
use maud::html;

use crate::ui::visit::Visit;
use crate::ui::{Page, Shape};

/// What is served with the pages: name, what for, and its licence.
const MADE_BY_OTHERS: [(&str, &str, &str); 6] = [
    (
        "Hanken Grotesk",
        "the typeface of everything the site says",
        include_str!("../assets/licences/hanken-grotesk.txt"),
    ),
    (
        "Source Serif 4",
        "the typeface of what people write",
        include_str!("../assets/licences/source-serif-4.txt"),
    ),
    ("JetBrains Mono", "the typeface of code", include_str!("../assets/licences/jetbrains-mono.txt")),
    ("Lucide", "some of the icons", include_str!("../assets/licences/lucide.txt")),
    ("Syntaxmate", "the colours of code", include_str!("../assets/licences/syntaxmate.txt")),
    ("idiomorph", "changes a page into the next one", include_str!("../assets/licences/idiomorph.txt")),
];

/// `GET /about/licences`.
pub(crate) async fn licences(visit: Visit) -> Response {
    let main = html! {
        h1 { "Licences" }
        p.lede { "What these pages carry that others made." }
        @for (name, purpose, text) in MADE_BY_OTHERS {
            section {
                h2 { (name) }
                p.meta { (purpose) }
                details.licence {
                    summary { "Licence" span.visually-hidden { " of " (name) } }
                    pre.prose-plain { (text) }
                }
            }
        }
    };
    Page::new("Licences", main).shape(Shape::Column).respond(&visit.frame)
}
