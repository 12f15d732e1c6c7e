//! Icons: one function each, drawn on a 24-unit grid with one stroke width, so that they read as one hand.
//!
//! They are decoration beside words: hidden from assistive technology, coloured by the text around them.

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

#[cfg(test)]
mod tests {
    #[test]
    fn an_icon_says_nothing_to_a_screen_reader() {
        let markup = super::lock().into_string();
        assert!(markup.starts_with("<svg") && markup.contains("aria-hidden=\"true\""));
        assert!(!markup.contains("style="));
    }
}
