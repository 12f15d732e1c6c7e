//! Lines as rows of tables, in pieces that a browser need not lay out before they are seen.

use gitflare_port::diff::{DiffHunk, DiffLine, FileBody};
use maud::{Markup, html};

use super::gaps::Gap;
use super::{CONTEXT, View, anchor, words};
use crate::ui::highlight::Span;

/// Rows of one table.
const CHUNK: usize = 200;

/// A row: what stands between hunks, or a line, or a pair of lines beside each other.
enum Row<'a> {
    Hunk(&'a DiffHunk, Option<Markup>),
    Rest(Markup),
    Line(Shown<'a>),
    Pair(Option<Shown<'a>>, Option<Shown<'a>>),
}

/// A line with its colours.
#[derive(Clone, Copy)]
struct Shown<'a> {
    line: &'a DiffLine,
    spans: &'a [Span],
}

/// The hunks of a file.
pub(super) fn show(view: &View<'_>, body: &FileBody, colours: &[Vec<Span>]) -> Markup {
    let path = &body.change.path;
    let anchor = anchor(path);
    let split = view.choice.split;
    let mut rows = Vec::new();
    let mut colours = colours.iter();
    let mut gaps = gaps(view, body).into_iter();
    for hunk in &body.hunks {
        rows.push(Row::Hunk(hunk, gaps.next().flatten()));
        let lines: Vec<Shown<'_>> = hunk
            .lines
            .iter()
            .map(|line| Shown { line, spans: colours.next().map_or(&[], Vec::as_slice) })
            .collect();
        if split {
            pair(&lines, &mut rows);
        } else {
            rows.extend(lines.into_iter().map(Row::Line));
        }
    }
    rows.extend(gaps.next().flatten().map(Row::Rest));
    html! {
        @for chunk in rows.chunks(CHUNK) {
            div.chunk.whole[chunk.len() == CHUNK] {
                (table(split, "data-rows", &html! { @for row in chunk { (show_row(row, &anchor)) } }))
            }
        }
    }
}

/// The ways to what is above each hunk and behind the last. Around what came or went as a whole there is nothing more.
fn gaps(view: &View<'_>, body: &FileBody) -> Vec<Option<Markup>> {
    let whole = body.change.old_mode == 0 || body.change.new_mode == 0;
    let path = &body.change.path;
    let show = |gap: Gap| {
        let more = gap.closed_by(view.choice.context).min(CONTEXT[1]);
        let excerpt = gap.address(view.home, &view.diff.head, path, view.choice.split);
        way(gap, &view.alone(path, more), &excerpt)
    };
    Gap::of(body).into_iter().map(|gap| gap.filter(|_| !whole).map(show)).collect()
}

/// A table of lines.
pub(super) fn table(split: bool, mark: &str, rows: &Markup) -> Markup {
    let (is_part, kind) = (mark == "data-excerpt-rows", if split { "lines split" } else { "lines" });
    html! {
        table class=(kind) {
            caption.visually-hidden { "Changed lines" }
            thead.visually-hidden { tr {
                @if split {
                    th scope="col" { "Old line" } th scope="col" { "Before" } th scope="col" { "New line" } th scope="col" { "After" }
                } @else {
                    th scope="col" { "Old line" } th scope="col" { "New line" } th scope="col" { "Text" }
                }
            } }
            tbody data-excerpt-rows[is_part] { (rows) }
        }
    }
}

/// Lines that are on both sides.
pub(super) fn same(lines: &[DiffLine], colours: &[Vec<Span>], anchor: &str, split: bool) -> Markup {
    let spans = |n: usize| colours.get(n).map_or(&[][..], Vec::as_slice);
    html! {
        @for (n, line) in lines.iter().enumerate() {
            @let shown = Shown { line, spans: spans(n) };
            @if split { (show_row(&Row::Pair(Some(shown), Some(shown)), anchor)) } @else { (show_row(&Row::Line(shown), anchor)) }
        }
    }
}

