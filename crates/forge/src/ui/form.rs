//! Forms: a label above, a hint below, the error beside the field, and what was typed comes back.

use maud::{Markup, html};

/// The hidden field that proves that a form is ours.
pub(crate) fn token(value: &str) -> Markup {
    html! { input type="hidden" name="_token" value=(value); }
}

/// A field for text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field<'a> {
    /// The name of the value, and the element's id unless that is said.
    pub name: &'a str,
    /// The element's id, where a page has several fields of one name.
    pub id: &'a str,
    /// What is asked, in words.
    pub label: &'a str,
    /// What to know before typing.
    pub hint: &'a str,
    /// What was typed before.
    pub value: &'a str,
    /// What was wrong with it.
    pub error: Option<&'a str>,
    /// `text` unless said.
    pub kind: &'a str,
    /// What a browser may fill in.
    pub autocomplete: &'a str,
    /// Whether it may be left empty.
    pub optional: bool,
    /// The longest value taken.
    pub longest: Option<u32>,
    /// Whether it takes several lines.
    pub several_lines: bool,
}

/// Fields of one line in which people write as they speak.
const PROSE: [&str; 3] = ["description", "full_name", "note"];

impl Field<'_> {
    /// The field as markup.
    pub(crate) fn show(&self) -> Markup {
        let kind = if self.kind.is_empty() { "text" } else { self.kind };
        let id = if self.id.is_empty() { self.name } else { self.id };
        let hint = format!("{id}-hint");
        let error_id = format!("{id}-error");
        let mut described = Vec::new();
        if self.error.is_some() {
            described.push(error_id.as_str());
        }
        if !self.hint.is_empty() {
            described.push(hint.as_str());
        }
        let described = (!described.is_empty()).then(|| described.join(" "));
        // Names and secrets are not prose: no capital letters, no spelling.
        let machine = kind == "text" && !PROSE.contains(&self.name);
        let wrong = self.error.is_some().then_some("true");
        html! {
            div.field {
                label for=(id) {
                    (self.label)
                    @if self.optional { span.optional { " (optional)" } }
                }
                @if self.several_lines {
                    // A line end right after the tag is dropped by browsers, so that one of the value's own is not.
                    textarea id=(id) name=(self.name) maxlength=[self.longest] required[!self.optional]
                        aria-describedby=[described] aria-invalid=[wrong] autofocus[self.error.is_some()] {
                        "\n" (self.value)
                    }
                } @else {
                    input id=(id) name=(self.name) type=(kind) value=(self.value)
                        autocomplete=[(!self.autocomplete.is_empty()).then_some(self.autocomplete)]
                        maxlength=[self.longest]
                        required[!self.optional]
                        autocapitalize=[machine.then_some("none")]
                        spellcheck=[machine.then_some("false")]
                        aria-describedby=[described]
                        aria-invalid=[wrong]
                        autofocus[self.error.is_some()];
                }
                @if let Some(message) = self.error { p.error id=(error_id) { (sentence(message)) } }
                @if !self.hint.is_empty() { p.hint id=(hint) { (self.hint) } }
            }
        }
    }
}

/// One of a few, of which all are seen.
pub(crate) struct Choice<'a> {
    /// The value sent.
    pub value: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// What it means.
    pub hint: &'a str,
}

/// Radio buttons under one question.
pub(crate) fn choices(name: &str, question: &str, chosen: &str, choices: &[Choice<'_>]) -> Markup {
    html! {
        fieldset.choices {
            legend { (question) }
            @for choice in choices {
                @let id = format!("{name}-{}", choice.value);
                @let hint = format!("{id}-hint");
                div.choice {
                    input type="radio" id=(id) name=(name) value=(choice.value) checked[choice.value == chosen]
                        aria-describedby=[(!choice.hint.is_empty()).then_some(&hint)];
                    div {
                        label for=(id) { (choice.label) }
                        @if !choice.hint.is_empty() { p.hint id=(hint) { (choice.hint) } }
                    }
                }
            }
        }
    }
}

/// A list to choose one from: pairs of value and words.
pub(crate) fn select(name: &str, label: &str, chosen: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for (value, words) in options { option value=(value) selected[*value == chosen] { (words) } }
            }
        }
    }
}

/// Whose password a form is about, so that a password manager knows.
pub(crate) fn user_name(name: &str) -> Markup {
    html! {
        input.visually-hidden type="text" name="username" autocomplete="username" value=(name) aria-label="User name"
            readonly tabindex="-1";
    }
}

/// The button that sends a form.
pub(crate) fn submit(words: &str) -> Markup {
    html! { button.primary type="submit" { (words) } }
}

/// The same where a page has several forms, of which none comes first.
pub(crate) fn plain(words: &str) -> Markup {
    html! { button type="submit" { (words) } }
}

/// What went wrong with a form as a whole.
pub(crate) fn problem(message: Option<&str>) -> Markup {
    html! {
        @if let Some(message) = message {
            p.notice.bad role="alert" { (super::icon::alert()) span { (sentence(message)) } }
        }
    }
}

/// What went well.
pub(crate) fn success(message: Option<&str>) -> Markup {
    html! {
        @if let Some(message) = message {
            p.notice.good role="status" { (super::icon::check()) span { (message) } }
        }
    }
}

/// A message with its full stop.
pub(crate) fn sentence(message: &str) -> String {
    if message.ends_with(['.', '!', '?']) { message.to_owned() } else { format!("{message}.") }
}

/// A button that copies a text; without script it is not there.
pub(crate) fn copy(text: &str, what: &str) -> Markup {
    html! {
        button.copy type="button" data-copy=(text) aria-label=(format!("Copy {what}")) title="Copy" { (super::icon::copy()) }
    }
}

/// Commands to copy.
pub(crate) fn commands(label: &str, lines: &[String]) -> Markup {
    let text = lines.join("\n");
    html! {
        div.copied {
            pre.commands tabindex="0" role="region" aria-label=(label) { code { (text) } }
            (copy(&text, "the commands"))
        }
    }
}

/// A secret that is shown once.
pub(crate) fn secret(text: &str, what: &str) -> Markup {
    html! { div.copied { code.secret { (text) } (copy(text, what)) } }
}

/// A button that does one thing to a thing of a list: a form of its own, sent as `method` where that is not POST.
pub(crate) struct Button<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// `DELETE`, or nothing.
    pub method: Option<&'a str>,
    /// The words on it.
    pub words: &'a str,
    /// What it is about, for those who do not see the row.
    pub about: &'a str,
    /// Whether it takes something away.
    pub danger: bool,
}

impl Button<'_> {
    /// The button as markup.
    pub(crate) fn show(&self, form_token: &str) -> Markup {
        html! {
            form method="post" action=(self.action) {
                (token(form_token))
                @if let Some(method) = self.method { input type="hidden" name="_method" value=(method); }
                button.danger[self.danger] type="submit" { (self.words) span.visually-hidden { " " (self.about) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_field_says_what_is_wrong_and_keeps_what_was_typed() {
        let field = Field {
            name: "name",
            label: "Name",
            hint: "Letters",
            value: "a\"><script>",
            error: Some("Taken"),
            ..Field::default()
        };
        let html = field.show().into_string();
        super::super::testing::assert_harmless(&html, "field");
        assert!(html.contains("aria-describedby=\"name-error name-hint\""));
        assert!(html.contains("<p class=\"error\" id=\"name-error\">Taken.</p>"));
        assert!(html.contains("value=\"a&quot;&gt;&lt;script&gt;\""));
    }
}
