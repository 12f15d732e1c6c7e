//! What stands around lists: the form that narrows them, and the way to the next page.

use maud::{Markup, html};

use super::text;

/// A choice in the form above a list: its name in the address, its label, what is chosen, and what can be.
pub(crate) struct Picker<'a> {
    /// The parameter.
    pub name: &'static str,
    /// What is asked, for those who do not see the row.
    pub label: &'static str,
    /// The value chosen.
    pub chosen: &'a str,
    /// Values and their words.
    pub options: Vec<(&'static str, &'static str)>,
}

/// The form above a list. `kept` are parameters that stay as they are.
pub(crate) fn filter(
    action: &str,
    words: &str,
    placeholder: &str,
    kept: &[(&str, &str)],
    pickers: &[Picker<'_>],
) -> Markup {
    html! {
        form.filter action=(action) role="search" aria-label=(placeholder) {
            @for (name, value) in kept { input type="hidden" name=(name) value=(value); }
            input type="search" name="q" value=(words) placeholder=(placeholder) aria-label=(placeholder)
                autocomplete="off" maxlength="200";
            @for picker in pickers {
                select name=(picker.name) aria-label=(picker.label) {
                    @for (value, words) in &picker.options {
                        option value=(value) selected[*value == picker.chosen] { (words) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

/// An address with its parameters; those without a value are left out.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let given = parameters.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = given.map(|(name, value)| format!("{name}={}", text::query(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// Previous and next. `kept` are the parameters of the list; those without a value are left out.
pub(crate) fn pager(path: &str, kept: &[(&str, &str)], page: i64, more: bool) -> Markup {
    let address = |page: i64| {
        let number = if page > 1 { page.to_string() } else { String::new() };
        self::address(path, &[kept, &[("page", number.as_str())]].concat())
    };
    html! {
        @if page > 1 || more {
            nav.pager aria-label="Pages" {
                @if page > 1 { a.button rel="prev" href=(address(page - 1)) { "Previous" } }
                span { "Page " (page) }
                @if more { a.button rel="next" href=(address(page + 1)) { "Next" } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pager;

    #[test]
    fn pages_keep_what_was_asked_for() {
        let html = pager("/explore", &[("q", "a&b"), ("sort", "")], 2, true).into_string();
        assert!(
            html.contains("href=\"/explore?q=a%26b\"")
                && html.contains("href=\"/explore?q=a%26b&amp;page=3\""),
            "{html}"
        );
        assert_eq!(pager("/explore", &[], 1, false).into_string(), "");
    }
}
