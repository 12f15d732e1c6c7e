//! Repositories in a list.

use maud::{Markup, html};

use crate::code;
use crate::repositories::listing::{Kind, Order, Search};
use crate::repositories::{Repository, Topics};
use crate::ui::list::{self, Picker};
use crate::ui::{icon, text, time};

/// The list, or what stands there when there is none.
pub(crate) fn list(repositories: &[Repository], now: i64, none: &Markup) -> Markup {
    html! {
        @if repositories.is_empty() {
            (none)
        } @else {
            ul.rows { @for repository in repositories { (row(repository, now)) } }
        }
    }
}

/// One of them.
pub(crate) fn row(repository: &Repository, now: i64) -> Markup {
    html! {
        li {
            @if repository.is_private() { (icon::lock()) } @else { (icon::repository()) }
            div.what {
                a.title href=(format!("/{}", repository.full_name())) { (repository.full_name()) }
                " " (code::badges(repository))
                @if !repository.description.is_empty() { p { (text::visible(&repository.description)) } }
                (topics(&repository.topics))
            }
            div.side {
                @if repository.stars > 0 { (stars(repository.stars)) }
                span {
                    @match repository.pushed_at {
                        Some(at) => { "pushed " (time::time(at, now)) }
                        None => "no pushes yet",
                    }
                }
            }
        }
    }
}

/// What a repository is about, each the way to others of its kind.
pub(crate) fn topics(topics: &Topics) -> Markup {
    html! {
        @if !topics.is_empty() {
            ul.topics aria-label="Topics" {
                @for topic in topics.iter() { li { a href=(format!("/explore?topic={topic}")) { (topic) } } }
            }
        }
    }
}

/// How many stars.
pub(crate) fn stars(count: i64) -> Markup {
    html! {
        span.stars {
            (icon::star()) (count)
            span.visually-hidden { @if count == 1 { " star" } @else { " stars" } }
        }
    }
}

/// The form above the list, and the way to its next page.
pub(crate) fn around(
    path: &str,
    kept: &[(&str, &str)],
    search: &Search,
    more: bool,
    content: &Markup,
) -> Markup {
    let pickers = [
        Picker {
            name: "type",
            label: "Kind",
            chosen: search.kind.name(),
            options: Kind::ALL.map(|(_, name, words)| (name, words)).to_vec(),
        },
        Picker {
            name: "sort",
            label: "Order",
            chosen: search.order.name(),
            options: Order::ALL.map(|(_, name, words)| (name, words)).to_vec(),
        },
    ];
    let mut kept = kept.to_vec();
    let without = list::address(path, &kept);
    if !search.topic.is_empty() {
        kept.push(("topic", &search.topic));
    }
    let mut parameters = kept.clone();
    parameters.push(("q", search.words.trim()));
    if search.kind != Kind::All {
        parameters.push(("type", search.kind.name()));
    }
    if search.order != Order::Pushed {
        parameters.push(("sort", search.order.name()));
    }
    html! {
        (list::filter(path, &search.words, "Find a repository", &kept, &pickers))
        @if !search.topic.is_empty() {
            p.narrowed { "About " strong { (text::visible(&search.topic)) } ". " a href=(without) { "Show all" } }
        }
        (content)
        (list::pager(path, &parameters, search.page, more))
    }
}
