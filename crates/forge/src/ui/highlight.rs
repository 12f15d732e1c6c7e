//! Colours of code: which pieces of a line are keywords, strings, comments and so on. Classes only; the stylesheet has
//! the colours, so both themes are one page.
//!
//! Who highlights is a trait with two implementations: one that knows nothing, and one behind [`grammars`], the only
//! file that knows the engine. What is too large, too long or too slow stays plain, and the page says so.

mod classes;
mod grammars;
mod recent;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use gitflare_port::Bytes;
use maud::{Markup, PreEscaped, html};

pub(crate) use classes::{Class, NAMES};
pub(crate) use recent::Lines;

use super::text;
use crate::{Forge, statics};

/// Larger texts stay plain.
pub(crate) const LARGEST: usize = 1024 * 1024;
/// Texts of more lines stay plain.
pub(crate) const MOST_LINES: usize = 20_000;
/// A text with a longer line stays plain.
pub(crate) const LONGEST_LINE: usize = 2 * 1024;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// What it is.
    pub class: Class,
    /// Where in the line, in bytes: it is no longer than [`LONGEST_LINE`].
    pub range: Range<u16>,
}

/// How a text is told which language it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hint<'a> {
    /// By the name of its file, and its first line.
    File(&'a str),
    /// By what its author calls the language.
    Language(&'a str),
}

/// What may be spent on a page's texts: counted in steps, because there is no clock everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    steps: u32,
    languages: u32,
    /// Lines that are read and not shown.
    unseen: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: 20_000, languages: 12, unseen: 4_000 }
    }
}

