//! Refuses texts built to be slow: parsing and sanitising cost the product of a text's length and its nesting.
//!
//! What a browser's parser makes of crooked HTML is surprising: end tags it ignores, elements it opens again in every
//! paragraph. So the tags are read exactly as it reads them, and an element counts as closed only by an end tag that
//! certainly closes it: the count is an upper bound.

/// More markers of blocks than this before a line's first word are no text.
const DEEPEST_LINE: usize = 100;
/// More open elements than this are no text either.
const DEEPEST_HTML: usize = 500;
/// More attributes in one tag are none: each is compared with all before it.
const MOST_ATTRIBUTES: usize = 100;
/// Elements the parser may have to open again, all tags together.
const MOST_REOPENED: usize = 300_000;

/// Whether the Markdown `text` nests blocks too deeply.
pub(super) fn source_is_too_deep(text: &str) -> bool {
    text.lines().any(|line| {
        let markers = line.bytes().take_while(|b| {
            matches!(b, b' ' | b'\t' | b'>' | b'-' | b'+' | b'*' | b'.' | b')' | b'0'..=b'9')
        });
        // A long rule of one character (`-----`) opens nothing; only markers followed by something else nest.
        let mut count = 0;
        let mut before = 0;
        for byte in markers {
            count += usize::from(
                byte == b'>' || (matches!(byte, b' ' | b'\t') && !matches!(before, b' ' | b'\t' | b'>' | 0)),
            );
            before = byte;
        }
        count > DEEPEST_LINE
    })
}

/// Whether rendered `html` opens too many elements inside each other, or has something that cannot be told apart
/// from that.
pub(super) fn html_is_too_deep(html: &str) -> bool {
    let mut open = Open::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let (tag, ends) = match rest.strip_prefix('/') {
            Some(tag) => (tag, true),
            None => (rest, false),
        };
        if tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let Some(read) = Tag::read(tag) else { return false };
            if read.attributes > MOST_ATTRIBUTES || (!ends && is_raw(&read.name)) {
                return true;
            }
            rest = tag.get(read.length..).unwrap_or_default();
            if ends {
                open.end(&read.name);
            } else {
                open.begin(read.name);
            }
        } else if ends || rest.starts_with(['!', '?']) {
            if rest.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("![CDATA[")) {
                return true;
            }
            rest = after_comment(rest);
        } else {
            continue;
        }
        if open.is_too_much() {
            return true;
        }
    }
    false
}

/// What follows a comment, or what the parser takes for one.
fn after_comment(text: &str) -> &str {
    let after = |text: &'_ str, mark: &str| text.find(mark).map_or(text.len(), |at| at + mark.len());
    let Some(inside) = text.strip_prefix("!--") else {
        return text.get(after(text, ">")..).unwrap_or_default();
    };
    let length = match inside {
        _ if inside.starts_with('>') => 1,
        _ if inside.starts_with("->") => 2,
        _ => after(inside, "-->").min(after(inside, "--!>")),
    };
    inside.get(length..).unwrap_or_default()
}

/// A tag from its name on.
struct Tag {
    name: String,
    attributes: usize,
    length: usize,
}

impl Tag {
    /// Reads a tag as the parser does; `None` if it never ends, and then nothing follows.
    fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let is_end = |b: u8| b.is_ascii_whitespace() || b == b'/' || b == b'>';
        let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
            bytes.iter().skip(from).position(|b| stop(*b)).map(|length| from + length)
        };
        let mut at = until(0, &is_end)?;
        let name = text.get(..at)?.to_ascii_lowercase();
        let mut attributes = 0;
        loop {
            at = until(at, &|b| !b.is_ascii_whitespace() && b != b'/')?;
            if bytes.get(at) == Some(&b'>') {
                return Some(Self { name, attributes, length: at + 1 });
            }
            attributes += 1;
            // An equals sign at its beginning belongs to the name.
            at = until(at + 1, &|b| is_end(b) || b == b'=')?;
            let equals = until(at, &|b| !b.is_ascii_whitespace())?;
            if bytes.get(equals) != Some(&b'=') {
                continue;
            }
            at = until(equals + 1, &|b| !b.is_ascii_whitespace())?;
            at = match bytes.get(at) {
                Some(quote @ (b'"' | b'\'')) => until(at + 1, &|b| b == *quote)? + 1,
                Some(b'>') => at,
                _ => until(at, &|b| b.is_ascii_whitespace() || b == b'>')?,
            };
        }
    }
}

/// The elements that may be open.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    /// Those among them that the parser opens again when a block closed over them.
    formatting: usize,
    reopened: usize,
}

impl Open {
    fn is_too_much(&self) -> bool {
        self.names.len() > DEEPEST_HTML || self.reopened > MOST_REOPENED
    }

