//! Icons: one function each, drawn on a 24-unit grid with one stroke width, so that they read as one hand.
//!
//! They are decoration beside words: hidden from assistive technology, coloured by the text around them. From
//! [`search`] on they are Lucide's (ISC, `assets/licences/lucide.txt`).

use maud::{Markup, PreEscaped, html};

/// Wraps fixed drawing instructions; nothing that comes from a user ever gets here.
fn svg(drawing: &'static str) -> Markup {
    html! {
        svg.icon width="16" height="16" viewBox="0 0 24 24" aria-hidden="true" {
            (PreEscaped(drawing))
        }
    }
}

/// A folder.
pub(crate) fn folder() -> Markup {
    svg(
        r#"<path d="M3 6.5A1.5 1.5 0 0 1 4.5 5H9l2.5 3h8A1.5 1.5 0 0 1 21 9.5v8a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5z"/>"#,
    )
}

/// A regular file.
pub(crate) fn file() -> Markup {
    svg(
        r#"<path d="M6 4.5A1.5 1.5 0 0 1 7.5 3H14l4 4.5v12a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 19.5z"/><path d="M13.5 3v5H18"/>"#,
    )
}

/// A file that may be run.
pub(crate) fn executable() -> Markup {
    svg(
        r#"<path d="M6 4.5A1.5 1.5 0 0 1 7.5 3H14l4 4.5v12a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 19.5z"/><path d="m9.5 11.5 2.5 2.5-2.5 2.5M13.5 17h1.5"/>"#,
    )
}

/// A symbolic link.
pub(crate) fn symlink() -> Markup {
    svg(
        r#"<path d="M6 11V4.5A1.5 1.5 0 0 1 7.5 3H14l4 4.5v12a1.5 1.5 0 0 1-1.5 1.5H10"/><path d="M3 20v-2.5A2.5 2.5 0 0 1 5.5 15H12m-3-3 3 3-3 3"/>"#,
    )
}

