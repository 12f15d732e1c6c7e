//! Images of other sites become links: nothing on a page is loaded from an address elsewhere that a text chose.
//!
//! Markdown's own images are nodes; those of raw HTML are found in the text of the HTML nodes. What this makes
//! is sanitised like everything else, so a tag misread here can cost a picture's name but not safety.

use comrak::Arena;
use comrak::nodes::{AstNode, NodeLink, NodeValue};

use super::{depth::is_raw, links::is_inside};

/// Puts a link, or words where a link is already, in the place of each image of another site below `root`.
pub(super) fn become_links<'a>(arena: &'a Arena<'a>, root: &'a AstNode<'a>) {
    let mut inside_link = false;
    // Collected first, because the tree changes on the way.
    for node in root.descendants().collect::<Vec<_>>() {
        let replaced = match node.data().value {
            NodeValue::Image(ref image) if !is_inside(&image.url) => Some((*image).clone()),
            _ => None,
        };
        if let Some(image) = replaced {
            replace(arena, node, &image);
            continue;
        }
        match &mut node.data_mut().value {
            NodeValue::HtmlBlock(block) => block.literal = rewrite(&block.literal, &mut inside_link),
            NodeValue::HtmlInline(literal) => *literal = rewrite(literal, &mut inside_link),
            _ => {}
        }
    }
}

fn replace<'a>(arena: &'a Arena<'a>, node: &'a AstNode<'a>, image: &NodeLink) {
    let in_link = node.ancestors().skip(1).any(|above| matches!(above.data().value, NodeValue::Link(_)));
    if node.first_child().is_none() {
        let name = image.url.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("image");
        node.append(arena.alloc(NodeValue::Text(name.to_owned().into()).into()));
    }
    if !in_link {
        node.data_mut().value = NodeValue::Link(Box::new(image.clone()));
        return;
    }
    // Links do not nest: inside one, the description alone remains.
    while let Some(child) = node.first_child() {
        node.insert_before(child);
    }
    node.detach();
}

/// Replaces the `<img>` tags of a piece of raw HTML.
fn rewrite(html: &str, inside_link: &mut bool) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name: String =
            tag.chars().skip(1).take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
        match name.to_ascii_lowercase().trim_end_matches('/') {
            "a" => *inside_link = true,
            "/a" => *inside_link = false,
            // Shown as they are written, as on GitHub: nothing around them changes its meaning then.
            name if is_raw(name.trim_start_matches('/')) => {
                out.push_str("&lt;");
                rest = tag.get(1..).unwrap_or_default();
                continue;
            }
            "img" => {
                let (attributes, length) = attributes(tag);
                write(&mut out, &attributes, *inside_link);
                rest = tag.get(length..).unwrap_or_default();
                continue;
            }
            _ => {}
        }
        out.push('<');
        rest = tag.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The attributes of the tag `tag` begins with, still escaped as they were, and the tag's length.
fn attributes(tag: &str) -> (Vec<(String, String)>, usize) {
    let bytes = tag.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    let mut found = Vec::new();
    let mut at = 4;
    while let Some(next) = byte(at) {
        match next {
            b'>' => return (found, at + 1),
            b'/' | b'=' => at += 1,
            next if next.is_ascii_whitespace() => at += 1,
            _ => {
                let start = at;
                while byte(at).is_some_and(|b| !b.is_ascii_whitespace() && !matches!(b, b'=' | b'>' | b'/')) {
                    at += 1;
                }
                let name = tag.get(start..at).unwrap_or_default().to_ascii_lowercase();
                while byte(at).is_some_and(|b| b.is_ascii_whitespace()) {
                    at += 1;
                }
                let mut value = "";
                if byte(at) == Some(b'=') {
                    at += 1;
                    while byte(at).is_some_and(|b| b.is_ascii_whitespace()) {
                        at += 1;
                    }
                    let quote = byte(at).filter(|b| matches!(b, b'"' | b'\''));
                    let from = at + usize::from(quote.is_some());
                    at = from;
                    while byte(at).is_some_and(|b| match quote {
                        Some(quote) => b != quote,
                        None => !b.is_ascii_whitespace() && b != b'>',
                    }) {
                        at += 1;
                    }
                    value = tag.get(from..at).unwrap_or_default();
                    at += usize::from(quote.is_some());
                }
                found.push((name, value.to_owned()));
            }
        }
    }
    (found, bytes.len())
}

/// An image of the repository, with what may be said of it; a link to any other, or words inside of one.
fn write(out: &mut String, attributes: &[(String, String)], inside_link: bool) {
    let get = |wanted: &str| {
        attributes
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    // The values stay escaped as they were written; quotes of the other kind are all that could end ours early.
    let quoted = |value: &str| value.replace('"', "&quot;").replace('<', "&lt;");
    let source = get("src");
    let name = Some(get("alt")).filter(|alt| !alt.trim().is_empty());
    let name = name.or_else(|| source.rsplit('/').next().filter(|name| !name.is_empty())).unwrap_or("image");
    if is_inside(source) {
        out.push_str("<img");
        let alt = if attributes.iter().any(|(name, _)| name == "alt") { get("alt") } else { name };
        out.push_str(&format!(" alt=\"{}\"", quoted(alt)));
        for kept in ["src", "width", "height", "align"] {
            if attributes.iter().any(|(name, _)| name == kept) {
                out.push_str(&format!(" {kept}=\"{}\"", quoted(get(kept))));
            }
        }
        out.push('>');
    } else if inside_link || source.is_empty() {
        out.push_str(&quoted(name));
    } else {
        out.push_str(&format!("<a href=\"{}\">{}</a>", quoted(source), quoted(name)));
    }
}
