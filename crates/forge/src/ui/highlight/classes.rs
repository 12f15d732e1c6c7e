//! The few classes of code, and which of a grammar's many scopes mean them.

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A word of the language.
    Keyword,
    /// A text.
    Text,
    /// A function's name.
    Function,
    /// A type's name.
    Type,
    /// A number.
    Number,
    /// A constant of the language.
    Constant,
    /// A comment.
    Comment,
    /// An escaped character.
    Escape,
    /// A tag of markup.
    Tag,
    /// An attribute.
    Attribute,
    /// A key of a table.
    Property,
    /// A parameter.
    Variable,
    /// A heading.
    Heading,
    /// A link.
    Link,
}

/// Every class's name, for who has to let them pass.
pub(crate) const NAMES: [&str; 14] = ["k", "s", "f", "t", "n", "l", "c", "e", "g", "a", "p", "v", "h", "u"];

impl Class {
    /// Its name in the stylesheet.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "k",
            Self::Text => "s",
            Self::Function => "f",
            Self::Type => "t",
            Self::Number => "n",
            Self::Constant => "l",
            Self::Comment => "c",
            Self::Escape => "e",
            Self::Tag => "g",
            Self::Attribute => "a",
            Self::Property => "p",
            Self::Variable => "v",
            Self::Heading => "h",
            Self::Link => "u",
        }
    }
}

/// What the beginning of a scope means; the first that fits counts. Nothing is what looks like its surroundings.
const MEANINGS: &[(&str, Option<Class>)] = &[
    ("comment", Some(Class::Comment)),
    ("constant.character.escape", Some(Class::Escape)),
    ("string.regexp", Some(Class::Escape)),
    ("string.unquoted", None),
    ("string", Some(Class::Text)),
    ("constant.numeric", Some(Class::Number)),
    ("constant.other.color", Some(Class::Number)),
    ("keyword.other.unit", Some(Class::Number)),
    ("constant.other", None),
    ("constant", Some(Class::Constant)),
    ("variable.language", Some(Class::Constant)),
    ("variable.parameter", Some(Class::Variable)),
    ("keyword.operator.new", Some(Class::Keyword)),
    ("keyword.operator.expression", Some(Class::Keyword)),
    ("keyword.operator.word", Some(Class::Keyword)),
    ("keyword.operator.logical.python", Some(Class::Keyword)),
    ("keyword.operator", None),
    ("keyword", Some(Class::Keyword)),
    ("storage.type.primitive", Some(Class::Type)),
    ("storage.type.built-in", Some(Class::Type)),
    ("storage.type.function.arrow", None),
    ("storage", Some(Class::Keyword)),
    ("entity.name.function", Some(Class::Function)),
    ("entity.name.tag", Some(Class::Tag)),
    ("entity.name.section", Some(Class::Heading)),
    ("entity.name.type", Some(Class::Type)),
    ("entity.name.class", Some(Class::Type)),
    ("entity.name.struct", Some(Class::Type)),
    ("entity.name.enum", Some(Class::Type)),
    ("entity.name.lifetime", Some(Class::Variable)),
    ("entity.other.inherited-class", Some(Class::Type)),
    ("entity.other.attribute-name", Some(Class::Attribute)),
    ("support.function", Some(Class::Function)),
    ("support.type.property-name", Some(Class::Property)),
    ("support.type", Some(Class::Type)),
    ("support.class", Some(Class::Type)),
    ("support.constant", Some(Class::Constant)),
    ("meta.attribute.rust", Some(Class::Attribute)),
    ("meta.object-literal.key", Some(Class::Property)),
    ("markup.heading", Some(Class::Heading)),
    ("markup.underline.link", Some(Class::Link)),
    ("markup.inline.raw", Some(Class::Text)),
    ("markup.fenced_code", None),
];

/// Where something else begins inside: what is further out says nothing about it.
const WALLS: [&str; 4] = ["meta.embedded", "meta.interpolation", "meta.template.expression", "source."];

/// What a piece is, from its scopes, the outermost first.
pub(super) fn class_of(scopes: &[&str]) -> Option<Class> {
    for scope in scopes.iter().rev() {
        if WALLS.iter().any(|wall| scope.starts_with(wall)) {
            return None;
        }
        // A quotation mark is part of its text, and a bracket of nothing.
        if scope.starts_with("punctuation") {
            continue;
        }
        if let Some((_, meaning)) = MEANINGS.iter().find(|(beginning, _)| fits(scope, beginning)) {
            return *meaning;
        }
    }
    None
}

/// Whether a scope is this one, or one below it.
fn fits(scope: &str, beginning: &str) -> bool {
    scope.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::{Class, class_of};

    #[test]
    fn the_innermost_scope_that_means_something_counts() {
        for (scopes, class) in [
            (&["source.rust", "comment.line", "punctuation.definition.comment"][..], Some(Class::Comment)),
            (&["source.js", "string.template", "punctuation.definition.string"], Some(Class::Text)),
            (&["source.js", "string.template", "meta.template.expression", "variable.other"], None),
            (&["source.rust", "keyword.operator.math"], None),
            (&["source.rust", "keyword.other"], Some(Class::Keyword)),
            (&["text.html", "constants"], None),
        ] {
            assert_eq!(class_of(scopes), class, "{scopes:?}");
        }
    }
}
