//! What frames every page of a repository: the path in the header, the tabs, and the line with its name.

use maud::{Markup, html};

use crate::access::{Access, Act, Action};
use crate::repositories::{Repository, Standing};
use crate::ui::{Crumb, Frame, form, icon};

/// The tabs of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Its folders and files.
    Code,
    /// Its settings.
    Settings,
}

/// The path in the header.
pub(crate) fn crumbs(repository: &Repository) -> Vec<Crumb> {
    let (owner, name) = (repository.owner.to_string(), repository.name.to_string());
    vec![
        Crumb { href: format!("/{owner}"), label: owner.clone() },
        Crumb { href: format!("/{owner}/{name}"), label: name },
    ]
}

/// The row of tabs. A single tab is no choice and therefore not shown.
pub(crate) fn tabs<A: Act<Subject = Standing>>(access: &Access<A>, current: Tab) -> Markup {
    let home = format!("/{}", access.repository().full_name());
    let mut all = vec![(Tab::Code, "Code", home.clone())];
    if access.may(Action::SeeSettings) || access.may(Action::Describe) {
        all.push((Tab::Settings, "Settings", format!("{home}/settings")));
    }
    html! {
        nav.tabs aria-label="Repository" {
            ul {
                @for (tab, label, href) in &all {
                    li { a href=(href) aria-current=[(*tab == current).then_some("page")] { (label) } }
                }
            }
        }
    }
}

/// The name, what is to be known about who sees it, and the star.
pub(crate) fn title_row<A: Act<Subject = Standing>>(access: &Access<A>, frame: &Frame) -> Markup {
    let repository = access.repository();
    html! {
        div.repo-head {
            h1 { (repository.name.as_str()) }
            (badges(repository))
            (star(repository, access.subject().starred_at.is_some(), frame))
        }
        @if access.by_office() && repository.is_private() {
            p.notice.care { (icon::lock()) span { "You see this private repository because you administer the site." } }
        }
    }
}

/// The button that gives a star or takes it back; for who is not signed in, how many there are.
fn star(repository: &Repository, starred: bool, frame: &Frame) -> Markup {
    let count = repository.stars;
    html! {
        @if frame.viewer.is_some() {
            form.star method="post" action=(format!("/{}/star", repository.full_name())) data-soft {
                (form::token(&frame.token))
                input type="hidden" name="next" value=(frame.here);
                @if starred { input type="hidden" name="_method" value="DELETE"; }
                button #star type="submit" aria-pressed=(starred) {
                    (icon::star()) @if starred { "Starred" } @else { "Star" }
                    span.count { (count) }
                }
            }
        } @else if count > 0 {
            span.stars.star { (icon::star()) (count) span.visually-hidden { " stars" } }
        }
    }
}

/// Private, public, archived: always in words.
pub(crate) fn badges(repository: &Repository) -> Markup {
    html! {
        @if repository.is_private() {
            span.badge { (icon::lock()) "Private" }
        } @else {
            span.badge { (icon::globe()) "Public" }
        }
        @if repository.archived { span.badge { "Archived, read-only" } }
    }
}