/// A part of a text that has two forms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece<'a> {
    /// Lines of both forms that are not shown.
    Between(&'a str),
    /// Lines that nobody knows: what follows is taken for a beginning.
    Unknown,
    /// A line of both.
    Both(&'a str),
    /// A line of the old form.
    Old(&'a str),
    /// A line of the new one.
    New(&'a str),
}

/// Who knows languages.
pub(crate) trait Highlight: Send + Sync {
    /// The pieces of each line that is shown of a text with two forms; nothing if its language is not known. What the
    /// budget does not suffice for stays plain.
    fn forms(
        &self,
        hint: Hint<'_>,
        first: &str,
        pieces: &[Piece<'_>],
        budget: &mut Budget,
    ) -> Option<Vec<Vec<Span>>>;

    /// The pieces of each line of a text; nothing if its language is not known, or if the budget does not suffice.
    fn lines(&self, hint: Hint<'_>, text: &str, budget: &mut Budget) -> Option<Vec<Vec<Span>>>;
}

/// Who knows none.
struct Plain;

impl Highlight for Plain {
    fn forms(&self, _: Hint<'_>, _: &str, _: &[Piece<'_>], _: &mut Budget) -> Option<Vec<Vec<Span>>> {
        None
    }

    fn lines(&self, _: Hint<'_>, _: &str, _: &mut Budget) -> Option<Vec<Vec<Span>>> {
        None
    }
}

/// The engine, once its grammars are here: they are the same for every site in this process.
static ENGINE: OnceLock<Arc<dyn Highlight>> = OnceLock::new();

/// What it said lately.
static RECENT: recent::Recent = recent::Recent::new();

/// Who highlights, as far as is known without asking the host.
pub(crate) fn ready() -> Arc<dyn Highlight> {
    ENGINE.get().map_or_else(|| Arc::new(Plain) as Arc<dyn Highlight>, Arc::clone)
}

/// Fetches the grammars from the host unless that has been done. Without them everything stays plain.
pub(crate) async fn prepare(forge: &Forge) {
    if ENGINE.get().is_some() {
        return;
    }
    let Some(bundle) = forge.host().static_file(statics::GRAMMARS).await else { return };
    match crate::secret::compute(forge, move || grammars::Grammars::new(&bundle)).await {
        Ok(Ok(engine)) => drop(ENGINE.set(Arc::new(engine))),
        Ok(Err(cause)) => forge.host().log_error("highlight", &cause),
        Err(error) => forge.host().log_error("highlight", &error.message),
    }
}

/// Highlights a file's text where the host wants heavy work done.
pub(crate) async fn file(forge: &Forge, name: &str, text: &str) -> Option<Lines> {
    if is_too_much(text) {
        return None;
    }
    prepare(forge).await;
    let engine = Arc::clone(ENGINE.get()?);
    let key = recent::Key::of(name, text);
    if let Some(known) = RECENT.get(key) {
        return known;
    }
    let (name, text) = (name.to_owned(), text.to_owned());
    let work = move || engine.lines(Hint::File(&name), &text, &mut Budget::default());
    let lines = crate::secret::compute(forge, work).await.ok()?.map(Arc::new);
    RECENT.put(key, lines.clone());
    lines
}

/// The colours of something, unless they are known: `of` tells it apart from everything else of this name.
pub(crate) fn remembered(
    (name, of): (&str, &str),
    make: impl FnOnce() -> Option<Vec<Vec<Span>>>,
) -> Option<Lines> {
    let key = recent::Key::of(name, of);
    if let Some(known) = RECENT.get(key) {
        return known;
    }
    let lines = make().map(Arc::new);
    RECENT.put(key, lines.clone());
    lines
}

/// Whether a text stays plain because of its size.
pub(crate) fn is_too_much(text: &str) -> bool {
    text.len() > LARGEST
        || text.lines().count() > MOST_LINES
        || text.lines().any(|line| line.len() > LONGEST_LINE)
}

/// A line with its pieces marked. Characters that would deceive a reader are made visible.
pub(crate) fn line(text: &str, spans: &[Span]) -> Markup {
    let mut out = String::with_capacity(text.len() + spans.len() * 24);
    let mut at = 0;
    for span in spans {
        let (start, end) = (usize::from(span.range.start), usize::from(span.range.end));
        let (Some(before), Some(piece)) = (text.get(at..start), text.get(start..end)) else {
            break;
        };
        write_visible(&mut out, before);
        out.push_str("<span class=");
        out.push_str(span.class.name());
        out.push('>');
        write_visible(&mut out, piece);
        out.push_str("</span>");
        at = end;
    }
    write_visible(&mut out, text.get(at..).unwrap_or_default());
    // Everything in it was escaped piece by piece.
    html! { (PreEscaped(out)) }
}

/// Whether a text holds characters that make it look like another.
pub(crate) fn has_deceptive(text: &str) -> bool {
    text.chars().any(text::is_deceptive)
}

fn write_visible(out: &mut String, text: &str) {
    let odd = |c: char| (c.is_control() && c != '\t') || text::is_deceptive(c);
    for piece in text.split_inclusive(odd) {
        let last = piece.chars().next_back().filter(|c| odd(*c));
        let plain = last.map_or(piece, |c| piece.get(..piece.len() - c.len_utf8()).unwrap_or_default());
        escape(out, plain);
        if let Some(c) = last {
            out.push_str(&format!("<span class=odd>‹U+{:04X}›</span>", u32::from(c)));
        }
    }
}

/// Escapes a text for markup.
pub(crate) fn escape(out: &mut String, text: &str) {
    for piece in text.split_inclusive(['&', '<', '>', '"']) {
        let end = piece.len() - usize::from(piece.ends_with(['&', '<', '>', '"']));
        let (plain, special) = piece.split_at(end);
        out.push_str(plain);
        out.push_str(match special {
            "&" => "&amp;",
            "<" => "&lt;",
            ">" => "&gt;",
            "\"" => "&quot;",
            _ => "",
        });
    }
}

/// The lines of some bytes as texts; what is no UTF-8 becomes replacement characters.
pub(crate) fn texts(lines: &[Bytes]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(&String::from_utf8_lossy(&line.0));
        out.push('\n');
    }
    out
}

#[cfg(test)]
pub(crate) mod tests;