    fn begin(&mut self, name: String) {
        self.reopened += self.formatting;
        if is_void(&name) {
            return;
        }
        // What these close by beginning lies directly above.
        let closed: &[&str] = match name.as_str() {
            "p" => &["p"],
            "li" => &["p", "li"],
            "td" | "th" => &["p", "td", "th"],
            "tr" => &["p", "td", "th", "tr"],
            "tbody" | "thead" | "tfoot" => &["p", "td", "th", "tr", "tbody", "thead", "tfoot"],
            _ => &[],
        };
        while self.names.last().is_some_and(|last| closed.contains(&last.as_str())) {
            self.names.pop();
        }
        self.formatting += usize::from(is_formatting(&name));
        self.names.push(name);
    }

    fn end(&mut self, name: &str) {
        self.reopened += self.formatting;
        if is_formatting(name) {
            // A paragraph between goes on without it.
            let above = usize::from(self.names.last().is_some_and(|last| last == "p" && name != "p"));
            let Some(at) = self.names.len().checked_sub(above + 1) else { return };
            if self.names.get(at).is_some_and(|open| open == name) {
                self.names.remove(at);
                self.formatting -= 1;
            }
            return;
        }
        let implied = |open: &String| is_implied(open) && open != name;
        let above = if is_block(name) || is_implied(name) {
            self.names.iter().rev().take_while(|open| implied(open)).count()
        } else {
            0
        };
        let Some(at) = self.names.len().checked_sub(above + 1) else { return };
        if self.names.get(at).is_some_and(|open| open == name) {
            self.names.truncate(at);
        }
    }
}

/// Elements whose content is no markup: what ends it depends on what is around it.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
            | "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
    )
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Elements that the end of what they are in ends too.
fn is_implied(name: &str) -> bool {
    matches!(name, "p" | "li" | "dd" | "dt" | "td" | "th" | "tr" | "tbody" | "thead" | "tfoot")
}

/// Elements whose end tag ends all that is open in them.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "article"
            | "aside"
            | "blockquote"
            | "center"
            | "details"
            | "div"
            | "dl"
            | "figcaption"
            | "figure"
            | "footer"
            | "header"
            | "main"
            | "nav"
            | "ol"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "ul"
    )
}

/// Elements that are opened again after a block that closed over them.
fn is_formatting(name: &str) -> bool {
    matches!(
        name,
        "a" | "b"
            | "big"
            | "code"
            | "em"
            | "font"
            | "i"
            | "nobr"
            | "s"
            | "small"
            | "strike"
            | "strong"
            | "tt"
            | "u"
    )
}

#[cfg(test)]
mod tests {
    use super::{html_is_too_deep, source_is_too_deep};

    #[test]
    fn ordinary_texts_pass() {
        let table = format!("| a |{}\n", "-".repeat(300));
        for text in
            ["> > quoted\n", "- a\n  - b\n    - c\n", table.as_str(), &"-".repeat(200), &" ".repeat(300)]
        {
            assert!(!source_is_too_deep(text), "{text}");
        }
        assert!(!html_is_too_deep(&"<p>a<br></p><b>x</b>".repeat(2_000)));
        let cell = "<td align=center><a href=\"/x?a=1\"><img src='y.png' width=\"100px;\"/><br/><sub><b>A</b></sub></a></td>";
        let table =
            format!("<table><tbody>{}</tbody></table>", format!("<tr>{}</tr>", cell.repeat(7)).repeat(100));
        assert!(!html_is_too_deep(&table));
        assert!(!html_is_too_deep(&"<ul><li>a<li><p>b</ul><!-- </x> <div> -->".repeat(1_000)));
        assert!(!html_is_too_deep(
            &"<p align=center><h1>a</h1></p><details><summary>b</summary><p>c</details>".repeat(1_000)
        ));
        assert!(!html_is_too_deep("a < b <- c <> d </> e <"));
    }

    #[test]
    fn towers_do_not() {
        assert!(source_is_too_deep(&"> ".repeat(200)));
        assert!(source_is_too_deep(&format!("{}x", "+ ".repeat(200))));
        assert!(source_is_too_deep(&format!("{}x", "1. ".repeat(200))));
        assert!(html_is_too_deep(&"<div>".repeat(600)));
    }

    #[test]
    fn end_tags_that_end_nothing_hide_no_tower() {
        for step in [
            "<span></x>",
            "<div></span>",
            "<span><div></span></div>",
            "<span><p></span></p>",
            "<div><table><td></div></table>",
            "<div><!--</div>-->",
            "<div><!-->",
            "<div title=\"</div>\">",
            "<div><?</div>",
            "<li><dd>",
            "<style><!--</style><div></style>",
            "<svg><![CDATA[</svg>]]>",
        ] {
            assert!(html_is_too_deep(&step.repeat(1_100)), "{step}");
        }
    }

    #[test]
    fn what_is_opened_again_and_again_counts_each_time() {
        let many: String = (0..490).map(|n| format!("<b id=x{n}>")).collect();
        assert!(html_is_too_deep(&format!("<div>{many}</div>{}", "<p>x</p>".repeat(2_000))));
    }

    #[test]
    fn a_tag_has_few_attributes() {
        let many: String = (0..200).map(|n| format!(" a{n}")).collect();
        assert!(html_is_too_deep(&format!("<a{many}>")));
    }
}
