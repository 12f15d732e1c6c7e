//! The frame of every page: the only place that writes `<html>`.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use maud::{DOCTYPE, Markup, html};

use super::{assets, header, text};
use crate::accounts::Account;

/// The name in the header, in titles and in the footer.
pub(crate) const PRODUCT: &str = "Gitflare";

/// What frames a page, taken from the request once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    /// Who is signed in.
    pub viewer: Option<Viewer>,
    /// The value of the hidden field that proves a form is ours; empty without a login session.
    pub token: String,
    /// Light, dark, or as the system says.
    pub theme: Theme,
    /// Whether single keys do nothing.
    pub keys_off: bool,
    /// Path and query of this page, to come back to after signing in.
    pub here: String,
    /// Whether strangers may make an account.
    pub may_sign_up: bool,
    /// Whether the reader asked for few bytes.
    pub saves_data: bool,
}

/// Who is signed in, as far as the frame shows it.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// The account's name.
    pub name: String,
    /// Its id, for its picture.
    pub id: i64,
    /// Whether it administers the site.
    pub administrator: bool,
}

impl Viewer {
    /// The viewer an account is.
    pub(crate) fn of(account: &Account) -> Self {
        Self { name: account.name.to_string(), id: account.id.0, administrator: account.administrator }
    }
}

/// What a reader chose about colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Theme {
    /// From the value of the cookie `theme`, or of a form.
    pub(crate) fn parse(value: &str) -> Self {
        match value {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The value of the cookie.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// One step of the path in the header.
#[derive(Debug, Clone)]
pub(crate) struct Crumb {
    /// What it is called.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

/// How wide a page's content is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Lists and code.
    #[default]
    Wide,
    /// Forms and running text.
    Column,
    /// Signing in, and one-step forms.
    Narrow,
}

/// A page, ready to be framed.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// For the browser's tab; the product's name is added.
    pub title: String,
    /// The path in the header.
    pub crumbs: Vec<Crumb>,
    /// The row of tabs below the header.
    pub tabs: Option<Markup>,
    /// How wide.
    pub shape: Shape,
    /// The status of the reply.
    pub status: StatusCode,
    /// The content.
    pub main: Markup,
}

impl Page {
    /// A page with this title and content.
    pub(crate) fn new(title: impl Into<String>, main: Markup) -> Self {
        Self {
            title: title.into(),
            crumbs: Vec::new(),
            tabs: None,
            shape: Shape::Wide,
            status: StatusCode::OK,
            main,
        }
    }

    /// The same in another width.
    pub(crate) fn shape(self, shape: Shape) -> Self {
        Self { shape, ..self }
    }

    /// The same with another status. Pages that return a form with errors say so first in their title.
    pub(crate) fn status(self, status: StatusCode) -> Self {
        let title = if status == StatusCode::UNPROCESSABLE_ENTITY && !self.title.starts_with("Error: ") {
            format!("Error: {}", self.title)
        } else {
            self.title
        };
        Self { status, title, ..self }
    }

    /// The same with a path in the header.
    pub(crate) fn crumbs(self, crumbs: Vec<Crumb>) -> Self {
        Self { crumbs, ..self }
    }

    /// The same with tabs.
    pub(crate) fn tabs(self, tabs: Markup) -> Self {
        Self { tabs: Some(tabs), ..self }
    }

    /// The reply.
    pub(crate) fn respond(self, frame: &Frame) -> Response {
        let status = self.status;
        let body = self.document(frame).into_string();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response
    }

    fn document(&self, frame: &Frame) -> Markup {
        let theme = frame.theme.name();
        let shape = match self.shape {
            Shape::Wide => "wide",
            Shape::Column => "column",
            Shape::Narrow => "narrow",
        };
        html! {
            (DOCTYPE)
            html lang="en" data-theme=(theme) data-keys=(if frame.keys_off { "off" } else { "on" }) {
                head {
                    meta charset="utf-8";
                    title { (self.title) " · " (PRODUCT) }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content=(match frame.theme {
                        Theme::System => "light dark",
                        Theme::Light => "light",
                        Theme::Dark => "dark",
                    });
                    @if !frame.saves_data {
                        @for font in assets::PRELOADED {
                            link rel="preload" as="font" type="font/woff2" href=(format!("/static/{font}")) crossorigin;
                        }
                    }
                    link rel="stylesheet" href=(assets::style_path());
                    script type="module" src=(assets::script_path()) {}
                    link rel="icon" type="image/svg+xml" href=(assets::mark_path());
                }
                body {
                    a.skip href="#main" { "Skip to content" }
                    (header::top(frame, &self.crumbs))
                    @if let Some(tabs) = &self.tabs { (tabs) }
                    main #main .(shape) tabindex="-1" { (self.main) }
                    (header::bottom(frame))
                    div #announcer .visually-hidden aria-live="polite" {}
                }
            }
        }
    }
}

/// The address that asks for a name and password and then comes back to `here`.
pub(crate) fn sign_in_path(here: &str) -> String {
    match here {
        "" | "/" | "/login" | "/logout" | "/signup" => "/login".to_owned(),
        // Its address holds a secret, and it does not exist for those who can sign in.
        here if here.starts_with("/setup") => "/login".to_owned(),
        here if here.starts_with("/login?") => here.to_owned(),
        here => format!("/login?next={}", text::query(here)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Crumb, Frame, Page, Viewer, sign_in_path};

    #[test]
    fn what_a_frame_is_given_is_escaped() {
        let viewer = Viewer { name: "ada".into(), id: 1, administrator: false };
        let frame = Frame { viewer: Some(viewer), token: "t&1".into(), ..Frame::default() };
        let crumbs = vec![Crumb { label: "<script>".into(), href: "/x".into() }];
        let page = Page::new("A <title>", maud::html! { h1 { "Hi" } }).crumbs(crumbs);
        let html = page.clone().document(&frame).into_string();
        super::super::testing::assert_harmless(&html, "frame");
        assert!(html.contains("<title>A &lt;title&gt; · Gitflare</title>"));
        assert!(html.contains("value=\"t&amp;1\""));
        let response = page.respond(&frame);
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    }

    #[test]
    fn signing_in_comes_back() {
        assert_eq!(sign_in_path("/ada/x?a=1&b=2"), "/login?next=/ada/x?a%3D1%26b%3D2");
        assert_eq!(sign_in_path("/login?next=/ada"), "/login?next=/ada");
        assert_eq!(sign_in_path("/"), "/login");
        assert_eq!(sign_in_path("/setup?token=x"), "/login");
    }
}
