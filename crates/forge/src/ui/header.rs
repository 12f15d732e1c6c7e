//! The header and the footer of every page.

use maud::{Markup, html};

use super::page::{Crumb, Frame, PRODUCT, Viewer, sign_in_path};
use super::{avatar, form, icon};

/// The header: the mark, where one is, the search box, and one's own menu.
pub(super) fn top(frame: &Frame, crumbs: &[Crumb]) -> Markup {
    html! {
        header.top {
            a.home href="/" data-keys="g h" data-keys-label="start page" { span.mark aria-hidden="true" {} (PRODUCT) }
            @if !crumbs.is_empty() {
                nav.crumbs aria-label="Breadcrumb" {
                    ol {
                        @for (index, crumb) in crumbs.iter().enumerate() {
                            li {
                                a href=(crumb.href) aria-current=[(index + 1 == crumbs.len()).then_some("page")] { (crumb.label) }
                            }
                        }
                    }
                }
            }
            form.jump role="search" action="/explore" {
                (icon::search())
                input #jump type="search" name="q" placeholder="Find a repository" aria-label="Find a repository"
                    autocomplete="off" maxlength="200" data-keys="/" data-keys-label="find a repository";
                kbd aria-hidden="true" { "/" }
            }
            nav.own aria-label="Account" { (account(frame)) }
        }
    }
}

fn account(frame: &Frame) -> Markup {
    html! {
        a.explore href="/explore" { (icon::search()) span { "Explore" } }
        @match &frame.viewer {
            Some(viewer) => {
                a.new href="/new" { (icon::plus()) span { "New" span.visually-hidden { " repository" } } }
                (menu(frame, viewer))
            }
            None => {
                @if frame.may_sign_up { a href="/signup" { "Create account" } }
                a rel="nofollow" href=(sign_in_path(&frame.here)) { "Sign in" }
            }
        }
    }
}

/// One's own menu. Without script it is a disclosure.
fn menu(frame: &Frame, viewer: &Viewer) -> Markup {
    html! {
        details.menu.you {
            summary {
                (avatar::stamp(viewer.id, 20))
                span.who { (viewer.name) }
                (icon::chevron())
            }
            div.popover {
                ul {
                    li { a href=(format!("/{}", viewer.name)) { (icon::person()) "Your profile" } }
                    li { a href=(format!("/{}?tab=stars", viewer.name)) { (icon::star()) "Your stars" } }
                    li { a href="/settings" data-keys="g s" { (icon::settings()) "Settings" } }
                    @if viewer.administrator {
                        li { a href="/admin" { (icon::shield()) "Site administration" } }
                    }
                }
                form method="post" action="/logout" {
                    (form::token(&frame.token))
                    button type="submit" { (icon::sign_out()) "Sign out" }
                }
            }
        }
    }
}

/// The footer.
pub(super) fn bottom(frame: &Frame) -> Markup {
    html! {
        footer.bottom {
            span { (PRODUCT) " " (env!("CARGO_PKG_VERSION")) }
            a href="/about/licences" { "Licences" }
            @if !frame.keys_off { span.keys-hint { kbd { "?" } " keyboard" } }
        }
    }
}
