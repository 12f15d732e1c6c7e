//! Markdown as GitHub reads it, made safe to show.
//!
//! Order: parse, rewrite what must not load, render, sanitise. The sanitiser is the last step over the whole
//! output, an allow-list of elements, attributes, classes and schemes; nothing is added after it. What it keeps
//! of links is resolved against the place the text stands in.

mod depth;
mod fences;
mod images;
mod links;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use ammonia::{Builder, UrlRelative};
use comrak::adapters::{HeadingAdapter, HeadingMeta};
use comrak::nodes::Sourcepos;
use comrak::options::Plugins;
use comrak::{Anchorizer, Arena, Options, format_html_with_plugins, parse_document};
use maud::{Markup, PreEscaped, html};

use super::{highlight, text};
use crate::disarmed::is_disarmed;

/// Above this many bytes a text is shown as it is: what comes out may be several times larger than what goes in.
const LARGEST: usize = 512 * 1024;

/// Where a text stands, which decides where its relative links lead.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// `/owner/name`, ready for an address.
    pub repository: String,
    /// The revision shown, ready for an address.
    pub revision: String,
    /// The folder the text is in, percent-encoded, without slashes at its ends.
    pub folder: String,
}

/// Renders bytes that claim to be Markdown. What is not UTF-8 becomes replacement characters.
pub(crate) fn markdown(source: &[u8], place: &Place) -> Markup {
    let text = String::from_utf8_lossy(source);
    if text.len() > LARGEST || depth::source_is_too_deep(&text) {
        return plain(&text);
    }
    match render(&text) {
        Some(unsafe_html) if is_disarmed() => html! { div.prose { (PreEscaped(unsafe_html)) } },
        Some(unsafe_html) if !depth::html_is_too_deep(&unsafe_html) => {
            let clean = sanitise(&unsafe_html, place);
            html! { div.prose { (PreEscaped(clean)) } }
        }
        _ => plain(&text),
    }
}

/// A text in no markup language.
pub(crate) fn plain(text: &str) -> Markup {
    html! { pre.prose-plain { (text::visible_lines(text)) } }
}

/// Parses and renders; the result is not safe yet.
fn render(text: &str) -> Option<String> {
    let options = options();
    let headings = Headings(Mutex::new(Anchorizer::new()));
    let mut plugins = Plugins::default();
    plugins.render.heading_adapter = Some(&headings);
    let fences = fences::Fences::new();
    plugins.render.codefence_syntax_highlighter = Some(&fences);
    let arena = Arena::new();
    let root = parse_document(&arena, text, &options);
    if !is_disarmed() {
        images::become_links(&arena, root);
    }
    let mut out = String::with_capacity(text.len() * 2);
    format_html_with_plugins(root, &options, &mut out, &plugins).ok()?;
    Some(out)
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.alerts = true;
    options.extension.shortcodes = true;
    // Raw HTML passes here because the sanitiser sees everything afterwards.
    options.render.r#unsafe = true;
    options.render.tasklist_classes = true;
    options
}

/// Headings with ids to link to. The prefix that keeps them apart from our own ids is the sanitiser's work.
struct Headings(Mutex<Anchorizer>);

impl HeadingAdapter for Headings {
    fn enter(
        &self,
        output: &mut dyn std::fmt::Write,
        heading: &HeadingMeta,
        _sourcepos: Option<Sourcepos>,
    ) -> std::fmt::Result {
        let id = match self.0.lock() {
            Ok(mut anchors) => anchors.anchorize(&heading.content),
            Err(_) => String::new(),
        };
        write!(output, "<h{} id=\"", heading.level)?;
        comrak::html::escape(output, &id)?;
        output.write_str("\">")
    }

    fn exit(&self, output: &mut dyn std::fmt::Write, heading: &HeadingMeta) -> std::fmt::Result {
        write!(output, "</h{}>", heading.level)
    }
}

/// The prefix of every id that comes from a user's text.
const ID_PREFIX: &str = "user-content-";

fn sanitise(unsafe_html: &str, place: &Place) -> String {
    let (place, pictures) = (place.clone(), place.clone());
    let mut builder = Builder::default();
    builder
        .rm_tags(["map", "area"])
        // What is not in the repository is a link by now. Whatever came past that has no source here.
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => links::picture(value, &pictures).map(Cow::Owned),
            _ => Some(Cow::Borrowed(value)),
        })
        .set_tag_attribute_value("img", "loading", "lazy")
        .add_tags(["input", "section"])
        .add_tag_attributes("input", ["type", "checked", "disabled"])
        .add_tag_attribute_values("input", "type", ["checkbox"])
        .set_tag_attribute_value("input", "type", "checkbox")
        .set_tag_attribute_value("input", "disabled", "")
        .set_tag_attribute_value("input", "aria-label", "Task")
        // Long lines scroll, which has to work by keyboard too.
        .set_tag_attribute_value("pre", "tabindex", "0")
        .add_tag_attributes("a", ["aria-label"])
        .add_tag_attributes("details", ["open"])
        .add_generic_attributes(["id"])
        .id_prefix(Some(ID_PREFIX))
        .allowed_classes(classes())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::Custom(Box::new(Resolve(place))))
        .link_rel(Some("nofollow noopener ugc"));
    for element in ["p", "div", "h1", "h2", "h3", "h4", "h5", "h6"] {
        builder.add_tag_attributes(element, ["align"]);
    }
    builder.clean(unsafe_html).to_string()
}

/// The classes a text may carry: those the renderer writes and our stylesheet knows.
fn classes() -> HashMap<&'static str, HashSet<&'static str>> {
    HashMap::from([
        (
            "div",
            HashSet::from([
                "markdown-alert",
                "markdown-alert-note",
                "markdown-alert-tip",
                "markdown-alert-important",
                "markdown-alert-warning",
                "markdown-alert-caution",
            ]),
        ),
        ("p", HashSet::from(["markdown-alert-title"])),
        ("ul", HashSet::from(["contains-task-list"])),
        ("ol", HashSet::from(["contains-task-list"])),
        ("li", HashSet::from(["task-list-item"])),
        ("section", HashSet::from(["footnotes"])),
        ("sup", HashSet::from(["footnote-ref"])),
        ("a", HashSet::from(["footnote-backref"])),
        ("span", HashSet::from(highlight::NAMES)),
    ])
}

/// Resolves the relative links the sanitiser meets, in Markdown and in raw HTML alike.
struct Resolve(Place);

impl ammonia::UrlRelativeEvaluate<'static> for Resolve {
    fn evaluate<'url>(&self, url: &'url str) -> Option<Cow<'url, str>> {
        // Pictures are resolved already; a link to the same is as good.
        if url.starts_with(&links::raw(&self.0)) {
            return Some(Cow::Borrowed(url));
        }
        links::resolve(url, &self.0).map(Cow::Owned)
    }
}

#[cfg(test)]
mod tests;
