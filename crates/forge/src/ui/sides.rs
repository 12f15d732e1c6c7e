//! Pages that belong together: a list of them, and one of them beside it.

use maud::{Markup, html};

/// The list and the content.
pub(crate) fn sides(label: &str, pages: &[(&str, &str)], current: &str, content: &Markup) -> Markup {
    html! {
        div.sides {
            nav aria-label=(label) {
                ul {
                    @for (href, words) in pages {
                        li { a href=(href) aria-current=[(*href == current).then_some("page")] { (words) } }
                    }
                }
            }
            div.content { (content) }
        }
    }
}