/// Puts lines that went beside those that came for them.
fn pair<'a>(lines: &[Shown<'a>], rows: &mut Vec<Row<'a>>) {
    let mut rest = lines;
    while let Some(first) = rest.first() {
        if first.line.old > 0 && first.line.new > 0 {
            rows.push(Row::Pair(Some(*first), Some(*first)));
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let gone = rest.iter().take_while(|one| one.line.new == 0).count();
        let come = rest.iter().skip(gone).take_while(|one| one.line.old == 0).count();
        for n in 0..gone.max(come) {
            let old = rest.get(n).filter(|_| n < gone);
            let new = rest.get(gone + n).filter(|_| n < come);
            rows.push(Row::Pair(old.copied(), new.copied()));
        }
        rest = rest.get((gone + come).max(1)..).unwrap_or_default();
    }
}

fn show_row(row: &Row<'_>, anchor: &str) -> Markup {
    match row {
        Row::Hunk(hunk, way) => bar(&head(hunk, way.as_ref())),
        Row::Rest(way) => bar(way),
        Row::Line(shown) => {
            let line = shown.line;
            let (kind, side, number) = place(line);
            html! {
                tr class=[kind] id=(format!("{anchor}{side}{number}")) {
                    td.n.old { (self::number(anchor, "L", line.old, line.new > 0)) }
                    td.n.new { (self::number(anchor, "R", line.new, false)) }
                    (text(*shown))
                }
            }
        }
        Row::Pair(old, new) => {
            let same = old.zip(*new).is_some_and(|(old, new)| std::ptr::eq(old.line, new.line));
            html! {
                tr.same[same] {
                    @match old {
                        Some(Shown { line, .. }) => {
                            td.n.old id=[(!same).then(|| format!("{anchor}L{}", line.old))] { (self::number(anchor, "L", line.old, same)) }
                            (cell(*old, if same { "" } else { "del" }))
                        }
                        None => { td.n.old.none {} td.t.none {} }
                    }
                    @match new {
                        Some(Shown { line, .. }) => {
                            td.n.new id=(format!("{anchor}R{}", line.new)) { (self::number(anchor, "R", line.new, false)) }
                            (cell(*new, if same { "" } else { "add" }))
                        }
                        None => { td.n.new.none {} td.t.none {} }
                    }
                }
            }
        }
    }
}

/// The class of a line, and where a link to it leads.
fn place(line: &DiffLine) -> (Option<&'static str>, char, u32) {
    match (line.old, line.new) {
        (_, 0) => (Some("del"), 'L', line.old),
        (0, _) => (Some("add"), 'R', line.new),
        _ => (None, 'R', line.new),
    }
}

/// A number to link to. The old number of a line that is still there is not linked: it would lead nowhere else.
fn number(anchor: &str, side: &str, number: u32, bare: bool) -> Markup {
    html! {
        @if number > 0 && bare {
            span data-n=(number) {}
        } @else if number > 0 {
            a href=(format!("#{anchor}{side}{number}")) data-n=(number) tabindex="-1" aria-label=(format!("Line {number}")) {}
        }
    }
}

fn text(Shown { line, spans }: Shown<'_>) -> Markup {
    html! { td.t { (words::line(line, spans)) (end(line)) } }
}

fn cell(shown: Option<Shown<'_>>, kind: &str) -> Markup {
    html! {
        @if let Some(Shown { line, spans }) = shown {
            td class=(format!("t {kind}").trim_end()) { (words::line(line, spans)) (end(line)) }
        }
    }
}

fn end(line: &DiffLine) -> Markup {
    html! { @if line.open { span.meta title="No line end at the end of the file" { " ⊘" } } @else { "\n" } }
}

/// What stands above a hunk, and the way to more of what is around it.
fn head(hunk: &DiffHunk, way: Option<&Markup>) -> Markup {
    let heading = String::from_utf8_lossy(hunk.heading.as_ref());
    html! {
        @if let Some(way) = way { (way) " " }
        span { (format!("@@ −{},{} +{},{} @@", hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count)) }
        " " (super::text::visible(heading.trim()))
    }
}

/// A row that stands for lines that are not shown.
pub(super) fn bar(content: &Markup) -> Markup {
    html! { tr.hunk { td colspan="4" { (content) } } }
}

/// The way to the next lines of a gap: a page, or where there is script, rows from another one in this place.
pub(super) fn way(gap: Gap, page: &str, excerpt: &str) -> Markup {
    html! { a rel="nofollow" data-excerpt=(excerpt) href=(page) { (gap.words()) } }
}