/// A commit of another repository.
pub(crate) fn submodule() -> Markup {
    svg(r#"<path d="M4 8.5 12 4l8 4.5v7L12 20l-8-4.5z"/><path d="m4 8.5 8 4.5 8-4.5M12 13v7"/>"#)
}

/// A branch.
pub(crate) fn branch() -> Markup {
    svg(
        r#"<circle cx="7" cy="5" r="2"/><circle cx="7" cy="19" r="2"/><circle cx="17" cy="8" r="2"/><path d="M7 7v10M17 10c0 4-10 2-10 5"/>"#,
    )
}

/// A tag.
pub(crate) fn tag() -> Markup {
    svg(r#"<path d="M4 4h7.5L20 12.5 12.5 20 4 11.5z"/><circle cx="8.5" cy="8.5" r="1"/>"#)
}

/// A commit.
pub(crate) fn commit() -> Markup {
    svg(r#"<circle cx="12" cy="12" r="3.5"/><path d="M3 12h5.5M15.5 12H21"/>"#)
}

/// A repository.
pub(crate) fn repository() -> Markup {
    svg(r#"<path d="M5 19V5.5A2.5 2.5 0 0 1 7.5 3H19v18H7a2 2 0 0 1 0-4h12"/><path d="M9 7h6"/>"#)
}

/// Only some may see it.
pub(crate) fn lock() -> Markup {
    svg(r#"<rect x="5" y="11" width="14" height="9" rx="1.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#)
}

/// Everybody may see it.
pub(crate) fn globe() -> Markup {
    svg(
        r#"<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3.5 3 3.5 15 0 18M12 3c-3.5 3-3.5 15 0 18"/>"#,
    )
}

/// Something more opens below.
pub(crate) fn chevron() -> Markup {
    svg(r#"<path d="m7 10 5 5 5-5"/>"#)
}

/// The current one of a list, or something that went well.
pub(crate) fn check() -> Markup {
    svg(r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#)
}

/// Something to take care of.
pub(crate) fn alert() -> Markup {
    svg(r#"<path d="M12 4 21 19.5H3z"/><path d="M12 10v4.5M12 17v.01"/>"#)
}

/// A new thing.
pub(crate) fn plus() -> Markup {
    svg(r#"<path d="M12 5v14M5 12h14"/>"#)
}

/// A secret that opens something.
pub(crate) fn key() -> Markup {
    svg(r#"<circle cx="8" cy="15" r="4"/><path d="m11 12 8-8M16 7l2.5 2.5"/>"#)
}

/// Looking for something.
pub(crate) fn search() -> Markup {
    svg(r#"<path d="m21 21-4.34-4.34"/><circle cx="11" cy="11" r="8"/>"#)
}

/// A star.
pub(crate) fn star() -> Markup {
    svg(
        r#"<path d="M11.525 2.295a.53.53 0 0 1 .95 0l2.31 4.679a2.123 2.123 0 0 0 1.595 1.16l5.166.756a.53.53 0 0 1 .294.904l-3.736 3.638a2.123 2.123 0 0 0-.611 1.878l.882 5.14a.53.53 0 0 1-.771.56l-4.618-2.428a2.122 2.122 0 0 0-1.973 0L6.396 21.01a.53.53 0 0 1-.77-.56l.881-5.139a2.122 2.122 0 0 0-.611-1.879L2.16 9.795a.53.53 0 0 1 .294-.906l5.165-.755a2.122 2.122 0 0 0 1.597-1.16z"/>"#,
    )
}

/// A person.
pub(crate) fn person() -> Markup {
    svg(r#"<path d="M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2"/><circle cx="12" cy="7" r="4"/>"#)
}

/// What can be set.
pub(crate) fn settings() -> Markup {
    svg(
        r#"<path d="M10 5H3"/><path d="M12 19H3"/><path d="M14 3v4"/><path d="M16 17v4"/><path d="M21 12h-9"/><path d="M21 19h-5"/><path d="M21 5h-7"/><path d="M8 10v4"/><path d="M8 12H3"/>"#,
    )
}

/// The office of administrator.
pub(crate) fn shield() -> Markup {
    svg(
        r#"<path d="M20 13c0 5-3.5 7.5-7.66 8.95a1 1 0 0 1-.67-.01C7.5 20.5 4 18 4 13V6a1 1 0 0 1 1-1c2 0 4.5-1.2 6.24-2.72a1.17 1.17 0 0 1 1.52 0C14.51 3.81 17 5 19 5a1 1 0 0 1 1 1z"/>"#,
    )
}

/// The way out.
pub(crate) fn sign_out() -> Markup {
    svg(
        r#"<path d="m16 17 5-5-5-5"/><path d="M21 12H9"/><path d="M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4"/>"#,
    )
}

/// A letter: somebody invites.
pub(crate) fn letter() -> Markup {
    svg(
        r#"<path d="m22 7-8.991 5.727a2 2 0 0 1-2.009 0L2 7"/><rect x="2" y="4" width="20" height="16" rx="2"/>"#,
    )
}

/// Two sheets: copy.
pub(crate) fn copy() -> Markup {
    svg(
        r#"<rect width="14" height="14" x="8" y="8" rx="2"/><path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/>"#,
    )
}

/// A browser.
pub(crate) fn browser() -> Markup {
    svg(r#"<rect width="20" height="14" x="2" y="3" rx="2"/><path d="M8 21h8"/><path d="M12 17v4"/>"#)
}

/// An address to follow.
pub(crate) fn link() -> Markup {
    svg(
        r#"<path d="M10 13a5 5 0 0 0 7.54.54l3-3a5 5 0 0 0-7.07-7.07l-1.72 1.71"/><path d="M14 11a5 5 0 0 0-7.54-.54l-3 3a5 5 0 0 0 7.07 7.07l1.71-1.71"/>"#,
    )
}

/// Work that goes on by itself.
pub(crate) fn work() -> Markup {
    svg(
        r#"<path d="M22 12h-2.48a2 2 0 0 0-1.93 1.46l-2.35 8.36a.25.25 0 0 1-.48 0L9.24 2.18a.25.25 0 0 0-.48 0l-2.35 8.36A2 2 0 0 1 4.49 12H2"/>"#,
    )
}

/// Something comes down.
pub(crate) fn download() -> Markup {
    svg(
        r#"<path d="M12 15V3"/><path d="M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4"/><path d="m7 10 5 5 5-5"/>"#,
    )
}

/// How something came about.
pub(crate) fn history() -> Markup {
    svg(
        r#"<path d="M3 12a9 9 0 1 0 9-9 9.75 9.75 0 0 0-6.74 2.74L3 8"/><path d="M3 3v5h5"/><path d="M12 7v5l4 2"/>"#,
    )
}

/// Two things beside each other.
pub(crate) fn compare() -> Markup {
    svg(
        r#"<circle cx="18" cy="18" r="3"/><circle cx="6" cy="6" r="3"/><path d="M13 6h3a2 2 0 0 1 2 2v7"/><path d="M11 18H8a2 2 0 0 1-2-2V9"/>"#,
    )
}

/// Something has another name now.
pub(crate) fn rename() -> Markup {
    svg(r#"<path d="m15 10 5 5-5 5"/><path d="M4 4v7a4 4 0 0 0 4 4h12"/>"#)
}

/// The files as they were.
pub(crate) fn browse() -> Markup {
    svg(r#"<path d="m18 16 4-4-4-4"/><path d="m6 8-4 4 4 4"/><path d="m14.5 4-5 16"/>"#)
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_icon_says_nothing_to_a_screen_reader() {
        let markup = super::lock().into_string();
        assert!(markup.starts_with("<svg") && markup.contains("aria-hidden=\"true\""));
        assert!(!markup.contains("style="));
    }
}
