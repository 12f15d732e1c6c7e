//! `/styleguide`: every component in every state, in builds for development. In others there is no such page.

use axum::Router;

use crate::Forge;

/// The route, where there is one.
pub(crate) fn routes(routes: Router<Forge>) -> Router<Forge> {
    #[cfg(debug_assertions)]
    return routes.route("/styleguide", axum::routing::get(shown::show));
    #[cfg(not(debug_assertions))]
    routes
}

#[cfg(debug_assertions)]
mod shown {
    use axum::response::Response;
    use maud::{Markup, html};

    use crate::ui::form::{self, Button, Choice, Field};
    use crate::ui::list::{self, Picker};
    use crate::ui::visit::Visit;
    use crate::ui::{Crumb, Page, avatar, icon, time};

    /// The colours by name.
    const COLOURS: [&str; 12] = [
        "paper",
        "raise",
        "sink",
        "tint",
        "line",
        "line-strong",
        "ink",
        "ink-2",
        "link",
        "seal",
        "open",
        "closed",
    ];

    /// `GET /styleguide`.
    pub(super) async fn show(visit: Visit) -> Response {
        let main = html! {
            h1 { "Style guide" }
            p.lede { "People write in serif. The system speaks sans. Machines speak mono. Nothing on the screen moves unless the reader caused it." }
            (voices())
            (colours())
            (buttons())
            (forms())
            (rows(visit.forge.now()))
            (pieces())
            (states())
        };
        let crumbs = vec![
            Crumb { label: "gitflare".into(), href: "/styleguide".into() },
            Crumb { label: "style".into(), href: "/styleguide".into() },
        ];
        Page::new("Style guide", main).crumbs(crumbs).tabs(tabs()).respond(&visit.frame)
    }

    fn tabs() -> Markup {
        html! {
            nav.tabs aria-label="Example" {
                ul {
                    li { a href="#voices" aria-current="page" { "Current" } }
                    li { a href="#colours" { "With a count " span.count { "24" span.visually-hidden { " open" } } } }
                    li { a href="#forms" { (icon::settings()) "With an icon" } }
                }
            }
        }
    }

    fn voices() -> Markup {
        html! {
            section #voices {
                h2 { "Voices" }
                p { "Sans 14/20: chrome, lists, metadata, buttons, errors. " a href="#voices" { "A link" } ", " span.meta { "metadata" } "." }
                p.lede { "Serif 17/27: titles, descriptions, messages, what people wrote." }
                p { code { "let oid = hash(&body)?; // mono 13/20, no ligatures: != -> >=" } }
                p { "Keys are " kbd { "g" } " " kbd { "s" } "." }
            }
        }
    }

    fn colours() -> Markup {
        html! {
            section #colours {
                h2 { "Colours" }
                div.swatches { @for name in COLOURS { div { span class=(format!("swatch swatch-{name}")) {} code { (name) } } } }
                p.specimens { @for hue in 0..avatar::HUES { span class=(format!("label h{hue}")) { "h" (hue) } } }
                p.specimens { @for id in 1..24 { (avatar::stamp(id, 32)) } }
            }
        }
    }

    fn buttons() -> Markup {
        html! {
            section {
                h2 { "Buttons" }
                div.specimens {
                    button.primary type="button" { "Create repository" }
                    button type="button" { "Save" }
                    button.danger type="button" { "Delete" }
                    button type="button" disabled { "Saving…" }
                    a.button href="#buttons" { "A link" }
                    button type="button" aria-pressed="false" { (icon::star()) "Star" span.count { "3" } }
                    button type="button" aria-pressed="true" { (icon::star()) "Starred" span.count { "4" } }
                    (form::copy("copied", "an example"))
                    details.menu {
                        summary.button { (icon::branch()) span.ref { "main" } (icon::chevron()) }
                        div.popover { h2 { "Branches" } ul { li { a href="#buttons" { (icon::branch()) span.ref { "main" } (icon::check()) } } li { a href="#buttons" { (icon::branch()) span.ref { "feature/x" } } } } }
                    }
                }
            }
        }
    }

    fn forms() -> Markup {
        let pickers = [Picker {
            name: "kind",
            label: "Kind",
            chosen: "all",
            options: vec![("all", "All"), ("public", "Public")],
        }];
        html! {
            section #forms {
                h2 { "Forms" }
                form.stack action="/styleguide" {
                    (Field { name: "plain", label: "A field", hint: "What to know before typing.", ..Field::default() }.show())
                    (Field { name: "wrong", label: "A field with an error", value: "-x", error: Some("A name may not begin with '-'"), hint: "Letters and digits.", ..Field::default() }.show())
                    (Field { name: "long", label: "Several lines", several_lines: true, optional: true, ..Field::default() }.show())
                    (form::select("choice", "One of many", "b", &[("a", "First"), ("b", "Second")]))
                    (form::choices("few", "One of few", "one", &[Choice { value: "one", label: "Private", hint: "Only people you add." }, Choice { value: "two", label: "Public", hint: "" }]))
                    (form::submit("Save"))
                }
                (list::filter("/styleguide", "", "Find a thing", &[], &pickers))
                (list::pager("/styleguide", &[], 2, true))
            }
        }
    }

    fn rows(now: i64) -> Markup {
        html! {
            section {
                h2 { "Rows" }
                ul.rows {
                    li { (icon::repository()) div.what { a.title href="#rows" { "ada/engine" } " " span.badge { (icon::globe()) "Public" } p { "Computes the numbers of Bernoulli" } } div.side { span.stars { (icon::star()) "12" } span { "pushed " (time::time(now - 7_200, now)) } } }
                    li { (icon::lock()) div.what { a.title href="#rows" { "ada/letters" } " " span.badge { (icon::lock()) "Private" } " " span.badge { "Archived, read-only" } } (Button { action: "/styleguide", method: None, words: "Remove", about: "ada/letters", danger: true }.show("")) }
                    li { (avatar::stamp(3, 20)) div.what { a.title href="#rows" { "grace" } p { "Write: push" } } div.side { span.label.h4 { "bug" } span.label.h10 { "feature" } } }
                }
            }
        }
    }

    fn pieces() -> Markup {
        html! {
            section {
                h2 { "Pieces" }
                (form::commands("Commands", &["git clone https://git.example.org/ada/engine.git".to_owned()]))
                (form::success(Some("Saved.")))
                (form::problem(Some("The name is taken")))
                p.notice.care { (icon::lock()) span { "You see this because you administer the site." } }
                table.data {
                    caption.visually-hidden { "Example" }
                    thead { tr { th scope="col" { "Name" } th.num scope="col" { "Repositories" } } }
                    tbody { tr { th scope="row" { "ada" } td.num { "4" } } tr { th scope="row" { "grace" } td.num { "12" } } }
                }
            }
        }
    }

    fn states() -> Markup {
        html! {
            section {
                h2 { "Nothing there, and errors" }
                p.empty { "You have no tokens." }
                div.error-page { h3 { "Not found" } p { "There is nothing at this address. Check its spelling." } }
            }
        }
    }
}
