//! A changed file: what became of it, and its lines, or a sentence that says why there are none.

use gitflare_port::diff::{FileBody, FileChange, FileStatus, Omitted};
use maud::{Markup, html};

use super::{View, anchor, counts, rows, tree};
use crate::ui::highlight::Span;
use crate::ui::{bytes, form, text};

/// The most lines shown of a file.
const MOST: usize = 6_000;
/// Files that programs write.
const WRITTEN: [&str; 9] = [
    "Cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "go.sum",
    "composer.lock",
    "Gemfile.lock",
    "poetry.lock",
    "uv.lock",
];
const IMAGES: [&str; 6] = [".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif"];
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;

/// The file's section.
pub(super) fn show(view: &View<'_>, body: &FileBody, colours: &[Vec<Span>]) -> Markup {
    let change = &body.change;
    let name = text::shown(&change.path);
    let lines: usize = body.hunks.iter().map(|hunk| hunk.lines.len()).sum();
    html! {
        section.file id=(anchor(&change.path)) aria-label=(name) {
            header {
                h3 {
                    @if let Some(old) = &change.old_path { span.meta { (text::shown(old)) " → " } }
                    (name)
                }
                (form::copy(&text::decoded(&change.path), "the path"))
                @if change.status != FileStatus::Modified { span.badge { (tree::word(change.status)) } }
                @if let Some(similar) = change.similarity.filter(|similar| *similar < 100) { span.meta { (similar) " % the same" } }
                @if let Some(words) = modes(change) { span.meta { (words) } }
                @if let Some(all) = change.counts { (counts(all)) }
                a.view href=(at(view, change, "blob")) { "View file" }
            }
            (content(view, body, lines, colours))
        }
    }
}

/// What a change of mode means.
fn modes(change: &FileChange) -> Option<&'static str> {
    match (change.old_mode, change.new_mode) {
        (0o100_644, 0o100_755) => Some("made executable"),
        (0o100_755, 0o100_644) => Some("no longer executable"),
        (_, LINK) | (LINK, 0) => Some("symbolic link"),
        (_, SUBMODULE) | (SUBMODULE, 0) => Some("submodule"),
        (0, 0o100_755) => Some("executable"),
        _ => None,
    }
}

/// An address of the file as it is, or was if it is gone.
fn at(view: &View<'_>, change: &FileChange, kind: &str) -> String {
    let side = if change.status == FileStatus::Deleted { &view.diff.base } else { &view.diff.head };
    format!("{}/{kind}/{}/{}", view.home, text::path(side), text::path(&change.path))
}

fn content(view: &View<'_>, body: &FileBody, lines: usize, colours: &[Vec<Span>]) -> Markup {
    let change = &body.change;
    if change.old_mode == SUBMODULE || change.new_mode == SUBMODULE {
        return submodule(change);
    }
    if let Some(words) = pointer(body) {
        return html! { p.said { (words) } };
    }
    match body.omitted {
        Some(Omitted::Unchanged) => html! { p.said { "Its content is the same." } },
        Some(Omitted::Binary { old, new }) => binary(view, change, old, new),
        Some(Omitted::TooLarge { old, new }) => html! {
            p.said { "This is too large to be shown, or too different (" (sizes(old, new)) ")." }
        },
        None if lines > MOST => html! {
            p.said { (lines) " lines are too many for a page. Clone the repository to see them." }
        },
        Some(Omitted::Folded { lines }) => folded(view, change, lines as usize),
        None if view.choice.only.is_none() && is_written(change) => folded(view, change, lines),
        None => rows::show(view, body, colours),
    }
}

fn folded(view: &View<'_>, change: &FileChange, lines: usize) -> Markup {
    html! {
        p.said {
            a rel="nofollow" data-place href=(view.alone(&change.path, view.choice.context)) { "Show " (lines) " lines" }
        }
    }
}

fn is_written(change: &FileChange) -> bool {
    WRITTEN.contains(&change.path.rsplit('/').next().unwrap_or(&change.path))
}

fn sizes(old: u64, new: u64) -> String {
    match (old, new) {
        (0, new) => bytes::size(new),
        (old, 0) => format!("{} before", bytes::size(old)),
        (old, new) => format!("{} before, {} after", bytes::size(old), bytes::size(new)),
    }
}

fn submodule(change: &FileChange) -> Markup {
    let short = |oid: &str| oid.get(..8).unwrap_or(oid).to_owned();
    html! {
        p.said {
            @match (change.old_mode, change.new_mode) {
                (SUBMODULE, SUBMODULE) => {
                    "The submodule moved from " code { (short(&change.old_oid)) } " to " code { (short(&change.new_oid)) } "."
                }
                (SUBMODULE, _) => { "The submodule at " code { (short(&change.old_oid)) } " went." }
                _ => { "A submodule came, at " code { (short(&change.new_oid)) } "." }
            }
        }
    }
}

fn binary(view: &View<'_>, change: &FileChange, old: u64, new: u64) -> Markup {
    let name = change.path.to_ascii_lowercase();
    let is_image = IMAGES.iter().any(|ending| name.ends_with(ending));
    let picture = |side: &str, path: &str, words: &str| {
        html! {
            figure {
                img loading="lazy" alt=(words) src=(format!("{}/raw/{}/{}", view.home, text::path(side), text::path(path)));
                figcaption { (words) }
            }
        }
    };
    html! {
        @if is_image {
            div.images {
                @if old > 0 {
                    (picture(&view.diff.base, change.old_path.as_ref().unwrap_or(&change.path), &format!("Before, {}", bytes::size(old))))
                }
                @if new > 0 { (picture(&view.diff.head, &change.path, &format!("After, {}", bytes::size(new)))) }
            }
        } @else {
            p.said { "This is not text (" (sizes(old, new)) ")." }
        }
    }
}

/// What to say of a file that Git LFS keeps elsewhere.
fn pointer(body: &FileBody) -> Option<String> {
    let lines: Vec<_> = body.hunks.iter().flat_map(|hunk| &hunk.lines).collect();
    lines.first().filter(|line| line.text.0.starts_with(b"version https://git-lfs.github.com/spec/v1"))?;
    let size = |went: bool| {
        let of = lines.iter().filter(|line| if went { line.old > 0 } else { line.new > 0 });
        let text = of.filter_map(|line| std::str::from_utf8(&line.text.0).ok());
        text.filter_map(|line| line.strip_prefix("size ")?.trim().parse::<u64>().ok()).next().unwrap_or(0)
    };
    Some(format!("Kept by Git LFS ({}).", sizes(size(true), size(false))))
}
